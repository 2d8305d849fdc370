/* The page of `sonde track`, from planted runs. */
#include "report/track_text.h"

#include "report/track_answer.h"
#include "sample_track.h"

#define contains(text, part, what) ok(strstr((text), (part)) != NULL, what)

static const char *format(struct strbuf *text, const struct track_view *track,
			  const struct track_text_options *options)
{
	strbuf_clear(text);
	track_text_format(text, track, options);
	return strbuf_text(text);
}

static void test_regressed(struct strbuf *out)
{
	struct track_text_options options = {.layout = {.columns = 200}};
	struct sample_track sample;
	const char *text;

	sample_track_open(&sample, 6, 120e3, 2);
	text = format(out, &sample.track, &options);
	contains(text, "gateway: h0000006 at 000000000 against the baseline h0000002 at 012345678",
		 "what against what");
	contains(text, "by ada: first | good", "who accepted it and why");
	contains(text, "CPU per request", "a row a metric");
	contains(text, "100 us   120 us  +20.0 % (+", "both sides and the change");
	contains(text, "REGRESSED", "the verdict");
	contains(text, "▂▂▂▂▂█", "the history, from 80 % of the greatest value on");
	contains(text, "\nINVESTIGATE\n  CPU per request REGRESSED: +20.0 %",
		 "the answer, and why");
	options.metrics = (const char *const[]){"rate_rps", NULL};
	text = format(out, &sample.track, &options);
	ok(strstr(text, "\nsuccess") == NULL && strstr(text, "requests/s") != NULL,
	   "only what was asked for");
	contains(text, "INVESTIGATE\n  CPU per request REGRESSED", "the others count all the same");
	sample_track_close(&sample);
}

/* Names and notes may come in a file from anywhere. */
static void test_control_characters(struct strbuf *out)
{
	struct track_text_options options = {.layout = {.columns = 200}};
	struct sample_track sample;
	struct track_arm *arm;

	sample_track_open(&sample, 6, 120e3, 2);
	arm = &sample.track.arms[0];
	sample.track.baseline.note = "all\x1b[2J\nwell";
	sample.track.baseline.who = "a\x1b"
				    "da";
	for (uint32_t i = 0; i < arm->diff.metric_count; i++)
		if (arm->diff.metrics[i].verdict == VERDICT_REGRESSED)
			arm->diff.metrics[i].scope = "x\x1b[2J";
	format(out, &sample.track, &options);
	ok(strchr(strbuf_text(out), '\x1b') == NULL, "nothing in them is a command");
	contains(strbuf_text(out), "by a?da: all?[2J?well", "and they stay on their line");
	strbuf_clear(out);
	track_answer_add_sentence(out, &sample.track);
	contains(strbuf_text(out), " of x?[2J", "nor in the sentence alone");
	sample_track_close(&sample);
}

static void test_alone(struct strbuf *out)
{
	struct track_text_options options = {.layout = {.columns = 120}};
	struct sample_track sample;
	const char *text;

	sample_track_open(&sample, 1, 120e3, 0);
	text = format(out, &sample.track, &options);
	ok(strstr(text, "baseline") != NULL && strstr(text, "verdict") == NULL,
	   "no columns for what there is not");
	ok(strstr(text, "history") == NULL, "one point is no history");
	contains(text, "NOT KNOWN\n  nothing was accepted as the baseline of 'gateway' yet\n",
		 "which is said");
	sample_track_close(&sample);
}

static void test_changes(struct strbuf *out)
{
	struct track_text_options options = {.layout = {.columns = 120}};
	struct sample_track sample;
	struct history_series *series = NULL;
	struct history_change change = {.at = 3,
					.last_before = 2,
					.before = 100e3,
					.behind = 112e3,
					.is_confirmed = true,
					.direction = -1};
	const char *text;

	sample_track_open(&sample, 6, 100e3, 2);
	for (uint32_t i = 0; i < sample.track.history.series_count; i++)
		if (strcmp(sample.track.history.series[i].info->name, "cpu_per_request") == 0)
			series = &sample.track.history.series[i];
	if (!ok(series != NULL, "CPU per request has a series"))
		return;
	series->changes = &change;
	series->change_count = 1;
	text = format(out, &sample.track, &options);
	contains(text,
		 "changes in the history:\n  CPU per request rose by 12.0 % somewhere near "
		 "000000000 (h0000004, 2023-11-18",
		 "a change with its commit");
	contains(text, "): confirmed\n", "that both detectors see");
	contains(text, "███|███", "is marked in the bars");
	change.is_confirmed = false;
	text = format(out, &sample.track, &options);
	contains(text, "): suspected\n", "a suspicion is called so");
	contains(text, "███:███", "and marked otherwise");
	sample.track.history.since = "kernel 6.1 until h0000001, 6.18 since h0000002";
	sample.track.history.gaps = (struct history_gap[]){
		{"h1", "failed"}, {"h2", "failed"}, {"h3", "interrupted"}, {"h4", "damaged: x"}};
	sample.track.history.gap_count = 4;
	text = format(out, &sample.track, &options);
	contains(text, "the history begins anew: kernel 6.1 until h0000001, 6.18 since h0000002\n",
		 "why it is short");
	contains(text,
		 "left out of the history: h1 (failed), h2 (failed), h3 (interrupted), and 1 "
		 "more\n",
		 "what is not in it");
	sample_track_close(&sample);
}

/* Every width, and colours: nothing is lost. */
static void test_layouts(struct strbuf *out)
{
	struct sample_track sample;

	sample_track_open(&sample, 3, 100e3, 1);
	for (uint32_t columns = 0; columns < 200; columns += 20) {
		struct track_text_options options = {
			.layout = {.columns = columns, .has_color = columns % 40 == 0},
			.is_all = true};
		const char *text = format(out, &sample.track, &options);

		ok(strstr(text, "KEEP") != NULL && strstr(text, "success") != NULL,
		   "fits anywhere");
	}
	strbuf_clear(out);
	track_answer_add_sentence(out, &sample.track);
	contains(strbuf_text(out), "KEEP: CPU per request is EQUIVALENT: ", "in a sentence");
	contains(strbuf_text(out), "; nothing REGRESSED", "of all that matters");
	sample_track_close(&sample);
}

int main(void)
{
	struct strbuf out;

	setenv("TZ", "UTC", 1);
	strbuf_init(&out, STRBUF_MAX_DEFAULT);
	test_regressed(&out);
	test_control_characters(&out);
	test_alone(&out);
	test_changes(&out);
	test_layouts(&out);
	strbuf_release(&out);
	return tap_done();
}
