/* Which runs and slices count, what each is worth, and the tests against R's numbers. */
#include "view/profile_replicates.h"

#include <errno.h>

#include "function_profile.h"
#include "util/clock.h"

static struct sample_view view;

static struct profile_replicates choose(const char *base, const char *head,
					struct selection selections[2],
					const struct profile_filter *filter)
{
	struct profile_replicates replicates;
	struct err err = {0};

	sample_check(selection_open(&selections[0], view.sample.path, base, &err), &err);
	sample_check(selection_open(&selections[1], view.sample.path, head, &err), &err);
	sample_check(profile_replicates_choose(&replicates, &view.arena, &selections[0], 0,
					       &selections[1], 0, filter, &err),
		     &err);
	return replicates;
}

static void release(struct selection selections[2])
{
	selection_release(&selections[0]);
	selection_release(&selections[1]);
}

static int count_calls(void *context, const struct replicated_profile *profile, struct err *err)
{
	uint32_t *calls = context;

	(void)err;
	calls[profile->side]++;
	return 0;
}

static void read_all(struct profile_replicates *replicates, uint32_t calls[2])
{
	struct err err = {0};

	sample_check(profile_replicates_read(replicates, &view.arena, count_calls, calls, &err),
		     &err);
}

static void test_runs(void)
{
	struct selection selections[2];
	struct profile_replicates replicates =
		choose("@last/proxy", "@last/zero-copy", selections, NULL);
	const struct profile_side *base = &replicates.sides[PROFILE_BASE];
	uint32_t calls[2] = {0, 0};

	is_int(base->count, SAMPLE_PAIRS, "a replicate each run");
	ok(!replicates.is_within_run && replicates.work == PROFILE_PER_REQUEST, "per request");
	read_all(&replicates, calls);
	ok(calls[0] == SAMPLE_PAIRS && calls[1] == SAMPLE_PAIRS, "each profile is read once");
	is_near(base->replicates[0].exposure, 360.0 / SAMPLE_WEIGHT_NS, 1e-12,
		"requests over ns of a sample");
	is_near(base->exposure, 6 * 360.0 / SAMPLE_WEIGHT_NS, 1e-12, "of all");
	ok(replicates.can_test, "there is repetition");
	is_near(base->replicates[0].samples, 12, 0, "samples with hidden time");
	is_str(profile_replicates_get_measure(&replicates, &view.arena), "CPU per request", "name");
	release(selections);
}

static void test_slices(void)
{
	struct selection selections[2];
	struct profile_replicates replicates =
		choose("@last/proxy#1", "@last/zero-copy#1", selections, NULL);
	const struct profile_side *base = &replicates.sides[PROFILE_BASE];
	uint32_t calls[2] = {0, 0};
	double samples = 0;

	ok(replicates.is_within_run, "one run each");
	is_int(base->count, SAMPLE_SECONDS, "is cut into seconds");
	for (uint32_t i = 0; i < base->count; i++)
		is_near(base->replicates[i].work, 120, 1e-9, "each with its answers");
	is_int(base->replicates[1].begin_ns, base->replicates[0].end_ns, "side by side");
	read_all(&replicates, calls);
	for (uint32_t i = 0; i < base->count; i++)
		samples += base->replicates[i].samples;
	is_near(samples, 12, 1e-9, "no sample is lost between them");
	is_near(base->replicates[2].samples, 2.0 / 3, 1e-9, "hidden time is spread evenly");
	release(selections);
}

/* A second of each run is no repetition; nor is a text without times, whose counts are shares. */
static void test_no_repetition(void)
{
	struct profile_filter filter = {.end_ns = NS_PER_S};
	struct selection selections[2];
	struct profile_replicates replicates =
		choose("@last/proxy#1", "@last/zero-copy#1", selections, &filter);
	uint32_t calls[2] = {0, 0};

	read_all(&replicates, calls);
	ok(replicates.is_within_run && !replicates.can_test, "one second is one slice");
	release(selections);
	sample_store_sql(&view.sample, "UPDATE phase SET end_ns=begin_ns WHERE name='measure'");
	sample_store_sql(&view.sample, "DELETE FROM metric WHERE name='requests'");
	replicates = choose("@last/proxy#1", "@last/zero-copy#1", selections, NULL);
	read_all(&replicates, calls);
	ok(replicates.work == PROFILE_SHARE && !replicates.can_test, "no time: shares");
	is_near(replicates.sides[PROFILE_BASE].exposure, 12, 1e-9, "of all samples");
	is_str(profile_replicates_get_measure(&replicates, &view.arena), "share of samples",
	       "name");
	release(selections);
}

/* Half a second of three, and an end inside of a second. */
static void test_time_filter(void)
{
	struct profile_filter filter = {.begin_ns = NS_PER_S / 2, .end_ns = NS_PER_S};
	struct selection selections[2];
	struct profile_replicates replicates =
		choose("@last/proxy", "@last/zero-copy", selections, &filter);

	is_near(replicates.sides[PROFILE_HEAD].replicates[3].work, 60, 1e-9,
		"answers in the part of the window");
	release(selections);
	filter = (struct profile_filter){.begin_ns = 9 * (uint64_t)NS_PER_S};
	replicates = choose("@last/proxy", "@last/zero-copy", selections, &filter);
	is_near(replicates.sides[PROFILE_HEAD].replicates[3].work, 0, 0, "beyond it are none");
	release(selections);
}

static void test_what_counts(void)
{
	struct selection selections[2];
	struct profile_replicates replicates;
	uint32_t calls[2] = {0, 0};
	struct err err = {0};

	sample_store_sql(&view.sample,
			 "UPDATE run SET state='failed' WHERE arm_place=0 AND pair=2");
	sample_store_sql(&view.sample,
			 "DELETE FROM profile WHERE run IN (SELECT key FROM run WHERE "
			 "arm_place=0 AND pair=3)");
	sample_store_sql(&view.sample,
			 "DELETE FROM metric WHERE name='requests' AND run IN (SELECT "
			 "key FROM run WHERE arm_place=1 AND pair=1)");
	replicates = choose("@last/proxy", "@last/zero-copy", selections, NULL);
	is_int(replicates.sides[PROFILE_BASE].count, 5, "a failed run does not count");
	ok(strstr(replicates.sides[PROFILE_BASE].left_out, "failed") != NULL, "and is said");
	read_all(&replicates, calls);
	ok(calls[0] == 4 && replicates.sides[PROFILE_BASE].run_count == 4 &&
		   replicates.sides[PROFILE_BASE].replicates[1].exposure == 0,
	   "nor one without a profile");
	ok(calls[1] == 6 && replicates.sides[PROFILE_HEAD].replicates[0].exposure == 0,
	   "nor one without answers");
	release(selections);
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE arm_place=1");
	sample_check(selection_open(&selections[0], view.sample.path, "@last/proxy", &err), &err);
	sample_check(selection_open(&selections[1], view.sample.path, "@last/zero-copy", &err),
		     &err);
	is_int(profile_replicates_choose(&replicates, &view.arena, &selections[0], 0,
					 &selections[1], 0, NULL, &err),
	       -ENOENT, "a side without runs is refused");
	ok(strstr(err_text(&err), "@last/zero-copy") != NULL && strstr(err_text(&err), "failed"),
	   "with the reason");
	release(selections);
	sample_store_sql(&view.sample, "UPDATE run SET state='done'");
	sample_store_sql(&view.sample, "DELETE FROM metric WHERE name='requests'");
	replicates = choose("@last/proxy", "@last/zero-copy", selections, NULL);
	ok(replicates.work == PROFILE_PER_SECOND, "without load: per second");
	is_near(replicates.sides[PROFILE_BASE].replicates[0].work, SAMPLE_SECONDS, 1e-9,
		"of the window");
	release(selections);
}

/* Held against R: theta, and Pearson's phi of glm(family = quasipoisson) in closed form. */
static void test_reference(void)
{
	static const double counts[10] = {412, 398, 455, 430, 407, 512, 466, 498, 540, 489};
	static const double exposures[10] = {9800, 9750, 9900, 9820, 9790,
					     9810, 9700, 9850, 9900, 9770};
	struct profile_replicate items[12] = {0};
	struct profile_replicates replicates = {
		.sides = {{.replicates = items, .count = 6}, {.replicates = items + 6, .count = 6}},
		.count = 12};
	struct rate_change changes[2];
	double rows[24] = {0};

	for (uint32_t i = 0; i < 10; i++) { /* the last of each side does not count */
		items[i + i / 5].exposure = exposures[i];
		rows[i + i / 5] = counts[i];
		rows[12 + i + i / 5] = 2;
	}
	rows[5] = rows[11] = 1000;
	profile_replicates_test(&replicates, rows, 2, changes);
	is_near(changes[0].theta, 0.176011145, 1e-9, "theta");
	is_near(changes[0].phi, 1.058486004, 1e-8, "phi");
	is_near(changes[0].se, 0.0304320666, 1e-9, "se");
	is_near(changes[0].p, 0.00041275, 1e-8, "p");
	is_near(changes[1].base_sum, 10, 0, "a row of twenty samples has its sums");
	ok(isnan(changes[1].p), "and no test");
}

int main(void)
{
	test_reference();
	sample_view_open(&view);
	test_runs();
	test_slices();
	test_time_filter();
	test_what_counts();
	test_no_repetition();
	sample_view_close(&view);
	return tap_done();
}
