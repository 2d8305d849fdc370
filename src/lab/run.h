/*
 * One run of an experiment, from the first spawn to the last row (lab.h has the sequence). The
 * struct is shared by the files that make a run: run.c (the sequence; record.c for a profile
 * without load), run_watch.c (the loop while load is on), run_lenses.c and run_tasks.c (the other
 * ways of looking at it) and run_metrics.c (its figures).
 */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/abort_watch.h"
#include "lab/disturbance.h"
#include "lab/lab.h"
#include "lab/load_judge.h"
#include "lab/load_setup.h"
#include "lab/run_lenses.h"
#include "lab/service.h"
#include "lab/warmup.h"
#include "load/load.h"
#include "model/experiment.h"
#include "model/metric.h"
#include "model/series.h"
#include "monitor/core_probe.h"
#include "monitor/monitor.h"
#include "profile/profile.h"
#include "store/store_write.h"

struct run_usage {
	struct monitor_usage roles[MONITOR_USAGE_MAX]; /* [0] = all services */
	uint32_t count;
	uint64_t time_ns;
};

struct run {
	const struct lab_options *options;
	const struct plan *plan;     /* expanded for this run's arm */
	struct lab_outcome *outcome; /* for notes */
	struct run_record record;
	struct lab_progress progress; /* .phase is the current phase */
	uint64_t phase_begin_ns;
	uint64_t experiment_begin_ns;
	int64_t key;		/* in the store */
	uint32_t padding_bytes; /* of the services' environments (lab.h) */

	struct service *services;
	/* one ended under load: its CPU since the last look is not known, so none is stored */
	bool is_service_lost;
	uint32_t service_count;
	struct monitor_target *targets; /* one a service */
	struct monitor_set *monitor;
	struct core_probe *core_probe; /* NULL = not wanted */
	struct core_probe_result core; /* of the window */
	struct profile *profile;       /* NULL = not profiled, or not allowed */
	struct run_lenses lenses;
	struct load_setup setup;
	struct load *load;
	struct abort_watch abort_watch;
	const char *aborted; /* the condition that ended it; NULL = none did */
	/* what the load has handed over so far, for its judge */
	VEC(struct load_thread_second) thread_seconds;
	/* answers in the whole window, which the services' CPU time was spent on */
	double completed;
	struct warmup warmup; /* where it ended, when that was to be found */

	struct series_list series;
	struct store_series_cursor cursor;
	struct run_usage begin, end; /* at the borders of the measured window */
	/* rss_bytes: highest seen; cpu_ns: highest per-interval CPU, ns per second */
	struct run_usage peak;
	struct run_usage last; /* of the last interval */
	struct load_result result;
};

/* Runs it to the end, whatever the end is; `record` says how far it came. Errors as lab_run(). */
int run_execute(struct run *run, struct err *err);
void run_release(struct run *run);

/* The steps of it that `record` (record.c) takes as well. */
int run_begin(struct run *run, struct err *err); /* adds the run to the store */
void run_allocate_services(struct run *run, uint32_t count);
/* roles of service i, for monitor and profile */
void run_add_target(struct run *run, uint32_t i);
/* all services, which are spawned and held, or attached */
int run_open_profile(struct run *run, struct err *err);
void run_open_monitor(struct run *run);
int run_end_profile(struct run *run, struct err *err); /* to the store */
/* stops the services; `r` is what the run came to; returns it or a later error */
int run_end(struct run *run, int r, struct err *err);

/*
 * From load_start to the last answer (or, without load, until the service ends or `duration_ns` is
 * over; 0 = open-ended).
 */
int run_watch_load(struct run *run, uint64_t begin_ns, uint64_t end_ns, struct err *err);
int run_watch_service(struct run *run, uint64_t duration_ns, struct err *err);

/* Opens the window of run_watch_service ahead of it: before a command's first instruction. */
void run_watch_begin(struct run *run);

/* What the load has handed over since the last call, to the store. */
int run_store_load(struct run *run, struct err *err);

/* Adds the experiment to the store (or reopens the one to add to) and names it in the outcome. */
int lab_add_experiment(const struct lab_options *options, struct lab_outcome *outcome,
		       struct err *err);

/* Adds a note once. */
void run_add_note(struct run *run, const char *text);

/* warmup: auto. Takes what was cut off (and is marked so in the store) out of `result`. */
int run_leave_out_warmup(struct run *run, struct err *err);

/* Figures and validity of the finished window to the store. */
int run_store_metrics(struct run *run, struct err *err);

/* What else happened in the window; all NAN when there was none. */
void run_read_disturbance(const struct run *run, struct disturbance_reading *ret_reading);

/* Begins a phase now (and ends the one before). */
void run_begin_phase(struct run *run, enum phase phase, uint64_t now_ns);

#endif
