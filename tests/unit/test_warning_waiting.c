#include "sample_warning.h"

/* 10 requests in flight, 10 ms each, 0.1 ms of CPU; the machine is a tenth busy. */
static void set_waiting(void)
{
	sample_start();
	sample_load(10000, 10000000);
	sample_metric("cpu_per_request", "", 100000);
	sample_metric("wait_per_request", "", 10000);
	sample_metric("cpu_mean", "", 0.1);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	for (int i = 0; i < 10; i++)
		sample_task("server", "worker", 0.01, 0, "0-1");
}

static void test_waiting(void)
{
	sample_start();
	is_silent("waiting", "waiting: nothing known");
	set_waiting();
	fires("waiting", "99 % of a response time, CPUs idle");
	says("waiting", "sonde run --syscalls", "… what would tell more");
	sample_call("epoll_wait", 1000, 90e9);
	sample_call("fsync", 1000, 8e9);
	sample_call("write", 1000, 2e9);
	says("waiting", "80 % in fsync", "… what told more");
	sample_series("cpu.busy_ratio", "host", 0.5, 0.6);
	fires("waiting", "a machine that is half busy");
	is_near(sample_strength("waiting"), 0.6 * 0.989 * 0.5, 1e-3, "… strength");
	sample_series("cpu.busy_ratio", "host", 0.51, 0.6);
	is_silent("waiting", "a busy machine");
	set_waiting();
	sample_metric("cpu_per_request", "", 2600000);
	is_silent("waiting", "a quarter on a CPU");
	set_waiting();
	sample_task("server", "main", 0.79, 0, "0-1");
	fires("waiting", "a thread that has time");
	sample_task("server", "main", 0.8, 0, "0-1");
	is_silent("waiting", "behind a thread that is loaded");
	set_waiting();
	sample.side.load.client_cpu_ns = 16000000000;
	is_silent("waiting", "for a generator that is loaded");
	sample_start();
	sample_load(10000, 2100000);
	sample_metric("cpu_per_request", "", 10000);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	fires("waiting", "2.09 ms");
	sample_start();
	sample_load(10000, 1900000);
	sample_metric("cpu_per_request", "", 10000);
	sample_metric("cpu_mean", "", 0.1);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	is_silent("waiting", "less than 2 ms");
}

/* All ten threads wait in futexes for nearly all of the time. */
static struct machine_view_syscall *set_convoy(void)
{
	set_waiting();
	sample_call("epoll_wait", 10, 10e9);
	return sample_call("futex", 25000, 95e9);
}

static void test_convoy(void)
{
	struct machine_view_syscall *futex;

	set_waiting();
	is_silent("lock_contention", "locks: calls were not counted");
	futex = set_convoy();
	fires("lock_contention", "threads in futexes while requests wait");
	ok(sample_strength("lock_contention") > sample_strength("waiting"),
	   "a cause comes before what names none");
	futex->max_ns = 11.1e6;
	is_silent("lock_contention", "a wait that was longer than the slowest answer");
	futex->max_ns = 10.9e6;
	fires("lock_contention", "as long as it");
	futex = set_convoy();
	futex->wall_ns = 52e9;
	fires("lock_contention", "half of the threads");
	futex->wall_ns = 48e9;
	is_silent("lock_contention", "less");
	futex = set_convoy();
	futex->calls = 10000;
	fires("lock_contention", "once a request");
	futex->calls = 9900;
	is_silent("lock_contention", "not every request");
	set_convoy();
	sample_call("fsync", 10000, 47e9);
	fires("lock_contention", "the disk is half of it");
	set_convoy();
	sample_call("fsync", 10000, 48e9);
	is_silent("lock_contention", "more");
	set_convoy();
	sample_metric("cpu_per_request", "", 4900000);
	fires("lock_contention", "half of a response time");
	sample_metric("cpu_per_request", "", 5100000);
	is_silent("lock_contention", "less");
	set_convoy();
	sample_series("cpu.busy_ratio", "host", 0.75, 0.9);
	fires("lock_contention", "half a CPU is free");
	sample_series("cpu.busy_ratio", "host", 0.76, 0.9);
	is_silent("lock_contention", "less");
}

/* Ten requests in flight of a shorter time: how much less, a scheduler does. */
static void test_short_convoy(void)
{
	struct machine_view_syscall *futex;

	sample_start();
	sample_load(100000, 520000);
	sample_metric("cpu_per_request", "", 10000);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	futex = sample_call("futex", 200000, 95e9);
	futex->max_ns = 400000;
	fires("lock_contention", "0.51 ms of waiting");
	sample_metric("cpu_per_request", "", 30000);
	is_silent("lock_contention", "0.49 ms");
	sample_start();
	sample_load(100, 1000000000);
	sample_metric("cpu_per_request", "", 10000);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	sample_call("futex", 200, 95e9);
	fires("lock_contention", "a hundred answers");
	sample.side.load.total.counts.answered = 99;
	is_silent("lock_contention", "99");
}

/*
 * What a pool of threads does that is healthy: two or three calls a request, and parked meanwhile.
 */
static void test_pool(void)
{
	struct machine_view_syscall *futex;

	sample_start();
	sample_load(50000, 200000);
	sample_metric("cpu_per_request", "", 80000);
	sample_metric("cpu_mean", "", 0.4);
	sample_metric("switches_voluntary_per_request", "", 2);
	sample_series("cpu.busy_ratio", "host", 0.4, 0.5);
	for (int i = 0; i < 16; i++)
		sample_task("server", "worker", 0.025, 0, "0-1");
	futex = sample_call("futex", 130000, 155e9);
	futex->max_ns = 4e6;
	is_silent("lock_contention", "a pool that has little to do");
	futex->calls = 400000;
	futex->top_error = "EAGAIN";
	futex->top_error_count = futex->errors = 20000;
	sample_metric("switches_voluntary_per_request", "", 3.9);
	is_silent("lock_contention", "eight calls a request, and less than four switches");
	sample_metric("switches_voluntary_per_request", "", 4);
	says("lock_contention", "8.0 futex calls a request", "… and four");
	futex->top_error_count = 19000;
	is_silent("lock_contention", "hardly any refused");
	futex->calls = 390000;
	futex->top_error_count = 20000;
	is_silent("lock_contention", "fewer calls");
}

/* As measured with four writers of one SQLite database. */
static void test_file_lock(void)
{
	struct machine_view_syscall *lock, *sleep;

	sample_start();
	is_silent("file_lock", "file locks: calls were not counted");
	lock = sample_call("fcntl", 2000, 0.01e9);
	sleep = sample_call("clock_nanosleep", 86, 4.1e9);
	sample_call("fdatasync", 300, 0.8e9);
	sample_call("futex", 1, 30e9);
	is_silent("file_lock", "none refused");
	lock->top_error = "EAGAIN";
	lock->top_error_count = lock->errors = 86;
	fires("file_lock", "86 refused, and as many sleeps");
	says("file_lock", "fcntl was refused 86 times (EAGAIN)", "… figures");
	says("file_lock", "84 % of the time", "… how much of it");
	lock->top_error_count = 10;
	fires("file_lock", "ten");
	lock->top_error_count = 9;
	is_silent("file_lock", "nine");
	lock->top_error_count = 86;
	lock->top_error = "EINVAL";
	is_silent("file_lock", "refused for another reason");
	lock->top_error = "EACCES";
	sleep->calls = 42;
	is_silent("file_lock", "no sleep for each");
	sleep->calls = 43;
	fires("file_lock", "… for every second one");
	sleep->calls = 86;
	sleep->wall_ns = 86 * 249e6;
	fires("file_lock", "sleeps of 249 ms");
	sleep->wall_ns = 86 * 251e6;
	is_silent("file_lock", "sleeps of a clock");
	sleep->wall_ns = 0.092e9;
	fires("file_lock", "a tenth of the time");
	sleep->wall_ns = 0.088e9;
	is_silent("file_lock", "sleeps that do not matter");
}

int main(void)
{
	test_waiting();
	test_convoy();
	test_short_convoy();
	test_pool();
	test_file_lock();
	return sample_done();
}
