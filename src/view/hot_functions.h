/*
 * Functions by CPU: self and total samples, merged over runs. A function counts once per stack for
 * its total, however often it recurs in it; one that was inlined is a function like others. Hidden
 * kernel time is a row of its own, in sample-equivalents, so that shares are of all CPU time.
 *
 * The same by module, source file or source line: hot_functions_read_by().
 */
#ifndef VIEW_HOT_FUNCTIONS_H
#define VIEW_HOT_FUNCTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/profile_filter.h"
#include "view/selection.h"

/* What a row is. */
enum hot_group { HOT_FUNCTIONS, HOT_MODULES, HOT_FILES, HOT_LINES };

/* "function", "module", "file" or "line": what reports and JSON call it. */
const char *hot_functions_get_group_name(enum hot_group group);

struct hot_function {
	/*
	 * of the function ("module+0x1a2b" without a symbol), module, file, or "file:line"; code
	 * without a source file is "[module]" by file and line
	 */
	const char *name;
	const char *module; /* base name; "" by file */
	const char *file;   /* "" = unknown */
	uint32_t line;
	bool is_kernel;
	bool is_inlined;    /* wherever it was seen */
	double self, total; /* samples */
};

/* A module that has samples of its own. */
struct hot_module {
	const char *name; /* base name */
	const char *path;
	enum module_kind kind;
	uint8_t flags;	     /* enum module_flag, of any run */
	const char *trouble; /* what is missing, and what would mend it; "" = nothing */
	double self;
};

struct profile_summary {
	struct profile_quality quality;	      /* summed over the runs; of all events */
	uint64_t frames, frames_unsymbolized; /* distinct frames hit */
	uint64_t stacks;
	uint64_t duration_ns; /* of the measured windows, all runs together */
	double frequency_hz;
	uint64_t weight_ns;	     /* CPU time of a sample; 0 = the event is no clock */
	const char *event, *sampler; /* the event that is shown */
	uint64_t event_period;	     /* of the first run, in the event's unit */
	const char *stacks_from;     /* "" = not known */
	const char *const *events;   /* names of all, of the first run */
	uint32_t event_count;
	/* of that event and behind the filter: samples, and what they count */
	uint64_t selected_count;
	double selected;
	bool is_partial; /* a filter leaves something of the event out */
	/* selected + hidden kernel time: what shares are of */
	double samples_with_hidden;
	uint32_t run_count;	    /* runs that had a profile */
	struct hot_module *modules; /* by self, descending */
	uint32_t module_count;
};

struct hot_threads_row {
	const char *comm, *role;
	uint32_t pid, tid;
	double samples;
};

struct hot_functions {
	struct profile_summary summary;
	struct hot_function *functions; /* by self, descending; ties by name */
	uint32_t function_count;
	struct hot_threads_row *threads; /* by samples, descending */
	uint32_t thread_count;
};

/*
 * Merges the runs of one arm of a selection (arm_count: UINT32_MAX = all arms). `filter` NULL = all
 * samples of the first event; functions without samples behind it are left out. -ENOENT with a
 * sentence when none has a profile.
 */
int hot_functions_read(struct hot_functions *ret_view, struct arena *arena,
		       const struct selection *selection, uint32_t arm,
		       const struct profile_filter *filter, struct err *err);

/* The same with other rows. */
int hot_functions_read_by(struct hot_functions *ret_view, struct arena *arena,
			  const struct selection *selection, uint32_t arm, enum hot_group group,
			  const struct profile_filter *filter, struct err *err);

#endif
