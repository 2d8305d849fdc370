/*
 * An experiment beside the accepted baseline of its plan: what `track` prints and `accept` refuses
 * by.
 */
#ifndef CMD_TRACKED_H
#define CMD_TRACKED_H

#include <stdbool.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"
#include "view/track_view.h"

/* Zeroed is nothing; released also after an error. */
struct tracked {
	struct arena arena;
	struct selection head, base;
	struct track_view view;
	bool is_baseline; /* the head is what was accepted */
};

/*
 * Selects the head. -EINVAL in a sentence when `word` is of no `sonde run`, or a file; -ENOENT when
 * there is nothing of that name.
 */
int tracked_open(struct tracked *tracked, const char *store_path, const char *word,
		 struct err *err);

/*
 * Reads the view. A baseline that is gone, damaged or the head itself is a sentence of the view; an
 * error is of the head or the store.
 */
int tracked_read(struct tracked *tracked, const struct track_view_options *options,
		 struct err *err);

void tracked_release(struct tracked *tracked);
static inline void tracked_cleanup(struct tracked *tracked)
{
	tracked_release(tracked);
}

#endif
