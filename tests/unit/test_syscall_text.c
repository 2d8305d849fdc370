#include "report/syscall_text.h"

#include "tap.h"

static void add(struct syscall_table *table, uint32_t tid, int32_t number, const char *name,
		uint64_t calls, uint64_t errors, uint64_t wall_us, uint64_t cpu_us)
{
	struct syscall_row row = {.pid = 10,
				  .tid = tid,
				  .comm = "nginx",
				  .number = number,
				  .calls = calls,
				  .open = calls == 0,
				  .errors = errors,
				  .wall_ns = wall_us * 1000,
				  .cpu_ns = cpu_us * 1000,
				  .min_ns = 500,
				  .max_ns = 1234567};

	snprintf(row.name, sizeof(row.name), "%s", name);
	snprintf(row.role, sizeof(row.role), "%s", tid == 11 ? "worker" : "");
	vec_push(&table->rows, row);
}

static struct syscall_table make_table(void)
{
	struct syscall_table table = {0};

	add(&table, 10, 0, "read", 4, 2, 75, 70);
	add(&table, 10, 232, "epoll_wait", 0, 0, 300, 0);
	add(&table, 11, 0, "read", 6, 1, 25, 20);
	add(&table, 11, 1, "write", 1, 0, 100, 99);
	vec_push(&table.errors, (struct syscall_error_row){10, 0, 11, 2});
	vec_push(&table.errors, (struct syscall_error_row){11, 0, 11, 1});
	return table;
}

static void test_strace(void)
{
	struct syscall_table table = make_table();
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	syscall_text_add(&text, &table, &(struct syscall_text_options){0},
			 &(struct text_layout){0});
	is_str(strbuf_text(&text),
	       "% time     seconds  usecs/call     calls    errors syscall\n"
	       "------ ----------- ----------- --------- --------- ----------------\n"
	       " 60.00    0.000300         300         0           epoll_wait\n"
	       " 20.00    0.000100          10        10         3 read\n"
	       " 20.00    0.000100         100         1           write\n"
	       "------ ----------- ----------- --------- --------- ----------------\n"
	       "100.00    0.000500          41        11         3 total\n",
	       "strace's columns");
	strbuf_release(&text);
	syscall_table_release(&table);
}

static void test_threads(void)
{
	struct syscall_table table = make_table();
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	table.lost = 1234;
	syscall_text_add(&text, &table,
			 &(struct syscall_text_options){
				 .is_wide = true, .is_per_thread = true, .has_errors = true},
			 &(struct text_layout){0});
	is_str(strbuf_text(&text),
	       " nginx (10), 4 calls, 75.0 % of the time\n"
	       "\n"
	       "% time     seconds  usecs/call     calls    errors syscall                  cpu "
	       "seconds   min usecs   max usecs  open\n"
	       "------ ----------- ----------- --------- --------- ------------------------ "
	       "----------- ----------- ----------- -----\n"
	       " 80.00    0.000300         300         0           epoll_wait                  "
	       "0.000000                             1\n"
	       " 20.00    0.000075          18         4         2 read                        "
	       "0.000070         0.5      1234.6     0\n"
	       "------ ----------- ----------- --------- --------- ------------------------ "
	       "----------- ----------- ----------- -----\n"
	       "100.00    0.000375          75         4         2 total                       "
	       "0.000070         0.5      1234.6     1\n"
	       "\n"
	       "errors\n"
	       "  read             EAGAIN 2\n"
	       "\n"
	       " nginx (worker, 11), 7 calls, 25.0 % of the time\n"
	       "\n"
	       "% time     seconds  usecs/call     calls    errors syscall                  cpu "
	       "seconds   min usecs   max usecs  open\n"
	       "------ ----------- ----------- --------- --------- ------------------------ "
	       "----------- ----------- ----------- -----\n"
	       " 80.00    0.000100         100         1           write                       "
	       "0.000099         0.5      1234.6     0\n"
	       " 20.00    0.000025           4         6         1 read                        "
	       "0.000020         0.5      1234.6     0\n"
	       "------ ----------- ----------- --------- --------- ------------------------ "
	       "----------- ----------- ----------- -----\n"
	       "100.00    0.000125          17         7         1 total                       "
	       "0.000119         0.5      1234.6     0\n"
	       "\n"
	       "errors\n"
	       "  read             EAGAIN 1\n"
	       "\n"
	       "1,234 more calls were seen and could not be counted\n",
	       "a table for each thread, wide, with its errors");
	strbuf_release(&text);
	syscall_table_release(&table);
}

static void test_errors(void)
{
	struct syscall_table table = make_table();
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	vec_push(&table.errors, (struct syscall_error_row){11, 0, 4, 5});
	table.rows.items[3].cpu_ns = UINT64_MAX;
	syscall_text_add(&text, &table,
			 &(struct syscall_text_options){.has_errors = true, .is_wide = true},
			 &(struct text_layout){0});
	ok(strstr(strbuf_text(&text), "\nerrors\n  read             EINTR 5, EAGAIN 3\n") != NULL,
	   "of all threads, the most first");
	ok(strstr(strbuf_text(&text), "write                              ?") != NULL,
	   "CPU time that is not known");
	strbuf_clear(&text);
	syscall_table_clear(&table);
	syscall_text_add(&text, &table, &(struct syscall_text_options){.has_errors = true},
			 &(struct text_layout){0});
	is_str(strbuf_text(&text), "", "no calls, no table");
	strbuf_release(&text);
	syscall_table_release(&table);
}

int main(void)
{
	test_strace();
	test_threads();
	test_errors();
	return tap_done();
}
