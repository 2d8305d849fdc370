#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/gate.h"
#include "cmd/gate_output.h"
#include "cmd/hypothesis_list.h"
#include "report/gate_text.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char help[] =
	"Says whether a change may pass: exit status 0, or 1 when the primary metric\n"
	"REGRESSED. --against REV builds REV and the working tree and interleaves them on\n"
	"this machine: no history is needed. --baseline FILE.sonde, or the baseline that\n"
	"`sonde accept` made, are held against runs of the plan made now.";

void gate_add_note(struct gate *gate, const char *text)
{
	uint32_t count = gate->result.note_count;
	const char **notes = arena_alloc(&gate->arena, count + 1, sizeof(*notes));

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(gate->result.notes[i], text) == 0) /* it was measured again */
			return;
		notes[i] = gate->result.notes[i];
	}
	notes[count] = arena_strdup(&gate->arena, text);
	gate->result.notes = notes;
	gate->result.note_count = count + 1;
}

static enum verdict find_worst(const struct gate_side *sides, uint32_t count)
{
	enum verdict worst = count > 0 ? sides[0].diff->verdict : VERDICT_NONE;

	for (uint32_t i = 1; i < count; i++)
		worst = verdict_find_worse(worst, sides[i].diff->verdict);
	return worst;
}

/* What REGRESSED and does not decide must not go unseen. */
static void note_others(struct gate *gate, const struct gate_side *side)
{
	const struct run_diff *diff = side->diff;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < diff->metric_count; i++)
		if (diff->metrics[i].verdict == VERDICT_REGRESSED && !diff->metrics[i].is_primary &&
		    diff->metrics[i].scope[0] == '\0')
			strbuf_addf(&text, "%s%s", text.length > 0 ? ", " : "",
				    diff->metrics[i].info->name);
	if (text.length > 0)
		gate_add_note(gate,
			      arena_printf(&gate->arena,
					   "%s%sREGRESSED, and not what decides: %s (--primary "
					   "NAME makes one decide)",
					   side->name, side->name[0] != '\0' ? ": " : "",
					   strbuf_text(&text)));
	strbuf_release(&text);
}

void gate_fill(struct gate *gate, struct gate_side *sides, uint32_t side_count)
{
	struct gate_result *result = &gate->result;

	for (uint32_t i = 0; i < side_count; i++) {
		const struct run_diff *diff = sides[i].diff;

		gate_text_describe(&sides[i], &gate->arena);
		result->has_regressed |= diff->verdict == VERDICT_REGRESSED;
		note_others(gate, &sides[i]);
	}
	result->plan = gate->plan.name;
	result->sides = sides;
	result->side_count = side_count;
	result->verdict = find_worst(sides, side_count);
	result->wall_ns = clock_wall_ns();
	if (result->command == NULL)
		result->command = "";
	gate->has_result = true;
}

/* The head against the plan's thresholds: a service that fails fast uses little CPU time, too. */
static int judge_thresholds(const struct gate *gate)
{
	const struct selection *head = &gate->tracked.head;
	int status = CMD_OK;

	if (gate->session.outcome.was_aborted)
		return CMD_BAD_ANSWER;
	if (gate->args->against != NULL)
		return session_judge_side(&gate->sides[1].plan, gate->sides[1].arm,
					  &gate->proof.selection, 1);
	for (uint32_t arm = 0; arm < head->arm_count; arm++)
		status = cmd_join_answers(status, session_judge_arm(&gate->plan, head, arm));
	return cmd_join_answers(status, hypothesis_list_judge(&gate->plan, head));
}

static int get_status(const struct gate *gate)
{
	switch (gate->result.verdict) {
	case VERDICT_REGRESSED:
		return CMD_BAD_ANSWER;
	case VERDICT_IMPROVED:
	case VERDICT_EQUIVALENT:
		return CMD_OK;
	case VERDICT_NONE: /* nothing was compared: a head that does not answer is none to pass */
		return CMD_NO_ANSWER;
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return gate->args->inconclusive == GATE_PASS ? CMD_OK : CMD_NO_ANSWER;
}

/* Breached thresholds decide before the comparison does; what cannot be judged has not passed. */
static int decide(struct gate *gate)
{
	int judged = judge_thresholds(gate), status = get_status(gate);

	if (judged == CMD_BAD_ANSWER)
		gate->result.conclusion = "a threshold of the plan was breached";
	else if (judged != CMD_OK && status == CMD_OK && gate->args->inconclusive != GATE_PASS)
		gate->result.conclusion = "a threshold of the plan could not be judged";
	else
		return status;
	return judged;
}

static int measure(struct gate *gate)
{
	const struct gate_args *args = gate->args;
	int status;

	if (args->is_selftest)
		return gate_run_selftest(gate);
	status = args->against != NULL ? gate_measure_revision(gate) : gate_measure_baseline(gate);
	if (!gate->has_result)
		return status != CMD_OK ? status : CMD_NOT_MEASURED;
	if (status == CMD_OK)
		status = gate->result.side_count > 0 ? decide(gate) : get_status(gate);
	gate->result.exit_status = gate_args_map_status(args, status);
	if (gate->result.conclusion == NULL)
		gate->result.conclusion = gate_text_conclude(&gate->result, &gate->arena);
	status = gate_output_write(&gate->result, args);
	return status != CMD_OK ? status : gate->result.exit_status;
}

void gate_release(struct gate *gate)
{
	proof_release(&gate->proof);
	tracked_release(&gate->tracked);
	side_release_all(gate->sides, 2, false);
	plan_release(&gate->plan);
	session_end(&gate->session);
	arena_release(&gate->arena);
}

static int run_with_args(struct gate_args *args, const char *command_line)
{
	struct gate gate = {.args = args,
			    .command_line = command_line,
			    .session = {.is_quiet = args->prove.is_quiet}};
	const char *directory;
	struct err err = {0};
	int status = session_begin(&gate.session);

	arena_init(&gate.arena);
	if (status == CMD_OK && prove_args_read_plan(&gate.plan, &args->prove, &err) < 0)
		status = cmd_fail(&err);
	if (status == CMD_OK) {
		directory = gate.plan.directory != NULL ? gate.plan.directory : ".";
		status = session_open_store(&gate.session, args->prove.common.store, directory,
					    gate.plan.path != NULL);
	}
	if (status == CMD_OK)
		status = measure(&gate);
	gate_release(&gate);
	return gate_args_map_status(args, status);
}

/* Before the options are read: a usage error must skip a commit, too. */
static bool wants_bisect(int argc, const char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--bisect") == 0)
			return true;
	return false;
}

static int run_gate(const struct cmd *cmd, int argc, const char **argv)
{
	struct gate_args args = GATE_ARGS_INIT;
	struct option_spec specs[] = {GATE_OPTIONS(args)};
	scoped_free char *command_line = NULL;
	struct options_rest rest;
	struct err err = {0};
	bool is_bisect;
	int status;

	if (argc == 2 && strcmp(argv[0], "--self-burn") == 0)
		return gate_burn(argv[1]);
	command_line = cmd_format_command_line("gate", argc, argv);
	is_bisect = wants_bisect(argc, argv); /* options_parse() moves the words */
	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0 ||
	    (!args.prove.common.is_help && gate_args_take(&args, &rest, &err) < 0)) {
		args.is_bisect = is_bisect;
		status = gate_args_map_status(&args, cmd_usage_error(cmd, &err));
	} else if (args.prove.common.is_help) {
		status = cmd_print_help(cmd, help, specs);
	} else {
		status = run_with_args(&args, command_line);
	}
	prove_args_release(&args.prove);
	return status;
}

const struct cmd cmd_gate = {
	.name = "gate",
	.group = "decide",
	.summary = "pass or fail a change in CI: against a revision, a file, or the baseline",
	.usage = "Usage: sonde gate --against REV [options] [PLAN]\n"
		 "       sonde gate [--baseline FILE.sonde] [options] [PLAN]\n"
		 "       sonde gate --selftest [options] [PLAN]",
	.run = run_gate,
};
