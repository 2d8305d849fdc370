/*
 * Against numbers from linux/perf_event.h, and against a /sys of our own with fields as Intel's
 * are.
 */
#include "capture/event_name.h"

#include <errno.h>
#include <ftw.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/event_device.h"

#include "tap.h"

static struct procfs fs;
static struct event_name name;
static struct err err;

static void put_file(const char *path, const char *text)
{
	char full[PROCFS_ROOT_BYTES + 256];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", fs.root, path);
	for (char *slash = full + strlen(fs.root) + 1; (slash = strchr(slash, '/')) != NULL;) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			abort();
		*slash++ = '/';
	}
	file = fopen(full, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int parse(const char *text)
{
	err = (struct err){0};
	name = (struct event_name){0};
	return event_name_parse(&name, text, &fs, &err);
}

static bool is_event(const char *text, uint32_t type, uint64_t config)
{
	return parse(text) == 0 && name.type == type && name.config == config;
}

static bool is_refused(const char *text, int code, const char *words)
{
	return parse(text) == code && strstr(err.text, words) != NULL && name.type == 0;
}

static void test_known(void)
{
	ok(is_event("cpu-clock", PERF_TYPE_SOFTWARE, 0) && name.is_clock, "cpu-clock");
	ok(is_event("task-clock", PERF_TYPE_SOFTWARE, 1) && name.is_clock, "task-clock");
	ok(is_event("faults", PERF_TYPE_SOFTWARE, 2) && !name.is_clock, "faults");
	ok(is_event("cs", PERF_TYPE_SOFTWARE, 3) && name.is_of_kernel, "cs is the kernel's");
	ok(is_event("major-faults", PERF_TYPE_SOFTWARE, 6) && !name.is_of_kernel, "major-faults");
	ok(is_event("cycles", PERF_TYPE_HARDWARE, 0) && name.is_steady, "cycles");
	ok(is_event("branch-instructions", PERF_TYPE_HARDWARE, 4) && !name.is_steady, "branches");
	ok(is_event("stalled-cycles-backend", PERF_TYPE_HARDWARE, 8), "stalls");
	ok(is_event("L1-dcache-load-misses", PERF_TYPE_HW_CACHE, 0x10000), "a cache's misses");
	ok(is_event("LLC-stores", PERF_TYPE_HW_CACHE, 0x102), "a cache's accesses");
	ok(is_event("iTLB-prefetches", PERF_TYPE_HW_CACHE, 0x204), "prefetches");
	ok(is_event("node-prefetch-misses", PERF_TYPE_HW_CACHE, 0x10206), "the last of them");
	ok(is_event("r01c0", PERF_TYPE_RAW, 0x1c0), "raw");
	ok(is_event("rffffffffffffffff", PERF_TYPE_RAW, UINT64_MAX), "the largest raw");
	is_str(name.name, "rffffffffffffffff", "keeps what was typed");
}

static void test_modifiers(void)
{
	ok(parse("cycles") == 0 && !name.has_privilege && !name.exclude_user &&
		   !name.exclude_kernel && name.exclude_hypervisor && name.exclude_guest &&
		   name.precise == 0,
	   "without");
	ok(parse("cycles:u") == 0 && name.has_privilege && !name.exclude_user &&
		   name.exclude_kernel && name.exclude_hypervisor,
	   "u");
	ok(parse("r1:kpp") == 0 && name.exclude_user && !name.exclude_kernel && name.precise == 2,
	   "k and pp");
	ok(parse("cycles:uh") == 0 && !name.exclude_hypervisor && name.exclude_kernel, "u and h");
	ok(parse("cycles:G") == 0 && !name.exclude_guest && name.exclude_host &&
		   !name.has_privilege,
	   "G");
	ok(parse("cycles:P") == 0 && name.is_precise_at_best, "P");
	ok(is_refused("cycles:upppp", -EINVAL, "'upppp'"), "more precise than there is");
	ok(is_refused("cycles:x", -EINVAL, "'x'"), "an unknown letter");
	ok(is_refused("context-switches:u", -EINVAL, "in the kernel"),
	   "what the kernel does, without the kernel");
}

static void test_refusals(void)
{
	ok(is_refused("cpu-clok", -EINVAL, "did you mean cpu-clock?"), "a typo");
	ok(is_refused("L1-dcache-load-mises", -EINVAL, "did you mean L1-dcache-load-misses?"),
	   "a longer one");
	ok(is_refused("something-else", -EINVAL, "sched:sched_switch are"), "far from everything");
	ok(is_refused("", -EINVAL, "''"), "nothing");
	ok(is_refused("r01234567890abcdef", -EINVAL, "not an event"), "raw of 17 digits");
	ok(is_refused("{cycles}", -EINVAL, "braces"), "a group");
	ok(is_refused("a:b:c:k", -EINVAL, "group:name"), "too many colons");
	ok(is_refused("../x/", -EINVAL, "device/field"), "a path is no device");
	ok(is_refused("sched:..", -EINVAL, "group:name"), "nor a tracepoint");
}

static void test_device(void)
{
	ok(is_event("cpu/event=0xc0,umask=0x1/", 4, 0x1c0), "fields");
	ok(is_event("cpu/event=0xc0,umask=0x1/upp", 4, 0x1c0) && name.exclude_kernel &&
		   name.precise == 2,
	   "with modifiers");
	ok(is_event("cpu/event=0xc0/:k", 4, 0xc0) && name.exclude_user, "behind a colon");
	ok(is_event("cpu/event=0x1c0/", 4, 0x1000000c0), "a field in two pieces");
	ok(is_event("cpu/any,config=7/", 4, 7), "what comes later wins");
	ok(is_event("cpu/any/", 4, 1 << 21), "a field without a value is 1");
	ok(is_event("cpu/mem-loads,ldat=5/", 4, 0x1cd) && name.config1 == 5,
	   "an event by name, one of its fields changed");
	ok(is_event("cpu/event=2,name=mine,period=77/", 4, 2) && name.period == 77,
	   "name and period");
	is_str(name.name, "mine", "its own name");
	ok(is_event("cpu/config=1,config1=2,config2=0x3/", 4, 1) && name.config1 == 2 &&
		   name.config2 == 3,
	   "configs as they are");
	ok(is_refused("cpu/event=0x10000/", -EINVAL, "event=0x10000"), "more bits than the field");
	ok(is_refused("cpu/event=x/", -EINVAL, "event=x"), "no number");
	ok(is_refused("cpu/evnt=1/", -ENOENT, "evnt"), "no such field");
	ok(is_refused("gpu/event=1/", -ENOENT, "gpu"), "no such device");
	ok(is_refused("cpu/event=1", -EINVAL, "field=value"), "the last slash is missing");
	ok(is_refused("cpu/bad=1/", -EBADMSG, "format/bad"), "a format of another form");
}

static void test_tracepoints(void)
{
	ok(is_refused("sched:sched_switch", -ENOENT, "not mounted"), "no tracefs");
	put_file("/sys/kernel/debug/tracing/events/header_page", "x");
	ok(is_refused("sched:sched_switch", -ENOENT, "no tracepoint"), "no such tracepoint");
	put_file("/sys/kernel/debug/tracing/events/sched/sched_switch/id", "314\n");
	ok(is_event("sched:sched_switch", PERF_TYPE_TRACEPOINT, 314) && name.is_of_kernel,
	   "through debugfs");
	put_file("/sys/kernel/tracing/events/sched/sched_switch/id", "315\n");
	ok(is_event("sched:sched_switch:k", PERF_TYPE_TRACEPOINT, 315) && name.exclude_user,
	   "through tracefs, with a modifier");
}

static void test_list(void)
{
	static const char *const wanted[] = {"cycles:u", "cpu/event=1,umask=2/pp", "", "faults"};
	const char *list = "cycles:u,cpu/event=1,umask=2/pp,,faults", *start;
	size_t length, count = 0, wrong = 0;

	while (event_name_next(&list, &start, &length) && count < 4) {
		wrong += strlen(wanted[count]) != length ||
			 memcmp(wanted[count], start, length) != 0;
		count++;
	}
	ok(count == 4 && wrong == 0, "a list, by its commas outside of slashes");
	list = "a/b,c";
	ok(event_name_next(&list, &start, &length) && length == 5 &&
		   !event_name_next(&list, &start, &length),
	   "one slash only: to the end");
}

int main(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(fs.root, sizeof(fs.root), "%s/sonde-test-XXXXXX",
		 parent != NULL ? parent : "/tmp");
	if (mkdtemp(fs.root) == NULL)
		abort();
	put_file("/sys/bus/event_source/devices/cpu/type", "4\n");
	put_file("/sys/bus/event_source/devices/cpu/format/event", "config:0-7,32-35\n");
	put_file("/sys/bus/event_source/devices/cpu/format/umask", "config:8-15\n");
	put_file("/sys/bus/event_source/devices/cpu/format/any", "config:21\n");
	put_file("/sys/bus/event_source/devices/cpu/format/ldat", "config1:0-15\n");
	put_file("/sys/bus/event_source/devices/cpu/format/bad", "config:8-70\n");
	put_file("/sys/bus/event_source/devices/cpu/events/mem-loads",
		 "event=0xcd,umask=0x1,ldat=3\n");
	test_known();
	test_modifiers();
	test_refusals();
	test_device();
	test_tracepoints();
	test_list();
	nftw(fs.root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
