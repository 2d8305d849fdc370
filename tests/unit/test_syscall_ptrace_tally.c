#include "capture/syscall_ptrace_tally.h"

#include <stdlib.h>

#include "tap.h"

enum { READ = 0, WAIT = 232 };

static void name(void *arg, const struct syscall_ptrace_tally_thread *thread,
		 struct syscall_row *row)
{
	(void)arg;
	(void)thread;
	row->name[0] = 'x';
}

static struct syscall_table read_table(const struct syscall_ptrace_tally *tally, uint64_t now_ns)
{
	struct syscall_table table = {0};

	syscall_ptrace_tally_read(tally, now_ns, &table, name, NULL);
	syscall_table_sort(&table);
	return table;
}

static void test_window(void)
{
	struct syscall_ptrace_tally tally = {0};
	struct syscall_table table;
	uint32_t a = syscall_ptrace_tally_add_thread(&tally, 10, 10),
		 b = syscall_ptrace_tally_add_thread(&tally, 10, 11);

	syscall_ptrace_tally_enter(&tally, a, READ, 50);
	syscall_ptrace_tally_exit(&tally, a, 0, 60); /* before the window */
	syscall_ptrace_tally_enter(&tally, a, READ, 90);
	syscall_ptrace_tally_enter(&tally, b, WAIT, 95);
	syscall_ptrace_tally_begin(&tally, 100);
	syscall_ptrace_tally_exit(&tally, a, 0, 107); /* began before it */
	syscall_ptrace_tally_enter(&tally, a, READ, 110);
	syscall_ptrace_tally_exit(&tally, a, 11, 115);
	syscall_ptrace_tally_enter(&tally, a, READ, 120);
	syscall_ptrace_tally_exit(&tally, a, 11, 140);
	syscall_ptrace_tally_exit(&tally, a, 4, 150); /* without an entry */

	table = read_table(&tally, 160);
	is_int(table.window_ns, 60, "up to now");
	is_int(table.rows.count, 2, "a row for each thread and call");
	is_int(table.rows.items[0].calls, 3, "what returned in the window");
	is_int(table.rows.items[0].wall_ns, 7 + 5 + 20, "from the window's begin at the earliest");
	is_int(table.rows.items[0].min_ns, 5, "the shortest");
	is_int(table.rows.items[0].max_ns, 20, "the longest");
	is_int(table.rows.items[0].errors, 2, "errors");
	is_str(table.rows.items[0].name, "x", "rows are named");
	ok(table.rows.items[0].cpu_ns == UINT64_MAX, "CPU time is not known");
	is_int(table.errors.count, 1, "by errno");
	is_int(table.errors.items[0].count, 2, "counted");
	is_int(table.rows.items[1].calls, 0, "one that waits has not returned");
	is_int(table.rows.items[1].open, 1, "it is open");
	is_int(table.rows.items[1].wall_ns, 60, "since the window's begin");
	syscall_table_release(&table);

	syscall_ptrace_tally_end(&tally, 200);
	syscall_ptrace_tally_exit(&tally, b, 0, 210);
	table = read_table(&tally, 300);
	is_int(table.window_ns, 100, "the window has ended");
	is_int(table.rows.items[1].open, 1, "what returns later was open");
	is_int(table.rows.items[1].wall_ns, 100, "until its end");
	syscall_table_release(&table);

	syscall_ptrace_tally_begin(&tally, 400);
	table = read_table(&tally, 410);
	is_int(table.rows.count + table.errors.count, 0, "a new window is empty");
	syscall_table_release(&table);
	syscall_ptrace_tally_release(&tally);
}

static void test_end(void)
{
	struct syscall_ptrace_tally tally = {0};
	struct syscall_table table;
	uint32_t a = syscall_ptrace_tally_add_thread(&tally, 10, 10),
		 b = syscall_ptrace_tally_add_thread(&tally, 10, 11);

	syscall_ptrace_tally_begin(&tally, 0);
	syscall_ptrace_tally_enter(&tally, a, READ, 10);
	syscall_ptrace_tally_end_thread(&tally, a, 30);
	syscall_ptrace_tally_enter(&tally, b, 600, 40);
	syscall_ptrace_tally_exit(&tally, b, 38, 41);
	syscall_ptrace_tally_enter(&tally, b, SYSCALL_NUMBER_32BIT, 50);
	syscall_ptrace_tally_exit(&tally, b, 0, 52);
	table = read_table(&tally, 100);
	is_int(table.rows.count, 3, "three rows");
	is_int(table.rows.items[0].open, 1, "who is killed in a call leaves it open");
	is_int(table.rows.items[0].wall_ns, 20, "until the end of the thread");
	is_int(table.rows.items[1].number, SYSCALL_NUMBER_UNKNOWN, "a number of no table");
	is_int(table.rows.items[2].number, SYSCALL_NUMBER_32BIT, "a 32-bit program's call");
	is_int(table.lost, 0, "nothing is lost");
	syscall_table_release(&table);
	syscall_ptrace_tally_release(&tally);
}

static void test_room(void)
{
	enum { NUMBERS = 500 };
	struct syscall_ptrace_tally tally = {0};
	uint32_t wanted = 0;

	syscall_ptrace_tally_begin(&tally, 0);
	while (wanted < SYSCALL_PTRACE_TALLY_ROWS_MAX + 10) {
		uint32_t thread = syscall_ptrace_tally_add_thread(&tally, 1, wanted + 1);

		for (int32_t i = 0; i < NUMBERS; i++, wanted++) {
			syscall_ptrace_tally_enter(&tally, thread, i, 1);
			syscall_ptrace_tally_exit(&tally, thread, 0, 2);
		}
	}
	is_int(tally.rows.count, SYSCALL_PTRACE_TALLY_ROWS_MAX, "no more rows than there may be");
	is_int(tally.lost, wanted - SYSCALL_PTRACE_TALLY_ROWS_MAX, "the rest is counted as lost");
	syscall_ptrace_tally_release(&tally);
}

int main(void)
{
	test_window();
	test_end();
	test_room();
	return tap_done();
}
