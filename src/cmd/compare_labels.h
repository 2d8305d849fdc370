/* What the sides of `sonde compare` are called when they are files. */
#ifndef CMD_COMPARE_LABELS_H
#define CMD_COMPARE_LABELS_H

#include <stdint.h>

#include "view/selection.h"

/*
 * Takes the folder that all imported files have in common off their words: "before/x_stats.csv" and
 * "after/x_stats.csv" of any place; a single one becomes its base name. Other words stay.
 */
void compare_labels_shorten(struct selection *const *selections, uint32_t count);

#endif
