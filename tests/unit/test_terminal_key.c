#include "report/terminal_key.h"

#include "tap.h"

static void check(const char *bytes, bool is_end, size_t used, enum terminal_key_kind kind,
		  const char *what)
{
	struct terminal_key key;
	size_t got = terminal_key_decode(bytes, strlen(bytes), is_end, &key);

	is_int(got, used, what);
	if (used > 0)
		is_int(key.kind, kind, what);
}

static void test_sequences(void)
{
	check("\x1b[A", false, 3, KEY_UP, "up");
	check("\x1b[B", false, 3, KEY_DOWN, "down");
	check("\x1bOC", false, 3, KEY_RIGHT, "right, of a keypad in application mode");
	check("\x1b[D", false, 3, KEY_LEFT, "left");
	check("\x1b[5~", false, 4, KEY_PAGE_UP, "page up");
	check("\x1b[6~x", false, 4, KEY_PAGE_DOWN, "page down, and what follows is not of it");
	check("\x1b[H", false, 3, KEY_HOME, "home");
	check("\x1b[1~", false, 4, KEY_HOME, "home, of a Linux console");
	check("\x1b[4~", false, 4, KEY_END, "end, of a Linux console");
	check("\x1b[F", false, 3, KEY_END, "end");
	check("\x1b[1;5C", false, 6, KEY_OTHER, "a key with control means nothing");
	check("\x1b[15~", false, 5, KEY_OTHER, "nor does F5");
	check("\x1b[1111111111111111111111", false, 16, KEY_OTHER, "what never ends is dropped");
}

static void test_parts(void)
{
	check("\x1b", false, 0, KEY_OTHER, "an escape may go on");
	check("\x1b", true, 1, KEY_ESCAPE, "or not");
	check("\x1b[", false, 0, KEY_OTHER, "a sequence goes on");
	check("\x1b[", true, 2, KEY_OTHER, "or was cut");
	check("\x1bx", false, 1, KEY_ESCAPE, "an escape, then a letter");
	check("", true, 0, KEY_OTHER, "nothing");
}

static void test_characters(void)
{
	struct terminal_key key;

	check("\r", false, 1, KEY_ENTER, "enter");
	check("\x7f", false, 1, KEY_BACKSPACE, "backspace");
	check("\x01", false, 1, KEY_OTHER, "control and a letter");
	check("\xc3", false, 0, KEY_OTHER, "half a character");
	check("\xc3", true, 1, KEY_OTHER, "that stays so");
	is_int(terminal_key_decode("\xc3\xa4z", 3, false, &key), 2, "a character of two bytes");
	is_str(key.text, "\xc3\xa4", "and its bytes");
	is_int(terminal_key_decode("qx", 2, false, &key), 1, "a letter");
	is_str(key.text, "q", "alone");
}

int main(void)
{
	test_sequences();
	test_parts();
	test_characters();
	return tap_done();
}
