/*
 * What an experiment that was to end with a verdict was asked, and what it came to. Texts belong to
 * whoever made the struct.
 */
#ifndef MODEL_PROOF_RECORD_H
#define MODEL_PROOF_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/verdict.h"

struct proof_record {
	const char *experiment;
	const char *command;	    /* prove | gate | track */
	double delta;		    /* asked for, relative; 0 = as it is by itself */
	uint32_t first, step, last; /* stats/sequential.h */
	uint64_t max_time_ns;	    /* 0 = none */
	bool is_null;		    /* both sides are the same program: an A/A proof */
	uint32_t pairs, rejected;   /* counted, and thrown away because they were disturbed */
	uint64_t measured_ns;	    /* time taken so far, all parts of it together */
	/* times that pairs were added behind the last look of before: each adds to the error */
	uint32_t extended;
	enum verdict verdict; /* so far */
	/* conclusive | pairs | time | interrupted | failed; "" = runs */
	const char *end;
};

#endif
