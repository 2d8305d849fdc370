/*
 * What the services used, all processes of each together: the accounting behind the process monitor
 * and monitor_set_get_usage(). No total ever falls, and no time is counted twice.
 *
 * The difficulty is the children that end (process_children.h). Each update reads the stat of all
 * processes, with the waited-for times, before it looks whether each is still there;
 * process_children.h says why.
 *
 * Orphans: a process once seen stays ours whoever its parent is now. With a reaper (the keeper),
 * its new children that are younger than the service are taken for orphans of it, and its
 * waited-for time counts beyond that of those seen.
 */
#ifndef MONITOR_PROCESS_ACCOUNT_H
#define MONITOR_PROCESS_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/monitor.h"
#include "procfs/proc_file.h"

struct process_account;

/* `missing` is borrowed and must outlive the account; targets are copied. */
struct process_account *process_account_new(const struct monitor_config *config,
					    const struct procfs *fs, struct strbuf *missing);
void process_account_free(struct process_account *account);

/*
 * Reads stat of all processes of the machine once, and what the services' processes and threads
 * need beyond it: about 8 us per process, and 1 us (idle) to 10 us (it ran) per thread with kept
 * descriptors, on a CPU of 2.6 GHz.
 */
void process_account_update(struct process_account *account);

/* As of the last update. Entry 0 is the total; roles keep their place once they are there. */
uint32_t process_account_get_usage(const struct process_account *account,
				   struct monitor_usage usage[static MONITOR_USAGE_MAX]);

/* Looks now. */
bool process_account_is_alive(const struct process_account *account, uint32_t target);

#endif
