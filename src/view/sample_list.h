/*
 * The samples of a selection's arm one by one, in the order of their times, with everything that is
 * known of each: thread, CPU, event, period, stack. What `script` prints and what the exports that
 * keep times are made of. Several runs become one profile: their tables are put together, so that
 * the same frame of two runs is one frame.
 */
#ifndef VIEW_SAMPLE_LIST_H
#define VIEW_SAMPLE_LIST_H

#include <stdint.h>

#include "model/profile_data.h"
#include "util/err.h"
#include "view/selection.h"

struct sample_list {
	struct profile_data data;  /* no code and no sources; quality summed over the runs */
	uint64_t begin_ns, end_ns; /* of the measured windows together, CLOCK_MONOTONIC */
	uint64_t begin_wall_ns;	   /* begin_ns on the wall clock, ns since 1970 */
	uint32_t run_count;	   /* that had a profile */
};

/*
 * `arm` UINT32_MAX = all arms. -ENOENT in a sentence when no run has a profile. Release also after
 * an error.
 */
int sample_list_read(struct sample_list *ret_list, const struct selection *selection, uint32_t arm,
		     struct err *err);
void sample_list_release(struct sample_list *list);
static inline void sample_list_cleanup(struct sample_list *list)
{
	sample_list_release(list);
}

/*
 * Adds the tables and samples of `from` to an initialized `into`; their order by time is kept.
 * Threads of the same pid, tid, name and role become one.
 */
void sample_list_add(struct profile_data *into, const struct profile_data *from);

/*
 * Frames that are at one address: from `frames[at]` of a stack (leaf first) on, inlined functions
 * and the one that they are inlined into. Returns how many, at least 1.
 */
uint32_t sample_list_count_inlined(const struct profile_data *data, const uint32_t *frames,
				   uint32_t count, uint32_t at);

#endif
