#include "profile/profile_builder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/pid_map.h"
#include "procfs/proc_file.h"
#include "procfs/proc_maps.h"
#include "procfs/proc_tree.h"
#include "profile/module_table.h"
#include "profile/process_table.h"
#include "profile/stack_builder.h"
#include "profile/stack_join.h"
#include "util/alloc.h"
#include "util/clock.h"

enum {
	MAPS_BYTES_MAX = 32 << 20,
	PATH_BYTES = 4096,
	JOINS_MAX = 1 << 16, /* threads whose stacks are joined at one time */
	REGISTERS_X86_64 = 24,
};

struct known_build_id {
	uint32_t path; /* string id */
	uint8_t bytes[BUILD_ID_BYTES], length;
};

struct profile_builder {
	struct profile_data data;
	struct process_table processes;
	struct module_table modules;
	struct stack_builder stacks;
	struct unwinder *unwinder;
	enum cfi_arch arch;
	bool is_live;
	struct process_roles strangers; /* roles of a process whose fork was not seen */
	struct strbuf text;		/* of /proc files, kept for the next */
	VEC(struct known_build_id) build_ids;

	/* whose code the unwinder walks; the same until mappings or the process change */
	const struct mapping_list *mappings;
	uint32_t unwinder_pid;
	struct unwind_frame *frames; /* STACK_DEPTH_MAX */

	VEC(struct stack_join) joins; /* unused ones have tid 0 */
	VEC(uint32_t) free_joins;
	struct pid_map join_index; /* by tid */
	VEC(struct stack_need) needs;
};

/* --- processes and mappings --- */

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

static void add_mapping(struct profile_builder *builder, struct process *process,
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

/* What the process has mapped by now; nothing when it is gone. */
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
		if (!line.is_executable)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)line.path_length, line.path);
		add_mapping(builder, process,
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
	return process_table_add_task(&builder->processes, pid, tid, comm);
}

static struct process *get_process(struct profile_builder *builder, uint32_t pid)
{
	struct process *process = process_table_find(&builder->processes, pid);

	return process != NULL ? process : add_present_process(builder, pid, builder->strangers);
}

static struct task *get_task(struct profile_builder *builder, uint32_t pid, uint32_t tid)
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
	get_process(builder, pid);
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

/* --- joining --- */

static struct stack_join *find_join(struct profile_builder *builder, uint32_t tid)
{
	uint32_t index;

	return pid_map_find(&builder->join_index, tid, &index) ? &builder->joins.items[index]
							       : NULL;
}

/* NULL when too many threads have one. */
static struct stack_join *get_join(struct profile_builder *builder, uint32_t tid)
{
	struct stack_join *join = find_join(builder, tid);
	uint32_t index;

	if (join != NULL)
		return join;
	if (builder->free_joins.count > 0) {
		index = builder->free_joins.items[--builder->free_joins.count];
	} else {
		index = (uint32_t)builder->joins.count;
		if (index >= JOINS_MAX)
			return NULL;
		vec_push(&builder->joins, (struct stack_join){0});
	}
	stack_join_init(&builder->joins.items[index], tid);
	pid_map_set(&builder->join_index, tid, index);
	return &builder->joins.items[index];
}

/* What could not be joined when it came may be by what was learned since. */
static void settle(struct profile_builder *builder, struct stack_join *join)
{
	size_t kept = 0;

	for (size_t i = 0; i < join->pending.count; i++) {
		const struct stack_join_pending pending = join->pending.items[i];
		uint32_t callers;

		if (!stack_join_find(join, pending.function, pending.cfa, &callers)) {
			join->pending.items[kept++] = pending;
			continue;
		}
		builder->data.samples.items[pending.sample].stack = stack_builder_join(
			&builder->stacks, builder->data.samples.items[pending.sample].stack,
			callers);
		builder->stacks.ends.items[pending.sample] = STACK_END_JOINED;
		if (join->short_count > 0)
			join->short_count--;
	}
	join->pending.count = kept;
}

static void end_join(struct profile_builder *builder, uint32_t tid)
{
	struct stack_join *join = find_join(builder, tid);

	if (join == NULL)
		return;
	settle(builder, join);
	pid_map_remove(&builder->join_index, tid);
	vec_push(&builder->free_joins, (uint32_t)(join - builder->joins.items));
	stack_join_release(join);
}

/* --- unwinding --- */

static bool find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	struct profile_builder *builder = arg;
	const struct mapping *mapping = mapping_list_find(builder->mappings, avma);

	if (mapping == NULL)
		return false;
	ret_code->table = module_table_get_cfi(&builder->modules, mapping->module);
	ret_code->bias = mapping->bias;
	return true;
}

static void begin_unwinding(struct profile_builder *builder, const struct process *process)
{
	if (builder->unwinder_pid != process->pid || builder->mappings != process->mappings)
		unwinder_forget(builder->unwinder);
	builder->unwinder_pid = process->pid;
	builder->mappings = process->mappings;
}

/* perf's numbers of x86-64 registers (asm/perf_regs.h) by DWARF's. */
static const uint8_t perf_numbers_x86_64[17] = {
	0, 3, 2, 1, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 8,
};

static bool read_registers(const struct profile_builder *builder,
			   const struct perf_record_sample *sample,
			   const struct perf_layout *layout, struct unwind_registers *registers)
{
	unsigned count = builder->arch == CFI_X86_64 ? 17 : UNWIND_REGISTER_COUNT;
	unsigned pc = builder->arch == CFI_X86_64 ? 16 : 32;
	unsigned sp = builder->arch == CFI_X86_64 ? 7 : 31;

	registers->known = 0;
	if (sample->registers == NULL || sample->is_32_bit)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (perf_record_get_register(sample, layout,
					     builder->arch == CFI_X86_64 ? perf_numbers_x86_64[i]
									 : i,
					     &registers->values[i]))
			registers->known |= (uint64_t)1 << i;
	return (registers->known >> pc & 1) && (registers->known >> sp & 1);
}

static enum truncation get_truncation(enum unwind_end end)
{
	switch (end) {
	case UNWIND_MEMORY:
		return TRUNCATION_COPY;
	case UNWIND_NO_CODE:
		return TRUNCATION_NO_CODE;
	case UNWIND_NO_RULE:
		return TRUNCATION_NO_RULE;
	case UNWIND_BAD_FRAME:
		return TRUNCATION_BAD_FRAME;
	case UNWIND_REGISTER:
		return TRUNCATION_REGISTER;
	case UNWIND_DEPTH:
		return TRUNCATION_DEPTH;
	case UNWIND_ROOT:
		break;
	}
	return TRUNCATION_UNKNOWN;
}

/* Of the stack in builder->stacks.chain. */
static uint8_t get_truncated_end(const struct profile_builder *builder, enum unwind_end end)
{
	enum truncation reason = get_truncation(end);

	if (end == UNWIND_NO_RULE && builder->stacks.chain.count > 0) {
		const struct module_entry *entry =
			&builder->modules.entries
				 .items[builder->stacks.chain.items[builder->stacks.chain.count - 1]
						.module];

		if (entry->kind == MODULE_FILE && entry->file == NULL)
			reason = TRUNCATION_NO_FILE;
	}
	return (uint8_t)(STACK_END_TRUNCATED + (int)reason);
}

static void push_address(struct profile_builder *builder, struct code_address at)
{
	vec_push(&builder->stacks.chain, at);
}

/* The frames that were walked, behind the kernel's. */
static void push_frames(struct profile_builder *builder, const struct mapping_list *mappings,
			const struct unwind_frame *frames, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		push_address(builder,
			     stack_builder_resolve(mappings, frames[i].lookup_addr, false));
}

/* A stack copy on its way to a sample. */
struct copied_stack {
	const struct sample_origin *origin;
	struct stack_join *join; /* NULL = nothing is learned of it */
	uint64_t sp, time_ns;
	const struct unwind_frame *frames;
	uint32_t count;
	enum unwind_end end;
};

/* While a thread's need is being learned, all copies are. */
static bool is_full_copy(const struct copied_stack *copied)
{
	return copied->origin->is_full || copied->join->short_bytes >= copied->join->full_bytes;
}

static void learn(struct profile_builder *builder, const struct copied_stack *copied)
{
	struct profile_quality *quality = &builder->data.quality;
	struct stack_join *join = copied->join;
	size_t kernel_count = builder->stacks.chain.count - copied->count;
	struct whole_stack whole = {
		.frames = copied->frames,
		.callers = builder->stacks.callers.items + kernel_count,
		.count = copied->count,
		.sp = copied->sp,
	};
	bool is_right;

	if (builder->stacks.path.count != builder->stacks.chain.count)
		return; /* the tables are full: ids and frames do not go together */
	if (copied->origin->may_join && copied->origin->is_full &&
	    join->short_bytes < join->full_bytes &&
	    stack_join_audit(join, &whole, join->short_bytes, &is_right)) {
		quality->audited_count++;
		quality->audit_mismatch_count += !is_right;
	}
	stack_join_learn(join, &whole, is_full_copy(copied));
}

/* The frames of a joined stack are a whole stack's lower part. */
static void extend(struct profile_builder *builder, const struct copied_stack *copied)
{
	size_t kernel_count = builder->stacks.chain.count - copied->count;

	if (builder->stacks.path.count == builder->stacks.chain.count)
		stack_join_extend(copied->join,
				  &(struct whole_stack){
					  .frames = copied->frames,
					  .callers = builder->stacks.callers.items + kernel_count,
					  .count = copied->count,
					  .sp = copied->sp,
				  });
}

static void wait_for_join(struct profile_builder *builder, const struct copied_stack *copied)
{
	const struct unwind_frame *last = &copied->frames[copied->count - 1];
	struct stack_join *join = copied->join;

	join->short_count++;
	if (copied->origin->may_join && join->pending.count < STACK_JOIN_PENDING_MAX &&
	    last->cfa != 0)
		vec_push(&join->pending,
			 (struct stack_join_pending){last->function, last->cfa,
						     (uint32_t)builder->data.samples.count});
}

/* Frames in builder->stacks.chain become a stack, with what is known of its thread. */
static uint32_t finish_copied(struct profile_builder *builder, const struct copied_stack *copied,
			      uint8_t *ret_end)
{
	const struct unwind_frame *last = &copied->frames[copied->count - 1];
	uint32_t callers = STACK_COMPLETE, stack;

	*ret_end = STACK_END_WHOLE;
	if (copied->end == UNWIND_MEMORY && copied->join != NULL && copied->origin->may_join &&
	    stack_join_find(copied->join, last->function, last->cfa, &callers))
		*ret_end = STACK_END_JOINED;
	else if (copied->end != UNWIND_ROOT)
		*ret_end = get_truncated_end(builder, copied->end);
	stack = stack_builder_add(&builder->stacks, callers, copied->time_ns);
	if (copied->join == NULL)
		return stack;
	if (is_full_copy(copied) && copied->join->full_bytes >= copied->join->asked_bytes) {
		copied->join->full_count++;
		copied->join->full_short_count += copied->end == UNWIND_MEMORY;
	}
	if (copied->end == UNWIND_ROOT)
		learn(builder, copied);
	else if (*ret_end == STACK_END_JOINED)
		extend(builder, copied);
	else if (copied->end == UNWIND_MEMORY)
		wait_for_join(builder, copied);
	return stack;
}

static uint32_t add_copied(struct profile_builder *builder, const struct perf_record *record,
			   const struct sample_origin *origin, const struct process *process,
			   uint8_t *ret_end)
{
	const struct perf_record_sample *sample = &record->sample;
	struct copied_stack copied = {.origin = origin, .time_ns = record->time_ns};
	struct unwind_registers registers;
	struct unwind_memory memory = {.bytes = sample->stack, .size = sample->stack_bytes};

	if (!read_registers(builder, sample, origin->layout, &registers)) {
		*ret_end = STACK_END_TRUNCATED + TRUNCATION_NO_REGISTERS;
		if (builder->stacks.chain.count == 0)
			push_address(builder,
				     stack_builder_resolve(process->mappings, sample->ip, false));
		return stack_builder_add(&builder->stacks, STACK_COMPLETE, record->time_ns);
	}
	memory.start = copied.sp = registers.values[builder->arch == CFI_X86_64 ? 7 : 31];
	if (sample->stack == NULL)
		memory.size = 0;
	copied.join = get_join(builder, record->tid);
	if (copied.join != NULL) {
		copied.join->sample_count++;
		if (origin->is_full || !origin->may_join)
			copied.join->full_bytes = sample->stack_reserved_bytes;
		if (!origin->is_full || !origin->may_join)
			copied.join->short_bytes = sample->stack_reserved_bytes;
		if (copied.join->full_bytes < copied.join->short_bytes)
			copied.join->full_bytes = copied.join->short_bytes;
	}
	begin_unwinding(builder, process);
	copied.frames = builder->frames;
	copied.end = unwinder_run(builder->unwinder, &registers, &memory, builder->frames,
				  STACK_DEPTH_MAX, &copied.count);
	push_frames(builder, process->mappings, copied.frames, copied.count);
	builder->data.quality.stack_bytes += sample->stack_reserved_bytes;
	return finish_copied(builder, &copied, ret_end);
}

/* --- samples --- */

/*
 * The chain as the kernel walked it. With `is_kernel_only` the user's part is left out. Returns
 * false when there was none.
 */
static void read_chain(struct profile_builder *builder, const struct perf_record *record,
		       const struct mapping_list *mappings, bool is_kernel_only)
{
	const struct perf_record_sample *sample = &record->sample;
	bool is_kernel = (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
	bool is_exact = true; /* an instruction pointer; else a return address, behind the call */

	for (uint32_t i = 0;
	     i < sample->chain_count && builder->stacks.chain.count < STACK_DEPTH_MAX; i++) {
		uint64_t avma = perf_record_get_chain(sample, i);

		if (avma >= (uint64_t)PERF_CONTEXT_MAX) {
			is_kernel = avma == (uint64_t)PERF_CONTEXT_KERNEL;
			is_exact = true;
			continue;
		}
		if (is_kernel || !is_kernel_only)
			push_address(builder,
				     stack_builder_resolve(mappings, is_exact ? avma : avma - 1,
							   is_kernel));
		is_exact = false;
	}
	if (builder->stacks.chain.count == 0 && (!is_kernel_only || is_kernel))
		push_address(builder, stack_builder_resolve(mappings, sample->ip, is_kernel));
}

/*
 * Where nothing is mapped there is no code: the walk went astray, from a function without frame
 * pointer. What it found from there outwards is noise. The leaf stays, it was really running.
 */
static void strip_astray(struct profile_builder *builder)
{
	struct code_address *items = builder->stacks.chain.items;
	size_t *count = &builder->stacks.chain.count;

	while (*count > 1 && items[*count - 1].module == MODULE_ID_UNKNOWN)
		(*count)--;
}

/*
 * Its name is that of now: names enter the data when they are sampled, however often a thread
 * changes its own.
 */
static uint32_t get_thread(struct profile_builder *builder, const struct process *process,
			   struct task *task)
{
	uint32_t comm = string_table_intern(&builder->data.strings, task->comm);

	if (task->thread == PROCESS_NO_THREAD) {
		task->thread = (uint32_t)builder->data.threads.count;
		vec_push(&builder->data.threads, (struct profile_thread){
							 .pid = task->pid,
							 .tid = task->tid,
							 .role = process->roles.own,
						 });
	}
	builder->data.threads.items[task->thread].comm = comm;
	return task->thread;
}

/* Its process, and its thread's index in the data; NULL when there is none. */
static const struct process *find_whose(struct profile_builder *builder, uint32_t pid, uint32_t tid,
					uint32_t *ret_thread)
{
	const struct process *process;
	struct task *task;

	get_process(builder, pid);
	task = get_task(builder, pid, tid);
	process = process_table_find(&builder->processes, pid); /* get_task may have moved it */
	if (process != NULL)
		*ret_thread = get_thread(builder, process, task);
	return process;
}

/* A clock's samples stand for its period, whichever of two samplers took them. */
static uint64_t get_period(const struct profile_builder *builder, uint16_t event, uint64_t period)
{
	const struct profile_event *known =
		event < builder->data.events.count ? &builder->data.events.items[event] : NULL;

	if (known != NULL && known->is_clock && builder->is_live)
		return known->period;
	return period > 0 ? period : known != NULL && known->period > 0 ? known->period : 1;
}

static void add_sample(struct profile_builder *builder, const struct perf_record *record,
		       const struct sample_origin *origin)
{
	struct sample sample = {
		.time_ns = record->time_ns,
		.period = get_period(builder, origin->event, record->sample.period),
		.event = origin->event,
		.cpu = record->sample.cpu < SAMPLE_CPU_UNKNOWN ? (uint16_t)record->sample.cpu
							       : SAMPLE_CPU_UNKNOWN,
	};
	uint8_t end = STACK_END_TRUNCATED + TRUNCATION_FRAME_POINTERS;
	const struct process *process;

	if (builder->data.samples.count >= UINT32_MAX)
		return;
	process = find_whose(builder, record->pid, record->tid, &sample.thread);
	if (process == NULL)
		return;
	vec_clear(&builder->stacks.chain);
	read_chain(builder, record, process->mappings, origin->has_stack);
	if (origin->has_stack) {
		sample.stack = add_copied(builder, record, origin, process, &end);
	} else {
		if (!(origin->layout->sample_type & PERF_SAMPLE_CALLCHAIN))
			end = STACK_END_TRUNCATED + TRUNCATION_UNKNOWN;
		strip_astray(builder);
		sample.stack = stack_builder_add(&builder->stacks, STACK_COMPLETE, record->time_ns);
	}
	vec_push(&builder->data.samples, sample);
	vec_push(&builder->stacks.ends, end);
}

void profile_builder_add_unwound(struct profile_builder *builder,
				 const struct unwound_sample *unwound)
{
	struct sample sample = {
		.time_ns = unwound->time_ns,
		.period = unwound->period,
		.cpu = SAMPLE_CPU_UNKNOWN,
	};
	uint8_t end = STACK_END_WHOLE;
	const struct process *process =
		find_whose(builder, unwound->pid, unwound->tid, &sample.thread);

	if (process == NULL || builder->data.samples.count >= UINT32_MAX)
		return;
	vec_clear(&builder->stacks.chain);
	push_frames(builder, process->mappings, unwound->frames, unwound->frame_count);
	if (unwound->end != UNWIND_ROOT)
		end = get_truncated_end(builder, unwound->end);
	sample.stack = stack_builder_add(&builder->stacks, STACK_COMPLETE, unwound->time_ns);
	vec_push(&builder->data.samples, sample);
	vec_push(&builder->stacks.ends, end);
}

enum unwind_end profile_builder_unwind(struct profile_builder *builder, uint32_t pid,
				       const struct unwind_registers *registers,
				       const struct unwind_memory *memory,
				       const struct unwind_frame **ret_frames, uint32_t *ret_count)
{
	begin_unwinding(builder, get_process(builder, pid));
	*ret_frames = builder->frames;
	return unwinder_run(builder->unwinder, registers, memory, builder->frames, STACK_DEPTH_MAX,
			    ret_count);
}

void profile_builder_refresh(struct profile_builder *builder, uint32_t pid)
{
	struct process *process = process_table_find(&builder->processes, pid);
	struct procfs fs = {0};
	struct proc_ids tids = {0};

	if (process == NULL)
		return;
	process_table_exec(&builder->processes, process);
	read_mappings(builder, process);
	if (proc_tree_list_tasks(&fs, (pid_t)pid, &tids) == 0)
		for (size_t i = 0; i < tids.count; i++) {
			struct task *task = process_table_find_task(&builder->processes,
								    (uint32_t)tids.items[i]);

			if (task != NULL)
				read_comm(builder, pid, task->tid, task->comm);
		}
	vec_release(&tids);
}

/* --- records --- */

static void handle_mmap(struct profile_builder *builder, const struct perf_record *record)
{
	static const char deleted[] = " (deleted)";
	const struct perf_record_mmap *mmap = &record->mmap;
	struct process *process = get_process(builder, record->pid);
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
	add_mapping(builder, process, &mapping, mmap->file_offset);
}

static void handle_comm(struct profile_builder *builder, const struct perf_record *record)
{
	struct process *process = get_process(builder, record->pid);
	struct task *task;

	if (record->time_ns < process->since_ns)
		return;
	if (record->misc & PERF_RECORD_MISC_COMM_EXEC) {
		struct stack_join *join = find_join(builder, record->tid);

		if (join != NULL) {
			settle(builder, join);
			stack_join_clear(join);
		}
		process_table_exec(&builder->processes, process);
		builder->unwinder_pid = 0;
	}
	task = get_task(builder, record->pid, record->tid);
	snprintf(task->comm, sizeof(task->comm), "%s", record->comm);
}

void profile_builder_add_record(struct profile_builder *builder, const struct perf_record *record,
				const struct sample_origin *origin)
{
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		add_sample(builder, record, origin);
		break;
	case PERF_RECORD_MMAP:
		handle_mmap(builder, record);
		break;
	case PERF_RECORD_COMM:
		handle_comm(builder, record);
		break;
	case PERF_RECORD_FORK:
		process_table_fork(&builder->processes, record->pid, record->tid,
				   record->task.parent_pid, record->task.parent_tid,
				   record->time_ns);
		break;
	case PERF_RECORD_EXIT:
		end_join(builder, record->tid);
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
	builder->unwinder = unwinder_new(config->arch, find_code, builder);
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

uint32_t profile_builder_get_needs(struct profile_builder *builder,
				   const struct stack_need **ret_needs)
{
	vec_clear(&builder->needs);
	for (size_t i = 0; i < builder->joins.count; i++) {
		struct stack_join *join = &builder->joins.items[i];
		struct stack_need need = {.tid = join->tid, .sample_count = join->sample_count};

		if (join->tid == 0 || join->sample_count == 0)
			continue;
		settle(builder, join);
		if (stack_join_advise(join, &need.short_bytes, &need.full_bytes))
			need.has_changed = is_worth_it(join->short_bytes, need.short_bytes) ||
					   is_worth_it(join->full_bytes, need.full_bytes);
		vec_push(&builder->needs, need);
	}
	if (builder->needs.count > 0)
		qsort(builder->needs.items, builder->needs.count, sizeof(*builder->needs.items),
		      compare_needs);
	*ret_needs = builder->needs.items;
	return (uint32_t)builder->needs.count;
}

void profile_builder_restart_needs(struct profile_builder *builder)
{
	for (size_t i = 0; i < builder->needs.count; i++) {
		const struct stack_need *need = &builder->needs.items[i];
		struct stack_join *join = find_join(builder, need->tid);

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

void profile_builder_take(struct profile_builder *builder, struct profile_data *ret_data)
{
	find_periods(&builder->data);
	for (size_t i = 0; i < builder->joins.count; i++)
		if (builder->joins.items[i].tid != 0)
			settle(builder, &builder->joins.items[i]);
	builder->data.quality.sample_count = builder->data.samples.count;
	stack_builder_finish(&builder->stacks);
	*ret_data = builder->data;
	profile_data_init(&builder->data);
	start_anew(builder, ret_data);
	stack_builder_restart(&builder->stacks);
}
