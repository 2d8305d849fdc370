/*
 * What `sonde compare` compares: two words, the arms of one experiment, or the last two
 * experiments; and what came of it, with what makes it incomparable.
 */
#ifndef CMD_COMPARE_SIDES_H
#define CMD_COMPARE_SIDES_H

#include <stdbool.h>

#include "cmd/cmd.h"
#include "util/arena.h"
#include "view/comparability.h"
#include "view/run_summary.h"
#include "view/selection.h"

/* The arms of `base`, or its only arm with that of `head`. */
struct compare_sides {
	struct selection base, head;
	bool has_head;
};

/*
 * At most two words. -ENODATA in a sentence when there is nothing to compare with: its exit status
 * is that of a missing baseline. Close also after an error.
 */
int compare_sides_open(struct compare_sides *sides, const struct cmd_common *common,
		       const struct options_rest *rest, struct err *err);
void compare_sides_close(struct compare_sides *sides);

struct compare_result {
	struct run_summary summary;
	struct comparability *compared; /* of each head, as summary.diffs */
	bool is_refused;		/* some head got no verdict because of it */
};

/*
 * Refused comparisons have figures and no verdicts, unless is_anyway. The result borrows the sides;
 * its texts are the arena's. Errors as above.
 */
int compare_sides_read(struct compare_result *ret_result, struct arena *arena,
		       const struct compare_sides *sides, const struct run_diff_options *options,
		       bool is_anyway, struct err *err);
void compare_result_release(struct compare_result *result);

#endif
