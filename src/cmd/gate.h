/*
 * A gate while it is made: the ways to measure it (gate_revision.c: both sides now, interleaved;
 * gate_baseline.c: runs now against runs that were accepted or exported) fill one struct
 * gate_result.
 */
#ifndef CMD_GATE_H
#define CMD_GATE_H

#include "cmd/gate_args.h"
#include "cmd/proof.h"
#include "cmd/tracked.h"
#include "view/gate_result.h"

struct gate {
	struct gate_args *args;
	const char *command_line;
	struct session session;
	struct plan plan;
	struct arena arena;
	struct gate_result result; /* its texts are the arena's, or of what follows */
	bool has_result;
	struct side sides[2]; /* against a revision */
	struct proof proof;
	struct tracked tracked; /* against a baseline */
};

/* Both fill `result`; CMD_OK, or the status of what kept them from it, after a message. */
int gate_measure_revision(struct gate *gate);
int gate_measure_baseline(struct gate *gate);

/* The whole of `gate --selftest`; the exit status. */
int gate_run_selftest(struct gate *gate);

/* `sonde gate --self-burn CPUS`: what the self-test adds to a service. Ends when it is killed. */
int gate_burn(const char *cpus);

/* What both ways say of the end: verdict, time, sides. `sides` are the arena's. */
void gate_fill(struct gate *gate, struct gate_side *sides, uint32_t side_count);

/* Adds a sentence to the result's notes, once. */
void gate_add_note(struct gate *gate, const char *text);

/* All but the arguments, which are the caller's. */
void gate_release(struct gate *gate);

#endif
