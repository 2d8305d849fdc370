/*
 * What the services used, all processes of each together: the accounting behind the process monitor
 * and monitor_set_get_usage(). No total ever falls, and no time is counted twice.
 *
 * The difficulty is the children that end (process_children.h). Each update reads every stat, with
 * the waited-for times, before it looks whether each process is still there; process_children.h
 * says why.
 *
 * Who is a service's: process_family.h. What a reaper (the keeper) waited for counts beyond the
 * orphans that were seen.
 *
 * Storage I/O: the kernel adds a waited-for child's to its parent's own. What was counted of a
 * child that is gone is taken off its parent's, so that nothing counts twice. When the parent did
 * not wait for it, up to as much of the parent's own is missing: the sum is then too low, never too
 * high.
 */
#ifndef MONITOR_PROCESS_ACCOUNT_H
#define MONITOR_PROCESS_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/monitor.h"
#include "monitor/role_usage.h"
#include "procfs/proc_file.h"

struct process_account;

/* `missing` is borrowed and must outlive the account; targets are copied. */
struct process_account *process_account_new(const struct monitor_config *config,
					    const struct procfs *fs, struct strbuf *missing);
void process_account_free(struct process_account *account);

/*
 * Reads stat of the services' processes, of the reapers and of what else is new
 * (process_scan.h), and what the services' processes and threads need beyond it: for one of 200
 * threads 1 ms (all idle) to 3 ms (all ran), and 0.2 ms more when something was born beside 150
 * other processes.
 */
void process_account_update(struct process_account *account);

/* As of the last update. Entry 0 is the total; roles keep their place once they are there. */
uint32_t process_account_get_usage(const struct process_account *account,
				   struct monitor_usage usage[static MONITOR_USAGE_MAX]);

/*
 * Reads what is of the moment, of the processes of the last update; entries as those of the usage.
 * PSS only when `has_pss`, else it is unknown; `is_slow_allowed`: process_detail.h.
 */
void process_account_read_gauges(struct process_account *account, bool has_pss,
				 bool is_slow_allowed,
				 struct role_gauges gauges[static MONITOR_USAGE_MAX]);

/* As of the last update, ascending, without those that ended and were not waited for yet. */
void process_account_list_pids(const struct process_account *account, struct proc_ids *pids);

/* The role of such a process; "" when it is none of them. */
const char *process_account_get_role(const struct process_account *account, pid_t pid);

/* The index of its service; UINT32_MAX when it is none of them. */
uint32_t process_account_find_target(const struct process_account *account, pid_t pid);

uint32_t process_account_get_target_count(const struct process_account *account);

/* index below the count. */
const struct monitor_target *process_account_get_target(const struct process_account *account,
							uint32_t index);

/* Looks now. */
bool process_account_is_alive(const struct process_account *account, uint32_t target);

#endif
