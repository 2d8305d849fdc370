/* `gate --against REV`: a proof of REV against the working tree, both built and measured now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/gate.h"
#include "lab/target.h"
#include "util/alloc.h"

/* A tree with changes is not the commit that it stands on. */
static struct gate_end make_end(struct arena *arena, const struct side *side)
{
	const char *subject = side->source.subject;

	if (side->source.patch[0] != '\0')
		subject = arena_printf(arena, "%s, with changes", subject);
	return (struct gate_end){.label = side->source.name,
				 .revision = side->source.revision,
				 .subject = subject,
				 .experiment = ""};
}

/* Nothing was changed: nothing is measured, and a gate must not fail for that. */
static void fill_same(struct gate *gate)
{
	gate->result.conclusion = arena_printf(
		&gate->arena, "%s is the same as the working tree: there is nothing to measure",
		gate->sides[0].source.name);
	gate_fill(gate, NULL, 0);
	gate->result.verdict = VERDICT_EQUIVALENT;
}

static int fill(struct gate *gate, struct err *err)
{
	struct gate_side *side = arena_alloc(&gate->arena, 1, sizeof(*side));
	const struct proof *proof = &gate->proof;
	const struct selection *selection = &proof->selection;
	const struct sequential looks = {proof->record.first, proof->record.step,
					 proof->record.last};
	int r;

	*side = (struct gate_side){.name = "", .diff = &proof->summary.diffs[0]};
	r = gate_power_read(&side->power, &gate->arena, selection, 0, selection, 1, side->diff,
			    &looks, err);
	if (r < 0)
		return r;
	if (proof->core_speed[0] != '\0')
		gate_add_note(gate, proof->core_speed);
	gate->result.base.experiment = gate->result.head.experiment = selection->experiment.id;
	gate->result.pairs = proof->record.pairs;
	gate->result.rejected = proof->record.rejected;
	gate->result.measured_ns = proof->record.measured_ns;
	gate->result.seed = selection->experiment.seed;
	gate->result.command = arena_printf(&gate->arena, "%s compare %s%s",
					    program_invocation_name, selection->experiment.id,
					    session_get_store_option(&gate->session, &gate->arena));
	gate_fill(gate, side, 1);
	return 0;
}

/* As many pairs as it would take, at most as many again. */
static uint32_t get_more(const struct proof *proof)
{
	const struct run_diff *diff = &proof->summary.diffs[0];
	const struct run_diff_metric *primary = run_diff_find(diff, diff->primary, "");
	uint32_t most = proof->record.last, more = primary != NULL ? primary->more : 0;

	more = more == 0 || more > most ? most : more;
	return most + more > SEQUENTIAL_MOST ? SEQUENTIAL_MOST : most + more;
}

static bool is_unsettled(const struct proof *proof)
{
	return proof->has_result && proof->summary.diffs[0].verdict == VERDICT_INCONCLUSIVE;
}

/* --inconclusive rerun: the same proof goes on, once. */
static int go_on(struct gate *gate, struct proof_settings *settings)
{
	scoped_free char *id = alloc_strdup(gate->proof.selection.experiment.id);
	int status;

	settings->experiment = id;
	settings->before = gate->proof.record;
	settings->looks.last = get_more(&gate->proof);
	fprintf(stderr, "sonde: INCONCLUSIVE after %u pairs: going on to %u\n",
		gate->proof.record.pairs, settings->looks.last);
	settings->before.experiment = id;
	proof_release(&gate->proof);
	lab_outcome_release(&gate->session.outcome);
	gate->session.outcome = (struct lab_outcome){0};
	status = proof_run(&gate->session, gate->sides, settings, &gate->proof);
	gate_add_note(gate,
		      "it went on behind its last look (--inconclusive rerun): the verdict is "
		      "wrong in up to 10 of 100 cases, not in 5");
	return status;
}

static int prove(struct gate *gate)
{
	struct proof_settings settings =
		prove_args_make_settings(&gate->args->prove, "gate", gate->command_line);
	struct err err = {0};
	int status;

	settings.plan = &gate->plan;
	status = proof_run(&gate->session, gate->sides, &settings, &gate->proof);
	if (status == CMD_OK && gate->args->inconclusive == GATE_RERUN &&
	    is_unsettled(&gate->proof))
		status = go_on(gate, &settings);
	if (gate->proof.has_result && fill(gate, &err) < 0 && status == CMD_OK)
		status = cmd_fail(&err);
	return status;
}

int gate_measure_revision(struct gate *gate)
{
	const struct gate_args *args = gate->args;
	struct side_setup setup = {
		.plan = &gate->plan, .store = gate->session.store_path, .arm = args->prove.arm};
	scoped_free char *base = alloc_printf("rev:%s", args->against);
	const char *const words[2] = {base, "."};
	struct err err = {0};

	if (proof_pin(&gate->plan, &err) < 0 ||
	    side_make_all(gate->sides, words, 2, &setup, &err) < 0)
		return cmd_fail(&err);
	for (int i = 0; i < 2; i++)
		for (size_t j = 0; j < gate->sides[i].tree.notes.count; j++)
			gate_add_note(gate, gate->sides[i].tree.notes.items[j]);
	gate->result.against = "revision";
	gate->result.base = make_end(&gate->arena, &gate->sides[0]);
	gate->result.head = make_end(&gate->arena, &gate->sides[1]);
	if (side_is_same(&gate->sides[0], &gate->sides[1])) {
		fill_same(gate);
		return CMD_OK;
	}
	if (target_check_arms(&gate->plan, &err) < 0)
		return cmd_fail(&err);
	return prove(gate);
}
