/*
 * warmup: auto. Where the load had settled: MSER-5 (stats/steady.h) on the tenths of seconds that
 * the generator's threads kept, of the throughput (closed loop: in open loop it is the schedule's)
 * and of the response time's mean logarithm. Pure.
 */
#ifndef LAB_WARMUP_H
#define LAB_WARMUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/load_record.h"

enum { WARMUP_TEXT_BYTES = 240 };

struct warmup {
	uint32_t cut_seconds; /* whole ones: the later of both ends, rounded up */
	bool is_steady; /* false: it never settled, or was too short to tell; nothing is cut */
	char text[WARMUP_TEXT_BYTES]; /* what was found, in words; "" = was not looked for */
};

/* `seconds` in any order. */
void warmup_find(struct warmup *ret_warmup, const struct load_thread_second *seconds, size_t count,
		 bool is_open_loop);

#endif
