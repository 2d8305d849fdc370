/*
 * A flame graph as one self-contained SVG file: callers at the bottom, width = CPU time. Without
 * script it is a picture whose frames have titles; with it (any browser, no network) a click or
 * Enter zooms, arrows walk, "/" searches, "r" or Escape resets. `file.svg#zoom=ID` and
 * `#search=TEXT` open it in that state.
 *
 * The same profile makes the same bytes: colours come from names (the kernel's have a hue of their
 * own). Of a difference they come from the change, and both sides are drawn (flame_difference.h).
 */
#ifndef REPORT_FLAME_SVG_H
#define REPORT_FLAME_SVG_H

#include "util/strbuf.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

struct flame_svg_options {
	const char *title; /* "gateway: zero-copy" */
	/* the quality line below the title; NULL = none */
	const struct profile_summary *summary;
	/* of the other side in a difference, else NULL */
	const struct profile_summary *base_summary;
	const char *base_label, *head_label; /* of a difference */
};

void flame_svg_write(struct strbuf *svg, const struct call_tree *tree,
		     const struct flame_svg_options *options);

#endif
