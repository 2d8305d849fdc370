/*
 * The last few windows of a profile that goes on: what `top` shows. Windows come one after the
 * other, each a profile of its own; the oldest falls out. Nothing is stored.
 *
 * Shares are of the windows that are held: a function that stopped running is gone when the last
 * window that has it is.
 */
#ifndef VIEW_LIVE_FUNCTIONS_H
#define VIEW_LIVE_FUNCTIONS_H

#include <stdint.h>

#include "model/profile_data.h"
#include "util/arena.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

struct live_functions;

/* `window_count`: how many are held, from 1. */
struct live_functions *live_functions_new(uint32_t window_count);
void live_functions_free(struct live_functions *live); /* NULL accepted */

/* Takes the tables; `window` is empty then. */
void live_functions_take(struct live_functions *live, struct profile_data *window);

/*
 * Functions by self time of the first event, and all threads; `tid` 0 = functions of all threads,
 * else of that one. The summary is of all.
 */
void live_functions_read(const struct live_functions *live, struct arena *arena, uint32_t tid,
			 struct hot_functions *ret_view);

/* The call tree of the same samples. */
void live_functions_read_tree(const struct live_functions *live, struct arena *arena, uint32_t tid,
			      struct call_tree *ret_tree);

#endif
