/*
 * The seconds of a load while runs are merged into them: counts add up, response times merge. A
 * second's histogram rests encoded, so that an hour's take megabytes. What load_view.c builds the
 * view's and each request name's seconds with.
 */
#ifndef VIEW_LOAD_SECONDS_H
#define VIEW_LOAD_SECONDS_H

#include "model/load_record.h"
#include "util/arena.h"
#include "util/vec.h"
#include "view/load_view.h"

enum { LOAD_SECONDS_MAX = 1000000 }; /* twelve days: a later one is a damaged row, left out */

struct load_seconds_slot;

/* Zeroed = empty. */
struct load_seconds {
	VEC_FIELDS(struct load_seconds_slot);
};

/* `scratch` is overwritten. */
void load_seconds_add(struct load_seconds *seconds, const struct load_second *second,
		      struct histogram *scratch);

/* The generator's side: amounts of all threads add up, of the send lag the worst one stays. */
void load_seconds_add_thread(struct load_seconds *seconds, const struct load_thread_second *second);

/* Into the arena; `seconds` is empty afterwards. `scratch` is overwritten. */
struct load_view_second *load_seconds_settle(struct load_seconds *seconds, struct arena *arena,
					     struct histogram *scratch, uint32_t *ret_count);

#endif
