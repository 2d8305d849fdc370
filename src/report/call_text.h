/*
 * A call tree as text: callers above callees (of a tree of callers: callees above callers),
 * indented, the heaviest first: "total % self % function".
 */
#ifndef REPORT_CALL_TEXT_H
#define REPORT_CALL_TEXT_H

#include "report/text.h"
#include "util/strbuf.h"
#include "view/call_tree.h"

struct call_text_options {
	struct text_layout layout;
	double min_share; /* smallest share shown; <= 0 = 0.005 */
};

void call_text_format(struct strbuf *buffer, const struct call_tree *tree,
		      const struct call_text_options *options);

#endif
