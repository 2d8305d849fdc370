#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/again.h"
#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "cmd/plan_args.h"
#include "cmd/proof.h"
#include "cmd/prove_args.h"
#include "cmd/prove_result.h"
#include "lab/target.h"
#include "util/alloc.h"

static const char help[] =
	"Puts two sides of a plan against each other until there is a verdict: random\n"
	"pairs, each with a fresh start of the services, disturbed ones thrown away.\n"
	"SIDE is arm:NAME, var:k=v, cmd:COMMAND, rev:REVISION, . (the working tree),\n"
	"patch:FILE, or a word that can only be one of them. One side alone is put against\n"
	"the working tree; none: HEAD against the working tree. Your files and your\n"
	"repository are not touched: revisions are built in folders of their own.";

/* The plan, its sides, and what is done with them. */
struct prove {
	struct session session;
	struct prove_args args;
	struct plan plan;
	struct side sides[2];
	struct proof proof;
};

static void print_notes(const struct side *side)
{
	for (size_t i = 0; i < side->tree.notes.count; i++)
		fprintf(stderr, "sonde: %s: %s\n", side->source.name, side->tree.notes.items[i]);
}

static int run_proof(struct prove *prove, const struct proof_settings *settings)
{
	struct err err = {0};
	int status;

	for (int i = 0; i < 2; i++)
		print_notes(&prove->sides[i]);
	for (int i = 0; i < 2; i++)
		if (target_check_arms(&prove->sides[i].plan, &err) < 0)
			return cmd_fail(&err);
	status = proof_run(&prove->session, prove->sides, settings, &prove->proof);
	return prove_result_show(&prove->session, &prove->proof, &prove->sides[1], status,
				 &prove->args);
}

/* Folders of sides stay only when asked for. */
static void release_sides(struct prove *prove)
{
	for (int i = 0; i < 2; i++) {
		if (prove->args.is_keeping && prove->sides[i].tree.folder != NULL)
			fprintf(stderr, "sonde: %s is kept in %s\n", prove->sides[i].source.name,
				prove->sides[i].tree.folder);
		side_release(&prove->sides[i], prove->args.is_keeping);
	}
}

static int prove_fresh(struct prove *prove, const char *command_line)
{
	const struct prove_args *args = &prove->args;
	struct proof_settings settings = prove_args_make_settings(args, "prove", command_line);
	struct side_setup setup = {.plan = &prove->plan, .arm = args->arm};
	struct err err = {0};
	int status;

	if (prove_args_read_plan(&prove->plan, &prove->args, &err) < 0 ||
	    proof_pin(&prove->plan, &err) < 0)
		return cmd_fail(&err);
	status = session_open_store(&prove->session, args->common.store,
				    prove->plan.directory != NULL ? prove->plan.directory : ".",
				    prove->plan.path != NULL);
	if (status != CMD_OK)
		return status;
	setup.store = prove->session.store_path;
	settings.plan = &prove->plan;
	if (side_make_all(prove->sides, args->sides[0] != NULL ? args->sides : NULL, 2, &setup,
			  &err) < 0)
		return cmd_fail(&err);
	return run_proof(prove, &settings);
}

/* The stored plan and sides again, with pairs behind those that there are. */
static int restore(struct prove *prove, struct proof *before, struct err *err)
{
	const struct stored_experiment *experiment = &before->selection.experiment;
	struct side_setup setup = {.plan = &prove->plan, .store = prove->session.store_path};
	int r = again_read_plan(&prove->plan, experiment, err);

	if (r == 0 && before->arm_count != 2)
		r = err_set(err, -EINVAL, "%s does not say what its sides were", experiment->id);
	for (int i = 0; i < 2 && r == 0; i++)
		r = side_restore(&prove->sides[i], &setup, &before->arms[i], err);
	return r;
}

/* The newest one; without any "@last", of which the sentence then is. The arena's. */
static int find_last_proof(struct prove *prove, struct arena *arena, const char **ret_word,
			   struct err *err)
{
	struct stored_experiment *list = NULL;
	uint32_t count = 0;
	int r = store_list_experiments(prove->session.store, arena, &list, &count, err);

	*ret_word = CMD_LAST;
	for (uint32_t i = 0; i < count && r == 0; i++) {
		if (strcmp(list[i].kind, "prove") != 0 ||
		    strncmp(list[i].command_line, "sonde prove", 11) != 0)
			continue;
		*ret_word = list[i].id;
		break;
	}
	return r;
}

/* -ENODATA is fine when nothing was measured yet. */
static int read_before(struct prove *prove, struct proof *before, struct err *err)
{
	const char *word = prove->args.more;
	struct arena arena;
	int r = 0;

	arena_init(&arena);
	if (word[0] == '\0')
		r = find_last_proof(prove, &arena, &word, err);
	if (r == 0)
		r = proof_read(before, prove->session.store_path, word, err);
	if (r == -ENODATA && before->record.experiment != NULL)
		r = 0;
	if (r == 0 && strcmp(before->record.command, "prove") != 0)
		r = err_set(err, -EINVAL,
			    "%s was made by `sonde %s`: only what `sonde prove` made goes on",
			    before->record.experiment, before->record.command);
	arena_release(&arena);
	return r;
}

/*
 * How many pairs there are to be in all. The looks that there have been were made at the level of
 * those that were planned: fewer pairs than that do not give a milder one back.
 */
static int choose_looks(const struct prove_args *args, const struct proof_record *before,
			struct proof_settings *settings, struct err *err)
{
	struct sequential *looks = &settings->looks;

	if (args->has_pairs && args->pairs <= before->pairs)
		return err_set(err, -EINVAL,
			       "%s has %u pairs that count: --pairs says how many there are to be "
			       "in all, like --pairs %u",
			       before->experiment, before->pairs,
			       before->pairs + SEQUENTIAL_LAST / 2);
	*looks = (struct sequential){SEQUENTIAL_FIRST, SEQUENTIAL_STEP,
				     args->has_pairs ? args->pairs : before->last};
	if (looks->last <= before->pairs)
		looks->last = before->pairs + SEQUENTIAL_LAST / 2;
	if (looks->last > SEQUENTIAL_MOST)
		looks->last = SEQUENTIAL_MOST;
	if (looks->last <= before->pairs)
		return err_set(err, -EINVAL, "%s has %u pairs, and no proof has more than %d",
			       before->experiment, before->pairs, SEQUENTIAL_MOST);
	settings->most_pairs = looks->last;
	if (looks->last < before->last)
		looks->last = before->last;
	if (looks->first > looks->last)
		looks->first = looks->last;
	return 0;
}

static int prove_more(struct prove *prove, const char *command_line)
{
	const struct prove_args *args = &prove->args;
	struct proof_settings settings = prove_args_make_settings(args, "prove", command_line);
	struct proof before = {0};
	struct err err = {0};
	int status = look_check_store(&args->common, &err) < 0
			     ? cmd_fail(&err)
			     : session_open_store(&prove->session, args->common.store, ".", false);

	if (status != CMD_OK)
		return status;
	if (read_before(prove, &before, &err) < 0 ||
	    choose_looks(args, &before.record, &settings, &err) < 0 ||
	    restore(prove, &before, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		settings.plan = &prove->plan;
		settings.experiment = before.record.experiment;
		settings.before = before.record;
		if (settings.seed == 0)
			settings.seed = before.selection.experiment.seed;
		settings.delta = args->delta > 0 ? args->delta : before.record.delta;
		status = run_proof(prove, &settings);
	}
	proof_release(&before);
	return status;
}

static int prove_with_args(struct prove *prove, const char *command_line)
{
	int status = session_begin(&prove->session);

	prove->session.is_quiet = prove->args.is_quiet;
	if (status == CMD_OK)
		status = prove->args.more != NULL ? prove_more(prove, command_line)
						  : prove_fresh(prove, command_line);
	proof_release(&prove->proof);
	release_sides(prove);
	plan_release(&prove->plan);
	session_end(&prove->session);
	return status;
}

static int run_prove(const struct cmd *cmd, int argc, const char **argv)
{
	struct prove prove = {.args = PROVE_ARGS_INIT};
	struct option_spec specs[] = {PROVE_OPTIONS(prove.args)};
	scoped_free char *command_line = cmd_format_command_line("prove", argc, argv);
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0 ||
	    (!prove.args.common.is_help && prove_args_take(&prove.args, &rest, &err) < 0))
		status = cmd_usage_error(cmd, &err);
	else if (prove.args.common.is_help)
		status = cmd_print_help(cmd, help, specs);
	else
		status = prove_with_args(&prove, command_line);
	prove_args_release(&prove.args);
	return status;
}

const struct cmd cmd_prove = {
	.name = "prove",
	.group = "decide",
	.summary = "two revisions, arms or commands, interleaved until there is a verdict",
	.usage = "Usage: sonde prove [options] [PLAN] [BASE [HEAD]]\n"
		 "       sonde prove --continue[=RUN]",
	.run = run_prove,
};
