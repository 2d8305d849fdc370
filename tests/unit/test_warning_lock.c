#include "sample_warning.h"

/* Ten requests in flight of 10 ms, of which 0.1 ms are CPU; the machine is a tenth busy. */
static void set_load(void)
{
	sample_start();
	sample_load(10000, 10000000);
	sample_metric("cpu_per_request", "", 100000);
	sample_metric("wait_per_request", "", 10000);
	sample_metric("cpu_mean", "", 0.1);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
}

/* Adds threads that each have the same futex calls, for so many seconds of the ten. */
static void add_threads(uint32_t first_tid, uint32_t count, uint64_t calls, double futex_s,
			double max_ns)
{
	for (uint32_t i = 0; i < count; i++)
		sample_thread_call(first_tid + i, "futex", calls, futex_s * 1e9)->max_ns =
			(uint64_t)max_ns;
}

/* Of ten threads nine wait at any moment, and one sleeps with the lock. */
static void set_convoy(void)
{
	set_load();
	for (uint32_t i = 0; i < 10; i++) {
		sample_thread_call(100 + i, "futex", 2000, 8.9e9)->max_ns = 9000000;
		sample_thread_call(100 + i, "clock_nanosleep", 1000, 1e9);
	}
}

static void set_futex(uint64_t calls, double wall_ns, double max_ns)
{
	struct syscall_table *table = &sample.machine.thread_syscalls;

	for (size_t i = 0; i < table->rows.count; i++) {
		if (strcmp(table->rows.items[i].name, "futex") != 0)
			continue;
		table->rows.items[i].calls = calls;
		table->rows.items[i].wall_ns = (uint64_t)wall_ns;
		table->rows.items[i].max_ns = (uint64_t)max_ns;
	}
}

static void test_convoy(void)
{
	set_load();
	is_silent("lock_contention", "locks: calls were not counted");
	set_convoy();
	fires("lock_contention", "threads in futexes while requests wait");
	says("lock_contention", "a lock, or for another thread's result", "… what it may be");
	says("lock_contention", "10 threads, 8.9 of them in it", "… figures");
	ok(sample_strength("lock_contention") > sample_strength("waiting"),
	   "a cause comes before what names none");
	sample.machine.thread_syscalls.rows.count = 0;
	is_silent("lock_contention", "without threads nothing is told");
	set_convoy();
	set_futex(2000, 8.9e9, 10.9e6);
	fires("lock_contention", "a wait as long as the slowest answer");
	set_futex(2000, 8.9e9, 11.2e6);
	is_silent("lock_contention", "longer");
	set_futex(1000, 8.9e9, 9e6);
	fires("lock_contention", "once a request");
	set_futex(990, 8.9e9, 9e6);
	is_silent("lock_contention", "not every request");
	set_futex(2000, 5.1e9, 9e6);
	fires("lock_contention", "half of the threads");
	set_futex(2000, 4.9e9, 9e6);
	is_silent("lock_contention", "less");
	set_convoy();
	sample_metric("cpu_per_request", "", 4900000);
	fires("lock_contention", "half of a service time");
	sample_metric("cpu_per_request", "", 5100000);
	is_silent("lock_contention", "less");
	set_convoy();
	sample_series("cpu.busy_ratio", "host", 0.75, 0.9);
	fires("lock_contention", "half a CPU is free");
	sample_series("cpu.busy_ratio", "host", 0.76, 0.9);
	is_silent("lock_contention", "less");
	set_convoy();
	sample_task("server", "main", 0.8, 0, "0-1");
	is_silent("lock_contention", "behind a thread that is loaded");
}

/* Ten requests in flight of a shorter time: how much less, a scheduler does. */
static void test_short_convoy(void)
{
	sample_start();
	sample_load(100000, 520000);
	sample_metric("cpu_per_request", "", 10000);
	sample_metric("cpu_mean", "", 1);
	sample_series("cpu.busy_ratio", "host", 0.6, 0.7);
	add_threads(100, 6, 40000, 8, 400000);
	for (uint32_t i = 0; i < 6; i++)
		sample_task("server", "worker", 0.16, 0, "0-1")->tid = 100 + i;
	fires("lock_contention", "0.51 ms of waiting");
	sample_metric("cpu_per_request", "", 30000);
	is_silent("lock_contention", "0.49 ms");
	set_convoy();
	sample.side.load.total.counts.completed = 100;
	is_silent("lock_contention", "hardly any requests");
	sample.side.load.total.counts.completed = 5000;
	fires("lock_contention", "half as many");
}

/* Threads that are parked, and those of timers and runtimes, neither silence it nor make it. */
static void test_parked(void)
{
	set_convoy();
	add_threads(500, 20, 0, 10, 0);
	sample_thread_call(600, "futex", 9, 9e9)->max_ns = 1000000000;
	fires("lock_contention", "a timer's thread and twenty parked ones beside the ten");
	says("lock_contention", "10 threads, 8.9 of them", "… are not among them");
	set_load();
	add_threads(100, 30, 400, 9.9, 800e6);
	is_silent("lock_contention", "a pool whose threads wait longer than any request took");
	set_load();
	add_threads(100, 10, 1000, 9.9, 10e6);
	is_silent("lock_contention", "as many as requests, and none has what they would wait for");
	for (int i = 0; i < 10; i++)
		sample_task("server", "worker", 0.08, 0, "0-1")->tid = 100 + (uint32_t)i;
	fires("lock_contention", "… one is on a CPU");
	for (uint32_t i = 0; i < 10; i++)
		sample.tasks[i].cpu_ns = 500000000;
	sample_task("server", "compiler", 0.75, 0.2, "0-1");
	is_silent("lock_contention", "… it is another thread, which has no futex calls");
	set_load();
	for (uint32_t i = 0; i < 10; i++) {
		sample_thread_call(100 + i, "futex", 2000, 5.5e9);
		sample_thread_call(100 + i, "recvfrom", 1000, 4.4e9);
	}
	fires("lock_contention", "less than half of the requests' wait is a read of something");
	for (size_t i = 0; i < sample.machine.thread_syscalls.rows.count; i++)
		if (strcmp(sample.thread_calls[i].name, "recvfrom") == 0)
			sample.thread_calls[i].wall_ns = 5100000000;
	is_silent("lock_contention", "more");
}

/* As measured: 16 threads wait for the results of 32 others, which sleep for 20 ms. */
static void test_results(void)
{
	sample_start();
	sample_load(7800, 20500000);
	sample_metric("cpu_per_request", "", 60000);
	sample_metric("cpu_mean", "", 0.05);
	sample_series("cpu.busy_ratio", "host", 0.1, 0.2);
	add_threads(100, 16, 1000, 9.9, 22e6);
	for (uint32_t i = 0; i < 32; i++) {
		sample_thread_call(200 + i, "futex", 1000, 5e9)->max_ns = 21000000;
		sample_thread_call(200 + i, "clock_nanosleep", 240, 4.9e9);
	}
	is_silent("lock_contention", "what requests wait for are the sleeps of other threads");
}

/* As measured with Java: 16 connections, 40 ms each; the pool's threads have nothing to do. */
static void test_overload(void)
{
	sample_start();
	sample_load(4000, 2900000000);
	sample.side.load.total.service = histogram_new();
	histogram_record_count(sample.side.load.total.service, 40000000, 4000);
	sample.side.load.connections = 16;
	sample_metric("cpu_per_request", "", 500000);
	sample_metric("cpu_mean", "", 0.2);
	sample_series("cpu.busy_ratio", "host", 0.2, 0.2);
	add_threads(100, 16, 270, 9.9, 42e6);
	is_silent("lock_contention", "the generator's queue is no lock");
	histogram_free(sample.side.load.total.service);
	sample.side.load.total.service = NULL;
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
	add_threads(100, 16, 8125, 9.7, 4e6);
	futex = &sample.calls[0];
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

int main(void)
{
	test_convoy();
	test_short_convoy();
	test_parked();
	test_results();
	test_overload();
	test_pool();
	return sample_done();
}
