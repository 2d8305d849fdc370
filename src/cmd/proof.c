#include "cmd/proof.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/again.h"
#include "cmd/cmd.h"
#include "lab/cpu_split.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "view/comparability.h"
#include "view/core_speed.h"

/* What the decision after each pair needs. */
struct decision {
	struct session *session;
	const struct proof_settings *settings;
	struct proof_record *record;
	double level;
};

static struct run_diff_options get_options(const struct proof_settings *settings, double level)
{
	return (struct run_diff_options){
		.delta = settings->delta, .level = level, .primary = settings->primary};
}

static bool is_conclusive(enum verdict verdict)
{
	return verdict == VERDICT_REGRESSED || verdict == VERDICT_IMPROVED ||
	       verdict == VERDICT_EQUIVALENT;
}

/* An A/A proof: whatever it found is chance, or this machine's noise. */
static int keep_nulls(struct session *session, const struct stored_experiment *experiment,
		      const struct run_diff *diff, struct err *err)
{
	struct stored_null *nulls = alloc_array(diff->metric_count + 1, sizeof(*nulls));
	const char *machine;
	struct arena arena;
	uint32_t count = 0;
	int r;

	arena_init(&arena);
	machine = comparability_get_machine(&arena, experiment->environment);
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];
		bool is_ratio = metric->info->scale == METRIC_LOG_RATIO;

		if (!metric->has_estimate || !isfinite(metric->estimate))
			continue;
		nulls[count++] = (struct stored_null){.machine = machine,
						      .plan = experiment->name,
						      .metric = metric->info->name,
						      .scope = metric->scope,
						      .pairs = metric->n_base,
						      .estimate = is_ratio ? log(metric->estimate)
									   : metric->estimate,
						      .wall_ns = clock_wall_ns()};
	}
	r = store_add_nulls(session->store, nulls, count, err);
	arena_release(&arena);
	free(nulls);
	return r;
}

/*
 * The verdict of what is in the store now. An A/A proof keeps what it found at its first look,
 * before anybody decides whether to go on: those that stop early are the lucky ones.
 */
static int look(const struct decision *decision, enum verdict *ret_verdict, struct err *err)
{
	bool is_first = decision->record->pairs == decision->settings->looks.first;
	const struct run_diff_options options = get_options(decision->settings, decision->level);
	scoped(selection_cleanup) struct selection selection = {0};
	struct run_diff diff;
	struct arena arena;
	int r = selection_open(&selection, decision->session->store_path,
			       decision->session->outcome.experiment, err);

	if (r < 0)
		return r;
	arena_init(&arena);
	if (selection.arm_count < 2)
		r = err_set(err, -EBADMSG, "the proof has lost a side");
	else
		r = run_diff_read(&diff, &arena, &selection, 0, &selection, 1, &options, err);
	if (r == 0)
		*ret_verdict = diff.verdict;
	if (r == 0 && decision->record->is_null && is_first)
		r = keep_nulls(decision->session, &selection.experiment, &diff, err);
	arena_release(&arena);
	return r;
}

static int store_progress(const struct decision *decision, struct err *err)
{
	struct proof_record *record = decision->record;
	const struct lab_outcome *outcome = &decision->session->outcome;

	record->experiment = outcome->experiment;
	record->rejected = decision->settings->before.rejected + outcome->pairs_rejected;
	record->measured_ns = decision->settings->before.measured_ns + outcome->measured_ns;
	return store_set_proof(decision->session->store, record, err);
}

/* Who is killed in the first pair has a proof to go on with, too. */
static int begin(void *context, struct err *err)
{
	return store_progress(context, err);
}

static int decide(void *context, uint32_t pairs, enum lab_next *ret_next, struct err *err)
{
	struct decision *decision = context;
	int r = 0;

	decision->record->pairs = pairs;
	if (sequential_is_look(&decision->settings->looks, pairs))
		r = look(decision, &decision->record->verdict, err);
	if (r == 0 && is_conclusive(decision->record->verdict))
		*ret_next = LAB_STOP;
	return r < 0 ? r : store_progress(decision, err);
}

static const char *name_end(int status, const struct decision *decision)
{
	if (status == CMD_INTERRUPTED)
		return "interrupted";
	if (status != CMD_OK)
		return "failed";
	if (is_conclusive(decision->record->verdict))
		return "conclusive";
	return decision->session->outcome.is_out_of_time ? "time" : "pairs";
}

static int read_result(struct proof *proof, const struct run_diff_options *options, struct err *err)
{
	const struct selection *selection = &proof->selection;
	uint32_t measured = 0;
	int r = store_list_arms(selection->store, &proof->arena, selection->experiment.id,
				&proof->arms, &proof->arm_count, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < selection->arm_count; i++)
		measured += selection->arms[i].run_count > 0;
	if (selection->arm_count < 2 || measured < 2)
		return err_set(err, -ENODATA,
			       "%s has no pair of runs that measured: nothing to say yet",
			       selection->experiment.id);
	r = run_summary_read_pair(&proof->summary, &proof->arena, selection, 0, selection, 1,
				  options, err);
	proof->core_speed = "";
	if (r == 0)
		r = core_speed_describe(&proof->core_speed, &proof->arena, selection, err);
	proof->has_result = r == 0;
	return r;
}

static struct lab_options make_options(const struct side *sides, struct lab_side *lab_sides,
				       const struct proof_settings *settings)
{
	uint32_t most = settings->most_pairs > 0 ? settings->most_pairs : settings->looks.last;

	for (int i = 0; i < 2; i++)
		lab_sides[i] = (struct lab_side){
			.source = sides[i].source, .plan = &sides[i].plan, .arm = sides[i].arm};
	return (struct lab_options){
		.plan = settings->plan,
		.kind = "prove",
		.command_line = settings->command_line,
		.experiment = settings->experiment,
		.seed = settings->seed,
		.proof = {.sides = lab_sides,
			  .side_count = 2,
			  .counted = settings->before.pairs,
			  .max_pairs = most,
			  .max_rejected = settings->is_taking_all ? 0 : most / 2 + 2,
			  .max_time_ns = settings->max_time_ns,
			  .has_padding = true,
			  .has_core_probe = true}};
}

/* What there is in the store by now, to the proof; the verdict of what was counted. */
static int conclude(struct session *session, struct decision *decision, int status,
		    struct proof *proof)
{
	const struct run_diff_options options = get_options(decision->settings, proof->level);
	struct err err = {0}, second = {0};
	int r = selection_open(&proof->selection, session->store_path, session->outcome.experiment,
			       &err);

	if (r == 0)
		r = read_result(proof, &options, &err);
	if (r == 0)
		proof->record.verdict = proof->summary.diffs[0].verdict;
	proof->record.end = name_end(status, decision);
	/* also of one without a pair: --continue goes on with it */
	if (store_progress(decision, &second) < 0 && r == 0)
		r = err_set(&err, second.code, "%s", err_text(&second));
	if (r == -ENODATA && session->outcome.is_out_of_time)
		err_set(&err, r, "--max-time is shorter than one pair: nothing was measured");
	if (r == 0 || (r == -ENODATA && status != CMD_OK))
		return status;
	r = cmd_fail(&err);
	return status != CMD_OK ? status : r;
}

/* Who goes on behind the last look has spent the error of all looks already. */
static uint32_t count_extensions(const struct proof_settings *settings)
{
	const struct proof_record *before = &settings->before;

	return before->extended + (before->last > 0 && before->pairs >= before->last);
}

int proof_run(struct session *session, const struct side *sides,
	      const struct proof_settings *settings, struct proof *proof)
{
	struct lab_side lab_sides[2];
	struct lab_options options = make_options(sides, lab_sides, settings);
	struct decision decision = {
		.session = session, .settings = settings, .record = &proof->record};
	struct err err = {0};
	int status;

	*proof = (struct proof){
		.record = {.command = settings->command,
			   .delta = settings->delta,
			   .first = settings->looks.first,
			   .step = settings->looks.step,
			   .last = settings->looks.last,
			   .max_time_ns = settings->max_time_ns,
			   .is_null = settings->experiment != NULL
					      ? settings->before.is_null
					      : side_is_same(&sides[0], &sides[1]),
			   .pairs = settings->before.pairs,
			   .extended = count_extensions(settings),
			   .end = ""},
		.level = sequential_get_level(&settings->looks, RUN_DIFF_PROOF_ERROR)};
	arena_init(&proof->arena);
	decision.level = proof->level;
	if (again_go_behind(session->store, &options, &err) < 0)
		return cmd_fail(&err);
	options.proof.begin = begin;
	options.proof.decide = decide;
	options.proof.context = &decision;
	status = session_run(session, &options);
	if (session->outcome.experiment[0] == '\0')
		return status != CMD_OK ? status : CMD_NOT_MEASURED;
	return conclude(session, &decision, status, proof);
}

int proof_read(struct proof *proof, const char *store_path, const char *word, struct err *err)
{
	struct run_diff_options options = {0};
	struct sequential looks;
	int r;

	*proof = (struct proof){0};
	arena_init(&proof->arena);
	r = selection_open(&proof->selection, store_path, word, err);
	if (r < 0)
		return r;
	r = store_read_proof(proof->selection.store, &proof->arena, proof->selection.experiment.id,
			     &proof->record, err);
	if (r == -ENOENT)
		return err_set(err, -ENODATA, "%s was made by `sonde %s` and is no proof",
			       proof->selection.experiment.id, proof->selection.experiment.kind);
	if (r < 0)
		return r;
	looks = (struct sequential){proof->record.first, proof->record.step, proof->record.last};
	if (!sequential_is_sane(&looks))
		return err_set(err, -EBADMSG, "%s: the proof's looks make no sense",
			       proof->selection.experiment.id);
	proof->level = sequential_get_level(&looks, RUN_DIFF_PROOF_ERROR);
	options.delta = proof->record.delta;
	options.level = proof->level;
	return read_result(proof, &options, err);
}

int proof_judge(const struct proof *proof)
{
	enum verdict verdict = proof->has_result ? proof->summary.diffs[0].verdict : VERDICT_NONE;

	if (verdict == VERDICT_REGRESSED)
		return CMD_BAD_ANSWER;
	return is_conclusive(verdict) ? CMD_OK : CMD_NO_ANSWER;
}

void proof_release(struct proof *proof)
{
	run_summary_release(&proof->summary);
	selection_release(&proof->selection);
	arena_release(&proof->arena);
}

int proof_pin(struct plan *plan, struct err *err)
{
	struct cpu_split split;
	struct procfs fs;
	int r = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 4)
		return 0;
	for (uint32_t i = 0; i < plan->service_count; i++)
		if (plan->services[i].cpus != NULL || plan->services[i].attach != NULL)
			return 0;
	if (proc_file_init(&fs, "") < 0 || cpu_split_propose(&fs, &split) < 0 ||
	    split.services[0] == '\0')
		return 0;
	for (uint32_t i = 0; i < plan->service_count && r == 0; i++) {
		scoped_free char *key = alloc_printf("services/%u/cpus", i);

		r = plan_set(plan, key, split.services, err);
	}
	if (r == 0)
		r = plan_update(plan, err);
	if (r == 0)
		fprintf(stderr,
			"sonde: services on CPUs %s, the load on %s (cpus: in the plan says "
			"otherwise)\n",
			split.services, split.generator);
	return r;
}
