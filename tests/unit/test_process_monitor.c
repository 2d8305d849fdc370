/*
 * What the processes monitor adds of storage, descriptors, memory and the busiest thread, over a
 * fake /proc: values by hand, and who may not look.
 */
#include "fake_proc.h"
#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "tap.h"
#include "util/clock.h"

enum { FIRST = 100, CHILD = 110 };

static const struct monitor_target target = {
	.pid = FIRST, .role = "gateway", .child_role = "workers"};

static struct monitor_context context;
static struct strbuf missing;
static struct series_list series;
static void *state;
static uint64_t now_ns;

static void put_io(int pid, unsigned read_bytes, unsigned write_bytes)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%d/io", pid);
	snprintf(text, sizeof(text),
		 "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: %u\nwrite_bytes: %u\n"
		 "cancelled_write_bytes: 0\n",
		 read_bytes, write_bytes);
	fake_write(path, text);
}

static void put_fds(int pid, int count)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/fd", pid);
	fake_make_dir(path);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%d/fd/%d", pid, i);
		fake_write(path, "");
	}
}

static void put_pss(int pid, unsigned kib)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "%d/smaps_rollup", pid);
	snprintf(text, sizeof(text), "55a0-7ffd ---p 0 00:00 0 [rollup]\nRss: 9 kB\nPss: %u kB\n",
		 kib);
	fake_write(path, text);
}

static void put_thread_cpu(int pid, int tid, uint64_t cpu_ns)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "%d/task/%d/schedstat", pid, tid);
	snprintf(text, sizeof(text), "%llu 0 1\n", (unsigned long long)cpu_ns);
	fake_write(path, text);
}

static void begin(void)
{
	struct monitor_config config = {.targets = &target, .target_count = 1};

	fake_begin();
	strbuf_init(&missing, 4096);
	if (proc_file_init(&context.fs, fake_root) < 0)
		abort();
	context.missing = &missing;
	context.services = process_account_new(&config, &context.fs, &missing);
	state = process_monitor_ops.start(&context);
	now_ns = 10ull * NS_PER_S;
	fake_put((struct fake_process){.pid = FIRST, .parent = 1, .start = 20, .threads = 2});
	fake_put_task(FIRST, FIRST + 1, 0, 0, 0);
}

static void end(void)
{
	process_monitor_ops.stop(state);
	process_account_free(context.services);
	series_list_release(&series);
	series = (struct series_list){0};
	strbuf_release(&missing);
	fake_finish();
}

static void sample(uint64_t elapsed_ms)
{
	now_ns += elapsed_ms * NS_PER_MS;
	process_monitor_ops.sample(state, now_ns, &series);
}

static double get(const char *name, const char *scope)
{
	const struct series *found = series_list_find(&series, name, scope);

	if (found == NULL || found->points.items[found->points.count - 1].time_ns != now_ns)
		return -1;
	return found->points.items[found->points.count - 1].value;
}

static void test_storage(void)
{
	begin();
	fake_put((struct fake_process){.pid = CHILD, .parent = FIRST, .start = 30});
	put_io(FIRST, 1000, 10);
	put_io(CHILD, 5000, 0);
	sample(0);
	put_io(FIRST, 3000, 14);
	put_io(CHILD, 6000, 200);
	sample(2000);
	ok(get("process.read_bytes", "gateway") == 1000 &&
		   get("process.write_bytes", "gateway") == 2,
	   "storage: of the first process");
	ok(get("process.read_bytes", "workers") == 500 &&
		   get("process.write_bytes", "workers") == 100,
	   "storage: of its child");
	ok(get("process.read_bytes", "") == 1500 && get("process.write_bytes", "") == 102,
	   "storage: of both");
	/* It ends, is waited for, and read 100 more before: the kernel adds all to its parent. */
	fake_end(CHILD);
	put_io(FIRST, 3000 + 6100 + 40, 14 + 200);
	sample(2000);
	is_near(get("process.read_bytes", "gateway"), 70, 1e-9,
		"storage: what a child had that was waited for does not count again");
	is_near(get("process.read_bytes", "workers"), 0, 1e-9, "storage: it stays in its role");
	is_near(get("process.write_bytes", ""), 0, 1e-9, "storage: the total is what was new");
	put_io(FIRST, 9140 + 20, 214);
	sample(2000);
	is_near(get("process.read_bytes", "gateway"), 10, 1e-9, "storage: and goes on from there");
	end();
}

/* The kernel adds it only to a parent that waits: too little is right, too much is not. */
static void test_storage_ignored(void)
{
	begin();
	fake_put((struct fake_process){.pid = CHILD, .parent = FIRST, .start = 30});
	put_io(FIRST, 1000, 0);
	put_io(CHILD, 500, 0);
	sample(0);
	fake_end(CHILD);
	put_io(FIRST, 1300, 0);
	sample(1000);
	is_near(get("process.read_bytes", ""), 0, 1e-9, "ignored: less than the child had");
	put_io(FIRST, 1700, 0);
	sample(1000);
	is_near(get("process.read_bytes", ""), 200, 1e-9, "ignored: more than it had counts");
	end();
}

/* 110 of FIRST, 111 of 110: both end at once, waited for by their parents. */
static void test_storage_of_generations(void)
{
	begin();
	fake_put((struct fake_process){.pid = CHILD, .parent = FIRST, .start = 30});
	fake_put((struct fake_process){.pid = CHILD + 1, .parent = CHILD, .start = 31});
	put_io(FIRST, 100, 0);
	put_io(CHILD, 20, 0);
	put_io(CHILD + 1, 3, 0);
	sample(0);
	fake_end(CHILD);
	fake_end(CHILD + 1);
	put_io(FIRST, 123 + 7, 0);
	sample(1000);
	is_near(get("process.read_bytes", ""), 7, 1e-9, "generations: none of them counts again");
	is_near(get("process.read_bytes", "workers"), 0, 1e-9, "generations: they are over");
	end();
}

static void test_descriptors(void)
{
	begin();
	put_fds(FIRST, 4);
	sample(0);
	sample(1000);
	is_near(get("process.descriptors", "gateway"), 4, 0, "descriptors: counted");
	put_fds(FIRST, 7);
	sample(1000);
	is_near(get("process.descriptors", ""), 4, 0, "descriptors: counting is slow, so not soon");
	sample(3000);
	is_near(get("process.descriptors", ""), 7, 0, "descriptors: but every five seconds");
	end();
}

static void test_pss(void)
{
	begin();
	put_pss(FIRST, 300);
	sample(0);
	sample(100);
	is_near(get("process.pss", ""), -1, 0, "PSS: not in a short interval");
	sample(1000);
	is_near(get("process.pss", "gateway"), 300 * 1024, 0, "PSS: in the first long one");
	put_pss(FIRST, 500);
	sample(1000);
	is_near(get("process.pss", ""), -1, 0, "PSS: not again at once");
	sample(4000);
	is_near(get("process.pss", ""), 500 * 1024, 0, "PSS: five seconds later");
	end();
}

static void test_busiest_thread(void)
{
	begin();
	put_thread_cpu(FIRST, FIRST, 9000000000);
	put_thread_cpu(FIRST, FIRST + 1, 100);
	sample(0);
	put_thread_cpu(FIRST, FIRST, 9300000000);
	put_thread_cpu(FIRST, FIRST + 1, 700000100);
	sample(1000);
	is_near(get("process.thread_max_ratio", "gateway"), 0.7, 1e-9,
		"busiest: the one that used most in the interval");
	fake_put((struct fake_process){.pid = CHILD, .parent = FIRST, .start = 40});
	put_thread_cpu(CHILD, CHILD, 200000000);
	sample(1000);
	is_near(get("process.thread_max_ratio", "gateway"), 0, 1e-9, "busiest: none ran");
	is_near(get("process.thread_max_ratio", "workers"), 0.2, 1e-9, "busiest: but a new one");
	is_near(get("process.thread_max_ratio", ""), 0.2, 1e-9, "busiest: the most of all roles");
	put_thread_cpu(CHILD, CHILD, 90000000000);
	sample(1000);
	is_near(get("process.thread_max_ratio", "workers"), 1, 0, "busiest: never above one CPU");
	end();
}

static void test_not_there(void)
{
	begin();
	sample(0);
	sample(1000);
	is_near(get("process.cpu_ratio", "gateway"), 0, 0, "not there: the rest is");
	is_near(get("process.read_bytes", ""), -1, 0, "not there: no storage, no series");
	is_near(get("process.descriptors", ""), -1, 0, "not there: no descriptors either");
	is_near(get("process.pss", ""), -1, 0, "not there: nor PSS");
	is_str(strbuf_text(&missing), "", "not there: of which nobody is to blame");
	end();
}

/* Of another user; root is never refused. */
static void test_refused(void)
{
	char path[512];

	if (geteuid() == 0) {
		printf("ok %d - refused # SKIP root may read everything\n", ++tap_count);
		return;
	}
	begin();
	put_io(FIRST, 1, 2);
	put_fds(FIRST, 1);
	put_pss(FIRST, 5);
	snprintf(path, sizeof(path), "%s/proc/%d/io", fake_root, FIRST);
	if (chmod(path, 0) < 0)
		abort();
	sample(0);
	sample(1000);
	is_near(get("process.read_bytes", "gateway"), -1, 0, "refused: no series");
	ok(strstr(strbuf_text(&missing), "gateway: storage I/O") != NULL, "refused: is said");
	end();
}

int main(void)
{
	test_storage();
	test_storage_ignored();
	test_storage_of_generations();
	test_descriptors();
	test_pss();
	test_busiest_thread();
	test_not_there();
	test_refused();
	return tap_done();
}
