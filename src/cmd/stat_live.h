/*
 * `stat --live`: a picture of what is watched, renewed each interval: the machine's CPUs, the
 * services' processes (or threads) sorted by what they use, disks and network in a line each.
 * Keys: c m w i sort by CPU, memory, waiting and I/O, t shows threads, p pauses, q ends.
 */
#ifndef CMD_STAT_LIVE_H
#define CMD_STAT_LIVE_H

#include "lab/lab.h"
#include "util/err.h"

struct stat_live;

/*
 * Takes the terminal, which has to be one (terminal.h), and the place of the watch in `options`
 * (whose tables must have been asked for). Before any thread.
 */
int stat_live_open(struct stat_live **ret_live, struct lab_options *options, const char *name,
		   struct err *err);
void stat_live_close(struct stat_live *live); /* NULL accepted; gives the terminal back */

#endif
