#include "capture/syscall_ptrace.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/pid_map.h"
#include "capture/syscall_name.h"
#include "capture/syscall_ptrace_seize.h"
#include "capture/syscall_ptrace_tally.h"
#include "capture/syscall_trace_parts.h"
#include "procfs/proc_file.h"
#include "procfs/proc_stat.h"
#include "util/alloc.h"
#include "util/clock.h"

enum {
	SYSCALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
	X32_BIT = 1 << 30,	       /* of the number, in programs of the x32 ABI */
	NAP_NS = 200000,
	DETACH_NAPS_MAX = 5000, /* then who is still not detached is in the kernel's hands */
};

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCH 0
#endif

struct syscall_ptrace {
	const struct syscall_target *targets;
	uint32_t target_count;
	pthread_t thread;
	bool has_thread;
	_Atomic bool is_closing;
	_Atomic uint64_t ended_cpu_ns; /* CPU time of the thread when it ended; 0 = it goes on */
	uint64_t begin_cpu_ns, end_cpu_ns; /* when counting began and ended; end 0 = it goes on */

	/* of the thread, until `is_ready`: how the start went */
	sem_t is_ready;
	pid_t tid;
	int result;
	struct err err;

	/* of the thread alone, but: */
	struct pid_map traced; /* tid to index in tally.threads; read under the lock */
	struct strbuf text;

	pthread_mutex_t lock; /* over: */
	struct syscall_ptrace_tally tally;
};

/* --- who is traced --- */

static struct syscall_ptrace_tally_thread *get_thread(struct syscall_ptrace *tracer, uint32_t index)
{
	return &tracer->tally.threads.items[index];
}

static void read_comm(struct strbuf *text, struct syscall_ptrace_tally_thread *thread)
{
	struct procfs fs = {0};

	if (proc_file_read(&fs, text, "/proc/%" PRIu32 "/task/%" PRIu32 "/comm", thread->pid,
			   thread->tid) < 0)
		return; /* gone: as it was called last */
	snprintf(thread->comm, sizeof(thread->comm), "%.*s", (int)strcspn(text->data, "\n"),
		 strbuf_text(text));
}

static uint32_t read_pid(struct syscall_ptrace *tracer, uint32_t tid)
{
	struct procfs fs = {0};
	struct proc_status status;

	if (proc_file_read(&fs, &tracer->text, "/proc/%" PRIu32 "/status", tid) < 0 ||
	    proc_stat_parse_status(strbuf_text(&tracer->text), tracer->text.length, &status) < 0)
		return tid;
	return (uint32_t)status.tgid;
}

static uint32_t add_thread(struct syscall_ptrace *tracer, uint32_t pid, uint32_t tid)
{
	uint32_t index = syscall_ptrace_tally_add_thread(&tracer->tally, pid, tid);

	read_comm(&tracer->text, get_thread(tracer, index));
	pid_map_set(&tracer->traced, tid, index);
	return index;
}

/*
 * A child may stop for the first time before its parent's fork is heard of: until then it is
 * somebody's descendant.
 */
static uint32_t find_thread(struct syscall_ptrace *tracer, uint32_t tid)
{
	uint32_t index;

	if (pid_map_find(&tracer->traced, tid, &index))
		return index;
	index = add_thread(tracer, read_pid(tracer, tid), tid);
	get_thread(tracer, index)->is_descendant = true;
	return index;
}

static void adopt_child(struct syscall_ptrace *tracer, uint32_t parent, uint32_t child_tid)
{
	uint32_t child = find_thread(tracer, child_tid);
	const struct syscall_ptrace_tally_thread *from = get_thread(tracer, parent);
	struct syscall_ptrace_tally_thread *to = get_thread(tracer, child);

	to->target = from->target;
	to->is_descendant = from->is_descendant || to->pid != from->pid;
}

static void add_seized(void *arg, uint32_t target, uint32_t pid, uint32_t tid, bool is_descendant)
{
	struct syscall_ptrace *tracer = arg;
	uint32_t index = add_thread(tracer, pid, tid);

	get_thread(tracer, index)->target = target;
	get_thread(tracer, index)->is_descendant = is_descendant;
}

static void end_thread(struct syscall_ptrace *tracer, uint32_t tid, uint64_t now_ns)
{
	uint32_t index;

	if (!pid_map_find(&tracer->traced, tid, &index))
		return;
	syscall_ptrace_tally_end_thread(&tracer->tally, index, now_ns);
	pid_map_remove(&tracer->traced, tid);
}

/* --- stops --- */

static void count_stop(struct syscall_ptrace *tracer, uint32_t tid, uint64_t now_ns)
{
	struct __ptrace_syscall_info info = {0};
	uint32_t index = find_thread(tracer, tid), error = 0;
	struct syscall_ptrace_tally_thread *thread = get_thread(tracer, index);
	bool is_named;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, (pid_t)tid, (void *)sizeof(info), &info) < 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		bool is_narrow = info.arch != NATIVE_ARCH ||
				 (info.arch == AUDIT_ARCH_X86_64 && (info.entry.nr & X32_BIT) != 0);
		int32_t number =
			info.entry.nr < INT32_MAX ? (int32_t)info.entry.nr : SYSCALL_NUMBER_UNKNOWN;

		syscall_ptrace_tally_enter(&tracer->tally, index,
					   is_narrow ? SYSCALL_NUMBER_32BIT : number, now_ns);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		is_named = thread->number == SYS_prctl; /* perhaps anew */
		/* what a signal handler returns to is the result that was there before */
		if (info.exit.is_error != 0 && thread->number != SYS_rt_sigreturn)
			error = (uint32_t)-info.exit.rval;
		syscall_ptrace_tally_exit(&tracer->tally, index, error, now_ns);
		if (is_named)
			read_comm(&tracer->text, thread);
	}
}

/* All other threads are gone, and the one that did it has the first one's tid by now. */
static void move_thread(struct syscall_ptrace *tracer, uint32_t from_tid, uint32_t tid,
			uint64_t now_ns)
{
	uint32_t index;

	if (from_tid == tid || !pid_map_find(&tracer->traced, from_tid, &index))
		return;
	end_thread(tracer, tid, now_ns);
	pid_map_remove(&tracer->traced, from_tid);
	pid_map_set(&tracer->traced, tid, index);
	get_thread(tracer, index)->tid = tid;
}

static void handle_event(struct syscall_ptrace *tracer, uint32_t tid, int event, uint64_t now_ns)
{
	unsigned long other = 0;

	if (event == PTRACE_EVENT_STOP || ptrace(PTRACE_GETEVENTMSG, (pid_t)tid, NULL, &other) < 0)
		return;
	if (event == PTRACE_EVENT_EXEC) {
		move_thread(tracer, (uint32_t)other, tid, now_ns);
		read_comm(&tracer->text, get_thread(tracer, find_thread(tracer, tid)));
	} else {
		adopt_child(tracer, find_thread(tracer, tid), (uint32_t)other);
	}
}

static bool is_stop_signal(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* ptrace(2), "Stopped states". One that was killed meanwhile cannot be told to go on: ignored. */
static void handle_stop(struct syscall_ptrace *tracer, uint32_t tid, int status, uint64_t now_ns)
{
	int event = status >> 16, number = WSTOPSIG(status), handed_on = 0;

	find_thread(tracer, tid);
	if (event == PTRACE_EVENT_STOP && is_stop_signal(number)) {
		ptrace(PTRACE_LISTEN, (pid_t)tid, NULL, NULL); /* stays stopped until SIGCONT */
		return;
	}
	if (event != 0)
		handle_event(tracer, tid, event, now_ns);
	else if (number == SYSCALL_STOP)
		count_stop(tracer, tid, now_ns);
	else
		handed_on = number;
	ptrace(PTRACE_SYSCALL, (pid_t)tid, NULL, (void *)(uintptr_t)handed_on);
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/*
 * CPU time of the tracing thread so far: while it works on a stop somebody is stopped, so stops
 * took this long at least.
 */
static uint64_t read_tracing_ns(const struct syscall_ptrace *tracer)
{
	uint64_t ended_ns = tracer->ended_cpu_ns;
	clockid_t clock;

	if (ended_ns > 0 || !tracer->has_thread)
		return ended_ns;
	return pthread_getcpuclockid(tracer->thread, &clock) == 0 ? read_clock(clock) : 0;
}

static void *trace(void *arg)
{
	struct syscall_ptrace *tracer = arg;

	pthread_setname_np(pthread_self(), "sonde-trace");
	tracer->tid = gettid();
	tracer->result = syscall_ptrace_seize(tracer->targets, tracer->target_count, add_seized,
					      tracer, &tracer->err);
	sem_post(&tracer->is_ready);
	while (tracer->result == 0 && !tracer->is_closing) {
		int status = 0;
		pid_t tid = waitpid(-1, &status, __WALL | __WNOTHREAD);
		uint64_t now_ns = clock_now_ns();

		if (tid < 0 && errno != EINTR)
			break; /* all have ended */
		if (tid < 0)
			continue;
		pthread_mutex_lock(&tracer->lock);
		if (WIFSTOPPED(status))
			handle_stop(tracer, (uint32_t)tid, status, now_ns);
		else
			end_thread(tracer, (uint32_t)tid, now_ns);
		pthread_mutex_unlock(&tracer->lock);
	}
	tracer->ended_cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID);
	return NULL; /* the kernel detaches all, and lets those that are stopped go on */
}

/* --- the door --- */

static void ignore_signal(int number)
{
	(void)number;
}

/* Ends a blocking call of the thread; nobody else uses it. */
static int get_wake_signal(void)
{
	return SIGRTMIN + 3;
}

static int start_thread(struct syscall_ptrace *tracer, struct err *err)
{
	struct sigaction action = {.sa_handler = ignore_signal};
	sigset_t wake, before;
	int result;

	sigaction(get_wake_signal(), &action, NULL);
	sigemptyset(&wake);
	sigaddset(&wake, get_wake_signal());
	pthread_sigmask(SIG_UNBLOCK, &wake, &before);
	result = pthread_create(&tracer->thread, NULL, trace, tracer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		return err_set(err, -result, "cannot start the tracer's thread: %s",
			       strerror(result));
	tracer->has_thread = true;
	while (sem_wait(&tracer->is_ready) < 0)
		continue; /* a signal */
	if (tracer->result < 0)
		return err_set(err, tracer->result, "%s", err_text(&tracer->err));
	return 0;
}

int syscall_ptrace_open(struct syscall_ptrace **ret_tracer, const struct syscall_target *targets,
			uint32_t target_count, struct err *err)
{
	scoped(syscall_ptrace_cleanup) struct syscall_ptrace *tracer =
		alloc_new(struct syscall_ptrace);
	int result;

	tracer->targets = targets;
	tracer->target_count = target_count;
	pid_map_init(&tracer->traced);
	strbuf_init(&tracer->text, 1 << 16);
	pthread_mutex_init(&tracer->lock, NULL);
	sem_init(&tracer->is_ready, 0, 0);
	if (target_count == 0)
		return err_set(err, -EINVAL,
			       "ptrace counts the system calls of processes, not of the machine");
	result = start_thread(tracer, err);
	if (result < 0)
		return result;
	*ret_tracer = tracer;
	tracer = NULL;
	return 0;
}

/* The signal may come before the call that it is to end: then another one is sent. */
static void end_tracing(struct syscall_ptrace *tracer)
{
	struct timespec nap = {.tv_nsec = NAP_NS};

	tracer->is_closing = true;
	while (pthread_tryjoin_np(tracer->thread, NULL) != 0) {
		pthread_kill(tracer->thread, get_wake_signal());
		nanosleep(&nap, NULL);
	}
	/* joined is not gone: the kernel detaches a little later */
	for (int i = 0; i < DETACH_NAPS_MAX; i++) {
		if (syscall(SYS_tgkill, getpid(), tracer->tid, 0) < 0)
			return;
		nanosleep(&nap, NULL);
	}
}

void syscall_ptrace_close(struct syscall_ptrace *tracer)
{
	if (tracer == NULL)
		return;
	if (tracer->has_thread)
		end_tracing(tracer);
	syscall_ptrace_tally_release(&tracer->tally);
	pid_map_release(&tracer->traced);
	strbuf_release(&tracer->text);
	pthread_mutex_destroy(&tracer->lock);
	sem_destroy(&tracer->is_ready);
	free(tracer);
}

void syscall_ptrace_enable(struct syscall_ptrace *tracer)
{
	pthread_mutex_lock(&tracer->lock);
	syscall_ptrace_tally_begin(&tracer->tally, clock_now_ns());
	tracer->begin_cpu_ns = read_tracing_ns(tracer);
	tracer->end_cpu_ns = 0;
	pthread_mutex_unlock(&tracer->lock);
}

void syscall_ptrace_disable(struct syscall_ptrace *tracer)
{
	pthread_mutex_lock(&tracer->lock);
	syscall_ptrace_tally_end(&tracer->tally, clock_now_ns());
	tracer->end_cpu_ns = read_tracing_ns(tracer);
	pthread_mutex_unlock(&tracer->lock);
}

static void name_row(void *arg, const struct syscall_ptrace_tally_thread *thread,
		     struct syscall_row *row)
{
	const struct syscall_ptrace *tracer = arg;

	syscall_target_write_role(&tracer->targets[thread->target], thread->is_descendant,
				  row->role);
	syscall_name_format(row->number, row->name);
}

void syscall_ptrace_read(struct syscall_ptrace *tracer, struct syscall_table *table)
{
	struct pid_map_slot living;
	struct strbuf text;
	uint32_t cursor = 0;
	uint64_t end_ns;

	strbuf_init(&text, 4096);
	pthread_mutex_lock(&tracer->lock);
	while (pid_map_next(&tracer->traced, &cursor, &living))
		read_comm(&text, get_thread(tracer, living.value));
	syscall_ptrace_tally_read(&tracer->tally, clock_now_ns(), table, name_row, tracer);
	end_ns = tracer->end_cpu_ns > 0 ? tracer->end_cpu_ns : read_tracing_ns(tracer);
	pthread_mutex_unlock(&tracer->lock);
	table->stop_ns = end_ns > tracer->begin_cpu_ns ? end_ns - tracer->begin_cpu_ns : 0;
	snprintf(table->method, sizeof(table->method), "ptrace");
	strbuf_release(&text);
}
