/*
 * The meter over this very process: its threads switch and end, its children burn; orders are
 * checked, never times.
 */
#include "monitor/process_meter.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "util/clock.h"

enum { PING_COUNT = 200, THREAD_COUNT = 3 };

static struct procfs here;
static struct strbuf missing;
static pthread_barrier_t barrier;

struct ping {
	int request[2], answer[2];
};

/*
 * Blocks in read() at least PING_COUNT times, because each byte is sent only after the answer to
 * the last.
 */
static void *run_answerer(void *data)
{
	struct ping *ping = data;
	char byte;

	while (read(ping->request[0], &byte, 1) == 1)
		if (write(ping->answer[1], &byte, 1) != 1)
			break;
	pthread_barrier_wait(&barrier);
	return NULL;
}

static uint64_t read_own_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static struct process_task_sums get_sums(const struct process_meter *meter)
{
	struct process_task_sums sums = {0};

	process_tasks_add_sums(&meter->tasks, &sums);
	return sums;
}

static void test_threads(struct process_meter *meter, struct process_reader *reader)
{
	struct ping pings[THREAD_COUNT];
	pthread_t threads[THREAD_COUNT];
	struct process_task_sums before, during, after;
	uint32_t fds_left = reader->fds_left;
	char byte = 0;

	is_int(process_meter_read(meter, reader), 0, "the process is read");
	before = get_sums(meter);
	pthread_barrier_init(&barrier, NULL, THREAD_COUNT + 1);
	for (int i = 0; i < THREAD_COUNT; i++) {
		if (pipe(pings[i].request) < 0 || pipe(pings[i].answer) < 0 ||
		    pthread_create(&threads[i], NULL, run_answerer, &pings[i]) != 0)
			return (void)ok(false, "threads are started");
		for (int n = 0; n < PING_COUNT; n++)
			if (write(pings[i].request[1], &byte, 1) != 1 ||
			    read(pings[i].answer[0], &byte, 1) != 1)
				return (void)ok(false, "a thread answers");
	}
	is_int(process_meter_read(meter, reader), 0, "read with its threads");
	during = get_sums(meter);
	/* A sanitizer may add threads of its own. */
	ok(meter->thread_count >= THREAD_COUNT + 1, "all threads are counted");
	is_int(meter->tasks.tasks.count, meter->thread_count, "and read");
	ok(during.switches_voluntary + during.switches_involuntary >=
		   before.switches_voluntary + before.switches_involuntary +
			   PING_COUNT * THREAD_COUNT,
	   "switches are summed over the threads");
	for (int i = 0; i < THREAD_COUNT; i++)
		close(pings[i].request[1]);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < THREAD_COUNT; i++) {
		pthread_join(threads[i], NULL);
		close(pings[i].request[0]);
		close(pings[i].answer[0]);
		close(pings[i].answer[1]);
	}
	pthread_barrier_destroy(&barrier);
	is_int(process_meter_read(meter, reader), 0, "read after they ended");
	after = get_sums(meter);
	ok(after.switches_voluntary >= during.switches_voluntary && after.wait_ns >= during.wait_ns,
	   "ended threads keep what they had");
	process_meter_release(meter, reader);
	is_int(reader->fds_left, fds_left, "all kept descriptors are given back");
}

static void test_clock(struct process_meter *meter, struct process_reader *reader)
{
	uint64_t before = read_own_clock(), after;

	is_int(process_meter_read(meter, reader), 0, "the process is read");
	after = read_own_clock();
	ok(before < meter->own.cpu_ns && meter->own.cpu_ns < after,
	   "its CPU time is exact, between two readings");
	ok(meter->own.cpu_ns >= meter->own.user_ns + meter->own.system_ns,
	   "and no less than its ticks");
	ok(!meter->is_clock_refused && meter->rss_bytes > 0 && !meter->is_ended,
	   "it is as it should be");
}

static void test_child(struct process_meter *meter, struct process_reader *reader)
{
	struct process_meter child = {0};
	struct rusage children;
	siginfo_t info;
	uint64_t used;

	fflush(stdout); /* once, not by the child again */
	child.pid = fork();
	if (child.pid == 0) {
		while (read_own_clock() < 60 * NS_PER_MS)
			;
		_exit(0);
	}
	ok(child.pid > 0 && waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT) == 0,
	   "a child has ended");
	is_int(process_meter_read(&child, reader), 0, "a zombie is read");
	ok(child.is_ended && child.thread_count == 0 && child.rss_bytes == 0, "as what it is");
	ok(child.own.cpu_ns >= 60 * NS_PER_MS, "with all its time");
	waitpid(child.pid, NULL, 0);
	is_int(process_meter_read(&child, reader), -ESRCH, "waited for, it is gone");
	ok(child.own.cpu_ns >= 60 * NS_PER_MS, "its last values stay");
	getrusage(RUSAGE_CHILDREN, &children);
	used = (uint64_t)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) * NS_PER_US;
	used += (uint64_t)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) * NS_PER_S;
	process_meter_read(meter, reader);
	ok(meter->waited.cpu_ns <= used + NS_PER_MS &&
		   meter->waited.cpu_ns + 20 * NS_PER_MS >= used,
	   "its parent's waited-for time has it, to within two ticks");
	process_meter_release(&child, reader);
}

static void test_another(struct process_reader *reader)
{
	struct process_meter meter = {.pid = getpid(), .start_ns = 1};

	is_int(process_meter_read(&meter, reader), -ESRCH, "another start time is another process");
	meter = (struct process_meter){.pid = 0x3fffffff};
	is_int(process_meter_read(&meter, reader), -ESRCH, "no such process");
}

int main(void)
{
	struct process_meter meter = {.pid = getpid()};
	struct process_reader reader;

	strbuf_init(&missing, 4096);
	process_reader_init(&reader, &here, &missing);
	test_threads(&meter, &reader);
	test_clock(&meter, &reader);
	test_child(&meter, &reader);
	test_another(&reader);
	is_str(strbuf_text(&missing), "", "nothing is missing");
	process_meter_release(&meter, &reader);
	process_reader_release(&reader);
	strbuf_release(&missing);
	return tap_done();
}
