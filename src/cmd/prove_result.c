#include "cmd/prove_result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/compare_parts.h"
#include "cmd/hypothesis_list.h"
#include "export/json_prove.h"
#include "report/compare_text.h"
#include "report/function_diff_text.h"
#include "report/metric_notes.h"
#include "report/prove_text.h"
#include "report/run_quality.h"
#include "report/wait_diff_text.h"
#include "view/function_diff.h"
#include "view/wait_diff.h"

enum { FUNCTION_ROWS = 10 };

static struct prove_text make_words(const struct proof *proof)
{
	return (struct prove_text){.experiment = proof->selection.experiment.id,
				   .plan = proof->selection.experiment.name,
				   .base = &proof->arms[0],
				   .head = &proof->arms[1],
				   .proof = &proof->record,
				   .diff = &proof->summary.diffs[0],
				   .level = proof->level,
				   .core_speed = proof->core_speed};
}

static void add_heading(struct strbuf *text, const struct text_layout *layout, const char *heading)
{
	strbuf_add_char(text, '\n');
	text_add_styled(text, layout, TEXT_BOLD, heading);
	strbuf_add_char(text, '\n');
}

/* What moved: functions, and what the services waited for. A lens that was off says so. */
static void add_movers(struct strbuf *text, struct arena *arena, const struct proof *proof,
		       const struct text_layout *layout)
{
	const struct selection *selection = &proof->selection;
	struct function_diff functions;
	struct wait_diff waits;
	struct err err = {0};

	add_heading(text, layout, "what moved: functions");
	if (function_diff_read(&functions, arena, selection, 0, selection, 1, NULL, &err) == 0)
		function_diff_text_add(text, &functions, FUNCTION_ROWS, layout);
	else
		text_add_wrapped(text, layout, 2, err_text(&err));
	add_heading(text, layout,
		    "what moved: time, waiting, calls (for looking, not for deciding)");
	err = (struct err){0};
	if (wait_diff_read(&waits, arena, selection, 0, selection, 1, &err) == 0)
		wait_diff_text_format(text, &waits, proof->arms[0].name, proof->arms[1].name, false,
				      layout);
	else
		text_add_wrapped(text, layout, 2, err_text(&err));
}

/* Names of sides may hold blanks: quoted as the shell wants it. */
static void add_flame_command(struct strbuf *text, struct arena *arena, const struct proof *proof,
			      const char *option)
{
	const char *id = proof->selection.experiment.id;
	const char *words[] = {arena_printf(arena, "%s/%s", id, proof->arms[0].name),
			       arena_printf(arena, "%s/%s", id, proof->arms[1].name), "-o",
			       "change.svg"};
	scoped_free char *line = cmd_format_command_line("flame", 4, words);

	strbuf_addf(text, "next: %s%s%s\n", program_invocation_name, line + strlen("sonde"),
		    option);
}

static void add_footer(struct strbuf *text, struct arena *arena, struct session *session,
		       const struct proof *proof)
{
	const char *option = session_get_store_option(session, arena);
	const char *id = proof->selection.experiment.id;

	strbuf_addf(text, "\nstored as %s in %s\n", id, session->store_path);
	add_flame_command(text, arena, proof, option);
	if (proof_judge(proof) == CMD_NO_ANSWER && proof->record.pairs + 10 <= SEQUENTIAL_MOST)
		strbuf_addf(text, "      %s prove --continue=%s --pairs %u%s\n",
			    program_invocation_name, id, proof->record.pairs + 10, option);
	else
		strbuf_addf(text, "      %s compare %s --all%s\n", program_invocation_name, id,
			    option);
}

static int print_text(struct session *session, const struct proof *proof,
		      const struct prove_args *args)
{
	const struct text_layout layout = {.columns = cmd_get_width(STDOUT_FILENO),
					   .has_color = cmd_has_color(STDOUT_FILENO)};
	const struct prove_text words = make_words(proof);
	struct strbuf text;
	struct arena arena;
	int status;

	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	prove_text_add_design(&text, &words, &layout);
	strbuf_add_char(&text, '\n');
	compare_text_add_metrics(&text, &proof->summary.diffs[0], args->is_all, &layout);
	metric_notes_add(&text, &proof->summary.diffs[0], &layout);
	for (uint32_t i = 0; i < proof->summary.side_count; i++)
		run_quality_add_reasons(&text, &proof->summary.sides[i], &layout);
	add_movers(&text, &arena, proof, &layout);
	strbuf_add_char(&text, '\n');
	prove_text_add_verdict(&text, &words, &layout);
	add_footer(&text, &arena, session, proof);
	status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}

static int print_json(const struct proof *proof, const char *path)
{
	struct strbuf comparison, json;
	struct arena arena;
	struct err err = {0};
	int status;

	arena_init(&arena);
	strbuf_init(&comparison, STRBUF_MAX_DEFAULT);
	strbuf_init(&json, STRBUF_MAX_DEFAULT);
	if (compare_parts_add_json(&comparison, &arena, &proof->summary, NULL, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		json_prove_write(&json, &proof->record, proof->arms, proof->arm_count, proof->level,
				 strbuf_text(&comparison));
		status = cmd_write_output(path, strbuf_text(&json), json.length);
	}
	strbuf_release(&json);
	strbuf_release(&comparison);
	arena_release(&arena);
	return status;
}

int prove_result_show(struct session *session, const struct proof *proof, const struct side *head,
		      int status, const struct prove_args *args)
{
	int shown, judged;

	if (!proof->has_result || proof->arm_count < 2)
		return status != CMD_OK ? status : CMD_NO_ANSWER;
	shown = args->common.json != NULL ? print_json(proof, args->common.json)
					  : print_text(session, proof, args);
	if (status != CMD_OK)
		return status;
	if (shown != CMD_OK)
		return shown;
	judged = session_judge_side(&head->plan, head->arm, &proof->selection, 1);
	judged = cmd_join_answers(judged, hypothesis_list_judge(&head->plan, &proof->selection));
	if (session->outcome.was_aborted)
		judged = CMD_BAD_ANSWER;
	return cmd_join_answers(proof_judge(proof), judged);
}
