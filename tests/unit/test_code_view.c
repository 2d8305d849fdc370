/* One function from inside, against the profile of sample_profile.h. */
#include "view/code_view.h"

#include <errno.h>

#include "sample_profile.h"

static struct sample_profile profile;

static void read_view(struct code_view *view, const char *name, const char *module,
		      const struct profile_filter *filter)
{
	struct err err = {0};

	sample_check(code_view_read(view, &profile.arena, &profile.selection, 0, name, module,
				    filter, &err),
		     &err);
}

static void is_line(const struct code_source *source, uint32_t number, double self, double total)
{
	for (uint32_t i = 0; i < source->line_count; i++) {
		const struct code_line *line = &source->lines[i];

		if (line->line != number)
			continue;
		is_near(line->self, self, 1e-9, "self of a line");
		is_near(line->total, total, 1e-9, "… total");
		return;
	}
	ok(false, "a line is there");
}

static void test_sources(void)
{
	struct code_view view;

	read_view(&view, "sum", "app", NULL);
	is_near(view.self, 3.5, 1e-9, "self: with what was inlined");
	is_near(view.total, 6.5, 1e-9, "total");
	is_int(view.source_count, 2, "its lines, and those inlined");
	ok(!view.sources[0].is_inlined && strcmp(view.sources[0].function, "sum") == 0 &&
		   strcmp(view.sources[0].file, "/src/sum.c") == 0,
	   "its own come first");
	is_int(view.sources[0].line_count, 2, "two lines");
	is_line(&view.sources[0], 13, 2, 3.5);
	is_line(&view.sources[0], 15, 0, 3);
	ok(view.sources[1].is_inlined && strcmp(view.sources[1].function, "next") == 0,
	   "the inlined function");
	is_line(&view.sources[1], 4, 1.5, 1.5);
	is_str(source_text_get(&view.text, "/src/sum.c", 9), "sum", "text of any line");
	ok(source_text_get(&view.text, "/src/sum.c", 3) == NULL &&
		   source_text_get(&view.text, "/src/sum.c", 16) == NULL &&
		   source_text_get(&view.text, "sum.c", 9) == NULL,
	   "that was kept");
}

static void test_code(void)
{
	struct code_view view;
	const struct code_block *block;
	double self = 0, total = 0;

	read_view(&view, "sum", "app", NULL);
	is_int(view.block_count, 1, "a stretch of code");
	block = &view.blocks[0];
	ok(block->svma == 0x2000 && block->size == 32 && block->bytes[31] == 0xc3 &&
		   strcmp(block->module, "/srv/app") == 0,
	   "as it was stored");
	is_near(block->self[0x8], 1.5, 1e-9, "an address of inlined code");
	is_near(block->self[0xe], 2, 1e-9, "of its own");
	is_near(block->self[0x1b], 0, 0, "of a call: no self");
	is_near(block->total[0x1b], 3, 1e-9, "… but a total");
	for (uint32_t i = 0; i < block->size; i++) {
		self += block->self[i];
		total += block->total[i];
	}
	is_near(self, view.self, 1e-9, "self adds up");
	is_near(total, view.total, 1e-9, "and total, as each stack is once in it");
	is_int(block->place_count, 4, "places");
	ok(code_view_find_place(block, 7)->line == 9 && code_view_find_place(block, 8)->line == 4 &&
		   code_view_find_place(block, 31)->line == 15,
	   "each to the next one");
	ok(code_view_find_place(block, 8)->is_inlined &&
		   !code_view_find_place(block, 14)->is_inlined,
	   "inlined or not");
	ok(view.why_no_code == NULL && view.host_count == 0, "nothing to explain");
	read_view(&view, "sum", "app", &(struct profile_filter){.module = "app"});
	is_near(view.total, 3.5, 1e-9, "behind a filter");
}

static void test_inlined(void)
{
	struct code_view view;

	read_view(&view, "next", "app", NULL);
	ok(view.block_count == 0 && strstr(view.why_no_code, "annotate 'sum'") != NULL,
	   "an inlined function has no code of its own");
	is_int(view.host_count, 1, "where it is");
	is_str(view.hosts[0].name, "sum", "… by name");
	is_near(view.hosts[0].samples, 1.5, 1e-9, "… and samples");
	is_int(view.source_count, 1, "its lines only");
	is_line(&view.sources[0], 4, 1.5, 1.5);
	is_near(view.self, 1.5, 1e-9, "self");
}

/* Once per stack, however deep. */
static void test_recursion(void)
{
	struct code_view view;

	read_view(&view, "rec", "app", NULL);
	is_near(view.self, 2, 1e-9, "recursion: self");
	is_near(view.total, 2, 1e-9, "… total");
	is_line(&view.sources[0], 7, 0, 2);
	is_line(&view.sources[0], 8, 2, 2);
}

static void test_why(void)
{
	struct code_view view;

	read_view(&view, "rec", "app", NULL);
	ok(strstr(view.why_no_code, "could not be read") != NULL, "hot, and not stored");
	read_view(&view, "libc.so.6+0x500", "libc.so.6", NULL);
	ok(strstr(view.why_no_code, "install libc6-dbg") != NULL, "the module's trouble");
	read_view(&view, "write", "[kernel]", NULL);
	ok(strstr(view.why_no_code, "[kernel]") != NULL, "no file");
	read_view(&view, "main", "app", NULL);
	ok(strstr(view.why_no_code, "1 %") != NULL, "too little self");
	read_view(&view, "nothing", "app", NULL);
	ok(strstr(view.why_no_code, "no samples") != NULL, "no samples");
	sample_store_sql(&profile.sample,
			 "DELETE FROM profile_code_line; DELETE FROM profile_code");
	read_view(&view, "sum", "app", NULL);
	ok(strstr(view.why_no_code, "record again") != NULL, "a profile without code");
	is_int(view.source_count, 2, "… has lines all the same");
}

int main(void)
{
	sample_profile_open(&profile);
	test_sources();
	test_code();
	test_inlined();
	test_recursion();
	test_why();
	sample_profile_close(&profile);
	return tap_done();
}
