/*
 * What RUN on a command line means: one experiment of a store, and of it all runs, one arm's, or
 * one. Views take a selection; whatever shows several runs of an arm merges them.
 *
 *	@last   @-1   k7f3   k7f3m9qa.3   @last/proxy   before/proxy#3   run.sonde   run.sonde/proxy
 *
 * A selection owns the store that it looks into (a .sonde file is a store of its own).
 */
#ifndef VIEW_SELECTION_H
#define VIEW_SELECTION_H

#include <stdint.h>

#include "store/store.h"
#include "store/store_read.h"
#include "util/arena.h"
#include "util/err.h"

struct selected_arm {
	const char *name;
	uint32_t place; /* in the plan */
	/* in pair order; those that have begun measuring and, but when asked for alone, count */
	struct stored_run *runs;
	uint32_t run_count;
};

struct selection {
	struct arena arena;
	struct store *store;
	const char *word; /* as typed */
	struct stored_experiment experiment;
	struct stored_run *runs; /* all selected ones, as they ran */
	uint32_t run_count;
	struct selected_arm *arms;
	uint32_t arm_count; /* 0 when the experiment ended before its first run */
};

/*
 * `store_path` is where the store is unless `word` names a file. -ENOENT, -ENOTUNIQ, … in a
 * sentence. Release also after an error.
 */
int selection_open(struct selection *selection, const char *store_path, const char *word,
		   struct err *err);
void selection_release(struct selection *selection);
static inline void selection_cleanup(struct selection *selection)
{
	selection_release(selection);
}

/* "proxy", or for an experiment without arms its name: what a column or file is called. */
const char *selection_arm_label(const struct selection *selection, uint32_t arm);

#endif
