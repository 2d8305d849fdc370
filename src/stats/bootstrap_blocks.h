/*
 * A side of a bootstrap (bootstrap.h) as blocks of time that are drawn with replacement, and the
 * quantiles of what was drawn. How often each resample has each block is kept, so that a quantile
 * is found by bisection: how many answers lie at or below a slot is a sum over blocks. Only those
 * slots are looked at between which it can lie. Pure functions, safe from any thread.
 */
#ifndef STATS_BOOTSTRAP_BLOCKS_H
#define STATS_BOOTSTRAP_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/histogram.h"
#include "stats/bootstrap.h"
#include "stats/rng.h"

/* Walks up the slots of a block: `below` answers lie under `slot`. */
struct bootstrap_block {
	const struct histogram *answers;
	struct histogram *merged; /* of several seconds; owned */
	uint32_t slot;
	uint64_t below;
};

/* Blocks without answers are left out: they add to no quantile. */
struct bootstrap_blocks {
	struct bootstrap_block *items;
	uint32_t count, run_count;
	uint32_t *first;       /* of each run, and the end: run_count + 1 */
	uint32_t *weights;     /* by resample and block: how often it was drawn */
	struct histogram *all; /* answers of all blocks */
	uint32_t shift; /* counts are halved so often, that those of a block fit into 32 bits */
};

/*
 * Borrows the histograms. Runs without answers are left out; with a `partner` (NULL = none, else as
 * many runs) also those whose partner has none. `is_whole`: a run is one block.
 */
void bootstrap_blocks_init(struct bootstrap_blocks *blocks, const struct bootstrap_side *side,
			   const struct bootstrap_side *partner, bool is_whole);
void bootstrap_blocks_release(struct bootstrap_blocks *blocks);

/* Draws for a resample as many of a run's blocks as it has. */
void bootstrap_blocks_draw(struct bootstrap_blocks *blocks, uint32_t resample, uint32_t run,
			   struct rng *rng);

/* ln of the quantile q (ns) of each of BOOTSTRAP_RESAMPLES, all of which have been drawn. */
void bootstrap_blocks_find_replicates(struct bootstrap_blocks *blocks, double q, double *log_ns);

/* And of all blocks, each once. */
double bootstrap_blocks_find_log(const struct bootstrap_blocks *blocks, double q);

#endif
