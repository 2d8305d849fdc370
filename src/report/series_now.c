#include "report/series_now.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* All points of an interval have its end as their time. */
static uint64_t find_newest(const struct series_list *list)
{
	uint64_t newest_ns = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct series *series = &list->items[i];

		if (series->points.count > 0 &&
		    series->points.items[series->points.count - 1].time_ns > newest_ns)
			newest_ns = series->points.items[series->points.count - 1].time_ns;
	}
	return newest_ns;
}

static double get_last(const struct series *series, uint64_t time_ns)
{
	const struct series_point *last;

	if (series->points.count == 0)
		return (double)NAN;
	last = &series->points.items[series->points.count - 1];
	return last->time_ns == time_ns ? last->value : (double)NAN;
}

double series_now_get(const struct series_list *list, const char *name, const char *scope)
{
	const struct series *series = series_list_find(list, name, scope);

	return series != NULL ? get_last(series, find_newest(list)) : (double)NAN;
}

static bool is_counted_elsewhere(const char *scope)
{
	static const char *const prefixes[] = {"dm-", "md", "loop"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i]);

		if (strncmp(scope, prefixes[i], length) == 0 && scope[length] >= '0' &&
		    scope[length] <= '9')
			return true;
	}
	return strchr(scope, ':') != NULL;
}

double series_now_get_sum(const struct series_list *list, const char *name)
{
	uint64_t newest_ns = find_newest(list);
	double sum = (double)NAN;

	for (size_t i = 0; i < list->count; i++) {
		const struct series *series = &list->items[i];
		double value = get_last(series, newest_ns);

		if (strcmp(series->name, name) != 0 || isnan(value) ||
		    is_counted_elsewhere(series->scope))
			continue;
		sum = isnan(sum) ? value : sum + value;
	}
	return sum;
}
