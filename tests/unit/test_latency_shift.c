/*
 * The sample's runs are all alike, so that changes are known exactly and intervals have no width;
 * runs that differ are added where noise is the question (test_bootstrap.c holds the numbers).
 */
#include "view/latency_shift.h"

#include <errno.h>

#include "sample_view.h"

static struct sample_view view;

static void read_shift(struct latency_shift *shift, uint32_t base, uint32_t head,
		       const char *request)
{
	struct latency_shift_options options = {.request = request};
	struct err err = {0};

	sample_check(latency_shift_read(shift, &view.arena, &view.selection, base, &view.selection,
					head, &options, &err),
		     &err);
}

static bool has_note(const struct latency_shift *shift, const char *words)
{
	for (uint32_t i = 0; i < shift->note_count; i++)
		if (strstr(shift->notes[i], words) != NULL)
			return true;
	return false;
}

static const struct latency_shift_row *find_row(const struct latency_shift *shift, const char *name)
{
	for (uint32_t i = 0; i < LATENCY_SHIFT_ROWS; i++)
		if (strcmp(shift->rows[i].name, name) == 0)
			return &shift->rows[i];
	return NULL;
}

/* hello takes 1 ms (2 ms) or 5 ms (10 ms), upload 8 ms on both sides. */
static void test_all(void)
{
	const struct latency_shift_row *row;
	struct latency_shift shift;

	read_shift(&shift, 0, 1, NULL);
	is_str(shift.design, "paired", "arms of one experiment are paired");
	ok(shift.base_runs == 6 && shift.head_runs == 6 && shift.base_count == 2160,
	   "all runs of both");
	ok(!shift.is_within_run && !shift.has_few_runs, "enough of them");
	row = find_row(&shift, "p50");
	is_near(row->base, 1e6, 1e3, "the base's median");
	is_near(row->head, 2e6, 2e3, "the head's");
	is_near(row->change, 1, 1e-3, "twice as long");
	is_near(row->lo, row->change, 1e-9, "in every run: no doubt");
	is_near(row->band_hi, row->change, 1e-9, "of all quantiles");
	ok(row->is_apart && row->is_apart_in_band && row->why_not[0] == '\0', "which is a change");
	row = find_row(&shift, "p90");
	ok(row->is_below_resolution && !row->is_apart && row->change == 0,
	   "upload takes as long as ever");
	row = find_row(&shift, "p99.9");
	ok(isnan(row->base) && isnan(row->change) && isnan(row->lo) && !row->is_apart,
	   "what was not earned is not said");
	is_str(row->why_not, "p99.9 needs 10,000 answers, base had 2,160", "but why");
	is_str(shift.left_out, "", "no run is left out");
	ok(has_note(&shift, "one side is closed loop"), "two kinds of load");
}

static void test_request(void)
{
	struct latency_shift_options options = {.request = "nobody"};
	struct latency_shift shift;
	struct err err = {0};

	read_shift(&shift, 0, 1, "upload");
	ok(shift.base_count == 360 && strcmp(shift.request, "upload") == 0, "one request's");
	ok(find_row(&shift, "p50")->is_below_resolution && shift.apart_count == 0,
	   "which did not change");
	is_str(find_row(&shift, "p99")->why_not, "p99 needs 1,000 answers, base had 360",
	       "and has fewer");
	is_int(latency_shift_read(&shift, &view.arena, &view.selection, 0, &view.selection, 1,
				  &options, &err),
	       -ENOENT, "a request that nobody sent");
	ok(strstr(err_text(&err), "no request named 'nobody'") != NULL, "… is said");
}

static void test_loops(void)
{
	struct latency_shift shift;

	sample_store_sql(&view.sample, "UPDATE load_summary SET mode='closed'");
	read_shift(&shift, 0, 1, NULL);
	ok(shift.is_closed_loop && has_note(&shift, "closed loop: a slower server is sent less"),
	   "the closed loop is said");
	sample_store_sql(&view.sample, "UPDATE load_summary SET mode='open'");
	read_shift(&shift, 0, 1, NULL);
	ok(!shift.is_closed_loop && shift.note_count == 0, "the open one needs no word");
}

/* Late by 20 % of the median or more, of more than one request in a hundred. */
static void test_schedule(void)
{
	scoped(histogram_cleanup) struct histogram *lag = histogram_new();
	struct histogram *histograms[LOAD_HISTOGRAM_COUNT] = {[LOAD_HISTOGRAM_SEND_LAG] = lag};
	struct store_load_summary summary = {.url = "http://127.0.0.1:8080",
					     .mode = "open",
					     .begin_ns = 1,
					     .end_ns = 2,
					     .schedule = "",
					     .protocol = "",
					     .tls_cipher = "",
					     .warmup = "",
					     .histograms = histograms};
	struct latency_shift shift;
	struct err err = {0};

	histogram_record_count(lag, 300000, 980);
	histogram_record_count(lag, 450000, 20);
	for (uint32_t number = 1; number <= SAMPLE_RUNS; number++) {
		int64_t key = sample_get_key(&view.sample, SAMPLE_ID, number);

		sample_check(
			store_add_load_summary(view.sample.store, key, &summary, NULL, 0, &err),
			&err);
	}
	read_shift(&shift, 0, 1, NULL);
	ok(has_note(&shift, "100.0 % of base's requests were sent more than 200 us late"),
	   "of 1 ms in the base");
	ok(has_note(&shift, "2.0 % of head's requests were sent more than 400 us late"),
	   "of 2 ms in the head");
}

/* Requests of the head that were given up on. */
static void give_up(uint32_t number, uint64_t age_ns, uint64_t count)
{
	scoped(histogram_cleanup) struct histogram *none = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct load_second second = {.second = 1, .response = none, .service = none};
	struct err err = {0};

	histogram_record_count(censored, age_ns, count);
	second.censored = censored;
	sample_check(store_add_load_seconds(view.sample.store,
					    sample_get_key(&view.sample, SAMPLE_ID, number),
					    &second, 1, &err),
		     &err);
}

static void test_censored(void)
{
	const struct latency_shift_row *row;
	struct latency_shift shift;

	give_up(1, 2000000000, 100);
	read_shift(&shift, 0, 1, NULL);
	row = find_row(&shift, "p99");
	ok(isnan(row->head) && isfinite(row->base) && isnan(row->change),
	   "too many were given up on");
	is_str(row->why_not, "p99 of head is 2.00 s or more: 100 requests were given up on",
	       "… which is said");
	row = find_row(&shift, "p90");
	ok(isfinite(row->change) && isnan(row->lo), "what they move has no interval");
	is_str(row->why_not, "p90 has no interval: requests that were given up on move it",
	       "… and why");
	ok(isfinite(find_row(&shift, "p50")->lo), "what they do not has one");
	sample_store_sql(&view.sample, "DELETE FROM load_second WHERE censored IS NOT NULL");
}

static void test_runs(void)
{
	struct latency_shift shift, again;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair > 3");
	sample_view_select(&view, "@last");
	read_shift(&shift, 0, 1, NULL);
	ok(shift.has_few_runs && has_note(&shift, "3 and 3 runs"), "few runs");
	ok(strstr(shift.left_out, "base: run") != NULL && strstr(shift.left_out, "failed") != NULL,
	   "the others are left out");
	sample_store_sql(&view.sample, "UPDATE run SET validity='REFUSED' WHERE number=1");
	sample_view_select(&view, "@last");
	read_shift(&shift, 0, 1, NULL);
	ok(shift.base_runs == shift.head_runs && shift.base_runs == 2,
	   "a run without its partner does not count");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair <> 3");
	sample_view_select(&view, "@last");
	read_shift(&shift, 0, 1, "hello");
	ok(shift.is_within_run && has_note(&shift, "one run on a side"), "one run a side");
	ok(isnan(find_row(&shift, "p50")->lo) && isfinite(find_row(&shift, "p50")->change) &&
		   strstr(find_row(&shift, "p50")->why_not, "4 seconds") != NULL,
	   "of three seconds: no interval");
	sample_store_sql(&view.sample, "UPDATE run SET state='done'");
	sample_view_select(&view, "@last");
	read_shift(&shift, 0, 1, "hello");
	read_shift(&again, 0, 1, "hello");
	ok(find_row(&shift, "p90")->lo == find_row(&again, "p90")->lo, "seeded");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed'");
	sample_view_select(&view, "@last");
	is_int(latency_shift_read(&shift, &view.arena, &view.selection, 0, &view.selection, 1, NULL,
				  &err),
	       -ENOENT, "no run at all");
	sample_store_sql(&view.sample, "UPDATE run SET state='done'; DELETE FROM load_summary");
	sample_view_select(&view, "@last");
	is_int(latency_shift_read(&shift, &view.arena, &view.selection, 0, &view.selection, 1, NULL,
				  &err),
	       -ENOENT, "no load");
}

static void test_damage(void)
{
	struct latency_shift shift;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE load_second SET second=4000000000000 WHERE second=2;"
				       "UPDATE load_second SET response=x'00' WHERE second=0");
	ok(latency_shift_read(&shift, &view.arena, &view.selection, 0, &view.selection, 1, NULL,
			      &err) < 0 &&
		   err_text(&err)[0] != '\0',
	   "a damaged histogram is said");
}

int main(void)
{
	sample_view_open(&view);
	test_all();
	test_request();
	test_damage();
	sample_view_close(&view);
	view = (struct sample_view){0};
	sample_view_open(&view);
	test_loops();
	test_schedule();
	test_censored();
	test_runs();
	sample_view_close(&view);
	return tap_done();
}
