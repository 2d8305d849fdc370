/*
 * The load of a run in the store: the tables load_* of schema.sql. Writing as in store_write.h,
 * reading as in store_read.h.
 */
#ifndef STORE_STORE_LOAD_H
#define STORE_STORE_LOAD_H

#include <stdint.h>

#include "model/load_record.h"
#include "store/store.h"
#include "util/arena.h"

/* ---- writing: one call = one transaction ---- */

int store_add_load_seconds(struct store *store, int64_t run, const struct load_second *seconds,
			   size_t count, struct err *err);

int store_add_load_thread_seconds(struct store *store, int64_t run,
				  const struct load_thread_second *seconds, size_t count,
				  struct err *err);

/*
 * The window begins `seconds` later than it was thought to (warmup: auto): what was stored of
 * earlier ones keeps numbers below 0, which no view looks at.
 */
int store_cut_load(struct store *store, int64_t run, uint32_t seconds, struct err *err);

struct store_load_summary {
	const char *url, *mode; /* "closed" | "open" */
	uint32_t connections, threads;
	double rate_hz;
	uint64_t begin_ns, end_ns; /* end 0: written when the load begins, and again at its end */
	uint64_t timeout_ns;
	uint64_t client_cpu_ns, client_wait_ns;
	uint64_t in_flight_max, reconnects;
	const char *schedule;
	uint32_t depth;
	const char *protocol, *tls_cipher;
	uint64_t resolve_ns, connects, tls_resumed, resent;
	uint32_t cut_seconds;
	const char *warmup;
	/* by enum load_histogram; NULL or empty ones are not written */
	struct histogram *const *histograms;
};
int store_add_load_summary(struct store *store, int64_t run,
			   const struct store_load_summary *summary,
			   const struct load_failure *failures, size_t failure_count,
			   struct err *err);

/* Answers by status, of one request name. */
int store_add_load_status(struct store *store, int64_t run, uint32_t name,
			  const uint64_t status[LOAD_STATUS_SLOTS], struct err *err);

/* ---- reading ---- */

/*
 * Calls back for each stored record of a run, ordered by second and name. The record's histograms
 * live for the call only.
 */
typedef int (*store_second_fn)(void *context, const struct load_second *second);
int store_read_seconds(struct store *store, int64_t run, store_second_fn callback, void *context,
		       struct err *err);

struct stored_status {
	uint32_t name;
	uint32_t status;
	uint64_t count;
};
int store_list_status(struct store *store, struct arena *arena, int64_t run,
		      struct stored_status **ret_status, uint32_t *ret_count, struct err *err);
int store_list_failures(struct store *store, struct arena *arena, int64_t run,
			struct load_failure **ret_failures, uint32_t *ret_count, struct err *err);

/*
 * One row a second and thread of the generator, in this order; slots are not stored.
 */
int store_read_load_thread_seconds(struct store *store, struct arena *arena, int64_t run,
				   struct load_thread_second **ret_seconds, uint32_t *ret_count,
				   struct err *err);

struct stored_load_summary {
	const char *url, *mode;
	uint32_t connections, threads;
	double rate_hz;
	uint64_t begin_ns, end_ns, timeout_ns, client_cpu_ns, client_wait_ns, in_flight_max,
		reconnects;
	const char *schedule, *protocol, *tls_cipher, *warmup;
	uint32_t depth, cut_seconds;
	uint64_t resolve_ns, connects, tls_resumed, resent;
	/* by enum load_histogram; NULL = nothing of this kind */
	struct histogram *histograms[LOAD_HISTOGRAM_COUNT];
};
void store_release_load_summary(struct stored_load_summary *summary); /* the histograms */

/* -ENOENT (without a sentence) when the run had no load. */
int store_read_load_summary(struct store *store, struct arena *arena, int64_t run,
			    struct stored_load_summary *ret_summary, struct err *err);

#endif
