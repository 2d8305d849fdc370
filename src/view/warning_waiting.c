/* Requests that wait while CPUs are idle: for what, where system calls tell it. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

/* ---- waiting ---- */

#define MOSTLY 0.75	   /* of a response time */
#define WAITING_NS 2e6	   /* below, it is wake-ups, the loopback and the generator itself */
#define IDLE_MACHINE 0.5   /* busy less than so much of it */
#define LOADED_THREAD 0.8  /* of a CPU: requests may wait for the thread itself */
#define WAITING_WEIGHT 0.6 /* it names no cause: a rule that does goes first */

/* ---- lock_contention ---- */

#define LOCK_NS 0.5e6 /* of a request spent waiting */
#define HALF 0.5      /* of its response time, and of the threads that could work */
#define IDLE_CPUS 0.5
#define LOCK_CALLS 1	     /* futex calls a request */
#define LONGEST_RESPONSE 1.1 /* the slowest answer: what waits longer, waits for work */
#define OVER_OTHERS 2	     /* futex time, to that of other calls that wait */
#define MANY_CALLS 8	     /* futex calls a request: no handing over of work needs so many */
#define MANY_REFUSED 0.05    /* of them EAGAIN: the lock had changed hands meanwhile */
#define MANY_SWITCHES 4	     /* voluntary, a request */
#define FEW_ANSWERS 100

/* ---- file_lock ---- */

#define REFUSED_LOCKS 10 /* in a run */
#define SLEEP_NS 250e6	 /* in mean: a longer one is a clock's, and no second try */
#define SLEEP_SHARE 0.1	 /* of the time in calls that wait */
#define SLEEPS_A_REFUSAL 0.5

/* Where threads wait until there is work; of reads and receives nobody knows whether it is that. */
static bool is_idle_call(const char *name)
{
	static const char *const names[] = {
		"epoll_wait",  "epoll_pwait",	  "epoll_pwait2",
		"poll",	       "ppoll",		  "select",
		"pselect6",    "accept",	  "accept4",
		"read",	       "recvfrom",	  "recvmsg",
		"readv",       "io_uring_enter",  "wait4",
		"waitid",      "rt_sigsuspend",	  "rt_sigtimedwait",
		"pause",       "restart_syscall", "futex",
		"futex_waitv", "signalfd",	  "sigsuspend",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The call other than those that threads waited in longest; NULL = none. `ret_sum_ns` of all. */
static const struct machine_view_syscall *find_longest(const struct warning_input *input,
						       double *ret_sum_ns)
{
	const struct machine_view_syscall *longest = NULL;

	*ret_sum_ns = 0;
	for (uint32_t i = 0; i < input->machine->syscall_count; i++) {
		const struct machine_view_syscall *call = &input->machine->syscalls[i];

		if (is_idle_call(call->name))
			continue;
		*ret_sum_ns += call->wall_ns;
		if (longest == NULL || call->wall_ns > longest->wall_ns)
			longest = call;
	}
	return longest;
}

/* Of a request: neither on a CPU nor waiting for one. */
static double get_waiting_ns(const struct warning_input *input)
{
	return input->response_ns - input->request_cpu_ns -
	       (isnan(input->request_wait_ns) ? 0 : input->request_wait_ns);
}

/* Whether something else than a wait inside the service may have made requests wait. */
static bool has_other_cause(const struct warning_input *input)
{
	return warning_input_get_busiest(input) >= LOADED_THREAD ||
	       input->generator_ratio >= LOADED_THREAD;
}

/* "; most of it in fsync (83 % of 12.3 s in calls that wait)" */
static const char *describe_calls(const struct warning_input *input)
{
	double sum_ns;
	const struct machine_view_syscall *longest = find_longest(input, &sum_ns);
	char sum[FMT_BYTES];

	if (longest == NULL || !(longest->wall_ns > 0))
		return "";
	return arena_printf(input->arena,
			    "; of %s in calls other than waits for work %.0f %% in %s",
			    fmt_duration(sum, sum_ns), longest->wall_ns / sum_ns * 100,
			    warning_input_clean(input, longest->name));
}

bool warning_waiting_find_waiting(const struct warning_input *input, struct warning *ret_warning)
{
	double waiting_ns = get_waiting_ns(input);
	char waiting[FMT_BYTES], response[FMT_BYTES], cpu[FMT_BYTES];

	if (!(waiting_ns >= WAITING_NS) || !(waiting_ns >= MOSTLY * input->response_ns) ||
	    !(input->busy <= IDLE_MACHINE) || has_other_cause(input))
		return false;
	ret_warning->strength =
		WAITING_WEIGHT * waiting_ns / input->response_ns * (1 - input->busy);
	ret_warning->text = arena_printf(
		input->arena,
		"requests wait: %s of their %s are spent neither on a CPU nor for one, and %.0f %% "
		"of the machine is idle (locks, I/O, peers, sleep)",
		fmt_duration(waiting, waiting_ns), fmt_duration(response, input->response_ns),
		(1 - input->busy) * 100);
	ret_warning->evidence = arena_printf(
		input->arena, "CPU %s a request; %.1f requests in flight, %.2f CPUs used%s",
		fmt_duration(cpu, input->request_cpu_ns), input->in_flight, input->cpus,
		describe_calls(input));
	ret_warning->next =
		input->machine->has_syscalls ? "sonde show --all" : "sonde run --syscalls";
	return true;
}

/* ---- lock_contention ---- */

static double count_threads(const struct warning_input *input)
{
	double count = 0;

	for (uint32_t i = 0; i < input->machine->task_count; i++)
		count += warning_input_is_service(&input->machine->tasks[i]);
	return count > 0 ? count : (double)NAN;
}

/*
 * Threads that wait in futexes while there are requests for them. A pool whose threads park for
 * lack of work does so too, so: the machine has CPUs for them, no thread is the bottleneck,
 * requests wait for most of their time, as many threads as could serve them are parked, and none
 * for longer than the slowest answer took.
 */
static bool is_convoy(const struct warning_input *input, const struct machine_view_syscall *futex,
		      double others_ns)
{
	double waiting_ns = get_waiting_ns(input);
	double waiting = input->in_flight * waiting_ns / input->response_ns;
	double parked = futex->wall_ns / 1e9 / input->window_s;

	return waiting_ns >= LOCK_NS && waiting_ns >= HALF * input->response_ns &&
	       input->in_flight >= 2 && futex->calls >= LOCK_CALLS * input->answers &&
	       warning_input_get_idle_cpus(input) >= IDLE_CPUS && !has_other_cause(input) &&
	       futex->wall_ns >= OVER_OTHERS * others_ns &&
	       futex->max_ns <= LONGEST_RESPONSE * input->slowest_ns &&
	       parked >= HALF * fmin(count_threads(input), waiting);
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

bool warning_waiting_find_locks(const struct warning_input *input, struct warning *ret_warning)
{
	const struct machine_view_syscall *futex =
		machine_view_find_syscall(input->machine, "futex");
	double others_ns, waiting_ns = get_waiting_ns(input);
	bool is_parked;
	char time[FMT_BYTES], waiting[FMT_BYTES];

	if (futex == NULL || !input->machine->has_syscalls || !(input->answers >= FEW_ANSWERS))
		return false;
	find_longest(input, &others_ns);
	is_parked = is_convoy(input, futex, others_ns);
	if (!is_parked && !is_busy_lock(input, futex))
		return false;
	ret_warning->strength = is_parked ? 0.95 * waiting_ns / input->response_ns *
						    futex->wall_ns / (futex->wall_ns + others_ns)
					  : 0.4;
	ret_warning->text =
		is_parked ? arena_printf(input->arena,
					 "threads wait for a lock: %s of a request are neither CPU "
					 "nor run queue, CPUs are idle, and the services' threads "
					 "are in futex meanwhile",
					 fmt_duration(waiting, waiting_ns))
			  : arena_printf(input->arena,
					 "threads meet at locks: %.1f futex calls a request, and "
					 "%.0f %% found that the lock had changed hands meanwhile",
					 futex->calls / input->answers,
					 futex->top_error_count / futex->calls * 100);
	ret_warning->evidence = arena_printf(
		input->arena,
		"futex: %.1f calls a request, %.1f threads in it in mean, %s a call, %.0f of %.0f "
		"refused; taken for a lock and not for idle threads because %s",
		futex->calls / input->answers, futex->wall_ns / 1e9 / input->window_s,
		fmt_duration(time, futex->calls > 0 ? futex->wall_ns / futex->calls : 0),
		futex->errors, futex->calls,
		is_parked ? "no wait was longer than the slowest answer"
			  : "handing over work takes fewer calls");
	ret_warning->next = input->side->has_profile ? "sonde report --tree" : "sonde show --all";
	return true;
}

/* ---- file_lock ---- */

static bool is_refusal(const char *error)
{
	return strcmp(error, "EAGAIN") == 0 || strcmp(error, "EACCES") == 0 ||
	       strcmp(error, "EWOULDBLOCK") == 0;
}

/* Sums the calls of a NULL-ended list of names. */
static struct machine_view_syscall add_calls(const struct warning_input *input,
					     const char *const *names)
{
	struct machine_view_syscall sum = {.name = names[0], .top_error = ""};

	for (; *names != NULL; names++) {
		const struct machine_view_syscall *call =
			machine_view_find_syscall(input->machine, *names);

		if (call == NULL)
			continue;
		sum.calls += call->calls;
		sum.wall_ns += call->wall_ns;
		if (is_refusal(call->top_error) && call->top_error_count > 0) {
			sum.top_error_count += call->top_error_count;
			sum.top_error = call->top_error;
			sum.name = call->name;
		}
	}
	return sum;
}

bool warning_waiting_find_file_locks(const struct warning_input *input, struct warning *ret_warning)
{
	static const char *const locks[] = {"fcntl", "flock", NULL};
	static const char *const sleeps[] = {"clock_nanosleep", "nanosleep", NULL};
	struct machine_view_syscall lock, sleep;
	double waited_ns, all_ns = input->answers * input->response_ns;
	char count[2][FMT_BYTES], time[2][FMT_BYTES];

	if (!input->machine->has_syscalls)
		return false;
	lock = add_calls(input, locks);
	sleep = add_calls(input, sleeps);
	find_longest(input, &waited_ns);
	if (!(lock.top_error_count >= REFUSED_LOCKS) ||
	    !(sleep.calls >= SLEEPS_A_REFUSAL * lock.top_error_count) ||
	    !(sleep.wall_ns <= SLEEP_NS * sleep.calls) ||
	    !(sleep.wall_ns >= SLEEP_SHARE * waited_ns))
		return false;
	ret_warning->strength =
		fmax(0.2, fmin(sleep.wall_ns / waited_ns, all_ns > 0 ? sleep.wall_ns / all_ns : 1));
	ret_warning->text = arena_printf(
		input->arena,
		"a locked file: %s was refused %s times (%s), and threads slept %s before they "
		"tried again (as SQLite's busy timeout does)",
		lock.name, fmt_count(count[0], round(lock.top_error_count)), lock.top_error,
		fmt_duration(time[0], sleep.wall_ns));
	ret_warning->evidence = arena_printf(
		input->arena,
		"%s sleeps of %s: %.0f %% of the time in calls other than waits for work",
		fmt_count(count[1], round(sleep.calls)),
		fmt_duration(time[1], sleep.wall_ns / sleep.calls),
		sleep.wall_ns / waited_ns * 100);
	ret_warning->next = "sonde show --all";
	return true;
}
