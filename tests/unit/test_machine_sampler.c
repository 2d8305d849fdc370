/* Reading a machine: one of the test's own making, where everything is known, and this one. */
#include "monitor/machine_sampler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>

#include "fake_proc.h"
#include "tap.h"

static struct machine_sampler *sampler;
static struct machine_sample sample;

static const struct machine_sampler_config everything = {
	.root = fake_root,
	.has_cpus = true,
	.has_disks = true,
	.has_tasks = true,
	.has_threads = true,
	.has_io = true,
	.has_descriptors = true,
};

static void put_machine(const char *uptime)
{
	fake_write("uptime", uptime);
	fake_write("stat", "cpu  30 0 12 70 0 0 0 0 0 0\ncpu0 10 0 6 40 0 0 0 0 0 0\n"
			   "cpu1 20 0 6 30 0 0 0 0 0 0\nctxt 4711\nbtime 1700000000\n"
			   "processes 88\nprocs_running 3\nprocs_blocked 1\n");
	fake_write("meminfo", "MemTotal:  1000 kB\nMemFree:  1 kB\nMemAvailable: 2 kB\n");
	fake_write("diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"
				"   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n");
}

/* Times in ticks; what is not given is derived from `user`, so that it can be told apart. */
struct fake_task {
	int pid, tid; /* tid 0 = the process's own files */
	unsigned threads, start, user, voluntary, wait;
	bool has_no_io;
};

static void put_task(struct fake_task task)
{
	char folder[64], path[128], text[512];
	int tid = task.tid != 0 ? task.tid : task.pid;

	snprintf(folder, sizeof(folder), "proc/%d", task.pid);
	fake_make_dir(folder);
	snprintf(folder, sizeof(folder), "proc/%d/task", task.pid);
	fake_make_dir(folder);
	if (task.tid != 0)
		snprintf(folder, sizeof(folder), "proc/%d/task/%d", task.pid, tid);
	else
		snprintf(folder, sizeof(folder), "proc/%d", task.pid);
	fake_make_dir(folder);
	memmove(folder, folder + strlen("proc/"), strlen(folder) - strlen("proc/") + 1);
	snprintf(path, sizeof(path), "%s/stat", folder);
	snprintf(text, sizeof(text),
		 "%d (fake %d) S 1 2 3 0 -1 0 %u 0 %u 0 %u %u 0 0 20 0 %u 0 %u 8192 3 0"
		 " 0 0 0 0 0 0 0 0 0 0 0 0 0 5 0 0 7 %u 0\n",
		 tid, tid, task.user + 1, task.user + 2, task.user, task.user + 3, task.threads,
		 task.start, task.user / 2);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%s/schedstat", folder);
	snprintf(text, sizeof(text), "%u0000000 %u %u\n", task.user, task.wait, task.voluntary);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%s/status", folder);
	snprintf(text, sizeof(text),
		 "Tgid:\t%d\nUid:\t1000\t0\t0\t0\nVmStk:\t132 kB\nThreads:\t%u\n"
		 "voluntary_ctxt_switches:\t%u\nnonvoluntary_ctxt_switches:\t%u\n",
		 task.pid, task.threads, task.voluntary, task.voluntary + 1);
	fake_write(path, text);
	if (task.has_no_io)
		return;
	snprintf(path, sizeof(path), "%s/io", folder);
	snprintf(text, sizeof(text),
		 "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: %u\nwrite_bytes: %u\n"
		 "cancelled_write_bytes: %u\n",
		 task.user + 4, task.user + 5, task.user + 6);
	fake_write(path, text);
}

/* "server": the sums of its files are 1000 ticks; two threads. */
static void put_server(unsigned start)
{
	put_task((struct fake_task){.pid = 50, .threads = 2, .start = start, .user = 1000});
	put_task((struct fake_task){.pid = 50,
				    .tid = 50,
				    .threads = 2,
				    .start = start,
				    .user = 100,
				    .voluntary = 10,
				    .wait = 5000});
	put_task((struct fake_task){.pid = 50,
				    .tid = 51,
				    .threads = 2,
				    .start = start + 1,
				    .user = 700,
				    .voluntary = 20,
				    .wait = 6000});
}

static void put_small(void)
{
	struct fake_task task = {.pid = 7, .threads = 1, .start = 3, .user = 9, .has_no_io = true};

	put_task(task);
	task.tid = 7;
	put_task(task);
}

static void read_all(void)
{
	machine_sampler_read(sampler, NULL, 0, &sample);
}

static const struct task_sample *find(pid_t pid, pid_t tid)
{
	static const struct task_sample none = {.name = "not there"};

	for (size_t i = 0; i < sample.tasks.count; i++)
		if (sample.tasks.items[i].pid == pid && sample.tasks.items[i].tid == tid)
			return &sample.tasks.items[i];
	return &none;
}

static void begin(const struct machine_sampler_config *config)
{
	fake_begin();
	put_machine("1234.56 99.00\n");
	put_server(30);
	put_small();
	sampler = machine_sampler_new(config);
	read_all();
}

static void finish(void)
{
	machine_sampler_free(sampler);
	machine_sample_release(&sample);
	fake_finish();
}

static void test_machine(void)
{
	begin(&everything);
	is_int(sample.uptime_ns, 1234560000000, "uptime");
	is_int(sample.time_ns, 1234560000000, "is the time of a copy");
	is_int(sample.wall_ns, 1700001234560000000, "and since when it was up its wall-clock time");
	is_int(sample.memory_total_bytes, 1024000, "memory");
	is_int(sample.cpu_total.state_ns[CPU_USER], 300000000, "all CPUs");
	ok(sample.cpus.count == 2 && sample.cpus.items[1].cpu == 1 &&
		   sample.cpus.items[1].state_ns[CPU_IDLE] == 300000000,
	   "each CPU");
	ok(sample.disks.count == 2 && strcmp(sample.disks.items[0].name, "sda") == 0 &&
		   sample.disks.items[1].is_partition && sample.disks.items[1].flush_ms == 17,
	   "disks");
	finish();
}

static void test_tasks(void)
{
	const struct task_sample *task;

	begin(&everything);
	is_int(sample.tasks.count, 5, "two processes, three threads");
	is_int(sample.tasks.items[0].pid, 7, "by pid");
	ok(sample.tasks.items[2].tid == 0 && sample.tasks.items[3].tid == 50 &&
		   sample.tasks.items[4].tid == 51,
	   "the process, then its threads");
	task = find(50, 0);
	is_str(task->name, "fake 50", "name");
	ok(task->state == 'S' && task->cpu == 5 && task->thread_count == 2, "state, CPU, threads");
	is_int(task->uid, 1000, "the real uid");
	is_int(task->start_ns, 300000000, "start");
	is_int(task->user_ns, 10000000000, "user time is the process's own sum");
	is_int(task->system_ns, 10030000000, "system time");
	is_int(task->guest_ns, 5000000000, "guest time");
	is_int(task->faults_minor * 10000 + task->faults_major, 10011002, "faults");
	is_int(task->wait_ns, 11000, "wait is the sum over threads");
	is_int(task->switches_voluntary, 30, "so are switches");
	is_int(task->switches_involuntary, 32, "of both kinds");
	is_int(task->cpu_ns, 8000000000, "and the exact time");
	is_int(task->read_bytes, 1004, "bytes read");
	is_int(task->write_bytes, 1005, "written");
	is_int(task->cancelled_write_bytes, 1006, "cancelled");
	is_int(task->io_delay_ns, 70000000, "delay");
	ok(task->virtual_bytes == 8192 && task->rss_bytes == 3 * (uint64_t)getpagesize(), "memory");
	task = find(50, 51);
	is_str(task->name, "fake 51", "a thread's name");
	ok(task->user_ns == 7000000000 && task->wait_ns == 6000 && task->read_bytes == 704 &&
		   task->switches_voluntary == 20 && task->start_ns == 310000000,
	   "its own values");
	ok(find(7, 0)->read_bytes == SAMPLE_UNKNOWN && find(7, 7)->write_bytes == SAMPLE_UNKNOWN,
	   "I/O that is not told is unknown");
	ok(strstr(machine_sampler_get_missing(sampler), "/proc/PID/io") != NULL, "which is said");
	finish();
}

static void test_descriptors(void)
{
	begin(&everything);
	is_int(find(50, 0)->descriptor_count, SAMPLE_UNKNOWN, "no folder");
	fake_make_dir("proc/50/fd");
	read_all();
	is_int(find(50, 0)->descriptor_count, 0, "none open");
	fake_write("50/fd/0", "");
	fake_write("50/fd/17", "");
	read_all();
	is_int(find(50, 0)->descriptor_count, 2, "counted");
	is_int(find(50, 51)->descriptor_count, 2, "are those of each thread");
	finish();
}

static void test_ends(void)
{
	begin(&everything);
	fake_end_task(50, 51);
	put_task((struct fake_task){.pid = 50, .threads = 1, .start = 30, .user = 1000});
	read_all();
	is_int(find(50, 0)->wait_ns, 11000, "what an ended thread had stays with its process");
	is_int(find(50, 0)->switches_voluntary, 30, "also its switches");
	is_str(find(50, 51)->name, "not there", "it has no row");
	put_task((struct fake_task){
		.pid = 50, .tid = 50, .threads = 1, .start = 30, .user = 1, .voluntary = 2});
	read_all();
	is_int(find(50, 0)->switches_voluntary, 32, "counters that fall are another thread's");
	put_server(31);
	read_all();
	is_int(find(50, 0)->switches_voluntary, 30, "another process under the same pid");
	fake_end(50);
	read_all();
	is_int(sample.tasks.count, 2, "gone");
	put_server(30);
	read_all();
	is_int(find(50, 0)->wait_ns, 11000, "and a new one");
	finish();
}

static void test_selection(void)
{
	static const pid_t pids[] = {50, 1234, 7, 50};
	struct machine_sampler_config config = {.root = fake_root, .has_tasks = true};

	begin(&config);
	ok(sample.cpus.count == 0 && sample.disks.count == 0 && sample.tasks.count == 2,
	   "only what was asked for");
	is_int(find(50, 0)->wait_ns, 11000, "sums over threads nevertheless");
	is_int(find(50, 0)->read_bytes, SAMPLE_UNKNOWN, "I/O was not");
	machine_sampler_read(sampler, pids, 4, &sample);
	ok(sample.tasks.count == 2 && sample.tasks.items[0].pid == 7, "of these, once each");
	machine_sampler_read(sampler, pids, 1, &sample);
	ok(sample.tasks.count == 1 && sample.tasks.items[0].pid == 50, "of this");
	machine_sampler_read(sampler, pids, 0, &sample);
	is_int(sample.tasks.count, 0, "of none");
	finish();
}

static void test_damage(void)
{
	char long_root[PATH_MAX + 1];

	begin(&everything);
	put_machine("soon\n");
	fake_write("stat", "cpu x\n");
	fake_write("diskstats", "8 0 sda 1 2\n");
	fake_write("50/stat", "50 (no end\n");
	fake_write("7/task/7/status", "");
	read_all();
	ok(sample.uptime_ns == 0 && sample.disks.count == 0 && sample.tasks.count == 0,
	   "nothing is made of it");
	ok(strstr(machine_sampler_get_missing(sampler), "/proc/uptime") != NULL &&
		   strstr(machine_sampler_get_missing(sampler), "/proc/stat") != NULL &&
		   strstr(machine_sampler_get_missing(sampler), "/proc/diskstats") != NULL,
	   "and said");
	memset(long_root, 'x', sizeof(long_root) - 1);
	long_root[sizeof(long_root) - 1] = '\0';
	is_int(machine_sampler_set_root(sampler, long_root), -ENAMETOOLONG, "a long root");
	is_int(machine_sampler_set_root(sampler, "/nowhere/at/all"), 0, "an empty one");
	read_all();
	ok(sample.tasks.count == 0 && sample.cpus.count == 0, "has nothing");
	finish();
}

static int count_open(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder != NULL && readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

/* Answers each byte, until there are no more. */
static pid_t start_child(int *ret_in, int *ret_out)
{
	int in[2], out[2];
	pid_t pid;
	char byte;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		close(in[1]);
		while (read(in[0], &byte, 1) == 1 && write(out[1], &byte, 1) == 1)
			;
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	*ret_in = in[1];
	*ret_out = out[0];
	return pid;
}

static bool ask(int in, int out, int count)
{
	char byte = 'x';

	for (int i = 0; i < count; i++)
		if (write(in, &byte, 1) != 1 || read(out, &byte, 1) != 1)
			return false;
	return true;
}

static void test_this_machine(void)
{
	struct machine_sampler_config config = everything;
	int open_before = count_open(), in, out;
	pid_t pids[2] = {start_child(&in, &out), getpid()};
	struct task_sample first;

	config.root = "";
	sampler = machine_sampler_new(&config);
	ok(ask(in, out, 1), "the child is up");
	for (int i = 0; i < 3; i++)
		machine_sampler_read(sampler, pids, 2, &sample);
	first = *find(pids[0], pids[0]);
	ok(sample.tasks.count >= 4 && first.start_ns > 0 && first.uid == getuid(),
	   "two processes and their threads");
	ok(find(pids[0], 0)->switches_voluntary == first.switches_voluntary,
	   "of one thread the process is that thread");
	ok(sample.uptime_ns > 0 && sample.time_ns > 0 && sample.wall_ns > sample.uptime_ns &&
		   sample.cpus.count > 0 && sample.memory_total_bytes > 1 << 20,
	   "and the machine");
	ok(find(pids[0], 0)->descriptor_count >= 2, "open descriptors");
	ok(ask(in, out, 100), "the child runs");
	machine_sampler_read(sampler, pids, 2, &sample);
	ok(find(pids[0], 0)->switches_voluntary + find(pids[0], 0)->switches_involuntary >
		   first.switches_voluntary + first.switches_involuntary,
	   "which is seen");
	close(in);
	close(out);
	waitpid(pids[0], NULL, 0);
	machine_sampler_read(sampler, pids, 2, &sample);
	is_str(find(pids[0], 0)->name, "not there", "it ended");
	ok(find(pids[1], 0)->pid == pids[1], "the other did not");
	is_int(machine_sampler_set_root(sampler, "/nowhere/at/all"), 0, "another root");
	is_int(count_open(), open_before, "nothing is kept open for it");
	machine_sampler_set_root(sampler, NULL);
	machine_sampler_read(sampler, pids, 2, &sample);
	ok(find(pids[1], 0)->pid == pids[1], "and back");
	machine_sampler_free(sampler);
	machine_sample_release(&sample);
	is_int(count_open(), open_before, "all is closed");
}

int main(void)
{
	test_machine();
	test_tasks();
	test_descriptors();
	test_ends();
	test_selection();
	test_damage();
	test_this_machine();
	return tap_done();
}
