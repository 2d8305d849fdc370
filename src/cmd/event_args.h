/*
 * Lists of events on a command line, perf's names with commas: what of them is wrong whatever the
 * machine, before anything starts. What a machine lacks, or a user may not have, is no wrong usage.
 */
#ifndef CMD_EVENT_ARGS_H
#define CMD_EVENT_ARGS_H

#include "cmd/options.h"
#include "util/err.h"

/*
 * -EINVAL in a sentence for an empty name, for what is no event's spelling (with the nearest), and
 * for one that is there twice, however it is spelt.
 */
int event_args_check(const struct option_list *lists, struct err *err);

#endif
