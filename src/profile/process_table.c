#include "profile/process_table.h"

#include <stdio.h>

void process_table_init(struct process_table *table)
{
	*table = (struct process_table){0};
	pid_map_init(&table->process_index);
	pid_map_init(&table->task_index);
}

void process_table_release(struct process_table *table)
{
	for (size_t i = 0; i < table->processes.count; i++)
		mapping_list_free(table->processes.items[i].mappings);
	vec_release(&table->processes);
	vec_release(&table->tasks);
	vec_release(&table->free_processes);
	vec_release(&table->free_tasks);
	pid_map_release(&table->process_index);
	pid_map_release(&table->task_index);
}

struct process *process_table_find(const struct process_table *table, uint32_t pid)
{
	uint32_t index;

	return pid_map_find(&table->process_index, pid, &index) ? &table->processes.items[index]
								: NULL;
}

struct task *process_table_find_task(const struct process_table *table, uint32_t tid)
{
	uint32_t index;

	return pid_map_find(&table->task_index, tid, &index) ? &table->tasks.items[index] : NULL;
}

static void remove_process(struct process_table *table, uint32_t pid)
{
	struct process *process = process_table_find(table, pid);

	if (process == NULL)
		return;
	mapping_list_free(process->mappings);
	vec_push(&table->free_processes, (uint32_t)(process - table->processes.items));
	pid_map_remove(&table->process_index, pid);
	*process = (struct process){0};
}

void process_table_exit(struct process_table *table, uint32_t tid)
{
	struct task *task = process_table_find_task(table, tid);
	struct process *process;

	if (task == NULL)
		return;
	process = process_table_find(table, task->pid);
	if (process != NULL && process->thread_count > 0 && --process->thread_count == 0)
		remove_process(table, task->pid);
	vec_push(&table->free_tasks, (uint32_t)(task - table->tasks.items));
	pid_map_remove(&table->task_index, tid);
	*task = (struct task){0};
}

struct process *process_table_add(struct process_table *table, uint32_t pid,
				  struct process_roles roles, uint64_t since_ns)
{
	uint32_t index;

	remove_process(table, pid);
	if (table->free_processes.count > 0) {
		index = table->free_processes.items[--table->free_processes.count];
	} else {
		index = (uint32_t)table->processes.count;
		vec_push(&table->processes, (struct process){0});
	}
	table->processes.items[index] = (struct process){
		.pid = pid,
		.since_ns = since_ns,
		.roles = roles,
		.mappings = mapping_list_new(&table->mapping_total),
	};
	pid_map_set(&table->process_index, pid, index);
	return &table->processes.items[index];
}

struct task *process_table_add_task(struct process_table *table, uint32_t pid, uint32_t tid,
				    const char *comm)
{
	struct process *process;
	struct task *task;
	uint32_t index;

	process_table_exit(table, tid);
	process = process_table_find(table, pid);
	if (process != NULL)
		process->thread_count++;
	if (table->free_tasks.count > 0) {
		index = table->free_tasks.items[--table->free_tasks.count];
	} else {
		index = (uint32_t)table->tasks.count;
		vec_push(&table->tasks, (struct task){0});
	}
	task = &table->tasks.items[index];
	*task = (struct task){.pid = pid, .tid = tid, .thread = PROCESS_NO_THREAD};
	snprintf(task->comm, sizeof(task->comm), "%s", comm);
	pid_map_set(&table->task_index, tid, index);
	return task;
}

void process_table_fork(struct process_table *table, uint32_t pid, uint32_t tid,
			uint32_t parent_pid, uint32_t parent_tid, uint64_t time_ns)
{
	const struct process *parent = process_table_find(table, parent_pid);
	const struct process *known = process_table_find(table, pid);
	struct task *parent_task = process_table_find_task(table, parent_tid);
	char comm[COMM_BYTES] = "";

	if (parent == NULL || (known != NULL && pid != parent_pid && known->since_ns > time_ns))
		return;
	if (parent_task != NULL) {
		snprintf(comm, sizeof(comm), "%s", parent_task->comm);
		parent_task->creates_left = TASK_CREATES_SAMPLES;
	}
	if (pid != parent_pid) {
		struct process_roles roles = {parent->roles.descendants, parent->roles.descendants};
		struct mapping_list *mappings = mapping_list_share(parent->mappings);
		struct process *child = process_table_add(table, pid, roles, 0);

		mapping_list_free(child->mappings);
		child->mappings = mappings;
	} else if (parent->since_ns > time_ns && process_table_find_task(table, tid) != NULL) {
		return; /* found in /proc already, with its name */
	}
	process_table_add_task(table, pid, tid, comm)->is_newcomer = true;
}

void process_table_exec(struct process_table *table, struct process *process)
{
	mapping_list_free(process->mappings);
	process->mappings = mapping_list_new(&table->mapping_total);
}
