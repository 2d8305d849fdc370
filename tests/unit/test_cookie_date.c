#include "wire/cookie_date.h"

#include <time.h>

#include "tap.h"

static void check(const char *text, int64_t want_s)
{
	uint64_t got = UINT64_MAX;

	ok(cookie_date_parse(text, strlen(text), &got), text);
	is_int(got, want_s, "  in seconds");
}

static void test_dates(void)
{
	/* the three forms of RFC 9110 section 5.6.7 */
	check("Sun, 06 Nov 1994 08:49:37 GMT", 784111777);
	check("Sunday, 06-Nov-94 08:49:37 GMT", 784111777);
	check("Sun Nov  6 08:49:37 1994", 784111777);
	/* what RFC 6265 allows besides */
	check("1994 nOVember 6 8:49:37", 784111777);
	check("08:49:37 6 Nov 94 and more 11 12:13:14 Dec 1999", 784111777);
	check("06a Novx 1994b 08:49:37c", 784111777);
	check("\t[06]/(Nov)/{1994}~08:49:37!", 784111777);
	check("Thu, 01 Jan 1970 00:00:01 GMT", 1);
	check("31 Dec 1969 23:59:59", 0);
	check("01 Jan 1601 00:00:00", 0);
	check("01 Jan 70 00:00:00", 0);
	check("01 Jan 00 00:00:00", 946684800);
	check("01 Jan 69 00:00:00", 3124224000);
	check("29 Feb 2000 00:00:00", 951782400);
	check("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799);
}

static void test_no_dates(void)
{
	static const char *const cases[] = {
		"",
		"06 Nov 1994", /* no time */
		"Nov 1994 08:49:37",
		"06 1994 08:49:37",
		"06 Nov 08:49:37",
		"00 Nov 1994 08:49:37",
		"31 Nov 1994 08:49:37",
		"29 Feb 1994 08:49:37",
		"29 Feb 1900 08:49:37",
		"06 Nov 1600 08:49:37",
		"06 Nov 1994 24:49:37",
		"06 Nov 1994 08:60:37",
		"06 Nov 1994 08:49:60",
		"06 Nov 1994 008:49:37",
		"06 Nov 1994 08:49",
		"06 Nov 1994 08:49:",
		"06 Nov 1994 :49:37",
		"006 Nov 1994 08:49:37",
		"06 Nov 19940 08:49:37",
		"06 Nov 4 08:49:37",
		"06 No 1994 08:49:37",
		"06Nov1994 08:49:37",
		"-1 -1 -1",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t got = 7;

		ok(!cookie_date_parse(cases[i], strlen(cases[i]), &got) && got == 7, cases[i]);
	}
	ok(!cookie_date_parse("Sun, 06 Nov 1994 08:49:37", 20, &(uint64_t){0}),
	   "the length counts, not a NUL");
}

/* Each third day of 400 years, at some second of it, against the C library. */
static void test_calendar(void)
{
	uint32_t differing = 0;

	for (int64_t day = 0; day < 146097; day += 3) {
		time_t want = (time_t)(day * 86400 + day * 7919 % 86400);
		uint64_t got = 0;
		char text[64];
		struct tm tm;
		size_t length;

		gmtime_r(&want, &tm);
		length = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		differing += !cookie_date_parse(text, length, &got) || got != (uint64_t)want;
	}
	is_int(differing, 0, "the same seconds as gmtime_r");
}

int main(void)
{
	test_dates();
	test_no_dates();
	test_calendar();
	return tap_done();
}
