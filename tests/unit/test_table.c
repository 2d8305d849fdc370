#include "report/table.h"

#include "tap.h"

static struct strbuf buffer;

static struct table *make(void)
{
	struct table *table = table_new();

	table_add_column(table, TABLE_LEFT, "function");
	table_add_column(table, TABLE_RIGHT, "self");
	table_add_column(table, TABLE_LEFT, "module");
	table_set_cuttable(table, 0);
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "parse_a_very_long_name");
	table_add_cell(table, TEXT_GOOD, "%.1f %%", 12.5);
	table_add_cell(table, TEXT_PLAIN, "libc");
	table_add_heading(table, "rest");
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "µ");
	table_add_cell(table, TEXT_PLAIN, "1 %%");
	return table;
}

static const char *format(const struct table *table, uint32_t columns, bool has_color)
{
	struct text_layout layout = {.columns = columns, .has_color = has_color};

	strbuf_clear(&buffer);
	table_format(table, &buffer, &layout);
	return strbuf_text(&buffer);
}

static void test_widths(void)
{
	scoped(table_cleanup) struct table *table = make();

	is_str(format(table, 0, false),
	       "function                  self  module\n"
	       "parse_a_very_long_name  12.5 %  libc\n"
	       "rest\n"
	       "µ                          1 %\n",
	       "as wide as it gets");
	is_str(format(table, 36, false),
	       "function                 self module\n"
	       "parse_a_very_long_name 12.5 % libc\n"
	       "rest\n"
	       "µ                         1 %\n",
	       "one blank between columns");
	is_str(format(table, 26, false),
	       "function       self module\n"
	       "parse_a_ver… 12.5 % libc\n"
	       "rest\n"
	       "µ               1 %\n",
	       "names are cut");
	is_str(format(table, 25, false),
	       "parse_a_very_long_name\n"
	       "  self: 12.5 %\n"
	       "  module: libc\n"
	       "rest\n"
	       "µ\n"
	       "  self: 1 %\n",
	       "a block per row");
	ok(strstr(format(table, 0, true), "\x1b[32m12.5 %\x1b[0m  libc") != NULL,
	   "colours take no columns");
}

static void test_odd_cells(void)
{
	scoped(table_cleanup) struct table *table = table_new();

	is_str(format(table, 20, false), "", "no columns");
	table_add_cell(table, TEXT_PLAIN, "nowhere");
	table_add_column(table, TABLE_LEFT, "");
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "a\x1b[2J\nb");
	table_add_cell(table, TEXT_PLAIN, "one too many");
	table_add_row(table);
	table_add_heading(table, "c\x1b[2J\nd");
	is_str(format(table, 0, false), "a [2J b\n\nc [2J d\n",
	       "no title line, no control characters, missing cells are empty");
	table_free(NULL);
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	test_widths();
	test_odd_cells();
	strbuf_release(&buffer);
	return tap_done();
}
