/* The `requests:` of a load section. */
#ifndef LAB_PLAN_REQUEST_H
#define LAB_PLAN_REQUEST_H

#include <stddef.h>

#include "lab/plan.h"
#include "lab/plan_reader.h"

/* "request:NAME" fits a scope of model/metric.h */
enum { PLAN_REQUEST_NAME_BYTES = 55 };

/* Reads the list into load->requests; `node` NULL: the one request that there is without it. */
int plan_request_read_all(const struct plan_reader *reader, const struct plan_node *node,
			  struct plan_load *load);

/* "METHOD path", cut when it is too long for a name. At most INT_MAX bytes of path. */
void plan_request_format_name(char name[static PLAN_REQUEST_NAME_BYTES + 1], const char *method,
			      const char *path, size_t path_length);

/* The request of that name; NULL when there is none. */
const struct plan_request *plan_request_find(const struct plan_load *load, const char *name);

#endif
