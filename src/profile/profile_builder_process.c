#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "procfs/proc_maps.h"
#include "procfs/proc_tree.h"
#include "profile/profile_builder_parts.h"
#include "util/clock.h"

enum { PATH_BYTES = 4096 };

static void find_build_id(const struct profile_builder *builder, struct module_mapping *mapping)
{
	for (size_t i = 0; i < builder->build_ids.count; i++) {
		const struct known_build_id *known = &builder->build_ids.items[i];

		if (strcmp(string_table_get(&builder->data.strings, known->path), mapping->path) !=
		    0)
			continue;
		memcpy(mapping->build_id, known->bytes, sizeof(mapping->build_id));
		mapping->build_id_length = known->length;
		return;
	}
}

void profile_builder_add_mapping(struct profile_builder *builder, struct process *process,
				 struct module_mapping *mapping, uint64_t file_offset)
{
	struct mapping new_mapping = {
		.start = mapping->start,
		.end = mapping->end,
		.file_offset = file_offset,
	};

	if (mapping->build_id_length == 0 && builder->build_ids.count > 0)
		find_build_id(builder, mapping);
	mapping->namespace_pid = process->namespace_pid;
	new_mapping.module = module_table_intern(&builder->modules, mapping);
	new_mapping.bias = module_table_get_bias(&builder->modules, new_mapping.module,
						 mapping->start, mapping->end, file_offset);
	mapping_list_add(&process->mappings, &new_mapping);
	builder->unwinder_pid = 0;
}

/* "NSpid:\t123\t7": in the innermost namespace it is 7. */
static void read_namespace_pid(struct profile_builder *builder, struct process *process)
{
	struct procfs fs = {0};
	const char *at, *last;

	if (proc_file_read(&fs, &builder->text, "/proc/%" PRIu32 "/status", process->pid) < 0)
		return;
	at = strstr(strbuf_text(&builder->text), "\nNSpid:");
	if (at == NULL)
		return;
	at += strlen("\nNSpid:");
	for (last = at; *at != '\0' && *at != '\n'; at++)
		if (*at == '\t')
			last = at + 1;
	process->namespace_pid = (uint32_t)strtoul(last, NULL, 10);
}

/*
 * What the process has mapped by now; nothing when it is gone. Without the page of vsyscalls, which
 * is in every process and in none: it would be memory of its own of each.
 */
static void read_mappings(struct profile_builder *builder, struct process *process)
{
	struct procfs fs = {0};
	struct proc_maps_iterator maps;
	struct proc_mapping line;
	char path[PATH_BYTES];

	read_namespace_pid(builder, process);
	if (proc_file_read(&fs, &builder->text, "/proc/%" PRIu32 "/maps", process->pid) < 0)
		return;
	maps = (struct proc_maps_iterator){.text = builder->text.data,
					   .length = builder->text.length};
	while (proc_maps_next(&maps, &line) > 0) {
		if (!line.is_executable || line.start_avma >> 63 != 0)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)line.path_length, line.path);
		profile_builder_add_mapping(builder, process,
					    &(struct module_mapping){
						    .pid = process->pid,
						    .start = line.start_avma,
						    .end = line.end_avma,
						    .path = path,
						    .device_major = line.dev_major,
						    .device_minor = line.dev_minor,
						    .inode = line.inode,
					    },
					    line.file_offset);
	}
}

/*
 * A process that exists already: since_ns is taken first, so that nothing between it and the look
 * is missed. Of an imported profile nothing is known but what its records say.
 */
static struct process *add_present_process(struct profile_builder *builder, uint32_t pid,
					   struct process_roles roles)
{
	struct process *process = process_table_add(&builder->processes, pid, roles,
						    builder->is_live ? clock_now_ns() : 0);

	if (builder->is_live)
		read_mappings(builder, process);
	return process;
}

/* Leaves `comm` as it is when the thread is gone. */
static void read_comm(struct profile_builder *builder, uint32_t pid, uint32_t tid,
		      char comm[static COMM_BYTES])
{
	struct procfs fs = {0};

	if (proc_file_read(&fs, &builder->text, "/proc/%" PRIu32 "/task/%" PRIu32 "/comm", pid,
			   tid) == 0)
		snprintf(comm, COMM_BYTES, "%.*s", (int)strcspn(strbuf_text(&builder->text), "\n"),
			 strbuf_text(&builder->text));
}

static struct task *add_present_task(struct profile_builder *builder, uint32_t pid, uint32_t tid)
{
	char comm[COMM_BYTES] = "";

	if (builder->is_live)
		read_comm(builder, pid, tid, comm);
	else /* no record names it: perf's word for that, so that it can be told from others */
		snprintf(comm, sizeof(comm), ":%" PRIu32, tid);
	return process_table_add_task(&builder->processes, pid, tid, comm);
}

struct process *profile_builder_get_process(struct profile_builder *builder, uint32_t pid)
{
	struct process *process = process_table_find(&builder->processes, pid);

	return process != NULL ? process : add_present_process(builder, pid, builder->strangers);
}

struct task *profile_builder_get_task(struct profile_builder *builder, uint32_t pid, uint32_t tid)
{
	struct task *task = process_table_find_task(&builder->processes, tid);

	return task != NULL && task->pid == pid ? task : add_present_task(builder, pid, tid);
}

static struct process_roles intern_roles(struct profile_builder *builder, const char *own,
					 const char *descendants)
{
	return (struct process_roles){string_table_intern(&builder->data.strings, own),
				      string_table_intern(&builder->data.strings, descendants)};
}

void profile_builder_add_process(struct profile_builder *builder, uint32_t pid, const char *role,
				 const char *child_role)
{
	add_present_process(builder, pid, intern_roles(builder, role, child_role));
}

void profile_builder_add_thread(struct profile_builder *builder, uint32_t pid, uint32_t tid)
{
	profile_builder_get_process(builder, pid);
	add_present_task(builder, pid, tid);
}

void profile_builder_set_strangers(struct profile_builder *builder, const char *role)
{
	builder->strangers = intern_roles(builder, role, role);
}

void profile_builder_add_build_id(struct profile_builder *builder, const char *path,
				  const uint8_t *build_id, uint8_t length)
{
	struct known_build_id known = {.path = string_table_intern(&builder->data.strings, path),
				       .length = length};

	if (length > sizeof(known.bytes))
		known.length = sizeof(known.bytes);
	memcpy(known.bytes, build_id, known.length);
	vec_push(&builder->build_ids, known);
}

void profile_builder_add_start(struct profile_builder *builder, uint64_t return_avma)
{
	struct process self = {
		.pid = (uint32_t)getpid(),
		.mappings = mapping_list_new(&builder->processes.mapping_total),
	};
	struct code_address at;

	read_mappings(builder, &self);
	at = stack_builder_resolve(self.mappings, return_avma - 1, false);
	if (at.module != MODULE_ID_UNKNOWN)
		stack_builder_add_start(&builder->stacks, at.module, at.lookup_addr);
	mapping_list_free(self.mappings);
}

/* Of a process that is gone, what was known of it stays. */
static void renew_mappings(struct profile_builder *builder, struct process *process)
{
	struct mapping_list *old = process->mappings;

	process->mappings = mapping_list_new(&builder->processes.mapping_total);
	process->since_ns = clock_now_ns();
	read_mappings(builder, process);
	if (process->mappings->mappings.count == 0) {
		mapping_list_free(process->mappings);
		process->mappings = old;
		return;
	}
	mapping_list_free(old);
	builder->unwinder_pid = 0;
}

bool profile_builder_refresh(struct profile_builder *builder, uint32_t pid, uint64_t than_ns)
{
	struct process *process = process_table_find(&builder->processes, pid);
	struct procfs fs = {0};
	struct proc_ids tids = {0};

	if (process == NULL || process->refreshed_ns >= than_ns)
		return false;
	process->refreshed_ns = clock_now_ns();
	renew_mappings(builder, process);
	if (proc_tree_list_tasks(&fs, (pid_t)pid, &tids) == 0)
		for (size_t i = 0; i < tids.count; i++) {
			struct task *task = process_table_find_task(&builder->processes,
								    (uint32_t)tids.items[i]);

			if (task != NULL)
				read_comm(builder, pid, task->tid, task->comm);
		}
	vec_release(&tids);
	return true;
}
