#include "model/syscall_table.h"

#include "tap.h"

static void test_sort(void)
{
	struct syscall_table table = {0};

	vec_push(&table.rows, (struct syscall_row){.tid = 7,
						   .number = 1,
						   .calls = 2,
						   .wall_ns = 30,
						   .cpu_ns = 5,
						   .min_ns = 10,
						   .max_ns = 20});
	vec_push(&table.rows,
		 (struct syscall_row){
			 .tid = 7, .number = 1, .open = 1, .wall_ns = 100, .cpu_ns = 1});
	vec_push(&table.rows, (struct syscall_row){.tid = 7,
						   .number = 0,
						   .calls = 1,
						   .errors = 1,
						   .min_ns = 4,
						   .max_ns = 4,
						   .cpu_ns = UINT64_MAX});
	vec_push(&table.rows, (struct syscall_row){.tid = 3, .number = 9, .calls = 1});
	vec_push(&table.rows, (struct syscall_row){.tid = 7,
						   .number = 1,
						   .calls = 1,
						   .wall_ns = 9,
						   .cpu_ns = 2,
						   .min_ns = 9,
						   .max_ns = 9});
	vec_push(&table.errors, (struct syscall_error_row){7, 0, 11, 3});
	vec_push(&table.errors, (struct syscall_error_row){7, 0, 4, 1});
	vec_push(&table.errors, (struct syscall_error_row){3, 9, 2, 1});
	vec_push(&table.errors, (struct syscall_error_row){7, 0, 11, 5});
	syscall_table_sort(&table);

	is_int(table.rows.count, 3, "rows of the same thread and number become one");
	is_int(table.rows.items[0].tid, 3, "by tid");
	is_int(table.rows.items[1].number, 0, "then by number");
	is_int(table.rows.items[2].calls, 3, "calls add up");
	is_int(table.rows.items[2].open, 1, "and those that are open");
	is_int(table.rows.items[2].wall_ns, 139, "and times");
	is_int(table.rows.items[2].cpu_ns, 8, "on a CPU, too");
	is_int(table.rows.items[2].min_ns, 9, "the shortest that returned");
	is_int(table.rows.items[2].max_ns, 20, "and the longest");
	ok(table.rows.items[1].cpu_ns == UINT64_MAX, "what is not known stays so");
	is_int(table.errors.count, 3, "errors likewise");
	is_int(table.errors.items[0].tid, 3, "by tid");
	is_int(table.errors.items[1].error, 4, "and errno");
	is_int(table.errors.items[2].count, 8, "counts add up");
	syscall_table_clear(&table);
	is_int(table.rows.count + table.errors.count, 0, "nothing is left");
	syscall_table_sort(&table);
	syscall_table_release(&table);
}

static void test_errors(void)
{
	char buffer[16];

	is_str(syscall_error_name(11, buffer), "EAGAIN", "an errno by name");
	is_str(syscall_error_name(516, buffer), "ERESTART_RESTARTBLOCK", "one of the kernel's own");
	is_str(syscall_error_name(999, buffer), "errno 999", "one without a name");
	is_str(syscall_error_name(4095, buffer), "errno 4095", "the greatest");
	is_str(syscall_error_name(0, buffer), "errno 0", "none");
}

int main(void)
{
	test_sort();
	test_errors();
	return tap_done();
}
