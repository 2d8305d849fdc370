#include "store/store_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/owner.h"
#include "store/sql.h"
#include "util/alloc.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "util/vec.h"

static enum run_state parse_state(const char *text)
{
	for (int state = RUN_RUNNING; state <= RUN_FAILED; state++)
		if (strcmp(text, run_state_name((enum run_state)state)) == 0)
			return (enum run_state)state;
	return RUN_FAILED;
}

/* "running" without a live owner reads as interrupted. */
static enum run_state honest_state(const char *text, int64_t pid, int64_t start, const char *boot)
{
	enum run_state state = parse_state(text);
	struct owner owner = {.pid = pid, .start = start};

	snprintf(owner.boot, sizeof(owner.boot), "%s", boot);
	return state == RUN_RUNNING && !owner_is_alive(&owner) ? RUN_INTERRUPTED : state;
}

#define EXPERIMENT_COLUMNS                                                                         \
	"SELECT e.id, e.kind, e.name, e.command_line, e.plan, e.plan_path, e.environment,"         \
	" e.primary_metric, e.state, e.created_wall_ns, e.seed, e.owner_pid, e.owner_start,"       \
	" e.owner_boot, (SELECT count(*) FROM run WHERE experiment=e.id),"                         \
	" (SELECT group_concat(arm, ', ') FROM (SELECT arm FROM run WHERE experiment=e.id"         \
	" GROUP BY arm ORDER BY min(arm_place))),"                                                 \
	" (SELECT group_concat(name, ', ') FROM tag WHERE experiment=e.id) FROM experiment e "

static void fill_experiment(struct arena *arena, sqlite3_stmt *row, struct stored_experiment *out)
{
	out->id = arena_strdup(arena, sql_text(row, 0));
	out->kind = arena_strdup(arena, sql_text(row, 1));
	out->name = arena_strdup(arena, sql_text(row, 2));
	out->command_line = arena_strdup(arena, sql_text(row, 3));
	out->plan = arena_strdup(arena, sql_text(row, 4));
	out->plan_path = arena_strdup(arena, sql_text(row, 5));
	out->environment = arena_strdup(arena, sql_text(row, 6));
	out->primary_metric = arena_strdup(arena, sql_text(row, 7));
	out->state = honest_state(sql_text(row, 8), sqlite3_column_int64(row, 11),
				  sqlite3_column_int64(row, 12), sql_text(row, 13));
	out->created_wall_ns = sql_u64(row, 9);
	out->seed = sql_u64(row, 10);
	out->run_count = (uint32_t)sqlite3_column_int64(row, 14);
	out->arms = arena_strdup(arena, sql_text(row, 15));
	out->tags = arena_strdup(arena, sql_text(row, 16));
}

int store_list_experiments(struct store *store, struct arena *arena,
			   struct stored_experiment **ret_list, uint32_t *ret_count,
			   struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, EXPERIMENT_COLUMNS "ORDER BY e.created_wall_ns DESC, e.id", "");
	VEC(struct stored_experiment) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct stored_experiment experiment;

		fill_experiment(arena, row, &experiment);
		vec_push(&list, experiment);
	}
	sql_move_to_arena(arena, list, ret_list, ret_count);
	return r;
}

/* One experiment by an SQL condition; 1 found, 0 none. */
static int read_one(struct store *store, struct arena *arena, struct stored_experiment *out,
		    struct err *err, const char *sql, const char *argument, int64_t number)
{
	scoped_statement sqlite3_stmt *row = argument != NULL
						     ? sql_query(store, err, sql, "s", argument)
						     : sql_query(store, err, sql, "i", number);
	int r = sql_next(store, row, err);

	if (r == 1)
		fill_experiment(arena, row, out);
	return r;
}

static int find_recent(struct store *store, struct arena *arena, const char *word,
		       struct stored_experiment *out, struct err *err)
{
	uint64_t back = 0;
	int r;

	if (strcmp(word, "@last") != 0 && (word[1] != '-' || parse_u64(word + 2, &back) < 0))
		return err_set(
			err, -EINVAL,
			"'%s' is not known: @last is the last experiment, @-1 the one before",
			word);
	r = read_one(store, arena, out, err,
		     EXPERIMENT_COLUMNS "ORDER BY e.created_wall_ns DESC, e.id LIMIT 1 OFFSET ?",
		     NULL, back < INT32_MAX ? (int64_t)back : INT32_MAX);
	if (r != 0)
		return r < 0 ? r : 0;
	return err_set(err, -ENOENT,
		       "%s has no experiment for %s yet; `sonde run` and `sonde load` make one",
		       store->path, word);
}

static int find_prefix(struct store *store, struct arena *arena, const char *word,
		       struct stored_experiment *out, struct err *err)
{
	scoped_free char *pattern = alloc_printf("%s*", word);
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, EXPERIMENT_COLUMNS "WHERE e.id GLOB ? ORDER BY e.created_wall_ns DESC",
		"s", pattern);
	struct strbuf others;
	uint32_t count = 0;
	int r = sql_next(store, row, err);

	strbuf_init(&others, 512);
	for (; r == 1; r = sql_next(store, row, err)) {
		if (count++ == 0)
			fill_experiment(arena, row, out);
		strbuf_addf(&others, " %s", sql_text(row, 0));
	}
	if (r == 0 && count > 1)
		r = err_set(err, -ENOTUNIQ, "'%s' begins several ids:%s", word,
			    strbuf_text(&others));
	strbuf_release(&others);
	return r < 0 ? r : count > 0 ? 1 : 0;
}

/* Names the nearest tag or id when there is one. */
static int not_found(struct store *store, const char *word, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, NULL, "SELECT name FROM tag UNION ALL SELECT id FROM experiment", "");
	scoped_free char *nearest = NULL;
	unsigned best = 3;

	while (row != NULL && sql_next(store, row, NULL) == 1) {
		unsigned distance = parse_edit_distance(word, sql_text(row, 0));

		if (distance < best) {
			best = distance;
			free(nearest);
			nearest = alloc_strdup(sql_text(row, 0));
		}
	}
	if (nearest != NULL)
		return err_set(err, -ENOENT, "no run '%s' in %s; did you mean '%s'?", word,
			       store->path, nearest);
	return err_set(err, -ENOENT, "no run '%s' in %s; `sonde list` shows what there is", word,
		       store->path);
}

int store_find_experiment(struct store *store, struct arena *arena, const char *word,
			  struct stored_experiment *ret_experiment, const char **ret_rest,
			  struct err *err)
{
	scoped_statement sqlite3_stmt *tag =
		sql_query(store, err, "SELECT experiment, rest FROM tag WHERE name=?", "s", word);
	int r = sql_next(store, tag, err);

	if (ret_rest != NULL)
		*ret_rest = "";
	if (r < 0)
		return r;
	if (word[0] == '@')
		return find_recent(store, arena, word, ret_experiment, err);
	if (r == 1 && ret_rest != NULL)
		*ret_rest = arena_strdup(arena, sql_text(tag, 1));
	r = r == 1 ? read_one(store, arena, ret_experiment, err, EXPERIMENT_COLUMNS "WHERE e.id=?",
			      sql_text(tag, 0), 0)
	    : experiment_id_is_prefix(word) ? find_prefix(store, arena, word, ret_experiment, err)
					    : 0;
	if (r < 0)
		return r;
	return r == 1 ? 0 : not_found(store, word, err);
}

static int read_phases(struct store *store, struct stored_run *run, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT name, begin_ns, end_ns FROM phase WHERE run=?", "i", run->key);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		for (int phase = 0; phase < PHASE_COUNT; phase++) {
			if (strcmp(phase_name((enum phase)phase), sql_text(row, 0)) != 0)
				continue;
			run->record.phase_begin_ns[phase] = sql_u64(row, 1);
			run->record.phase_end_ns[phase] = sql_u64(row, 2);
		}
	}
	return r;
}

static void fill_run(struct arena *arena, sqlite3_stmt *row, const char *experiment,
		     struct stored_run *run)
{
	const char *validity = sql_text(row, 7);

	*run = (struct stored_run){.key = sqlite3_column_int64(row, 0)};
	snprintf(run->record.experiment, sizeof(run->record.experiment), "%s", experiment);
	run->record.number = (uint32_t)sqlite3_column_int64(row, 1);
	snprintf(run->record.arm, sizeof(run->record.arm), "%s", sql_text(row, 2));
	run->record.pair = (uint32_t)sqlite3_column_int64(row, 3);
	run->record.arm_place = (uint32_t)sqlite3_column_int64(row, 12);
	run->record.state = honest_state(sql_text(row, 4), sqlite3_column_int64(row, 9),
					 sqlite3_column_int64(row, 10), sql_text(row, 11));
	run->record.started_wall_ns = sql_u64(row, 5);
	snprintf(run->record.failure, sizeof(run->record.failure), "%s", sql_text(row, 6));
	run->has_validity = validity[0] != '\0';
	run->validity = strcmp(validity, "REFUSED") == 0   ? VALIDITY_REFUSED
			: strcmp(validity, "SUSPECT") == 0 ? VALIDITY_SUSPECT
							   : VALIDITY_VALID;
	run->reasons = arena_strdup(arena, sql_text(row, 8));
	run->rejected = arena_strdup(arena, sql_text(row, 13));
}

int store_list_runs(struct store *store, struct arena *arena, const char *experiment,
		    struct stored_run **ret_runs, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT r.key, r.number, r.arm, r.pair, r.state, r.started_wall_ns, "
			  "r.failure, r.validity, r.reasons,"
			  " e.owner_pid, e.owner_start, e.owner_boot, r.arm_place, r.rejected"
			  " FROM run r JOIN experiment e "
			  "ON e.id=r.experiment"
			  " WHERE r.experiment=? ORDER BY r.number",
			  "s", experiment);
	VEC(struct stored_run) runs = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct stored_run run;

		fill_run(arena, row, experiment, &run);
		vec_push(&runs, run);
	}
	for (size_t i = 0; i < runs.count && r == 0; i++)
		r = read_phases(store, &runs.items[i], err);
	sql_move_to_arena(arena, runs, ret_runs, ret_count);
	return r;
}

int store_list_metrics(struct store *store, struct arena *arena, int64_t run,
		       struct metric_value **ret_metrics, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT name, scope, value FROM metric WHERE run=?", "i", run);
	VEC(struct metric_value) metrics = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct metric_value metric = {.value = sqlite3_column_double(row, 2)};

		snprintf(metric.name, sizeof(metric.name), "%s", sql_text(row, 0));
		snprintf(metric.scope, sizeof(metric.scope), "%s", sql_text(row, 1));
		vec_push(&metrics, metric);
	}
	sql_move_to_arena(arena, metrics, ret_metrics, ret_count);
	return r;
}

int store_list_names(struct store *store, struct arena *arena, int64_t run,
		     struct stored_name **ret_names, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT id, name, method FROM request_name WHERE run=? ORDER BY id",
		"i", run);
	VEC(struct stored_name) names = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&names,
			 (struct stored_name){.id = (uint32_t)sqlite3_column_int64(row, 0),
					      .name = arena_strdup(arena, sql_text(row, 1)),
					      .method = arena_strdup(arena, sql_text(row, 2))});
	sql_move_to_arena(arena, names, ret_names, ret_count);
	return r;
}

static enum series_unit parse_unit(const char *text)
{
	for (int unit = SERIES_RATIO; unit <= SERIES_NS; unit++)
		if (strcmp(series_unit_name((enum series_unit)unit), text) == 0)
			return (enum series_unit)unit;
	return SERIES_COUNT;
}

int store_read_series(struct store *store, int64_t run, struct series_list *list, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT s.name, s.scope, s.unit, p.time_ns, p.value FROM series s JOIN point p"
		" ON p.run=s.run AND p.series=s.id WHERE s.run=? ORDER BY s.id, p.time_ns",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		series_list_add(list, sql_text(row, 0), sql_text(row, 1),
				parse_unit(sql_text(row, 2)), sql_u64(row, 3),
				sqlite3_column_double(row, 4));
	return r;
}

int store_list_outputs(struct store *store, struct arena *arena, int64_t run,
		       struct stored_output **ret_outputs, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT service, bytes, tail FROM output WHERE run=?", "i", run);
	VEC(struct stored_output) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		const char *tail = sqlite3_column_blob(row, 2);
		size_t length = (size_t)sqlite3_column_bytes(row, 2);

		vec_push(&list,
			 (struct stored_output){
				 .service = arena_strdup(arena, sql_text(row, 0)),
				 .bytes = sql_u64(row, 1),
				 .tail = arena_strndup(arena, tail != NULL ? tail : "", length),
				 .tail_length = length});
	}
	sql_move_to_arena(arena, list, ret_outputs, ret_count);
	return r;
}

int store_list_notes(struct store *store, struct arena *arena, const char *experiment,
		     struct stored_note **ret_notes, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT wall_ns, text FROM note WHERE experiment=? ORDER BY wall_ns",
		"s", experiment);
	VEC(struct stored_note) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&list,
			 (struct stored_note){.wall_ns = sql_u64(row, 0),
					      .text = arena_strdup(arena, sql_text(row, 1))});
	sql_move_to_arena(arena, list, ret_notes, ret_count);
	return r;
}
