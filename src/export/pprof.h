/*
 * pprof's profile.proto (https://github.com/google/pprof/blob/main/proto/profile.proto), gzip'd:
 * what `go tool pprof` and the services that grew around it read. Each event has two values a
 * sample: how many samples, and what they stand for (of clocks CPU time). Inlined functions are
 * lines of their location; addresses are those that the file of the mapping states. A location
 * without a symbol has no line, as pprof expects it: it shows the mapping's name.
 */
#ifndef EXPORT_PPROF_H
#define EXPORT_PPROF_H

#include "util/strbuf.h"
#include "view/sample_list.h"

/* `comment` (may be NULL) is shown by `pprof -comments`: the quality line. */
void pprof_write(struct strbuf *bytes, const struct sample_list *list, const char *comment);

#endif
