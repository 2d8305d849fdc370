/*
 * Threads that wait for each other: a lock, or a result that another thread makes. docs/method.md,
 * "Locks", has the reasons.
 */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"
#include "view/warning_waiting.h"

#define LOCK_NS 0.5e6 /* of a request spent waiting */
#define HALF 0.5      /* of a service time; of the threads, or of the requests that wait */
#define IDLE_CPUS 0.5
#define LONGEST_ANSWER 1.1  /* of the slowest one: what waits longer, waits for work */
#define FEW_WAITS 10	    /* of a thread: it is no worker */
#define SHARE_OF_WORKER 0.1 /* of the answers that each of so many threads would have */
#define HANDING_OVER 0.8    /* of a lock's time somebody has it; it is on its way in the rest */
#define MANY_CALLS 8	    /* futex calls a request: no handing over of work needs so many */
#define MANY_REFUSED 0.05   /* of them EAGAIN: the lock had changed hands meanwhile */
#define MANY_SWITCHES 4	    /* voluntary, a request */
#define FEW_ANSWERS 100

/* What the services' threads did in the last run, as threads in the mean. */
struct lock_view {
	uint32_t workers; /* threads with many futex calls */
	uint32_t waiters; /* of them, those that can have waited within requests */
	double calls;	  /* of the waiters, futex */
	double longest_ns;
	double waiting;	  /* waiters in futex */
	double elsewhere; /* any thread in a call that is no wait for work, and workers in reads */
	/* Workers that can have what others wait for: on a CPU, or in such a call. */
	double holders;
};

/* One thread's rows: they stand together. */
struct thread_calls {
	const struct syscall_row *futex; /* NULL = none */
	double working_ns, reading_ns;
};

static size_t read_thread(const struct syscall_table *table, size_t at, struct thread_calls *thread)
{
	uint32_t tid = table->rows.items[at].tid;

	*thread = (struct thread_calls){0};
	for (; at < table->rows.count && table->rows.items[at].tid == tid; at++) {
		const struct syscall_row *row = &table->rows.items[at];

		if (strcmp(row->name, "futex") == 0)
			thread->futex = row;
		else if (warning_waiting_is_read(row->name))
			thread->reading_ns += (double)row->wall_ns;
		else if (!warning_waiting_is_idle(row->name))
			thread->working_ns += (double)row->wall_ns;
	}
	return at;
}

static uint32_t count_futex_threads(const struct syscall_table *table)
{
	uint32_t count = 0;

	for (size_t i = 0; i < table->rows.count; i++)
		count += strcmp(table->rows.items[i].name, "futex") == 0;
	return count;
}

static bool is_worker(const struct warning_input *input, const struct syscall_row *futex,
		      uint32_t thread_count)
{
	return futex != NULL && (double)futex->calls >= FEW_WAITS &&
	       (double)futex->calls >= SHARE_OF_WORKER * input->answers / thread_count;
}

/*
 * Who waits for a lock within a request waits no longer than the slowest one took, and in the mean
 * no longer than they take in the mean. A parked thread waits until there is work.
 */
static bool is_waiter(const struct warning_input *input, const struct syscall_row *futex)
{
	return (double)futex->max_ns <= LONGEST_ANSWER * input->slowest_ns &&
	       (double)futex->wall_ns <= (double)futex->calls * input->service_ns;
}

static double get_thread_cpus(const struct warning_input *input, uint32_t tid)
{
	double cpus;

	for (uint32_t i = 0; i < input->machine->task_count; i++) {
		if (input->machine->tasks[i].tid != tid)
			continue;
		cpus = warning_input_get_task_cpus(input, &input->machine->tasks[i]);
		return isnan(cpus) ? 0 : cpus;
	}
	return 0;
}

static void read_threads(const struct warning_input *input, struct lock_view *view)
{
	const struct syscall_table *table = &input->machine->thread_syscalls;
	double window_ns = table->window_ns > 0 ? (double)table->window_ns : input->window_s * 1e9;
	uint32_t thread_count = count_futex_threads(table);
	struct thread_calls thread;

	*view = (struct lock_view){0};
	for (size_t at = 0; at < table->rows.count;) {
		bool is_service = strcmp(table->rows.items[at].role, "sonde") != 0;
		uint32_t tid = table->rows.items[at].tid;

		at = read_thread(table, at, &thread);
		if (!is_service)
			continue;
		view->elsewhere += thread.working_ns / window_ns;
		if (!is_worker(input, thread.futex, thread_count))
			continue;
		view->workers++;
		view->elsewhere += thread.reading_ns / window_ns;
		view->holders += (thread.working_ns + thread.reading_ns) / window_ns +
				 get_thread_cpus(input, tid);
		if (!is_waiter(input, thread.futex))
			continue;
		view->waiters++;
		view->calls += (double)thread.futex->calls;
		view->longest_ns = fmax(view->longest_ns, (double)thread.futex->max_ns);
		view->waiting += (double)thread.futex->wall_ns / window_ns;
	}
}

/*
 * Threads that wait in futexes though there are requests for them. A pool whose threads park for
 * lack of work does so too, so: requests wait for most of their time while the machine has CPUs for
 * them and no thread is the bottleneck; what they wait in is futex and not some other call; and
 * meanwhile one of them has what the others wait for: who is on a CPU, or in another call. (In the
 * run queue they are also on their way back from being parked.)
 */
static bool is_convoy(const struct warning_input *input, const struct lock_view *view)
{
	double waiting_ns = warning_waiting_get_ns(input);
	double requests = input->in_flight * waiting_ns / input->service_ns;

	return waiting_ns >= LOCK_NS && waiting_ns >= HALF * input->service_ns &&
	       input->in_flight >= 2 && view->calls >= input->answers &&
	       warning_input_get_idle_cpus(input) >= IDLE_CPUS &&
	       !warning_waiting_has_other_cause(input) &&
	       view->waiting >= HALF * fmin(view->workers, requests) &&
	       view->elsewhere <= HALF * requests &&
	       view->holders >= HANDING_OVER * view->waiting / (1 + view->waiting);
}

/* Locks that are taken so often that threads meet at them all the time, though never for long. */
static bool is_busy_lock(const struct warning_input *input,
			 const struct machine_view_syscall *futex)
{
	return futex->calls >= MANY_CALLS * input->answers &&
	       strcmp(futex->top_error, "EAGAIN") == 0 &&
	       futex->top_error_count >= MANY_REFUSED * futex->calls &&
	       warning_input_get_metric(input, "switches_voluntary_per_request", "") >=
		       MANY_SWITCHES;
}

static void describe_convoy(const struct warning_input *input, const struct lock_view *view,
			    struct warning *warning)
{
	double waiting_ns = warning_waiting_get_ns(input);
	char waiting[FMT_BYTES], longest[FMT_BYTES], slowest[FMT_BYTES];

	warning->strength = 0.95 * waiting_ns / input->service_ns * view->waiting /
			    (view->waiting + view->elsewhere);
	warning->text = arena_printf(input->arena,
				     "threads wait for a lock, or for another thread's result: %s "
				     "of a request are neither CPU nor run queue, CPUs are idle, "
				     "and the services' threads are in futex meanwhile",
				     fmt_duration(waiting, waiting_ns));
	warning->evidence = arena_printf(
		input->arena,
		"futex: %.1f calls a request by %u threads, %.1f of them in it in mean; taken for "
		"waits within requests and not for idle threads because none was longer (%s) than "
		"the slowest answer (%s), and %.1f of them in mean were at work and could have "
		"what the "
		"others wait for",
		view->calls / input->answers, view->waiters, view->waiting,
		fmt_duration(longest, view->longest_ns), fmt_duration(slowest, input->slowest_ns),
		view->holders);
}

static void describe_busy(const struct warning_input *input,
			  const struct machine_view_syscall *futex, struct warning *warning)
{
	char time[FMT_BYTES];

	warning->strength = 0.4;
	warning->text = arena_printf(
		input->arena,
		"threads meet at locks: %.1f futex calls a request, and %.0f %% "
		"found that the lock had changed hands meanwhile",
		futex->calls / input->answers, futex->top_error_count / futex->calls * 100);
	warning->evidence = arena_printf(
		input->arena,
		"futex: %.1f threads in it in mean, %s a call, %.0f of %.0f refused; taken for "
		"locks because handing over work takes fewer calls",
		futex->wall_ns / 1e9 / input->window_s,
		fmt_duration(time, futex->calls > 0 ? futex->wall_ns / futex->calls : 0),
		futex->errors, futex->calls);
}

bool warning_lock_find_contention(const struct warning_input *input, struct warning *ret_warning)
{
	const struct machine_view_syscall *futex =
		machine_view_find_syscall(input->machine, "futex");
	struct lock_view view;

	if (futex == NULL || !input->machine->has_syscalls || !(input->answers >= FEW_ANSWERS))
		return false;
	read_threads(input, &view);
	if (is_convoy(input, &view))
		describe_convoy(input, &view, ret_warning);
	else if (is_busy_lock(input, futex))
		describe_busy(input, futex, ret_warning);
	else
		return false;
	ret_warning->next =
		input->side->has_profile ? "sonde report --tree" : "sonde show --syscalls --all";
	return true;
}
