/*
 * From the plan's load section to the load generator's configuration: reads the data files, chooses
 * threads and CPUs. Owns what load_config points to.
 */
#ifndef LAB_LOAD_SETUP_H
#define LAB_LOAD_SETUP_H

#include "lab/plan.h"
#include "load/feed.h"
#include "load/load.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

struct load_setup {
	struct arena arena;
	struct load_config config; /* points into the arena, the plan and the feeds */
	struct {
		VEC_FIELDS(struct feed *);
	} feeds;
};

/*
 * `plan` is expanded and outlives the setup. With services pinned to some CPUs, the generator takes
 * the others. Release also after an error. Sentences name file and line.
 */
int load_setup_make(struct load_setup *setup, const struct plan *plan, uint64_t seed,
		    struct err *err);
void load_setup_release(struct load_setup *setup);

#endif
