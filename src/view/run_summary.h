/*
 * Everything that a summary shows, in one struct: per side (an arm) its metrics, load and profile,
 * and each further side compared with the first. What `sonde run` prints at its end, and `show` and
 * `compare` later.
 */
#ifndef VIEW_RUN_SUMMARY_H
#define VIEW_RUN_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/arm_metrics.h"
#include "view/hot_functions.h"
#include "view/load_view.h"
#include "view/run_diff.h"
#include "view/selection.h"

struct run_summary_side {
	const struct selection *selection;
	uint32_t arm;
	const char *label;
	struct arm_metrics metrics; /* of all runs that measured */
	bool has_load, has_profile;
	struct load_view load;
	struct hot_functions profile;
	const char *failures; /* "run 3: the service ended with status 1", one a line; "" = none */
};

struct run_summary {
	struct run_summary_side *sides;
	uint32_t side_count;	/* at least 1 */
	struct run_diff *diffs; /* side_count - 1; [i] is side i + 1 against side 0 */
};

/*
 * All arms of one selection; arms after the first are compared with it. `options` as for
 * run_diff_read(). The summary borrows the selections. run_summary_release() frees histograms, the
 * arena the rest.
 */
int run_summary_read(struct run_summary *ret_summary, struct arena *arena,
		     const struct selection *selection, const struct run_diff_options *options,
		     struct err *err);

/* Two sides, head against base; `base` and `head` may be the same selection. */
int run_summary_read_pair(struct run_summary *ret_summary, struct arena *arena,
			  const struct selection *base, uint32_t base_arm,
			  const struct selection *head, uint32_t head_arm,
			  const struct run_diff_options *options, struct err *err);

/*
 * Whether the sides are loads of the same services (`run --load all`): at least two of one
 * experiment, all with load, and each with another schedule. Sides named "arm:load" are held
 * against those of their own arm. Comparing such sides says nothing of the service.
 */
bool run_summary_has_loads(const struct run_summary *summary);

/* Length of the arm's part of a side's name: "proxy" of "proxy:heavy", nothing of "heavy". */
size_t run_summary_arm_length(const char *label);

void run_summary_release(struct run_summary *summary);
static inline void run_summary_cleanup(struct run_summary *summary)
{
	run_summary_release(summary);
}

#endif
