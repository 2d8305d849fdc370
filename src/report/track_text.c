#include "report/track_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "report/sparkline.h"
#include "report/table.h"
#include "report/track_answer.h"
#include "util/clean.h"
#include "util/fmt.h"

enum {
	HISTORY_COLUMNS = 16,
	HISTORY_COLUMNS_WIDE = 40,
	WIDE_COLUMNS = 130, /* of a terminal, and more */
	GAPS_SHOWN = 3,
	CHANGES_SHOWN = 10,
	REASONS_SHOWN = 6,
};

/*
 * Bars begin at this share of the greatest value, or lower where the values do: from zero a step of
 * 5 % would not show, and from the least value noise of 1 % would look like mountains.
 */
#define BARS_BEGIN 0.8

bool track_text_is_shown(const struct track_text_options *options, const struct metric_info *info,
			 const char *scope, enum verdict verdict)
{
	if (options->metrics != NULL) {
		for (size_t i = 0; options->metrics[i] != NULL; i++)
			if (strcmp(options->metrics[i], info->name) == 0)
				return scope[0] == '\0' || options->is_all;
		return false;
	}
	return options->is_all ||
	       (scope[0] == '\0' && (info->is_main || verdict == VERDICT_REGRESSED));
}

/* ---- bars ---- */

/* The last bars of a series, each change marked before the first point of its level. */
static void add_bars(struct strbuf *text, const struct history *history,
		     const struct history_series *series, uint32_t columns)
{
	uint32_t begin = history->point_count > columns ? history->point_count - columns : 0;
	double shifted[HISTORY_MOST], least = (double)INFINITY, most = -(double)INFINITY;
	struct strbuf bars;
	const char *at;

	for (uint32_t i = begin; i < history->point_count; i++) {
		least = fmin(least, series->values[i]);
		most = fmax(most, series->values[i]);
	}
	least = most > 0 ? fmin(least, BARS_BEGIN * most) : least;
	for (uint32_t i = begin; i < history->point_count; i++)
		shifted[i - begin] = series->values[i] - least;
	strbuf_init(&bars, STRBUF_MAX_DEFAULT);
	sparkline_add(&bars, shifted, history->point_count - begin, 0);
	at = strbuf_text(&bars);
	for (uint32_t i = begin; i < history->point_count && *at != '\0'; i++) {
		size_t length = *at == ' ' ? 1 : strlen("▁");

		for (uint32_t c = 0; c < series->change_count; c++)
			if (series->changes[c].at == i && i > begin)
				strbuf_add_text(text, series->changes[c].is_confirmed ? "|" : ":");
		strbuf_add(text, at, length);
		at += length;
	}
	strbuf_release(&bars);
}

/* ---- the table ---- */

static void add_value_cell(struct table *table, const struct metric_info *info, double value)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	metric_text_add_value(&text, info, value);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_name_cell(struct table *table, const struct metric_info *info, const char *scope,
			  bool is_primary)
{
	const char *name = strncmp(scope, "request:", 8) == 0 ? scope + 8 : scope;

	table_add_cell(table, TEXT_PLAIN, "%s%s%s%s", info->label, name[0] != '\0' ? " " : "", name,
		       is_primary ? " *" : "");
}

static void add_history_cell(struct table *table, const struct track_view *view,
			     const struct track_arm *arm, const struct metric_info *info,
			     const char *scope, uint32_t columns)
{
	const struct history_series *series =
		scope[0] == '\0' ? history_find(&view->history,
						view->head->arms[arm->head_arm].name, info->name)
				 : NULL;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (series != NULL && view->history.point_count > 1)
		add_bars(&text, &view->history, series, columns);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_compared_row(struct table *table, const struct run_diff_metric *row)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	metric_text_add_change(&text, row);
	table_add_row(table);
	add_name_cell(table, row->info, row->scope, row->is_primary && row->scope[0] == '\0');
	add_value_cell(table, row->info, row->base);
	add_value_cell(table, row->info, row->head);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	table_add_cell(table, metric_text_get_style(row->verdict), "%s",
		       verdict_name(row->verdict));
	strbuf_release(&text);
}

static void add_arm_rows(struct table *table, const struct track_view *view,
			 const struct track_arm *arm, const struct track_text_options *options,
			 uint32_t columns)
{
	for (uint32_t i = 0; arm->has_base && i < arm->diff.metric_count; i++) {
		const struct run_diff_metric *row = &arm->diff.metrics[i];

		if (!track_text_is_shown(options, row->info, row->scope, row->verdict))
			continue;
		add_compared_row(table, row);
		add_history_cell(table, view, arm, row->info, row->scope, columns);
	}
	for (uint32_t i = 0; !arm->has_base && i < arm->metrics.metric_count; i++) {
		const struct arm_metric *metric = &arm->metrics.metrics[i];

		if (!track_text_is_shown(options, metric->info, metric->scope, VERDICT_NONE))
			continue;
		table_add_row(table);
		add_name_cell(table, metric->info, metric->scope, false);
		if (view->is_comparable)
			table_add_cell(table, TEXT_PLAIN, "-");
		add_value_cell(table, metric->info, metric->median);
		if (view->is_comparable) {
			table_add_cell(table, TEXT_PLAIN, "%s", "");
			table_add_cell(table, TEXT_PLAIN, "-");
		}
		add_history_cell(table, view, arm, metric->info, metric->scope, columns);
	}
}

/* Without anything to compare with, the columns for it are left out. */
static void add_table(struct strbuf *text, const struct track_view *view,
		      const struct track_text_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	uint32_t columns = options->layout.columns == 0 || options->layout.columns >= WIDE_COLUMNS
				   ? HISTORY_COLUMNS_WIDE
				   : HISTORY_COLUMNS;

	table_add_column(table, TABLE_LEFT, "metric");
	table_set_cuttable(table, 0);
	if (view->is_comparable)
		table_add_column(table, TABLE_RIGHT, "baseline");
	table_add_column(table, TABLE_RIGHT, "now");
	if (view->is_comparable) {
		table_add_column(table, TABLE_LEFT, "change (95 % interval)");
		table_add_column(table, TABLE_LEFT, "verdict");
	}
	table_add_column(table, TABLE_LEFT, view->history.point_count > 1 ? "history" : "");
	for (uint32_t i = 0; i < view->arm_count; i++) {
		if (view->arm_count > 1)
			table_add_heading(table, view->arms[i].label);
		add_arm_rows(table, view, &view->arms[i], options, columns);
	}
	table_format(table, text, &options->layout);
}

/* ---- around it ---- */

static void add_line(struct strbuf *text, const struct text_layout *layout, enum text_style style,
		     struct strbuf *line)
{
	struct strbuf clean, wrapped;

	strbuf_init(&clean, STRBUF_MAX_DEFAULT);
	strbuf_init(&wrapped, STRBUF_MAX_DEFAULT);
	clean_add(&clean, strbuf_text(line)); /* names, and what people wrote */
	text_add_wrapped(&wrapped, layout, 2, strbuf_text(&clean));
	if (wrapped.length > 0) /* its newline goes behind the style */
		wrapped.data[--wrapped.length] = '\0';
	text_add_styled(text, layout, style, strbuf_text(&wrapped));
	strbuf_add_char(text, '\n');
	strbuf_release(&clean);
	strbuf_release(&wrapped);
	strbuf_clear(line);
}

static const struct history_point *find_head_point(const struct track_view *view)
{
	const struct history *history = &view->history;

	return history->point_count > 0 ? &history->points[history->point_count - 1] : NULL;
}

static void add_title(struct strbuf *text, const struct track_view *view,
		      const struct text_layout *layout)
{
	const struct stored_baseline *baseline = &view->baseline;
	const struct history_point *point = find_head_point(view);
	struct strbuf line;
	char when[FMT_BYTES];

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_addf(&line, "%s: %s", view->head->experiment.name, view->head->experiment.id);
	if (point != NULL && point->revision[0] != '\0') {
		strbuf_add_text(&line, " at ");
		track_answer_add_commit(&line, point->revision, point->is_dirty);
	}
	if (view->has_baseline) {
		strbuf_addf(&line, " against the baseline %s", baseline->experiment);
		if (baseline->arm[0] != '\0')
			strbuf_addf(&line, "/%s", baseline->arm);
		if (baseline->revision[0] != '\0') {
			strbuf_add_text(&line, " at ");
			track_answer_add_commit(&line, baseline->revision, false);
		}
		strbuf_addf(&line, ", accepted %s by %s%s: %s",
			    fmt_wall_time(when, baseline->wall_ns), baseline->who,
			    baseline->is_forced ? " (forced)" : "", baseline->note);
	}
	add_line(text, layout, TEXT_BOLD, &line);
	strbuf_release(&line);
}

/* Two lists of changes: what both detectors see, and what one of them suspects. */
static uint32_t add_changes(struct strbuf *text, const struct track_view *view,
			    const struct track_text_options *options, bool is_confirmed,
			    uint32_t shown)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < view->history.series_count; i++) {
		const struct history_series *series = &view->history.series[i];

		for (uint32_t c = 0; c < series->change_count; c++) {
			const struct history_change *change = &series->changes[c];

			if (change->is_confirmed != is_confirmed ||
			    !track_text_is_shown(options, series->info, "", VERDICT_NONE))
				continue;
			if (shown++ >= CHANGES_SHOWN)
				continue;
			if (shown == 1)
				strbuf_add_text(text, "changes in the history:\n");
			strbuf_add_text(&line, "  ");
			track_answer_add_change(&line, view, series, change);
			strbuf_add_text(&line, is_confirmed ? ": confirmed" : ": suspected");
			add_line(text, &options->layout,
				 is_confirmed && change->direction < 0 ? TEXT_BAD : TEXT_PLAIN,
				 &line);
		}
	}
	strbuf_release(&line);
	return shown;
}

static void add_gaps(struct strbuf *line, const struct history *history)
{
	strbuf_add_text(line, "left out of the history: ");
	for (uint32_t i = 0; i < history->gap_count && i < GAPS_SHOWN; i++)
		strbuf_addf(line, "%s%s (%s)", i > 0 ? ", " : "", history->gaps[i].experiment,
			    history->gaps[i].why);
	if (history->gap_count > GAPS_SHOWN)
		strbuf_addf(line, ", and %" PRIu32 " more", history->gap_count - GAPS_SHOWN);
}

static void add_history(struct strbuf *text, const struct track_view *view,
			const struct track_text_options *options)
{
	const struct history *history = &view->history;
	uint32_t shown = add_changes(text, view, options, true, 0);
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	shown = add_changes(text, view, options, false, shown);
	if (shown > CHANGES_SHOWN)
		strbuf_addf(text, "  and %" PRIu32 " more\n", shown - CHANGES_SHOWN);
	if (history->since[0] != '\0') {
		strbuf_addf(&line, "the history begins anew: %s", history->since);
		add_line(text, &options->layout, TEXT_PLAIN, &line);
	}
	if (history->gap_count > 0) {
		add_gaps(&line, history);
		add_line(text, &options->layout, TEXT_DIM, &line);
	}
	if (history->cut_count > 0)
		strbuf_addf(text, "%" PRIu32 " older experiments were not looked at\n",
			    history->cut_count);
	strbuf_release(&line);
}

/* What stands below the table of a comparison; what several arms say alike once. */
static void add_notes(struct strbuf *text, const struct track_view *view,
		      const struct text_layout *layout)
{
	struct strbuf notes;

	strbuf_init(&notes, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < view->arm_count; i++) {
		if (!view->arms[i].has_base)
			continue;
		metric_notes_add(&notes, &view->arms[i].diff, layout);
		if (strstr(strbuf_text(text), strbuf_text(&notes)) == NULL)
			strbuf_add_text(text, strbuf_text(&notes));
		strbuf_clear(&notes);
	}
	strbuf_release(&notes);
}

/* What differs besides the change; what several arms say alike once. */
static void add_cares(struct strbuf *text, const struct track_view *view,
		      const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	for (uint32_t a = 0; a < view->arm_count; a++) {
		const struct track_arm *arm = &view->arms[a];

		for (uint32_t i = 0; i < arm->compared.count; i++) {
			const struct comparability_difference *one = &arm->compared.differences[i];

			strbuf_addf(&line, "with care: %s: in the baseline %s; now %s", one->what,
				    one->base, one->head);
			if (strstr(strbuf_text(text), strbuf_text(&line)) == NULL)
				add_line(text, layout, TEXT_WARN, &line);
			strbuf_clear(&line);
		}
		if (view->is_comparable && !arm->has_base) {
			strbuf_addf(&line, "%s was not compared: %s", arm->label, arm->why_none);
			add_line(text, layout, TEXT_WARN, &line);
		}
	}
	strbuf_release(&line);
}

static enum text_style get_answer_style(enum track_answer answer)
{
	switch (answer) {
	case TRACK_KEEP:
		return TEXT_GOOD;
	case TRACK_INVESTIGATE:
		return TEXT_BAD;
	case TRACK_NOT_KNOWN:
		break;
	}
	return TEXT_WARN;
}

static void add_answer(struct strbuf *text, const struct track_view *view,
		       const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	text_add_styled(text, layout, get_answer_style(view->answer),
			track_answer_name(view->answer));
	strbuf_add_char(text, '\n');
	for (uint32_t i = 0; i < view->reason_count && i < REASONS_SHOWN; i++) {
		strbuf_add_text(&line, "  ");
		track_answer_add_reason(&line, view, &view->reasons[i]);
		add_line(text, layout, TEXT_PLAIN, &line);
	}
	if (view->reason_count > REASONS_SHOWN)
		strbuf_addf(text, "  and %" PRIu32 " more\n", view->reason_count - REASONS_SHOWN);
	if (view->answer == TRACK_KEEP)
		strbuf_add_text(text, "  nothing REGRESSED\n");
	strbuf_release(&line);
}

void track_text_format(struct strbuf *text, const struct track_view *view,
		       const struct track_text_options *options)
{
	add_title(text, view, &options->layout);
	add_table(text, view, options);
	add_notes(text, view, &options->layout);
	add_cares(text, view, &options->layout);
	add_history(text, view, options);
	strbuf_add_char(text, '\n');
	add_answer(text, view, &options->layout);
}
