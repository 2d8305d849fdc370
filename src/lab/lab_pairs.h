/*
 * The pairs of an experiment: every arm once, in random order, again and again, until there are
 * enough of them or somebody says that it is enough (lab.h, struct lab_proof). Inside of lab/ only.
 */
#ifndef LAB_LAB_PAIRS_H
#define LAB_LAB_PAIRS_H

#include <stdint.h>

#include "lab/disturbance.h"
#include "lab/lab.h"
#include "stats/rng.h"

/* What is compared: arms, named loads, each arm under each load, or the sides of a proof. */
struct variant {
	char *name;
	struct plan plan; /* expanded */
	/* for the store; texts of the side, or in `vars` */
	struct arm_source source;
	char *vars; /* JSON */
};

struct experiment_loop {
	const struct lab_options *options; /* with the seed drawn */
	struct lab_outcome *outcome;
	struct variant *variants;
	uint32_t variant_count;
	struct rng order;
	uint64_t begin_ns;
	uint32_t next_number;
	struct disturbance_log disturbances;
	bool is_limit_noted;
};

/* Of one run; 0 = open-ended. */
uint64_t lab_pairs_expect_ns(const struct plan *plan);

/* Makes the pairs. Errors as lab_run(). */
int lab_pairs_run(struct experiment_loop *loop, struct err *err);

#endif
