/*
 * What `sonde track` prints: each metric beside the baseline's with its history, the changes in
 * that history, and the answer with its reasons. Other forms: track_form.h.
 */
#ifndef REPORT_TRACK_TEXT_H
#define REPORT_TRACK_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/track_view.h"

struct track_text_options {
	struct text_layout layout;
	bool is_all;		    /* also what no short table shows, roles and request names */
	const char *const *metrics; /* names, only these; NULL-terminated; NULL = by is_all */
};

void track_text_format(struct strbuf *text, const struct track_view *view,
		       const struct track_text_options *options);

/* Whether the options show a metric of this scope. */
bool track_text_is_shown(const struct track_text_options *options, const struct metric_info *info,
			 const char *scope, enum verdict verdict);

#endif
