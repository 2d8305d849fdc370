/*
 * The Firefox Profiler's processed profile (docs-developer/processed-profile-format.md and
 * src/types/profile.ts of https://github.com/firefox-devtools/profiler) as JSON, for
 * https://profiler.firefox.com. Written in version 60, the first one whose tables all threads
 * share; the profiler upgrades it when it reads it.
 *
 * Samples are those of the profile's first event, with their times; samples of other events are
 * markers with a stack. Inlined functions are frames with a depth. A frame without a symbol is
 * called module+0x1a2b.
 */
#ifndef EXPORT_FIREFOX_H
#define EXPORT_FIREFOX_H

#include "util/strbuf.h"
#include "view/sample_list.h"

/*
 * `name`: of what was profiled. `comment` (the quality line) stands in the profile's information.
 */
void firefox_write(struct strbuf *json, const struct sample_list *list, const char *name,
		   const char *comment);

#endif
