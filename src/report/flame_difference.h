/*
 * The difference of two profiles as one picture with both of them in it: the head above as flames,
 * the base below, hanging from the line between them as its reflection. Both halves have one scale,
 * CPU time per request, so that the cheaper side is the narrower one, and a frame that vanished
 * stands in the half that it was in.
 *
 * Colour is what is sure: red costs more per request than in the base, blue less, the stronger the
 * greater the change is at least (the bound of its interval that is nearer to nothing); grey is no
 * significant change (view/tree_diff.h), and a frame's title says how small a change would have
 * been seen. What is hatched is only on its own side.
 *
 * The script (flame_svg.js) zooms both halves to the same path, marks the frame's twin in the other
 * half, and "b" goes there.
 */
#ifndef REPORT_FLAME_DIFFERENCE_H
#define REPORT_FLAME_DIFFERENCE_H

#include "report/flame_svg.h"
#include "util/strbuf.h"
#include "view/call_tree.h"

/* `tree` is of call_tree_read_difference(). */
void flame_difference_write(struct strbuf *svg, const struct call_tree *tree,
			    const struct flame_svg_options *options);

#endif
