/*
 * One run's answers in pieces of time, in their order: what resampling draws from
 * (stats/bootstrap.h). A piece is a second, and in long runs several: they tell as much of the
 * noise, and a histogram takes some 100 KB.
 */
#ifndef VIEW_RUN_PIECES_H
#define VIEW_RUN_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"
#include "store/store_read.h"
#include "util/arena.h"
#include "util/err.h"

enum { RUN_PIECES_MOST = 120 };

struct run_pieces {
	struct histogram **responses; /* by piece; what came later than the window is in the last */
	uint32_t count, seconds_each;
	struct histogram *answers;  /* of all pieces */
	struct histogram *censored; /* ages of those given up on */
	/* by second of the window: answers that came in it, and how much of it is the window's */
	double *completed, *lengths;
	uint32_t second_count;
	bool has_request; /* the run knows the request that was asked for */
};

/*
 * `request` "" = all together; a run that has none of that name has no answers. `window_ns` is the
 * load's, `most` how many pieces there may be at most (at least 1). Release also after an error.
 */
int run_pieces_read(struct run_pieces *ret_pieces, struct arena *arena, struct store *store,
		    const struct stored_run *run, const char *request, uint64_t window_ns,
		    uint32_t most, struct err *err);
void run_pieces_release(struct run_pieces *pieces);

/*
 * How many pieces belong together, by how the mean response time goes (bootstrap_choose_block()).
 */
uint32_t run_pieces_choose_block(const struct run_pieces *pieces);

/*
 * Whether requests that were given up on move a quantile out of its slot, or leave it without a
 * value; answers alone then do not tell it.
 */
bool run_pieces_is_moved(const struct histogram *answers, const struct histogram *censored,
			 double q);

#endif
