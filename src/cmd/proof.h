/*
 * Two sides of a plan put against each other, pair by pair, until there is a verdict: what `prove`
 * and `gate` have in common.
 *
 *	sides (lab/side.h) ─ lab_run(): pairs in random order, disturbed ones thrown away
 *	  │ after each pair that counts: the store's row of the proof
 *	  └ after 8, 10, 12 … pairs: run_diff at the look's level; a verdict of the primary metric
 *	    ends it
 *
 * The experiment is of kind "prove". A proof whose sides are the same program (A/A) adds what it
 * found to the store: it should be nothing, and is the floor of later thresholds.
 */
#ifndef CMD_PROOF_H
#define CMD_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/session.h"
#include "lab/side.h"
#include "stats/sequential.h"
#include "store/store_proof.h"
#include "util/arena.h"
#include "view/run_summary.h"

struct proof_settings {
	const char *command;	  /* prove | gate */
	const char *command_line; /* as typed */
	const char *primary;	  /* NULL = the plan's */
	double delta;		  /* relative; 0 = as it is by itself */
	struct sequential looks;
	uint32_t most_pairs;	    /* 0 = looks.last; else it may end before the last look */
	uint64_t max_time_ns, seed; /* 0 = no limit; drawn */
	bool is_taking_all;	    /* also disturbed runs count */
	const struct plan *plan;    /* of both sides, as the experiment keeps it */
	/* an experiment to go on with (--continue): its id, and what it has; NULL = a new one */
	const char *experiment;
	struct proof_record before;
};

/* What it came to. Zeroed is nothing. */
struct proof {
	struct arena arena;
	struct selection selection;
	struct run_summary summary; /* side 0 the base, side 1 the head; diffs[0] */
	struct proof_record record;
	struct arm_source *arms; /* of the sides; in the arena */
	uint32_t arm_count;
	double level;		/* of the intervals */
	const char *core_speed; /* view/core_speed.h; "" */
	bool has_result;
};

/*
 * Makes the pairs and reads what they say. Returns the exit status so far: CMD_OK when it ended by
 * itself, after a message else (what was measured is read then, too). `proof` is released by the
 * caller.
 */
int proof_run(struct session *session, const struct side *sides,
	      const struct proof_settings *settings, struct proof *proof);

/*
 * Reads a proof that was made before, from the store. -ENODATA: it is none, or nothing was
 * measured.
 */
int proof_read(struct proof *proof, const char *store_path, const char *word, struct err *err);

/* The status that its verdict deserves: REGRESSED 1, none or INCONCLUSIVE 3. */
int proof_judge(const struct proof *proof);

void proof_release(struct proof *proof);

/*
 * With four CPUs or more, services that the plan pins nowhere get one half of the cores and the
 * load the other, so that neither waits for the other. Changes the plan; says so on stderr.
 */
int proof_pin(struct plan *plan, struct err *err);

#endif
