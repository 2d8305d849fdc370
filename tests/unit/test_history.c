/* History of a plan: what belongs to a series, where it breaks, and where its level changed. */
#include "view/history.h"

#include "sample_history.h"

static struct sample_view view;

static void open_empty(void)
{
	view = (struct sample_view){0};
	arena_init(&view.arena);
	sample_store_open(&view.sample);
}

static void add(uint32_t number, double cpu_ns)
{
	sample_history_add(&view.sample, number,
			   &(struct sample_experiment){.cpu_ns = cpu_ns, .rate = 1000});
}

static void read_history(struct history *history, const char *word, const char *baseline)
{
	struct err err = {0};

	sample_view_select(&view, word);
	sample_check(history_read(history, &view.arena, &view.selection,
				  &(struct history_options){.baseline = baseline}, &err),
		     &err);
}

static const struct history_series *cpu_of(const struct history *history)
{
	return history_find(history, "proxy", "cpu_per_request");
}

static void test_points(void)
{
	const struct history_series *series;
	struct history history;

	open_empty();
	add(1, 100e3);
	add(2, 101e3);
	add(3, 102e3);
	read_history(&history, "@last", "h0000002");
	is_int(history.point_count, 3, "a point an experiment");
	is_str(history.points[0].experiment, "h0000001", "oldest first");
	is_str(history.points[2].experiment, "h0000003", "the head is the last");
	is_str(history.points[1].revision, "0000000000000000000000000000000000000002", "commit");
	ok(!history.points[0].is_baseline && history.points[1].is_baseline,
	   "the baseline is marked");
	is_int(history_find_baseline(&history), 1, "and found");
	series = cpu_of(&history);
	is_near(series->values[0], 100e3, 1, "the median of the runs");
	is_near(series->values[2], 102e3, 1, "of the head, too");
	is_int(series->runs[1], SAMPLE_HISTORY_RUNS, "with the number of runs");
	is_int(series->change_count, 0, "one percent a day is no change of level");
	ok(history_find(&history, "proxy", "latency_p99") == NULL, "what nobody measured");
	ok(history_find(&history, "zero-copy", "cpu_per_request") == NULL,
	   "an arm that is not there");
	is_str(history.since, "", "nothing breaks it");
	is_int(history.gap_count, 0, "nothing is left out");
	read_history(&history, "h0000002", NULL);
	is_int(history.point_count, 2, "of an older head, what came before it");
	is_int(history_find_baseline(&history), -1, "without a baseline");
	sample_view_close(&view);
}

static void test_left_out(void)
{
	struct history history;
	const struct sample_experiment others[] = {
		{.cpu_ns = 1, .name = "other"},
		{.cpu_ns = 1, .kind = "load"},
		{.cpu_ns = 100e3, .state = RUN_FAILED},
		{.cpu_ns = 100e3, .state = RUN_INTERRUPTED},
		{.cpu_ns = 100e3, .environment = "{\"host\": \"there\", \"kernel\": \"6.1\"}"},
	};

	open_empty();
	add(1, 100e3);
	for (uint32_t i = 0; i < 5; i++)
		sample_history_add(&view.sample, i + 2, &others[i]);
	add(7, 100e3);
	read_history(&history, "@last", NULL);
	is_int(history.point_count, 2, "only what is of the plan, whole and of this machine");
	is_int(history.gap_count, 3, "what is of the plan and not in the series is named");
	ok(strstr(history.gaps[0].why, "machine") != NULL, "another machine");
	is_str(history.gaps[1].why, "interrupted", "interrupted");
	is_str(history.gaps[2].why, "failed", "failed");
	is_str(history.gaps[2].experiment, "h0000004", "by its id");
	sample_view_close(&view);
}

/* One damaged experiment must not end it. */
static void test_damaged(void)
{
	struct history history;

	open_empty();
	for (uint32_t i = 1; i <= 4; i++)
		add(i, 100e3);
	sample_add_load(&view.sample, sample_get_key(&view.sample, "h0000002", 1), 1, 1);
	sample_store_sql(&view.sample, "UPDATE experiment SET environment='{' WHERE id='h0000001';"
				       "UPDATE load_histogram SET data=x'00';"
				       "DELETE FROM metric WHERE run IN (SELECT key FROM run"
				       " WHERE experiment='h0000003')");
	read_history(&history, "@last", NULL);
	is_str(history.points[history.point_count - 1].experiment, "h0000004", "the head is there");
	if (!ok(history.gap_count >= 2, "damaged ones are left out"))
		return;
	is_str(history.gaps[0].why, "no run that counts", "one lost all its metrics");
	is_str(history.gaps[1].experiment, "h0000002", "one has times that do not decode");
	ok(strncmp(history.gaps[1].why, "damaged: ", 9) == 0, "which is said");
	is_int(history.point_count + history.gap_count, 4, "nothing is lost without a word");
	for (uint32_t i = 0; i < history.point_count; i++)
		ok(isfinite(cpu_of(&history)->values[i]), "points have their own values");
	sample_view_close(&view);
}

static void test_break(void)
{
	struct history history;

	open_empty();
	for (uint32_t i = 1; i <= 3; i++)
		add(i, 100e3);
	for (uint32_t i = 4; i <= 6; i++)
		sample_history_add(
			&view.sample, i,
			&(struct sample_experiment){
				.cpu_ns = 90e3,
				.environment = "{\"host\": \"here\", \"kernel\": \"6.18\"}"});
	read_history(&history, "@last", NULL);
	is_int(history.point_count, 3, "another kernel begins a new series");
	is_str(history.since, "kernel 6.1 until h0000003, 6.18 since h0000004", "and says so");
	is_int(cpu_of(&history)->change_count, 0, "so the kernel's step is not the program's");
	sample_view_close(&view);
}

/* Deterministic noise of half a percent around a level. */
static double level(double base, uint32_t i)
{
	static const double noise[] = {0.1, -0.4, 0.3, -0.1, 0.5, -0.3, 0.0, 0.4, -0.5, 0.2};

	return base * (1 + noise[i % 10] / 100);
}

static void test_changes(void)
{
	const struct history_series *series;
	const struct history_change *change;
	struct history history;

	open_empty();
	for (uint32_t i = 1; i <= 24; i++)
		add(i, level(i <= 14 ? 100e3 : 110e3, i));
	read_history(&history, "@last", "h0000003");
	series = cpu_of(&history);
	is_int(series->change_count, 1, "one step");
	change = &series->changes[0];
	is_int(change->at, 14, "at the first point of the new level");
	is_int(change->last_before, 13, "behind the last one of the old");
	is_near(change->before, 100e3, 300, "its level before");
	is_near(change->behind, 110e3, 300, "and behind");
	ok(change->is_confirmed, "which both detectors see");
	is_int(change->direction, -1, "more CPU per request is worse");
	is_int(history_find(&history, "proxy", "rate_rps")->change_count, 0,
	       "the rate did not change");
	ok(history_find_decline(series, 2) == change, "a baseline before it does not excuse it");
	ok(history_find_decline(series, -1) == change, "nor does none");
	ok(history_find_decline(series, 14) == NULL, "one of the new level does");
	sample_view_close(&view);
	open_empty();
	for (uint32_t i = 1; i <= 24; i++)
		add(i, level(i <= 14 ? 110e3 : 100e3, i));
	read_history(&history, "@last", NULL);
	series = cpu_of(&history);
	is_int(series->change_count, 1, "a step down");
	is_int(series->changes[0].direction, 1, "is better");
	ok(history_find_decline(series, -1) == NULL, "and no decline");
	sample_view_close(&view);
}

static void test_most(void)
{
	struct history history;

	open_empty();
	for (uint32_t i = 1; i <= HISTORY_MOST + 3; i++)
		sample_history_add(&view.sample, i,
				   &(struct sample_experiment){.cpu_ns = 100e3, .runs = 1});
	read_history(&history, "@last", NULL);
	is_int(history.point_count, HISTORY_MOST, "no more than so many points");
	is_int(history.cut_count, 3, "the rest is counted");
	is_str(history.points[0].experiment, "h0000004", "the oldest ones are cut");
	sample_view_close(&view);
}

int main(void)
{
	test_points();
	test_left_out();
	test_damaged();
	test_break();
	test_changes();
	test_most();
	return tap_done();
}
