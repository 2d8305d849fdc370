/*
 * Writing to the store: one call = one transaction. Runs are known by the key that store_add_run()
 * gives. All return 0 or a negative errno with a sentence (store.h); a failed call leaves what was
 * there.
 */
#ifndef STORE_STORE_WRITE_H
#define STORE_STORE_WRITE_H

#include <stdint.h>

#include "model/experiment.h"
#include "model/load_record.h"
#include "model/metric.h"
#include "model/profile_data.h"
#include "model/series.h"
#include "model/verdict.h"
#include "store/store.h"

/* All texts are borrowed for the call. The owner is the calling process. */
struct store_experiment {
	const char *id, *kind, *name;
	const char *command_line;
	const char *plan, *plan_path; /* NULL = none */
	const char *environment;      /* JSON */
	const char *primary_metric;   /* NULL = none */
	uint64_t created_wall_ns;
	uint64_t seed;
};

int store_add_experiment(struct store *store, const struct store_experiment *experiment,
			 struct err *err);

/* Takes an existing one over (run --more): it is running again, and this process owns it. */
int store_reopen_experiment(struct store *store, const char *id, struct err *err);
int store_end_experiment(struct store *store, const char *id, enum run_state state,
			 struct err *err);

/* Adds a run in state running, and gives its key. */
int store_add_run(struct store *store, const struct run_record *run, int64_t *ret_key,
		  struct err *err);

/* Writes state, phases and failure as they are now. */
int store_update_run(struct store *store, int64_t run, const struct run_record *record,
		     struct err *err);

int store_set_validity(struct store *store, int64_t run, enum validity validity,
		       const char *reasons, struct err *err);

struct store_request_name {
	const char *name, *method;
};
int store_add_request_names(struct store *store, int64_t run,
			    const struct store_request_name *names, uint32_t count,
			    struct err *err);

/*
 * Writes the points that are new since the last call for this list: `written` holds how many of
 * each series were written before, and is kept by the caller between calls (zeroed at first, at
 * least list->count long; see store_series_cursor).
 */
struct store_series_cursor {
	VEC(uint32_t) written; /* by series of the list */
};
int store_add_series(struct store *store, int64_t run, const struct series_list *list,
		     struct store_series_cursor *cursor, struct err *err);

int store_add_metrics(struct store *store, int64_t run, const struct metric_value *metrics,
		      size_t count, struct err *err);

int store_add_profile(struct store *store, int64_t run, const struct profile_data *data,
		      struct err *err);

/* The end of a service's output (the caller cuts it); `bytes` is how long it was in all. */
int store_add_output(struct store *store, int64_t run, const char *service, uint64_t bytes,
		     const void *tail, size_t length, struct err *err);

/* `rest` is "", "/arm" or "/arm#pair". Replaces a tag of that name. */
int store_set_tag(struct store *store, const char *name, const char *experiment, const char *rest,
		  struct err *err);
/* -ENOENT when there is none */
int store_remove_tag(struct store *store, const char *name, struct err *err);
int store_add_note(struct store *store, const char *experiment, const char *text, struct err *err);

/* Removes an experiment with everything; a running one with a live owner is -EBUSY. */
int store_remove_experiment(struct store *store, const char *id, struct err *err);

/*
 * Copies one experiment (with its tags and notes) to a new single file at `path`, which must not
 * exist.
 */
int store_export_experiment(struct store *store, const char *id, const char *path, struct err *err);

#endif
