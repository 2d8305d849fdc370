/* What the lenses saw of an arm, its runs together. */
#include "view/machine_view.h"

#include <math.h>

#include "sample_view.h"

static struct sample_view view;

static void read_arm(struct machine_view *machine, uint32_t arm)
{
	struct err err = {0};

	sample_check(machine_view_read(machine, &view.arena, &view.selection, arm, &err), &err);
}

static void test_tasks(void)
{
	struct machine_view machine;

	read_arm(&machine, 0);
	is_int(machine.task_count, 3, "threads of one run");
	is_str(machine.tasks[0].name, "helper", "by CPU time, the most first");
	is_int(machine.tasks[1].cpu_ns, 1000000012, "of the last run");
	is_str(machine.tasks[2].role, "sonde", "sonde's own, too");
	sample_store_sql(&view.sample, "UPDATE task SET cpu_ns=NULL WHERE name='helper';"
				       "DELETE FROM task WHERE run=(SELECT max(key) FROM run)");
	read_arm(&machine, 0);
	is_int(machine.tasks[0].cpu_ns, 1000000009, "of the last run that has any");
	ok(machine.tasks[2].cpu_ns == SAMPLE_UNKNOWN, "unknown ones last");
}

static void test_counters(void)
{
	struct machine_view machine;

	read_arm(&machine, 1);
	is_int(machine.counter_count, 3, "counters by name");
	is_int(machine.counter_run_count, 6, "of so many runs");
	is_near(machine.counters[1].value, 6 * (9e9 + 1), 0.5, "summed over the runs");
	is_int(machine.counters[1].running_ns, 6 * INT64_C(1500000000), "and their times");
	is_int(machine.counters[2].state, COUNTER_NOT_SUPPORTED, "what this machine lacks");
	read_arm(&machine, UINT32_MAX);
	is_near(machine.counters[0].value, 12 * 3e9, 0.5, "all arms");
}

static void test_syscalls(void)
{
	const struct machine_view_syscall *call;
	struct machine_view machine;

	read_arm(&machine, 0);
	ok(machine.has_syscalls, "system calls were counted");
	is_str(machine.syscall_method, "bpf", "how");
	is_int(machine.syscall_count, 2, "threads together");
	is_str(machine.syscalls[0].name, "read", "by time, the most first");
	ok(isnan(machine.syscalls[0].cpu_ns), "CPU time that is unknown stays so");
	is_near(machine.syscalls[0].max_ns, 0, 0, "nothing that returned, no maximum");
	call = machine_view_find_syscall(&machine, "futex");
	is_near(call->calls, 800, 1e-9, "calls per run");
	is_near(call->errors, 50, 1e-9, "errors per run");
	/* 0.9 s + 0.1 s, and the runs' numbers: 2, 3, 6, 7, 9, 12 */
	is_near(call->wall_ns, 1e9 + 39.0 / 6, 1e-3, "time per run");
	is_near(call->cpu_ns, 8e6, 1e-6, "CPU time per run");
	is_near(call->max_ns, 75e6, 0, "the longest of all");
	is_str(call->top_error, "EAGAIN", "most of its errors");
	is_near(call->top_error_count, 30, 1e-9, "per run");
	is_str(machine.syscalls[0].top_error, "", "without errors none");
	ok(machine_view_find_syscall(&machine, "openat") == NULL, "a call that nobody made");
}

static void test_rest(void)
{
	const struct series_view_row *row;
	struct machine_view machine;

	read_arm(&machine, 0);
	is_near(machine.window_ns, (double)(SAMPLE_SECONDS * SAMPLE_SECOND_NS), 0, "the window");
	is_int(machine.lens_count, 3, "lenses of one run");
	is_str(machine.lenses[0].text, "1 s, 214 series", "how each looked");
	is_int(machine.cpu_count, 0, "an environment without CPUs");
	row = machine_view_find(&machine, "process.rss", "gateway");
	ok(row != NULL && row->max == 1e8, "a series");
	ok(machine_view_find(&machine, "process.rss", "") == NULL, "none of another scope");
	sample_store_sql(&view.sample, "UPDATE experiment SET environment='{\"cpus\": 64}'");
	sample_view_select(&view, "@last");
	read_arm(&machine, 0);
	is_int(machine.cpu_count, 64, "the machine's CPUs");
	sample_store_sql(&view.sample, "UPDATE experiment SET environment='{\"cpus\": -1}'");
	sample_view_select(&view, "@last");
	read_arm(&machine, 0);
	is_int(machine.cpu_count, 0, "no number of CPUs");
}

/* A run of an older sonde, or with its lenses off. */
static void test_nothing(void)
{
	struct machine_view machine;

	sample_store_sql(&view.sample,
			 "DELETE FROM task; DELETE FROM counter; DELETE FROM syscall_trace;"
			 " DELETE FROM lens; DELETE FROM point;"
			 " UPDATE experiment SET environment='no JSON';"
			 " UPDATE phase SET end_ns=NULL WHERE name='measure'");
	sample_view_select(&view, "@last");
	read_arm(&machine, 0);
	ok(machine.task_count == 0 && machine.counter_count == 0 && machine.lens_count == 0 &&
		   machine.series.row_count == 0,
	   "what is not there is empty");
	ok(!machine.has_syscalls && machine.syscall_count == 0 && machine.syscall_method[0] == '\0',
	   "calls without their head were not counted");
	ok(machine.cpu_count == 0 && machine.window_ns == 0, "and nothing else is known");
}

/* Damage is said, and nothing is lost of the memory. */
static void test_damage(void)
{
	struct machine_view machine;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE counter SET state='eaten'");
	ok(machine_view_read(&machine, &view.arena, &view.selection, 0, &err) < 0 &&
		   strstr(err_text(&err), "eaten") != NULL,
	   "a damaged table");
}

int main(void)
{
	sample_view_open(&view);
	test_tasks();
	test_counters();
	test_syscalls();
	test_rest();
	test_damage();
	test_nothing();
	sample_view_close(&view);
	return tap_done();
}
