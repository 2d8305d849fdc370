#include "export/json_machine.h"

#include <math.h>

#include "export/counter_json.h"
#include "export/json_change.h"
#include "export/json_text.h"
#include "export/json_value.h"
#include "util/alloc.h"

/* What SAMPLE_UNKNOWN stands for is null. */
static json_t *make_sample(uint64_t value)
{
	return value != SAMPLE_UNKNOWN ? json_value_make_count(value) : json_null();
}

/* A mean of times is rounded: times are integers. */
static json_t *make_ns(double ns)
{
	return isfinite(ns) ? json_value_make_count((uint64_t)llround(ns)) : json_null();
}

static json_t *make_series(const struct series_view_row *row)
{
	json_t *object = json_object();

	json_value_set(object, "unit", json_string(series_unit_name(row->unit)));
	json_value_set(object, "mean", json_value_make_real(row->mean));
	json_value_set(object, "min", json_value_make_real(row->min));
	json_value_set(object, "max", json_value_make_real(row->max));
	json_value_set(object, "max_at_ns", json_value_make_count(row->max_time_ns));
	json_value_set(object, "max_run", json_value_make_count(row->max_run));
	json_value_set(object, "per_request", json_value_make_real(row->per_request));
	json_value_set(object, "points", json_value_make_count(row->point_count));
	return object;
}

/* "process.cpu_user_ratio/gateway"; a series without a scope is its name. */
static json_t *make_monitors(const struct series_view *series)
{
	json_t *monitors = json_object();

	for (uint32_t i = 0; i < series->row_count; i++) {
		const struct series_view_row *row = &series->rows[i];
		scoped_free char *name = alloc_printf("%s%s%s", row->name,
						      row->scope[0] != '\0' ? "/" : "", row->scope);
		json_t *key = json_text_make(name);

		json_value_set(monitors, json_string_value(key), make_series(row));
		json_decref(key);
	}
	return monitors;
}

static json_t *make_task(const struct task_usage *task)
{
	json_t *object = json_object();

	json_value_set(object, "pid", json_value_make_count(task->pid));
	json_value_set(object, "tid", json_value_make_count(task->tid));
	json_value_set(object, "name", json_text_make(task->name));
	json_value_set(object, "role", json_text_make(task->role));
	json_value_set(object, "cpus",
		       task->cpus[0] != '\0' ? json_text_make(task->cpus) : json_null());
	json_value_set(object, "cpu_ns", make_sample(task->cpu_ns));
	json_value_set(object, "user_ns", make_sample(task->user_ns));
	json_value_set(object, "system_ns", make_sample(task->system_ns));
	json_value_set(object, "wait_ns", make_sample(task->wait_ns));
	json_value_set(object, "switches_voluntary", make_sample(task->switches_voluntary));
	json_value_set(object, "switches_involuntary", make_sample(task->switches_involuntary));
	json_value_set(object, "faults_minor", make_sample(task->faults_minor));
	json_value_set(object, "faults_major", make_sample(task->faults_major));
	json_value_set(object, "read_bytes", make_sample(task->read_bytes));
	json_value_set(object, "write_bytes", make_sample(task->write_bytes));
	return object;
}

static json_t *make_tasks(const struct machine_view *machine)
{
	json_t *tasks = json_array();

	for (uint32_t i = 0; i < machine->task_count; i++)
		json_array_append_new(tasks, make_task(&machine->tasks[i]));
	return tasks;
}

static json_t *make_counters(const struct machine_view *machine)
{
	struct counters counters = {.items = machine->counters, .count = machine->counter_count};

	return counter_json_make(&counters, machine->window_ns * machine->counter_run_count);
}

static json_t *make_call(const struct machine_view_syscall *call)
{
	bool has_error = call->top_error[0] != '\0';
	json_t *object = json_object();

	json_value_set(object, "name", json_text_make(call->name));
	json_value_set(object, "calls", json_value_make_real(call->calls));
	json_value_set(object, "errors", json_value_make_real(call->errors));
	json_value_set(object, "wall_ns", make_ns(call->wall_ns));
	json_value_set(object, "cpu_ns", make_ns(call->cpu_ns));
	json_value_set(object, "max_ns", make_ns(call->max_ns));
	json_value_set(object, "top_error",
		       has_error ? json_text_make(call->top_error) : json_null());
	json_value_set(object, "top_error_count", json_value_make_real(call->top_error_count));
	return object;
}

static const char *find_call_name(const struct syscall_table *table, int32_t number)
{
	for (size_t i = 0; i < table->rows.count; i++)
		if (table->rows.items[i].number == number)
			return table->rows.items[i].name;
	return "";
}

/* `rows`, by thread and call, and `errors`, by their errno: of the last run. */
static void add_threads(json_t *object, const struct syscall_table *table)
{
	json_t *rows = json_array(), *errors = json_array();

	for (size_t i = 0; i < table->rows.count; i++) {
		const struct syscall_row *row = &table->rows.items[i];
		json_t *item = json_object();

		json_value_set(item, "pid", json_value_make_count(row->pid));
		json_value_set(item, "tid", json_value_make_count(row->tid));
		json_value_set(item, "comm", json_text_make(row->comm));
		json_value_set(item, "role", json_text_make(row->role));
		json_value_set(item, "name", json_text_make(row->name));
		json_value_set(item, "calls", json_value_make_count(row->calls));
		json_value_set(item, "errors", json_value_make_count(row->errors));
		json_value_set(item, "open", json_value_make_count(row->open));
		json_value_set(item, "wall_ns", json_value_make_count(row->wall_ns));
		json_value_set(item, "cpu_ns", make_sample(row->cpu_ns));
		json_value_set(item, "min_ns", make_sample(row->min_ns));
		json_value_set(item, "max_ns", make_sample(row->max_ns));
		json_array_append_new(rows, item);
	}
	for (size_t i = 0; i < table->errors.count; i++) {
		const struct syscall_error_row *row = &table->errors.items[i];
		char buffer[16];
		json_t *item = json_object();

		json_value_set(item, "tid", json_value_make_count(row->tid));
		json_value_set(item, "name", json_text_make(find_call_name(table, row->number)));
		json_value_set(item, "error", json_string(syscall_error_name(row->error, buffer)));
		json_value_set(item, "count", json_value_make_count(row->count));
		json_array_append_new(errors, item);
	}
	json_value_set(object, "rows", rows);
	json_value_set(object, "errors", errors);
}

static json_t *make_syscalls(const struct machine_view *machine)
{
	json_t *object, *calls;

	if (!machine->has_syscalls)
		return json_null();
	object = json_object();
	calls = json_array();
	for (uint32_t i = 0; i < machine->syscall_count; i++)
		json_array_append_new(calls, make_call(&machine->syscalls[i]));
	json_value_set(object, "method", json_text_make(machine->syscall_method));
	json_value_set(object, "lost", json_value_make_count(machine->thread_syscalls.lost));
	json_value_set(object, "cost_per_call_ns",
		       json_value_make_real(machine->thread_syscalls.cost_per_call_ns));
	json_value_set(object, "calls", calls);
	add_threads(object, &machine->thread_syscalls);
	return object;
}

static json_t *make_lenses(const struct machine_view *machine)
{
	json_t *lenses = json_array();

	for (uint32_t i = 0; i < machine->lens_count; i++) {
		const struct lens *lens = &machine->lenses[i];
		json_t *object = json_object();

		json_value_set(object, "name", json_text_make(lens->name));
		json_value_set(object, "is_on", json_boolean(lens->is_on));
		json_value_set(object, "cpu_ns", json_value_make_count(lens->cpu_ns));
		json_value_set(object, "stop_ns", json_value_make_count(lens->stop_ns));
		json_value_set(object, "service_cpu_ns", make_ns(lens->service_cpu_ns));
		json_value_set(object, "text", json_text_make(lens->text));
		json_array_append_new(lenses, object);
	}
	return lenses;
}

void json_machine_set(json_t *document, const struct machine_view *machine)
{
	static const struct machine_view nothing;

	if (machine == NULL)
		machine = &nothing;
	json_value_set(document, "monitors", make_monitors(&machine->series));
	json_value_set(document, "tasks", make_tasks(machine));
	json_value_set(document, "counters", make_counters(machine));
	json_value_set(document, "syscalls", make_syscalls(machine));
	json_value_set(document, "lenses", make_lenses(machine));
}

json_t *json_machine_make_series(const struct series_diff *series)
{
	json_t *list = json_array();

	for (uint32_t i = 0; series != NULL && i < series->row_count; i++) {
		const struct series_diff_row *row = &series->rows[i];
		json_t *object = json_object();

		json_value_set(object, "name", json_text_make(row->name));
		json_value_set(object, "scope", json_text_make(row->scope));
		json_value_set(object, "unit", json_string(series_unit_name(row->unit)));
		json_change_set_values(object, &row->change);
		json_array_append_new(list, object);
	}
	return list;
}
