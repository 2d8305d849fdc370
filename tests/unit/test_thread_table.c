/* Families of threads, told in the order and the doubling in which a capture tells them. */
#include "capture/thread_table.h"

#include "tap.h"

static struct thread_table table;

static void add_fork(uint32_t parent, uint32_t tid, bool is_final)
{
	struct perf_record record = {
		.type = PERF_RECORD_FORK, .tid = tid, .task.parent_tid = parent};

	thread_table_add_record(&table, &record, is_final);
}

static void add_exit(uint32_t tid, bool is_final)
{
	struct perf_record record = {.type = PERF_RECORD_EXIT, .tid = tid};

	thread_table_add_record(&table, &record, is_final);
}

static bool is_duplicate(uint32_t owner, uint32_t tid, uint64_t time_ns)
{
	struct perf_record record = {.type = PERF_RECORD_SAMPLE, .tid = tid, .time_ns = time_ns};

	return thread_table_is_duplicate(&table, owner, &record);
}

static void test_inheritance(void)
{
	thread_table_open(&table, 10);
	add_fork(10, 11, false);
	add_fork(11, 12, false);
	is_int(thread_table_find_owner(&table, 11), 10, "a child has what its parent has");
	is_int(thread_table_find_owner(&table, 12), 10, "and so has a grandchild");
	is_int(thread_table_find_owner(&table, 10), 0, "who has its own has inherited nothing");
	add_fork(99, 13, false);
	is_int(thread_table_find_owner(&table, 13), 0, "a parent that nobody knows");
	ok(!thread_table_is_opened(&table, 11) && thread_table_is_opened(&table, 10),
	   "whose own they are");

	thread_table_begin_round(&table, 1000);
	thread_table_open(&table, 11);
	add_fork(10, 11, true); /* for the second time */
	add_fork(11, 12, true);
	is_int(thread_table_find_owner(&table, 11), 0, "has its own now");
	is_int(thread_table_find_owner(&table, 12), 10,
	       "what was inherited before stays who opened it");
	add_fork(11, 14, true);
	is_int(thread_table_find_owner(&table, 14), 11, "what is inherited now is from it");
}

static void test_duplicates(void)
{
	ok(!is_duplicate(10, 10, 5), "its own sampler");
	ok(!is_duplicate(10, 12, 5000), "an inherited one, of a thread that has no own");
	ok(!is_duplicate(10, 11, 999), "an inherited one, before it had its own");
	ok(is_duplicate(10, 11, 1000), "since it has");
	ok(is_duplicate(11, 10, 0), "since the beginning");
	ok(!is_duplicate(0, 11, 5000), "a CPU's sampler");
	thread_table_begin_round(&table, 2000);
	thread_table_open(&table, 11);
	ok(is_duplicate(10, 11, 1500), "has had its own for as long as before");
}

static void test_ends(void)
{
	add_exit(11, false);
	add_exit(12, false);
	ok(is_duplicate(10, 11, 1500), "its last samples are still to come");
	is_int(thread_table_find_owner(&table, 12), 0, "gone");
	add_exit(11, true);
	ok(!is_duplicate(10, 11, 1500) && !thread_table_is_opened(&table, 11), "forgotten");
	add_fork(10, 11, true);
	is_int(thread_table_find_owner(&table, 11), 10, "the number is somebody else's now");
}

int main(void)
{
	thread_table_init(&table);
	test_inheritance();
	test_duplicates();
	test_ends();
	thread_table_release(&table);
	return tap_done();
}
