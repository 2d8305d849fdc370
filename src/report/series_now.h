/* What series say of the interval that ended last: a series without a point there says nothing. */
#ifndef REPORT_SERIES_NOW_H
#define REPORT_SERIES_NOW_H

#include "model/series.h"

/* NaN when there is none. */
double series_now_get(const struct series_list *list, const char *name, const char *scope);

/*
 * Of all the devices of this machine, added up; NaN when there is none. What stands on others
 * (volumes, arrays, loops), and would count twice, is left out, and so are interfaces of other
 * network namespaces ("ROLE:NAME").
 */
double series_now_get_sum(const struct series_list *list, const char *name);

#endif
