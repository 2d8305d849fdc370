#include "util/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/clock.h"

int parse_u64(const char *text, uint64_t *ret_value)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end != '\0')
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int parse_i64(const char *text, int64_t *ret_value)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	uint64_t magnitude;
	int r = parse_u64(digits, &magnitude);

	if (r < 0)
		return r;
	if (magnitude > (uint64_t)INT64_MAX)
		return -ERANGE;
	*ret_value = digits == text ? (int64_t)magnitude : -(int64_t)magnitude;
	return 0;
}

/* Parses a leading decimal number (no sign, no hex, no "inf"); points `ret_rest` behind it. */
static int parse_leading_number(const char *text, double *ret_value, const char **ret_rest)
{
	const char *at = text;
	char *end;

	while (isdigit((unsigned char)*at) || *at == '.')
		at++;
	if (at == text || (at == text + 1 && *text == '.'))
		return -EINVAL;
	if ((*at == 'e' || *at == 'E') &&
	    (isdigit((unsigned char)at[1]) || at[1] == '-' || at[1] == '+'))
		for (at += 2; isdigit((unsigned char)*at); at++)
			;
	errno = 0;
	*ret_value = strtod(text, &end);
	if (end != at)
		return -EINVAL;
	if (errno == ERANGE || !isfinite(*ret_value))
		return -ERANGE;
	*ret_rest = end;
	return 0;
}

int parse_double(const char *text, double *ret_value)
{
	bool is_negative = text[0] == '-';
	const char *rest;
	double value;
	int r = parse_leading_number(text + (is_negative ? 1 : 0), &value, &rest);

	if (r < 0)
		return r;
	if (*rest != '\0')
		return -EINVAL;
	*ret_value = is_negative ? -value : value;
	return 0;
}

struct unit {
	const char *name;
	double scale;
};

/* number + unit; `units` ends with a NULL name, the empty name stands for "no unit". */
static int parse_with_unit(const char *text, const struct unit *units, double *ret_value)
{
	const char *rest;
	double value;
	int r = parse_leading_number(text, &value, &rest);

	if (r < 0)
		return r;
	while (*rest == ' ')
		rest++;
	for (; units->name != NULL; units++) {
		if (strcmp(rest, units->name) == 0) {
			*ret_value = value * units->scale;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_duration_ns(const char *text, uint64_t *ret_ns)
{
	static const struct unit units[] = {{"", 1e9},	   {"ns", 1},	  {"us", 1e3},
					    {"ms", 1e6},   {"s", 1e9},	  {"m", 60e9},
					    {"min", 60e9}, {"h", 3600e9}, {NULL, 0}};
	double ns;
	int r = parse_with_unit(text, units, &ns);

	if (r < 0)
		return r;
	if (ns > 366.0 * 24 * 3600e9)
		return -ERANGE;
	*ret_ns = (uint64_t)llround(ns);
	return 0;
}

int parse_size_bytes(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {{"", 1},	    {"B", 1},	     {"k", 1024},
					    {"K", 1024},    {"kB", 1024},    {"KiB", 1024},
					    {"M", 1 << 20}, {"MB", 1 << 20}, {"MiB", 1 << 20},
					    {"G", 1 << 30}, {"GB", 1 << 30}, {"GiB", 1 << 30},
					    {NULL, 0}};
	double bytes;
	int r = parse_with_unit(text, units, &bytes);

	if (r < 0)
		return r;
	if (bytes > 9e18)
		return -ERANGE;
	*ret_bytes = (uint64_t)bytes;
	return 0;
}

int parse_rate_hz(const char *text, double *ret_hz)
{
	static const struct unit units[] = {{"", 1},	 {"/s", 1},	{"rps", 1},
					    {"k", 1000}, {"k/s", 1000}, {"/m", 1.0 / 60},
					    {NULL, 0}};
	double hz;
	int r = parse_with_unit(text, units, &hz);

	if (r < 0)
		return r;
	if (hz <= 0 || hz > 1e9)
		return -ERANGE;
	*ret_hz = hz;
	return 0;
}

int parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*ret_value = i % 2 == 1;
			return 0;
		}
	}
	return -EINVAL;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

unsigned parse_edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 64 };
	unsigned rows[3][LONGEST]; /* optimal string alignment, three rows kept */
	size_t length_a = strnlen(a, LONGEST - 1), length_b = strnlen(b, LONGEST - 1);

	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= length_a; i++) {
		unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3],
			 *earlier = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= length_b; j++) {
			int ca = tolower((unsigned char)a[i - 1]),
			    cb = tolower((unsigned char)b[j - 1]);

			now[j] = min3(before[j] + 1, now[j - 1] + 1, before[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]) && earlier[j - 2] + 1 < now[j])
				now[j] = earlier[j - 2] + 1;
		}
	}
	return rows[length_a % 3][length_b];
}

const char *parse_find_nearest(const char *word, const char *const *names)
{
	const char *best = NULL;
	/* at this distance it is another word */
	unsigned best_distance = strlen(word) <= 4 ? 2 : 3;

	for (; *names != NULL; names++) {
		unsigned distance = parse_edit_distance(word, *names);

		if (distance < best_distance) {
			best = *names;
			best_distance = distance;
		}
	}
	return best;
}
