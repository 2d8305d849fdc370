#include "util/clean.h"

#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

static void check_decode(const char *text, size_t length, uint32_t code, const char *what)
{
	uint32_t got;

	is_int(clean_decode(text, &got), length, what);
	is_int(got, code, what);
}

static void test_decode(void)
{
	check_decode("a", 1, 'a', "ASCII");
	check_decode("\xc2\x80", 2, 0x80, "the first of two bytes");
	check_decode("\xdf\xbf", 2, 0x7ff, "the last of two bytes");
	check_decode("\xe0\xa0\x80", 3, 0x800, "the first of three");
	check_decode("\xef\xbf\xbf", 3, 0xffff, "the last of three");
	check_decode("\xf0\x90\x80\x80", 4, 0x10000, "the first of four");
	check_decode("\xf4\x8f\xbf\xbf", 4, 0x10ffff, "the last of all");
	check_decode("\x9b[2J", 1, 0x9b, "a byte that follows none");
	check_decode("\xc0\x9b", 1, 0xc0, "overlong of two");
	check_decode("\xc1\xbf", 1, 0xc1, "overlong of two, the last");
	check_decode("\xe0\x82\x9b", 1, 0xe0, "overlong of three");
	check_decode("\xf0\x80\x82\x9b", 1, 0xf0, "overlong of four");
	check_decode("\xed\xa0\x80", 1, 0xed, "a surrogate");
	check_decode("\xf4\x90\x80\x80", 1, 0xf4, "above all");
	check_decode("\xf5\x80\x80\x80", 1, 0xf5, "no first byte");
	check_decode("\xe2\x80", 1, 0xe2, "cut");
	check_decode("\xf0\x9f\x98", 1, 0xf0, "cut, of four");
	check_decode("\xc3", 1, 0xc3, "nothing behind it");
}

static void test_controls(void)
{
	int controls = 0;

	for (uint32_t code = 0; code < 0x200; code++)
		controls += clean_is_control(code);
	is_int(controls, 32 + 1 + 32, "C0, DEL and C1");
	ok(clean_is_control(0x1b) && clean_is_control(0x7f) && clean_is_control(0x80) &&
		   clean_is_control(0x9f),
	   "their ends");
	ok(!clean_is_control(' ') && !clean_is_control('~') && !clean_is_control(0xa0),
	   "and what is beside them");
}

static const struct {
	const char *text, *clean, *percent, *what;
} samples[] = {
	{"", "", "", "empty"},
	{"nginx: worker", "nginx: worker", "nginx:%20worker", "plain"},
	{"\x1b]0;evil\x07", "?]0;evil?", "%1B]0;evil%07", "a terminal's title"},
	{"a\nb\rc\td\x7f", "a?b?c?d?", "a%0Ab%0Dc%09d%7F", "C0 and DEL"},
	{"\x9b"
	 "2J",
	 "?2J", "%9B2J", "C1 as a byte"},
	{"\xc2\x9b"
	 "2J",
	 "??2J", "%C2%9B2J", "C1 as UTF-8"},
	{"\xc0\x9b\xe0\x82\x9b", "\xc0?\xe0??", "\xc0%9B\xe0%82%9B", "C1 in what is no UTF-8"},
	{"\xe2\x80\xa6 \xc3\x9b \xf0\x9f\x98\x80", "\xe2\x80\xa6 \xc3\x9b \xf0\x9f\x98\x80",
	 "\xe2\x80\xa6%20\xc3\x9b%20\xf0\x9f\x98\x80", "UTF-8 that holds such bytes"},
	{"\xe4\xf6\xfc", "\xe4\xf6\xfc", "\xe4\xf6\xfc", "Latin 1"},
	{"a,b%c", "a,b%c", "a%2Cb%25c", "what else is to be escaped"},
	{"\xe2\x80", "\xe2?", "\xe2%80", "cut at the end"},
};

static void test_clean(void)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char *copy = alloc_strdup(samples[i].text);

		strbuf_clear(&text);
		clean_add(&text, samples[i].text);
		is_str(strbuf_text(&text), samples[i].clean, samples[i].what);
		clean_text(copy, '?');
		is_str(copy, samples[i].clean, "the same in place");
		strbuf_clear(&text);
		clean_add_percent(&text, samples[i].text, ",%");
		is_str(strbuf_text(&text), samples[i].percent, "the same escaped");
		free(copy);
	}
	strbuf_release(&text);
}

int main(void)
{
	test_decode();
	test_controls();
	test_clean();
	return tap_done();
}
