#include "monitor/process_account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_children.h"
#include "monitor/role_usage.h"
#include "procfs/proc_tree.h"

/* A process of a service, or a reaper, whose own time is not counted. */
struct process {
	struct process_meter meter;
	struct process_children children; /* those that are gone */
	uint32_t target;
	bool is_first; /* the target's first process */
	bool is_gone;  /* found out in this update */
	bool is_reaper;
};

struct target {
	struct monitor_target config;
	bool is_started; /* its first process was seen: the next two are known */
	uint64_t start_ns;
	pid_t session;
};

struct process_account {
	struct process_reader reader;
	struct target *targets;
	uint32_t target_count;
	VEC(struct process) processes; /* a parent stands before its children */
	VEC(struct process) reapers;
	struct role_usages roles;
	struct proc_stats stats; /* of the last scan, by ascending pid */
	VEC(uint32_t) owners;	 /* per stat: the index of its process, or NOT_OURS */
};

#define NOT_OURS UINT32_MAX

struct process_account *process_account_new(const struct monitor_config *config,
					    const struct procfs *fs, struct strbuf *missing)
{
	struct process_account *account = alloc_new(struct process_account);

	process_reader_init(&account->reader, fs, missing);
	account->roles.count = 1;
	account->target_count = config->target_count;
	account->targets = alloc_array(config->target_count, sizeof(*account->targets));
	for (uint32_t i = 0; i < config->target_count; i++) {
		struct process reaper = {.meter = {.pid = config->targets[i].reaper},
					 .target = i,
					 .is_reaper = true};
		bool is_known = reaper.meter.pid <= 0;

		account->targets[i].config = config->targets[i];
		for (size_t at = 0; at < account->reapers.count; at++) {
			struct process *known = &account->reapers.items[at];

			if (known->meter.pid == reaper.meter.pid) {
				known->target = NOT_OURS; /* shared */
				is_known = true;
			}
		}
		if (!is_known)
			vec_push(&account->reapers, reaper);
	}
	return account;
}

void process_account_free(struct process_account *account)
{
	if (account == NULL)
		return;
	for (size_t i = 0; i < account->processes.count; i++)
		process_meter_release(&account->processes.items[i].meter, &account->reader);
	vec_release(&account->processes);
	vec_release(&account->reapers);
	vec_release(&account->stats);
	vec_release(&account->owners);
	process_reader_release(&account->reader);
	free(account->targets);
	free(account);
}

/* NOT_OURS as the target: in the total only. */
static struct role_usage *get_role(struct process_account *account, uint32_t target, bool is_first)
{
	const struct monitor_target *config;
	const char *name;
	struct role_usage *role;

	if (target == NOT_OURS)
		return &account->roles.items[0];
	config = &account->targets[target].config;
	name = is_first ? config->role : config->child_role;
	role = role_usage_get(&account->roles, name);
	if (role == &account->roles.items[0])
		monitor_add_missing(account->reader.missing,
				    "more than %d roles: '%s' is in the total only",
				    MONITOR_USAGE_MAX - 1, name);
	return role;
}

static int compare_stats(const void *key, const void *item)
{
	const pid_t *pid = key;
	const struct proc_stat *stat = item;

	return (*pid > stat->pid) - (*pid < stat->pid);
}

static const struct proc_stat *find_stat(const struct process_account *account, pid_t pid)
{
	if (account->stats.count == 0)
		return NULL;
	return bsearch(&pid, account->stats.items, account->stats.count,
		       sizeof(*account->stats.items), compare_stats);
}

static uint32_t *get_owner(const struct process_account *account, const struct proc_stat *stat)
{
	return &account->owners.items[stat - account->stats.items];
}

/* --- which processes are ours --- */

static void add_process(struct process_account *account, uint32_t target,
			const struct proc_stat *stat, bool is_first)
{
	struct process process = {
		.meter = {.pid = stat->pid, .start_ns = stat->start_ns},
		.target = target,
		.is_first = is_first,
	};

	process_meter_get_waited(stat, &process.children.waited_first);
	get_role(account, target, is_first); /* the role is there from now on */
	*get_owner(account, stat) = (uint32_t)account->processes.count;
	vec_push(&account->processes, process);
}

static void match_known(struct process_account *account)
{
	vec_clear(&account->owners);
	for (size_t i = 0; i < account->stats.count; i++)
		vec_push(&account->owners, NOT_OURS);
	for (size_t i = 0; i < account->processes.count; i++) {
		struct process *process = &account->processes.items[i];
		const struct proc_stat *stat = find_stat(account, process->meter.pid);

		process->is_gone = stat == NULL || stat->start_ns != process->meter.start_ns;
		if (process->is_gone)
			continue;
		*get_owner(account, stat) = (uint32_t)i;
		process->children.recent = (struct process_times){0};
	}
}

static void match_reapers(struct process_account *account)
{
	for (size_t i = 0; i < account->reapers.count; i++) {
		struct process *reaper = &account->reapers.items[i];
		const struct proc_stat *stat = find_stat(account, reaper->meter.pid);
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

static void start_targets(struct process_account *account)
{
	for (uint32_t i = 0; i < account->target_count; i++) {
		struct target *target = &account->targets[i];
		const struct proc_stat *stat = find_stat(account, target->config.pid);

		if (target->is_started)
			continue;
		if (stat == NULL)
			monitor_add_missing(account->reader.missing,
					    "%s: process %d is not to be seen in %s/proc",
					    target->config.role, (int)target->config.pid,
					    account->reader.fs.root);
		if (stat == NULL || *get_owner(account, stat) != NOT_OURS)
			continue;
		target->is_started = true;
		target->start_ns = stat->start_ns;
		target->session = stat->session;
		add_process(account, i, stat, true);
	}
}

/*
 * The target of an orphan that we had not seen before, or NOT_OURS. What several services share a
 * reaper for is told apart by the session that each service was started in.
 */
static uint32_t find_orphan_target(const struct process_account *account,
				   const struct proc_stat *stat)
{
	for (size_t i = 0; i < account->reapers.count; i++) {
		const struct process *reaper = &account->reapers.items[i];

		if (reaper->is_gone || reaper->meter.pid != stat->parent_pid)
			continue;
		for (uint32_t t = 0; t < account->target_count; t++) {
			const struct target *target = &account->targets[t];

			if (target->is_started && target->config.reaper == stat->parent_pid &&
			    stat->start_ns >= target->start_ns &&
			    (reaper->target == t || target->session == stat->session))
				return t;
		}
	}
	return NOT_OURS;
}

static uint32_t find_target(const struct process_account *account, const struct proc_stat *stat)
{
	const struct proc_stat *parent = find_stat(account, stat->parent_pid);
	uint32_t owner = parent != NULL ? *get_owner(account, parent) : NOT_OURS;

	return owner != NOT_OURS ? account->processes.items[owner].target
				 : find_orphan_target(account, stat);
}

/* One pass finds all unless pids wrapped around, so that a child's number is below its parent's. */
static void discover(struct process_account *account)
{
	size_t count_before;

	do {
		count_before = account->processes.count;
		for (size_t i = 0; i < account->stats.count; i++) {
			const struct proc_stat *stat = &account->stats.items[i];
			uint32_t target = NOT_OURS;

			if (account->owners.items[i] == NOT_OURS)
				target = find_target(account, stat);
			if (target != NOT_OURS)
				add_process(account, target, stat, false);
		}
	} while (account->processes.count > count_before);
}

/* --- those that are gone --- */

static bool is_nothing(const struct process_times *times)
{
	return times->cpu_ns == 0 && times->faults_minor == 0 && times->faults_major == 0;
}

static struct process *find_reaper(struct process_account *account, pid_t pid)
{
	for (size_t i = 0; i < account->reapers.count; i++)
		if (account->reapers.items[i].meter.pid == pid)
			return &account->reapers.items[i];
	return NULL;
}

/*
 * The parent of `index` as it was last seen; parents stand before their children. When it is not
 * ours (it ended an update ago), its children went to the reaper. NULL when there is none.
 */
static struct process *find_parent(struct process_account *account, size_t index)
{
	const struct process *process = &account->processes.items[index];

	for (size_t i = index; i > 0; i--)
		if (account->processes.items[i - 1].meter.pid == process->meter.parent_pid)
			return &account->processes.items[i - 1];
	return find_reaper(account, account->targets[process->target].config.reaper);
}

/* Adds to what the role keeps; a role that has used nothing is not made for it. */
static void keep(struct process_account *account, const struct process *process, bool is_first,
		 const struct process_times *times)
{
	if (!is_nothing(times))
		process_times_add(&get_role(account, process->target, is_first)->kept, times);
}

/*
 * What a parent may have waited for moves on to it: own time, and that of children that were waited
 * for or may have been. The rest is lost to the kernel, and kept here.
 */
static void settle(struct process_account *account, size_t index)
{
	struct process *process = &account->processes.items[index];
	struct process *parent = find_parent(account, index);
	const struct process_times *waited = &process->meter.waited;
	struct process_times children = process_children_get(&process->children, waited);
	struct process_times lost = process_children_get_lost(&process->children, waited);
	struct process_times open = process_children_get_open(&process->children, waited);
	struct process_times all = process->meter.own;

	process_tasks_add_sums(&process->meter.tasks,
			       &get_role(account, process->target, process->is_first)->kept_tasks);
	process_meter_release(&process->meter, &account->reader);
	process_times_subtract(&children, &lost);
	process_times_add(&all, &children);
	keep(account, process, false, &lost);
	if (parent != NULL)
		process_times_add(&parent->children.elsewhere, &process->children.elsewhere);
	if (parent != NULL && !parent->is_reaper && !process->is_first &&
	    parent->target == process->target) {
		process_children_add_gone(&parent->children, &all, parent->is_gone ? &all : &open);
		return;
	}
	keep(account, process, process->is_first, &process->meter.own);
	keep(account, process, false, &children);
	if (parent != NULL)
		process_times_add(&parent->children.elsewhere, &all);
}

/* Children first, so that a parent that is gone too hands on what it got from them. */
static void settle_gone(struct process_account *account)
{
	size_t kept = 0;

	for (size_t i = account->processes.count; i > 0; i--)
		if (account->processes.items[i - 1].is_gone)
			settle(account, i - 1);
	for (size_t i = 0; i < account->processes.count; i++)
		if (!account->processes.items[i].is_gone)
			account->processes.items[kept++] = account->processes.items[i];
	account->processes.count = kept;
}

/* --- sums --- */

static void sum_processes(struct process_account *account)
{
	for (size_t i = 0; i < account->processes.count; i++) {
		const struct process *process = &account->processes.items[i];
		const struct process_meter *meter = &process->meter;
		struct role_usage *role = get_role(account, process->target, process->is_first);
		struct process_times children =
			process_children_get(&process->children, &meter->waited);

		process_times_add(&role->sum, &meter->own);
		process_tasks_add_sums(&meter->tasks, &role->task_sum);
		role->usage.rss_bytes += meter->rss_bytes;
		role->usage.process_count += !meter->is_ended;
		role->usage.thread_count += meter->thread_count;
		if (!is_nothing(&children))
			process_times_add(&get_role(account, process->target, false)->sum,
					  &children);
	}
}

/*
 * What the reapers waited for beyond the orphans that were seen, and those that a live process
 * answers for.
 */
static void sum_reapers(struct process_account *account)
{
	struct process_times answered = {0};

	for (size_t i = 0; i < account->processes.count; i++) {
		const struct process *process = &account->processes.items[i];
		struct process_times open =
			process_children_get_open(&process->children, &process->meter.waited);

		process_times_add(&answered, &open);
	}
	for (size_t i = 0; i < account->reapers.count; i++) {
		const struct process *reaper = &account->reapers.items[i];
		struct process_times unseen = reaper->meter.waited;

		process_times_subtract(&unseen, &reaper->children.waited_first);
		process_times_subtract(&unseen, &reaper->children.elsewhere);
		process_times_subtract(&unseen, &answered);
		if (!is_nothing(&unseen))
			process_times_add(&get_role(account, reaper->target, false)->sum, &unseen);
	}
}

void process_account_update(struct process_account *account)
{
	int r;

	if (account->target_count == 0)
		return;
	r = proc_tree_read_all(&account->reader.fs, &account->stats);
	if (r < 0) {
		monitor_add_missing(account->reader.missing,
				    "processes: %s/proc cannot be read: %s",
				    account->reader.fs.root, strerror(-r));
		return;
	}
	match_known(account);
	match_reapers(account);
	start_targets(account);
	discover(account);
	for (size_t i = 0; i < account->processes.count; i++) {
		struct process *process = &account->processes.items[i];
		const struct proc_stat *stat = find_stat(account, process->meter.pid);

		if (!process->is_gone &&
		    process_meter_update(&process->meter, &account->reader, stat) < 0)
			process->is_gone = true;
	}
	settle_gone(account);
	role_usage_begin(&account->roles);
	sum_processes(account);
	sum_reapers(account);
	role_usage_publish(&account->roles);
}

uint32_t process_account_get_usage(const struct process_account *account,
				   struct monitor_usage usage[static MONITOR_USAGE_MAX])
{
	return role_usage_report(&account->roles, usage);
}

bool process_account_is_alive(const struct process_account *account, uint32_t target)
{
	scoped(strbuf_release) struct strbuf buffer;
	const struct target *watched;
	struct proc_stat stat;

	if (target >= account->target_count)
		return false;
	watched = &account->targets[target];
	strbuf_init(&buffer, 4096);
	return proc_file_read(&account->reader.fs, &buffer, "/proc/%d/stat",
			      (int)watched->config.pid) == 0 &&
	       proc_stat_parse(strbuf_text(&buffer), buffer.length, &stat) == 0 &&
	       !proc_stat_is_ended(&stat) &&
	       (!watched->is_started || stat.start_ns == watched->start_ns);
}
