#include "profile/profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"
#include "procfs/proc_file.h"
#include "procfs/proc_maps.h"
#include "profile/module_table.h"
#include "profile/process_table.h"
#include "profile/stack_builder.h"
#include "profile/start_site.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { MAPS_BYTES_MAX = 32 << 20, PATH_BYTES = 4096 };

struct profile {
	struct capture *capture;
	struct profile_data data;
	struct process_table processes;
	struct module_table modules;
	struct stack_builder stacks;
	struct process_roles strangers; /* roles of a process whose fork was not seen */
	struct strbuf text;		/* of /proc files, kept for the next */
};

static void add_mapping(struct profile *profile, struct process *process,
			const struct module_mapping *mapping, uint64_t file_offset)
{
	struct mapping new_mapping = {
		.start = mapping->start,
		.end = mapping->end,
		.file_offset = file_offset,
		.module = module_table_intern(&profile->modules, mapping),
	};

	mapping_list_add(&process->mappings, &new_mapping);
}

/* What the process has mapped by now; nothing when it is gone. */
static void read_mappings(struct profile *profile, struct process *process)
{
	struct procfs fs = {0};
	struct proc_maps_iterator maps;
	struct proc_mapping line;
	char path[PATH_BYTES];

	if (proc_file_read(&fs, &profile->text, "/proc/%" PRIu32 "/maps", process->pid) < 0)
		return;
	maps = (struct proc_maps_iterator){.text = profile->text.data,
					   .length = profile->text.length};
	while (proc_maps_next(&maps, &line) > 0) {
		if (!line.is_executable)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)line.path_length, line.path);
		add_mapping(profile, process,
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
 * is missed.
 */
static struct process *add_living_process(struct profile *profile, uint32_t pid,
					  struct process_roles roles)
{
	struct process *process =
		process_table_add(&profile->processes, pid, roles, clock_now_ns());

	read_mappings(profile, process);
	return process;
}

static struct task *add_living_task(struct profile *profile, uint32_t pid, uint32_t tid)
{
	struct procfs fs = {0};
	char comm[COMM_BYTES] = "";

	if (proc_file_read(&fs, &profile->text, "/proc/%" PRIu32 "/task/%" PRIu32 "/comm", pid,
			   tid) == 0)
		snprintf(comm, sizeof(comm), "%.*s",
			 (int)strcspn(strbuf_text(&profile->text), "\n"),
			 strbuf_text(&profile->text));
	return process_table_add_task(&profile->processes, pid, tid, comm);
}

static struct process *get_process(struct profile *profile, uint32_t pid)
{
	struct process *process = process_table_find(&profile->processes, pid);

	return process != NULL ? process : add_living_process(profile, pid, profile->strangers);
}

static struct task *get_task(struct profile *profile, uint32_t pid, uint32_t tid)
{
	struct task *task = process_table_find_task(&profile->processes, tid);

	return task != NULL && task->pid == pid ? task : add_living_task(profile, pid, tid);
}

static void handle_mmap(struct profile *profile, const struct perf_record *record)
{
	static const char deleted[] = " (deleted)";
	const struct perf_record_mmap *mmap = &record->mmap;
	struct process *process = get_process(profile, record->pid);
	size_t length = strlen(mmap->path), suffix = sizeof(deleted) - 1;
	char path[PATH_BYTES];

	if (record->time_ns < process->since_ns ||
	    (mmap->protection != 0 && !(mmap->protection & PROT_EXEC)))
		return;
	if (length > suffix && strcmp(mmap->path + length - suffix, deleted) == 0)
		length -= suffix;
	snprintf(path, sizeof(path), "%.*s", (int)length, mmap->path);
	add_mapping(profile, process,
		    &(struct module_mapping){
			    .pid = record->pid,
			    .start = mmap->start,
			    .end = mmap->start + mmap->length,
			    .path = path,
			    .device_major = mmap->device_major,
			    .device_minor = mmap->device_minor,
			    .inode = mmap->inode,
		    },
		    mmap->file_offset);
}

static void handle_comm(struct profile *profile, const struct perf_record *record)
{
	struct process *process = get_process(profile, record->pid);
	struct task *task;

	if (record->time_ns < process->since_ns)
		return;
	if (record->misc & PERF_RECORD_MISC_COMM_EXEC)
		process_table_exec(&profile->processes, process);
	task = get_task(profile, record->pid, record->tid);
	snprintf(task->comm, sizeof(task->comm), "%s", record->comm);
}

/*
 * Its name is that of now: names enter the data when they are sampled, however often a thread
 * changes its own.
 */
static uint32_t get_thread(struct profile *profile, const struct process *process,
			   struct task *task)
{
	uint32_t comm = string_table_intern(&profile->data.strings, task->comm);

	if (task->thread == PROCESS_NO_THREAD) {
		task->thread = (uint32_t)profile->data.threads.count;
		vec_push(&profile->data.threads, (struct profile_thread){
							 .pid = task->pid,
							 .tid = task->tid,
							 .role = process->roles.own,
						 });
	}
	profile->data.threads.items[task->thread].comm = comm;
	return task->thread;
}

static void handle_sample(struct profile *profile, const struct perf_record *record)
{
	struct process *process = get_process(profile, record->pid);
	struct task *task = get_task(profile, record->pid, record->tid);
	struct sample sample = {.time_ns = record->time_ns};

	process = process_table_find(&profile->processes,
				     record->pid); /* get_task may have moved it */
	if (process == NULL)
		return;
	sample.thread = get_thread(profile, process, task);
	sample.stack = stack_builder_add(&profile->stacks, record, process->mappings);
	vec_push(&profile->data.samples, sample);
}

static void handle_record(void *arg, const struct perf_record *record)
{
	struct profile *profile = arg;

	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		handle_sample(profile, record);
		break;
	case PERF_RECORD_MMAP:
		handle_mmap(profile, record);
		break;
	case PERF_RECORD_COMM:
		handle_comm(profile, record);
		break;
	case PERF_RECORD_FORK:
		process_table_fork(&profile->processes, record->pid, record->tid,
				   record->task.parent_pid, record->task.parent_tid,
				   record->time_ns);
		break;
	case PERF_RECORD_EXIT:
		process_table_exit(&profile->processes, record->tid);
		break;
	case PERF_RECORD_THROTTLE:
		profile->data.quality.throttled_count++;
		break;
	default:
		break;
	}
}

static struct process_roles get_roles(struct profile *profile, const struct profile_target *target,
				      bool is_descendant)
{
	const char *child = target->child_role != NULL ? target->child_role : "";
	const char *own = target->role != NULL && !is_descendant ? target->role
			  : is_descendant			 ? child
								 : "";

	return (struct process_roles){string_table_intern(&profile->data.strings, own),
				      string_table_intern(&profile->data.strings, child)};
}

/* The processes and threads that were there before the events were. */
static void add_present(struct profile *profile, const struct profile_config *config)
{
	const struct capture_tasks *tasks = capture_get_tasks(profile->capture);

	for (size_t i = 0; i < tasks->count; i++) {
		const struct capture_task *task = &tasks->items[i];
		const struct profile_target *target = &config->targets[task->target];

		if (process_table_find(&profile->processes, task->pid) == NULL)
			add_living_process(
				profile, task->pid,
				get_roles(profile, target, (pid_t)task->pid != target->pid));
		add_living_task(profile, task->pid, task->tid);
	}
}

/* Looks the address up in this process, and lets stacks that end there count as complete. */
static void add_start(struct profile *profile, const struct process *self, uint64_t return_avma)
{
	const struct mapping *mapping =
		return_avma > 0 ? mapping_list_find(self->mappings, return_avma - 1) : NULL;

	if (mapping != NULL)
		stack_builder_add_start(
			&profile->stacks, mapping->module,
			module_table_get_svma(&profile->modules, mapping, return_avma - 1));
}

static void add_starts(struct profile *profile)
{
	struct process self = {
		.pid = (uint32_t)getpid(),
		.mappings = mapping_list_new(&profile->processes.mapping_total),
	};

	read_mappings(profile, &self);
	add_start(profile, &self, start_site_find_thread());
	add_start(profile, &self, start_site_find_main());
	mapping_list_free(self.mappings);
}

int profile_open(struct profile **ret_profile, const struct profile_config *config, struct err *err)
{
	scoped(profile_cleanup) struct profile *profile = alloc_new(struct profile);
	scoped_free pid_t *pids = alloc_array(config->target_count, sizeof(*pids));
	struct capture_config capture_config = {
		.pids = pids,
		.pid_count = config->target_count,
		.frequency_hz = config->frequency_hz,
		.has_stacks = config->stacks == PROFILE_STACKS_FP,
		.event = config->event,
	};
	int result;

	strbuf_init(&profile->text, MAPS_BYTES_MAX);
	profile_data_init(&profile->data);
	process_table_init(&profile->processes);
	module_table_init(&profile->modules, &profile->data);
	stack_builder_init(&profile->stacks, &profile->data, &profile->modules);
	for (uint32_t i = 0; i < config->target_count; i++)
		pids[i] = config->targets[i].pid;
	result = capture_open(&profile->capture, &capture_config, err);
	if (result < 0)
		return result;
	profile->data.frequency_hz = config->frequency_hz;
	profile->data.weight_ns = (uint64_t)llround(1e9 / config->frequency_hz);
	profile->data.event =
		string_table_intern(&profile->data.strings, capture_get_event(profile->capture));
	profile->data.sampler = string_table_intern(&profile->data.strings, "perf_event");
	profile->data.quality.is_kernel_hidden = capture_is_kernel_hidden(profile->capture);
	if (config->target_count == 1)
		profile->strangers = get_roles(profile, &config->targets[0], true);
	add_present(profile, config);
	add_starts(profile);
	*ret_profile = profile;
	profile = NULL;
	return 0;
}

void profile_close(struct profile *profile)
{
	if (profile == NULL)
		return;
	capture_close(profile->capture);
	stack_builder_release(&profile->stacks);
	module_table_release(&profile->modules);
	process_table_release(&profile->processes);
	profile_data_release(&profile->data);
	strbuf_release(&profile->text);
	free(profile);
}

void profile_enable(struct profile *profile)
{
	profile_drain(profile);
	capture_enable(profile->capture);
}

void profile_disable(struct profile *profile)
{
	capture_disable(profile->capture);
}

void profile_drain(struct profile *profile)
{
	capture_drain(profile->capture, handle_record, profile);
}

int profile_get_poll_fd(const struct profile *profile)
{
	return capture_get_poll_fd(profile->capture);
}

uint64_t profile_get_sample_count(const struct profile *profile)
{
	return profile->data.samples.count;
}

uint64_t profile_get_lost_count(const struct profile *profile)
{
	return capture_get_lost_count(profile->capture);
}

uint64_t profile_get_cpu_ns(const struct profile *profile)
{
	return capture_read_cpu_ns(profile->capture);
}

void profile_finish(struct profile *profile, struct profile_data *ret_data)
{
	struct profile_quality *quality = &profile->data.quality;

	profile_disable(profile);
	capture_flush(profile->capture, handle_record, profile);
	quality->sample_count = profile->data.samples.count;
	quality->lost_count = capture_read_lost_samples(profile->capture);
	quality->bytes_from_kernel = capture_get_bytes(profile->capture);
	quality->cpu_ns = capture_read_cpu_ns(profile->capture);
	if (quality->is_kernel_hidden) {
		uint64_t user_ns =
			(quality->sample_count + quality->lost_count) * profile->data.weight_ns;

		quality->kernel_hidden_ns =
			quality->cpu_ns > user_ns ? quality->cpu_ns - user_ns : 0;
	}
	stack_builder_finish(&profile->stacks);
	*ret_data = profile->data;
	profile_data_init(&profile->data);
}
