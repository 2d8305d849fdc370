#include "view/task_rows.h"

#include "tap.h"

#define SECOND_NS UINT64_C(1000000000)

static struct machine_sample last, now;
static struct arena arena;
static struct task_rows rows;

/* The same task at both moments, 2 s apart, with nothing used. */
static size_t add_task(pid_t pid, pid_t tid)
{
	struct task_sample task = {.pid = pid, .tid = tid, .start_ns = SECOND_NS};

	vec_push(&last.tasks, task);
	vec_push(&now.tasks, task);
	return now.tasks.count - 1;
}

static void start(void)
{
	machine_sample_clear(&last);
	machine_sample_clear(&now);
	last.time_ns = 100 * SECOND_NS;
	now.time_ns = 102 * SECOND_NS;
	last.uptime_ns = 50 * SECOND_NS;
	now.uptime_ns = 52 * SECOND_NS;
}

static const struct task_row *make(bool has_threads, enum task_order order)
{
	task_rows_make(&rows, &arena, &last, &now, has_threads, order);
	return rows.rows;
}

static void test_rates(void)
{
	const struct task_row *row;
	struct task_sample *before, *after;

	start();
	add_task(7, 0);
	before = &last.tasks.items[0];
	after = &now.tasks.items[0];
	before->user_ns = 3 * SECOND_NS;
	after->user_ns = 4 * SECOND_NS;
	after->system_ns = SECOND_NS / 2;
	after->cpu_ns = SECOND_NS; /* of a process less than there was */
	after->wait_ns = 3 * SECOND_NS;
	before->switches_voluntary = 10;
	after->switches_voluntary = 30;
	after->switches_involuntary = 5;
	after->faults_minor = 6;
	after->faults_major = 2;
	after->read_bytes = 4096;
	after->write_bytes = 8192;
	after->rss_bytes = 12345;
	row = make(false, TASK_BY_CPU);
	is_int(rows.row_count, 1, "one process");
	ok(row->task == after, "of the later sample");
	is_near(row->user, 0.5, 1e-12, "user");
	is_near(row->system, 0.25, 1e-12, "system");
	is_near(row->cpu, 0.75, 1e-12, "CPU of a process: the sum");
	is_near(row->wait, 1.5, 1e-12, "wait, of several threads");
	is_near(row->switches_voluntary_per_s, 10, 1e-12, "voluntary switches");
	is_near(row->switches_involuntary_per_s, 2.5, 1e-12, "involuntary switches");
	is_near(row->faults_per_s, 4, 1e-12, "faults of both kinds");
	is_near(row->read_bytes_per_s, 2048, 1e-12, "read");
	is_near(row->write_bytes_per_s, 4096, 1e-12, "written");
	after->tid = before->tid = 7;
	is_near(make(true, TASK_BY_CPU)->cpu, 0.5, 1e-12, "CPU of a thread: the exact time");
	after->cpu_ns = SAMPLE_UNKNOWN;
	is_near(make(true, TASK_BY_CPU)->cpu, 0.75, 1e-12, "the sum where it is not known");
	after->user_ns = 0;
	is_near(make(true, TASK_BY_CPU)->user, 0, 1e-12, "what went back is no growth");
}

static void test_unknown(void)
{
	const struct task_row *row;
	struct task_sample young = {.pid = 9, .start_ns = 51 * SECOND_NS, .user_ns = SECOND_NS};
	struct task_sample old = {.pid = 8, .start_ns = 40 * SECOND_NS, .user_ns = SECOND_NS};

	start();
	add_task(7, 0);
	now.tasks.items[0].wait_ns = SAMPLE_UNKNOWN;
	last.tasks.items[0].read_bytes = SAMPLE_UNKNOWN;
	row = make(false, TASK_BY_WAIT);
	ok(isnan(row->wait) && isnan(row->read_bytes_per_s), "what either sample does not know");
	ok(!isnan(row->cpu) && !isnan(row->write_bytes_per_s), "and what both know");

	start();
	vec_push(&now.tasks, young);
	row = make(false, TASK_BY_CPU);
	is_near(row->user, 0.5, 1e-12, "what is new began at nothing");

	start();
	vec_push(&now.tasks, old);
	row = make(false, TASK_BY_CPU);
	ok(isnan(row->cpu) && isnan(row->user) && isnan(row->wait) && isnan(row->faults_per_s) &&
		   isnan(row->read_bytes_per_s),
	   "what is old and was not seen is not known");

	start();
	add_task(7, 0);
	last.tasks.items[0].user_ns = 5 * SECOND_NS;
	now.tasks.items[0].user_ns = SECOND_NS;
	now.tasks.items[0].start_ns = 51 * SECOND_NS;
	is_near(make(false, TASK_BY_CPU)->user, 0.5, 1e-12, "another process of the same pid");
}

static void test_orders(void)
{
	static const struct {
		enum task_order order;
		const char *name;
		pid_t pids[3];
	} orders[] = {{TASK_BY_CPU, "CPU", {1, 2, 3}},
		      {TASK_BY_MEMORY, "memory", {2, 3, 1}},
		      {TASK_BY_WAIT, "waiting", {3, 1, 2}},
		      {TASK_BY_IO, "I/O", {3, 2, 1}}};

	start();
	for (pid_t pid = 1; pid <= 3; pid++)
		add_task(pid, 0);
	for (size_t i = 0; i < 3; i++) {
		struct task_sample *task = &now.tasks.items[i];

		task->user_ns = task->pid == 1 ? SECOND_NS : 0; /* 2 and 3 are equal: by pid */
		task->rss_bytes = task->pid == 2 ? 900 : 100 * (uint64_t)task->pid;
		task->wait_ns = task->pid == 3	 ? SECOND_NS
				: task->pid == 1 ? SECOND_NS / 2
						 : SAMPLE_UNKNOWN;
		task->read_bytes = task->pid == 1 ? SAMPLE_UNKNOWN : 100;
		task->write_bytes = task->pid == 3 ? 100 : 0;
	}
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct task_row *sorted = make(false, orders[i].order);

		is_int(rows.row_count, 3, orders[i].name);
		ok(sorted[0].task->pid == orders[i].pids[0] &&
			   sorted[1].task->pid == orders[i].pids[1] &&
			   sorted[2].task->pid == orders[i].pids[2],
		   "in this order");
		is_str(task_order_name(orders[i].order), orders[i].name, "and its name");
	}
}

static void test_kinds(void)
{
	start();
	task_rows_make(&rows, &arena, &last, &now, false, TASK_BY_CPU);
	is_int(rows.row_count, 0, "no tasks");
	add_task(5, 0);
	add_task(5, 5);
	add_task(5, 6);
	make(false, TASK_BY_CPU);
	is_int(rows.row_count, 1, "processes");
	make(true, TASK_BY_CPU);
	is_int(rows.row_count, 2, "threads");
	is_int(rows.rows[0].task->tid, 5, "by tid where all else is equal");
	now.time_ns = last.time_ns;
	make(true, TASK_BY_CPU);
	is_int(rows.row_count, 0, "no time has passed");
	now.time_ns = last.time_ns - 1;
	make(true, TASK_BY_CPU);
	is_int(rows.row_count, 0, "less than none");
}

int main(void)
{
	arena_init(&arena);
	test_rates();
	test_unknown();
	test_orders();
	test_kinds();
	arena_release(&arena);
	machine_sample_release(&last);
	machine_sample_release(&now);
	return tap_done();
}
