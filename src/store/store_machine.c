#include "store/store_machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/sql.h"

/* ---- writing ---- */

static int write_tasks(struct store *store, int64_t run, const struct task_usages *tasks,
		       struct err *err)
{
	scoped_statement sqlite3_stmt *insert = sql_query(
		store, err, "INSERT INTO task VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "");
	int r = insert != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < tasks->count && r == 0; i++) {
		const struct task_usage *task = &tasks->items[i];

		r = sql_rerun(store, insert, err, "iiiisssuuuuuuuuuu", run, (int64_t)i,
			      (int64_t)task->pid, (int64_t)task->tid, task->name, task->role,
			      task->cpus, task->cpu_ns, task->user_ns, task->system_ns,
			      task->wait_ns, task->switches_voluntary, task->switches_involuntary,
			      task->faults_minor, task->faults_major, task->read_bytes,
			      task->write_bytes);
	}
	return r;
}

static int write_counters(struct store *store, int64_t run, const struct counters *counters,
			  struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < counters->count && r == 0; i++) {
		const struct counter *counter = &counters->items[i];

		r = sql_run(store, err, "INSERT INTO counter VALUES(?,?,?,?,?,?,?,?)", "iisisdii",
			    run, (int64_t)i, counter->name, (int64_t)counter->is_time,
			    counter_state_name(counter->state), counter->value,
			    (int64_t)counter->enabled_ns, (int64_t)counter->running_ns);
	}
	return r;
}

static int write_syscall_rows(struct store *store, int64_t run, const struct syscall_table *table,
			      struct err *err)
{
	scoped_statement sqlite3_stmt *insert = sql_query(
		store, err, "INSERT INTO syscall VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "");
	int r = insert != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < table->rows.count && r == 0; i++) {
		const struct syscall_row *row = &table->rows.items[i];

		r = sql_rerun(store, insert, err, "iiiissisiiiiuuu", run, (int64_t)i,
			      (int64_t)row->pid, (int64_t)row->tid, row->comm, row->role,
			      (int64_t)row->number, row->name, (int64_t)row->calls,
			      (int64_t)row->errors, (int64_t)row->open, (int64_t)row->wall_ns,
			      row->cpu_ns, row->min_ns, row->max_ns);
	}
	return r;
}

static int write_syscall_errors(struct store *store, int64_t run, const struct syscall_table *table,
				struct err *err)
{
	scoped_statement sqlite3_stmt *insert =
		sql_query(store, err, "INSERT INTO syscall_error VALUES(?,?,?,?,?,?)", "");
	int r = insert != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < table->errors.count && r == 0; i++) {
		const struct syscall_error_row *row = &table->errors.items[i];

		r = sql_rerun(store, insert, err, "iiiiii", run, (int64_t)i, (int64_t)row->tid,
			      (int64_t)row->number, (int64_t)row->error, (int64_t)row->count);
	}
	return r;
}

static int write_syscalls(struct store *store, int64_t run, const struct syscall_table *table,
			  struct err *err)
{
	int r = sql_run(store, err, "INSERT INTO syscall_trace VALUES(?,?,?,?,?)", "isiid", run,
			table->method, (int64_t)table->window_ns, (int64_t)table->lost,
			table->cost_per_call_ns);

	if (r == 0)
		r = write_syscall_rows(store, run, table, err);
	return r < 0 ? r : write_syscall_errors(store, run, table, err);
}

static int write_lenses(struct store *store, int64_t run, const struct lenses *lenses,
			struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < lenses->count && r == 0; i++) {
		const struct lens *lens = &lenses->items[i];

		r = sql_run(store, err, "INSERT INTO lens VALUES(?,?,?,?,?,?,?,?)", "iisiiids", run,
			    (int64_t)i, lens->name, (int64_t)lens->is_on, (int64_t)lens->cpu_ns,
			    (int64_t)lens->stop_ns, lens->service_cpu_ns, lens->text);
	}
	return r;
}

int store_add_tasks(struct store *store, int64_t run, const struct task_usages *tasks,
		    struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, write_tasks(store, run, tasks, err), err);
}

int store_add_counters(struct store *store, int64_t run, const struct counters *counters,
		       struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, write_counters(store, run, counters, err), err);
}

int store_add_syscalls(struct store *store, int64_t run, const struct syscall_table *table,
		       struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, write_syscalls(store, run, table, err), err);
}

int store_add_lenses(struct store *store, int64_t run, const struct lenses *lenses, struct err *err)
{
	int r = sql_begin(store, err);

	return r < 0 ? r : sql_end(store, write_lenses(store, run, lenses, err), err);
}

/* ---- reading ---- */

/* A text column into a field of fixed size, cut if need be. */
#define copy_text(field, row, column) snprintf((field), sizeof(field), "%s", sql_text(row, column))

static uint32_t column_u32(sqlite3_stmt *row, int column)
{
	return (uint32_t)sqlite3_column_int64(row, column);
}

int store_read_tasks(struct store *store, int64_t run, struct task_usages *ret_tasks,
		     struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT pid, tid, name, role, cpus, cpu_ns, user_ns, system_ns, wait_ns,"
		" switches_voluntary, switches_involuntary, faults_minor, faults_major, read_bytes,"
		" write_bytes FROM task WHERE run=? ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct task_usage task = {.pid = column_u32(row, 0),
					  .tid = column_u32(row, 1),
					  .cpu_ns = sql_known(row, 5),
					  .user_ns = sql_known(row, 6),
					  .system_ns = sql_known(row, 7),
					  .wait_ns = sql_known(row, 8),
					  .switches_voluntary = sql_known(row, 9),
					  .switches_involuntary = sql_known(row, 10),
					  .faults_minor = sql_known(row, 11),
					  .faults_major = sql_known(row, 12),
					  .read_bytes = sql_known(row, 13),
					  .write_bytes = sql_known(row, 14)};

		copy_text(task.name, row, 2);
		copy_text(task.role, row, 3);
		copy_text(task.cpus, row, 4);
		vec_push(ret_tasks, task);
	}
	return r;
}

static int parse_state(const char *text, enum counter_state *ret_state)
{
	for (int state = COUNTER_COUNTED; state <= COUNTER_NOT_PERMITTED; state++)
		if (strcmp(counter_state_name((enum counter_state)state), text) == 0) {
			*ret_state = (enum counter_state)state;
			return 0;
		}
	return -EBADMSG;
}

int store_read_counters(struct store *store, int64_t run, struct counters *ret_counters,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT name, is_time, state, value, enabled_ns, running_ns FROM counter"
			  " WHERE run=? ORDER BY id",
			  "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct counter counter = {.is_time = sqlite3_column_int64(row, 1) != 0,
					  .value = sqlite3_column_double(row, 3),
					  .enabled_ns = sql_u64(row, 4),
					  .running_ns = sql_u64(row, 5)};

		copy_text(counter.name, row, 0);
		if (parse_state(sql_text(row, 2), &counter.state) < 0)
			return err_set(err, -EBADMSG,
				       "%s is damaged: the counter %s of run %lld has the state "
				       "'%s', which is none",
				       store->file, counter.name, (long long)run, sql_text(row, 2));
		vec_push(ret_counters, counter);
	}
	return r;
}

static int read_syscall_rows(struct store *store, int64_t run, struct syscall_table *table,
			     struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT pid, tid, comm, role, number, name, calls, errors, open, wall_ns, cpu_ns,"
		" min_ns, max_ns FROM syscall WHERE run=? ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct syscall_row call = {.pid = column_u32(row, 0),
					   .tid = column_u32(row, 1),
					   .number = (int32_t)sqlite3_column_int64(row, 4),
					   .calls = sql_u64(row, 6),
					   .errors = sql_u64(row, 7),
					   .open = sql_u64(row, 8),
					   .wall_ns = sql_u64(row, 9),
					   .cpu_ns = sql_known(row, 10),
					   .min_ns = sql_known(row, 11),
					   .max_ns = sql_known(row, 12)};

		copy_text(call.comm, row, 2);
		copy_text(call.role, row, 3);
		copy_text(call.name, row, 5);
		vec_push(&table->rows, call);
	}
	return r;
}

static int read_syscall_errors(struct store *store, int64_t run, struct syscall_table *table,
			       struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT tid, number, error, count FROM syscall_error WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&table->errors,
			 (struct syscall_error_row){.tid = column_u32(row, 0),
						    .number = (int32_t)sqlite3_column_int64(row, 1),
						    .error = column_u32(row, 2),
						    .count = sql_u64(row, 3)});
	return r;
}

int store_read_syscalls(struct store *store, int64_t run, struct syscall_table *ret_table,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT method, window_ns, lost, cost_per_call_ns FROM syscall_trace WHERE run=?",
		"i", run);
	int r = sql_next(store, row, err);

	if (r <= 0)
		return r;
	copy_text(ret_table->method, row, 0);
	ret_table->window_ns = sql_u64(row, 1);
	ret_table->lost = sql_u64(row, 2);
	ret_table->cost_per_call_ns = sqlite3_column_double(row, 3);
	r = read_syscall_rows(store, run, ret_table, err);
	return r < 0 ? r : read_syscall_errors(store, run, ret_table, err);
}

int store_read_lenses(struct store *store, int64_t run, struct lenses *ret_lenses, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT name, is_on, cpu_ns, stop_ns, service_cpu_ns, text FROM lens WHERE run=?"
		" ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct lens lens = {.is_on = sqlite3_column_int64(row, 1) != 0,
				    .cpu_ns = sql_u64(row, 2),
				    .stop_ns = sql_u64(row, 3),
				    .service_cpu_ns = sqlite3_column_double(row, 4)};

		copy_text(lens.name, row, 0);
		copy_text(lens.text, row, 5);
		vec_push(ret_lenses, lens);
	}
	return r;
}
