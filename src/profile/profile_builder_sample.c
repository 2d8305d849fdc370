#include <string.h>
#include <sys/uio.h>

#include "profile/profile_builder_parts.h"

enum { JOINS_MAX = 1 << 16 /* threads whose stacks are joined at one time */ };

/* --- joining --- */

struct stack_join *profile_builder_find_join(struct profile_builder *builder, uint32_t tid)
{
	uint32_t index;

	return pid_map_find(&builder->join_index, tid, &index) ? &builder->joins.items[index]
							       : NULL;
}

/* NULL when too many threads have one. */
static struct stack_join *get_join(struct profile_builder *builder, uint32_t tid)
{
	struct stack_join *join = profile_builder_find_join(builder, tid);
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
void profile_builder_settle(struct profile_builder *builder, struct stack_join *join)
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

void profile_builder_end_join(struct profile_builder *builder, uint32_t tid)
{
	struct stack_join *join = profile_builder_find_join(builder, tid);

	if (join == NULL)
		return;
	profile_builder_settle(builder, join);
	pid_map_remove(&builder->join_index, tid);
	vec_push(&builder->free_joins, (uint32_t)(join - builder->joins.items));
	stack_join_release(join);
}

/* --- unwinding --- */

bool profile_builder_find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	struct profile_builder *builder = arg;
	const struct mapping *mapping = mapping_list_find(builder->mappings, avma);

	if (mapping == NULL)
		return false;
	ret_code->table = module_table_get_cfi(&builder->modules, mapping->module);
	ret_code->bias = mapping->bias;
	return true;
}

/*
 * An unwind_memory.read: code only. What the stack held when the copy was taken is not to be had
 * any more, and what it holds now would be wrong.
 */
static bool read_code(void *arg, uint64_t avma, uint64_t *ret_word)
{
	struct profile_builder *builder = arg;
	struct code_word *known = &builder->code_words[hashmap_hash_u64(avma) % CODE_WORDS];
	struct iovec local = {&known->word, sizeof(known->word)};
	struct iovec remote = {(void *)(uintptr_t)avma, sizeof(known->word)};

	if (known->avma != avma) {
		known->avma = 0;
		if (!builder->is_live || mapping_list_find(builder->mappings, avma) == NULL ||
		    process_vm_readv((pid_t)builder->unwinder_pid, &local, 1, &remote, 1, 0) !=
			    (ssize_t)sizeof(known->word))
			return false;
		known->avma = avma;
	}
	*ret_word = known->word;
	return true;
}

static void begin_unwinding(struct profile_builder *builder, const struct process *process)
{
	if (builder->unwinder_pid != process->pid || builder->mappings != process->mappings) {
		unwinder_forget(builder->unwinder);
		memset(builder->code_words, 0, sizeof(builder->code_words));
	}
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

enum { PAGE_BYTES = 4096, HOLE_PAGES = 16 /* as many as the longest copy has */ };

/* A stack copy on its way to a sample. */
struct copied_stack {
	const struct sample_origin *origin;
	struct stack_join *join; /* NULL = nothing is learned of it */
	struct task *task;
	uint32_t reserved_bytes;
	bool is_full; /* of the sampler with full copies, or the only one */
	/* the copy is as long as was asked for: the stack may go on behind it */
	bool is_full_length;
	uint64_t sp, time_ns;
	const struct unwind_frame *frames;
	uint32_t count;
	enum unwind_end end;
};

static bool is_full_copy(const struct copied_stack *copied)
{
	return copied->is_full || stack_join_is_all_full(copied->join);
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
	bool is_right = true;

	if (builder->stacks.path.count != builder->stacks.chain.count)
		return; /* the tables are full: ids and frames do not go together */
	if (copied->origin->may_join && copied->is_full && !stack_join_is_all_full(join) &&
	    stack_join_audit(join, &whole, join->short_bytes, &is_right)) {
		quality->audited_count++;
		quality->audit_mismatch_count += !is_right;
	}
	stack_join_learn(join, &whole, copied->is_full);
	builder->has_wrong_joins |= !is_right && stack_join_is_wrong(join);
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

	join->short_count += copied->is_full_length; /* a longer one would end there, too */
	if (copied->origin->may_join && join->pending.count < STACK_JOIN_PENDING_MAX &&
	    last->cfa != 0)
		vec_push(&join->pending,
			 (struct stack_join_pending){last->function, last->cfa,
						     (uint32_t)builder->data.samples.count});
}

/*
 * The callers of the last frame that was copied. Where its own CFA was not (a realigned frame keeps
 * it behind the copy), those of the frame below it, if they begin with it: then it leaves the
 * chain.
 */
static bool find_callers(struct profile_builder *builder, struct copied_stack *copied,
			 uint32_t *ret_callers)
{
	const struct unwind_frame *last = &copied->frames[copied->count - 1];
	const struct code_address *outermost =
		&builder->stacks.chain.items[builder->stacks.chain.count - 1];
	uint32_t callers, frame;

	if (stack_join_find(copied->join, last->function, last->cfa, ret_callers))
		return true;
	if (last->cfa != 0 || copied->count < 2 ||
	    !stack_join_find(copied->join, last[-1].function, last[-1].cfa, &callers) ||
	    callers < STACK_FIRST)
		return false;
	frame = builder->data.stacks.nodes.items[callers].frame;
	if (builder->stacks.frame_modules.items[frame] != outermost->module ||
	    builder->data.frames.items[frame].svma != outermost->lookup_addr)
		return false;
	builder->stacks.chain.count--;
	copied->count--;
	*ret_callers = callers;
	return true;
}

/* Frames in builder->stacks.chain become a stack, with what is known of its thread. */
static uint32_t finish_copied(struct profile_builder *builder, struct copied_stack *copied,
			      uint8_t *ret_end)
{
	uint32_t callers = STACK_COMPLETE, stack;

	*ret_end = STACK_END_WHOLE;
	if (copied->end == UNWIND_MEMORY && copied->join != NULL && copied->origin->may_join &&
	    find_callers(builder, copied, &callers))
		*ret_end = STACK_END_JOINED;
	else if (copied->end != UNWIND_ROOT)
		*ret_end = get_truncated_end(builder, copied->end);
	stack = stack_builder_add(&builder->stacks, callers, copied->time_ns);
	if (copied->join == NULL)
		return stack;
	if (is_full_copy(copied) && copied->join->full_bytes >= copied->join->asked_bytes) {
		copied->join->full_count++;
		copied->join->full_short_count +=
			copied->end == UNWIND_MEMORY && copied->is_full_length;
	}
	if (copied->end == UNWIND_ROOT)
		learn(builder, copied);
	else if (*ret_end == STACK_END_JOINED)
		extend(builder, copied);
	else if (copied->end == UNWIND_MEMORY)
		wait_for_join(builder, copied);
	return stack;
}

/* From sp to the root of a whole stack; 0 = not known. */
static uint64_t get_depth_bytes(const struct copied_stack *copied)
{
	uint64_t top = copied->count > 1 ? copied->frames[copied->count - 2].cfa : 0;

	return top > copied->sp ? top - copied->sp : 0;
}

/* What its copies say of those that are created. */
static void note_newcomer(struct profile_builder *builder, const struct copied_stack *copied)
{
	struct newcomer_need *newcomers = &builder->newcomers;
	uint64_t deep_bytes = get_depth_bytes(copied);

	newcomer_need_begin(newcomers, copied->reserved_bytes);
	if (copied->task->creates_left > 0)
		copied->task->creates_left--;
	if (!copied->task->is_newcomer)
		return;
	if (copied->end == UNWIND_ROOT && deep_bytes > 0)
		newcomer_need_add(newcomers, copied->reserved_bytes, deep_bytes);
	else if (copied->end == UNWIND_MEMORY && copied->is_full_length)
		newcomer_need_add(newcomers, copied->reserved_bytes, 0);
}

/*
 * The kernel copies what is in memory, and ends before a page that nobody has touched: the middle
 * of a large buffer. Reading such pages makes them there for the copies to come: the zero page,
 * which takes no memory. Where the stack is over, or may not be read, nothing happens.
 */
static void fill_hole(uint32_t pid, struct stack_join *join, uint64_t avma)
{
	struct iovec remote[HOLE_PAGES];
	uint8_t bytes[HOLE_PAGES];
	struct iovec local = {bytes, sizeof(bytes)};

	if (avma % PAGE_BYTES != 0 || join->hole_avma == avma)
		return;
	join->hole_avma = avma;
	for (uint32_t i = 0; i < HOLE_PAGES; i++)
		remote[i] = (struct iovec){(void *)(uintptr_t)(avma + i * PAGE_BYTES), 1};
	process_vm_readv((pid_t)pid, &local, 1, remote, HOLE_PAGES, 0);
}

static uint32_t add_copied(struct profile_builder *builder, const struct perf_record *record,
			   const struct sample_origin *origin, const struct process *process,
			   uint8_t *ret_end)
{
	const struct perf_record_sample *sample = &record->sample;
	struct copied_stack copied = {
		.origin = origin,
		.time_ns = record->time_ns,
		.task = process_table_find_task(&builder->processes, record->tid),
		.reserved_bytes = sample->stack_reserved_bytes,
		.is_full = origin->is_full || !origin->may_join,
		.is_full_length = sample->stack_bytes >= sample->stack_reserved_bytes,
	};
	struct unwind_registers registers;
	struct unwind_memory memory = {.bytes = sample->stack,
				       .size = sample->stack_bytes,
				       .read = read_code,
				       .arg = builder};

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
	if (copied.join != NULL)
		stack_join_note_copy(copied.join, copied.reserved_bytes, copied.is_full);
	begin_unwinding(builder, process);
	copied.frames = builder->frames;
	copied.end = unwinder_run(builder->unwinder, &registers, &memory, builder->frames,
				  STACK_DEPTH_MAX, &copied.count);
	if (copied.end == UNWIND_MEMORY && !copied.is_full_length && sample->stack != NULL &&
	    copied.join != NULL && builder->is_live)
		fill_hole(record->pid, copied.join, copied.sp + sample->stack_bytes);
	push_frames(builder, process->mappings, copied.frames, copied.count);
	builder->data.quality.stack_bytes += sample->stack_reserved_bytes;
	note_newcomer(builder, &copied);
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

	profile_builder_get_process(builder, pid);
	task = profile_builder_get_task(builder, pid, tid);
	process = process_table_find(&builder->processes, pid); /* get_task may have moved it */
	if (process != NULL)
		*ret_thread = get_thread(builder, process, task);
	return process;
}

static uint64_t get_period(const struct profile_builder *builder,
			   const struct sample_origin *origin, uint64_t period)
{
	const struct profile_event *known = origin->event < builder->data.events.count
						    ? &builder->data.events.items[origin->event]
						    : NULL;

	if (known != NULL && known->period > 0 &&
	    (origin->is_of_two || (known->is_clock && builder->is_live)))
		return known->period;
	return period > 0 ? period : known != NULL && known->period > 0 ? known->period : 1;
}

void profile_builder_add_sample(struct profile_builder *builder, const struct perf_record *record,
				const struct sample_origin *origin)
{
	struct sample sample = {
		.time_ns = record->time_ns,
		.period = get_period(builder, origin, record->sample.period),
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
	struct unwind_memory with_code = *memory;

	with_code.read = read_code;
	with_code.arg = builder;
	begin_unwinding(builder, profile_builder_get_process(builder, pid));
	*ret_frames = builder->frames;
	return unwinder_run(builder->unwinder, registers, &with_code, builder->frames,
			    STACK_DEPTH_MAX, ret_count);
}
