/*
 * Counts system calls in the kernel; syscalls.c loads it. What is known of a thread while it lives
 * is in its task's own storage (one load away, and gone with it), where it has an index from the
 * number of a call to its row: an array that user space maps, of rows that one thread alone writes.
 * So a call takes no atomic instruction, no lock and no hash; errors take a hash only when a call
 * fails in a second way.
 *
 * No vmlinux.h: the few fields that are read are named below, and libbpf finds where this kernel
 * has them (CO-RE).
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/syscalls_shared.h"

#define LAID_OUT_BY_KERNEL __attribute__((preserve_access_index))

enum {
	ANCESTORS_MAX = 64,
	TS_COMPAT = 2,	/* x86: in thread_info.status during a 32-bit call */
	TIF_32BIT = 22, /* aarch64: a bit of thread_info.flags of a 32-bit program */
	X32_BIT = 30,	/* x86: of the number, in programs of the x32 ABI */
	PF_KTHREAD = 0x200000,
	ERROR_MAX = 4095,
	ON_CPU = 1, /* as off_since_ns */
};

/* clang-format off */
struct upid { int nr; } LAID_OUT_BY_KERNEL;
struct pid { unsigned int level; struct upid numbers[1]; } LAID_OUT_BY_KERNEL;
struct thread_info { unsigned long flags; __u32 status; } LAID_OUT_BY_KERNEL;

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state, flags;
	int pid, tgid, on_cpu, exit_state;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	char comm[SYSCALLS_COMM_BYTES];
} LAID_OUT_BY_KERNEL;

struct task_struct___before_5_14 { long state; } LAID_OUT_BY_KERNEL;

struct pt_regs { int unused; };
struct pt_regs___x86 { unsigned long orig_ax; } LAID_OUT_BY_KERNEL;
struct pt_regs___aarch64 { int syscallno; } LAID_OUT_BY_KERNEL;

struct bpf_iter__task { void *meta; struct task_struct *task; } LAID_OUT_BY_KERNEL;
/* clang-format on */

enum place {
	UNKNOWN, /* nothing was seen of it in this window yet */
	OUTSIDE,
	INSIDE,
	ENDED, /* a zombie, if it is still seen */
};

struct state {
	__u32 window, place;
	__u32 number;
	__u32 thread;	    /* index in `threads`; SYSCALLS_THREADS = there was no room */
	__u64 start_ns;	    /* of the call */
	__u64 off_ns;	    /* not on a CPU, in all of this window */
	__u64 start_off_ns; /* off_ns at the call's start */
	__u64 off_since_ns; /* ON_CPU; 0 = unknown: has not been switched in this window */
	__u32 target, is_descendant;
	__u32 rows[SYSCALLS_NUMBERS]; /* by number; 0 = none yet */
};

struct syscalls_control control;

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct state);
} states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SYSCALLS_ROWS);
	__type(key, __u32);
	__type(value, struct syscalls_row);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SYSCALLS_THREADS);
	__type(key, __u32);
	__type(value, struct syscalls_thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALLS_ERRORS);
	__type(key, struct syscalls_error_key);
	__type(value, __u64);
} errors SEC(".maps");

/* pid to index */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SYSCALLS_TARGETS);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

static __always_inline void count_lost(void)
{
	__sync_fetch_and_add(&control.lost, 1);
}

/* --- which call it is --- */

static __always_inline __u32 get_index(const struct task_struct *task, long number)
{
	if (bpf_core_field_exists(task->thread_info.status)) {
		if ((task->thread_info.status & TS_COMPAT) || ((__u64)number >> X32_BIT) == 1)
			return SYSCALLS_NUMBER_32BIT;
	} else if (task->thread_info.flags & (1ul << TIF_32BIT)) {
		return SYSCALLS_NUMBER_32BIT;
	}
	return (__u64)number < SYSCALLS_NUMBER_UNKNOWN ? (__u32)number : SYSCALLS_NUMBER_UNKNOWN;
}

/* The call that these registers entered the kernel for; negative: none. */
static __always_inline long read_number(const void *regs)
{
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		return (long)BPF_CORE_READ((const struct pt_regs___x86 *)regs, orig_ax);
	return BPF_CORE_READ((const struct pt_regs___aarch64 *)regs, syscallno);
}

static __always_inline bool is_clone(long number)
{
	for (int i = 0; i < SYSCALLS_CLONES; i++)
		if (control.clone_numbers[i] == (__u32)number)
			return true;
	return false;
}

/* --- what is known of a thread --- */

static __always_inline struct state *get_state(struct task_struct *task)
{
	struct state *state = bpf_task_storage_get(&states, task, 0, 0);

	if (state && state->window != control.window) {
		state->window = control.window;
		state->place = state->place == ENDED ? ENDED : UNKNOWN;
		state->off_ns = state->off_since_ns = 0;
	}
	return state;
}

/* As sonde's pid namespace has it; 0 = that does not see the task. */
static __always_inline __u32 read_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = control.level, number = 0;

	if (BPF_CORE_READ(pid, level) >= level)
		bpf_probe_read_kernel(
			&number, sizeof(number),
			(const char *)__builtin_preserve_access_index(&pid->numbers[0].nr) +
				level * bpf_core_type_size(struct upid));
	return number;
}

static __always_inline void describe(struct state *state, struct task_struct *task,
				     bool is_own_call, __u64 now_ns)
{
	__u32 index = state->thread;
	struct syscalls_thread *thread = bpf_map_lookup_elem(&threads, &index);
	__u64 since_ns = state->off_since_ns;

	if (!thread)
		return;
	thread->pid = read_pid(BPF_CORE_READ(task, group_leader));
	thread->tid = read_pid(task);
	bpf_probe_read_kernel_str(thread->comm, sizeof(thread->comm), task->comm);
	thread->target = state->target;
	thread->is_descendant = (__u16)state->is_descendant;
	thread->open_number = SYSCALLS_NO_CALL;
	if (state->place != INSIDE)
		return;
	if (!control.is_counting)
		now_ns = control.end_ns;
	if (since_ns == 0 && !is_own_call && !task->on_cpu)
		since_ns = state->start_ns;
	thread->open_number = (__u16)state->number;
	thread->open_wall_ns = now_ns > state->start_ns ? now_ns - state->start_ns : 0;
	thread->open_off_ns = state->off_ns - state->start_off_ns;
	if (since_ns > ON_CPU && now_ns > since_ns)
		thread->open_off_ns += now_ns - since_ns;
}

static __always_inline struct state *follow(struct task_struct *task, __u32 target,
					    __u32 is_descendant)
{
	struct state *state =
		bpf_task_storage_get(&states, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!state) {
		count_lost();
		return 0;
	}
	state->target = target;
	state->is_descendant = is_descendant;
	state->window = control.window;
	state->thread = __sync_fetch_and_add(&control.thread_count, 1);
	if (state->thread >= SYSCALLS_THREADS)
		state->thread = SYSCALLS_THREADS;
	return state;
}

static __always_inline struct syscalls_row *make_row(struct state *state, __u32 number)
{
	struct syscalls_row *row;
	__u32 index;

	if (control.row_count >= SYSCALLS_ROWS) /* it must not come round */
		return 0;
	index = __sync_fetch_and_add(&control.row_count, 1) + 1;
	row = bpf_map_lookup_elem(&rows, &index);
	if (!row)
		return 0;
	row->thread = state->thread;
	row->number = (__u16)number;
	row->min_ns = ~0ull;
	state->rows[number & (SYSCALLS_NUMBERS - 1)] = index;
	return row;
}

static __always_inline void count_error(struct syscalls_row *row, __u32 index, __u32 error)
{
	struct syscalls_error_key key = {.row = index, .error = error};
	__u64 *count, one = 1;

	if (row->error == 0)
		row->error = (__u16)error;
	if (row->error == error) {
		row->error_count++;
		return;
	}
	row->other_error_count++;
	count = bpf_map_lookup_elem(&errors, &key);
	if (count)
		(*count)++;
	else
		bpf_map_update_elem(&errors, &key, &one, BPF_NOEXIST);
}

/*
 * A return without an entry: of a call that began before the window, or the birth of a thread,
 * which is no call of its own.
 */
static __always_inline bool resume_call(struct state *state, const struct task_struct *task,
					const struct pt_regs *regs, long result)
{
	long number = read_number(regs);

	if (state->place != UNKNOWN || number < 0 || (result == 0 && is_clone(number)))
		return false;
	state->number = get_index(task, number);
	state->start_ns = control.begin_ns;
	state->start_off_ns = 0;
	return true;
}

/* --- what happens --- */

SEC("tp_btf/sys_enter")
int BPF_PROG(count_enter, struct pt_regs *regs, long number)
{
	struct task_struct *task;
	struct state *state;

	if (!control.is_counting)
		return 0;
	task = bpf_get_current_task_btf();
	state = get_state(task);
	if (!state)
		return 0;
	state->number = get_index(task, number);
	state->start_off_ns = state->off_ns;
	state->place = INSIDE;
	state->start_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(count_exit, struct pt_regs *regs, long result)
{
	struct task_struct *task;
	struct state *state;
	struct syscalls_row *row;
	__u32 number, index;
	__u64 wall_ns;

	if (!control.is_counting)
		return 0;
	task = bpf_get_current_task_btf();
	state = get_state(task);
	if (!state)
		return 0;
	if (state->place != INSIDE && !resume_call(state, task, regs, result)) {
		state->place = OUTSIDE;
		return 0;
	}
	wall_ns = bpf_ktime_get_ns() - state->start_ns;
	state->place = OUTSIDE;
	number = state->number & (SYSCALLS_NUMBERS - 1);
	index = state->rows[number];
	row = bpf_map_lookup_elem(&rows, &index);
	if (index == 0 && state->thread < SYSCALLS_THREADS) {
		row = make_row(state, number);
		index = state->rows[number];
	}
	if (!row || index == 0) {
		count_lost();
		return 0;
	}
	row->calls++;
	row->wall_ns += wall_ns;
	row->off_ns += state->off_ns - state->start_off_ns;
	if (wall_ns < row->min_ns)
		row->min_ns = wall_ns;
	if (wall_ns > row->max_ns)
		row->max_ns = wall_ns;
	if ((__u64)result >= -(__u64)ERROR_MAX && number != control.sigreturn_number)
		count_error(row, index, (__u32)-result);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(count_switch, bool is_preempted, struct task_struct *previous,
	     struct task_struct *next)
{
	__u64 now_ns, since_ns;
	struct state *state;

	if (!control.is_counting)
		return 0;
	state = get_state(previous);
	if (state)
		state->off_since_ns = bpf_ktime_get_ns();
	state = get_state(next);
	if (!state || state->off_since_ns == ON_CPU)
		return 0;
	since_ns = state->off_since_ns > 0 ? state->off_since_ns : control.begin_ns;
	now_ns = bpf_ktime_get_ns();
	if (now_ns > since_ns)
		state->off_ns += now_ns - since_ns;
	state->off_since_ns = ON_CPU;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	struct state *state = bpf_task_storage_get(&states, parent, 0, 0);

	if (!state || state->target == SYSCALLS_TARGET_CALIBRATION)
		return 0;
	state = follow(child, state->target, state->is_descendant || child->tgid != parent->tgid);
	if (!state)
		return 0;
	state->off_since_ns = bpf_ktime_get_ns(); /* it has not run yet */
	describe(state, child, false, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(follow_exit, struct task_struct *task)
{
	struct state *state = get_state(task);

	if (!state)
		return 0;
	describe(state, task, true, bpf_ktime_get_ns());
	state->place = ENDED;
	return 0;
}

/* --- a look at all tasks that there are --- */

/* Into ret_target, whose the task is, the nearest of its ancestors deciding. */
static __always_inline bool find_target(struct task_struct *task, __u32 *ret_target,
					__u32 *ret_is_descendant)
{
	struct task_struct *ancestor = task;
	__u32 pid, *target;

	if (task->flags & PF_KTHREAD)
		return false;
	*ret_is_descendant = 0;
	pid = read_pid(task);
	if (pid == control.calibration_tid) {
		*ret_target = SYSCALLS_TARGET_CALIBRATION;
		return true;
	}
	if (control.is_system_wide) {
		*ret_target = SYSCALLS_TARGET_MACHINE;
		return true;
	}
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		pid = read_pid(BPF_CORE_READ(ancestor, group_leader));
		if (pid == 0) /* of a namespace above */
			return false;
		target = bpf_map_lookup_elem(&targets, &pid);
		if (target) {
			*ret_target = *target;
			return true;
		}
		if (pid == 1)
			return false;
		*ret_is_descendant = 1;
		ancestor = BPF_CORE_READ(ancestor, real_parent);
	}
	return false;
}

/* One that waits in the kernel for what it called before the window, and has not returned since. */
static __always_inline void find_call(struct state *state, struct task_struct *task)
{
	struct task_struct___before_5_14 *old = (void *)task;
	long number;

	if (state->place != UNKNOWN || !control.is_counting || task->on_cpu)
		return;
	if (bpf_core_field_exists(task->__state) ? task->__state == 0
						 : BPF_CORE_READ(old, state) == 0)
		return;
	number = read_number((const void *)bpf_task_pt_regs(task));
	if (number < 0 || is_clone(number))
		return;
	state->number = get_index(task, number);
	state->start_ns = control.begin_ns;
	state->start_off_ns = 0;
	state->place = INSIDE;
}

/*
 * Each task of sonde's pid namespace: follows those that are to be and are not yet, and writes down
 * what they are called and what they are in.
 */
SEC("iter/task")
int look(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct state *state;
	__u32 target, is_descendant;

	if (!task || task->exit_state != 0)
		return 0;
	control.level = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid, level);
	state = get_state(task);
	if (!state && find_target(task, &target, &is_descendant))
		state = follow(task, target, is_descendant);
	if (!state || state->place == ENDED)
		return 0;
	find_call(state, task);
	describe(state, task, false, bpf_ktime_get_ns());
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
