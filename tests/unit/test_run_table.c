/* One row an arm: sums, medians, the last window's rate, and another tool's run. */
#include "view/run_table.h"

#include <errno.h>

#include "sample_view.h"

static struct sample_view view;

static void read_table(struct run_table *table, const char *word)
{
	struct err err = {0};

	*table = (struct run_table){0};
	sample_view_select(&view, word);
	sample_check(run_table_add(table, &view.arena, &view.selection, &err), &err);
}

static void test_own(void)
{
	const struct run_table_row *row;
	struct run_table table;

	read_table(&table, "@last");
	is_int(table.rows.count, 2, "a row an arm");
	row = &table.rows.items[0];
	is_str(row->label, "@last/proxy", "label");
	is_str(row->profile, "gateway", "profile");
	is_str(row->configuration, "proxy", "configuration");
	is_str(row->users, "10", "users of a closed loop");
	is_str(row->tool, "", "of sonde itself");
	is_int(row->run_count, 6, "runs");
	is_near(row->requests, 6 * 360, 0, "requests of all runs");
	is_near(row->failures, 6 * 15, 0, "failures of all runs");
	is_near(row->rate_rps, 1000 + 3 * 3.5, 1e-9, "the median rate");
	ok(isnan(row->p50_ns) && isnan(row->last_rate_rps),
	   "what no run has, and a window that is not longer than the last one");
	is_str(table.rows.items[1].users, "124/s", "an open loop's rate");
	is_int(table.notes.count, 0, "nothing to note");
	run_table_release(&table);
	read_table(&table, "@last/zero-copy#2");
	is_int(table.rows.count, 1, "one run");
	is_str(table.rows.items[0].label, "@last/zero-copy#2", "as typed");
	is_near(table.rows.items[0].requests, 360, 0, "its requests");
	run_table_release(&table);
}

/* 12 whole seconds and a half: the last ten whole ones are 2 … 11, counted from 0. */
static void test_last_window(void)
{
	struct run_table table;

	sample_store_sql(
		&view.sample,
		"UPDATE load_summary SET end_ns=begin_ns+12500000000; UPDATE load_second SET"
		" second=12 WHERE second=0");
	read_table(&table, "@last/proxy#1");
	is_near(table.rows.items[0].last_rate_rps, 12, 1e-9, "the last ten whole seconds");
	run_table_release(&table);
	sample_store_sql(&view.sample, "UPDATE load_second SET second=5 WHERE second=12");
	read_table(&table, "@last/proxy#1");
	is_near(table.rows.items[0].last_rate_rps, 24, 1e-9, "which have two of them now");
	run_table_release(&table);
}

static void test_quality(void)
{
	struct run_table table;
	struct err err = {0};

	sample_store_sql(&view.sample,
			 "UPDATE run SET validity='SUSPECT' WHERE number=2; UPDATE run"
			 " SET validity='REFUSED' WHERE number=3");
	read_table(&table, "@last/proxy");
	is_str(table.rows.items[0].quality, "SUSPECT", "the worst of those that count");
	is_int(table.rows.items[0].run_count, 5, "which are fewer");
	ok(table.notes.count == 1 && strstr(table.notes.items[0], "run 3") != NULL,
	   "and that is said");
	run_table_release(&table);
	read_table(&table, "k7f3m9qa.3");
	is_str(table.rows.items[0].quality, "REFUSED", "alone it is shown, as what it is");
	run_table_release(&table);
	sample_add_experiment(&view.sample, "00000000", 1);
	sample_view_select(&view, "0000");
	table = (struct run_table){0};
	is_int(run_table_add(&table, &view.arena, &view.selection, &err), -ENOENT,
	       "nothing measured");
	is_str(err_text(&err), "nothing was measured in 0000", "… with a sentence");
	run_table_release(&table);
}

static void test_foreign(void)
{
	const struct run_table_row *row;
	struct run_table table;

	sample_store_sql(&view.sample,
			 "UPDATE experiment SET environment='{\"load\":{\"tool\":\"wrk\",\"url\":"
			 "\"http://a:1/x?y\",\"connections\":4,\"threads\":2,\"failures\":7,"
			 "\"caveat\":\"with care\"}}' WHERE id='" SAMPLE_ID
			 "'; DELETE FROM load_summary");
	read_table(&table, SAMPLE_ID);
	row = &table.rows.items[0];
	is_str(row->tool, "wrk", "the tool");
	is_str(row->profile, "/x?y", "what was asked for");
	is_str(row->users, "4", "connections");
	is_str(row->configuration, "2 threads", "threads");
	is_near(row->failures, 7, 0, "failures");
	is_near(row->requests, 360, 0, "requests");
	is_int(table.notes.count, 2, "its caveat once, and the run left out");
	run_table_release(&table);
	sample_store_sql(&view.sample,
			 "UPDATE experiment SET environment='{\"load\":{\"tool\":7}}'");
	read_table(&table, SAMPLE_ID);
	is_str(table.rows.items[0].tool, "", "damage is no tool");
	run_table_release(&table);
}

int main(void)
{
	sample_view_open(&view);
	test_own();
	test_last_window();
	test_quality();
	test_foreign();
	sample_view_close(&view);
	return tap_done();
}
