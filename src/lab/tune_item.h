/*
 * What makes measurements on this machine noisy, or hides what is to be measured: each thing with
 * its value, a better one, why, and the command. Reads only.
 */
#ifndef LAB_TUNE_ITEM_H
#define LAB_TUNE_ITEM_H

#include "procfs/proc_file.h"
#include "util/arena.h"
#include "util/vec.h"

enum tune_item_state {
	TUNE_QUIET,  /* as it should be */
	TUNE_SET,    /* as it should be, because tune has set it */
	TUNE_NOISY,  /* tune would set it */
	TUNE_ADVICE, /* not tune's to set: a command for who wants it */
	TUNE_KEPT,   /* shown, and left as it is */
	TUNE_ABSENT, /* this machine has no such setting */
};

struct tune_item {
	const char *name; /* "perf_event_paranoid": stable, for JSON; as doctor's */
	enum tune_item_state state;
	const char *value;   /* now */
	const char *wanted;  /* what tune sets; "" = nothing */
	const char *before;  /* TUNE_SET: what is put back; else "" */
	const char *why;     /* one sentence */
	const char *command; /* that sets it; "" = none is needed, or there is none */
};

struct tune_items {
	VEC_FIELDS(struct tune_item);
};

const char *tune_item_state_name(enum tune_item_state state); /* "quiet" "set" "noisy" … */

/* Reads only. All texts live in the arena. */
void tune_item_examine(const struct procfs *fs, struct arena *arena, struct tune_items *items);

#endif
