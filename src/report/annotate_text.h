/*
 * One function from inside, as text: its source with shares per line, then its instructions with
 * shares each, under the source line that they came from; inlined code is marked with its function.
 * Shares are of all samples. What has no samples near it is left out, and counted.
 */
#ifndef REPORT_ANNOTATE_TEXT_H
#define REPORT_ANNOTATE_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/code_view.h"
#include "view/hot_functions.h"

struct annotate_text_options {
	struct text_layout layout;
	bool is_all; /* lines and instructions without samples, too */
	bool has_source, has_code;
	/* why blocks have no instructions, when they have none; NULL else */
	const char *why_no_instructions;
};

void annotate_text_format(struct strbuf *buffer, const struct code_view *view,
			  const struct profile_summary *summary,
			  const struct annotate_text_options *options);

#endif
