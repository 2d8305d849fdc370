#include "report/stat_text.h"

#include <math.h>
#include <time.h>

#include "report/text.h"
#include "util/clock.h"

enum { TIME_BYTES = 32, TIME_WIDTH = 11 };

static const char average_head[] = "avg-cpu:";

static struct tm find_local(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return local;
}

void stat_text_add_head(struct strbuf *buffer, const struct stat_text_head *head)
{
	struct tm local = find_local(head->wall_ns);
	char date[TIME_BYTES];

	strftime(date, sizeof(date), "%Y-%m-%d", &local);
	strbuf_addf(buffer, "%s %s (%s) \t%s \t_%s_\t(%u CPU)\n", head->system, head->release,
		    head->host, date, head->machine, head->cpu_count);
}

static bool is_iostat(const struct stat_table *table)
{
	return table->kind == STAT_IOSTAT || table->kind == STAT_IOSTAT_CPU;
}

/* What stands in front of a line. */
static void add_time(struct strbuf *buffer, const struct stat_table *table, uint64_t wall_ns)
{
	struct tm local = find_local(wall_ns);
	char text[TIME_BYTES] = "Average:";

	if (is_iostat(table))
		return;
	if (!table->is_average)
		strftime(text, sizeof(text), "%H:%M:%S", &local);
	strbuf_addf(buffer, "%-*s", TIME_WIDTH, text);
}

static void add_titles(struct strbuf *buffer, const struct stat_table *table)
{
	add_time(buffer, table, table->begin_wall_ns);
	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct stat_column *column = &table->columns[i];

		if (column->unit == STAT_TEXT && column->width > 0)
			strbuf_addf(buffer, "%-*s", column->width, column->title);
		else if (column->unit == STAT_TEXT)
			strbuf_addf(buffer, "  %s", column->title);
		else if (i == 0 && table->kind == STAT_IOSTAT_CPU)
			strbuf_addf(buffer, "%s%*s", average_head, column->width, column->title);
		else
			strbuf_addf(buffer, " %*s", column->width, column->title);
	}
	strbuf_add_char(buffer, '\n');
}

static void add_number(struct strbuf *buffer, const struct stat_column *column, bool is_hidden,
		       double value)
{
	if (is_hidden || (isnan(value) && column->unit == STAT_ID))
		strbuf_addf(buffer, " %*s", column->width, "-");
	else
		strbuf_addf(buffer, " %*.*f", column->width, column->decimals,
			    isnan(value) ? -1.0 : value);
}

/*
 * pidstat's tree: a thread below its process's row, or with the process's name where it has none.
 */
static void add_command(struct strbuf *buffer, const char *command, const char *process_name,
			bool is_below)
{
	strbuf_add_text(buffer, "  ");
	if (is_below) {
		strbuf_add_text(buffer, "|__");
	} else if (process_name != NULL) {
		strbuf_add_char(buffer, '(');
		text_add_clean(buffer, process_name);
		strbuf_add_text(buffer, ")__");
	}
	text_add_clean(buffer, command);
}

static void add_row(struct strbuf *buffer, const struct stat_table *table, uint32_t row)
{
	const struct stat_cell *cells = &table->cells[(size_t)row * table->column_count];
	const char *process_name = table->process_names != NULL ? table->process_names[row] : NULL;
	/* of the same process as the row before: its number stands there already */
	bool is_below = process_name != NULL && row > 0 &&
			cells[1].value == cells[1 - (ptrdiff_t)table->column_count].value;

	add_time(buffer, table, table->end_wall_ns);
	if (table->kind == STAT_IOSTAT_CPU)
		strbuf_addf(buffer, "%*s", (int)sizeof(average_head) - 2, "");
	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct stat_column *column = &table->columns[i];

		if (column->unit == STAT_TEXT && column->width > 0)
			strbuf_addf(buffer, "%-*s", column->width, cells[i].text);
		else if (column->unit == STAT_TEXT)
			add_command(buffer, cells[i].text, process_name, is_below);
		else if (cells[i].text != NULL)
			strbuf_addf(buffer, " %*s", column->width, cells[i].text);
		else
			add_number(buffer, column, i == 1 && is_below, cells[i].value);
	}
	strbuf_add_char(buffer, '\n');
}

void stat_text_add_table(struct strbuf *buffer, const struct stat_table *table)
{
	if (!is_iostat(table))
		strbuf_add_char(buffer, '\n');
	else if (table->is_average)
		strbuf_add_text(buffer, "Average:\n");
	add_titles(buffer, table);
	for (uint32_t i = 0; i < table->row_count; i++)
		add_row(buffer, table, i);
	if (is_iostat(table))
		strbuf_add_char(buffer, '\n');
}
