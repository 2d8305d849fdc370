/*
 * The lenses of a run beside load, profile and the monitors' series: event counters, system calls,
 * and which thread used what. Opened before the services' exec, so that their first instruction
 * counts; begun and ended with the window; stored at the end, each with what it cost.
 */
#ifndef LAB_RUN_LENSES_H
#define LAB_RUN_LENSES_H

#include "capture/counter_set.h"
#include "capture/syscall_trace.h"
#include "lab/lab.h"
#include "lab/run_tasks.h"
#include "model/lens.h"
#include "util/err.h"

struct run;

struct run_lenses {
	struct counter_set *counters;	/* NULL = not asked for, or not had */
	struct syscall_trace *syscalls; /* likewise */
	char counters_lack[LENS_TEXT_BYTES], syscalls_lack[LENS_TEXT_BYTES]; /* why not */
	bool is_enabled;
	struct counters counted;
	struct syscall_table called;
	struct run_tasks tasks;
	uint64_t profile_ns, monitor_ns;	     /* CPU time of sonde's for each so far */
	uint64_t profile_begin_ns, monitor_begin_ns; /* when the window began */
	uint64_t profile_stop_ns;		     /* that threads were stopped by the profiler */
};

/*
 * All services, which are spawned and held, or attached. What cannot be had is a note, and the run
 * goes on; an error where it is what the run is for (lab_watch.is_required). `is_from_exec`:
 * counting begins with the exec of what is held, not with the window.
 */
int run_lenses_open(struct run *run, bool is_from_exec, struct err *err);
void run_lenses_release(struct run *run);

/*
 * Counting begins: with the window, or before it where a command's first instruction counts. Again
 * is nothing.
 */
void run_lenses_enable(struct run *run);

/*
 * The window begins, an interval of the monitors is over (false: whoever watches has seen enough),
 * the window ends.
 */
void run_lenses_begin(struct run *run);
bool run_lenses_look(struct run *run);
void run_lenses_end(struct run *run);

int run_lenses_store(struct run *run, struct err *err);

#endif
