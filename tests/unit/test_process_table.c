#include "profile/process_table.h"

#include "tap.h"

static const struct process_roles server = {1, 2}; /* "gateway", "workers" */

static void test_life(void)
{
	struct process_table table;
	struct process *process;

	process_table_init(&table);
	process = process_table_add(&table, 100, server, 50);
	mapping_list_add(&process->mappings, &(struct mapping){0x1000, 0x2000, 0, 0, 7});
	process_table_add_task(&table, 100, 100, "gateway");
	process_table_fork(&table, 100, 101, 100, 100, 60);
	is_int(process_table_find(&table, 100)->thread_count, 2, "a new thread");
	is_str(process_table_find_task(&table, 101)->comm, "gateway", "has its maker's name");

	process_table_fork(&table, 200, 200, 100, 101, 70);
	process = process_table_find(&table, 200);
	ok(process != NULL && process->thread_count == 1, "a new process");
	is_int(process->roles.own, 2, "is a worker");
	is_int(mapping_list_find(process->mappings, 0x1800)->module, 7,
	       "with its parent's mappings");
	process_table_fork(&table, 300, 300, 200, 200, 75);
	is_int(process_table_find(&table, 300)->roles.own, 2, "so are its own children");

	process_table_exec(&table, process_table_find(&table, 200));
	ok(mapping_list_find(process_table_find(&table, 200)->mappings, 0x1800) == NULL,
	   "after an exec it has none");
	ok(mapping_list_find(process_table_find(&table, 100)->mappings, 0x1800) != NULL,
	   "its parent still has");
	ok(mapping_list_find(process_table_find(&table, 300)->mappings, 0x1800) != NULL,
	   "and its child");

	process_table_exit(&table, 100); /* the first thread may end before the others */
	ok(process_table_find(&table, 100) != NULL, "a process lives as long as a thread of it");
	process_table_exit(&table, 101);
	ok(process_table_find(&table, 100) == NULL && process_table_find_task(&table, 101) == NULL,
	   "and no longer");
	process_table_exit(&table, 101);
	process_table_exit(&table, 12345);
	process_table_release(&table);
}

static void test_old_records(void)
{
	struct process_table table;

	process_table_init(&table);
	process_table_add(&table, 100, server, 50);
	process_table_add_task(&table, 100, 100, "gateway");
	process_table_add(&table, 200, (struct process_roles){2, 2}, 90);
	process_table_add_task(&table, 200, 200, "seen in proc");
	process_table_fork(&table, 200, 200, 100, 100, 80);
	is_str(process_table_find_task(&table, 200)->comm, "seen in proc",
	       "a fork older than the look changes nothing");
	process_table_fork(&table, 200, 200, 100, 100, 100);
	is_str(process_table_find_task(&table, 200)->comm, "gateway",
	       "a newer one is somebody new with that pid");
	process_table_add_task(&table, 100, 101, "pool");
	process_table_fork(&table, 100, 101, 100, 100, 40);
	is_str(process_table_find_task(&table, 101)->comm, "pool", "likewise of threads");
	is_int(process_table_find(&table, 100)->thread_count, 2, "counted once");
	process_table_fork(&table, 400, 400, 399, 399, 100);
	ok(process_table_find(&table, 400) == NULL, "a stranger's child is a stranger");
	process_table_release(&table);
}

/* A fork bomb: many come and go. What is kept is what lives. */
static void test_storm(void)
{
	struct process_table table;
	uint32_t alive = 0;

	process_table_init(&table);
	process_table_add(&table, 1, server, 0);
	process_table_add_task(&table, 1, 1, "bomb");
	mapping_list_add(&process_table_find(&table, 1)->mappings,
			 &(struct mapping){0x1000, 0x2000, 0, 0, 7});
	for (uint32_t pid = 2; pid < 200000; pid++) {
		process_table_fork(&table, pid, pid, 1, 1, pid);
		if (pid > 100)
			process_table_exit(&table, pid - 99);
	}
	for (uint32_t pid = 1; pid < 200000; pid++)
		alive += process_table_find(&table, pid) != NULL;
	is_int(alive, 100, "those alive");
	ok(table.processes.count <= 128 && table.tasks.count <= 128 &&
		   table.process_index.capacity <= 256,
	   "room for those alive");
	is_int(table.mapping_total, 1, "mappings are shared");
	process_table_release(&table);
}

int main(void)
{
	test_life();
	test_old_records();
	test_storm();
	return tap_done();
}
