#include "report/text.h"

#include "tap.h"

static struct strbuf buffer;

static const char *wrap(uint32_t columns, uint32_t indent, const char *text)
{
	struct text_layout layout = {.columns = columns};

	strbuf_clear(&buffer);
	text_add_wrapped(&buffer, &layout, indent, text);
	return strbuf_text(&buffer);
}

static const char *cut(const char *text, uint32_t columns)
{
	strbuf_clear(&buffer);
	strbuf_add_char(&buffer, '|');
	text_add_cut(&buffer, text, columns);
	return strbuf_text(&buffer);
}

static const char *style(bool has_color, enum text_style style, const char *text)
{
	struct text_layout layout = {.has_color = has_color};

	strbuf_clear(&buffer);
	text_add_styled(&buffer, &layout, style, text);
	return strbuf_text(&buffer);
}

static void test_width(void)
{
	is_int(text_width(""), 0, "nothing");
	is_int(text_width("plain"), 5, "ASCII");
	is_int(text_width("µs … –"), 6, "two and three bytes are one column");
	is_int(text_width("e\xcc\x81x"), 2, "a combining accent takes none");
	is_int(text_width("日本"), 4, "CJK is wide");
	is_int(text_width("😀"), 2, "emoji is wide");
	is_int(text_width("\xff\x80z"), 3, "a byte that is not UTF-8 is a column");
	is_int(text_width("\xe6\x97"), 2, "a character that ends early");
}

static void test_wrapping(void)
{
	is_str(wrap(0, 2, "as wide as it gets"), "as wide as it gets\n", "no limit");
	is_str(wrap(10, 2, "one two three four"), "one two\n  three\n  four\n", "with an indent");
	is_str(wrap(11, 0, "one two three"), "one two\nthree\n", "without one");
	is_str(wrap(7, 0, "one two"), "one two\n", "exactly full");
	is_str(wrap(6, 2, "a averyverylongword b"), "a\n  averyverylongword\n  b\n",
	       "a long word stays whole");
	is_str(wrap(20, 2, "  led by blanks"), "  led by blanks\n", "its own indent");
	is_str(wrap(10, 0, "falls 30.6 % now"), "falls\n30.6 % now\n", "a number keeps its %");
	is_str(wrap(20, 2, ""), "\n", "empty");
	is_str(wrap(20, 2, "a\n"), "a\n", "a newline at the end is dropped");
	is_str(wrap(4, 40, "ab cd"), "ab\n  cd\n", "an indent leaves half of the line");
}

static void test_cutting(void)
{
	is_str(cut("short", 5), "|short", "fits");
	is_str(cut("longer", 5), "|long…", "cut");
	is_str(cut("longer", 1), "|…", "one column");
	is_str(cut("longer", 0), "|", "none");
	is_str(cut("日本語", 4), "|日…", "never half of a wide character");
}

static void test_styles(void)
{
	is_str(style(false, TEXT_BAD, "x"), "x", "no colour");
	is_str(style(true, TEXT_BAD, "x"), "\x1b[31mx\x1b[0m", "red");
	is_str(style(true, TEXT_GOOD, "x"), "\x1b[32mx\x1b[0m", "green");
	is_str(style(true, TEXT_PLAIN, "x"), "x", "plain");
	is_str(style(true, TEXT_BOLD, ""), "", "nothing to style");
}

static void test_clean(void)
{
	strbuf_clear(&buffer);
	text_add_clean(&buffer, "a\tb\x1b[2J \x9b"
				"1m \xc2\x9b"
				"1m \xc3\x9b");
	is_str(strbuf_text(&buffer), "a    b?[2J ?1m ??1m \xc3\x9b", "tabs and controls");
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	test_clean();
	test_width();
	test_wrapping();
	test_cutting();
	test_styles();
	strbuf_release(&buffer);
	return tap_done();
}
