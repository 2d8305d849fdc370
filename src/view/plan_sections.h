/*
 * Which parts of two plan files differ, without reading what they mean: lines under each top key.
 */
#ifndef VIEW_PLAN_SECTIONS_H
#define VIEW_PLAN_SECTIONS_H

#include "util/arena.h"

/*
 * "services, vars": the keys at the left border under which the texts differ, those of `base`
 * first; "" when none does. Comments, blank lines and blanks at the ends of lines do not count.
 */
const char *plan_sections_compare(struct arena *arena, const char *base, const char *head);

#endif
