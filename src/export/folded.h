/*
 * Folded stacks, one a line: "comm;caller;…;leaf 12". The bytes are those that FlameGraph's
 * stackcollapse-perf.pl makes of the same stacks in its default mode, so that flamegraph.pl,
 * inferno, speedscope and difffolded.pl read them.
 *
 * Inlined functions are frames like others. Hidden kernel time is not written: it has no stacks.
 */
#ifndef EXPORT_FOLDED_H
#define EXPORT_FOLDED_H

#include <stdint.h>

#include "util/strbuf.h"
#include "view/call_tree.h"

/* Counts are samples; where samples count less than one each, a line is at least 1. */
void folded_write(struct strbuf *text, const struct call_tree *tree);

/*
 * Counts are events, as the script has them when the text that it reads has periods: for imported
 * profiles, whose folded stacks are to be those of the script. `period`: events that a sample of
 * the tree stands for (profile_summary.event_period).
 */
void folded_write_events(struct strbuf *text, const struct call_tree *tree, uint64_t period);

#endif
