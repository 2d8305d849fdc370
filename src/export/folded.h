/*
 * Folded stacks, one a line: "comm;caller;…;leaf 12". The bytes are those that FlameGraph's
 * stackcollapse-perf.pl makes of the same stacks in its default mode, so that flamegraph.pl,
 * inferno, speedscope and difffolded.pl read them.
 *
 * Inlined functions are frames like others. Hidden kernel time is not written: it has no stacks.
 */
#ifndef EXPORT_FOLDED_H
#define EXPORT_FOLDED_H

#include "util/strbuf.h"
#include "view/call_tree.h"

/* Counts are samples; where samples count less than one each, a line is at least 1. */
void folded_write(struct strbuf *text, const struct call_tree *tree);

#endif
