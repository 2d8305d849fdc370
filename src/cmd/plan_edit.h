/*
 * Options written into a plan as keys. The first error stays, and what is set after it is dropped,
 * so that a row of edits is checked once, at its end.
 */
#ifndef CMD_PLAN_EDIT_H
#define CMD_PLAN_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/plan.h"
#include "util/err.h"

/* A duration that was not given. */
#define PLAN_EDIT_UNSET UINT64_MAX

struct plan_edit {
	struct plan *plan;
	struct err *err;
	int result;	    /* 0 or the first error, whose sentence is in `err` */
	bool is_over_loads; /* what is set in the load holds in the named ones, too */
};

/* `value` as it stands in a file: ${name} is a variable. NULL = not given, nothing is set. */
void plan_edit_set(struct plan_edit *edit, const char *key, const char *value);

/* A text that stands for itself, with any '$' in it. */
void plan_edit_set_plain(struct plan_edit *edit, const char *key, const char *value);

/* 0 = not given */
void plan_edit_set_count(struct plan_edit *edit, const char *key, uint32_t value);
/* 0 = not given */
void plan_edit_set_rate(struct plan_edit *edit, const char *key, double hz);
void plan_edit_set_duration(struct plan_edit *edit, const char *key, uint64_t ns);
void plan_edit_remove(struct plan_edit *edit, const char *key);

/* An error of the options themselves. */
void plan_edit_fail(struct plan_edit *edit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
