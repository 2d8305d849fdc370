#include "import/foreign_load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/parse.h"

enum { NUMBER_BYTES = 64 };

void foreign_load_release(struct foreign_load *load)
{
	vec_release(&load->metrics);
	vec_release(&load->names);
	series_list_release(&load->series);
}

static bool has_metric(const struct foreign_load *load, const struct metric_value *metric)
{
	for (size_t i = 0; i < load->metrics.count; i++)
		if (strcmp(load->metrics.items[i].name, metric->name) == 0 &&
		    strcmp(load->metrics.items[i].scope, metric->scope) == 0)
			return true;
	return false;
}

void foreign_load_add(struct foreign_load *load, const char *metric, const char *scope,
		      double value)
{
	struct metric_value one = {.value = value};

	if (!isfinite(value) || value < 0)
		return;
	snprintf(one.name, sizeof(one.name), "%s", metric);
	snprintf(one.scope, sizeof(one.scope), "%s", scope);
	if (!has_metric(load, &one)) /* two long names may be cut to the same: the first counts */
		vec_push(&load->metrics, one);
}

void foreign_load_add_quantile(struct foreign_load *load, const char *metric, const char *scope,
			       double q, uint64_t count, double ns)
{
	if (quantile_is_earned(count, q))
		foreign_load_add(load, metric, scope, ns);
}

void foreign_load_add_counts(struct foreign_load *load, const char *scope, double answered,
			     double offered, double failed)
{
	double ratio = offered > 0 ? fmin(failed / offered, 1) : (double)NAN;

	foreign_load_add(load, "requests", scope, answered);
	foreign_load_add(load, "success_ratio", scope, 1 - ratio);
	foreign_load_add(load, "failures_per_request", scope, ratio);
	if (scope[0] == '\0' && failed >= 0 && failed < 1e18)
		load->failure_count = (uint64_t)failed;
}

double foreign_load_find(const struct foreign_load *load, const char *metric)
{
	for (size_t i = 0; i < load->metrics.count; i++)
		if (load->metrics.items[i].scope[0] == '\0' &&
		    strcmp(load->metrics.items[i].name, metric) == 0)
			return load->metrics.items[i].value;
	return (double)NAN;
}

/* The number at the beginning, and how long it is; NAN when there is none. */
static double parse_number(const char *text, size_t length, size_t *ret_length)
{
	char number[NUMBER_BYTES];
	size_t digits = 0;
	double value;

	while (digits < length && strchr("0123456789.", text[digits]) != NULL &&
	       text[digits] != '\0')
		digits++;
	*ret_length = digits;
	if (digits == 0 || digits >= sizeof(number))
		return (double)NAN;
	memcpy(number, text, digits);
	number[digits] = '\0';
	return parse_double(number, &value) == 0 ? value : (double)NAN;
}

static bool is_unit(const char *text, size_t length, const char *unit)
{
	return length == strlen(unit) && memcmp(text, unit, length) == 0;
}

double foreign_load_parse_number(const char *text)
{
	char number[64];
	size_t length;
	double value;

	text += strspn(text, " \t");
	length = strspn(text, "0123456789.");
	if (length == 0 || length >= sizeof(number))
		return (double)NAN;
	memcpy(number, text, length);
	number[length] = '\0';
	return parse_double(number, &value) == 0 ? value : (double)NAN;
}

double foreign_load_parse_time(const char *text, size_t length)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	size_t digits;
	double value = parse_number(text, length, &digits);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (is_unit(text + digits, length - digits, units[i].name))
			return value * units[i].ns;
	return (double)NAN;
}

double foreign_load_parse_amount(const char *text, size_t length, double scale)
{
	static const char units[] = "kMGTP";
	size_t digits;
	double value = parse_number(text, length, &digits);
	const char *unit;

	if (digits == length)
		return value;
	unit = text[digits] == 'K' ? units : strchr(units, text[digits]);
	if (digits + 1 != length || unit == NULL || *unit == '\0')
		return (double)NAN;
	return value * pow(scale, (double)(unit - units) + 1);
}
