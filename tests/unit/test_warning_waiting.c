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

/* 3 s of response time, of which the service has 40 ms: the rest is the generator's queue. */
static void test_overload(void)
{
	set_waiting();
	sample_load(1000, 3000000000);
	sample.side.load.total.service = histogram_new();
	histogram_record_count(sample.side.load.total.service, 40000000, 11000);
	says("waiting", "39.9 ms of their 40.0 ms", "service time, not response time");
	sample.side.load.connections = 16;
	says("waiting", "16.0 requests in flight", "… and no more requests than connections");
	histogram_free(sample.side.load.total.service);
	sample.side.load.total.service = NULL;
}

/* What to type is the command again, with what would tell more. */
static void test_again(void)
{
	struct selection selection = {
		.experiment = {.kind = "run", .command_line = "sonde run --url :8080/ -- './a b'"}};

	set_waiting();
	sample.side.selection = &selection;
	says("waiting", "sonde run --syscalls --url :8080/ -- './a b'", "the command again");
	selection.experiment.command_line = "sonde run x\x1b[2J";
	ok(strcmp(sample_find("waiting")->next, "sonde run --syscalls") == 0,
	   "… not with controls in it");
	selection.experiment.command_line = "sonde running";
	ok(strcmp(sample_find("waiting")->next, "sonde run --syscalls") == 0, "… nor another verb");
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
	test_overload();
	test_again();
	test_file_lock();
	return sample_done();
}
