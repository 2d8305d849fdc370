#include "report/scaling_text.h"

#include <math.h>
#include <string.h>

#include "report/metric_text.h"
#include "report/table.h"
#include "util/alloc.h"
#include "util/fmt.h"

enum { BAR_COLUMNS_MIN = 8, BAR_COLUMNS_MAX = 48, BAR_STEPS = 8 };

/*
 * A law is no basis for words when it explains less of the differences than this, unless there are
 * hardly any: then it still goes through the levels, as near as this.
 */
#define GOOD_R_SQUARED 0.9
#define GOOD_DISTANCE_RATIO 0.1

struct column {
	const char *title;
	enum scaling_metric metric;
	/* those of the highest rank are left out first when the table is too wide; 0 = never */
	int rank;
};

static const struct column columns[] = {
	{"requests/s", SCALING_RATE, 0},
	{"p50", SCALING_P50, 0},
	{"p95", SCALING_P95, 3},
	{"p99", SCALING_P99, 0},
	{"CPU/req", SCALING_CPU_PER_REQUEST, 0},
	{"CPU", SCALING_CPU_MEAN, 1},
	{"RSS", SCALING_RSS, 2},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), RANK_MAX = 3 };

static void add_metric(struct table *table, const struct scaling_row *row,
		       const struct column *column)
{
	double value = row->metrics[column->metric];
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	/* the title says what it is: "CPU" needs no unit */
	if (column->metric == SCALING_CPU_MEAN && isfinite(value))
		strbuf_addf(&text, "%.2f", value);
	else
		metric_text_add_value(&text, scaling_get_metric(column->metric), value);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_failed(struct table *table, double ratio)
{
	char text[FMT_BYTES];

	if (isnan(ratio))
		table_add_cell(table, TEXT_PLAIN, "-");
	else if (ratio <= 0)
		table_add_cell(table, TEXT_PLAIN, "0");
	else if (ratio < 0.0005)
		table_add_cell(table, TEXT_BAD, "<0.1 %%");
	else
		table_add_cell(table, TEXT_BAD, "%s", fmt_percent(text, ratio));
}

static void add_row(struct table *table, const struct scaling *scaling,
		    const struct scaling_row *row, bool has_label, int most_rank)
{
	table_add_row(table);
	if (has_label)
		table_add_cell(table, TEXT_PLAIN, "%s", row->label);
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (!scaling_is_constant(scaling, i))
			table_add_cell(table, TEXT_PLAIN, "%s",
				       row->values[i] != NULL ? row->values[i] : "-");
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].rank <= most_rank)
			add_metric(table, row, &columns[i]);
	add_failed(table, row->failed_ratio);
	table_add_cell(table, TEXT_PLAIN, "%u", row->run_count);
	if (row->is_judged)
		table_add_cell(table, row->validity == VALIDITY_VALID ? TEXT_PLAIN : TEXT_WARN,
			       "%s", validity_name(row->validity));
	else
		table_add_cell(table, TEXT_WARN, "not judged");
}

/* Arms that variables do not tell apart are told apart by their names. */
static bool needs_label(const struct scaling *scaling)
{
	for (uint32_t i = 0; i < scaling->row_count; i++) {
		for (uint32_t j = i + 1; j < scaling->row_count; j++) {
			bool is_same = true;

			for (uint32_t k = 0; k < scaling->variable_count && is_same; k++) {
				const char *a = scaling->rows[i].values[k];
				const char *b = scaling->rows[j].values[k];

				is_same = a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
			}
			if (is_same)
				return true;
		}
	}
	return false;
}

static struct table *make_table(const struct scaling *scaling, int most_rank)
{
	struct table *table = table_new();
	bool has_label = needs_label(scaling);

	if (has_label) {
		table_add_column(table, TABLE_LEFT, "arm");
		table_set_cuttable(table, 0);
	}
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (!scaling_is_constant(scaling, i))
			table_add_column(table, TABLE_RIGHT, scaling->variables[i]);
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].rank <= most_rank)
			table_add_column(table, TABLE_RIGHT, columns[i].title);
	table_add_column(table, TABLE_RIGHT, "failed");
	table_add_column(table, TABLE_RIGHT, "n");
	table_add_column(table, TABLE_LEFT, "verdict");
	for (uint32_t i = 0; i < scaling->row_count; i++)
		add_row(table, scaling, &scaling->rows[i], has_label, most_rank);
	return table;
}

/* Whether all rows stand on a line of their own. */
static bool fits(const struct table *table, uint32_t row_count, const struct text_layout *layout)
{
	const struct text_layout plain = {.columns = layout->columns};
	uint32_t lines = 0;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	table_format(table, &text, &plain);
	for (const char *at = strbuf_text(&text); *at != '\0'; at++)
		lines += *at == '\n';
	strbuf_release(&text);
	return lines <= row_count + 1; /* the titles */
}

static void add_constants(struct strbuf *buffer, const struct scaling *scaling,
			  const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (scaling_is_constant(scaling, i) && scaling->rows[0].values[i] != NULL)
			strbuf_addf(&text, "%s%s=%s",
				    text.length > 0 ? ", " : "in all rows: ", scaling->variables[i],
				    scaling->rows[0].values[i]);
	if (text.length > 0 && scaling->row_count > 1)
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

static void add_left_out(struct strbuf *buffer, int most_rank, const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].rank > most_rank)
			strbuf_addf(&text, "%s%s",
				    text.length > 0 ? ", " : "no room for: ", columns[i].title);
	if (text.length > 0)
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

void scaling_text_format_table(struct strbuf *buffer, const struct scaling *scaling,
			       const struct text_layout *layout)
{
	int most_rank = RANK_MAX;
	struct table *table = make_table(scaling, most_rank);

	while (most_rank > 0 && layout->columns > 0 && !fits(table, scaling->row_count, layout)) {
		table_free(table);
		table = make_table(scaling, --most_rank);
	}
	add_constants(buffer, scaling, layout);
	table_format(table, buffer, layout);
	table_free(table);
	add_left_out(buffer, most_rank, layout);
}

/* Full blocks and an eighth-stepped end; at least a sliver for what is not nothing. */
static void add_bar(struct strbuf *buffer, double share, uint32_t width)
{
	static const char *const parts[BAR_STEPS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	uint32_t steps = (uint32_t)lround(share * width * BAR_STEPS);

	if (steps == 0 && share > 0)
		steps = 1;
	for (uint32_t i = 0; i < steps / BAR_STEPS; i++)
		strbuf_add_text(buffer, "█");
	strbuf_add_text(buffer, parts[steps % BAR_STEPS]);
}

static double find_greatest(const struct scaling *scaling)
{
	double greatest = 0;

	for (uint32_t i = 0; i < scaling->row_count; i++)
		if (scaling->rows[i].metrics[SCALING_RATE] > greatest)
			greatest = scaling->rows[i].metrics[SCALING_RATE];
	return greatest;
}

static void add_bars(struct strbuf *buffer, const struct scaling *scaling,
		     const struct scaling_group *group, const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *table = table_new();
	double greatest = find_greatest(scaling);
	uint32_t width = BAR_COLUMNS_MAX;

	/* what the other columns take, at most */
	if (layout->columns > 0 && layout->columns < BAR_COLUMNS_MAX + 42)
		width = layout->columns > 42 + BAR_COLUMNS_MIN ? layout->columns - 42
							       : BAR_COLUMNS_MIN;
	table_add_column(table, TABLE_RIGHT, scaling->axis);
	table_add_column(table, TABLE_RIGHT, "requests/s");
	table_add_column(table, TABLE_LEFT, "");
	if (group->has_fit)
		table_add_column(table, TABLE_RIGHT, "fit");
	for (uint32_t i = 0; i < group->level_count; i++) {
		const struct scaling_level *level = &group->levels[i];
		double rate = level->row->metrics[SCALING_RATE];
		char text[FMT_BYTES];
		struct strbuf bar;

		strbuf_init(&bar, STRBUF_MAX_DEFAULT);
		if (rate > 0)
			add_bar(&bar, rate / greatest, width);
		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_count(text, level->n));
		table_add_cell(table, TEXT_PLAIN, "%s",
			       isfinite(rate) ? fmt_count(text, rate) : "-");
		table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&bar));
		if (group->has_fit)
			table_add_cell(table, TEXT_DIM, "%s", fmt_count(text, level->fitted_rate));
		strbuf_release(&bar);
	}
	table_format(table, buffer, layout);
}

static void add_range(struct strbuf *text, const struct usl_range *range)
{
	char lo[FMT_BYTES], hi[FMT_BYTES];

	if (isnan(range->lo)) /* one run a level says nothing of it */
		return;
	strbuf_addf(text, " (%s … %s)",
		    isinf(range->lo) ? "no limit" : fmt_count(lo, round(range->lo)),
		    isinf(range->hi) ? "no limit" : fmt_count(hi, round(range->hi)));
}

/* Two digits, of a share that may be above 1. */
static void add_percent(struct strbuf *text, double ratio)
{
	double percent = ratio * 100;

	strbuf_addf(text, "%.*f",
		    percent >= 10 || percent <= 0 ? 0
		    : percent >= 1		  ? 1
						  : 2,
		    percent);
}

static void add_share(struct strbuf *text, const char *what, const struct usl_range *range)
{
	strbuf_addf(text, "; %s ", what);
	add_percent(text, range->value);
	strbuf_add_text(text, " %");
	if (isnan(range->lo))
		return;
	strbuf_add_text(text, " (");
	add_percent(text, range->lo);
	strbuf_add_text(text, " … ");
	add_percent(text, range->hi);
	strbuf_add_text(text, " %)");
}

static void add_peak(struct strbuf *text, const struct scaling *scaling, const struct usl *fit)
{
	char n[FMT_BYTES], rate[FMT_BYTES];

	if (isinf(fit->peak_n.value) && isinf(fit->peak_rate.value)) {
		strbuf_addf(text, "throughput grows in proportion to %s: no limit in sight",
			    scaling->axis);
		return;
	}
	fmt_count(rate, round(fit->peak_rate.value));
	if (isinf(fit->peak_n.value)) {
		strbuf_addf(text, "no peak: throughput levels off towards %s requests/s", rate);
		add_range(text, &fit->peak_rate);
		return;
	}
	strbuf_addf(text, "peak at about %s=%s", scaling->axis,
		    fmt_count(n, round(fit->peak_n.value)));
	add_range(text, &fit->peak_n);
	strbuf_addf(text, " with %s requests/s", rate);
	add_range(text, &fit->peak_rate);
	if (!fit->is_peak_in_range)
		strbuf_add_text(text, ", which lies outside of what was measured");
}

/* How far the levels lie from the law, in the mean: 0.1 is 10 %. */
static double find_distance(const struct scaling_group *group)
{
	double sum = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->level_count; i++) {
		double rate = group->levels[i].row->metrics[SCALING_RATE];

		if (!isfinite(rate))
			continue;
		sum += fabs(rate / group->levels[i].fitted_rate - 1);
		count++;
	}
	return count > 0 ? sum / count : 0;
}

static void add_law(struct strbuf *text, const struct scaling *scaling,
		    const struct scaling_group *group)
{
	const struct usl *fit = &group->fit;
	double distance = find_distance(group);
	bool is_good = fit->r_squared >= GOOD_R_SQUARED;

	if (!is_good && distance > GOOD_DISTANCE_RATIO) {
		strbuf_addf(
			text,
			"The law does not describe this: levels lie %.0f %% off it in the mean, so "
			"that nothing is said of a peak. More pairs may tell noise from shape.",
			distance * 100);
		return;
	}
	add_peak(text, scaling, fit);
	add_share(text, "contention", &fit->alpha);
	add_share(text, "coherency", &fit->beta);
	strbuf_add_char(text, '.');
	if (!is_good)
		strbuf_addf(text,
			    " With care: the law explains only %.0f %% of the differences between "
			    "runs.",
			    fit->r_squared * 100);
	if (isnan(fit->alpha.lo))
		strbuf_add_text(text, " One run each: how sure that is cannot be said.");
}

static void add_words(struct strbuf *buffer, const struct scaling *scaling,
		      const struct scaling_group *group, const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (group->has_fit)
		add_law(&text, scaling, group);
	else
		strbuf_addf(&text, "not fitted: %s", group->why_no_fit);
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

void scaling_text_format_growth(struct strbuf *buffer, const struct scaling *scaling,
				const struct text_layout *layout)
{
	if (scaling->axis == NULL) {
		scoped_free char *line = alloc_printf("no scaling view: %s", scaling->no_axis);

		text_add_wrapped(buffer, layout, 2, line);
		return;
	}
	for (uint32_t i = 0; i < scaling->group_count; i++) {
		const struct scaling_group *group = &scaling->groups[i];
		scoped_free char *heading =
			alloc_printf("throughput against %s%s%s", scaling->axis,
				     group->label[0] != '\0' ? ": " : "", group->label);

		if (i > 0)
			strbuf_add_char(buffer, '\n');
		text_add_wrapped(buffer, layout, 2, heading);
		add_bars(buffer, scaling, group, layout);
		add_words(buffer, scaling, group, layout);
	}
}
