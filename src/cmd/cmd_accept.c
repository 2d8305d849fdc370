#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/keep.h"
#include "cmd/look.h"
#include "cmd/session.h"
#include "cmd/tracked.h"
#include "export/json_track.h"
#include "report/track_answer.h"
#include "store/store_proof.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/clock.h"
#include "util/fmt.h"

enum { NOTE_BYTES = 1000 };

struct accept_args {
	struct cmd_common common;
	const char *note;
	bool is_forced;
};

static int check_note(const char *note, struct err *err)
{
	if (note == NULL || note[strspn(note, " \t")] == '\0')
		return err_set(err, -EINVAL,
			       "a baseline needs a reason that others can read later: --note "
			       "\"why these runs are good\"");
	if (strlen(note) > NOTE_BYTES)
		return err_set(err, -EINVAL, "--note is too long: %zu bytes, at most %d",
			       strlen(note), NOTE_BYTES);
	for (const char *c = note; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(err, -EINVAL,
				       "--note must be one line without control characters");
	return 0;
}

/* ---- what may be accepted ---- */

/* A part of an arm's runs would be a choice of the better ones. */
static int check_whole(const struct selection *selection, struct arena *arena, struct err *err)
{
	struct stored_run *runs;
	uint32_t count, expected = 0;
	int r = store_list_runs(selection->store, arena, selection->experiment.id, &runs, &count,
				err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t a = 0; a < selection->arm_count; a++)
			expected += strcmp(runs[i].record.arm, selection->arms[a].name) == 0;
	if (expected == selection->run_count)
		return 0;
	return err_set(err, -EINVAL,
		       "%s is a part of an arm's runs; a baseline is all runs of an experiment or "
		       "of an arm, like %s/%s",
		       selection->word, selection->experiment.id, selection->arms[0].name);
}

/* NULL for what is done. */
static const char *why_not_done(enum run_state state)
{
	switch (state) {
	case RUN_RUNNING:
		return "is still running";
	case RUN_FAILED:
		return "failed";
	case RUN_INTERRUPTED:
		return "was interrupted";
	case RUN_DONE:
		break;
	}
	return NULL;
}

static int check_run(const struct stored_run *run, struct err *err)
{
	const char *id = run->record.experiment, *why = why_not_done(run->record.state);

	if (run->has_validity && run->validity == VALIDITY_REFUSED && run->rejected[0] == '\0')
		why = "has a load that was REFUSED";
	if (why == NULL)
		return 0;
	return err_set(err, -EINVAL, "%s is no baseline: its run %u %s; `sonde show %s` says why",
		       id, run->record.number, why, id);
}

static int check_head(const struct selection *head, struct arena *arena, struct err *err)
{
	const char *id = head->experiment.id, *why = why_not_done(head->experiment.state);
	int r = look_check_measured(head, err);

	if (r == 0 && why != NULL)
		r = err_set(err, -EINVAL, "%s is no baseline: it %s; `sonde show %s` says why", id,
			    why, id);
	if (r == 0)
		r = check_whole(head, arena, err);
	for (uint32_t i = 0; r == 0 && i < head->run_count; i++)
		r = check_run(&head->runs[i], err);
	return r;
}

/* ---- accepting ---- */

/* Under sudo the person who typed it. Arena's. */
static const char *get_login(struct arena *arena)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *entry;

	if (geteuid() == 0 && sudo != NULL && sudo[0] != '\0')
		return arena_strdup(arena, sudo);
	entry = getpwuid(geteuid());
	return entry != NULL ? arena_strdup(arena, entry->pw_name)
			     : arena_printf(arena, "uid %u", (unsigned)geteuid());
}

/* The arm alone where one of several was named. */
static const char *get_arm(const struct selection *head)
{
	return strchr(head->word, '/') != NULL || head->run_count < head->experiment.run_count
		       ? head->arms[0].name
		       : "";
}

static struct stored_baseline make_row(struct tracked *tracked, const char *note, bool is_forced)
{
	const struct selection *head = &tracked->head;

	return (struct stored_baseline){
		.plan = head->experiment.name,
		.experiment = head->experiment.id,
		.arm = get_arm(head),
		.who = get_login(&tracked->arena),
		.note = note,
		.revision = comparability_get_text(&tracked->arena, head->experiment.environment,
						   "git_revision"),
		.machine = comparability_get_machine(&tracked->arena, head->experiment.environment),
		.verdict = tracked->view.is_comparable ? track_view_get_verdict(&tracked->view)
						       : VERDICT_NONE,
		.is_forced = is_forced,
		.wall_ns = clock_wall_ns()};
}

static int store_row(const struct tracked *tracked, const struct stored_baseline *row)
{
	scoped(store_cleanup) struct store *store = NULL;
	struct err err = {0};

	if (keep_open(&store, store_get_path(tracked->head.store), &err) < 0 ||
	    store_add_baseline(store, row, &err) < 0)
		return cmd_fail(&err);
	return CMD_OK;
}

static uint32_t count_suspect(const struct selection *head)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < head->run_count; i++)
		count += head->runs[i].has_validity && head->runs[i].validity == VALIDITY_SUSPECT;
	return count;
}

/* Then the way back is one that REGRESSED. */
static bool has_improved(const struct track_view *view)
{
	for (uint32_t a = 0; a < view->arm_count; a++)
		for (uint32_t i = 0; view->arms[a].has_base && i < view->arms[a].diff.metric_count;
		     i++)
			if (view->arms[a].diff.metrics[i].verdict == VERDICT_IMPROVED)
				return true;
	return false;
}

static int print_json(const struct tracked *tracked, const struct stored_baseline *row,
		      const char *path)
{
	const struct track_view *view = &tracked->view;
	struct strbuf json;
	int status;

	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	json_track_write_accepted(&json, row, tracked->head.run_count,
				  view->has_baseline ? &view->baseline : NULL);
	status = cmd_write_output(path, strbuf_text(&json), json.length);
	strbuf_release(&json);
	return status;
}

static void add_before(struct strbuf *text, const struct track_view *view, const char *option)
{
	const struct stored_baseline *before = &view->baseline;
	const char *slash = before->arm[0] != '\0' ? "/" : "";
	char when[FMT_BYTES];

	strbuf_addf(text, "before: %s%s", before->experiment, slash);
	clean_add(text, before->arm);
	strbuf_addf(text, ", accepted %s by ", fmt_wall_time(when, before->wall_ns));
	clean_add(text, before->who);
	strbuf_add_text(text, ": ");
	clean_add(text, before->note);
	strbuf_addf(text, "\nto go back: %s accept %s%s", program_invocation_name,
		    before->experiment, slash);
	clean_add(text, before->arm);
	strbuf_addf(text, "%s%s --note \"…\"\n", option, has_improved(view) ? " --force" : "");
}

/* Names and notes are of a store, which may be a stranger's. */
static int print_accepted(struct tracked *tracked, bool is_forced, const char *option)
{
	const struct selection *head = &tracked->head;
	const struct track_view *view = &tracked->view;
	const char *arm = get_arm(head);
	uint32_t suspect = count_suspect(head);
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	clean_add(&text, head->experiment.name);
	strbuf_addf(&text, ": the baseline is %s%s", head->experiment.id,
		    arm[0] != '\0' ? "/" : "");
	clean_add(&text, arm);
	strbuf_addf(&text, " now (%" PRIu32 " run%s%s)\n", head->run_count,
		    head->run_count == 1 ? "" : "s", is_forced ? ", REGRESSED, forced" : "");
	if (suspect > 0)
		strbuf_addf(&text,
			    "with care: the load of %" PRIu32 " of these runs was SUSPECT; `sonde "
			    "show %s` says why\n",
			    suspect, head->experiment.id);
	if (head->run_count < 4 * head->arm_count)
		strbuf_add_text(&text, "with care: less than 4 runs of an arm have no verdict "
				       "against them\n");
	if (view->has_baseline && !tracked->is_baseline) {
		if (!view->is_comparable) {
			strbuf_add_text(&text, "not held against the one before: ");
			clean_add(&text, view->no_base);
			strbuf_add_char(&text, '\n');
		}
		add_before(&text, view, option);
	}
	status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

/* Each in a line of its own, on stderr. */
static void print_refusal(const struct tracked *tracked, const char *option)
{
	const struct track_view *view = &tracked->view;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	fprintf(stderr, "sonde: %s REGRESSED against the baseline %s and was not accepted:\n",
		tracked->head.experiment.id, view->baseline.experiment);
	for (uint32_t i = 0; i < view->reason_count; i++) {
		if (view->reasons[i].kind != TRACK_REGRESSED)
			continue;
		track_answer_add_reason(&text, view, &view->reasons[i]);
		fprintf(stderr, "sonde:   %s\n", strbuf_text(&text));
		strbuf_clear(&text);
	}
	fprintf(stderr, "sonde: when that is wanted: %s accept %s%s --force --note \"…\"\n",
		program_invocation_name, tracked->head.word, option);
	strbuf_release(&text);
}

static int accept(const struct accept_args *args, const char *word)
{
	scoped(tracked_cleanup) struct tracked tracked = {0};
	struct track_view_options options = {0};
	struct session session = {.store_path = look_find_store(&args->common)};
	struct stored_baseline row;
	const char *option;
	struct err err = {0};
	bool is_regressed;
	int status;

	if (tracked_open(&tracked, session.store_path, word, &err) < 0 ||
	    check_head(&tracked.head, &tracked.arena, &err) < 0 ||
	    tracked_read(&tracked, &options, &err) < 0) {
		session_end(&session);
		return cmd_fail(&err);
	}
	option = session_get_store_option(&session, &tracked.arena);
	is_regressed = track_view_has_regressed(&tracked.view);
	if (is_regressed && !args->is_forced) {
		print_refusal(&tracked, option);
		status = CMD_BAD_ANSWER;
	} else {
		row = make_row(&tracked, args->note, is_regressed);
		status = store_row(&tracked, &row);
		if (status == CMD_OK && args->common.json != NULL)
			status = print_json(&tracked, &row, args->common.json);
		else if (status == CMD_OK)
			status = print_accepted(&tracked, is_regressed, option);
	}
	session_end(&session);
	return status;
}

static const char help[] =
	"Makes a run the baseline of its plan: what `sonde track` and `sonde gate` compare\n"
	"with. RUN is an experiment (@last when left out) or one of its arms. Who did it\n"
	"and why is kept (`sonde track --log`). Runs that failed are refused, and so is\n"
	"what REGRESSED against the present baseline, unless --force says that this is\n"
	"wanted.";

static int run_accept(const struct cmd *cmd, int argc, const char **argv)
{
	struct accept_args args = {0};
	struct option_spec specs[] = {{.name = "note",
				       .kind = OPTION_TEXT,
				       .value = "TEXT",
				       .target = &args.note,
				       .help = "why (needed)"},
				      {.name = "force",
				       .kind = OPTION_FLAG,
				       .target = &args.is_forced,
				       .help = "accept also what REGRESSED; recorded as forced"},
				      CMD_COMMON_OPTIONS(args.common),
				      {0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 0, 1, "at most one RUN is", &err) < 0 ||
	    check_note(args.note, &err) < 0)
		return cmd_usage_error(cmd, &err);
	return accept(&args, rest.count > 0 ? rest.arguments[0] : CMD_LAST);
}

const struct cmd cmd_accept = {
	.name = "accept",
	.group = "decide",
	.summary = "make a run the baseline that track and gate compare with",
	.usage = "Usage: sonde accept [options] [RUN] --note TEXT",
	.run = run_accept,
};
