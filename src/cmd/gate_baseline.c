/*
 * `gate` and `gate --baseline FILE.sonde`: the plan is run now, and held against runs of before,
 * which must be of this machine and load.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/again.h"
#include "cmd/cmd.h"
#include "cmd/gate.h"
#include "cmd/home.h"
#include "cmd/look.h"
#include "lab/environment.h"
#include "lab/target.h"
#include "stats/rank.h"
#include "util/alloc.h"
#include "util/clock.h"

static int find_accepted(struct gate *gate, struct stored_baseline *ret_baseline, struct err *err)
{
	int r = track_view_find_baseline(gate->session.store, &gate->arena, gate->plan.name,
					 ret_baseline, err);

	if (r != -ENOENT)
		return r;
	return err_set(err, -ENODATA,
		       "nothing was accepted as the baseline of %s in %s yet: `sonde run` and "
		       "`sonde accept @last --note \"…\"`, or --against REV, which needs none",
		       gate->plan.name, gate->session.store_path);
}

/* What selection_open() finds it by; the arena's. */
static const char *make_word(struct gate *gate, const struct stored_baseline *baseline)
{
	if (gate->args->baseline != NULL)
		return gate->args->baseline;
	return baseline->arm[0] == '\0'
		       ? baseline->experiment
		       : arena_printf(&gate->arena, "%s/%s", baseline->experiment, baseline->arm);
}

/* The rest is compared when there is a head; nobody is to wait minutes for this answer. */
static int check_machine(struct gate *gate, const struct selection *base, struct err *err)
{
	const char *directory = gate->plan.directory != NULL ? gate->plan.directory : ".";
	scoped_free char *environment = environment_read(directory, home_version());
	const char *here = comparability_get_machine(&gate->arena, environment);
	const char *there = comparability_get_machine(&gate->arena, base->experiment.environment);

	if (there[0] == '\0' || here[0] == '\0' || strcmp(there, here) == 0)
		return 0;
	return err_set(err, -ENODATA,
		       "it was measured on another machine (%s; this one is %s): --against REV "
		       "measures both sides here",
		       there, here);
}

/* Before anything is measured: what it is to be held against. Its texts are the arena's. */
static int find_base(struct gate *gate, struct stored_baseline *ret_baseline, struct err *err)
{
	scoped(selection_cleanup) struct selection base = {0};
	const char *word;
	int r = 0;

	*ret_baseline = (struct stored_baseline){.plan = gate->plan.name,
						 .experiment = "",
						 .arm = "",
						 .who = "",
						 .note = "",
						 .revision = "",
						 .machine = ""};
	if (gate->args->baseline == NULL)
		r = find_accepted(gate, ret_baseline, err);
	if (r < 0)
		return r;
	word = make_word(gate, ret_baseline);
	r = selection_open(&base, gate->session.store_path, word, err);
	if (r == 0 && base.arm_count == 0)
		r = err_set(err, -ENODATA, "%s has no runs", word);
	if (r == 0)
		r = check_machine(gate, &base, err);
	if (r < 0) {
		const char *why = arena_strdup(&gate->arena, err_text(err));

		return err_set(err, -ENODATA, "no baseline to compare with: %s: %s", word, why);
	}
	if (gate->args->baseline != NULL) {
		ret_baseline->experiment = arena_strdup(&gate->arena, base.experiment.id);
		ret_baseline->wall_ns = base.experiment.created_wall_ns;
	}
	return 0;
}

/* With fewer than four runs a side there is no verdict. */
static int run_plan(struct gate *gate, const char *experiment)
{
	struct lab_options options = {.plan = &gate->plan,
				      .kind = "run",
				      .command_line = gate->command_line,
				      .seed = gate->args->prove.seed,
				      .experiment = experiment};
	uint64_t begin_ns = clock_now_ns();
	struct err err = {0};
	int status;

	if (again_go_behind(gate->session.store, &options, &err) < 0)
		return cmd_fail(&err);
	status = session_run(&gate->session, &options);
	gate->result.measured_ns += clock_now_ns() - begin_ns;
	return status;
}

/* Of all arms, each once. */
static void add_differences(struct gate *gate, const struct comparability *compared)
{
	struct gate_result *result = &gate->result;
	struct comparability_difference *all = arena_alloc(
		&gate->arena, result->difference_count + compared->count + 1ull, sizeof(*all));
	uint32_t count = 0;

	for (; count < result->difference_count; count++)
		all[count] = result->differences[count];
	for (uint32_t i = 0; i < compared->count; i++) {
		const struct comparability_difference *one = &compared->differences[i];
		bool is_there = false;

		for (uint32_t j = 0; j < count; j++)
			is_there |= strcmp(all[j].what, one->what) == 0 &&
				    strcmp(all[j].base, one->base) == 0 &&
				    strcmp(all[j].head, one->head) == 0;
		if (!is_there)
			all[count++] = *one;
	}
	result->differences = all;
	result->difference_count = count;
}

static int fill(struct gate *gate, struct err *err)
{
	const struct track_view *view = &gate->tracked.view;
	struct gate_side *sides = arena_alloc(&gate->arena, view->arm_count + 1, sizeof(*sides));
	uint32_t count = 0;
	const char *why_part = NULL; /* an arm was held against nothing */
	int r = 0;

	for (uint32_t i = 0; i < view->arm_count && r == 0; i++) {
		const struct track_arm *arm = &view->arms[i];
		struct gate_side *side = &sides[count];

		if (!arm->has_base) {
			if (arm->why_none[0] != '\0')
				gate_add_note(gate, arm->why_none);
			if (!arm->is_outside)
				why_part = arm->why_none;
			continue;
		}
		*side = (struct gate_side){.name = view->arm_count > 1 ? arm->label : "",
					   .diff = &arm->diff};
		r = gate_power_read(&side->power, &gate->arena, &gate->tracked.base, arm->base_arm,
				    &gate->tracked.head, arm->head_arm, side->diff, NULL, err);
		add_differences(gate, &arm->compared);
		count++;
	}
	gate->result.seed = gate->tracked.head.experiment.seed;
	gate_fill(gate, sides, count);
	if (why_part != NULL && gate->result.verdict != VERDICT_REGRESSED) {
		gate->result.verdict = VERDICT_NONE;
		gate->result.conclusion = arena_printf(&gate->arena, "no verdict: %s", why_part);
	}
	return r;
}

static int judge(struct gate *gate, const struct stored_baseline *baseline, struct err *err)
{
	const struct run_diff_options diff = {.delta = gate->args->prove.delta,
					      .primary = gate->args->prove.primary};
	const struct track_view_options options = {.diff = diff};
	struct tracked *tracked = &gate->tracked;
	const char *word = make_word(gate, baseline);
	int r = tracked_open(tracked, gate->session.store_path, gate->session.outcome.experiment,
			     err);

	if (r == 0)
		r = look_check_measured(&tracked->head, err);
	if (r == 0)
		r = selection_open(&tracked->base, gate->session.store_path, word, err);
	if (r < 0)
		return r;
	r = track_view_read(&tracked->view, &gate->arena, &tracked->head, baseline, &tracked->base,
			    "", &options, err);
	if (r < 0)
		return r;
	gate->result.base = (struct gate_end){
		.label = word,
		.revision = baseline->revision,
		.subject = baseline->note,
		.experiment = gate->args->baseline != NULL ? "" : baseline->experiment};
	gate->result.head = (struct gate_end){.label = "now",
					      .revision = "",
					      .subject = "",
					      .experiment = tracked->head.experiment.id};
	gate->result.command =
		arena_printf(&gate->arena, "%s compare %s %s%s", program_invocation_name, word,
			     tracked->head.experiment.id,
			     session_get_store_option(&gate->session, &gate->arena));
	if (!tracked->view.is_comparable)
		return err_set(err, -ENODATA, "%s", tracked->view.no_base);
	return fill(gate, err);
}

static int fail(const struct err *err)
{
	int status = cmd_fail(err);

	return err->code == -ENODATA ? CMD_NO_BASELINE : status;
}

/* As many runs again, once. Where they come to nothing, what the first ones said stands. */
static int measure_again(struct gate *gate, const struct stored_baseline *baseline)
{
	scoped_free char *id = alloc_strdup(gate->session.outcome.experiment);
	struct gate_result first = gate->result;
	struct tracked firsts = gate->tracked;
	struct err err = {0};
	int status;

	fprintf(stderr, "sonde: INCONCLUSIVE after %u runs of each arm: as many again\n",
		gate->plan.repeat);
	gate->tracked = (struct tracked){0};
	gate->result =
		(struct gate_result){.against = first.against, .measured_ns = first.measured_ns};
	lab_outcome_release(&gate->session.outcome);
	gate->session.outcome = (struct lab_outcome){0};
	status = run_plan(gate, id);
	if (status == CMD_OK && judge(gate, baseline, &err) < 0)
		status = fail(&err);
	if (status == CMD_OK) {
		gate_add_note(gate, "it was measured again because the first answer was "
				    "INCONCLUSIVE (--inconclusive rerun): the verdict is wrong in "
				    "up to 10 of 100 cases, not in 5");
		tracked_release(&firsts);
		return CMD_OK;
	}
	tracked_release(&gate->tracked);
	gate->tracked = firsts;
	first.measured_ns = gate->result.measured_ns;
	gate->result = first;
	return status;
}

int gate_measure_baseline(struct gate *gate)
{
	struct stored_baseline baseline;
	struct err err = {0};
	int status;

	gate->result.against = gate->args->baseline != NULL ? "file" : "baseline";
	if (find_base(gate, &baseline, &err) < 0)
		return fail(&err);
	if (again_set_repeat(&gate->plan, gate->args->repeat, &err) < 0 ||
	    lab_check(&gate->plan, &err) < 0 || target_check_arms(&gate->plan, &err) < 0)
		return cmd_fail(&err);
	status = run_plan(gate, NULL);
	if (status != CMD_OK)
		return status;
	if (judge(gate, &baseline, &err) < 0)
		return fail(&err);
	if (gate->args->inconclusive == GATE_RERUN && gate->result.verdict == VERDICT_INCONCLUSIVE)
		status = measure_again(gate, &baseline);
	return status;
}
