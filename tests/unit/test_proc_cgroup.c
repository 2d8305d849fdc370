/* Control groups: paths and mounts of three kinds of machine, small files, and damage. */
#include "procfs/proc_cgroup.h"

#include <errno.h>

#include "tap.h"

static struct proc_cgroup_paths paths;
static struct proc_cgroup_mounts mounts;

static int parse_paths(const char *text)
{
	return proc_cgroup_parse_paths(text, strlen(text), &paths);
}

static int parse_mounts(const char *text)
{
	return proc_cgroup_parse_mounts(text, strlen(text), &mounts);
}

static void test_paths(void)
{
	is_int(parse_paths("0::/user.slice/a b:c.scope\n"), 0, "paths: unified");
	is_str(paths.paths[PROC_CGROUP_UNIFIED], "/user.slice/a b:c.scope",
	       "paths: with blanks and colons");
	is_str(paths.paths[PROC_CGROUP_CPU], "", "paths: no other");
	is_int(parse_paths("9:name=systemd:/s\n4:memory:/m\n2:cpu,cpuacct:/c\n3:cpuset:/no\n0::/u"),
	       0, "paths: hybrid");
	is_str(paths.paths[PROC_CGROUP_CPU], "/c", "paths: of cpu, not of cpuset");
	is_str(paths.paths[PROC_CGROUP_CPUACCT], "/c", "paths: mounted together");
	is_str(paths.paths[PROC_CGROUP_MEMORY], "/m", "paths: of memory");
	is_str(paths.paths[PROC_CGROUP_UNIFIED], "/u", "paths: and the unified one");
	is_int(parse_paths(""), 0, "paths: none at all");
	is_str(paths.paths[PROC_CGROUP_UNIFIED], "", "paths: are empty");
}

static void test_long_path(void)
{
	char text[2 * PROC_CGROUP_PATH_BYTES] = "0::";

	memset(text + 3, '/', PROC_CGROUP_PATH_BYTES - 1);
	is_int(parse_paths(text), 0, "long: just fits");
	is_int(strlen(paths.paths[PROC_CGROUP_UNIFIED]), PROC_CGROUP_PATH_BYTES - 1, "long: whole");
	memset(text + 3, '/', PROC_CGROUP_PATH_BYTES);
	is_int(parse_paths(text), 0, "long: one more");
	is_str(paths.paths[PROC_CGROUP_UNIFIED], "", "long: is left out, not cut");
}

static void test_mounts(void)
{
	is_int(parse_mounts("22 1 0:20 / /proc rw - proc proc rw\n"
			    "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 master:2 - cgroup2 "
			    "cgroup2 rw,nsdelegate\n"),
	       0, "mounts: unified");
	is_str(mounts.mounts[PROC_CGROUP_UNIFIED].point, "/sys/fs/cgroup", "mounts: its point");
	is_str(mounts.mounts[PROC_CGROUP_UNIFIED].root, "/", "mounts: its root");
	is_str(mounts.mounts[PROC_CGROUP_CPU].point, "", "mounts: no other");
	is_int(parse_mounts("32 31 0:29 /docker/1 /a\\040b rw - cgroup cgroup rw,cpu,cpuacct\n"
			    "36 31 0:32 / /m rw - cgroup cgroup rw,memory\n"
			    "37 31 0:32 / /again rw - cgroup cgroup rw,memory\n"
			    "41 31 0:38 / /u rw - cgroup2 cgroup2 rw\n"),
	       0, "mounts: hybrid");
	is_str(mounts.mounts[PROC_CGROUP_CPU].point, "/a b", "mounts: a blank in the path");
	is_str(mounts.mounts[PROC_CGROUP_CPUACCT].root, "/docker/1", "mounts: a part of them");
	is_str(mounts.mounts[PROC_CGROUP_MEMORY].point, "/m", "mounts: the first of two");
	is_str(mounts.mounts[PROC_CGROUP_UNIFIED].point, "/u", "mounts: and the unified one");
}

static void check_folder(const char *point, const char *root, const char *path, const char *want)
{
	struct proc_cgroup_mount mount;
	char folder[PROC_CGROUP_PATH_BYTES] = "";

	snprintf(mount.point, sizeof(mount.point), "%s", point);
	snprintf(mount.root, sizeof(mount.root), "%s", root);
	is_int(proc_cgroup_locate(&mount, path, folder), want != NULL, path);
	is_str(folder, want != NULL ? want : "", "its folder");
}

static void test_locate(void)
{
	check_folder("/cg", "/", "/a/b", "/cg/a/b");
	check_folder("/cg", "/", "/", "/cg");
	check_folder("/cg", "/docker/1", "/docker/1/x", "/cg/x");
	check_folder("/cg", "/docker/1", "/docker/1", "/cg");
	check_folder("/cg", "/docker/1", "/docker/12", NULL);
	check_folder("/cg", "/docker/1", "/", NULL);
	check_folder("/cg", "/", "/../other", NULL);
	check_folder("", "", "/a", NULL);
	check_folder("/cg", "/", "", NULL);
}

static void test_files(void)
{
	static const char stat[] = "usage_usec 77\nnr_periods 5\nnr_throttled 2x\n";
	uint64_t value = 0;
	double cpus = 9;

	ok(proc_cgroup_find_value(stat, sizeof(stat) - 1, "nr_periods", &value) && value == 5,
	   "files: a value by its key");
	ok(!proc_cgroup_find_value(stat, sizeof(stat) - 1, "nr", &value), "files: not by a part");
	ok(!proc_cgroup_find_value("nr_periods\n", 11, "nr_periods", &value),
	   "files: a key without a value");
	ok(proc_cgroup_parse_number("4096\n", 5, &value) == 0 && value == 4096, "files: a number");
	ok(proc_cgroup_parse_number("max\n", 4, &value) == 0 && value == PROC_CGROUP_NO_LIMIT,
	   "files: no limit");
	ok(proc_cgroup_parse_number("-1\n", 3, &value) == 0 && value == PROC_CGROUP_NO_LIMIT,
	   "files: no limit, as v1 says it");
	is_int(proc_cgroup_parse_number("", 0, &value), -EBADMSG, "files: empty");
	is_int(proc_cgroup_parse_cpu_max("150000 100000\n", 14, &cpus), 0, "files: cpu.max");
	is_near(cpus, 1.5, 1e-12, "files: in CPUs");
	is_int(proc_cgroup_parse_cpu_max("max 100000\n", 11, &cpus), 0, "files: without limit");
	is_near(cpus, 0, 0, "files: is 0");
	is_int(proc_cgroup_parse_cpu_max("100 0\n", 6, &cpus), -EBADMSG, "files: no period");
	is_int(proc_cgroup_parse_cpu_max("150000", 6, &cpus), -EBADMSG, "files: a value short");
}

static void test_damaged(void)
{
	static const char *const bad_paths[] = {"x", "1:cpu", "1:cpu:", "1:cpu:x", ":cpu:/", "\n"};
	static const char *const bad_mounts[] = {"x", "1 2 3 / /p", "1 2 3 / /p rw - ",
						 "1 2 3 / /p rw shared:1\n",
						 "1 2 3 / /p rw - cgroup\n"};

	for (size_t i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++)
		is_int(parse_paths(bad_paths[i]), -EBADMSG, "damaged paths");
	for (size_t i = 0; i < sizeof(bad_mounts) / sizeof(bad_mounts[0]); i++)
		is_int(parse_mounts(bad_mounts[i]), -EBADMSG, "damaged mounts");
}

int main(void)
{
	test_paths();
	test_long_path();
	test_mounts();
	test_locate();
	test_files();
	test_damaged();
	return tap_done();
}
