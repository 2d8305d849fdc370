/*
 * Where the workers' records meet the owner. Workers add (a short time under a mutex, about once a
 * second each); the owner drains, which also keeps the totals. Memory grows only while the owner
 * does not drain, by one record a second and name.
 */
#ifndef LOAD_COLLECTOR_H
#define LOAD_COLLECTOR_H

#include <pthread.h>
#include <stdint.h>

#include "load/load.h"

#define COLLECTOR_NONE UINT32_MAX

enum { COLLECTOR_RECENT_SECONDS = 8 };

struct collector_recent {
	uint32_t second;
	uint32_t reports; /* workers that are through with it */
	uint64_t answered;
};

struct collector {
	pthread_mutex_t mutex; /* of pending, threads, rows and recent */
	VEC(struct load_second) pending;
	/*
	 * by name its newest in `pending`, and by record the one of its name before; COLLECTOR_NONE
	 */
	uint32_t *newest;
	VEC(uint32_t) before;
	VEC(struct load_thread_second) threads;
	VEC(struct load_row) rows;
	/* empty records, made by the owner so that workers need not stop for it */
	VEC(struct load_second) spares;
	struct collector_recent recent[COLLECTOR_RECENT_SECONDS];
	uint32_t worker_count;

	pthread_mutex_t drain_mutex; /* of what follows */
	VEC(struct load_second) drained;
	struct load_total *totals; /* name_count of them; their status counts stay 0 */
	struct load_counts sum;	   /* of all names */
	struct histogram *all;	   /* their response times */
	uint32_t name_count;
};

void collector_init(struct collector *collector, uint32_t name_count, uint32_t worker_count);
void collector_release(struct collector *collector);

/* From workers. Copies what it is given. */
void collector_add_counts(struct collector *collector, uint32_t second, uint32_t name,
			  const struct load_counts *counts);
void collector_add_latency(struct collector *collector, uint32_t second, uint32_t name,
			   const struct histogram *response, const struct histogram *service);

/* Age of a request that was given up on; made rarely, and may allocate. */
void collector_add_censored(struct collector *collector, uint32_t second, uint32_t name,
			    const struct histogram *censored);
void collector_add_thread_second(struct collector *collector,
				 const struct load_thread_second *second);
void collector_add_rows(struct collector *collector, const struct load_row *rows, size_t count);

/*
 * From workers: this one will book no more counts in that second; `answered` of them are its own.
 */
void collector_close_second(struct collector *collector, uint32_t second, uint64_t answered);

/* From the owner: moves everything so far to the end of `batch`. */
void collector_collect(struct collector *collector, struct load_batch *batch);
void collector_get_progress(struct collector *collector, struct load_progress *ret_progress);

/*
 * From the owner, when the workers have ended: the totals, whose histograms the caller then owns.
 * Once.
 */
struct load_total *collector_take_totals(struct collector *collector);

#endif
