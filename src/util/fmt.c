#include "util/fmt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Three significant digits: 4.56, 45.6, 456. */
static int decimals_for(double value)
{
	double size = fabs(value);

	return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
}

char *fmt_duration(char buffer[static FMT_BYTES], double ns)
{
	static const struct {
		double limit_ns, scale;
		const char *unit;
	} units[] = {
		{999.5, 1, "ns"}, {999.5e3, 1e3, "us"}, {999.5e6, 1e6, "ms"}, {99.95e9, 1e9, "s"}};

	if (!isfinite(ns)) {
		snprintf(buffer, FMT_BYTES, "-");
		return buffer;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (fabs(ns) < units[i].limit_ns) {
			double value = ns / units[i].scale;
			int decimals = i == 0 && value == floor(value) ? 0 : decimals_for(value);

			snprintf(buffer, FMT_BYTES, "%.*f %s", decimals, value, units[i].unit);
			return buffer;
		}
	}
	if (fabs(ns) < 3600e9)
		snprintf(buffer, FMT_BYTES, "%dm%02ds", (int)(ns / 60e9), (int)fmod(ns / 1e9, 60));
	else
		snprintf(buffer, FMT_BYTES, "%.0fh%02dm",
			 trunc(fmax(fmin(ns, 1e30), -1e30) / 3600e9), (int)fmod(ns / 60e9, 60));
	return buffer;
}

char *fmt_count(char buffer[static FMT_BYTES], double value)
{
	char digits[FMT_BYTES];
	size_t length, out = 0, first;

	if (fabs(value) < 100 && value != floor(value)) {
		snprintf(buffer, FMT_BYTES, "%.*f", decimals_for(value), value);
		return buffer;
	}
	if (!(fabs(value) < 1e18)) {
		snprintf(buffer, FMT_BYTES, "%.3g", value);
		return buffer;
	}
	snprintf(digits, sizeof(digits), "%.0f", value);
	length = strlen(digits);
	first = digits[0] == '-' ? 1 : 0;
	for (size_t i = 0; i < length && out < FMT_BYTES - 2; i++) {
		if (i > first && (length - i) % 3 == 0)
			buffer[out++] = ',';
		buffer[out++] = digits[i];
	}
	buffer[out] = '\0';
	return buffer;
}

char *fmt_bytes(char buffer[static FMT_BYTES], double bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	size_t unit = 0;

	while (fabs(bytes) >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1000;
		unit++;
	}
	snprintf(buffer, FMT_BYTES, "%.*f %s",
		 unit == 0 && bytes == floor(bytes) ? 0 : decimals_for(bytes), bytes, units[unit]);
	return buffer;
}

char *fmt_percent(char buffer[static FMT_BYTES], double ratio)
{
	double percent = ratio * 100;

	snprintf(buffer, FMT_BYTES, "%.*f %%", fabs(percent) < 0.995 && percent != 0 ? 2 : 1,
		 percent);
	return buffer;
}

char *fmt_change(char buffer[static FMT_BYTES], double ratio)
{
	snprintf(buffer, FMT_BYTES, "%+.1f %%", (ratio - 1) * 100);
	return buffer;
}

char *fmt_wall_time(char buffer[static FMT_BYTES], uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000u);
	struct tm local;

	localtime_r(&seconds, &local);
	strftime(buffer, FMT_BYTES, "%Y-%m-%d %H:%M:%S", &local);
	return buffer;
}
