#include "report/top_text.h"

#include <stdlib.h>

#include "tap.h"

static struct hot_function functions[] = {
	{.name = "parse", .module = "app", .file = "", .self = 50, .total = 60},
	{.name = "memcpy", .module = "libc.so.6", .file = "", .self = 30, .total = 30},
	{.name = "main", .module = "app", .file = "", .self = 0, .total = 80},
	{.name = "gone", .module = "app", .file = "", .self = 0, .total = 0},
};
static struct hot_threads_row threads[] = {
	{.comm = "web", .role = "", .pid = 41, .tid = 41, .samples = 75},
	{.comm = "io", .role = "", .pid = 41, .tid = 42, .samples = 25},
};

static const struct hot_functions view = {
	.summary = {.event = "cpu-clock",
		    .sampler = "perf_event",
		    .stacks_from = "",
		    .quality = {.sample_count = 100, .complete_count = 100},
		    .selected_count = 100,
		    .selected = 100,
		    .samples_with_hidden = 100,
		    .run_count = 1},
	.functions = functions,
	.function_count = 4,
	.threads = threads,
	.thread_count = 2,
};

/* The picture without its quality line, which profile_report has a test of. */
static void check(struct top_text *top, uint32_t columns, uint32_t rows, const char *want,
		  const char *what)
{
	struct text_layout layout = {.columns = columns};
	struct strbuf text;
	char *first, *second;

	strbuf_init(&text, 1 << 20);
	top_text_draw(top, &view, 10000000000, &layout, rows, &text);
	if (rows > 4) {
		first = strchr(text.data, '\n') + 1;
		second = strchr(first, '\n') + 1;
		memmove(first, second, strlen(second) + 1);
	}
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

static enum top_text_wish press(struct top_text *top, enum terminal_key_kind kind, char letter)
{
	return top_text_press(top, &view, &(struct terminal_key){.kind = kind, .text = {letter}});
}

#define FOOT "q end  s self  t total  f thread  p pause …"

static void test_functions(void)
{
	struct top_text *top = top_text_new("app (pid 41)", false);

	check(top, 43, 7,
	      "app (pid 41) \xc2\xb7 last 10.0 s \xc2\xb7 by self\n"
	      "    self   total  function\n"
	      "> 50.0 %  60.0 %  parse\n"
	      "  30.0 %  30.0 %  memcpy\n"
	      "   0.0 %  80.0 %  main\n" FOOT,
	      "functions by own time");
	press(top, KEY_DOWN, 0);
	press(top, KEY_TEXT, 't');
	press(top, KEY_TEXT, 'p');
	ok(top_text_is_paused(top), "paused");
	check(top, 80, 6,
	      "app (pid 41) \xc2\xb7 paused, of 10.0 s \xc2\xb7 by total\n"
	      "    self   total  function\n"
	      "  50.0 %  60.0 %  parse                                     app\n"
	      "> 30.0 %  30.0 %  memcpy                                    libc.so.6\n"
	      "q end  s self  t total  f thread  p pause  Enter callers",
	      "by total: what was selected stays so, and the window follows");
	is_str(top_text_get_selected(top, &view)->name, "memcpy", "the selected one");
	is_int(press(top, KEY_ENTER, 0), TOP_TEXT_CALLERS, "enter asks for its callers");
	is_int(press(top, KEY_TEXT, 'q'), TOP_TEXT_QUIT, "q ends it");
	top_text_free(top);
}

static void test_threads(void)
{
	struct top_text *top = top_text_new("app", true);

	is_int(press(top, KEY_TEXT, 'f'), TOP_TEXT_NOTHING, "f");
	press(top, KEY_DOWN, 0);
	press(top, KEY_DOWN, 0);
	press(top, KEY_DOWN, 0);
	check(top, 40, 8,
	      "app \xc2\xb7 last 10.0 s \xc2\xb7 by total\n"
	      " samples    thread\n"
	      "            all threads\n"
	      "  75.0 %    web (41)\n"
	      "> 25.0 %    io (42)\n"
	      "\n"
	      "Enter choose  Escape back",
	      "the threads");
	is_int(press(top, KEY_ENTER, 0), TOP_TEXT_READ, "one is chosen");
	is_int(top_text_get_thread(top), 42, "that one");
	check(top, 60, 6,
	      "app \xc2\xb7 last 10.0 s \xc2\xb7 by total \xc2\xb7 thread 42\n"
	      "    self   total  function\n"
	      ">  0.0 % 320.0 %  main\n"
	      " 200.0 % 240.0 %  parse\n"
	      "q end  s self  t total  f thread  p pause  Enter callers",
	      "shares are of its samples"); /* the view is still that of all threads */
	press(top, KEY_TEXT, 'f');
	press(top, KEY_ESCAPE, 0);
	is_int(top_text_get_thread(top), 42, "escape chooses nothing");
	top_text_free(top);
}

static void test_sizes(void)
{
	struct top_text *top = top_text_new("app", false);

	for (uint32_t rows = 1; rows < 20; rows++) {
		for (uint32_t columns = 1; columns < 120; columns += 17) {
			struct text_layout layout = {.columns = columns};
			struct strbuf text;
			uint32_t lines = 0, widest = 0;

			strbuf_init(&text, 1 << 20);
			top_text_draw(top, &view, 1000000000, &layout, rows, &text);
			for (char *line = text.data; line != NULL; lines++) {
				char *end = strchr(line, '\n');

				if (end != NULL)
					*end = '\0';
				widest = text_width(line) > widest ? text_width(line) : widest;
				line = end != NULL ? end + 1 : NULL;
			}
			is_int(lines, rows, "as many lines as rows");
			ok(widest <= columns, "none is wider than the terminal");
			strbuf_release(&text);
		}
	}
	top_text_free(top);
}

static void test_nothing(void)
{
	const struct hot_functions nothing = {.summary = view.summary};
	struct text_layout layout = {.columns = 40};
	struct top_text *top = top_text_new("app", false);
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	top_text_press(top, &nothing, &(struct terminal_key){.kind = KEY_END});
	is_int(top_text_press(top, &nothing, &(struct terminal_key){.kind = KEY_ENTER}),
	       TOP_TEXT_NOTHING, "nothing is selected");
	top_text_draw(top, &nothing, 1, &layout, 10, &text);
	top_text_format(&text, &nothing, &(struct top_text_options){.layout = layout});
	ok(text.length > 0, "a program that does nothing has a picture");
	strbuf_release(&text);
	top_text_free(top);
}

static void test_table(void)
{
	struct top_text_options options = {
		.layout = {.columns = 80}, .function_count = 2, .is_by_total = true};
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	top_text_format(&text, &view, &options);
	is_str(strchr(text.data, '\n') + 1,
	       "  self   total  function  module\n"
	       " 0.0 %  80.0 %  main      app\n"
	       "50.0 %  60.0 %  parse     app\n",
	       "a table of so many, by total");
	strbuf_release(&text);
}

int main(void)
{
	test_functions();
	test_threads();
	test_sizes();
	test_nothing();
	test_table();
	return tap_done();
}
