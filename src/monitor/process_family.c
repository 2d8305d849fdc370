#include "monitor/process_family.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "util/clock.h"

void process_family_init(struct process_family *family, const struct monitor_config *config,
			 const struct procfs *fs)
{
	*family = (struct process_family){.target_count = config->target_count};
	process_scan_init(&family->scan, fs);
	family->targets = alloc_array(config->target_count, sizeof(*family->targets));
	for (uint32_t i = 0; i < config->target_count; i++) {
		struct process reaper = {.meter = {.pid = config->targets[i].reaper},
					 .target = i,
					 .is_reaper = true};
		bool is_known = reaper.meter.pid <= 0;

		family->targets[i].config = config->targets[i];
		for (size_t at = 0; at < family->reapers.count; at++) {
			struct process *known = &family->reapers.items[at];

			if (known->meter.pid == reaper.meter.pid) {
				known->target = PROCESS_FAMILY_NONE;
				is_known = true;
			}
		}
		if (!is_known)
			vec_push(&family->reapers, reaper);
	}
}

void process_family_release(struct process_family *family)
{
	vec_release(&family->processes);
	vec_release(&family->reapers);
	vec_release(&family->stats);
	vec_release(&family->owners);
	vec_release(&family->are_foreign);
	vec_release(&family->wanted);
	process_scan_release(&family->scan);
	free(family->targets);
}

static int compare_stats(const void *key, const void *item)
{
	const pid_t *pid = key;
	const struct proc_stat *stat = item;

	return (*pid > stat->pid) - (*pid < stat->pid);
}

const struct proc_stat *process_family_find_stat(const struct process_family *family, pid_t pid)
{
	if (family->stats.count == 0)
		return NULL;
	return bsearch(&pid, family->stats.items, family->stats.count, sizeof(*family->stats.items),
		       compare_stats);
}

static uint32_t *get_owner(const struct process_family *family, const struct proc_stat *stat)
{
	return &family->owners.items[stat - family->stats.items];
}

/* --- which processes are ours --- */

static void add_process(struct process_family *family, uint32_t target,
			const struct proc_stat *stat, bool is_first)
{
	struct process process = {
		.meter = {.pid = stat->pid, .start_ns = stat->start_ns},
		.target = target,
		.is_first = is_first,
	};

	process_meter_get_waited(stat, &process.children.waited_first);
	process_detail_init(&process.detail);
	*get_owner(family, stat) = (uint32_t)family->processes.count;
	vec_push(&family->processes, process);
}

static void match_known(struct process_family *family)
{
	vec_clear(&family->owners);
	for (size_t i = 0; i < family->stats.count; i++)
		vec_push(&family->owners, PROCESS_FAMILY_NONE);
	for (size_t i = 0; i < family->processes.count; i++) {
		struct process *process = &family->processes.items[i];
		const struct proc_stat *stat = process_family_find_stat(family, process->meter.pid);

		process->is_gone = stat == NULL || stat->start_ns != process->meter.start_ns;
		if (process->is_gone)
			continue;
		*get_owner(family, stat) = (uint32_t)i;
		process->children.recent = (struct process_times){0};
	}
}

static void match_reapers(struct process_family *family)
{
	for (size_t i = 0; i < family->reapers.count; i++) {
		struct process *reaper = &family->reapers.items[i];
		const struct proc_stat *stat = process_family_find_stat(family, reaper->meter.pid);
		struct process_times waited;

		reaper->is_gone = stat == NULL;
		if (stat == NULL)
			continue;
		process_meter_get_waited(stat, &waited);
		if (reaper->meter.start_ns == 0) {
			reaper->meter.start_ns = stat->start_ns;
			reaper->children.waited_first = waited;
		}
		reaper->is_gone = stat->start_ns != reaper->meter.start_ns;
		if (!reaper->is_gone)
			process_times_raise(&reaper->meter.waited, &waited);
	}
}

static void start_targets(struct process_family *family, struct strbuf *missing)
{
	for (uint32_t i = 0; i < family->target_count; i++) {
		struct process_target *target = &family->targets[i];
		const struct proc_stat *stat = process_family_find_stat(family, target->config.pid);

		if (target->is_started)
			continue;
		if (stat == NULL)
			monitor_add_missing(missing, "%s: process %d is not to be seen in %s/proc",
					    target->config.role, (int)target->config.pid,
					    family->scan.fs.root);
		if (stat == NULL || *get_owner(family, stat) != PROCESS_FAMILY_NONE)
			continue;
		target->is_started = true;
		target->start_ns = stat->start_ns;
		target->session = stat->session;
		add_process(family, i, stat, true);
	}
}

/*
 * The target of an orphan that we had not seen before, or PROCESS_FAMILY_NONE. What several
 * services share a reaper for is told apart by the session that each service was started in.
 */
static uint32_t find_orphan_target(const struct process_family *family,
				   const struct proc_stat *stat)
{
	for (size_t i = 0; i < family->reapers.count; i++) {
		const struct process *reaper = &family->reapers.items[i];

		if (reaper->is_gone || reaper->meter.pid != stat->parent_pid)
			continue;
		for (uint32_t t = 0; t < family->target_count; t++) {
			const struct process_target *target = &family->targets[t];

			if (target->is_started && target->config.reaper == stat->parent_pid &&
			    stat->start_ns >= target->start_ns &&
			    (reaper->target == t || target->session == stat->session))
				return t;
		}
	}
	return PROCESS_FAMILY_NONE;
}

static uint32_t find_target(const struct process_family *family, const struct proc_stat *stat)
{
	const struct proc_stat *parent = process_family_find_stat(family, stat->parent_pid);
	uint32_t owner = parent != NULL ? *get_owner(family, parent) : PROCESS_FAMILY_NONE;

	return owner != PROCESS_FAMILY_NONE ? family->processes.items[owner].target
					    : find_orphan_target(family, stat);
}

/* One pass finds all unless pids wrapped around, so that a child's number is below its parent's. */
static void discover(struct process_family *family)
{
	size_t count_before;

	do {
		count_before = family->processes.count;
		for (size_t i = 0; i < family->stats.count; i++) {
			const struct proc_stat *stat = &family->stats.items[i];
			uint32_t target = PROCESS_FAMILY_NONE;

			if (family->owners.items[i] == PROCESS_FAMILY_NONE)
				target = find_target(family, stat);
			if (target != PROCESS_FAMILY_NONE)
				add_process(family, target, stat, false);
		}
	} while (family->processes.count > count_before);
}

/* --- whose stat is read --- */

/* While a service is waited for everybody may be it. */
static int read_stats(struct process_family *family)
{
	bool is_full = false;

	vec_clear(&family->wanted);
	for (uint32_t i = 0; i < family->target_count; i++)
		is_full |= !family->targets[i].is_started;
	for (size_t i = 0; i < family->processes.count; i++)
		vec_push(&family->wanted, family->processes.items[i].meter.pid);
	for (size_t i = 0; i < family->reapers.count; i++)
		vec_push(&family->wanted, family->reapers.items[i].meter.pid);
	proc_file_sort_ids(&family->wanted);
	return process_scan_read(&family->scan, &family->wanted, is_full, clock_now_ns(),
				 &family->stats);
}

static void note_foreign(struct process_family *family)
{
	struct proc_ids *reapers = &family->wanted; /* not needed any more */

	vec_clear(reapers);
	for (size_t i = 0; i < family->reapers.count; i++)
		if (!family->reapers.items[i].is_gone)
			vec_push(reapers, family->reapers.items[i].meter.pid);
	vec_clear(&family->are_foreign);
	for (size_t i = 0; i < family->stats.count; i++) {
		bool is_foreign = family->owners.items[i] == PROCESS_FAMILY_NONE;

		for (size_t at = 0; at < family->reapers.count; at++)
			is_foreign &=
				family->reapers.items[at].meter.pid != family->stats.items[i].pid;
		vec_push(&family->are_foreign, is_foreign);
	}
	process_scan_add_foreign(&family->scan, &family->stats, family->are_foreign.items, reapers);
}

int process_family_update(struct process_family *family, struct strbuf *missing)
{
	int r = read_stats(family);

	if (r < 0)
		return r;
	match_known(family);
	match_reapers(family);
	start_targets(family, missing);
	discover(family);
	note_foreign(family);
	return 0;
}

const struct process *process_family_find(const struct process_family *family, pid_t pid)
{
	for (size_t i = 0; i < family->processes.count; i++)
		if (family->processes.items[i].meter.pid == pid &&
		    !family->processes.items[i].meter.is_ended)
			return &family->processes.items[i];
	return NULL;
}

const char *process_family_get_role(const struct process_family *family, uint32_t target,
				    bool is_first)
{
	const struct monitor_target *config = &family->targets[target].config;

	return is_first ? config->role : config->child_role;
}
