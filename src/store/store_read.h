/*
 * Reading the store: plain structs out, from the caller's arena. A run that is `running` but whose
 * owner is gone reads as interrupted. Damaged blobs are -EBADMSG with the run in the sentence.
 */
#ifndef STORE_STORE_READ_H
#define STORE_STORE_READ_H

#include <stdint.h>

#include "model/experiment.h"
#include "model/load_record.h"
#include "model/metric.h"
#include "model/profile_data.h"
#include "model/series.h"
#include "model/verdict.h"
#include "store/store.h"
#include "util/arena.h"

struct stored_experiment {
	const char *id, *kind, *name, *command_line;
	const char *plan, *plan_path; /* "" = none */
	const char *environment, *primary_metric;
	enum run_state state;
	uint64_t created_wall_ns;
	uint64_t seed;
	uint32_t run_count;
	const char *arms; /* "proxy, zero-copy", in order of first run */
	const char *tags; /* "good, before" */
};

struct stored_run {
	int64_t key;
	struct run_record record;
	bool has_validity;
	enum validity validity;
	const char *reasons;  /* one a line */
	const char *rejected; /* why it does not count (a disturbed run of a proof); "" = it does */
};

/* Newest first. */
int store_list_experiments(struct store *store, struct arena *arena,
			   struct stored_experiment **ret_list, uint32_t *ret_count,
			   struct err *err);

/*
 * Finds an experiment by id, unique id prefix, tag, "@last", "@-1" (the one before), "@-2"…
 * `ret_rest` (may be NULL) gets what a tag adds ("/arm#3", else ""). Unknown: -ENOENT with the
 * nearest; several: -ENOTUNIQ, listed.
 */
int store_find_experiment(struct store *store, struct arena *arena, const char *word,
			  struct stored_experiment *ret_experiment, const char **ret_rest,
			  struct err *err);

/* In the order in which they ran. */
int store_list_runs(struct store *store, struct arena *arena, const char *experiment,
		    struct stored_run **ret_runs, uint32_t *ret_count, struct err *err);

int store_list_metrics(struct store *store, struct arena *arena, int64_t run,
		       struct metric_value **ret_metrics, uint32_t *ret_count, struct err *err);

struct stored_name {
	uint32_t id;
	const char *name, *method;
};
int store_list_names(struct store *store, struct arena *arena, int64_t run,
		     struct stored_name **ret_names, uint32_t *ret_count, struct err *err);

/* Appends the run's series to `list` (the caller's, zeroed or not). */
int store_read_series(struct store *store, int64_t run, struct series_list *list, struct err *err);

/*
 * Fills an initialized, empty profile_data. -ENOENT (without a sentence) when the run has no
 * profile.
 */
int store_read_profile(struct store *store, int64_t run, struct profile_data *data,
		       struct err *err);

struct stored_output {
	const char *service;
	uint64_t bytes;
	const char *tail;
	size_t tail_length;
};
int store_list_outputs(struct store *store, struct arena *arena, int64_t run,
		       struct stored_output **ret_outputs, uint32_t *ret_count, struct err *err);

struct stored_note {
	uint64_t wall_ns;
	const char *text;
};
int store_list_notes(struct store *store, struct arena *arena, const char *experiment,
		     struct stored_note **ret_notes, uint32_t *ret_count, struct err *err);

#endif
