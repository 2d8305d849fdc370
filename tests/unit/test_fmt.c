#include "util/fmt.h"

#include <stdlib.h>
#include <time.h>

#include "tap.h"

int main(void)
{
	char b[FMT_BYTES];

	is_str(fmt_duration(b, 412), "412 ns", "whole ns");
	is_str(fmt_duration(b, 4.25), "4.25 ns", "parts of a ns");
	is_str(fmt_duration(b, 3.416e6), "3.42 ms", "three digits");
	is_str(fmt_duration(b, 45.61e3), "45.6 us", "with one decimal");
	is_str(fmt_duration(b, 999.6e6), "1.00 s", "never 1000 ms");
	is_str(fmt_duration(b, 9.996e6), "10.0 ms", "nor four digits");
	is_str(fmt_duration(b, 12.5e9), "12.5 s", "seconds");
	is_str(fmt_duration(b, 125e9), "2m05s", "minutes");
	is_str(fmt_duration(b, 3725e9), "1h02m", "hours");
	is_str(fmt_duration(b, 0), "0 ns", "nothing");
	is_str(fmt_duration(b, -2e6), "-2.00 ms", "negative");

	is_str(fmt_count(b, 0), "0", "0");
	is_str(fmt_count(b, 987), "987", "no comma below a thousand");
	is_str(fmt_count(b, 9876), "9,876", "one");
	is_str(fmt_count(b, 12345678), "12,345,678", "two");
	is_str(fmt_count(b, -1234567), "-1,234,567", "negative");
	is_str(fmt_count(b, 3.14159), "3.14", "parts below 100");
	is_str(fmt_count(b, 1234.6), "1,235", "whole above");
	is_str(fmt_count(b, 1e30), "1e+30", "too large for commas");

	is_str(fmt_bytes(b, 512), "512 B", "bytes");
	is_str(fmt_bytes(b, 1460000), "1.46 MB", "powers of 1000");
	is_str(fmt_bytes(b, 999600), "1.00 MB", "never 1000 kB");
	is_str(fmt_bytes(b, 5e15), "5000 TB", "no unit above TB");

	is_str(fmt_percent(b, 0.123), "12.3 %", "percent");
	is_str(fmt_percent(b, 0.00123), "0.12 %", "two decimals below one");
	is_str(fmt_percent(b, 0), "0.0 %", "none");
	is_str(fmt_change(b, 1.082), "+8.2 %", "more");
	is_str(fmt_change(b, 0.5), "-50.0 %", "less");

	setenv("TZ", "UTC", 1);
	tzset();
	is_str(fmt_wall_time(b, 1795223544ull * 1000000000u + 999999999u), "2026-11-21 01:12:24",
	       "wall time");
	is_str(fmt_wall_time(b, 0), "1970-01-01 00:00:00", "the beginning");
	return tap_done();
}
