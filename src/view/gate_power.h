/*
 * What a comparison could have seen: a gate that says "no regression" says beside it how large a
 * one it would have found. From the scatter of its own runs, by simulation of the very procedure
 * (stats/power.h): so it is as good as that scatter is known, which of six pairs is not very.
 */
#ifndef VIEW_GATE_POWER_H
#define VIEW_GATE_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/sequential.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/run_diff.h"
#include "view/selection.h"

#define GATE_POWER_EFFECT 0.05 /* the change whose share is stated */
#define GATE_POWER_SHARE 0.8   /* "in 4 of 5 cases" */

struct gate_power {
	bool is_known;
	double effect;	    /* GATE_POWER_EFFECT */
	double seen_ratio;  /* of comparisons like this one that would call it REGRESSED, 0..1 */
	double false_ratio; /* that would call no change at all so */
	double visible;	    /* smallest change that is seen in 4 of 5 cases; INFINITY = none */
	double sd;	    /* of a pair's difference of logarithms (unpaired: of one run) */
	uint32_t n_base, n_head;
	uint32_t trials; /* of the simulation: a false_ratio of 0 is "less than 3 / trials" */
	/* "sees 5 % in 97 of 100 cases, false alarm 1 in 40; smallest change seen in 4 of 5 cases:
	 * 3.1 %"; or why it is not known */
	const char *sentence;
};

/*
 * Of the primary metric of `diff`, which is of these sides. `looks` NULL = looked at once, with the
 * runs that there are. Takes some 100 ms. Errors are those of the store.
 */
int gate_power_read(struct gate_power *ret_power, struct arena *arena, const struct selection *base,
		    uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		    const struct run_diff *diff, const struct sequential *looks, struct err *err);

/* The same from values (positive; those that are not count nowhere); paired ones by place. */
struct gate_power_input {
	const double *base, *head;
	uint32_t n_base, n_head; /* paired: the same */
	bool is_paired;
	double delta;			/* relative */
	const struct sequential *looks; /* NULL = one */
};
void gate_power_compute(struct gate_power *ret_power, struct arena *arena,
			const struct gate_power_input *input);

#endif
