/*
 * Which samples of a profile a view is of, and what each counts. Every view of profiles takes a
 * filter (NULL = all), and reads the runs of an arm through profile_filter_read().
 *
 * One event at a time. A sample counts its period over its event's nominal period: 1 for most, more
 * or less where the kernel adapted the period. So sums are in samples, and of clocks in CPU time.
 */
#ifndef VIEW_PROFILE_FILTER_H
#define VIEW_PROFILE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "store/store_read.h"
#include "util/err.h"
#include "view/selection.h"

struct profile_filter {
	const char *event; /* its name; NULL = the first of each profile */
	/* thread names or thread ids, any of them; count 0 = all */
	const char *const *threads;
	uint32_t thread_count;
	const char *role;   /* NULL = all */
	const char *module; /* base name or path: samples that ran in it; NULL = all */
	/* since the begin of the run's measured window; end_ns 0 = to its end */
	uint64_t begin_ns, end_ns;
};

/* Whether the filter leaves anything of an event out. NULL accepted. */
bool profile_filter_is_partial(const struct profile_filter *filter);

/* One run's profile behind a filter. */
struct filtered_profile {
	const struct profile_data *data;
	const struct stored_run *run;
	uint16_t event; /* index into data->events, which may be empty */
	double unit;	/* period of a sample that counts 1; the same for all runs of a view */
	bool is_clock;	/* … in ns of CPU time */
	/* hidden kernel time in samples: 0 behind a partial filter, and of another event */
	double hidden;
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC, [begin, end) */
	bool *threads, *stacks;	   /* by id: which ones are in; NULL = all */
};

/* What a sample counts: 0 when the filter leaves it out. */
double profile_filter_get_weight(const struct filtered_profile *profile,
				 const struct sample *sample);

/* Sums by stack id, data->stacks.nodes.count of them. Caller frees. */
double *profile_filter_sum_stacks(const struct filtered_profile *profile);

/* The profile is valid during the call. A negative return value ends the reading with it. */
typedef int (*profile_filter_fn)(void *context, const struct filtered_profile *profile,
				 struct err *err);

/*
 * Calls `each` for the runs of one arm (UINT32_MAX = all arms) that have a profile. -ENOENT in a
 * sentence when none has one, or one does not have the filter's event.
 */
int profile_filter_read(const struct selection *selection, uint32_t arm,
			const struct profile_filter *filter, profile_filter_fn each, void *context,
			struct err *err);

#endif
