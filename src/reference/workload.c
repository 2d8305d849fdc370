#include "reference/workload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "stats/rng.h"
#include "util/clock.h"

enum {
	LONG_THREADS = 2,
	MAIN_PATHS = 8, /* of workload_paths: those of the main thread */
	HANDLER_EVERY_NS = 20000000,
	ROUNDS_MEAN = 8000000, /* of a part: some milliseconds */
	HANDLER_ROUNDS = 1000000,
};

const struct workload_path workload_paths[WORKLOAD_PATHS] = {
	{"thirty", "one of two functions", {{"thirty", 1}}, false},
	{"seventy", "the other one", {{"seventy", 1}}, false},
	{"path-one",
	 "a function that is called on two paths",
	 {{"path_one", 1}, {"shared", 1}},
	 false},
	{"path-two", "the same on the other", {{"path_two", 1}, {"shared", 1}}, false},
	{"recursion",
	 "below 200 calls of one function",
	 {{"recurse", WORKLOAD_RECURSION}, {"deepest", 1}},
	 false},
	{"inlined", "inlined into its caller", {{"inline_host", 1}, {"inlined", 1}}, true},
	{"wide", "behind 6 kB of stack", {{"wide_frame", 1}, {"behind", 1}}, false},
	{"pointer", "by a pointer, from a loop", {{"call_pointer", 1}, {"pointed", 1}}, false},
	{"thread", "in threads", {{"long_thread", 1}, {"in_thread", 1}}, false},
	{"handler",
	 "in a signal's handler, above the others",
	 {{"on_signal", 1}, {"in_handler", 1}},
	 false},
	{"short thread", "in threads that end soon", {{"short_thread", 1}, {"in_short", 1}}, false},
};

#define NOINLINE __attribute__((noinline))
/*
 * Nothing stands behind a call that is the last: it would become a jump, and its caller no frame.
 */
#define STAY() __asm__ volatile("" ::: "memory")

static volatile uint64_t sink;
/* what the handler took of the main thread: not the time of what it interrupts */
static volatile uint64_t handler_ns;

/*
 * Arithmetic that the compiler cannot shorten: about a nanosecond a round. Each caller has a salt
 * of its own, because compilers make one function of two that are the same.
 */
static inline __attribute__((always_inline)) uint64_t burn(uint64_t rounds, uint64_t salt)
{
	uint64_t value = rounds;

	for (uint64_t i = 0; i < rounds; i++) {
		value = value * 6364136223846793005u + salt;
		__asm__ volatile("" : "+r"(value));
	}
	return value;
}

/* ---- the parts ---- */

static NOINLINE void workload_part_thirty(uint64_t rounds)
{
	sink = burn(rounds * 3 / 5, 1);
}

static NOINLINE void workload_part_seventy(uint64_t rounds)
{
	sink = burn(rounds * 7 / 5, 3);
}

static NOINLINE void workload_part_shared(uint64_t rounds)
{
	sink = burn(rounds, 5);
}

static NOINLINE void workload_part_path_one(uint64_t rounds)
{
	workload_part_shared(rounds / 2);
	STAY();
}

static NOINLINE void workload_part_path_two(uint64_t rounds)
{
	workload_part_shared(rounds);
	STAY();
}

static NOINLINE void workload_part_deepest(uint64_t rounds)
{
	sink = burn(rounds, 7);
}

static NOINLINE void workload_part_recurse(uint32_t depth, uint64_t rounds)
{
	if (depth > 1)
		workload_part_recurse(depth - 1, rounds);
	else
		workload_part_deepest(rounds);
	STAY();
}

static inline __attribute__((always_inline)) void workload_part_inlined(uint64_t rounds)
{
	sink = burn(rounds, 9);
}

static NOINLINE void workload_part_inline_host(uint64_t rounds)
{
	workload_part_inlined(rounds);
}

static NOINLINE void workload_part_behind(uint64_t rounds)
{
	sink = burn(rounds, 11);
}

static NOINLINE void workload_part_wide_frame(uint64_t rounds)
{
	char room[6000];

	memset(room, 1, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
	workload_part_behind(rounds);
	__asm__ volatile("" : : "r"(room) : "memory");
}

static NOINLINE void workload_part_pointed(uint64_t rounds)
{
	sink = burn(rounds, 13);
}

static NOINLINE void workload_part_call_pointer(uint64_t rounds)
{
	void (*volatile function)(uint64_t) = workload_part_pointed;

	for (uint64_t i = 0; i < 1000; i++)
		function(rounds / 1000);
	STAY();
}

static NOINLINE void workload_part_in_thread(uint64_t rounds)
{
	sink = burn(rounds, 15);
}

static NOINLINE void workload_part_in_short(uint64_t rounds)
{
	sink = burn(rounds, 17);
}

static NOINLINE void workload_part_in_handler(uint64_t rounds)
{
	sink = burn(rounds, 19);
}

static void workload_part_on_signal(int signal)
{
	int code = errno;
	uint64_t begin_ns = clock_thread_cpu_ns();

	(void)signal;
	workload_part_in_handler(HANDLER_ROUNDS);
	handler_ns += clock_thread_cpu_ns() - begin_ns;
	errno = code;
}

/* ---- threads ---- */

/* They look at their clock at their beginning and end only: see workload.h. */
struct worker {
	pthread_t thread;
	uint64_t rounds; /* a nanosecond each, or so */
	uint64_t worked_ns;
};

static NOINLINE void *workload_part_long_thread(void *argument)
{
	struct worker *worker = argument;
	uint64_t begin_ns = clock_thread_cpu_ns();

	for (int i = 0; i < 100; i++)
		workload_part_in_thread(worker->rounds / 100);
	worker->worked_ns = clock_thread_cpu_ns() - begin_ns;
	return NULL;
}

static NOINLINE void *workload_part_short_thread(void *argument)
{
	struct worker *worker = argument;
	uint64_t begin_ns = clock_thread_cpu_ns();

	workload_part_in_short(worker->rounds);
	worker->worked_ns = clock_thread_cpu_ns() - begin_ns;
	return NULL;
}

static int start_worker(struct worker *worker, void *(*function)(void *), struct err *err)
{
	sigset_t all, before;
	int code;

	/* the timer's signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&worker->thread, NULL, function, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code != 0 ? err_set(err, -code, "the workload cannot start a thread: %s",
				   strerror(code))
			 : 0;
}

static int run_long_threads(const struct workload_options *options, struct workload_truth *truth,
			    struct err *err)
{
	struct worker workers[LONG_THREADS];
	int started = 0, result = 0;

	for (; started < LONG_THREADS && result == 0; started += result == 0) {
		workers[started] = (struct worker){.rounds = options->cpu_ns / 10};
		result = start_worker(&workers[started], workload_part_long_thread, err);
	}
	for (int i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		truth->path_ns[WORKLOAD_THREAD] += workers[i].worked_ns;
	}
	return result;
}

static int run_short_threads(const struct workload_options *options, struct workload_truth *truth,
			     struct err *err)
{
	for (int i = 0; i < WORKLOAD_SHORT_THREADS; i++) {
		struct worker worker = {.rounds = options->short_ns};
		int result = start_worker(&worker, workload_part_short_thread, err);

		if (result < 0)
			return result;
		pthread_join(worker.thread, NULL);
		truth->path_ns[WORKLOAD_SHORT] += worker.worked_ns;
	}
	return 0;
}

/* ---- the main thread ---- */

static void run_part(uint32_t path, uint64_t rounds)
{
	/* read, not known to the compiler: it would make a function of its own for this depth */
	static volatile uint32_t depth = WORKLOAD_RECURSION;

	switch (path) {
	case 0:
		workload_part_thirty(rounds);
		break;
	case 1:
		workload_part_seventy(rounds);
		break;
	case 2:
		workload_part_path_one(rounds);
		break;
	case 3:
		workload_part_path_two(rounds);
		break;
	case 4:
		workload_part_recurse(depth, rounds);
		break;
	case 5:
		workload_part_inline_host(rounds);
		break;
	case 6:
		workload_part_wide_frame(rounds);
		break;
	default:
		workload_part_call_pointer(rounds);
	}
}

static void run_main_thread(const struct workload_options *options, struct workload_truth *truth)
{
	uint64_t end_ns = clock_thread_cpu_ns() + options->cpu_ns / 10 * 8;
	struct rng rng;

	rng_init(&rng, options->seed);
	while (clock_thread_cpu_ns() < end_ns) {
		uint32_t path = (uint32_t)rng_next_below(&rng, MAIN_PATHS);
		uint64_t rounds = ROUNDS_MEAN / 2 + rng_next_below(&rng, ROUNDS_MEAN);
		uint64_t begin_ns = clock_thread_cpu_ns() - handler_ns;

		run_part(path, rounds);
		truth->path_ns[path] += clock_thread_cpu_ns() - handler_ns - begin_ns;
	}
}

static int start_timer(timer_t *ret_timer, struct err *err)
{
	struct sigaction action = {.sa_handler = workload_part_on_signal, .sa_flags = SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec every = {.it_value.tv_nsec = HANDLER_EVERY_NS,
				   .it_interval.tv_nsec = HANDLER_EVERY_NS};

	sigaction(SIGUSR1, &action, NULL);
	if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, ret_timer) < 0 ||
	    timer_settime(*ret_timer, 0, &every, NULL) < 0)
		return err_set(err, -errno, "the workload cannot have a timer: %s",
			       strerror(errno));
	return 0;
}

/* ---- the truth ---- */

static int write_truth(const struct workload_truth *truth, const char *path, struct err *err)
{
	FILE *file = fopen(path, "we");
	bool is_bad = file == NULL;

	for (int i = 0; i < WORKLOAD_PATHS && !is_bad; i++)
		is_bad = fprintf(file, "%llu\n", (unsigned long long)truth->path_ns[i]) < 0;
	if (!is_bad)
		is_bad = fprintf(file, "%llu\n", (unsigned long long)truth->process_ns) < 0;
	if (file != NULL && fclose(file) != 0)
		is_bad = true;
	return is_bad ? err_set(err, -EIO, "the workload cannot write %s: %s", path,
				strerror(errno))
		      : 0;
}

int workload_read_truth(struct workload_truth *ret_truth, const char *path, struct err *err)
{
	struct workload_truth truth;
	FILE *file = fopen(path, "re");
	unsigned long long ns = 0;
	int count = 0;

	if (file == NULL)
		return err_set(err, -ENOENT, "%s: %s", path, strerror(errno));
	for (; count <= WORKLOAD_PATHS && fscanf(file, "%llu", &ns) == 1; count++) {
		if (count < WORKLOAD_PATHS)
			truth.path_ns[count] = ns;
		else
			truth.process_ns = ns;
	}
	fclose(file);
	if (count != WORKLOAD_PATHS + 1)
		return err_set(err, -EBADMSG, "the workload did not come to its end");
	*ret_truth = truth;
	return 0;
}

static uint64_t get_process_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

int workload_run(const struct workload_options *options, const char *truth_path, struct err *err)
{
	struct workload_truth truth = {0};
	timer_t timer;
	int result;

	prctl(PR_SET_NAME, "sonde-workload");
	result = start_timer(&timer, err);
	if (result < 0)
		return result;
	run_main_thread(options, &truth);
	timer_delete(timer);
	truth.path_ns[WORKLOAD_HANDLER] = handler_ns;
	result = run_long_threads(options, &truth, err);
	if (result == 0)
		result = run_short_threads(options, &truth, err);
	truth.process_ns = get_process_ns();
	return result == 0 ? write_truth(&truth, truth_path, err) : result;
}
