#include "lab/command_line.h"

#include <errno.h>

#include "tap.h"

/* The words joined by "|", or the sentence that refuses them. Valid until the next call. */
static const char *split(const char *text)
{
	static char result[1200];
	struct arena arena;
	struct err err = {0};
	char **argv;
	size_t used = 0;

	arena_init(&arena);
	result[0] = '\0';
	if (command_line_split(text, &arena, &argv, &err) < 0) {
		snprintf(result, sizeof(result), "%s", err_text(&err));
	} else {
		for (; *argv != NULL; argv++)
			used += (size_t)snprintf(result + used, sizeof(result) - used, "%s%s",
						 used > 0 ? "|" : "", *argv);
	}
	arena_release(&arena);
	return result;
}

static bool is_refused(const char *text, const char *what)
{
	return strstr(split(text), what) != NULL && strstr(split(text), "shell") != NULL;
}

static void test_words(void)
{
	is_str(split("./gateway --port 8080"), "./gateway|--port|8080", "blanks separate");
	is_str(split("  a \t b  "), "a|b", "any number of them");
	is_str(split("a\n"), "a", "a line break at the end is dropped");
	is_str(split("a \\\n  b"), "a|b", "a line goes on behind a backslash");
	is_str(split("sh -c 'a | b > \"c\" $HOME'"), "sh|-c|a | b > \"c\" $HOME",
	       "'…' quotes everything");
	is_str(split("a \"b c\" d"), "a|b c|d", "\"…\" quotes blanks");
	is_str(split("a \"x\\\"y\\\\z\\$1\\n*\""), "a|x\"y\\z$1\\n*",
	       "a backslash inside quotes \" \\ $ ` only");
	is_str(split("a\\ b \\| \\'"), "a b|||'", "a backslash outside quotes anything");
	is_str(split("a'b'\"c\"d"), "abcd", "quoted parts make one word");
	is_str(split("a '' \"\""), "a||", "empty words are words");
	is_str(split("grep ^x$ [::1]:80 a#b 100% {x}"), "grep|^x$|[::1]:80|a#b|100%|{x}",
	       "what no shell would change");
	is_str(split("a --x=y b=c a~b"), "a|--x=y|b=c|a~b", "nor these in their places");
}

static void test_shell_syntax(void)
{
	is_str(split("a | b"),
	       "'|' at column 3 is shell syntax, and no shell runs this: quote it, or use sh -c "
	       "'…'",
	       "a pipe, with its column");
	ok(is_refused("a & b", "'&' at column 3"), "&");
	ok(is_refused("a; b", "';' at column 2"), ";");
	ok(is_refused("a <b", "'<' at column 3"), "<");
	ok(is_refused("a 2>&1", "'>' at column 4"), ">");
	ok(is_refused("a `b`", "'`' at column 3"), "`");
	ok(is_refused("a \"`b`\"", "'`' at column 4"), "` inside \"…\"");
	ok(is_refused("a $(b)", "'$' at column 3"), "$(");
	ok(is_refused("a $HOME", "'$' at column 3"), "$NAME");
	ok(is_refused("a ${HOME}", "'$' at column 3"), "${NAME}");
	ok(is_refused("a \"x $HOME\"", "'$' at column 6"), "$NAME inside \"…\"");
	ok(is_refused("(a)", "'(' at column 1"), "(");
	ok(is_refused("a *.c", "'*' at column 3"), "*");
	ok(is_refused("a b?", "'?' at column 4"), "?");
	ok(is_refused("a\nb", "a line break at column 2"), "a line break between");
	ok(is_refused("~/bin/a", "'~' at column 1"), "~");
	is_str(split(" A_1=x ./a"),
	       "'A_1=' at column 2 sets a variable as in a shell, and no shell runs this: begin "
	       "the command with env",
	       "a variable before the command");
}

static void test_damaged(void)
{
	is_str(split("a 'b"), "the quote ' at column 3 is never closed", "an open '");
	is_str(split("a \"b\\\""), "the quote \" at column 3 is never closed", "an open \"");
	is_str(split("a \\"), "nothing follows the \\ at column 3", "a backslash at the end");
	is_str(split(""), "the command is empty", "no text");
	is_str(split(" \t\n"), "the command is empty", "no word");
}

static void test_join(void)
{
	static const char *const cases[][5] = {
		{"a", "b c", "", "x'y", NULL},
		{"A=1", "*", "$x", "~", NULL},
		{"tab\there", "line\nbreak", "\"", "\\", NULL},
		{"./a-b_c.d", "--x=y,z:1@2%3+4", "ä", NULL},
	};
	struct strbuf text;
	int wrong = 0;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	command_line_join(cases[0], &text);
	is_str(strbuf_text(&text), "a 'b c' '' 'x'\\''y'", "quoted where needed");
	strbuf_clear(&text);
	command_line_join(cases[3], &text);
	is_str(strbuf_text(&text), "./a-b_c.d --x=y,z:1@2%3+4 ä", "and only there");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena;
		char **argv;
		size_t word = 0;

		arena_init(&arena);
		strbuf_clear(&text);
		command_line_join(cases[i], &text);
		if (command_line_split(strbuf_text(&text), &arena, &argv, NULL) == 0) {
			for (; argv[word] != NULL && cases[i][word] != NULL; word++)
				wrong += strcmp(argv[word], cases[i][word]) != 0;
			wrong += argv[word] != NULL || cases[i][word] != NULL;
		} else {
			wrong++;
		}
		arena_release(&arena);
	}
	is_int(wrong, 0, "what was joined splits into the same words");
	strbuf_release(&text);
}

int main(void)
{
	test_words();
	test_shell_syntax();
	test_damaged();
	test_join();
	return tap_done();
}
