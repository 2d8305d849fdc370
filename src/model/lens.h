/*
 * The ways in which a run was looked at, each with what it cost: `run` lists them, so that nobody
 * has to guess what was on, or whether it disturbed.
 */
#ifndef MODEL_LENS_H
#define MODEL_LENS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/vec.h"

enum { LENS_TEXT_BYTES = 512 };

struct lens {
	char name[24]; /* "monitors" "profile" "syscalls" "counters" */
	bool is_on;
	uint64_t cpu_ns;       /* of sonde's own, spent on it in the window */
	uint64_t stop_ns;      /* threads of the services were stopped for so long; 0 mostly */
	double service_cpu_ns; /* estimated: added to the services' own CPU time; 0 = none known */
	/* how: "1 s, 214 series"; or why it was off, and the command that mends it */
	char text[LENS_TEXT_BYTES];
};

struct lenses {
	VEC_FIELDS(struct lens);
};

#endif
