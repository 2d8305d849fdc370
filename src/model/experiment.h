/*
 * Experiments and runs: what one `sonde run` (or `load`, or `record`) makes, and its parts.
 *
 * Ids: an experiment has 8 characters of Crockford's base32 in lower case (40 random bits),
 * "k7f3m9qa"; its runs are numbered from 1 in the order in which they ran, "k7f3m9qa.3".
 */
#ifndef MODEL_EXPERIMENT_H
#define MODEL_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

enum { EXPERIMENT_ID_CHARS = 8, EXPERIMENT_ID_BYTES = EXPERIMENT_ID_CHARS + 1, ARM_BYTES = 64 };

enum run_state { RUN_RUNNING, RUN_DONE, RUN_INTERRUPTED, RUN_FAILED };

const char *run_state_name(enum run_state state); /* "running" "done" "interrupted" "failed" */

/* Parts of a run, in this order. */
enum phase { PHASE_START, PHASE_WARMUP, PHASE_MEASURE, PHASE_DRAIN, PHASE_STOP, PHASE_COUNT };

const char *phase_name(enum phase phase); /* "start" "warm-up" "measure" "drain" "stop" */

struct run_record {
	char experiment[EXPERIMENT_ID_BYTES];
	uint32_t number; /* from 1 */
	char arm[ARM_BYTES];
	/* of the arm in the plan, from 0: the first is the base of comparisons */
	uint32_t arm_place;
	uint32_t pair; /* from 1; the n-th run of this arm */
	enum run_state state;
	uint64_t started_wall_ns;
	uint64_t phase_begin_ns[PHASE_COUNT]; /* CLOCK_MONOTONIC, 0 = not reached */
	uint64_t phase_end_ns[PHASE_COUNT];
	char failure[512]; /* one sentence when failed or interrupted */
};

/* A fresh id from the kernel's random numbers. */
void experiment_id_make(char id[static EXPERIMENT_ID_BYTES]);

/* Whether `text` (at most 8 characters) could begin an id. */
bool experiment_id_is_prefix(const char *text);

#endif
