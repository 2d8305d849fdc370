#include "store/store_write.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/owner.h"
#include "store/sql.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

int store_add_experiment(struct store *store, const struct store_experiment *experiment,
			 struct err *err)
{
	struct owner owner;

	owner_get_self(&owner);
	return sql_run(store, err,
		       "INSERT INTO experiment(id, kind, name, state, created_wall_ns, "
		       "command_line, plan, plan_path,"
		       " environment, primary_metric, seed, owner_pid, owner_start, owner_boot)"
		       " VALUES(?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "sssisssssiiis", experiment->id, experiment->kind, experiment->name,
		       (int64_t)experiment->created_wall_ns, experiment->command_line,
		       experiment->plan, experiment->plan_path, experiment->environment,
		       experiment->primary_metric, (int64_t)experiment->seed, owner.pid,
		       owner.start, owner.boot);
}

/* -EBUSY while a live process writes it. */
static int check_not_running(struct store *store, const char *id, struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err,
			  "SELECT owner_pid, owner_start, owner_boot FROM experiment WHERE id=? "
			  "AND state='running'",
			  "s", id);
	struct owner owner = {0};
	int r = sql_next(store, statement, err);

	if (r <= 0)
		return r;
	owner.pid = sqlite3_column_int64(statement, 0);
	owner.start = sqlite3_column_int64(statement, 1);
	strncpy(owner.boot, sql_text(statement, 2), sizeof(owner.boot) - 1);
	if (owner_is_alive(&owner) && owner.pid != getpid())
		return err_set(err, -EBUSY, "experiment %s is running (pid %lld); end it first", id,
			       (long long)owner.pid);
	return 0;
}

int store_reopen_experiment(struct store *store, const char *id, struct err *err)
{
	struct owner owner;
	int r = check_not_running(store, id, err);

	if (r < 0)
		return r;
	owner_get_self(&owner);
	return sql_run(store, err,
		       "UPDATE experiment SET state='running', owner_pid=?, owner_start=?, "
		       "owner_boot=? WHERE id=?",
		       "iiss", owner.pid, owner.start, owner.boot, id);
}

int store_end_experiment(struct store *store, const char *id, enum run_state state, struct err *err)
{
	return sql_run(store, err, "UPDATE experiment SET state=? WHERE id=?", "ss",
		       run_state_name(state), id);
}

int store_add_run(struct store *store, const struct run_record *run, int64_t *ret_key,
		  struct err *err)
{
	int r = sql_run(store, err,
			"INSERT INTO run(experiment, number, arm, arm_place, pair, state,"
			" started_wall_ns) VALUES(?, ?, ?, ?, ?, ?, ?)",
			"sisiisi", run->experiment, (int64_t)run->number, run->arm,
			(int64_t)run->arm_place, (int64_t)run->pair, run_state_name(run->state),
			(int64_t)run->started_wall_ns);

	if (r == 0)
		*ret_key = sqlite3_last_insert_rowid(store->db);
	return r;
}

static int write_phases(struct store *store, int64_t run, const struct run_record *record,
			struct err *err)
{
	int r = 0;

	for (int i = 0; i < PHASE_COUNT && r == 0; i++) {
		if (record->phase_begin_ns[i] == 0)
			continue;
		r = sql_run(store, err,
			    "INSERT INTO phase(run, name, begin_ns, end_ns) VALUES(?, ?, ?, "
			    "nullif(?, 0))"
			    " ON CONFLICT(run, name) DO UPDATE SET begin_ns=excluded.begin_ns, "
			    "end_ns=excluded.end_ns",
			    "isii", run, phase_name((enum phase)i),
			    (int64_t)record->phase_begin_ns[i], (int64_t)record->phase_end_ns[i]);
	}
	return r;
}

int store_update_run(struct store *store, int64_t run, const struct run_record *record,
		     struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	r = sql_run(store, err, "UPDATE run SET state=?, failure=? WHERE key=?", "ssi",
		    run_state_name(record->state), record->failure, run);
	if (r == 0)
		r = write_phases(store, run, record, err);
	return sql_end(store, r, err);
}

int store_set_validity(struct store *store, int64_t run, enum validity validity,
		       const char *reasons, struct err *err)
{
	return sql_run(store, err, "UPDATE run SET validity=?, reasons=? WHERE key=?", "ssi",
		       validity_name(validity), reasons, run);
}

int store_add_request_names(struct store *store, int64_t run,
			    const struct store_request_name *names, uint32_t count, struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = sql_run(store, err,
			    "INSERT INTO request_name(run, id, name, method) VALUES(?, ?, ?, ?)",
			    "iiss", run, (int64_t)i, names[i].name, names[i].method);
	return sql_end(store, r, err);
}

static int write_series(struct store *store, int64_t run, size_t id, const struct series *series,
			uint32_t from, struct err *err)
{
	int r = from > 0 ? 0
			 : sql_run(store, err, "INSERT INTO series VALUES(?,?,?,?,?)", "iisss", run,
				   (int64_t)id, series->name, series->scope,
				   series_unit_name(series->unit));

	for (size_t i = from; i < series->points.count && r == 0; i++)
		r = sql_run(store, err, "INSERT OR REPLACE INTO point VALUES(?,?,?,?)", "iiid", run,
			    (int64_t)id, (int64_t)series->points.items[i].time_ns,
			    series->points.items[i].value);
	return r;
}

int store_add_series(struct store *store, int64_t run, const struct series_list *list,
		     struct store_series_cursor *cursor, struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count && r == 0; i++) {
		while (cursor->written.count <= i)
			vec_push(&cursor->written, 0u);
		if (list->items[i].points.count > cursor->written.items[i])
			r = write_series(store, run, i, &list->items[i], cursor->written.items[i],
					 err);
	}
	r = sql_end(store, r, err);
	for (size_t i = 0; i < list->count && r == 0; i++)
		cursor->written.items[i] = (uint32_t)list->items[i].points.count;
	return r;
}

int store_add_metrics(struct store *store, int64_t run, const struct metric_value *metrics,
		      size_t count, struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count && r == 0; i++)
		r = sql_run(store, err, "INSERT OR REPLACE INTO metric VALUES(?,?,?,?)", "issd",
			    run, metrics[i].name, metrics[i].scope, metrics[i].value);
	return sql_end(store, r, err);
}

int store_add_output(struct store *store, int64_t run, const char *service, uint64_t bytes,
		     const void *tail, size_t length, struct err *err)
{
	return sql_run(store, err, "INSERT OR REPLACE INTO output VALUES(?,?,?,?)", "isib", run,
		       service, (int64_t)bytes, length > 0 ? tail : "", length);
}

int store_set_tag(struct store *store, const char *name, const char *experiment, const char *rest,
		  struct err *err)
{
	return sql_run(store, err, "INSERT OR REPLACE INTO tag VALUES(?,?,?)", "sss", name,
		       experiment, rest);
}

int store_remove_tag(struct store *store, const char *name, struct err *err)
{
	int r = sql_run(store, err, "DELETE FROM tag WHERE name=?", "s", name);

	if (r == 0 && sqlite3_changes(store->db) == 0)
		return err_set(err, -ENOENT, "there is no tag '%s' in %s", name, store->path);
	return r;
}

int store_add_note(struct store *store, const char *experiment, const char *text, struct err *err)
{
	return sql_run(store, err, "INSERT INTO note VALUES(?,?,?)", "sis", experiment,
		       (int64_t)clock_wall_ns(), text);
}

int store_remove_experiment(struct store *store, const char *id, struct err *err)
{
	int r = check_not_running(store, id, err);

	return r < 0 ? r : sql_run(store, err, "DELETE FROM experiment WHERE id=?", "s", id);
}
