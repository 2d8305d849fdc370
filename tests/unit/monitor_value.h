/* What a test of a monitor asks of the series: the value at the end of one. */
#ifndef MONITOR_VALUE_H
#define MONITOR_VALUE_H

#include <math.h>

#include "model/series.h"

/* The last point's; NAN, which is near nothing, without such a series or in another unit. */
static inline double get_value(const struct series_list *series, const char *name,
			       const char *scope, enum series_unit unit)
{
	const struct series *found = series_list_find(series, name, scope);

	if (found == NULL || found->points.count == 0 || found->unit != unit)
		return (double)NAN;
	return found->points.items[found->points.count - 1].value;
}

/* 0 without such a series. */
static inline size_t count_points(const struct series_list *series, const char *name,
				  const char *scope)
{
	const struct series *found = series_list_find(series, name, scope);

	return found != NULL ? found->points.count : 0;
}

#endif
