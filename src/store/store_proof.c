#include "store/store_proof.h"

#include <errno.h>
#include <string.h>

#include "store/sql.h"

/* ---- arms ---- */

static int set_arm(struct store *store, const char *experiment, const struct arm_source *arm,
		   struct err *err)
{
	return sql_run(store, err, "INSERT OR REPLACE INTO arm VALUES(?,?,?,?,?,?,?,?,?,?)",
		       "sissssssss", experiment, (int64_t)arm->place, arm->name,
		       arm_kind_name(arm->kind), arm->word, arm->revision, arm->subject,
		       arm->content, arm->patch, arm->vars);
}

int store_set_arms(struct store *store, const char *experiment, const struct arm_source *arms,
		   uint32_t count, struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = set_arm(store, experiment, &arms[i], err);
	return sql_end(store, r, err);
}

static int read_arm(const struct store *store, sqlite3_stmt *row, struct arena *arena,
		    struct arm_source *arm, struct err *err)
{
	*arm = (struct arm_source){.place = (uint32_t)sqlite3_column_int64(row, 0),
				   .name = arena_strdup(arena, sql_text(row, 1)),
				   .word = arena_strdup(arena, sql_text(row, 3)),
				   .revision = arena_strdup(arena, sql_text(row, 4)),
				   .subject = arena_strdup(arena, sql_text(row, 5)),
				   .content = arena_strdup(arena, sql_text(row, 6)),
				   .patch = arena_strdup(arena, sql_text(row, 7)),
				   .vars = arena_strdup(arena, sql_text(row, 8))};
	if (!arm_kind_parse(&arm->kind, sql_text(row, 2)))
		return err_set(err, -EBADMSG, "%s: arm '%s' is of an unknown kind '%s'",
			       store->file, arm->name, sql_text(row, 2));
	return 0;
}

int store_list_arms(struct store *store, struct arena *arena, const char *experiment,
		    struct arm_source **ret_arms, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT place, name, kind, word, revision, subject, content, patch, vars"
			  " FROM arm WHERE experiment=? ORDER BY place",
			  "s", experiment);
	VEC(struct arm_source) arms = {0};
	int r;

	while ((r = sql_next(store, row, err)) == 1) {
		struct arm_source arm;

		r = read_arm(store, row, arena, &arm, err);
		if (r < 0)
			break;
		vec_push(&arms, arm);
	}
	if (r == 0)
		sql_move_to_arena(arena, arms, ret_arms, ret_count);
	vec_release(&arms);
	return r;
}

/* ---- proofs ---- */

static const enum verdict verdicts[] = {VERDICT_NONE, VERDICT_REGRESSED, VERDICT_IMPROVED,
					VERDICT_EQUIVALENT, VERDICT_INCONCLUSIVE};

/* What it does not know is no verdict: of a newer sonde, or damaged. */
static enum verdict parse_verdict(const char *text)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strcmp(verdict_name(verdicts[i]), text) == 0)
			return verdicts[i];
	return VERDICT_NONE;
}

int store_set_proof(struct store *store, const struct proof_record *proof, struct err *err)
{
	return sql_run(store, err,
		       "INSERT OR REPLACE INTO proof VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		       "ssdiiiiiiiiiss", proof->experiment, proof->command, proof->delta,
		       (int64_t)proof->first, (int64_t)proof->step, (int64_t)proof->last,
		       (int64_t)proof->max_time_ns, (int64_t)proof->is_null, (int64_t)proof->pairs,
		       (int64_t)proof->rejected, (int64_t)proof->measured_ns,
		       (int64_t)proof->extended, verdict_name(proof->verdict), proof->end);
}

int store_read_proof(struct store *store, struct arena *arena, const char *experiment,
		     struct proof_record *ret_proof, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT experiment, command, delta, first, step, last, max_time_ns,"
		" is_null, pairs, rejected, measured_ns, verdict, end, extended FROM proof"
		" WHERE experiment=?",
		"s", experiment);
	int r = sql_next(store, row, err);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_proof = (struct proof_record){
		.experiment = arena_strdup(arena, sql_text(row, 0)),
		.command = arena_strdup(arena, sql_text(row, 1)),
		.delta = sqlite3_column_double(row, 2),
		.first = (uint32_t)sqlite3_column_int64(row, 3),
		.step = (uint32_t)sqlite3_column_int64(row, 4),
		.last = (uint32_t)sqlite3_column_int64(row, 5),
		.max_time_ns = sql_u64(row, 6),
		.is_null = sqlite3_column_int64(row, 7) != 0,
		.pairs = (uint32_t)sqlite3_column_int64(row, 8),
		.rejected = (uint32_t)sqlite3_column_int64(row, 9),
		.measured_ns = sql_u64(row, 10),
		.verdict = parse_verdict(sql_text(row, 11)),
		.end = arena_strdup(arena, sql_text(row, 12)),
		.extended = (uint32_t)sqlite3_column_int64(row, 13),
	};
	return 0;
}

/* ---- what A/A proofs found ---- */

int store_add_nulls(struct store *store, const struct stored_null *nulls, uint32_t count,
		    struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = sql_run(store, err,
			    "INSERT INTO null_estimate(machine, plan, metric, scope, pairs,"
			    " estimate, wall_ns) VALUES(?,?,?,?,?,?,?)",
			    "ssssidi", nulls[i].machine, nulls[i].plan, nulls[i].metric,
			    nulls[i].scope, (int64_t)nulls[i].pairs, nulls[i].estimate,
			    (int64_t)nulls[i].wall_ns);
	return sql_end(store, r, err);
}

int store_list_nulls(struct store *store, struct arena *arena, const char *machine,
		     const char *plan, struct stored_null **ret_nulls, uint32_t *ret_count,
		     struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT metric, scope, pairs, estimate, wall_ns FROM null_estimate"
			  " WHERE machine=? AND plan=? ORDER BY key",
			  "ss", machine, plan);
	VEC(struct stored_null) nulls = {0};
	int r;

	machine = arena_strdup(arena, machine);
	plan = arena_strdup(arena, plan);
	while ((r = sql_next(store, row, err)) == 1) {
		struct stored_null null = {.machine = machine,
					   .plan = plan,
					   .metric = arena_strdup(arena, sql_text(row, 0)),
					   .scope = arena_strdup(arena, sql_text(row, 1)),
					   .pairs = (uint32_t)sqlite3_column_int64(row, 2),
					   .estimate = sqlite3_column_double(row, 3),
					   .wall_ns = sql_u64(row, 4)};

		vec_push(&nulls, null);
	}
	if (r == 0)
		sql_move_to_arena(arena, nulls, ret_nulls, ret_count);
	vec_release(&nulls);
	return r;
}

/* ---- baselines ---- */

int store_add_baseline(struct store *store, const struct stored_baseline *baseline, struct err *err)
{
	return sql_run(store, err,
		       "INSERT INTO baseline(plan, experiment, arm, who, note, revision, machine,"
		       " verdict, is_forced, wall_ns) VALUES(?,?,?,?,?,?,?,?,?,?)",
		       "ssssssssii", baseline->plan, baseline->experiment, baseline->arm,
		       baseline->who, baseline->note, baseline->revision, baseline->machine,
		       verdict_name(baseline->verdict), (int64_t)baseline->is_forced,
		       (int64_t)baseline->wall_ns);
}

int store_list_baselines(struct store *store, struct arena *arena, const char *plan,
			 struct stored_baseline **ret_list, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT plan, experiment, arm, who, note, revision, machine, verdict,"
			  " is_forced, wall_ns FROM baseline WHERE ?1 IS NULL OR plan=?1"
			  " ORDER BY key DESC",
			  "s", plan);
	VEC(struct stored_baseline) list = {0};
	int r;

	while ((r = sql_next(store, row, err)) == 1) {
		struct stored_baseline baseline = {
			.plan = arena_strdup(arena, sql_text(row, 0)),
			.experiment = arena_strdup(arena, sql_text(row, 1)),
			.arm = arena_strdup(arena, sql_text(row, 2)),
			.who = arena_strdup(arena, sql_text(row, 3)),
			.note = arena_strdup(arena, sql_text(row, 4)),
			.revision = arena_strdup(arena, sql_text(row, 5)),
			.machine = arena_strdup(arena, sql_text(row, 6)),
			.verdict = parse_verdict(sql_text(row, 7)),
			.is_forced = sqlite3_column_int64(row, 8) != 0,
			.wall_ns = sql_u64(row, 9)};

		vec_push(&list, baseline);
	}
	if (r == 0)
		sql_move_to_arena(arena, list, ret_list, ret_count);
	vec_release(&list);
	return r;
}

/* ---- rejected runs ---- */

int store_set_rejected(struct store *store, int64_t run, const char *why, struct err *err)
{
	return sql_run(store, err, "UPDATE run SET rejected=? WHERE key=?", "si", why, run);
}
