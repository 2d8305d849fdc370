#include "report/run_conclusion.h"

#include <inttypes.h>
#include <string.h>

#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "util/clean.h"
#include "util/fmt.h"

/* "6 pairs", "6 and 5 runs" */
static void add_design(struct strbuf *text, const struct run_diff *diff,
		       const struct run_diff_metric *metric)
{
	if (strcmp(diff->design, "paired") == 0)
		strbuf_addf(text, "%" PRIu32 " pair%s", metric->n_base,
			    metric->n_base == 1 ? "" : "s");
	else
		strbuf_addf(text, "%" PRIu32 " and %" PRIu32 " runs", metric->n_base,
			    metric->n_head);
}

static const char *get_direction(const struct run_diff_metric *metric, double change)
{
	bool is_rise = metric_text_is_rise(metric->info, change);

	if (strcmp(metric->info->name, "cpu_per_request") == 0 ||
	    strcmp(metric->info->name, "rate_rps") == 0)
		return is_rise					     ? "more"
		       : strcmp(metric->info->name, "rate_rps") == 0 ? "fewer"
								     : "less";
	return is_rise ? "higher" : "lower";
}

/* "zero-copy uses 30.6 % less CPU per request than proxy in total" */
static void add_claim(struct strbuf *text, const struct run_diff *diff,
		      const struct run_diff_metric *metric)
{
	const char *direction = get_direction(metric, metric->estimate);
	const char *name = metric->info->name;

	if (strcmp(name, "cpu_per_request") == 0 || strcmp(name, "rate_rps") == 0) {
		strbuf_addf(text, "%s %s ", diff->head_label,
			    strcmp(name, "rate_rps") == 0 ? "answers" : "uses");
		metric_text_add_size(text, metric->info, metric->estimate);
		strbuf_addf(text, " %s %s than %s", direction, metric->info->label,
			    diff->base_label);
	} else {
		strbuf_addf(text, "%s of %s is ", metric->info->label, diff->head_label);
		metric_text_add_size(text, metric->info, metric->estimate);
		strbuf_addf(text, " %s than of %s", direction, diff->base_label);
	}
}

/* "27.9 to 34.1 % less"; across no change, both ends with their signs. */
static void add_interval(struct strbuf *text, const struct run_diff_metric *metric)
{
	const struct metric_info *info = metric->info;
	bool is_rise = metric_text_is_rise(info, metric->lo);
	double near = is_rise ? metric->lo : metric->hi, far = is_rise ? metric->hi : metric->lo;

	if (is_rise == metric_text_is_rise(info, metric->hi)) {
		metric_text_add_sizes(text, info, near, far);
		strbuf_addf(text, " %s", get_direction(metric, far));
		return;
	}
	metric_text_add_size(text, info, metric->lo);
	strbuf_addf(text, " %s to ", get_direction(metric, metric->lo));
	metric_text_add_size(text, info, metric->hi);
	strbuf_addf(text, " %s", get_direction(metric, metric->hi));
}

static bool has_roles(const struct run_diff *diff, const struct metric_info *info)
{
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (diff->metrics[i].info == info && diff->metrics[i].scope[0] != '\0' &&
		    strncmp(diff->metrics[i].scope, "request:", 8) != 0)
			return true;
	return false;
}

static void add_role(struct strbuf *text, const struct run_diff_metric *metric, bool is_first)
{
	size_t length = strlen(metric->scope);
	const char *genitive = length > 0 && metric->scope[length - 1] == 's' ? "'" : "'s";
	bool is_rise = metric_text_is_rise(metric->info, metric->estimate);

	strbuf_add_text(text, is_first ? "; of it the " : ", the ");
	clean_add(text, metric->scope);
	strbuf_addf(text, "%s%s", genitive, is_first ? " own part " : " ");
	/* An interval that holds "no change" leaves open which way it went. */
	if (metric->has_interval && metric_text_is_rise(metric->info, metric->lo) !=
					    metric_text_is_rise(metric->info, metric->hi)) {
		strbuf_add_text(text, "may not have changed (");
		add_interval(text, metric);
		strbuf_add_char(text, ')');
		return;
	}
	strbuf_add_text(text, is_rise ? "grows by " : "falls by ");
	metric_text_add_size(text, metric->info, metric->estimate);
}

static void add_roles(struct strbuf *text, const struct run_diff *diff,
		      const struct metric_info *info)
{
	bool is_first = true;

	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];

		if (metric->info != info || metric->scope[0] == '\0' || !metric->has_estimate ||
		    strncmp(metric->scope, "request:", 8) == 0)
			continue;
		add_role(text, metric, is_first);
		is_first = false;
	}
}

static void add_verdict(struct strbuf *text, const struct run_diff *diff,
			const struct run_diff_metric *metric)
{
	strbuf_add_text(text, " (");
	if (metric->has_interval) {
		add_interval(text, metric);
		strbuf_addf(text, ", %.3g %% interval of ", diff->level * 100);
	} else {
		strbuf_add_text(text, "an estimate without an interval, from ");
	}
	add_design(text, diff, metric);
	if (metric_notes_is_noise(metric))
		strbuf_add_text(text, ", and within their noise");
	strbuf_add_char(text, ')');
	if (metric->verdict != VERDICT_NONE)
		strbuf_addf(text, ": %s", verdict_name(metric->verdict));
}

/* What it would take. */
static void add_more(struct strbuf *text, const struct run_diff *diff,
		     const struct run_diff_metric *metric)
{
	bool is_paired = strcmp(diff->design, "paired") == 0;

	strbuf_add_text(text, "INCONCLUSIVE: the interval holds changes that matter and changes "
			      "that do not; ");
	if (metric->more == 0) {
		strbuf_add_text(text, diff->is_gate || !is_paired ? "more runs make it narrower."
				      : diff->proof != NULL ? "`sonde prove --continue` adds pairs."
							    : "`sonde run --more 2` adds pairs.");
		return;
	}
	metric_notes_add_more(text, diff, metric);
	strbuf_add_text(text, " would tell in four of five cases");
	if (diff->proof != NULL && diff->pair_count + metric->more <= RUN_DIFF_PAIRS_MOST)
		strbuf_addf(text, ": `sonde prove --continue=%s --pairs %" PRIu32 "`", diff->proof,
			    diff->pair_count + metric->more);
	else if (is_paired && !diff->is_gate && diff->proof == NULL)
		strbuf_addf(text, ": `sonde run --more %" PRIu32 "`", metric->more);
	strbuf_add_char(text, '.');
}

/* What a verdict that is not a plain better or worse means, or why there is none. */
static void explain(struct strbuf *buffer, const struct text_layout *layout,
		    const struct run_diff *diff, const struct run_diff_metric *metric)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	switch (metric->verdict) {
	case VERDICT_EQUIVALENT:
		strbuf_add_text(&text,
				"EQUIVALENT: every change in the interval is too small to matter.");
		break;
	case VERDICT_INCONCLUSIVE:
		add_more(&text, diff, metric);
		break;
	case VERDICT_NONE:
		if (diff->why_none[0] == '\0')
			strbuf_add_text(&text, "No verdict on this metric.");
		break;
	case VERDICT_REGRESSED:
	case VERDICT_IMPROVED:
		break;
	}
	if (text.length > 0)
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

/* What else a reader must know: the rate, and every other total that became worse. */
static void add_others(struct strbuf *buffer, const struct text_layout *layout,
		       const struct run_diff *diff, const struct metric_info *primary)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];
		bool is_rate = strcmp(metric->info->name, "rate_rps") == 0;

		if (metric->info == primary || metric->scope[0] != '\0' || !metric->has_estimate ||
		    (!is_rate && metric->verdict != VERDICT_REGRESSED))
			continue;
		if (!is_rate && !metric->info->is_main)
			continue;
		add_claim(&text, diff, metric);
		if (metric->has_interval) {
			strbuf_add_text(&text, " (");
			add_interval(&text, metric);
			strbuf_add_char(&text, ')');
		}
		if (metric->verdict != VERDICT_NONE)
			strbuf_addf(&text, ": %s", verdict_name(metric->verdict));
		strbuf_add_char(&text, '.');
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
		strbuf_clear(&text);
	}
	strbuf_release(&text);
}

static void add_comparison(struct strbuf *buffer, const struct run_diff *diff,
			   const struct text_layout *layout)
{
	const struct run_diff_metric *metric = run_diff_find(diff, diff->primary, "");
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (diff->primary[0] == '\0') {
		strbuf_addf(&text, "%s and %s have no metric that decides: no verdict",
			    diff->base_label, diff->head_label);
	} else if (metric == NULL || !metric->has_estimate) {
		const struct metric_info *info = metric_find(diff->primary);

		strbuf_addf(&text,
			    "%s against %s: %s, the metric that decides, was not measured on both "
			    "sides: no verdict",
			    diff->head_label, diff->base_label,
			    info != NULL ? info->label : diff->primary);
	} else {
		add_claim(&text, diff, metric);
		if (has_roles(diff, metric->info))
			strbuf_add_text(&text, " in total");
		add_verdict(&text, diff, metric);
		add_roles(&text, diff, metric->info);
	}
	strbuf_add_char(&text, '.');
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
	if (metric != NULL && metric->has_estimate)
		explain(buffer, layout, diff, metric);
	if (diff->why_none[0] != '\0')
		text_add_wrapped(buffer, layout, 2, diff->why_none);
	add_others(buffer, layout, diff, metric != NULL ? metric->info : NULL);
}

/* One side: its most important figures, whichever it has. */
static void add_figures(struct strbuf *buffer, const struct run_summary_side *side,
			const struct text_layout *layout)
{
	static const char *const names[] = {"rate_rps", "latency_p50", "latency_p99",
					    "cpu_per_request", "cpu_mean"};
	const struct hot_functions *profile = &side->profile;
	const char *separator = ": ";
	struct strbuf text;
	char share[FMT_BYTES];

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, side->label);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct arm_metric *metric = arm_metrics_find(&side->metrics, names[i], "");

		if (metric == NULL)
			continue;
		strbuf_addf(&text, "%s%s ", separator, metric->info->label);
		metric_text_add_value(&text, metric->info, metric->median);
		separator = ", ";
	}
	if (side->metrics.run_count > 1)
		strbuf_addf(&text, " (medians of %" PRIu32 " runs)", side->metrics.run_count);
	if (side->has_profile && profile->function_count > 0 &&
	    profile->summary.samples_with_hidden > 0)
		strbuf_addf(&text, "%shottest function %s with %s of the CPU time", separator,
			    profile->functions[0].name,
			    fmt_percent(share, profile->functions[0].self /
						       profile->summary.samples_with_hidden));
	strbuf_add_char(&text, '.');
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

/* A conclusion from a measurement that is not VALID says so itself. */
static void add_caution(struct strbuf *buffer, const struct run_summary_side *side,
			const struct text_layout *layout)
{
	struct strbuf text;

	if (!side->has_load || side->load.validity == VALIDITY_VALID)
		return;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_addf(&text, "With care: the load of %s was %s.", side->label,
		    validity_name(side->load.validity));
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

void run_conclusion_add_cautions(struct strbuf *buffer, const struct run_summary *summary,
				 const struct text_layout *layout)
{
	for (uint32_t i = 0; i < summary->side_count; i++)
		add_caution(buffer, &summary->sides[i], layout);
}

void run_conclusion_format_comparison(struct strbuf *buffer, const struct run_summary *summary,
				      const struct text_layout *layout)
{
	for (uint32_t i = 0; i + 1 < summary->side_count; i++)
		add_comparison(buffer, &summary->diffs[i], layout);
}

void run_conclusion_format(struct strbuf *buffer, const struct run_summary *summary,
			   const struct text_layout *layout)
{
	if (summary->side_count == 1)
		add_figures(buffer, &summary->sides[0], layout);
	run_conclusion_format_comparison(buffer, summary, layout);
	run_conclusion_add_cautions(buffer, summary, layout);
}
