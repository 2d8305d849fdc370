#include "view/wait_diff.h"

#include "sample_view.h"

static struct sample_view view;

static void compare(struct wait_diff *diff, uint32_t base, uint32_t head)
{
	struct err err = {0};

	sample_check(wait_diff_read(diff, &view.arena, &view.selection, base, &view.selection, head,
				    &err),
		     &err);
}

static const struct wait_diff_row *find(const struct wait_diff *diff, const char *name)
{
	for (uint32_t i = 0; i < diff->row_count; i++)
		if (strcmp(diff->rows[i].name, name) == 0)
			return &diff->rows[i];
	return NULL;
}

/* In the store, of each run: no request takes 2 ms in the mean, but of the head's 10 us more. */
static void add_means(void)
{
	for (uint32_t number = 1; number <= SAMPLE_RUNS; number++)
		sample_add_metric(&view.sample, sample_get_key(&view.sample, SAMPLE_ID, number),
				  "latency_mean", "", 2e6 + 10000.0 * sample_places[number - 1]);
}

static void test_times(void)
{
	const struct wait_diff_row *row;
	struct wait_diff diff;

	compare(&diff, 0, 1);
	is_str(diff.method, "paired Hodges-Lehmann", "pairs");
	row = find(&diff, "on CPU");
	ok(row->kind == WAIT_DIFF_TIME && row->change.n_base == 6 && row->change.has_interval,
	   "a row of times");
	is_near(row->change.base, 100850, 1e-6, "the base's median");
	is_near(row->change.head, 104000, 1e-6, "the head's");
	/* the median of the 21 Walsh averages of 3.7 3.3 4.3 3.2 5.5 -2.3 us */
	is_near(row->change.difference, 3500, 1e-6, "their difference");
	ok(!row->change.is_apart && row->change.lo < 0 && row->change.hi > 0, "which is not sure");
	row = find(&diff, "run queue");
	ok(row->change.is_apart, "10 ns in each pair are");
	is_near(row->change.difference, 10, 1e-9, "and are that much");
	row = find(&diff, "other waiting");
	is_near(row->change.base, 2e6 - 100850 - 1000, 1e-6, "the rest of a request's time");
	is_near(row->change.difference, 10000 - 3500 - 10, 1e-6, "and what became of it");
	is_near(row->change.lo, 10000 - 5500 - 10, 1e-6, "six pairs: from the least");
	row = find(&diff, "voluntary switches");
	ok(row->kind == WAIT_DIFF_EVENT && row->change.is_apart && row->change.base == 0 &&
		   row->change.head == 0.5,
	   "events");
	ok(find(&diff, "major faults") == NULL, "what nobody has is no row");
	is_int(diff.apart_count, 4, "run queue, other waiting, switches, futex");
}

/* 800 calls of futex in 3 s of some 1010 (base) or 1111 (head) requests a second. */
static void test_calls(void)
{
	const struct wait_diff_row *row;
	struct wait_diff diff;

	compare(&diff, 0, 1);
	is_str(diff.lacking, "", "calls were counted on both sides");
	row = find(&diff, "futex");
	ok(row != NULL && row->kind == WAIT_DIFF_SYSCALL && row->change.is_apart, "system calls");
	is_near(row->change.base, 800 / 3.0 / 1010.5, 1e-3, "threads together, by request");
	is_near(row->change.difference, 800 / 3.0 / 1010.5 * (1 / 1.1 - 1), 1e-4,
		"fewer by request");
	ok(find(&diff, "read") == NULL, "one that never returned");
	sample_store_sql(&view.sample,
			 "UPDATE syscall SET name='openat', number=257 WHERE number=202 AND run IN"
			 " (SELECT key FROM run WHERE arm_place=1)");
	compare(&diff, 0, 1);
	row = find(&diff, "openat");
	ok(row->change.base == 0 && row->change.is_apart && row->change.difference > 0.2,
	   "a call that is new");
	row = find(&diff, "futex");
	ok(row->change.head == 0 && row->change.is_apart && row->change.difference < -0.2,
	   "one that is gone");
	for (uint32_t i = 1; i < diff.row_count; i++) {
		const struct wait_diff_row *before = &diff.rows[i - 1], *after = &diff.rows[i];

		if (before->change.is_apart < after->change.is_apart ||
		    (before->change.is_apart == after->change.is_apart &&
		     (before->kind > after->kind ||
		      (before->kind == after->kind &&
		       fabs(before->change.difference) < fabs(after->change.difference)))))
			ok(false, "in their order");
	}
	sample_store_sql(&view.sample, "DELETE FROM syscall_trace WHERE run IN"
				       " (SELECT key FROM run WHERE arm_place=1)");
	compare(&diff, 0, 1);
	row = find(&diff, "futex");
	ok(!row->change.has_estimate && isnan(row->change.head) && row->change.base > 0.2,
	   "calls of one side");
	is_str(diff.lacking, "system calls: head was run without --syscalls", "which is said");
	compare(&diff, 1, 0);
	is_str(diff.lacking, "system calls: base was run without --syscalls", "turned round");
	sample_store_sql(&view.sample, "DELETE FROM syscall_trace");
	compare(&diff, 0, 1);
	is_str(diff.lacking, "system calls: neither side was run with --syscalls", "none at all");
	ok(find(&diff, "futex") == NULL, "no row of them");
}

static void test_few(void)
{
	struct wait_diff diff;

	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE pair > 1");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1);
	ok(find(&diff, "on CPU")->change.has_estimate &&
		   !find(&diff, "on CPU")->change.has_interval && diff.apart_count == 0,
	   "one run each: no interval");
	sample_store_sql(&view.sample, "UPDATE metric SET value=1 WHERE name='latency_mean'");
	compare(&diff, 0, 1);
	ok(find(&diff, "other waiting") == NULL, "less than nothing is nothing to say");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed'");
	sample_view_select(&view, "@last");
	compare(&diff, 0, 1);
	is_int(diff.row_count, 0, "no runs, no rows");
}

int main(void)
{
	sample_view_open(&view);
	add_means();
	test_times();
	test_calls();
	test_few();
	sample_view_close(&view);
	return tap_done();
}
