#include "report/run_report.h"

#include <string.h>

#include "report/compare_text.h"
#include "report/load_report.h"
#include "report/load_rows.h"
#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "report/run_conclusion.h"
#include "report/run_quality.h"
#include "report/table.h"
#include "util/alloc.h"
#include "util/fmt.h"

enum { RUN_REPORT_FUNCTIONS = 5 };

static void add_label(struct table *table, const struct metric_info *info, const char *scope,
		      const struct metric_info *previous)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	metric_text_add_label(&text, info, scope, previous);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_value(struct table *table, const struct metric_info *info, double value)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	metric_text_add_value(&text, info, value);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_range(struct table *table, const struct arm_metric *metric)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (metric->value_count > 1) {
		metric_text_add_value(&text, metric->info, metric->min);
		strbuf_add_text(&text, " … ");
		metric_text_add_value(&text, metric->info, metric->max);
	}
	table_add_cell(table, TEXT_DIM, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_one_side(struct strbuf *buffer, const struct run_summary_side *side,
			 const struct run_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	bool has_range = side->metrics.run_count > 1;
	const struct metric_info *previous = NULL;

	table_add_column(table, TABLE_LEFT, "metric");
	table_add_column(table, TABLE_RIGHT, has_range ? "median" : "value");
	if (has_range)
		table_add_column(table, TABLE_RIGHT, "min … max");
	table_set_cuttable(table, 0);
	for (uint32_t i = 0; i < side->metrics.metric_count; i++) {
		const struct arm_metric *metric = &side->metrics.metrics[i];

		if (!metric_text_is_shown(metric->info, metric->scope, options->is_all))
			continue;
		table_add_row(table);
		add_label(table, metric->info, metric->scope, previous);
		add_value(table, metric->info, metric->median);
		if (has_range)
			add_range(table, metric);
		previous = metric->info;
	}
	if (previous != NULL)
		table_format(table, buffer, &options->layout);
}

static void add_functions(struct strbuf *buffer, const struct run_summary_side *side,
			  const struct run_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	scoped_free char *heading = alloc_printf("hottest functions: %s", side->label);
	uint32_t most =
		options->function_count > 0 ? options->function_count : RUN_REPORT_FUNCTIONS;
	double all = side->profile.summary.samples_with_hidden;

	if (side->profile.function_count == 0)
		return;
	table_add_column(table, TABLE_RIGHT, "");
	table_add_column(table, TABLE_LEFT, "");
	table_add_column(table, TABLE_LEFT, "");
	table_set_cuttable(table, 1);
	table_set_cuttable(table, 2);
	table_add_heading(table, heading);
	for (uint32_t i = 0; i < side->profile.function_count && i < most; i++) {
		const struct hot_function *function = &side->profile.functions[i];
		char share[FMT_BYTES];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(share, all > 0 ? function->self / all : 0));
		table_add_cell(table, TEXT_PLAIN, "%s", function->name);
		table_add_cell(table, TEXT_DIM, "%s", function->module);
	}
	strbuf_add_char(buffer, '\n');
	table_format(table, buffer, &options->layout);
}

/* More than two sides: what is compared stands above each table. */
static void add_comparisons(struct strbuf *buffer, const struct run_summary *summary,
			    const struct run_report_options *options)
{
	for (uint32_t i = 0; i + 1 < summary->side_count; i++) {
		const struct run_diff *diff = &summary->diffs[i];

		if (i > 0)
			strbuf_add_char(buffer, '\n');
		if (summary->side_count > 2) {
			scoped_free char *line =
				alloc_printf("%s against %s", diff->head_label, diff->base_label);

			text_add_wrapped(buffer, &options->layout, 2, line);
		}
		compare_text_add_metrics(buffer, diff, options->is_all, &options->layout);
		metric_notes_add(buffer, diff, &options->layout);
	}
}

void run_report_format(struct strbuf *buffer, const struct run_summary *summary,
		       const struct run_report_options *options)
{
	if (options->is_load_rows)
		load_rows_format(buffer, summary, &options->layout);
	else if (summary->side_count == 1)
		add_one_side(buffer, &summary->sides[0], options);
	else
		add_comparisons(buffer, summary, options);
	for (uint32_t i = 0; i < summary->side_count; i++)
		if (summary->sides[i].has_load && (summary->side_count == 1 || options->is_all))
			load_report_add_names(buffer, &summary->sides[i], options);
	for (uint32_t i = 0; i < summary->side_count; i++)
		if (summary->sides[i].has_profile)
			add_functions(buffer, &summary->sides[i], options);
	for (uint32_t i = 0; i < summary->side_count; i++)
		run_quality_format(buffer, &summary->sides[i], options);
	strbuf_add_char(buffer, '\n');
	if (options->is_load_rows)
		load_rows_format_conclusion(buffer, summary, &options->layout);
	else if (summary->side_count == 1 && options->insight != NULL)
		run_conclusion_add_cautions(buffer, summary, &options->layout);
	else
		run_conclusion_format(buffer, summary, &options->layout);
	if (options->insight != NULL)
		strbuf_add_text(buffer, options->insight);
	if (options->footer_count > 0)
		strbuf_add_char(buffer, '\n');
	for (uint32_t i = 0; i < options->footer_count; i++)
		text_add_wrapped(buffer, &options->layout, 2, options->footer[i]);
}

void run_report_format_conclusion(struct strbuf *buffer, const struct run_summary *summary,
				  const struct text_layout *layout)
{
	if (run_summary_has_loads(summary))
		load_rows_format_conclusion(buffer, summary, layout);
	else
		run_conclusion_format(buffer, summary, layout);
}
