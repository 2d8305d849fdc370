/*
 * speedscope's file format (https://www.speedscope.app/file-format-schema.json): one "sampled"
 * profile per thread name, each distinct stack once with its weight: CPU time in ns, or events
 * where the event is no clock. Inlined functions are frames like others.
 */
#ifndef EXPORT_SPEEDSCOPE_H
#define EXPORT_SPEEDSCOPE_H

#include "util/strbuf.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

void speedscope_write(struct strbuf *json, const struct call_tree *tree,
		      const struct profile_summary *summary, const char *name);

#endif
