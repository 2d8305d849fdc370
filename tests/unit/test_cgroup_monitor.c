/*
 * Control groups over fake trees of the three kinds of machine: limits, throttling and memory by
 * hand; and where there is nothing to say.
 */
#include "fake_proc.h"
#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "tap.h"
#include "util/clock.h"

enum { PID = 100 };

static struct monitor_context context;
static struct strbuf missing;
static struct series_list series;
static void *state;
static uint64_t now_ns;

/* In the fake root, folders made as needed. */
static void put(const char *path, const char *text)
{
	char full[512], part[128];
	FILE *file;

	for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		fake_make_dir(part);
	}
	snprintf(full, sizeof(full), "%s/%s", fake_root, path);
	file = fopen(full, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static void put_paths(const char *text)
{
	put("proc/100/cgroup", text);
}

static void begin(const char *mounts, const char *paths)
{
	const struct monitor_target target = {
		.pid = PID, .role = "gateway", .child_role = "workers"};
	struct monitor_config config = {.targets = &target, .target_count = 1};

	fake_begin();
	if (mounts != NULL)
		put("proc/self/mountinfo", mounts);
	put_paths(paths);
	strbuf_init(&missing, 4096);
	if (proc_file_init(&context.fs, fake_root) < 0)
		abort();
	context.missing = &missing;
	context.services = process_account_new(&config, &context.fs, &missing);
	state = cgroup_monitor_ops.start(&context);
	now_ns = 10ull * NS_PER_S;
}

static void end(void)
{
	cgroup_monitor_ops.stop(state);
	process_account_free(context.services);
	series_list_release(&series);
	series = (struct series_list){0};
	strbuf_release(&missing);
	fake_finish();
}

/* Two seconds later. */
static void sample(void)
{
	now_ns += 2ull * NS_PER_S;
	cgroup_monitor_ops.sample(state, now_ns, &series);
}

static double get(const char *name, enum series_unit unit)
{
	const struct series *found = series_list_find(&series, name, "gateway");

	if (found == NULL || found->unit != unit ||
	    found->points.items[found->points.count - 1].time_ns != now_ns)
		return -1;
	return found->points.items[found->points.count - 1].value;
}

#define V2 "sys/fs/cgroup"

static const char v2_mounts[] =
	"22 1 0:20 / /proc rw - proc proc rw\n"
	"31 23 0:28 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

static void put_pressure(const char *path, unsigned total_us)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "some avg10=0.00 avg60=0.00 avg300=0.00 total=%u\n"
		 "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		 total_us);
	put(path, text);
}

static void put_unified(unsigned usage, unsigned periods, unsigned throttled, unsigned time_us)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "usage_usec %u\nuser_usec 1\nsystem_usec 2\nnr_periods %u\nnr_throttled %u\n"
		 "throttled_usec %u\n",
		 usage, periods, throttled, time_us);
	put(V2 "/a.slice/b/cpu.stat", text);
	put(V2 "/a.slice/b/cgroup.events", "populated 1\n");
}

static void test_unified(void)
{
	begin(v2_mounts, "0::/a.slice/b\n");
	put_unified(1000000, 100, 10, 500);
	put(V2 "/a.slice/b/cpu.max", "50000 100000\n");
	put(V2 "/a.slice/cpu.max", "max 100000\n");
	put(V2 "/a.slice/b/memory.current", "4096\n");
	put(V2 "/a.slice/b/memory.max", "1000000\n");
	put(V2 "/a.slice/memory.max", "900000\n");
	put(V2 "/a.slice/b/memory.events", "low 0\noom 3\noom_kill 1\n");
	put_pressure(V2 "/a.slice/b/cpu.pressure", 100);
	put_pressure(V2 "/a.slice/b/io.pressure", 0);
	sample();
	is_int(series.count, 0, "unified: the first sample is the base");
	put_unified(1800000, 120, 25, 1000500);
	put(V2 "/a.slice/b/memory.current", "8192\n");
	put(V2 "/a.slice/b/memory.events", "low 0\noom 9\noom_kill 5\n");
	put_pressure(V2 "/a.slice/b/cpu.pressure", 500100);
	sample();
	is_near(get("cgroup.cpu_ratio", SERIES_RATIO), 0.4, 1e-9, "unified: CPU of the group");
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), 0.5, 1e-9, "unified: its limit");
	is_near(get("cgroup.throttled_ratio", SERIES_RATIO), 0.5, 1e-9, "unified: time withheld");
	is_near(get("cgroup.throttled_periods_ratio", SERIES_RATIO), 0.75, 1e-9,
		"unified: 15 of 20 periods");
	is_near(get("cgroup.memory", SERIES_BYTES), 8192, 0, "unified: memory");
	is_near(get("cgroup.memory_limit", SERIES_BYTES), 900000, 0,
		"unified: the smaller limit is of the group above");
	is_near(get("cgroup.oom_kills", SERIES_PER_SECOND), 2, 1e-9, "unified: killed");
	is_near(get("cgroup.cpu_some_ratio", SERIES_RATIO), 0.25, 1e-9, "unified: CPU pressure");
	is_near(get("cgroup.io_some_ratio", SERIES_RATIO), 0, 0, "unified: no I/O pressure");
	is_near(get("cgroup.memory_some_ratio", SERIES_RATIO), -1, 0, "unified: one not there");
	is_int(series.count, 9, "unified: no others");
	sample();
	is_near(get("cgroup.throttled_periods_ratio", SERIES_RATIO), 0, 0,
		"unified: no period, nothing withheld");
	fake_remove("proc/100");
	sample();
	is_near(get("cgroup.memory", SERIES_BYTES), 8192, 0,
		"unified: it is there still when the first process is not");
	is_str(strbuf_text(&missing), "", "unified: nothing is missing");
	end();
}

/* Throttling is counted where the limit is. */
static void test_limit_above(void)
{
	begin(v2_mounts, "0::/a.slice/b\n");
	put_unified(0, 0, 0, 0);
	put(V2 "/a.slice/b/cpu.max", "400000 100000\n");
	put(V2 "/a.slice/cpu.max", "200000 100000\n");
	put(V2 "/a.slice/cpu.stat", "nr_periods 10\nnr_throttled 1\nthrottled_usec 0\n");
	sample();
	put_unified(4000000, 20, 0, 0);
	put(V2 "/a.slice/cpu.stat", "nr_periods 30\nnr_throttled 6\nthrottled_usec 4000000\n");
	sample();
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), 2, 1e-9, "above: the smallest limit");
	is_near(get("cgroup.throttled_ratio", SERIES_RATIO), 2, 1e-9, "above: its throttling");
	is_near(get("cgroup.throttled_periods_ratio", SERIES_RATIO), 0.25, 1e-9,
		"above: its periods");
	is_near(get("cgroup.cpu_ratio", SERIES_RATIO), 2, 1e-9, "above: CPU is the group's own");
	put(V2 "/a.slice/cpu.max", "max 100000\n");
	sample();
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), 4, 1e-9, "above: the limit is lifted");
	is_near(get("cgroup.throttled_ratio", SERIES_RATIO), -1, 0,
		"above: counters of two groups have no difference");
	end();
}

static void test_moved(void)
{
	begin(v2_mounts, "0::/other\n");
	put(V2 "/other/cgroup.events", "populated 1\n");
	put(V2 "/other/cpu.stat", "usage_usec 5000000\n");
	put_unified(1000000, 0, 0, 0);
	sample();
	put_paths("0::/a.slice/b\n");
	sample();
	is_int(series.count, 0, "moved: two groups have no difference");
	put_unified(3000000, 0, 0, 0);
	sample();
	is_near(get("cgroup.cpu_ratio", SERIES_RATIO), 1, 1e-9, "moved: the new one has");
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), -1, 0, "moved: no limit, no series");
	is_int(series.count, 1, "moved: and no throttling");
	end();
}

#define HYBRID                                                                                     \
	"32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"                              \
	"33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n"                      \
	"36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"                        \
	"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"

static void test_hybrid(void)
{
	begin(HYBRID, "4:memory:/m/x\n2:cpuacct:/acct\n1:cpu:/c\n0::/u\n");
	put(V2 "/cpu/c/cpu.cfs_quota_us", "20000\n");
	put(V2 "/cpu/c/cpu.cfs_period_us", "100000\n");
	put(V2 "/cpu/c/cpu.stat", "nr_periods 5\nnr_throttled 5\nthrottled_time 1000000\n");
	put(V2 "/cpu/cpu.cfs_quota_us", "-1\n");
	put(V2 "/cpuacct/acct/cpuacct.usage", "500000000\n");
	put(V2 "/memory/m/x/memory.usage_in_bytes", "70\n");
	put(V2 "/memory/m/x/memory.limit_in_bytes", "9223372036854771712\n");
	put(V2 "/memory/m/memory.limit_in_bytes", "100\n");
	put(V2 "/memory/m/x/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
	put(V2 "/unified/u/cgroup.events", "populated 1\n");
	put_pressure(V2 "/unified/u/memory.pressure", 0);
	sample();
	put(V2 "/cpu/c/cpu.stat", "nr_periods 25\nnr_throttled 15\nthrottled_time 601000000\n");
	put(V2 "/cpuacct/acct/cpuacct.usage", "900000000\n");
	put(V2 "/memory/m/x/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	put_pressure(V2 "/unified/u/memory.pressure", 200000);
	sample();
	is_near(get("cgroup.cpu_ratio", SERIES_RATIO), 0.2, 1e-9, "hybrid: CPU");
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), 0.2, 1e-9, "hybrid: its limit");
	is_near(get("cgroup.throttled_ratio", SERIES_RATIO), 0.3, 1e-9, "hybrid: time withheld");
	is_near(get("cgroup.throttled_periods_ratio", SERIES_RATIO), 0.5, 1e-9, "hybrid: periods");
	is_near(get("cgroup.memory", SERIES_BYTES), 70, 0, "hybrid: memory");
	is_near(get("cgroup.memory_limit", SERIES_BYTES), 100, 0, "hybrid: the limit above");
	is_near(get("cgroup.oom_kills", SERIES_PER_SECOND), 1, 1e-9, "hybrid: killed");
	is_near(get("cgroup.memory_some_ratio", SERIES_RATIO), 0.1, 1e-9,
		"hybrid: pressure, of the unified hierarchy");
	end();
}

/* What a container sees of v1: its own group looks like the root, but for the limit. */
static void test_container(void)
{
	begin(HYBRID, "4:memory:/\n2:cpuacct:/\n1:cpu:/\n0::/\n");
	put(V2 "/cpu/cpu.cfs_quota_us", "150000\n");
	put(V2 "/cpu/cpu.cfs_period_us", "100000\n");
	put(V2 "/memory/memory.usage_in_bytes", "70\n");
	put(V2 "/memory/memory.limit_in_bytes", "9223372036854771712\n");
	sample();
	sample();
	is_near(get("cgroup.cpu_limit", SERIES_COUNT), 1.5, 1e-9, "container: its limit");
	is_near(get("cgroup.memory", SERIES_BYTES), -1, 0,
		"container: no limit, so it is the root");
	end();
}

/* The root group has files, too: what the whole machine does is no group's. */
static void test_root(void)
{
	static const char *const mounts[] = {v2_mounts, HYBRID, NULL};
	static const char *const paths[] = {"0::/\n", "4:memory:/\n2:cpuacct:/\n1:cpu:/\n0::/\n",
					    "0::/\n"};

	for (int i = 0; i < 3; i++) {
		begin(mounts[i], paths[i]);
		put(V2 "/cpu.stat", "usage_usec 7\n");
		put(V2 "/unified/cpu.stat", "usage_usec 7\n");
		put_pressure(V2 "/unified/cpu.pressure", 4);
		put(V2 "/cpu/cpu.cfs_quota_us", "-1\n");
		put(V2 "/cpuacct/cpuacct.usage", "9\n");
		put(V2 "/memory/memory.usage_in_bytes", "70\n");
		put(V2 "/memory/memory.limit_in_bytes", "9223372036854771712\n");
		sample();
		sample();
		is_int(series.count, 0, "root: no series");
		is_str(strbuf_text(&missing), "", "root: silently");
		end();
	}
}

static void test_odd(void)
{
	begin("damaged", "0::/a.slice/b\n");
	put_unified(0, 0, 0, 0);
	sample();
	put_unified(2000000, 0, 0, 0);
	sample();
	is_near(get("cgroup.cpu_ratio", SERIES_RATIO), 1, 1e-9, "odd: the usual mount points");
	put_paths("none at all\n");
	sample();
	sample();
	is_int(series.count, 1, "odd: a damaged path leads nowhere");
	ok(strstr(strbuf_text(&missing), "/proc/100/cgroup is not in the form") != NULL,
	   "odd: which is said");
	end();
	begin(v2_mounts, "0::/gone\n");
	sample();
	sample();
	is_int(series.count, 0, "odd: a group that is not to be seen");
	end();
}

int main(void)
{
	test_unified();
	test_limit_above();
	test_moved();
	test_hybrid();
	test_container();
	test_root();
	test_odd();
	return tap_done();
}
