#include "report/tree_terminal.h"

#include "fake_tree.h"
#include "tap.h"

/* web ─ main ─ serve ─┬ parse 60    io ─ main ─ poll 10
 *                     └ write 30                             */
static void make_tree(struct fake_tree *fake)
{
	uint32_t thread, node;

	fake_tree_init(fake);
	thread = fake_tree_add(fake, 0, CALL_THREAD, "web", "", 0, 0);
	node = fake_tree_add(fake, thread, CALL_USER, "main", "app", 0, 0);
	node = fake_tree_add(fake, node, CALL_USER, "serve", "app", 0, 0);
	fake_tree_add(fake, node, CALL_USER, "parse", "app", 60, 0);
	fake_tree_add(fake, node, CALL_USER, "write", "libc.so.6", 30, 0);
	thread = fake_tree_add(fake, 0, CALL_THREAD, "io", "", 0, 0);
	node = fake_tree_add(fake, thread, CALL_USER, "main", "app", 0, 0);
	fake_tree_add(fake, node, CALL_USER, "poll", "libc.so.6", 10, 0);
}

static bool press(struct tree_terminal *terminal, enum terminal_key_kind kind)
{
	return tree_terminal_press(terminal, &(struct terminal_key){.kind = kind});
}

/* Letters, one after the other; false when one of them ended it. */
static bool type(struct tree_terminal *terminal, const char *letters)
{
	bool goes_on = true;

	for (; *letters != '\0'; letters++) {
		struct terminal_key key = {.kind = KEY_TEXT, .text = {*letters}};

		goes_on = tree_terminal_press(terminal, &key) && goes_on;
	}
	return goes_on;
}

static void check(struct tree_terminal *terminal, uint32_t columns, uint32_t rows, const char *want,
		  const char *what)
{
	struct text_layout layout = {.columns = columns};
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	tree_terminal_draw(terminal, &layout, rows, &text);
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

#define FOOT_40 "q end  ? keys  arrows  * all  c callers…"
#define FOOT_60 "q end  ? keys  arrows  * all  c callers  C callees  i inver…"

/* With head and foot. */
static void check_whole(struct tree_terminal *terminal, uint32_t columns, uint32_t rows,
			const char *heading, const char *body, const char *foot, const char *what)
{
	char want[2048];

	snprintf(want, sizeof(want), "100 samples\n%s\n   total    self  function\n%s%s", heading,
		 body, foot);
	check(terminal, columns, rows, want, what);
}

static void test_walk(void)
{
	struct fake_tree fake;
	struct tree_terminal *terminal;

	make_tree(&fake);
	terminal = tree_terminal_new(&fake.tree, "100 samples");
	check_whole(terminal, 40, 10, "call tree \xc2\xb7 by total",
		    "> 90.0 %          - web\n"
		    "  90.0 %            - main\n"
		    "  90.0 %              - serve\n"
		    "  60.0 %  60.0 %          parse\n"
		    "  30.0 %  30.0 %          write\n"
		    "  10.0 %          + io\n",
		    FOOT_40, "the heaviest way is open, as deep as there is room for names");
	press(terminal, KEY_DOWN);
	press(terminal, KEY_LEFT);
	press(terminal, KEY_END);
	press(terminal, KEY_RIGHT);
	check_whole(terminal, 60, 9, "call tree \xc2\xb7 by total",
		    "  90.0 %          - web\n"
		    "  90.0 %            + main\n"
		    "> 10.0 %          - io\n"
		    "  10.0 %            - main\n"
		    "  10.0 %  10.0 %        poll\n",
		    FOOT_60, "closed and opened");
	press(terminal, KEY_DOWN);
	press(terminal, KEY_DOWN);
	press(terminal, KEY_LEFT);
	press(terminal, KEY_LEFT);
	press(terminal, KEY_LEFT);
	check_whole(terminal, 60, 7, "call tree \xc2\xb7 by total",
		    "  90.0 %          - web\n"
		    "  90.0 %            + main\n"
		    "> 10.0 %          - io\n",
		    FOOT_60, "left closes, then goes to the caller; the window follows");
	ok(!type(terminal, "q"), "q ends it");
	tree_terminal_free(terminal);
}

static void test_turn(void)
{
	struct fake_tree fake;
	struct tree_terminal *terminal;

	make_tree(&fake);
	terminal = tree_terminal_new(&fake.tree, "100 samples");
	type(terminal, "jjC");
	check_whole(terminal, 60, 8, "callees of serve \xc2\xb7 by total",
		    "> 90.0 %          - serve\n"
		    "  60.0 %  60.0 %      parse\n"
		    "  30.0 %  30.0 %      write\n"
		    "\n",
		    FOOT_60, "callees");
	ok(press(terminal, KEY_BACKSPACE), "back");
	type(terminal, "i");
	check_whole(terminal, 60, 8,
		    "turned over: what ran, below it who called it \xc2\xb7 by total",
		    "> 60.0 %          + parse\n"
		    "  30.0 %          + write\n"
		    "  10.0 %          + poll\n"
		    "\n",
		    FOOT_60, "turned over");
	ok(press(terminal, KEY_ESCAPE) && press(terminal, KEY_ESCAPE),
	   "back as often as one likes: the first picture stays");
	press(terminal, KEY_HOME);
	type(terminal, "c");
	check_whole(terminal, 80, 6, "call tree \xc2\xb7 by total",
		    "> 90.0 %          - web\n"
		    "  90.0 %            - main\n",
		    "select a function first", "a thread has no callers");
	tree_terminal_free(terminal);
}

static void test_sort_and_search(void)
{
	struct fake_tree fake;
	struct tree_terminal *terminal;

	make_tree(&fake);
	terminal = tree_terminal_new(&fake.tree, "100 samples");
	type(terminal, "ss");
	check_whole(terminal, 60, 6, "call tree \xc2\xb7 by name",
		    "  10.0 %          + io\n"
		    "> 90.0 %          - web\n",
		    FOOT_60, "by name; what is selected stays so");
	type(terminal, "s/PoLx");
	press(terminal, KEY_BACKSPACE);
	check(terminal, 60, 2, "> 90.0 %          - web\n/PoL", "typing a search, in two rows");
	press(terminal, KEY_ENTER);
	check(terminal, 60, 1, "> 10.0 %  10.0 %        poll", "found, and opened up to there");
	type(terminal, "/main");
	press(terminal, KEY_ENTER);
	check(terminal, 60, 1, "> 90.0 %            - main", "from the begin again");
	type(terminal, "n");
	check(terminal, 60, 1, "> 10.0 %            - main", "the next");
	type(terminal, "N");
	check(terminal, 60, 1, "> 90.0 %            - main", "the one before");
	type(terminal, "/nothing");
	press(terminal, KEY_ENTER);
	check(terminal, 60, 2, "> 90.0 %            - main\nno function has 'nothing'", "none");
	type(terminal, "/q");
	ok(press(terminal, KEY_ESCAPE) && type(terminal, "j"), "in a search, q is a letter");
	tree_terminal_free(terminal);
}

/* Any size; names that would move the cursor; nothing at all. */
static void test_sizes(void)
{
	struct fake_tree fake;
	struct tree_terminal *terminal;

	make_tree(&fake);
	fake.nodes[1].name = "w\x1b[2Jb";
	terminal = tree_terminal_new(&fake.tree, "100 samples");
	check(terminal, 30, 1, "> 90.0 %          - w?[2Jb", "no sequence of a program's");
	check(terminal, 9, 1, "> 90.0 %…", "narrow");
	check(terminal, 1, 1, "…", "one by one");
	for (uint32_t rows = 1; rows < 30; rows++) {
		struct text_layout layout = {.columns = 40, .has_color = true};
		struct strbuf text;
		uint32_t lines = 1;

		strbuf_init(&text, 1 << 20);
		tree_terminal_draw(terminal, &layout, rows, &text);
		for (size_t i = 0; i < text.length; i++)
			lines += text.data[i] == '\n';
		is_int(lines, rows, "as many lines as rows");
		strbuf_release(&text);
	}
	tree_terminal_free(terminal);
	fake_tree_init(&fake);
	terminal = tree_terminal_new(&fake.tree, "");
	type(terminal, "jk *cCsn");
	press(terminal, KEY_LEFT);
	press(terminal, KEY_RIGHT);
	press(terminal, KEY_END);
	type(terminal, "i");
	check(terminal, 40, 1, "", "an empty tree is an empty picture");
	tree_terminal_free(terminal);
}

static void test_callers(void)
{
	struct fake_tree fake;
	struct tree_terminal *terminal;

	make_tree(&fake);
	terminal = tree_terminal_new(&fake.tree, "100 samples");
	tree_terminal_show_callers(terminal, "main", "app");
	check_whole(terminal, 60, 8, "callers of main \xc2\xb7 by total",
		    ">100.0 %          - main\n"
		    "  90.0 %  90.0 %      web\n"
		    "  10.0 %  10.0 %      io\n"
		    "\n",
		    FOOT_60, "callers from all threads");
	type(terminal, "?");
	check(terminal, 40, 1, "Up Down PgUp PgDn Home End   move", "the keys");
	type(terminal, "j");
	check(terminal, 40, 1, "> 90.0 %  90.0 %      web", "until the next one, which counts");
	ok(!press(terminal, KEY_ESCAPE), "escape ends what began so");
	tree_terminal_free(terminal);
}

int main(void)
{
	test_walk();
	test_turn();
	test_sort_and_search();
	test_sizes();
	test_callers();
	return tap_done();
}
