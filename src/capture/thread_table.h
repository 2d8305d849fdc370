/*
 * Which threads have samplers of their own, since when, and from whom the others have inherited
 * theirs. Told by those who open samplers, and by records of forks and exits. Pure.
 */
#ifndef CAPTURE_THREAD_TABLE_H
#define CAPTURE_THREAD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "capture/pid_map.h"
#include "util/vec.h"

struct thread_table {
	struct pid_map opened;	  /* tid to the round in which it got its own */
	struct pid_map inherited; /* tid to the thread that has opened what it inherited */
	VEC(uint64_t) round_starts_ns;
};

/* With the first round, which starts at time 0. */
void thread_table_init(struct thread_table *table);
void thread_table_release(struct thread_table *table);

/* What is opened from here on runs from `start_ns` on. */
void thread_table_begin_round(struct thread_table *table, uint64_t start_ns);

/* Has its own since this round; nothing when it has them already. */
void thread_table_open(struct thread_table *table, uint32_t tid);
bool thread_table_is_opened(const struct thread_table *table, uint32_t tid);

/* The thread whose samplers a thread without its own has inherited; 0 = not known. */
uint32_t thread_table_find_owner(const struct thread_table *table, uint32_t tid);

/*
 * A FORK or EXIT (others are ignored), by time. It may be told twice: when it was read and, with
 * `is_final`, when all records before it are dealt with; only then an ended thread is forgotten.
 */
void thread_table_add_record(struct thread_table *table, const struct perf_record *record,
			     bool is_final);

/* A sample by the sampler of `owner` (0 = a CPU's) of a thread that had its own by then. */
bool thread_table_is_duplicate(const struct thread_table *table, uint32_t owner,
			       const struct perf_record *sample);

#endif
