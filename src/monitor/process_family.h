/*
 * Which processes are the services': the first process of each, all its descendants, and orphans
 * that its reaper took over. Found out with each update from the stat of as few processes as
 * possible (process_scan.h). For process_account.c, which keeps with each what it used.
 *
 * A process once seen stays ours whoever its parent is now. With a reaper (the keeper), its new
 * children that are younger than the service are taken for orphans of it.
 */
#ifndef MONITOR_PROCESS_FAMILY_H
#define MONITOR_PROCESS_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/monitor.h"
#include "monitor/process_children.h"
#include "monitor/process_detail.h"
#include "monitor/process_meter.h"
#include "monitor/process_scan.h"

#define PROCESS_FAMILY_NONE UINT32_MAX

/* A process of a service, or a reaper, whose own time is not counted. */
struct process {
	struct process_meter meter;
	struct process_children children; /* those that are gone */
	struct process_detail detail;
	struct process_storage storage;	      /* its own, without what it waited for */
	struct process_storage storage_known; /* counted of children that are gone */
	uint32_t target; /* PROCESS_FAMILY_NONE: a reaper that several services share */
	bool is_first;	 /* the target's first process */
	bool is_gone;	 /* found out in this update */
	bool is_reaper;
};

struct process_target {
	struct monitor_target config;
	bool is_started; /* its first process was seen: the next two are known */
	uint64_t start_ns;
	pid_t session;
};

struct process_family {
	struct process_target *targets;
	uint32_t target_count;
	VEC(struct process) processes; /* a parent stands before its children */
	VEC(struct process) reapers;
	struct process_scan scan;
	struct proc_ids wanted;	 /* whose stat is read in any case */
	struct proc_stats stats; /* of the last scan, by ascending pid */
	VEC(uint32_t) owners;	 /* per stat: the index of its process, or PROCESS_FAMILY_NONE */
	VEC(bool) are_foreign;	 /* per stat */
};

/* Targets are copied. */
void process_family_init(struct process_family *family, const struct monitor_config *config,
			 const struct procfs *fs);

/* What the processes hold (meter, detail) is released before. */
void process_family_release(struct process_family *family);

/*
 * Adds new processes behind the known ones; of those that are not there any more is_gone is set,
 * and who updates removes them. Services that are not to be seen yet are a sentence in `missing`. 0
 * or negative errno: /proc cannot be read, and nothing has changed.
 */
int process_family_update(struct process_family *family, struct strbuf *missing);

/* As of the last update; NULL when it was not there. */
const struct proc_stat *process_family_find_stat(const struct process_family *family, pid_t pid);

/* One of the services' that has not ended; NULL when there is none. */
const struct process *process_family_find(const struct process_family *family, pid_t pid);

/* The role of its service's, or of the descendants'. Of no shared reaper. */
const char *process_family_get_role(const struct process_family *family, uint32_t target,
				    bool is_first);

#endif
