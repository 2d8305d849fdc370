/*
 * What the lenses saw of an arm, all its runs together: what the warnings and the last block of a
 * run are made of, and what `show` prints. Figures of several runs are means per run, peaks the
 * highest.
 */
#ifndef VIEW_MACHINE_VIEW_H
#define VIEW_MACHINE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/counter.h"
#include "model/lens.h"
#include "model/syscall_table.h"
#include "model/task_usage.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"
#include "view/series_view.h"

/* A system call, all threads together. */
struct machine_view_syscall {
	const char *name;
	double calls, errors, wall_ns, cpu_ns; /* per run; cpu_ns NaN = unknown */
	double max_ns;
	const char *top_error; /* "EAGAIN" of most of its errors; "" = none */
	double top_error_count;
};

struct machine_view {
	struct series_view series;
	struct task_usage *tasks; /* of the last run, by cpu_ns, most first */
	uint32_t task_count;
	struct counter *counters; /* summed over the runs */
	uint32_t counter_count;
	uint32_t counter_run_count;	       /* how many runs that are */
	struct machine_view_syscall *syscalls; /* by wall_ns, most first */
	uint32_t syscall_count;
	bool has_syscalls;
	const char *syscall_method; /* "bpf"; "" = none */
	/* of the last run that has them, the arena's: not to be released; and that run's number */
	struct syscall_table thread_syscalls;
	uint32_t thread_syscalls_run;
	double window_ns;    /* mean length of the measured windows */
	struct lens *lenses; /* of the last run */
	uint32_t lens_count;
	uint32_t cpu_count; /* of the machine; 0 unknown */
};

/* `arm` UINT32_MAX = all arms. What is not there is empty. */
int machine_view_read(struct machine_view *ret_view, struct arena *arena,
		      const struct selection *selection, uint32_t arm, struct err *err);

/* NULL when there is none. */
const struct series_view_row *machine_view_find(const struct machine_view *view, const char *name,
						const char *scope);
const struct machine_view_syscall *machine_view_find_syscall(const struct machine_view *view,
							     const char *name);

#endif
