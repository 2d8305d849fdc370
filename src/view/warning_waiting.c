/* Requests that wait while CPUs are idle: for what, where system calls tell it. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"
#include "view/warning_waiting.h"

/* ---- waiting ---- */

#define MOSTLY 0.75	   /* of a service time */
#define WAITING_NS 2e6	   /* below, it is wake-ups, the loopback and the generator itself */
#define IDLE_MACHINE 0.5   /* busy less than so much of it */
#define LOADED_THREAD 0.8  /* of a CPU: requests may wait for the thread itself */
#define WAITING_WEIGHT 0.6 /* it names no cause: a rule that does goes first */

/* ---- file_lock ---- */

#define REFUSED_LOCKS 10 /* in a run */
#define SLEEP_NS 250e6	 /* in mean: a longer one is a clock's, and no second try */
#define SLEEP_SHARE 0.1	 /* of the time in calls that wait */
#define SLEEPS_A_REFUSAL 0.5

static bool is_one_of(const char *call, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(call, names[i]) == 0)
			return true;
	return false;
}

bool warning_waiting_is_idle(const char *call)
{
	static const char *const names[] = {
		"epoll_wait",	 "epoll_pwait",	    "epoll_pwait2", "accept",
		"accept4",	 "io_uring_enter",  "wait4",	    "waitid",
		"rt_sigsuspend", "rt_sigtimedwait", "pause",	    "restart_syscall",
		"futex",	 "futex_waitv",	    "signalfd",	    "sigsuspend",
	};

	return is_one_of(call, names, sizeof(names) / sizeof(names[0])) ||
	       warning_waiting_is_read(call);
}

bool warning_waiting_is_read(const char *call)
{
	static const char *const names[] = {
		"read", "readv", "recvfrom", "recvmsg", "poll", "ppoll", "select", "pselect6",
	};

	return is_one_of(call, names, sizeof(names) / sizeof(names[0]));
}

/* The call other than those that threads waited in longest; NULL = none. `ret_sum_ns` of all. */
static const struct machine_view_syscall *find_longest(const struct warning_input *input,
						       double *ret_sum_ns)
{
	const struct machine_view_syscall *longest = NULL;

	*ret_sum_ns = 0;
	for (uint32_t i = 0; i < input->machine->syscall_count; i++) {
		const struct machine_view_syscall *call = &input->machine->syscalls[i];

		if (warning_waiting_is_idle(call->name))
			continue;
		*ret_sum_ns += call->wall_ns;
		if (longest == NULL || call->wall_ns > longest->wall_ns)
			longest = call;
	}
	return longest;
}

double warning_waiting_get_ns(const struct warning_input *input)
{
	return input->service_ns - input->request_cpu_ns -
	       (isnan(input->request_wait_ns) ? 0 : input->request_wait_ns);
}

bool warning_waiting_has_other_cause(const struct warning_input *input)
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
	double waiting_ns = warning_waiting_get_ns(input);
	char waiting[FMT_BYTES], response[FMT_BYTES], cpu[FMT_BYTES];

	if (!(waiting_ns >= WAITING_NS) || !(waiting_ns >= MOSTLY * input->service_ns) ||
	    !(input->busy <= IDLE_MACHINE) || warning_waiting_has_other_cause(input))
		return false;
	ret_warning->strength = WAITING_WEIGHT * waiting_ns / input->service_ns * (1 - input->busy);
	ret_warning->text = arena_printf(
		input->arena,
		"requests wait: %s of their %s are spent neither on a CPU nor for one, and %.0f %% "
		"of the machine is idle (locks, I/O, peers, sleep)",
		fmt_duration(waiting, waiting_ns), fmt_duration(response, input->service_ns),
		(1 - input->busy) * 100);
	ret_warning->evidence = arena_printf(
		input->arena, "CPU %s a request; %.1f requests in flight, %.2f CPUs used%s",
		fmt_duration(cpu, input->request_cpu_ns), input->in_flight, input->cpus,
		describe_calls(input));
	ret_warning->next = input->machine->has_syscalls
				    ? "sonde show --syscalls"
				    : warning_input_get_again(input, "--syscalls");
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
	ret_warning->next = "sonde show --syscalls --all";
	return true;
}
