#include "profile/profile_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "profile/profile_builder_parts.h"
#include "util/alloc.h"

enum { MAPS_BYTES_MAX = 32 << 20, PATH_BYTES = 4096 };

static void handle_mmap(struct profile_builder *builder, const struct perf_record *record)
{
	static const char deleted[] = " (deleted)";
	const struct perf_record_mmap *mmap = &record->mmap;
	struct process *process = profile_builder_get_process(builder, record->pid);
	size_t length = strlen(mmap->path), suffix = sizeof(deleted) - 1;
	struct module_mapping mapping = {
		.pid = record->pid,
		.start = mmap->start,
		.end = mmap->start + mmap->length,
		.device_major = mmap->device_major,
		.device_minor = mmap->device_minor,
		.inode = mmap->inode,
		.build_id_length = mmap->build_id_length,
	};
	char path[PATH_BYTES];

	if (record->time_ns < process->since_ns ||
	    (mmap->protection != 0 && !(mmap->protection & PROT_EXEC)))
		return;
	if (length > suffix && strcmp(mmap->path + length - suffix, deleted) == 0)
		length -= suffix;
	snprintf(path, sizeof(path), "%.*s", (int)length, mmap->path);
	mapping.path = path;
	memcpy(mapping.build_id, mmap->build_id, sizeof(mapping.build_id));
	profile_builder_add_mapping(builder, process, &mapping, mmap->file_offset);
}

static void handle_comm(struct profile_builder *builder, const struct perf_record *record)
{
	struct process *process = profile_builder_get_process(builder, record->pid);
	struct task *task;

	if (record->time_ns < process->since_ns)
		return;
	if (record->misc & PERF_RECORD_MISC_COMM_EXEC) {
		struct stack_join *join = profile_builder_find_join(builder, record->tid);

		if (join != NULL) {
			profile_builder_settle(builder, join);
			stack_join_clear(join);
		}
		process_table_exec(&builder->processes, process);
		builder->unwinder_pid = 0;
	}
	task = profile_builder_get_task(builder, record->pid, record->tid);
	snprintf(task->comm, sizeof(task->comm), "%s", record->comm);
}

/* Before the record is taken in: whether it is the first that this thread creates for a while. */
static void note_creator(struct profile_builder *builder, uint32_t parent_tid)
{
	const struct task *parent = process_table_find_task(&builder->processes, parent_tid);
	const struct stack_join *join = profile_builder_find_join(builder, parent_tid);

	if (parent != NULL && parent->creates_left == 0 && join != NULL &&
	    join->short_bytes < builder->newcomers.bytes)
		builder->has_new_creator = true;
}

void profile_builder_add_record(struct profile_builder *builder, const struct perf_record *record,
				const struct sample_origin *origin)
{
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		profile_builder_add_sample(builder, record, origin);
		break;
	case PERF_RECORD_MMAP:
		handle_mmap(builder, record);
		break;
	case PERF_RECORD_COMM:
		handle_comm(builder, record);
		break;
	case PERF_RECORD_FORK:
		profile_builder_end_join(builder, record->tid); /* its exit may have been lost */
		note_creator(builder, record->task.parent_tid);
		process_table_fork(&builder->processes, record->pid, record->tid,
				   record->task.parent_pid, record->task.parent_tid,
				   record->time_ns);
		break;
	case PERF_RECORD_EXIT:
		profile_builder_end_join(builder, record->tid);
		process_table_exit(&builder->processes, record->tid);
		builder->unwinder_pid = 0;
		break;
	case PERF_RECORD_THROTTLE:
		builder->data.quality.throttled_count++;
		break;
	default:
		break;
	}
}

/* --- the whole --- */

struct profile_builder *profile_builder_new(const struct profile_builder_config *config)
{
	struct profile_builder *builder = alloc_new(struct profile_builder);

	builder->arch = config->arch;
	builder->is_live = config->is_live;
	builder->frames = alloc_array(STACK_DEPTH_MAX, sizeof(*builder->frames));
	strbuf_init(&builder->text, MAPS_BYTES_MAX);
	profile_data_init(&builder->data);
	process_table_init(&builder->processes);
	module_table_init(&builder->modules, &builder->data,
			  &(struct module_table_config){
				  .symbols = config->symbols,
				  .cache_dir = config->cache_dir,
				  .is_live = config->is_live,
				  .root = config->root,
			  });
	stack_builder_init(&builder->stacks, &builder->data, &builder->modules);
	pid_map_init(&builder->join_index);
	builder->unwinder = unwinder_new(config->arch, profile_builder_find_code, builder);
	return builder;
}

void profile_builder_free(struct profile_builder *builder)
{
	if (builder == NULL)
		return;
	for (size_t i = 0; i < builder->joins.count; i++)
		stack_join_release(&builder->joins.items[i]);
	vec_release(&builder->joins);
	vec_release(&builder->free_joins);
	vec_release(&builder->needs);
	vec_release(&builder->build_ids);
	pid_map_release(&builder->join_index);
	unwinder_free(builder->unwinder);
	stack_builder_release(&builder->stacks);
	module_table_release(&builder->modules);
	process_table_release(&builder->processes);
	profile_data_release(&builder->data);
	strbuf_release(&builder->text);
	free(builder->frames);
	free(builder);
}

struct profile_data *profile_builder_get_data(struct profile_builder *builder)
{
	return &builder->data;
}

static int compare_needs(const void *left, const void *right)
{
	const struct stack_need *a = left, *b = right;

	return (a->tid > b->tid) - (a->tid < b->tid);
}

/* A tenth more or less is not worth opening events for. */
static bool is_worth_it(uint32_t now, uint32_t advised)
{
	return advised > now ? advised - now > now / 10 : now - advised > now / 10;
}

static bool is_creator(const struct profile_builder *builder, uint32_t tid)
{
	const struct task *task = process_table_find_task(&builder->processes, tid);

	return task != NULL && task->creates_left > 0;
}

/* What is advised for one thread, and whether that is something else than it has. */
static struct stack_need get_need(const struct profile_builder *builder,
				  const struct stack_join *join)
{
	struct stack_need need = {.tid = join->tid, .sample_count = join->sample_count};
	uint32_t least = is_creator(builder, join->tid) ? builder->newcomers.bytes : 0;
	bool is_advised = stack_join_advise(join, &need.short_bytes, &need.full_bytes);

	if (need.short_bytes < least)
		need.short_bytes = least;
	if (need.full_bytes < least)
		need.full_bytes = least;
	need.has_changed =
		(is_advised || least > 0) && (is_worth_it(join->short_bytes, need.short_bytes) ||
					      is_worth_it(join->full_bytes, need.full_bytes));
	if (stack_join_is_wrong(join) && need.short_bytes > join->short_bytes)
		need.has_changed = true;
	return need;
}

uint32_t profile_builder_get_needs(struct profile_builder *builder,
				   const struct stack_need **ret_needs)
{
	vec_clear(&builder->needs);
	builder->has_new_creator = builder->has_wrong_joins = false;
	builder->has_newcomers_changed |= newcomer_need_advise(&builder->newcomers);
	for (size_t i = 0; i < builder->joins.count; i++) {
		struct stack_join *join = &builder->joins.items[i];

		if (join->tid == 0 || join->full_bytes == 0 ||
		    (join->sample_count == 0 && !is_creator(builder, join->tid)))
			continue;
		profile_builder_settle(builder, join);
		vec_push(&builder->needs, get_need(builder, join));
	}
	if (builder->needs.count > 0)
		qsort(builder->needs.items, builder->needs.count, sizeof(*builder->needs.items),
		      compare_needs);
	*ret_needs = builder->needs.items;
	return (uint32_t)builder->needs.count;
}

struct stack_need profile_builder_get_newcomer_need(const struct profile_builder *builder)
{
	return (struct stack_need){
		.sample_count = builder->newcomers.count,
		.short_bytes = builder->newcomers.bytes,
		.full_bytes = builder->newcomers.bytes,
		.has_changed = builder->has_newcomers_changed,
	};
}

bool profile_builder_has_new_creator(const struct profile_builder *builder)
{
	return builder->has_new_creator;
}

bool profile_builder_has_wrong_joins(const struct profile_builder *builder)
{
	return builder->has_wrong_joins;
}

void profile_builder_restart_needs(struct profile_builder *builder)
{
	builder->has_newcomers_changed = false;
	for (size_t i = 0; i < builder->processes.tasks.count; i++)
		builder->processes.tasks.items[i].is_newcomer = false;
	for (size_t i = 0; i < builder->needs.count; i++) {
		const struct stack_need *need = &builder->needs.items[i];
		struct stack_join *join = profile_builder_find_join(builder, need->tid);

		if (join != NULL)
			stack_join_restart(join, need->full_bytes);
	}
}

/*
 * The tables are empty again: ids of strings, stacks and threads that point into them are made
 * anew.
 */
static void start_anew(struct profile_builder *builder, const struct profile_data *taken)
{
	struct string_table *strings = &builder->data.strings;

#define RENEW(id) ((id) = string_table_intern(strings, string_table_get(&taken->strings, (id))))
	for (size_t i = 0; i < builder->modules.entries.count; i++) {
		RENEW(builder->modules.entries.items[i].path);
		builder->modules.entries.items[i].data_module = MODULE_NOT_HIT;
	}
	for (size_t i = 0; i < builder->processes.processes.count; i++) {
		RENEW(builder->processes.processes.items[i].roles.own);
		RENEW(builder->processes.processes.items[i].roles.descendants);
	}
	for (size_t i = 0; i < builder->build_ids.count; i++)
		RENEW(builder->build_ids.items[i].path);
	RENEW(builder->strangers.own);
	RENEW(builder->strangers.descendants);
	for (size_t i = 0; i < taken->events.count; i++) {
		struct profile_event event = taken->events.items[i];

		RENEW(event.name);
		vec_push(&builder->data.events, event);
	}
	builder->data.sampler = taken->sampler;
	builder->data.stacks_from = taken->stacks_from;
	RENEW(builder->data.sampler);
	RENEW(builder->data.stacks_from);
#undef RENEW
	builder->data.frequency_hz = taken->frequency_hz;
	builder->data.quality.is_kernel_hidden = taken->quality.is_kernel_hidden;
	for (size_t i = 0; i < builder->processes.tasks.count; i++)
		builder->processes.tasks.items[i].thread = PROCESS_NO_THREAD;
	for (size_t i = 0; i < builder->joins.count; i++)
		stack_join_clear(&builder->joins.items[i]);
}

/* Of events whose period the kernel varies: what a sample stood for on average. */
static void find_periods(struct profile_data *data)
{
	for (size_t i = 0; i < data->events.count; i++) {
		struct profile_event *event = &data->events.items[i];
		uint64_t sum = 0, count = 0;

		if (event->period > 0)
			continue;
		for (size_t j = 0; j < data->samples.count; j++)
			if (data->samples.items[j].event == i) {
				sum += data->samples.items[j].period;
				count++;
			}
		event->period = count > 0 && sum >= count ? sum / count : 1;
	}
}

static void take(struct profile_builder *builder, struct profile_data *ret_data, bool has_code)
{
	for (size_t i = 0; i < builder->joins.count; i++)
		if (builder->joins.items[i].tid != 0)
			profile_builder_settle(builder, &builder->joins.items[i]);
	builder->data.quality.sample_count = builder->data.samples.count;
	if (has_code)
		stack_builder_finish(&builder->stacks);
	else
		stack_builder_finish_window(&builder->stacks);
	*ret_data = builder->data;
	profile_data_init(&builder->data);
	start_anew(builder, ret_data);
	find_periods(ret_data); /* behind it: the next window has to find its own */
	stack_builder_restart(&builder->stacks);
}

void profile_builder_take(struct profile_builder *builder, struct profile_data *ret_data)
{
	take(builder, ret_data, true);
}

void profile_builder_take_window(struct profile_builder *builder, struct profile_data *ret_data)
{
	take(builder, ret_data, false);
}
