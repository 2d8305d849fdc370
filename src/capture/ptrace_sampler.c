#include "capture/ptrace_sampler.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/pid_map.h"
#include "capture/process_clock.h"
#include "procfs/proc_file.h"
#include "procfs/proc_tree.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/hashmap.h"

enum {
	THREADS_MAX = 16384,
	QUEUE_BYTES_MAX = 64 << 20,
	LOOK_NS = 100000000, /* from one look for new threads to the next */
	/* one that runs stops within that; one that waits for a CPU does when it gets it */
	STOP_SOON_NS = 300000,
	STOP_LOOKS = 8, /* before the wait becomes naps */
	STOP_NAP_NS = 20000,
	HELD_NAP_NS = 100000, /* between looks for stops of those that wait for a CPU, at first */
	HELD_NAPS = 64,	      /* later: so long a part of the time that nothing was heard */
	IDLE_TICKS_MOST = 16, /* a thread that does not run is looked at ever more rarely */
	SLICE_NS = 100000,    /* the shortest that Linux gives */
	PAGE_BYTES = 4096,
	PAGES = PTRACE_SAMPLER_STACK_BYTES / PAGE_BYTES + 1,
};

struct followed {
	uint32_t pid, tid;
	int schedstat;	  /* open, or -1 */
	uint64_t seen_ns; /* its CPU time at the last look */
	/* CPU time that no sample stands for yet; at first a random part of a period */
	uint64_t unsampled_ns;
	uint32_t idle_ticks, skip_ticks;
	bool is_counted; /* its CPU time is known: what comes now is of the window */
	bool is_held;	 /* traced and interrupted; or killed meanwhile, and to be waited for */
	bool has_ended;	 /* schedstat is of nobody: who has the tid by now is somebody new */
	uint64_t interrupted_ns; /* when it was, while is_held */
	uint32_t look;		 /* the number of the last look that saw it */
};

struct queued_sample {
	struct ptrace_sample sample; /* its stack follows */
};

struct ptrace_sampler {
	pthread_t thread;
	bool has_thread;
	pid_t *pids;
	uint32_t pid_count;
	uint64_t period_ns;
	struct capture_tasks tasks; /* at open */
	int event_fd;
	_Atomic bool is_enabled, is_closing;
	_Atomic uint64_t cpu_ns, stop_count, stop_ns, lost_count;

	/* of the thread alone: */
	VEC(struct followed) followed;
	struct process_clocks clocks; /* of whom cpu_ns is */
	bool was_enabled;	      /* at the last tick */
	bool had_begun;		      /* the window, at the look before this one */
	struct pid_map index;	      /* by tid */
	struct strbuf text;
	uint32_t look;
	uint32_t held_count;
	uint64_t held_news_ns;	/* when one was held or stopped last */
	uint64_t stops_seen_ns; /* when stops were last looked for: no earlier ones are left */
	unsigned char *stack;	/* PTRACE_SAMPLER_STACK_BYTES */

	pthread_mutex_t lock; /* over: */
	VEC(unsigned char) queue;
	VEC(unsigned char) spare; /* the other one, while it is drained */
};

/* --- what the reader gets --- */

static void enqueue(struct ptrace_sampler *sampler, const struct ptrace_sample *sample)
{
	size_t head = sizeof(struct queued_sample),
	       size = head + ((sample->stack_bytes + 7u) & ~7u);
	struct queued_sample queued = {.sample = *sample};
	uint64_t one = 1;

	pthread_mutex_lock(&sampler->lock);
	if (sampler->queue.count + size > QUEUE_BYTES_MAX) {
		sampler->lost_count += !sample->has_ended;
	} else {
		vec_reserve(&sampler->queue, sampler->queue.count + size);
		memcpy(sampler->queue.items + sampler->queue.count, &queued, head);
		memcpy(sampler->queue.items + sampler->queue.count + head, sampler->stack,
		       sample->stack_bytes);
		sampler->queue.count += size;
	}
	pthread_mutex_unlock(&sampler->lock);
	if (write(sampler->event_fd, &one, sizeof(one)) < 0)
		return; /* full: the reader was told */
}

/* --- who is followed --- */

static void follow(struct ptrace_sampler *sampler, uint32_t pid, uint32_t tid)
{
	struct followed one = {.pid = pid, .tid = tid, .look = sampler->look};
	uint32_t index;
	char path[64];

	if (pid_map_find(&sampler->index, tid, &index)) {
		sampler->followed.items[index].look = sampler->look;
		return;
	}
	if (sampler->followed.count >= THREADS_MAX)
		return;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/schedstat", pid, tid);
	one.schedstat = open(path, O_RDONLY | O_CLOEXEC);
	if (one.schedstat < 0)
		return;
	/* who was not there at the last look has used all its CPU time since */
	one.is_counted = sampler->had_begun;
	/* else who uses less than a period in its life would never be sampled */
	one.unsampled_ns =
		hashmap_hash_u64(clock_now_ns() ^ (uint64_t)tid << 32) % sampler->period_ns;
	pid_map_set(&sampler->index, tid, (uint32_t)sampler->followed.count);
	vec_push(&sampler->followed, one);
}

static void follow_process(struct ptrace_sampler *sampler, pid_t pid)
{
	struct procfs fs = {0};
	struct proc_ids tids = {0};

	process_clocks_add(&sampler->clocks, pid, sampler->was_enabled);
	if (proc_tree_list_tasks(&fs, pid, &tids) == 0)
		for (size_t i = 0; i < tids.count; i++)
			follow(sampler, (uint32_t)pid, (uint32_t)tids.items[i]);
	vec_release(&tids);
}

static void forget_ended(struct ptrace_sampler *sampler)
{
	size_t kept = 0;

	for (size_t i = 0; i < sampler->followed.count; i++) {
		struct followed *one = &sampler->followed.items[i];

		if ((one->look != sampler->look || one->has_ended) && !one->is_held) {
			enqueue(sampler, &(struct ptrace_sample){.pid = one->pid,
								 .tid = one->tid,
								 .has_ended = true});
			fd_close(one->schedstat);
			pid_map_remove(&sampler->index, one->tid);
			continue;
		}
		sampler->followed.items[kept] = *one;
		pid_map_set(&sampler->index, one->tid, (uint32_t)kept++);
	}
	sampler->followed.count = kept;
}

/* The processes, their descendants, and all their threads, as of now. */
static void look_for_threads(struct ptrace_sampler *sampler)
{
	struct procfs fs = {0};

	sampler->look++;
	for (uint32_t i = 0; i < sampler->pid_count; i++) {
		struct proc_ids pids = {0};

		follow_process(sampler, sampler->pids[i]);
		if (proc_tree_list_descendants(&fs, sampler->pids[i], &pids) == 0)
			for (size_t j = 0; j < pids.count; j++)
				follow_process(sampler, pids.items[j]);
		vec_release(&pids);
	}
	forget_ended(sampler);
	sampler->had_begun = sampler->was_enabled;
}

/* --- one sample --- */

/* "123456789 …": ns on a CPU (Documentation/scheduler/sched-stats.rst). */
static bool read_cpu_ns(const struct followed *one, uint64_t *ret_ns)
{
	char text[128];
	ssize_t length = pread(one->schedstat, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	*ret_ns = strtoull(text, NULL, 10);
	return true;
}

/* As in /proc/PID/task/TID/stat; X when it is gone. */
static char read_state(struct ptrace_sampler *sampler, const struct followed *one)
{
	struct procfs fs = {0};
	const char *state;

	if (proc_file_read(&fs, &sampler->text, "/proc/%" PRIu32 "/task/%" PRIu32 "/stat", one->pid,
			   one->tid) < 0)
		return 'X';
	state = strrchr(strbuf_text(&sampler->text), ')');
	return state != NULL && state[1] == ' ' ? state[2] : 'X';
}

static void set_held(struct ptrace_sampler *sampler, struct followed *one, bool is_held)
{
	sampler->held_count += (uint32_t)is_held - (uint32_t)one->is_held;
	one->is_held = is_held;
}

/*
 * Lets it go, with the signal that it was about to get. False when it was killed while it was
 * stopped: then it is a zombie, and its parent knows nothing, until its end is waited for here.
 */
static bool let_go(uint32_t tid, int status)
{
	bool is_ours = status >> 16 == PTRACE_EVENT_STOP;

	return ptrace(PTRACE_DETACH, (pid_t)tid, NULL,
		      (void *)(uintptr_t)(is_ours ? 0 : WSTOPSIG(status))) == 0;
}

static bool read_registers(uint32_t tid, struct ptrace_sample *sample)
{
	struct user_regs_struct registers;
	struct iovec view = {&registers, sizeof(registers)};

	if (ptrace(PTRACE_GETREGSET, (pid_t)tid, (void *)(uintptr_t)NT_PRSTATUS, &view) < 0 ||
	    view.iov_len != sizeof(registers))
		return false; /* a 32-bit program has a shorter set */
#if defined(__x86_64__)
	const unsigned long long values[17] = {
		registers.rax, registers.rdx, registers.rcx, registers.rbx, registers.rsi,
		registers.rdi, registers.rbp, registers.rsp, registers.r8,  registers.r9,
		registers.r10, registers.r11, registers.r12, registers.r13, registers.r14,
		registers.r15, registers.rip};

	for (unsigned i = 0; i < 17; i++)
		sample->values[i] = values[i];
	sample->known = (1u << 17) - 1;
	return true;
#elif defined(__aarch64__)
	for (unsigned i = 0; i < 31; i++)
		sample->values[i] = registers.regs[i];
	sample->values[31] = registers.sp;
	sample->values[32] = registers.pc;
	sample->known = ((uint64_t)1 << 33) - 1;
	return true;
#else
	return false;
#endif
}

static uint64_t get_sp(const struct ptrace_sample *sample)
{
#if defined(__aarch64__)
	return sample->values[31];
#else
	return sample->values[7];
#endif
}

/* From sp to the end of what is mapped there: one piece a page, so that a hole ends the read. */
static uint32_t read_stack(struct ptrace_sampler *sampler, uint32_t tid, uint64_t sp)
{
	struct iovec local = {sampler->stack, PTRACE_SAMPLER_STACK_BYTES};
	struct iovec remote[PAGES];
	uint64_t at = sp, end = sp + PTRACE_SAMPLER_STACK_BYTES;
	unsigned count = 0;
	ssize_t got;

	while (at < end && count < PAGES) {
		uint64_t next = (at | (PAGE_BYTES - 1)) + 1;

		if (next > end)
			next = end;
		remote[count++] = (struct iovec){(void *)(uintptr_t)at, next - at};
		at = next;
	}
	got = process_vm_readv((pid_t)tid, &local, 1, remote, count, 0);
	return got > 0 ? (uint32_t)got : 0;
}

/* Of a thread that stopped after `since_ns`; it runs again then. */
static void sample_stopped(struct ptrace_sampler *sampler, struct followed *one, int status,
			   uint64_t since_ns)
{
	uint64_t stopped_ns = since_ns > one->interrupted_ns ? since_ns : one->interrupted_ns;
	struct ptrace_sample sample = {.pid = one->pid,
				       .tid = one->tid,
				       .time_ns = clock_now_ns(),
				       .period_ns = one->unsampled_ns -
						    one->unsampled_ns % sampler->period_ns};
	bool has_registers = read_registers(one->tid, &sample);

	if (has_registers)
		sample.stack_bytes = read_stack(sampler, one->tid, get_sp(&sample));
	set_held(sampler, one, !let_go(one->tid, status));
	sample.stop_ns = clock_now_ns() - stopped_ns;
	sampler->stop_count++;
	sampler->stop_ns += sample.stop_ns;
	if (has_registers)
		enqueue(sampler, &sample);
	else
		sampler->lost_count++;
	one->unsampled_ns %= sampler->period_ns;
}

/*
 * All that have stopped or died since. Whoever it is: one thread of a process becomes its first one
 * by an exec, and stays traced.
 */
static void look_for_stops(struct ptrace_sampler *sampler)
{
	uint64_t since_ns = sampler->stops_seen_ns;
	uint32_t index, held_count = sampler->held_count;
	int status = 0;
	pid_t tid;

	sampler->stops_seen_ns = clock_now_ns();
	while ((tid = waitpid(-1, &status, __WALL | WNOHANG | __WNOTHREAD)) > 0) {
		struct followed *one = pid_map_find(&sampler->index, (uint32_t)tid, &index)
					       ? &sampler->followed.items[index]
					       : NULL;

		if (one != NULL)
			set_held(sampler, one, false);
		if (!WIFSTOPPED(status))
			continue;
		if (one != NULL && one->unsampled_ns >= sampler->period_ns)
			sample_stopped(sampler, one, status, since_ns);
		else if (!let_go((uint32_t)tid, status) && one != NULL)
			set_held(sampler, one, true);
	}
	if (sampler->held_count < held_count)
		sampler->held_news_ns = sampler->stops_seen_ns;
}

/* One that runs stops at once: for so long is waited. */
static void wait_for_stop(struct ptrace_sampler *sampler, const struct followed *one)
{
	uint64_t since_ns = one->interrupted_ns;

	for (unsigned tries = 0; one->is_held; tries++) {
		look_for_stops(sampler);
		if (sampler->stops_seen_ns - since_ns > STOP_SOON_NS)
			return;
		if (tries >= STOP_LOOKS)
			nanosleep(&(struct timespec){.tv_nsec = STOP_NAP_NS}, NULL);
	}
}

/* Traced by this thread; then it is interrupted anew, because an exec forgets that. */
static bool interrupt(const struct followed *one)
{
	return ptrace(PTRACE_INTERRUPT, (pid_t)one->tid, NULL, NULL) == 0;
}

/* Now, or when it gets a CPU. What could not be sampled stays unsampled. */
static void take_sample(struct ptrace_sampler *sampler, struct followed *one)
{
	if (!interrupt(one) && ptrace(PTRACE_SEIZE, (pid_t)one->tid, NULL, NULL) < 0) {
		if (errno != ESRCH) /* refused: do not try at every tick for the same time */
			one->unsampled_ns %= sampler->period_ns;
		sampler->lost_count++;
		return;
	}
	one->interrupted_ns = sampler->held_news_ns = clock_now_ns();
	interrupt(one);
	set_held(sampler, one, true);
	wait_for_stop(sampler, one);
}

static void look_at_thread(struct ptrace_sampler *sampler, struct followed *one, bool is_enabled)
{
	uint64_t cpu_ns;

	if (one->is_held)
		return;
	if (one->skip_ticks > 0) {
		one->skip_ticks--;
		return;
	}
	if (!read_cpu_ns(one, &cpu_ns)) {
		one->has_ended = true;
		return;
	}
	if (cpu_ns == one->seen_ns && one->is_counted) {
		one->idle_ticks += one->idle_ticks < IDLE_TICKS_MOST;
		one->skip_ticks = one->idle_ticks / 2;
		return;
	}
	one->idle_ticks = 0;
	if (one->is_counted && is_enabled && cpu_ns > one->seen_ns)
		one->unsampled_ns += cpu_ns - one->seen_ns;
	one->seen_ns = cpu_ns;
	one->is_counted = true;
	/*
	 * On a CPU or waiting for one. A thread that sleeps in a system call is not disturbed: some
	 * of them (epoll_wait) would return EINTR.
	 */
	if (is_enabled && one->unsampled_ns >= sampler->period_ns &&
	    read_state(sampler, one) == 'R')
		take_sample(sampler, one);
}

/*
 * One that is traced no more has become its process's first thread by an exec. A process's first
 * thread that has ended stays a zombie, and traced, as long as the others live: it will not stop.
 */
static void look_after_held(struct ptrace_sampler *sampler)
{
	for (size_t i = 0; i < sampler->followed.count && sampler->held_count > 0; i++) {
		struct followed *one = &sampler->followed.items[i];

		if (one->is_held && (!interrupt(one) || read_state(sampler, one) == 'Z'))
			set_held(sampler, one, false);
	}
}

/*
 * Until the next tick; a thread that stops meanwhile is not left waiting. The longer nothing is
 * heard of those that are held (a disk does not answer), the more rarely they are looked for.
 */
static void sleep_until(struct ptrace_sampler *sampler, uint64_t next_ns)
{
	uint64_t now_ns = clock_now_ns(), nap_ns;

	while (sampler->held_count > 0 && !sampler->is_closing) {
		nap_ns = HELD_NAP_NS + (now_ns - sampler->held_news_ns) / HELD_NAPS;
		if (now_ns + nap_ns >= next_ns)
			break;
		clock_sleep_until_ns(now_ns + nap_ns);
		look_for_stops(sampler);
		now_ns = clock_now_ns();
	}
	clock_sleep_until_ns(next_ns);
	look_for_stops(sampler);
}

/*
 * A wake-up that waits until the CPU's next tick would find every thread at a tick, where timers of
 * CPU time fire. A short slice gets its turn first, as of Linux 6.12; earlier ones ignore it.
 */
static void ask_for_short_slice(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime_ns, deadline_ns, period_ns;
		uint32_t clamp_min, clamp_max;
	} attributes = {.size = sizeof(attributes), .runtime_ns = SLICE_NS};

	if (sched_getscheduler(0) != SCHED_OTHER)
		return;
	attributes.nice = getpriority(PRIO_PROCESS, 0);
	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/*
 * Half a period to one and a half: what a program does every 10 or 20 ms is not met at the same
 * place each time, as it is by a clock that keeps step with it.
 */
static uint64_t next_tick_ns(const struct ptrace_sampler *sampler, uint64_t last_ns)
{
	return last_ns + sampler->period_ns / 2 +
	       hashmap_hash_u64(clock_now_ns()) % sampler->period_ns;
}

static void *sample_threads(void *arg)
{
	struct ptrace_sampler *sampler = arg;
	uint64_t next_ns = clock_now_ns(), next_look_ns = next_ns;

	ask_for_short_slice();
	prctl(PR_SET_TIMERSLACK, 1000UL); /* a nap is as long as it says: a thread is waiting */

	while (!sampler->is_closing) {
		bool is_enabled = sampler->is_enabled;
		uint64_t now_ns = clock_now_ns(),
			 used_ns = process_clocks_advance(&sampler->clocks);

		if (sampler->was_enabled)
			sampler->cpu_ns += used_ns;
		sampler->was_enabled = is_enabled;
		if (now_ns >= next_look_ns) {
			look_after_held(sampler);
			look_for_threads(sampler);
			next_look_ns = now_ns + LOOK_NS;
		}
		for (size_t i = 0; i < sampler->followed.count; i++)
			look_at_thread(sampler, &sampler->followed.items[i], is_enabled);
		next_ns = next_tick_ns(sampler, next_ns);
		now_ns = clock_now_ns();
		if (next_ns < now_ns)
			next_ns = now_ns + sampler->period_ns / 2;
		sleep_until(sampler, next_ns);
	}
	return NULL;
}

/* --- the door --- */

/*
 * Whether the process may be traced at all, before anything is promised, and without stopping it:
 * reading its memory takes the same permission, and a seccomp filter answers for ptrace whatever
 * the process is.
 */
static int probe(pid_t pid, struct err *err)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {NULL, 1};
	int result = 0;

	if (ptrace(PTRACE_DETACH, (pid_t)-1, NULL, NULL) < 0 && errno != ESRCH)
		return err_set(err, -EPERM, "ptrace is refused here (%s), by a seccomp filter",
			       strerror(errno));
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) < 0)
		result = -errno;
	if (result == -ESRCH)
		return err_set(err, result, "there is no process %d", (int)pid);
	if (result == -EPERM || result == -EACCES || result == -ENOSYS)
		return err_set(err, -EPERM,
			       "process %d may not be traced (%s): sonde can sample what it starts "
			       "itself, or anything as root",
			       (int)pid, strerror(-result));
	return 0;
}

static void list_tasks(struct ptrace_sampler *sampler)
{
	look_for_threads(sampler);
	for (size_t i = 0; i < sampler->followed.count; i++) {
		const struct followed *one = &sampler->followed.items[i];
		uint32_t target = 0;

		for (uint32_t j = 0; j < sampler->pid_count; j++)
			if (sampler->pids[j] == (pid_t)one->pid)
				target = j;
		vec_push(&sampler->tasks, (struct capture_task){
						  .pid = one->pid,
						  .tid = one->tid,
						  .target = target,
					  });
	}
}

int ptrace_sampler_open(struct ptrace_sampler **ret_sampler, const pid_t *pids, uint32_t pid_count,
			double frequency_hz, struct err *err)
{
	scoped(ptrace_sampler_cleanup) struct ptrace_sampler *sampler = NULL;
	int result;

	if (pid_count == 0)
		return err_set(err, -ESRCH, "there is nothing to profile");
	result = probe(pids[0], err);
	if (result < 0)
		return result;
	sampler = alloc_new(struct ptrace_sampler);
	pthread_mutex_init(&sampler->lock, NULL);
	pid_map_init(&sampler->index);
	strbuf_init(&sampler->text, 1 << 16);
	sampler->stack = alloc_array(1, PTRACE_SAMPLER_STACK_BYTES);
	sampler->pids = alloc_array(pid_count, sizeof(*pids));
	memcpy(sampler->pids, pids, pid_count * sizeof(*pids));
	sampler->pid_count = pid_count;
	sampler->period_ns = (uint64_t)(1e9 / (frequency_hz > 1000 ? 1000 : frequency_hz));
	sampler->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sampler->event_fd < 0)
		return err_set(err, -errno, "cannot make an event descriptor: %s", strerror(errno));
	list_tasks(sampler);
	result = pthread_create(&sampler->thread, NULL, sample_threads, sampler);
	if (result != 0)
		return err_set(err, -result, "cannot start the sampler's thread: %s",
			       strerror(result));
	sampler->has_thread = true;
	*ret_sampler = sampler;
	sampler = NULL;
	return 0;
}

void ptrace_sampler_close(struct ptrace_sampler *sampler)
{
	if (sampler == NULL)
		return;
	sampler->is_closing = true;
	if (sampler->has_thread)
		pthread_join(sampler->thread, NULL);
	for (size_t i = 0; i < sampler->followed.count; i++)
		fd_close(sampler->followed.items[i].schedstat);
	vec_release(&sampler->followed);
	process_clocks_release(&sampler->clocks);
	vec_release(&sampler->tasks);
	vec_release(&sampler->queue);
	vec_release(&sampler->spare);
	pid_map_release(&sampler->index);
	strbuf_release(&sampler->text);
	pthread_mutex_destroy(&sampler->lock);
	fd_close(sampler->event_fd);
	free(sampler->stack);
	free(sampler->pids);
	free(sampler);
}

void ptrace_sampler_enable(struct ptrace_sampler *sampler)
{
	sampler->is_enabled = true;
}

void ptrace_sampler_disable(struct ptrace_sampler *sampler)
{
	sampler->is_enabled = false;
}

void ptrace_sampler_drain(struct ptrace_sampler *sampler, ptrace_sample_fn fn, void *arg)
{
	unsigned char *items;
	size_t at = 0, count, capacity;
	uint64_t ignored;

	if (read(sampler->event_fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&sampler->lock);
	items = sampler->queue.items;
	count = sampler->queue.count;
	capacity = sampler->queue.capacity;
	sampler->queue.items = sampler->spare.items;
	sampler->queue.capacity = sampler->spare.capacity;
	sampler->queue.count = 0;
	sampler->spare.items = items;
	sampler->spare.capacity = capacity;
	pthread_mutex_unlock(&sampler->lock);
	while (at < count) {
		struct queued_sample queued;

		memcpy(&queued, items + at, sizeof(queued));
		queued.sample.stack = items + at + sizeof(queued);
		fn(arg, &queued.sample);
		at += sizeof(queued) + ((queued.sample.stack_bytes + 7u) & ~7u);
	}
}

const struct capture_tasks *ptrace_sampler_get_tasks(const struct ptrace_sampler *sampler)
{
	return &sampler->tasks;
}

uint64_t ptrace_sampler_get_cpu_ns(const struct ptrace_sampler *sampler)
{
	return sampler->cpu_ns;
}

uint64_t ptrace_sampler_get_stop_count(const struct ptrace_sampler *sampler)
{
	return sampler->stop_count;
}

uint64_t ptrace_sampler_get_stop_ns(const struct ptrace_sampler *sampler)
{
	return sampler->stop_ns;
}

uint64_t ptrace_sampler_get_lost_count(const struct ptrace_sampler *sampler)
{
	return sampler->lost_count;
}

int ptrace_sampler_get_poll_fd(const struct ptrace_sampler *sampler)
{
	return sampler->event_fd;
}
