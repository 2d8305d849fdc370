/*
 * A gate for GitHub: the page of a step ($GITHUB_STEP_SUMMARY), a comment that can be found again,
 * and annotations (workflow commands on standard output). The limits are GitHub's: a summary holds
 * 1 MiB a step, a comment 65,536 characters, a step 10 annotations of a kind. What does not fit is
 * cut at a row, and says so.
 *
 * Sides must have been described (report/gate_text.h).
 */
#ifndef EXPORT_GITHUB_H
#define EXPORT_GITHUB_H

#include "util/strbuf.h"
#include "view/gate_result.h"

enum {
	GITHUB_SUMMARY_BYTES = 1024 * 1024,
	GITHUB_COMMENT_BYTES = 64 * 1024 - 1,
	GITHUB_ANNOTATIONS = 10, /* of a kind */
};

/* The first line of a comment: by it the next one finds and replaces it. */
#define GITHUB_MARKER "<!-- sonde -->"

/* Markdown to be appended to the summary: at most GITHUB_SUMMARY_BYTES. */
void github_write_summary(struct strbuf *markdown, const struct gate_result *gate);

/* The same behind the marker: at most GITHUB_COMMENT_BYTES. */
void github_write_comment(struct strbuf *markdown, const struct gate_result *gate);

/*
 * "::error title=…::…" for what REGRESSED, "::warning …" for what is not known and for what differs
 * besides the change; a line each.
 */
void github_write_annotations(struct strbuf *commands, const struct gate_result *gate);

#endif
