#include "monitor/process_account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_family.h"
#include "monitor/role_usage.h"

struct process_account {
	struct process_reader reader;
	struct process_family family;
	struct role_usages roles;
};

struct process_account *process_account_new(const struct monitor_config *config,
					    const struct procfs *fs, struct strbuf *missing)
{
	struct process_account *account = alloc_new(struct process_account);

	process_reader_init(&account->reader, fs, missing);
	process_family_init(&account->family, config, fs);
	account->roles.count = 1;
	return account;
}

static void release_process(struct process *process, struct process_reader *reader)
{
	process_meter_release(&process->meter, reader);
	process_detail_release(&process->detail, reader);
}

void process_account_free(struct process_account *account)
{
	if (account == NULL)
		return;
	for (size_t i = 0; i < account->family.processes.count; i++)
		release_process(&account->family.processes.items[i], &account->reader);
	process_family_release(&account->family);
	process_reader_release(&account->reader);
	free(account);
}

/* PROCESS_FAMILY_NONE as the target: in the total only. */
static struct role_usage *get_role(struct process_account *account, uint32_t target, bool is_first)
{
	const char *name;
	struct role_usage *role;

	if (target == PROCESS_FAMILY_NONE)
		return &account->roles.items[0];
	name = process_family_get_role(&account->family, target, is_first);
	role = role_usage_get(&account->roles, name);
	if (role == &account->roles.items[0])
		monitor_add_missing(account->reader.missing,
				    "more than %d roles: '%s' is in the total only",
				    MONITOR_USAGE_MAX - 1, name);
	return role;
}

/* Once a role. */
static void say_refused(struct process_account *account, const struct process *process)
{
	monitor_add_missing(
		account->reader.missing,
		"%s: storage I/O, descriptors and PSS are not for this user to see "
		"(run sonde as root, or as the service's user)",
		process_family_get_role(&account->family, process->target, process->is_first));
}

/* --- those that are gone --- */

static void storage_add(struct process_storage *sum, const struct process_storage *more)
{
	sum->read_bytes += more->read_bytes;
	sum->write_bytes += more->write_bytes;
}

static bool is_nothing(const struct process_times *times)
{
	return times->cpu_ns == 0 && times->faults_minor == 0 && times->faults_major == 0;
}

static struct process *find_reaper(struct process_account *account, pid_t pid)
{
	for (size_t i = 0; i < account->family.reapers.count; i++)
		if (account->family.reapers.items[i].meter.pid == pid)
			return &account->family.reapers.items[i];
	return NULL;
}

/*
 * The parent of `index` as it was last seen; parents stand before their children. When it is not
 * ours (it ended an update ago), its children went to the reaper. NULL when there is none.
 */
static struct process *find_parent(struct process_account *account, size_t index)
{
	const struct process *process = &account->family.processes.items[index];

	for (size_t i = index; i > 0; i--)
		if (account->family.processes.items[i - 1].meter.pid == process->meter.parent_pid)
			return &account->family.processes.items[i - 1];
	return find_reaper(account, account->family.targets[process->target].config.reaper);
}

/* Adds to what the role keeps; a role that has used nothing is not made for it. */
static void keep(struct process_account *account, const struct process *process, bool is_first,
		 const struct process_times *times)
{
	if (!is_nothing(times))
		process_times_add(&get_role(account, process->target, is_first)->kept, times);
}

static void settle_storage(struct process_account *account, const struct process *process,
			   struct process *parent)
{
	storage_add(&get_role(account, process->target, process->is_first)->kept_storage,
		    &process->storage);
	if (parent == NULL)
		return;
	storage_add(&parent->storage_known, &process->storage);
	storage_add(&parent->storage_known, &process->storage_known);
}

/*
 * What a parent may have waited for moves on to it: own time, and that of children that were waited
 * for or may have been. The rest is lost to the kernel, and kept here.
 */
static void settle(struct process_account *account, size_t index)
{
	struct process *process = &account->family.processes.items[index];
	struct process *parent = find_parent(account, index);
	const struct process_times *waited = &process->meter.waited;
	struct process_times children = process_children_get(&process->children, waited);
	struct process_times lost = process_children_get_lost(&process->children, waited);
	struct process_times open = process_children_get_open(&process->children, waited);
	struct process_times all = process->meter.own;

	process_tasks_add_sums(&process->meter.tasks,
			       &get_role(account, process->target, process->is_first)->kept_tasks);
	release_process(process, &account->reader);
	settle_storage(account, process, parent);
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

	for (size_t i = account->family.processes.count; i > 0; i--)
		if (account->family.processes.items[i - 1].is_gone)
			settle(account, i - 1);
	for (size_t i = 0; i < account->family.processes.count; i++)
		if (!account->family.processes.items[i].is_gone)
			account->family.processes.items[kept++] =
				account->family.processes.items[i];
	account->family.processes.count = kept;
}

/* --- sums --- */

static void raise_to_growth(uint64_t *value, uint64_t known, uint64_t all)
{
	uint64_t own = monitor_growth(known, all);

	if (*value < own)
		*value = own;
}

static void sum_storage(struct process_account *account, struct process *process,
			struct role_usage *role)
{
	const struct process_storage *all = &process->detail.storage,
				     *known = &process->storage_known;

	raise_to_growth(&process->storage.read_bytes, known->read_bytes, all->read_bytes);
	raise_to_growth(&process->storage.write_bytes, known->write_bytes, all->write_bytes);
	storage_add(&role->storage_sum, &process->storage);
	role->usage.has_storage &= process->detail.has_storage;
	if (process->detail.is_refused)
		say_refused(account, process);
}

static void sum_processes(struct process_account *account)
{
	for (size_t i = 0; i < account->family.processes.count; i++) {
		struct process *process = &account->family.processes.items[i];
		const struct process_meter *meter = &process->meter;
		struct role_usage *role = get_role(account, process->target, process->is_first);
		struct process_times children =
			process_children_get(&process->children, &meter->waited);

		sum_storage(account, process, role);
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

	for (size_t i = 0; i < account->family.processes.count; i++) {
		const struct process *process = &account->family.processes.items[i];
		struct process_times open =
			process_children_get_open(&process->children, &process->meter.waited);

		process_times_add(&answered, &open);
	}
	for (size_t i = 0; i < account->family.reapers.count; i++) {
		const struct process *reaper = &account->family.reapers.items[i];
		struct process_times unseen = reaper->meter.waited;

		process_times_subtract(&unseen, &reaper->children.waited_first);
		process_times_subtract(&unseen, &reaper->children.elsewhere);
		process_times_subtract(&unseen, &answered);
		if (!is_nothing(&unseen))
			process_times_add(&get_role(account, reaper->target, false)->sum, &unseen);
	}
}

/* --- the whole --- */

static void update_process(struct process_account *account, struct process *process)
{
	const struct proc_stat *stat =
		process_family_find_stat(&account->family, process->meter.pid);

	get_role(account, process->target, process->is_first); /* it is there from now on */
	if (process->is_gone)
		return;
	process->is_gone = process_meter_update(&process->meter, &account->reader, stat) < 0;
	if (!process->is_gone)
		process_detail_update_storage(&process->detail, &account->reader,
					      process->meter.pid);
}

void process_account_update(struct process_account *account)
{
	int r;

	if (account->family.target_count == 0)
		return;
	r = process_family_update(&account->family, account->reader.missing);
	if (r < 0) {
		monitor_add_missing(account->reader.missing,
				    "processes: %s/proc cannot be read: %s",
				    account->reader.fs.root, strerror(-r));
		return;
	}
	for (size_t i = 0; i < account->family.processes.count; i++)
		update_process(account, &account->family.processes.items[i]);
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

/* --- of the moment --- */

static void add_gauges(struct role_gauges *sum, const struct role_gauges *more)
{
	if (more->thread_max_ns > sum->thread_max_ns)
		sum->thread_max_ns = more->thread_max_ns;
	sum->has_descriptors &= more->has_descriptors;
	sum->descriptor_count += more->descriptor_count;
	sum->has_pss &= more->has_pss;
	sum->pss_bytes += more->pss_bytes;
}

static struct role_gauges read_process_gauges(struct process_account *account,
					      struct process *process, bool has_pss,
					      bool is_slow_allowed)
{
	struct process_detail *detail = &process->detail;
	pid_t pid = process->meter.pid;

	process_detail_update_descriptors(detail, &account->reader, pid, is_slow_allowed);
	if (has_pss)
		process_detail_update_pss(detail, &account->reader, pid);
	return (struct role_gauges){
		.thread_max_ns = process_tasks_take_busiest(&process->meter.tasks),
		.has_descriptors = detail->has_descriptors,
		.descriptor_count = detail->descriptor_count,
		.has_pss = has_pss && detail->has_pss,
		.pss_bytes = detail->pss_bytes,
	};
}

void process_account_read_gauges(struct process_account *account, bool has_pss,
				 bool is_slow_allowed,
				 struct role_gauges gauges[static MONITOR_USAGE_MAX])
{
	for (uint32_t i = 0; i < MONITOR_USAGE_MAX; i++)
		gauges[i] = (struct role_gauges){.has_descriptors = true, .has_pss = has_pss};
	for (size_t i = 0; i < account->family.processes.count; i++) {
		struct process *process = &account->family.processes.items[i];
		const struct role_usage *role =
			get_role(account, process->target, process->is_first);
		struct role_gauges own;

		if (process->meter.is_ended)
			continue;
		own = read_process_gauges(account, process, has_pss, is_slow_allowed);
		if (role != account->roles.items)
			add_gauges(&gauges[role - account->roles.items], &own);
		add_gauges(&gauges[0], &own);
	}
}

/* --- who is whose --- */

void process_account_list_pids(const struct process_account *account, struct proc_ids *pids)
{
	vec_clear(pids);
	for (size_t i = 0; i < account->family.processes.count; i++)
		if (!account->family.processes.items[i].meter.is_ended)
			vec_push(pids, account->family.processes.items[i].meter.pid);
	proc_file_sort_ids(pids);
}

const char *process_account_get_role(const struct process_account *account, pid_t pid)
{
	const struct process *process = process_family_find(&account->family, pid);

	return process != NULL ? process_family_get_role(&account->family, process->target,
							 process->is_first)
			       : "";
}

uint32_t process_account_find_target(const struct process_account *account, pid_t pid)
{
	const struct process *process = process_family_find(&account->family, pid);

	return process != NULL ? process->target : PROCESS_FAMILY_NONE;
}

uint32_t process_account_get_target_count(const struct process_account *account)
{
	return account->family.target_count;
}

const struct monitor_target *process_account_get_target(const struct process_account *account,
							uint32_t index)
{
	return &account->family.targets[index].config;
}

bool process_account_is_alive(const struct process_account *account, uint32_t target)
{
	scoped(strbuf_release) struct strbuf buffer;
	const struct process_target *watched;
	struct proc_stat stat;

	if (target >= account->family.target_count)
		return false;
	watched = &account->family.targets[target];
	strbuf_init(&buffer, 4096);
	return proc_file_read(&account->reader.fs, &buffer, "/proc/%d/stat",
			      (int)watched->config.pid) == 0 &&
	       proc_stat_parse(strbuf_text(&buffer), buffer.length, &stat) == 0 &&
	       !proc_stat_is_ended(&stat) &&
	       (!watched->is_started || stat.start_ns == watched->start_ns);
}
