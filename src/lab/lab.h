/*
 * The lab: one experiment from start to end. The only place where the sources meet: services
 * (keeper), load, profile and monitors of a run are started, read on one clock, and written to the
 * store while they go on.
 *
 *	plan ─ lab_run ─▶ for each pair, for each arm in random order: run
 *	run = start (spawn held, attach the profiler, release, wait until ready) → warm-up →
 *	  measure → drain → stop
 *	          │ every 100 ms: drain the profile, look after the services, progress
 *	          └ every second: load records and series go to the store
 *
 * One main thread does all of it but the load itself (load/worker.c has its own threads). What
 * fails is contained: a profile or a monitor that cannot be had becomes a note and the run goes on;
 * a service that does not come up or dies ends the experiment with what was measured; a store that
 * cannot be written ends it in order.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/keeper.h"
#include "lab/plan.h"
#include "model/arm_source.h"
#include "model/counter.h"
#include "model/experiment.h"
#include "model/machine_sample.h"
#include "model/series.h"
#include "model/syscall_table.h"
#include "model/verdict.h"
#include "monitor/machine_sampler.h"
#include "monitor/monitor.h"
#include "store/store.h"
#include "util/err.h"
#include "util/vec.h"

struct raw_file; /* raw_file.h */

struct lab_progress {
	const char *arm;
	uint32_t run, run_total; /* this run's place, from 1 */
	enum phase phase;
	uint64_t elapsed_ns;  /* of the experiment */
	uint64_t expected_ns; /* of the experiment, estimated; 0 = open-ended */
	double rate_rps;      /* answered in the last second */
	uint64_t p99_ns;      /* so far; 0 = unknown */
	uint64_t failures;
	uint64_t samples; /* of the profile so far */
};

/*
 * `text` is NULL for a tick (about ten a second), else a line worth keeping: a note, a finished
 * run.
 */
typedef void (*lab_progress_fn)(void *context, const struct lab_progress *progress,
				const char *text);

/* What a command line may say of the profiler beyond the plan. */
struct lab_profile {
	const char *const *events; /* perf's names; none = the best there is for CPU time */
	uint32_t event_count;
	uint64_t period;	/* a sample every so many events; 0 = by the plan's frequency */
	uint32_t stack_bytes;	/* of each sample, always; 0 = as its thread needs */
	uint64_t debuginfod_ns; /* ask debuginfod servers, for so long at most; 0 = never */
	bool is_system_wide;	/* the whole machine (lab_record() only) */
};

/* The services as they stand at the end of an interval of the monitors (`stat`). */
struct lab_sight {
	const struct machine_sample *first, *last, *now; /* of the window and the interval */
	const struct counters *counters;		 /* since the window began */
	bool has_counters;
	const struct syscall_table *syscalls; /* of the window, when it has ended; NULL */
	const struct series_list *series;     /* of the whole run so far */
	const struct monitor_target *targets; /* none = the whole machine */
	uint32_t target_count;
	uint64_t begin_ns, elapsed_ns; /* of the window */
	bool is_final;		       /* the window has ended */
};

/*
 * What the sight points to stays until the next call. Returns false to end the window.
 */
typedef bool (*lab_observe_fn)(void *context, const struct lab_sight *sight);

/* What somebody wants to see while it goes on. */
struct lab_watch {
	/*
	 * Rows for the sight: with tasks, CPUs or disks they are read each interval; without (or of
	 * a service) every 5 s, for the run's own.
	 */
	struct machine_sampler_config tables;
	bool has_all_tasks;	/* of the whole machine, not of the services */
	lab_observe_fn observe; /* NULL = nobody looks */
	/* called when input_fd (above 0) becomes readable: keys; false ends the window */
	bool (*press)(void *context);
	int input_fd;
	void *context;
	bool is_required; /* counters and system calls that cannot be had end it, with an error */
	bool has_default_counters; /* nobody named them: without them it goes on, with a note */
};

/*
 * A side of a proof: an arm of a plan of its own, which may stand in a folder of its own (a
 * worktree). What `build:` says is run there.
 */
struct lab_side {
	struct arm_source source; /* for the store; its name is the arm's */
	const struct plan *plan;  /* as read, not expanded */
	uint32_t arm;		  /* of that plan */
};

enum lab_next { LAB_GO_ON, LAB_STOP };

/*
 * Asked after each pair that counts, when its runs are in the store: `pairs` so far, also those of
 * before `--more`. A negative errno ends the experiment with the sentence.
 */
typedef int (*lab_decide_fn)(void *context, uint32_t pairs, enum lab_next *ret_next,
			     struct err *err);

/*
 * For experiments that are to decide something. Runs that something else disturbed (stolen CPU
 * time, other processes, a generator at its limit) are marked as rejected, always with all runs of
 * their pair, and another pair is made; up to `max_rejected` pairs, so that a machine that is never
 * quiet does not keep one forever.
 */
struct lab_proof {
	/* instead of the plan's arms; 0 = the plan's */
	const struct lab_side *sides;
	uint32_t side_count;
	/* once, when the experiment is in the store and nothing is built; NULL = nobody asks */
	int (*begin)(void *context, struct err *err);
	lab_decide_fn decide; /* NULL = `repeat` pairs */
	void *context;
	uint32_t counted;      /* pairs of before, which count (--continue) */
	uint32_t max_pairs;    /* that count, those of before included; 0 = the plan's repeat */
	uint32_t max_rejected; /* of this part; 0 = nothing is rejected */
	uint64_t max_time_ns;  /* no pair is begun that would not end before; 0 = no limit */
	/* a variable of random length (0 to 4095) in each start's environment, since its size
	 * shifts the stack and so the speed (Mytkowicz et al., ASPLOS 2009) */
	bool has_padding;
	/* how fast the services' CPUs are is measured (monitor/core_probe.h) */
	bool has_core_probe;
};

struct lab_options {
	const struct plan *plan; /* as read, not expanded */
	struct store *store;
	struct keeper *keeper;
	const char *kind;	  /* "run", "load" */
	const char *command_line; /* as typed, for the record */
	const char *version;
	const char *experiment; /* --more: the id of an experiment to add to; NULL = a new one */
	uint32_t first_pair;	/* 1, or behind the existing ones */
	uint32_t first_number;	/* of the first run; likewise */
	uint64_t seed;		/* 0 = drawn */
	struct lab_profile profile;
	struct lab_watch watch;
	struct lab_proof proof;
	bool has_all_loads;   /* each named load of the plan is an arm (--load all) */
	struct raw_file *raw; /* each request goes there; NULL = nowhere */
	lab_progress_fn progress;
	void *context;
};

struct lab_outcome {
	char experiment[EXPERIMENT_ID_BYTES]; /* "" when none was made */
	enum run_state state;
	uint32_t runs_done, runs_total;
	uint32_t pairs_rejected; /* of this part */
	bool is_out_of_time;	 /* lab_proof.max_time_ns ended it */
	uint64_t measured_ns;	 /* from the first run's start to the last one's end */
	enum validity validity;	 /* the worst of the runs */
	bool was_aborted;	 /* a run was ended by a condition of abort_on */
	/* sentences, each once: what could not be measured and the command that would mend it */
	VEC(char *) notes;
};

void lab_outcome_release(struct lab_outcome *outcome);

/*
 * Runs the experiment. 0 when every run completed; -ECANCELED when interrupted (what was measured
 * is stored); another negative errno with a sentence when a run could not be made. ret_outcome is
 * always filled.
 */
int lab_run(const struct lab_options *options, struct lab_outcome *ret_outcome, struct err *err);

/*
 * What `record` profiles, or `stat` watches: a command of its own, or the plan's attached service.
 */
struct lab_record {
	/* NULL = the plan's service 0 is attached, or the whole machine is profiled */
	const char *const *command;
	/* then: the window is this command's life; it is not profiled by itself */
	const char *const *window;
	uint64_t duration_ns; /* 0 = until the command ends or an interrupt */
};

/*
 * A run without load: one experiment of one run. ret_status is the command's wait status (also of
 * the window's). An interrupt is the normal end (0). A plan with a profile has no result without
 * it: the errors of profile_open() end it.
 */
int lab_record(const struct lab_options *options, const struct lab_record *record,
	       struct lab_outcome *ret_outcome, int *ret_status, struct err *err);

/*
 * What can be known before anything starts: data files, columns, requests, the target's address. A
 * plan with a `build:` is not looked at: its data may be what is built.
 */
int lab_check(const struct plan *plan, struct err *err);

/*
 * The words of `run --dry-run`: what would be started, in which order, for how long. Caller frees.
 */
char *lab_describe(const struct plan *plan, struct err *err);

#endif
