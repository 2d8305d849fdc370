/*
 * A program that knows what it calls, counted by both methods: its counts are exact. It is the
 * test's grandchild: of its own child the test would take the stops from the tracer's thread, as
 * any thread of a process may. Where a method is refused the reason has to say what would help.
 */
#include "capture/syscall_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { THREADS = 3, GETPPIDS = 300, CLOSES = 40, CHILD_GETUIDS = 70, SECOND_READS = 5 };

/* --- the grandchild --- */

static void *call(void *unused)
{
	(void)unused;
	for (int i = 0; i < GETPPIDS; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < CLOSES; i++)
		syscall(SYS_close, -1);
	return NULL;
}

static void play(int begin_fd)
{
	pthread_t threads[THREADS];
	char byte;
	pid_t child;

	alarm(60);
	if (read(begin_fd, &byte, 1) != 1)
		_exit(1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, call, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < CHILD_GETUIDS; i++)
			syscall(SYS_getuid);
		for (int i = 0; i < SECOND_READS; i++)
			(void)!syscall(SYS_read, -1, &byte, 1L); /* another errno than the next */
		for (int i = 0; i < SECOND_READS; i++)
			(void)!syscall(SYS_read, begin_fd, NULL, 1L);
		_exit(0);
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	_exit(7);
}

struct program {
	pid_t keeper, pid;
	int begin_fd;
};

static struct program start(void)
{
	struct program program;
	int begin[2], told[2], status = 0;

	if (pipe2(begin, O_CLOEXEC) < 0 || pipe2(told, O_CLOEXEC) < 0)
		abort();
	fflush(stdout); /* or what is in its buffer would be written twice */
	program.keeper = fork();
	if (program.keeper == 0) {
		pid_t pid = fork();

		close(begin[1]);
		if (pid == 0)
			play(begin[0]);
		if (write(told[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	close(begin[0]);
	close(told[1]);
	program.begin_fd = begin[1];
	if (read(told[0], &program.pid, sizeof(program.pid)) != sizeof(program.pid))
		abort();
	close(told[0]);
	return program;
}

/* Lets it run, and returns the status that it ended with. */
static int finish(const struct program *program)
{
	int status = 0;

	/* for the child that reads from it without a buffer there is more */
	if (write(program->begin_fd, "much more", 9) != 9)
		abort();
	while (waitpid(program->keeper, &status, 0) < 0 && errno == EINTR)
		continue;
	close(program->begin_fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

/* --- the test --- */

struct sum {
	uint64_t calls, errors, wall_ns;
	uint32_t row_count;
	bool is_cpu_known;
};

static struct sum add_up(const struct syscall_table *table, const char *name, const char *role)
{
	struct sum sum = {.is_cpu_known = true};

	for (size_t i = 0; i < table->rows.count; i++) {
		const struct syscall_row *row = &table->rows.items[i];

		if (strcmp(row->name, name) != 0 || strcmp(row->role, role) != 0)
			continue;
		sum.calls += row->calls;
		sum.errors += row->errors;
		sum.wall_ns += row->wall_ns;
		sum.is_cpu_known &= row->cpu_ns != UINT64_MAX;
		sum.row_count += row->calls > 0;
	}
	return sum;
}

static uint64_t count_errors(const struct syscall_table *table, int32_t number, uint32_t error)
{
	uint64_t count = 0;

	for (size_t i = 0; i < table->errors.count; i++)
		if (table->errors.items[i].number == number &&
		    table->errors.items[i].error == error)
			count += table->errors.items[i].count;
	return count;
}

static void check(const struct syscall_table *table, bool is_bpf)
{
	struct sum getppid = add_up(table, "getppid", "self"),
		   closes = add_up(table, "close", "self"),
		   getuid = add_up(table, "getuid", "child");

	is_int(getppid.calls, THREADS * GETPPIDS, "every call of its threads");
	is_int(getppid.row_count, THREADS, "in a row for each");
	ok(getppid.wall_ns > 0, "they took time");
	is_int(getppid.is_cpu_known, is_bpf, "of the CPU only BPF knows");
	is_int(closes.errors, THREADS * CLOSES, "every error");
	is_int(count_errors(table, SYS_close, EBADF), THREADS * CLOSES, "by errno");
	is_int(getuid.calls, CHILD_GETUIDS, "every call of its child");
	is_int(count_errors(table, SYS_read, EBADF), SECOND_READS, "errors of one kind");
	is_int(count_errors(table, SYS_read, EFAULT), SECOND_READS, "and of another");
	is_int(add_up(table, "exit_group", "self").calls, 0, "its end does not return");
	is_int(table->lost, 0, "nothing is lost");
	is_str(table->method, is_bpf ? "bpf" : "ptrace", "by this method");
}

/* ptrace interrupts the call once, and it begins anew: that may take a moment. */
static bool waits_in_read(struct syscall_trace *trace)
{
	struct syscall_table table = {0};
	bool is_open = false;

	for (int tries = 0; tries < 500 && !is_open; tries++) {
		poll(NULL, 0, tries > 0 ? 10 : 0);
		syscall_trace_read(trace, &table);
		for (size_t i = 0; i < table.rows.count; i++)
			is_open |= strcmp(table.rows.items[i].name, "read") == 0 &&
				   table.rows.items[i].open == 1 && table.rows.items[i].calls == 0;
	}
	syscall_table_release(&table);
	return is_open;
}

static void test_method(enum syscall_method method)
{
	struct program program = start();
	struct syscall_target target = {program.pid, "self", "child"};
	struct syscall_trace_config config = {
		.method = method, .targets = &target, .target_count = 1};
	scoped(syscall_trace_cleanup) struct syscall_trace *trace = NULL;
	struct syscall_table table = {0};
	struct err err = {0};
	int result = syscall_trace_open(&trace, &config, &err);

	if (result < 0) {
		printf("# %s\n", err.text);
		ok(result == -EPERM || result == -EACCES || result == -EOPNOTSUPP,
		   "refused for want of rights, or not possible here");
		ok(method == SYSCALL_PTRACE || strstr(err.text, "--syscalls=ptrace") != NULL,
		   "what would help");
		is_int(finish(&program), 7, "nothing has happened to it");
		return;
	}
	syscall_trace_enable(trace);
	ok(waits_in_read(trace), "it waits in a call since before the window");
	is_int(finish(&program), 7, "the program ends as it does by itself");
	syscall_trace_disable(trace);
	syscall_trace_read(trace, &table);
	check(&table, method == SYSCALL_BPF);
	syscall_table_release(&table);
}

static void test_nobody(enum syscall_method method)
{
	struct syscall_target target = {.pid = 1 << 30};
	struct syscall_trace_config config = {
		.method = method, .targets = &target, .target_count = 1};
	struct syscall_trace *trace = NULL;
	struct err err = {0};
	int result = syscall_trace_open(&trace, &config, &err);

	ok(result < 0 && trace == NULL, "a process that is not there");
	ok(err.text[0] != '\0', "is refused in words");
	if (method == SYSCALL_PTRACE)
		is_int(result, -ESRCH, "by its own code");
}

static void test_machine(void)
{
	struct syscall_trace_config config = {.method = SYSCALL_PTRACE};
	struct syscall_trace *trace = NULL;
	struct err err = {0};

	is_int(syscall_trace_open(&trace, &config, &err), -EINVAL, "ptrace is not for the machine");
	syscall_trace_close(NULL);
}

int main(void)
{
	test_method(SYSCALL_PTRACE);
	test_method(SYSCALL_BPF);
	test_nobody(SYSCALL_PTRACE);
	test_nobody(SYSCALL_BPF);
	test_machine();
	return tap_done();
}
