/* What lies between the programs of two sides in git: commits, and files changed. */
#ifndef CMD_COMPARE_COMMITS_H
#define CMD_COMPARE_COMMITS_H

#include <jansson.h>
#include <stdbool.h>

#include "lab/git_history.h"
#include "report/text.h"
#include "util/arena.h"
#include "util/strbuf.h"
#include "view/run_summary.h"

enum { COMPARE_COMMITS_SHORT = 5, COMPARE_COMMITS_ALL = 100 };

struct compare_commits {
	/* full ids; NULL = not known, or the same: there is nothing to say */
	const char *from, *to;
	bool is_known; /* history is there; else `why_not` */
	struct git_history history;
	const char *why_not; /* a sentence */
};

/*
 * Of arms of a proof their own revisions, else those of the experiments. The repository is looked
 * for where the head's was. `most` commits and files at most.
 */
void compare_commits_read(struct compare_commits *ret_commits, struct arena *arena,
			  const struct run_summary_side *base, const struct run_summary_side *head,
			  uint32_t most);

/* Some lines, or nothing. */
void compare_commits_add(struct strbuf *text, const struct compare_commits *commits,
			 const struct text_layout *layout);

/* For sonde.compare/1; the caller's reference. null when there is nothing to say. */
json_t *compare_commits_make_json(const struct compare_commits *commits);

#endif
