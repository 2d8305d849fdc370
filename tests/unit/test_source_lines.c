/* Shares of source lines, against the profile of sample_profile.h. */
#include "view/source_lines.h"

#include <errno.h>

#include "sample_profile.h"

static struct sample_profile profile;

static void test_parse(void)
{
	static const char *const bad[] = {
		"sum.c",       ":4",	    "sum.c:",	"sum.c:0",
		"sum.c:5-4",   "sum.c:a-b", "sum.c:4-", "sum.c:4-4294967296",
		"ns::function"};
	struct source_range range;
	struct err err = {0};

	is_int(source_lines_parse(&range, &profile.arena, "src/sum.c:4-15", &err), 0, "a range");
	ok(strcmp(range.file, "src/sum.c") == 0 && range.first == 4 && range.last == 15,
	   "… its parts");
	is_int(source_lines_parse(&range, &profile.arena, "c:/sum.c:9", &err), 0, "a line");
	ok(strcmp(range.file, "c:/sum.c") == 0 && range.first == 9 && range.last == 9,
	   "… is a range of one");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(source_lines_parse(&range, &profile.arena, bad[i], &err), -EINVAL, bad[i]);
	ok(source_lines_is_file("/src/sum.c", "sum.c") && source_lines_is_file("sum.c", "sum.c") &&
		   source_lines_is_file("/src/sum.c", "src/sum.c"),
	   "a file is known by the end of its path");
	ok(!source_lines_is_file("/src/checksum.c", "sum.c") &&
		   !source_lines_is_file("sum.c", "src/sum.c"),
	   "of whole names");
}

static const struct source_line *find(const struct source_lines *view, uint32_t number)
{
	static const struct source_line none = {.self = -1, .total = -1};

	for (uint32_t i = 0; i < view->line_count; i++)
		if (view->lines[i].line == number)
			return &view->lines[i];
	return &none;
}

static void test_shares(void)
{
	struct source_range range = {.file = "sum.c", .first = 4, .last = 20};
	struct source_lines view;
	struct err err = {0};

	sample_check(
		source_lines_read(&view, &profile.arena, &profile.selection, 0, &range, NULL, &err),
		&err);
	is_str(view.file, "/src/sum.c", "the whole path");
	is_near(view.self, 3.5, 1e-9, "self of the stretch");
	is_near(view.total, 6.5, 1e-9, "total of it: each stack once");
	is_int(view.line_count, 12, "lines of the source are there, with samples or not");
	ok(view.lines[0].line == 4 && view.lines[11].line == 15, "in their order");
	is_near(find(&view, 4)->self, 1.5, 1e-9, "a line of an inlined function");
	is_str(find(&view, 13)->text, "\tadd", "text");
	is_near(find(&view, 13)->self, 2, 1e-9, "self");
	is_near(find(&view, 13)->total, 3.5, 1e-9, "total: with what was inlined there");
	is_near(find(&view, 15)->total, 3, 1e-9, "and called there");
	is_str(find(&view, 15)->text, "call", "a last line without its newline");
	is_near(find(&view, 6)->total, 0, 0, "nothing");
	is_int(view.function_count, 2, "functions there");
	range = (struct source_range){.file = "sum.c", .first = 13, .last = 13};
	sample_check(source_lines_read(&view, &profile.arena, &profile.selection, 0, &range,
				       &(struct profile_filter){.module = "libc.so.6"}, &err),
		     &err);
	ok(view.line_count == 1 && view.total <= 0, "behind a filter");
	is_int(view.function_count, 1, "one function");
	is_str(view.functions[0].name, "sum", "… by name");
}

static void test_recursion(void)
{
	struct source_range range = {.file = "rec.c", .first = 1, .last = 9};
	struct source_lines view;
	struct err err = {0};

	sample_check(
		source_lines_read(&view, &profile.arena, &profile.selection, 0, &range, NULL, &err),
		&err);
	ok(view.line_count == 2 && view.lines[0].text == NULL,
	   "without source: lines with samples");
	is_near(view.total, 2, 1e-9, "a stack counts once");
}

static void test_errors(void)
{
	struct source_range range = {.file = "none.c", .first = 1, .last = 1};
	struct source_lines view;
	struct err err = {0};

	is_int(source_lines_read(&view, &profile.arena, &profile.selection, 0, &range, NULL, &err),
	       -ENOENT, "a file that was not seen");
	ok(strstr(err_text(&err), "--by file") != NULL, "… where the others are");
	sample_store_sql(&profile.sample, "UPDATE profile_string SET text='/other/sum.c'"
					  " WHERE text='/src/main.c'");
	range.file = "sum.c";
	is_int(source_lines_read(&view, &profile.arena, &profile.selection, 0, &range, NULL, &err),
	       -ENOTUNIQ, "two files of one name");
	ok(strstr(err_text(&err), "/other/sum.c, /src/sum.c") != NULL, "… are listed");
	sample_store_sql(&profile.sample, "UPDATE frame SET line=0");
	is_int(source_lines_read(&view, &profile.arena, &profile.selection, 0, &range, NULL, &err),
	       -ENOENT, "no lines at all");
	ok(strstr(err_text(&err), "debug information") != NULL, "… why");
}

int main(void)
{
	sample_profile_open(&profile);
	test_parse();
	test_shares();
	test_recursion();
	test_errors();
	sample_profile_close(&profile);
	return tap_done();
}
