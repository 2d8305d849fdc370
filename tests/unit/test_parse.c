#include "util/parse.h"

#include <errno.h>

#include "tap.h"

static void test_integers(void)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "a"};
	uint64_t value = 77;
	int64_t number = 77;
	int wrong = 0;

	ok(parse_u64("0", &value) == 0 && value == 0, "0");
	ok(parse_u64("18446744073709551615", &value) == 0 && value == UINT64_MAX, "the largest");
	value = 77;
	is_int(parse_u64("18446744073709551616", &value), -ERANGE, "one more");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		wrong += parse_u64(bad[i], &value) != -EINVAL;
	is_int(wrong, 0, "what is no number is refused");
	is_int(value, 77, "and nothing is written");
	ok(parse_i64("-12", &number) == 0 && number == -12, "a negative one");
	ok(parse_i64("9223372036854775807", &number) == 0 && number == INT64_MAX,
	   "the largest signed");
	is_int(parse_i64("9223372036854775808", &number), -ERANGE, "one more");
	is_int(parse_i64("--1", &number), -EINVAL, "two signs");
}

static void test_doubles(void)
{
	static const char *const bad[] = {"",	 ".",	  "-",	"1.2.3", "1e",	"1e+", "inf",
					  "nan", "0x1p3", " 1", "1 ",	 "1,5", "+1"};
	double value = 77;
	int wrong = 0;

	ok(parse_double("-2.5e3", &value) == 0 && value == -2500.0, "-2.5e3");
	ok(parse_double(".5", &value) == 0 && value == 0.5, ".5");
	ok(parse_double("5.", &value) == 0 && value == 5.0, "5.");
	is_int(parse_double("1e999", &value), -ERANGE, "finite only");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		wrong += parse_double(bad[i], &value) != -EINVAL;
	is_int(wrong, 0, "what is no number is refused");
	ok(value == 5.0, "and nothing is written");
}

/* The value in ns, or the error. */
static int64_t duration(const char *text)
{
	uint64_t ns = 0;
	int r = parse_duration_ns(text, &ns);

	return r < 0 ? r : (int64_t)ns;
}

static int64_t size(const char *text)
{
	uint64_t bytes = 0;
	int r = parse_size_bytes(text, &bytes);

	return r < 0 ? r : (int64_t)bytes;
}

static double rate(const char *text)
{
	double hz = 0;
	int r = parse_rate_hz(text, &hz);

	return r < 0 ? r : hz;
}

static void test_units(void)
{
	is_int(duration("250us"), 250000, "250us");
	is_int(duration("500ms"), 500000000, "500ms");
	is_int(duration("1.5s"), 1500000000, "1.5s");
	is_int(duration("2m"), 120000000000, "2m");
	is_int(duration("1h"), 3600000000000, "1h");
	is_int(duration("10"), 10000000000, "a bare number is seconds");
	is_int(duration("0.1"), 100000000, "0.1, exactly");
	is_int(duration("366h"), 366 * 3600000000000, "366h");
	is_int(duration("8785h"), -ERANGE, "more than 366 days");
	is_int(duration("2x"), -EINVAL, "no such unit");
	is_int(duration("-1s"), -EINVAL, "negative");
	is_int(duration("ms"), -EINVAL, "no number");

	is_int(size("4096"), 4096, "4096");
	is_int(size("64k"), 65536, "64k");
	is_int(size("8M"), 8 << 20, "8M");
	is_int(size("1G"), 1 << 30, "1G");
	is_int(size("1.5KiB"), 1536, "1.5KiB");
	is_int(size("2MB"), 2 << 20, "2MB");
	is_int(size("1T"), -EINVAL, "no such unit");
	is_int(size("1e19"), -ERANGE, "too many");

	is_near(rate("5000"), 5000, 0, "5000");
	is_near(rate("5000/s"), 5000, 0, "5000/s");
	is_near(rate("300/m"), 5, 1e-12, "300/m");
	is_near(rate("0"), -ERANGE, 0, "nothing per second is no rate");
	is_near(rate("5/x"), -EINVAL, 0, "no such unit");
}

static void test_bool(void)
{
	bool value = false;

	ok(parse_bool("Yes", &value) == 0 && value, "Yes");
	ok(parse_bool("off", &value) == 0 && !value, "off");
	ok(parse_bool("true", &value) == 0 && value, "true");
	is_int(parse_bool("1", &value), -EINVAL, "1 is a number");
}

static void test_nearest(void)
{
	static const char *const names[] = {"duration", "connections", "rate", "requests", NULL};

	is_int(parse_edit_distance("", "abc"), 3, "three inserted");
	is_int(parse_edit_distance("kitten", "sitting"), 3, "kitten, sitting");
	is_int(parse_edit_distance("ab", "ba"), 1, "a swap is one");
	is_int(parse_edit_distance("ca", "abc"), 3, "of neighbours only");
	is_int(parse_edit_distance("RATE", "rate"), 0, "case is ignored");
	is_str(parse_find_nearest("duraton", names), "duration", "a letter forgotten");
	is_str(parse_find_nearest("reqeusts", names), "requests", "two letters swapped");
	is_str(parse_find_nearest("rat", names), "rate", "a short word");
	ok(parse_find_nearest("colour", names) == NULL, "another word");
	ok(parse_find_nearest("go", names) == NULL, "a short other word");
}

int main(void)
{
	test_integers();
	test_doubles();
	test_units();
	test_bool();
	test_nearest();
	return tap_done();
}
