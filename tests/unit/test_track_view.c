/* KEEP, INVESTIGATE or NOT KNOWN, from planted runs. */
#include "view/track_view.h"

#include <errno.h>

#include "sample_history.h"

static struct sample_view view;
static struct selection base;

static void begin(void)
{
	view = (struct sample_view){0};
	base = (struct selection){0};
	arena_init(&view.arena);
	sample_store_open(&view.sample);
}

static void end(void)
{
	selection_release(&base);
	sample_view_close(&view);
}

/* The last experiment against the accepted one. */
static void read_view(struct track_view *track, bool is_breached)
{
	struct track_view_options options = {.is_breached = is_breached};
	struct stored_baseline baseline;
	struct err err = {0};
	bool has_baseline;
	int r;

	sample_view_select(&view, "@last");
	r = track_view_find_baseline(view.selection.store, &view.arena, "gateway", &baseline, &err);
	has_baseline = r == 0;
	if (r != -ENOENT)
		sample_check(r, &err);
	if (has_baseline)
		sample_check(selection_open(&base, view.sample.path, baseline.experiment, &err),
			     &err);
	sample_check(track_view_read(track, &view.arena, &view.selection,
				     has_baseline ? &baseline : NULL, has_baseline ? &base : NULL,
				     "", &options, &err),
		     &err);
}

static void add(uint32_t number, double cpu_ns, double rate)
{
	sample_history_add(&view.sample, number,
			   &(struct sample_experiment){.cpu_ns = cpu_ns, .rate = rate});
}

static void test_against(double cpu_ns, double rate, enum track_answer answer,
			 enum track_reason_kind kind, enum verdict verdict, const char *what)
{
	struct track_view track;

	begin();
	add(1, 100e3, 1000);
	sample_history_accept(&view.sample, 1, "first");
	add(2, cpu_ns, rate);
	read_view(&track, false);
	is_int(track.answer, answer, what);
	ok(track.reason_count > 0 && track.reasons[0].kind == kind, "… for the right reason");
	is_int(track_view_get_verdict(&track), verdict, "… with the verdict of the primary metric");
	ok(track.is_comparable && track.no_base[0] == '\0', "… against the baseline");
	is_int(track_view_has_regressed(&track), kind == TRACK_REGRESSED, "… REGRESSED or not");
	is_str(track.baseline.note, "first", "… that was accepted");
	end();
}

static void test_no_baseline(void)
{
	struct track_view track;

	begin();
	add(1, 100e3, 1000);
	read_view(&track, false);
	is_int(track.answer, TRACK_NOT_KNOWN, "without a baseline nothing is known");
	is_int(track.reasons[0].kind, TRACK_NO_BASELINE, "which is the reason");
	ok(strstr(track.no_base, "nothing was accepted") != NULL, "in a sentence");
	is_int(track.arms[0].metrics.metric_count, 3, "figures are there all the same");
	is_int(track.history.point_count, 1, "and the history");
	read_view(&track, true);
	is_int(track.answer, TRACK_INVESTIGATE, "a breached threshold needs no baseline");
	is_int(track.reasons[0].kind, TRACK_BREACHED, "it is the reason");
	end();
}

static void test_few(void)
{
	struct track_view track;

	begin();
	sample_history_add(&view.sample, 1,
			   &(struct sample_experiment){.cpu_ns = 100e3, .runs = 2});
	sample_history_accept(&view.sample, 1, "short");
	add(2, 100e3, 1000);
	read_view(&track, false);
	is_int(track.answer, TRACK_NOT_KNOWN, "two runs against four");
	is_int(track.reasons[0].kind, TRACK_NO_VERDICT, "have no verdict");
	ok(strstr(track.reasons[0].text, "2 and 4 runs") != NULL, "which says what there was");
	end();
}

static void test_other_machine(void)
{
	struct track_view track;

	begin();
	sample_history_add(&view.sample, 1,
			   &(struct sample_experiment){.cpu_ns = 50e3,
						       .environment = "{\"host\": \"there\"}"});
	sample_history_accept(&view.sample, 1, "elsewhere");
	add(2, 100e3, 1000);
	read_view(&track, false);
	ok(track.has_baseline && !track.is_comparable, "another machine's is not comparable");
	is_int(track.answer, TRACK_NOT_KNOWN, "so nothing is known");
	ok(strstr(track.no_base, "there") != NULL && strstr(track.no_base, "here") != NULL,
	   "and both are named");
	end();
}

/* Ten good ones, ten bad ones; only what was accepted after the step excuses it. */
static void test_decline(void)
{
	struct track_view track;

	begin();
	for (uint32_t i = 1; i <= 20; i++)
		add(i, (i <= 10 ? 100e3 : 104e3) * (1 + 0.002 * (i % 3)), 1000);
	read_view(&track, false);
	is_int(track.answer, TRACK_INVESTIGATE, "a confirmed step for the worse");
	is_int(track.reasons[0].kind, TRACK_DECLINED, "is a reason without any baseline");
	is_int(track.reasons[0].change->at, 10, "with its place");
	sample_history_accept(&view.sample, 15, "known");
	read_view(&track, false);
	is_int(track.answer, TRACK_KEEP, "accepted since: it is known");
	end();
}

static void test_log(void)
{
	struct track_log log;
	struct err err = {0};

	begin();
	add(1, 100e3, 1000);
	add(2, 100e3, 1000);
	sample_history_accept(&view.sample, 1, "first");
	sample_history_accept(&view.sample, 9, "gone since");
	sample_history_accept(&view.sample, 2, "second");
	sample_check(track_view_read_log(&log, &view.arena, view.sample.store, NULL, &err), &err);
	is_int(log.count, 3, "all that was accepted");
	is_str(log.rows[0].baseline.note, "second", "newest first");
	ok(log.rows[0].is_present && !log.rows[1].is_present && !log.rows[2].is_present,
	   "the newest is the baseline");
	ok(log.rows[1].is_removed && !log.rows[0].is_removed && !log.rows[2].is_removed,
	   "what was removed is marked");
	sample_check(track_view_read_log(&log, &view.arena, view.sample.store, "other", &err),
		     &err);
	is_int(log.count, 0, "of another plan nothing");
	sample_view_select(&view, "@last");
	end();
}

int main(void)
{
	test_against(100.2e3, 1000, TRACK_KEEP, TRACK_KEPT, VERDICT_EQUIVALENT, "the same: KEEP");
	test_against(80e3, 1000, TRACK_KEEP, TRACK_KEPT, VERDICT_IMPROVED, "better: KEEP");
	test_against(120e3, 1000, TRACK_INVESTIGATE, TRACK_REGRESSED, VERDICT_REGRESSED,
		     "worse: INVESTIGATE");
	test_against(102e3, 1000, TRACK_NOT_KNOWN, TRACK_UNSETTLED, VERDICT_INCONCLUSIVE,
		     "on the border: NOT KNOWN");
	test_against(100e3, 0, TRACK_KEEP, TRACK_KEPT, VERDICT_EQUIVALENT,
		     "a metric that is gone does not decide");
	test_against(0, 1000, TRACK_NOT_KNOWN, TRACK_NO_VERDICT, VERDICT_NONE,
		     "without the primary metric: NOT KNOWN");
	test_no_baseline();
	test_few();
	test_other_machine();
	test_decline();
	test_log();
	return tap_done();
}
