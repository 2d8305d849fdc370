#include "report/metric_notes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/metric_text.h"
#include "util/fmt.h"

enum {
	FLOORS_BYTES = 300, /* of thresholds in words; then only the primary one's is said */
	MORE_SHOWN = 3,	    /* INCONCLUSIVE metrics that are named; the primary one always */
	MORE_MANY = 1000,   /* stats/verdict_rule.h: so many, or more */
};

bool metric_notes_is_noise(const struct run_diff_metric *metric)
{
	return metric->has_estimate && metric->verdict == VERDICT_NONE && metric->is_within_noise;
}

void metric_notes_add_more(struct strbuf *text, const struct run_diff *diff,
			   const struct run_diff_metric *metric)
{
	bool is_paired = strcmp(diff->design, "paired") == 0, is_one = metric->more == 1;
	char duration[FMT_BYTES], count[FMT_BYTES];

	strbuf_addf(text, "about %s%s more %s", fmt_count(count, metric->more),
		    metric->more >= MORE_MANY ? " or" : "",
		    is_paired ? (is_one ? "pair" : "pairs") : (is_one ? "run" : "runs"));
	if (!is_paired)
		strbuf_add_text(text, " a side");
	if (metric->more_ns > 0 && metric->more < MORE_MANY)
		strbuf_addf(text, " (%s)", fmt_duration(duration, (double)metric->more_ns));
}

static bool is_total_row(const struct run_diff_metric *metric)
{
	return metric->scope[0] == '\0' && metric->has_estimate;
}

/* The threshold of most: what was asked for, or 2 %. NAN when no row has a ratio. */
static double find_common_delta(const struct run_diff *diff)
{
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (is_total_row(&diff->metrics[i]) &&
		    diff->metrics[i].info->scale == METRIC_LOG_RATIO &&
		    diff->metrics[i].delta_from != RUN_DIFF_DELTA_FLOOR &&
		    diff->metrics[i].delta > 0)
			return diff->metrics[i].delta;
	return (double)NAN;
}

static bool has_asked(const struct run_diff *diff)
{
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (diff->metrics[i].delta_from == RUN_DIFF_DELTA_ASKED)
			return true;
	return false;
}

static void add_floor(struct strbuf *text, const struct run_diff_metric *metric)
{
	char delta[FMT_BYTES];

	strbuf_addf(text, "of %s below ", metric->info->label);
	if (metric->info->scale == METRIC_LOG_RATIO)
		strbuf_add_text(text, fmt_percent(delta, metric->delta));
	else
		metric_text_add_size(text, metric->info, metric->delta);
	strbuf_addf(text, ", which %" PRIu32 " A/A proofs show where nothing differs",
		    metric->null_count);
}

static void add_part(struct strbuf *text, size_t begin)
{
	strbuf_add_text(text, text->length > begin ? "; " : "Changes that do not matter: ");
}

/* "* decides. Changes that do not matter: below 2 %; of p99 below 8.0 %, which 14 A/A proofs …" */
static void add_thresholds(struct strbuf *text, const struct run_diff *diff)
{
	double common = find_common_delta(diff);
	char delta[FMT_BYTES];
	size_t begin;

	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (diff->metrics[i].is_primary && diff->metrics[i].scope[0] == '\0')
			strbuf_add_text(text, "* decides. ");
	begin = text->length;
	if (!isnan(common)) {
		add_part(text, begin);
		strbuf_addf(text, "below %s%s", fmt_percent(delta, common),
			    has_asked(diff) ? " (--delta)" : "");
	}
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];

		if (!is_total_row(metric) || metric->delta_from != RUN_DIFF_DELTA_FLOOR ||
		    (!metric->is_primary && text->length - begin > FLOORS_BYTES))
			continue;
		add_part(text, begin);
		add_floor(text, metric);
	}
	if (text->length > begin)
		strbuf_add_text(text, ". ");
}

static bool is_held(const struct run_diff_metric *metric)
{
	return !metric->is_primary && !isnan(metric->adjusted_p) && !isnan(metric->p) &&
	       metric->verdict != VERDICT_NONE;
}

/*
 * "worse", "better": what a metric would say alone that says nothing among the others; else NULL.
 */
static const char *name_alone(const struct run_diff *diff, const struct run_diff_metric *metric)
{
	bool is_ratio = metric->info->scale == METRIC_LOG_RATIO;
	double change = is_ratio ? log(metric->estimate) : metric->estimate;
	double border = is_ratio ? log1p(metric->delta) : metric->delta;

	if (metric->p > 1 - diff->level || metric->adjusted_p <= 1 - diff->level ||
	    fabs(change) <= border)
		return NULL;
	return (change > 0) == (metric->info->better > 0) ? "better" : "worse";
}

/* Verdicts beside the primary one, and which changes Holm's adjustment took. */
static void add_holm(struct strbuf *text, const struct run_diff *diff)
{
	uint32_t held = 0, named = 0;

	for (uint32_t i = 0; i < diff->metric_count; i++)
		held += is_held(&diff->metrics[i]);
	if (held < 2)
		return;
	strbuf_add_text(text, "The other verdicts hold all together (Holm).");
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];
		const char *word = is_held(metric) ? name_alone(diff, metric) : NULL;

		if (word != NULL)
			strbuf_addf(text, "%s%s %s", named++ > 0 ? ", " : " Alone, not together: ",
				    metric->info->label, word);
	}
	strbuf_add_text(text, named > 0 ? "." : "");
}

static void add_line(struct strbuf *buffer, struct strbuf *text, const struct text_layout *layout)
{
	while (text->length > 0 && text->data[text->length - 1] == ' ')
		text->data[--text->length] = '\0';
	if (text->length > 0)
		text_add_wrapped(buffer, layout, 2, strbuf_text(text));
	strbuf_clear(text);
}

/* "INCONCLUSIVE: p99 needs about 40 more pairs (13m), …", the primary metric first. */
static void add_inconclusive(struct strbuf *text, const struct run_diff *diff)
{
	uint32_t shown = 0, more = 0;

	for (int is_first = 1; is_first >= 0; is_first--) {
		for (uint32_t i = 0; i < diff->metric_count; i++) {
			const struct run_diff_metric *metric = &diff->metrics[i];

			if (metric->verdict != VERDICT_INCONCLUSIVE || metric->more == 0 ||
			    metric->scope[0] != '\0' || metric->is_primary != (is_first == 1))
				continue;
			if (shown >= MORE_SHOWN) {
				more++;
				continue;
			}
			strbuf_addf(text, "%s%s needs ",
				    shown > 0 ? ", " : "INCONCLUSIVE: ", metric->info->label);
			metric_notes_add_more(text, diff, metric);
			shown++;
		}
	}
	if (more > 0)
		strbuf_addf(text, "; %" PRIu32 " other metric%s, too", more, more == 1 ? "" : "s");
	if (shown > 0)
		strbuf_add_char(text, '.');
}

void metric_notes_add(struct strbuf *buffer, const struct run_diff *diff,
		      const struct text_layout *layout)
{
	bool has_verdict = false, has_noise = false;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		has_verdict |= diff->metrics[i].verdict != VERDICT_NONE;
		has_noise |= metric_notes_is_noise(&diff->metrics[i]);
	}
	if (diff->veto != NULL && diff->veto[0] != '\0') {
		strbuf_addf(&text, "REGRESSED: %s.", diff->veto);
		add_line(buffer, &text, layout);
	}
	if (has_verdict) {
		add_thresholds(&text, diff);
		add_holm(&text, diff);
		add_line(buffer, &text, layout);
		add_inconclusive(&text, diff);
		add_line(buffer, &text, layout);
	}
	if (has_noise) {
		strbuf_add_text(&text,
				"within noise: no more than the seconds of either run differ "
				"among themselves.");
		add_line(buffer, &text, layout);
	}
	if (diff->left_out != NULL && diff->left_out[0] != '\0') {
		strbuf_addf(&text, "left out: %s.", diff->left_out);
		add_line(buffer, &text, layout);
	}
	strbuf_release(&text);
}
