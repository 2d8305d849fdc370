#include "report/run_table_text.h"

#include <math.h>
#include <string.h>

#include "report/markdown.h"
#include "report/table.h"
#include "util/clean.h"
#include "util/fmt.h"

enum run_table_column {
	COLUMN_RUN,
	COLUMN_FROM,
	COLUMN_PROFILE,
	COLUMN_USERS,
	COLUMN_CONFIGURATION,
	COLUMN_RUNS,
	COLUMN_REQUESTS,
	COLUMN_FAILS,
	COLUMN_P50,
	COLUMN_P95,
	COLUMN_P99,
	COLUMN_MEAN,
	COLUMN_RATE,
	COLUMN_LAST_RATE,
	COLUMN_QUALITY,
	COLUMN_COUNT
};

static const struct {
	const char *title;
	bool is_right;
	/* what a line above the table calls it, when it is the same in all rows; NULL = stays */
	const char *name;
} columns[COLUMN_COUNT] = {
	[COLUMN_RUN] = {"run", false, NULL},
	[COLUMN_FROM] = {"from", false, "from"},
	[COLUMN_PROFILE] = {"profile", false, "profile"},
	[COLUMN_USERS] = {"users", true, "users"},
	[COLUMN_CONFIGURATION] = {"configuration", false, "configuration"},
	[COLUMN_RUNS] = {"n", true, "runs"},
	[COLUMN_REQUESTS] = {"requests", true, NULL},
	[COLUMN_FAILS] = {"fails", true, NULL},
	[COLUMN_P50] = {"p50", true, NULL},
	[COLUMN_P95] = {"p95", true, NULL},
	[COLUMN_P99] = {"p99", true, NULL},
	[COLUMN_MEAN] = {"mean", true, NULL},
	[COLUMN_RATE] = {"RPS", true, NULL},
	[COLUMN_LAST_RATE] = {"last RPS", true, NULL},
	[COLUMN_QUALITY] = {"quality", false, "quality"},
};

struct cells {
	char numbers[COLUMN_COUNT][FMT_BYTES];
	const char *texts[COLUMN_COUNT];
};

static const char *format_number(char text[static FMT_BYTES], double value)
{
	return isnan(value) ? "-" : fmt_count(text, value);
}

static const char *format_time(char text[static FMT_BYTES], double ns)
{
	return isnan(ns) ? "-" : fmt_duration(text, ns);
}

/* The texts point into the cells themselves: they must not be copied. */
static void make_cells(struct cells *cells, const struct run_table_row *row)
{
	const struct {
		enum run_table_column column;
		double value;
	} counts[] = {{COLUMN_RUNS, row->run_count},
		      {COLUMN_REQUESTS, row->requests},
		      {COLUMN_FAILS, row->failures},
		      {COLUMN_RATE, row->rate_rps},
		      {COLUMN_LAST_RATE, row->last_rate_rps}},
	  times[] = {{COLUMN_P50, row->p50_ns},
		     {COLUMN_P95, row->p95_ns},
		     {COLUMN_P99, row->p99_ns},
		     {COLUMN_MEAN, row->mean_ns}};

	cells->texts[COLUMN_RUN] = row->label;
	cells->texts[COLUMN_FROM] = row->tool[0] != '\0' ? row->tool : "sonde";
	cells->texts[COLUMN_PROFILE] = row->profile;
	cells->texts[COLUMN_USERS] = row->users;
	cells->texts[COLUMN_CONFIGURATION] = row->configuration;
	cells->texts[COLUMN_QUALITY] = row->quality;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		cells->texts[counts[i].column] =
			format_number(cells->numbers[counts[i].column], counts[i].value);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		cells->texts[times[i].column] =
			format_time(cells->numbers[times[i].column], times[i].value);
}

/* The same text in this column of all rows; and of rates of the last window also "unknown". */
static bool is_same(const struct run_table *table, int column)
{
	struct cells first, cells;

	make_cells(&first, &table->rows.items[0]);
	for (size_t i = 1; i < table->rows.count; i++) {
		make_cells(&cells, &table->rows.items[i]);
		if (strcmp(cells.texts[column], first.texts[column]) != 0)
			return false;
	}
	return columns[column].name != NULL ||
	       (column == COLUMN_LAST_RATE && strcmp(first.texts[column], "-") == 0);
}

enum {
	CUT_WIDTH = 12,
	CUTTABLE = 1 << COLUMN_RUN | 1 << COLUMN_PROFILE | 1 << COLUMN_CONFIGURATION
};

/* The least width of the table: names are cut to 12 columns, and one blank is left in between. */
static uint32_t find_width(const struct run_table *table, const bool *is_shown)
{
	uint32_t sum = 0;

	for (int column = 0; column < COLUMN_COUNT; column++) {
		uint32_t widest = text_width(columns[column].title);

		if (!is_shown[column])
			continue;
		for (size_t i = 0; i < table->rows.count; i++) {
			struct cells cells;
			uint32_t width;

			make_cells(&cells, &table->rows.items[i]);
			width = text_width(cells.texts[column]);
			widest = width > widest ? width : widest;
		}
		if ((CUTTABLE & 1 << column) != 0 && widest > CUT_WIDTH)
			widest = CUT_WIDTH;
		sum += widest + 1;
	}
	return sum > 0 ? sum - 1 : 0;
}

/* Gives up columns that one can do without until the table fits; what was given up is said. */
static void fit(const struct run_table *table, bool *is_shown, struct strbuf *left_out,
		const struct text_layout *layout)
{
	static const enum run_table_column order[] = {COLUMN_CONFIGURATION, COLUMN_PROFILE,
						      COLUMN_RUNS, COLUMN_MEAN};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && layout->columns > 0 &&
			   find_width(table, is_shown) > layout->columns;
	     i++) {
		if (!is_shown[order[i]])
			continue;
		is_shown[order[i]] = false;
		strbuf_addf(left_out, "%s%s", left_out->length > 0 ? ", " : "no room for ",
			    columns[order[i]].title);
	}
}

/* "profile gateway, users 100", of what is the same in all rows and says something. */
static void add_common(struct strbuf *buffer, const struct run_table *table, const bool *is_shown,
		       const struct text_layout *layout)
{
	struct cells first;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	make_cells(&first, &table->rows.items[0]);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		bool is_default = (i == COLUMN_FROM && strcmp(first.texts[i], "sonde") == 0) ||
				  (i == COLUMN_RUNS && strcmp(first.texts[i], "1") == 0);

		if (is_shown[i] || is_default || columns[i].name == NULL ||
		    first.texts[i][0] == '\0')
			continue;
		strbuf_addf(&text, "%s%s ", text.length > 0 ? ", " : "all rows: ", columns[i].name);
		clean_add(&text, first.texts[i]);
	}
	if (text.length > 0)
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_release(&text);
}

static void add_cell(struct table *out, const struct cells *cells, int column)
{
	bool is_marked = (column == COLUMN_FROM && strcmp(cells->texts[column], "sonde") != 0) ||
			 column == COLUMN_QUALITY;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	clean_add(&text, cells->texts[column]);
	table_add_cell(out, is_marked ? TEXT_WARN : TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

void run_table_text_add(struct strbuf *buffer, const struct run_table *table,
			const struct text_layout *layout)
{
	scoped(table_cleanup) struct table *out = table_new();
	bool is_shown[COLUMN_COUNT];
	struct strbuf left_out;
	uint32_t place = 0;

	if (table->rows.count == 0)
		return;
	strbuf_init(&left_out, 256);
	for (int i = 0; i < COLUMN_COUNT; i++)
		is_shown[i] = !is_same(table, i);
	add_common(buffer, table, is_shown, layout);
	fit(table, is_shown, &left_out, layout);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (!is_shown[i])
			continue;
		table_add_column(out, columns[i].is_right ? TABLE_RIGHT : TABLE_LEFT,
				 columns[i].title);
		if ((CUTTABLE & 1 << i) != 0)
			table_set_cuttable(out, place);
		place++;
	}
	for (size_t i = 0; i < table->rows.count; i++) {
		struct cells cells;

		make_cells(&cells, &table->rows.items[i]);
		table_add_row(out);
		for (int column = 0; column < COLUMN_COUNT; column++)
			if (is_shown[column])
				add_cell(out, &cells, column);
	}
	table_format(out, buffer, layout);
	if (left_out.length > 0) {
		strbuf_add_text(&left_out, ": --markdown and --json have all columns");
		text_add_wrapped(buffer, layout, 2, strbuf_text(&left_out));
	}
	strbuf_release(&left_out);
	for (size_t i = 0; i < table->notes.count; i++)
		text_add_wrapped(buffer, layout, 2, table->notes.items[i]);
}

void run_table_text_add_markdown(struct strbuf *buffer, const struct run_table *table)
{
	const char *titles[COLUMN_COUNT];
	bool is_right[COLUMN_COUNT];

	for (int i = 0; i < COLUMN_COUNT; i++) {
		titles[i] = columns[i].title;
		is_right[i] = columns[i].is_right;
	}
	markdown_add_head(buffer, titles, is_right, COLUMN_COUNT);
	for (size_t i = 0; i < table->rows.count; i++) {
		struct cells cells;

		make_cells(&cells, &table->rows.items[i]);
		markdown_add_row(buffer, cells.texts, COLUMN_COUNT);
	}
	for (size_t i = 0; i < table->notes.count; i++) {
		strbuf_add_text(buffer, i == 0 ? "\n" : "");
		strbuf_add_text(buffer, "- ");
		markdown_add_text(buffer, table->notes.items[i]);
		strbuf_add_char(buffer, '\n');
	}
}
