#include "report/track_form.h"

#include <math.h>
#include <string.h>

#include "report/markdown.h"
#include "report/metric_text.h"
#include "report/table.h"
#include "report/track_answer.h"
#include "util/clean.h"
#include "util/fmt.h"

/* ---- lines ---- */

struct line_form {
	const char *metric, *name;
	double unit; /* one of the name's units in the metric's */
	int digits;
};

static const struct line_form forms[] = {
	{"rate_rps", "requests_per_sec", 1, 2},
	{"latency_p50", "p50_ms", 1e6, 3},
	{"latency_p75", "p75_ms", 1e6, 3},
	{"latency_p90", "p90_ms", 1e6, 3},
	{"latency_p95", "p95_ms", 1e6, 3},
	{"latency_p99", "p99_ms", 1e6, 3},
	{"latency_mean", "mean_ms", 1e6, 3},
	{"latency_min", "min_ms", 1e6, 3},
	{"latency_max", "max_ms", 1e6, 3},
	{"service_p50", "service_p50_ms", 1e6, 3},
	{"service_p99", "service_p99_ms", 1e6, 3},
	{"bytes_in_per_s", "received_mb_per_sec", 1e6, 3},
	{"cpu_per_request", "cpu_us_per_request", 1e3, 2},
	{"client_cpu_per_request", "client_cpu_us_per_request", 1e3, 2},
	{"wait_per_request", "wait_us_per_request", 1e3, 2},
	{"cpu_mean", "cpu_mean", 1, 3},
	{"cpu_peak", "cpu_peak", 1, 3},
	{"rss_peak", "rss_mb", 1e6, 1},
	{"switches_voluntary_per_s", "switches_voluntary_per_sec", 1, 2},
	{"switches_involuntary_per_s", "switches_involuntary_per_sec", 1, 2},
	{"requests", "requests", 1, 0},
};

static struct line_form get_form(const struct metric_info *info)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].metric, info->name) == 0)
			return forms[i];
	return (struct line_form){info->name, info->name, 1, 5};
}

const char *track_form_get_name(const struct metric_info *info)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].metric, info->name) == 0)
			return forms[i].name;
	return info->name;
}

/* So that what prints as zero has no minus. */
static double round_to(double value, int digits)
{
	return fabs(value) < 0.5 * pow(10, -digits) ? 0 : value;
}

static void add_line(struct strbuf *text, const struct track_view *view,
		     const struct track_arm *arm, const struct arm_metric *metric)
{
	const struct run_diff_metric *row =
		arm->has_base ? run_diff_find(&arm->diff, metric->info->name, metric->scope) : NULL;
	struct line_form form = get_form(metric->info);

	if (view->arm_count > 1) {
		clean_add(text, arm->label); /* also a line break in it would be another line */
		strbuf_add_char(text, '.');
	}
	strbuf_addf(text, "%s=%.*f", form.name, form.digits, metric->median / form.unit);
	if (row != NULL && row->has_estimate && row->info->scale == METRIC_LOG_RATIO)
		strbuf_addf(text, " (%+.1f%%)", round_to((row->estimate - 1) * 100, 1));
	else if (row != NULL && row->has_estimate)
		strbuf_addf(text, " (%+.*f)", form.digits,
			    round_to(row->estimate / form.unit, form.digits));
	strbuf_add_char(text, '\n');
}

void track_form_add_kv(struct strbuf *text, const struct track_view *view,
		       const struct track_text_options *options)
{
	for (uint32_t a = 0; a < view->arm_count; a++) {
		const struct track_arm *arm = &view->arms[a];

		for (uint32_t i = 0; i < arm->metrics.metric_count; i++) {
			const struct arm_metric *metric = &arm->metrics.metrics[i];

			if (metric->scope[0] == '\0' &&
			    track_text_is_shown(options, metric->info, "", VERDICT_NONE))
				add_line(text, view, arm, metric);
		}
	}
	strbuf_addf(text, "run=%s\n", view->head->experiment.id);
	if (view->has_baseline)
		strbuf_addf(text, "baseline=%s\n", view->baseline.experiment);
	strbuf_addf(text, "answer=%s\n",
		    view->answer == TRACK_NOT_KNOWN ? "NOT_KNOWN"
						    : track_answer_name(view->answer));
}

/* ---- Markdown ---- */

/* "p99", "CPU per request gateway" */
static const char *name_metric(struct arena *arena, const struct metric_info *info,
			       const char *scope)
{
	return arena_printf(arena, "%s%s%s", info->label, scope[0] != '\0' ? " " : "", scope);
}

static const char *take_text(struct arena *arena, struct strbuf *text)
{
	const char *copy = arena_strdup(arena, strbuf_text(text));

	strbuf_clear(text);
	return copy;
}

static const char *write_value(struct arena *arena, const struct metric_info *info, double value)
{
	const char *copy;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	metric_text_add_value(&text, info, value);
	copy = take_text(arena, &text);
	strbuf_release(&text);
	return copy;
}

static void add_compared(struct strbuf *text, struct arena *arena,
			 const struct run_diff_metric *row)
{
	struct strbuf change;
	const char *cells[5];

	strbuf_init(&change, STRBUF_MAX_DEFAULT);
	metric_text_add_change(&change, row);
	cells[0] = name_metric(arena, row->info, row->scope);
	cells[1] = write_value(arena, row->info, row->base);
	cells[2] = write_value(arena, row->info, row->head);
	cells[3] = take_text(arena, &change);
	cells[4] = verdict_name(row->verdict);
	markdown_add_row(text, cells, 5);
	strbuf_release(&change);
}

static void add_compared_arm(struct strbuf *text, struct arena *arena, const struct track_arm *arm,
			     const struct track_text_options *options)
{
	static const char *const titles[] = {"metric", "baseline", "now", "change", "verdict"};
	static const bool is_right[] = {false, true, true, false, false};

	markdown_add_head(text, titles, is_right, 5);
	for (uint32_t i = 0; i < arm->diff.metric_count; i++) {
		const struct run_diff_metric *row = &arm->diff.metrics[i];

		if (track_text_is_shown(options, row->info, row->scope, row->verdict))
			add_compared(text, arena, row);
	}
}

static void add_lone_arm(struct strbuf *text, struct arena *arena, const struct track_arm *arm,
			 const struct track_text_options *options)
{
	static const char *const titles[] = {"metric", "now"};
	static const bool is_right[] = {false, true};

	markdown_add_head(text, titles, is_right, 2);
	for (uint32_t i = 0; i < arm->metrics.metric_count; i++) {
		const struct arm_metric *metric = &arm->metrics.metrics[i];
		const char *cells[2] = {name_metric(arena, metric->info, metric->scope),
					write_value(arena, metric->info, metric->median)};

		if (track_text_is_shown(options, metric->info, metric->scope, VERDICT_NONE))
			markdown_add_row(text, cells, 2);
	}
}

static void add_markdown_arms(struct strbuf *text, const struct track_view *view,
			      const struct track_text_options *options)
{
	struct arena arena;

	arena_init(&arena);
	for (uint32_t i = 0; i < view->arm_count; i++) {
		const struct track_arm *arm = &view->arms[i];

		strbuf_add_char(text, '\n');
		if (view->arm_count > 1) {
			strbuf_add_text(text, "**");
			markdown_add_text(text, arm->label);
			strbuf_add_text(text, "**\n\n");
		}
		if (arm->has_base)
			add_compared_arm(text, &arena, arm, options);
		else
			add_lone_arm(text, &arena, arm, options);
	}
	arena_release(&arena);
}

void track_form_add_markdown(struct strbuf *text, const struct track_view *view,
			     const struct track_text_options *options)
{
	struct strbuf sentence;

	strbuf_init(&sentence, STRBUF_MAX_DEFAULT);
	track_answer_add_sentence(&sentence, view);
	strbuf_add_text(text, "### ");
	markdown_add_text(text, view->head->experiment.name);
	strbuf_addf(text, ": %s\n\n", track_answer_name(view->answer));
	markdown_add_text(text, strbuf_text(&sentence));
	strbuf_add_char(text, '\n');
	add_markdown_arms(text, view, options);
	strbuf_addf(text, "\nrun `%s`", view->head->experiment.id);
	if (view->has_baseline) {
		strbuf_addf(text, " against the baseline `%s`, accepted by ",
			    view->baseline.experiment);
		markdown_add_text(text, view->baseline.who);
		strbuf_add_text(text, ": ");
		markdown_add_text(text, view->baseline.note);
	}
	strbuf_add_char(text, '\n');
	strbuf_release(&sentence);
}

/* ---- what was accepted ---- */

static bool has_several_plans(const struct track_log *log)
{
	for (uint32_t i = 1; i < log->count; i++)
		if (strcmp(log->rows[i].baseline.plan, log->rows[0].baseline.plan) != 0)
			return true;
	return false;
}

static void add_log_row(struct table *table, const struct track_log_row *row, bool has_plan)
{
	const struct stored_baseline *one = &row->baseline;
	struct strbuf commit;
	char when[FMT_BYTES];

	strbuf_init(&commit, 256);
	track_answer_add_commit(&commit, one->revision, false);
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_wall_time(when, one->wall_ns));
	if (has_plan)
		table_add_cell(table, TEXT_PLAIN, "%s", one->plan);
	table_add_cell(table, row->is_present ? TEXT_BOLD : TEXT_PLAIN, "%s%s%s", one->experiment,
		       one->arm[0] != '\0' ? "/" : "", one->arm);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&commit));
	table_add_cell(table, TEXT_PLAIN, "%s", one->who);
	table_add_cell(table, one->is_forced ? TEXT_WARN : TEXT_PLAIN, "%s%s",
		       verdict_name(one->verdict), one->is_forced ? ", forced" : "");
	table_add_cell(table, TEXT_PLAIN, "%s",
		       row->is_removed	 ? "removed"
		       : row->is_present ? "baseline"
					 : "");
	table_add_cell(table, TEXT_PLAIN, "%s", one->note);
	strbuf_release(&commit);
}

void track_form_add_log(struct strbuf *text, const struct track_log *log,
			const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	bool has_plan = has_several_plans(log);

	table_add_column(table, TABLE_LEFT, "accepted");
	if (has_plan)
		table_add_column(table, TABLE_LEFT, "plan");
	table_add_column(table, TABLE_LEFT, "run");
	table_add_column(table, TABLE_LEFT, "commit");
	table_add_column(table, TABLE_LEFT, "by");
	table_add_column(table, TABLE_LEFT, "verdict then");
	table_add_column(table, TABLE_LEFT, "now");
	table_add_column(table, TABLE_LEFT, "why");
	table_set_cuttable(table, has_plan ? 7 : 6);
	for (uint32_t i = 0; i < log->count; i++)
		add_log_row(table, &log->rows[i], has_plan);
	table_format(table, text, layout);
}
