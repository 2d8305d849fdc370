/* Threads, descendants, listeners and names, over the copies in tests/data/procfs/machine. */
#include "procfs/proc_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static struct procfs machine;

static bool are_ids(const struct proc_ids *ids, size_t count, const pid_t *wanted)
{
	bool is_same = ids->count == count;

	for (size_t i = 0; i < count && is_same; i++)
		is_same = ids->items[i] == wanted[i];
	for (size_t i = 0; i < ids->count && !is_same; i++)
		printf("# %zu: %d\n", i, (int)ids->items[i]);
	return is_same;
}

static bool are_processes(const struct proc_processes *processes, size_t count, const pid_t *wanted)
{
	bool is_same = processes->count == count;

	for (size_t i = 0; i < count && is_same; i++)
		is_same = processes->items[i].pid == wanted[i];
	for (size_t i = 0; i < processes->count && !is_same; i++)
		printf("# %zu: %d %s\n", i, (int)processes->items[i].pid, processes->items[i].name);
	return is_same;
}

static void test_tree(void)
{
	struct proc_ids ids = {0};
	struct proc_stats stats = {0};

	is_int(proc_tree_list_tasks(&machine, 200, &ids), 0, "threads of a process");
	ok(are_ids(&ids, 2, (pid_t[]){200, 205}), "both, ascending");
	is_int(proc_tree_list_tasks(&machine, 77, &ids), -ENOENT, "threads of no process");
	is_int(proc_tree_list_descendants(&machine, 200, &ids), 0, "descendants");
	ok(are_ids(&ids, 3, (pid_t[]){201, 202, 203}), "children, zombies and grandchildren");
	is_int(proc_tree_list_descendants(&machine, 1, &ids), 0,
	       "descendants of the first process");
	ok(are_ids(&ids, 5, (pid_t[]){200, 300, 201, 202, 203}), "a parent before its children");
	is_int(proc_tree_list_descendants(&machine, 300, &ids), 0, "a process without children");
	is_int(ids.count, 0, "has no descendants");
	is_int(proc_tree_list_descendants(&machine, 77, &ids), -ENOENT, "no such process");
	is_int(proc_tree_read_all(&machine, &stats), 0, "all processes");
	is_int(stats.count, 6, "that have a stat");
	vec_release(&ids);
	vec_release(&stats);
}

static void test_listeners(void)
{
	struct proc_processes processes = {0};

	is_int(proc_tree_find_listeners(&machine, 8080, &processes), 0, "who listens on a port");
	ok(are_processes(&processes, 3, (pid_t[]){200, 201, 0}),
	   "all that share the socket, and somebody who cannot be looked into");
	is_str(processes.count > 0 ? processes.items[0].name : "", "gateway", "with the name");
	is_int(proc_tree_find_listeners(&machine, 8089, &processes), 0, "a port of IPv6");
	ok(are_processes(&processes, 1, (pid_t[]){200}), "its process");
	is_int(proc_tree_find_listeners(&machine, 9090, &processes), 0,
	       "a port of somebody else's");
	ok(are_processes(&processes, 1, (pid_t[]){0}), "is taken, by nobody we may name");
	is_int(proc_tree_find_listeners(&machine, 8081, &processes), 0, "a port in TIME_WAIT");
	is_int(processes.count, 0, "has no listener");
	vec_release(&processes);
}

static void test_listener_text(void)
{
	static const char text[] = "heading\n"
				   "0: 0100007F:0050 0:0 0A 0:0 0:0 0 0 0 11 1\n"
				   "1: 0100007F 0:0 0A 0:0 0:0 0 0 0 12 1\n"
				   "2: 0100007F:0050 0:0 0A 0:0\n"
				   "\n"
				   "3: 0100007F:0050 0:0 0A 0:0 0:0 0 0 0 0 1\n"
				   "4: 0100007F:0050 0:0 01 0:0 0:0 0 0 0 13 1\n";
	struct proc_inodes inodes = {0};

	is_int(proc_tree_parse_listeners(text, sizeof(text) - 1, 80, &inodes), 3,
	       "damaged lines are counted");
	ok(inodes.count == 1 && inodes.items[0] == 11, "one socket listens");
	is_int(proc_tree_parse_listeners("", 0, 80, &inodes), 0, "an empty file");
	vec_release(&inodes);
}

static void test_names(void)
{
	struct proc_processes processes = {0};

	is_int(proc_tree_find_by_name(&machine, "gateway", &processes), 0, "processes by name");
	ok(are_processes(&processes, 2, (pid_t[]){200, 201}), "without the zombie");
	is_int(proc_tree_find_by_name(&machine, "server", &processes), 0,
	       "by the base name of argv[0]");
	ok(are_processes(&processes, 1, (pid_t[]){300}), "though its comm is another");
	is_int(proc_tree_find_by_name(&machine, "gate", &processes), 0, "a part of a name");
	is_int(processes.count, 0, "is no match");
	vec_release(&processes);
}

static void test_here(void)
{
	struct procfs here = {0};
	struct proc_ids ids = {0};

	is_int(proc_tree_list_tasks(&here, getpid(), &ids), 0, "this process's threads");
	ok(are_ids(&ids, 1, (pid_t[]){getpid()}), "one, itself");
	is_int(proc_tree_list_descendants(&here, getpid(), &ids), 0, "this process's descendants");
	is_int(ids.count, 0, "none");
	vec_release(&ids);
}

int main(void)
{
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	if (ok(proc_file_init(&machine, root) == 0, "the root of the copies")) {
		test_tree();
		test_listeners();
		test_listener_text();
		test_names();
	}
	test_here();
	return tap_done();
}
