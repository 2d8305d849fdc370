#include "cmd/hypothesis_list.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "export/json_text.h"
#include "export/json_value.h"
#include "report/metric_text.h"
#include "stats/verdict_rule.h"
#include "view/arm_change.h"

enum { NO_ARM = UINT32_MAX };

/* The arm of this name with ":load" behind it, or nothing when `load` is "". */
static uint32_t find_arm(const struct selection *selection, const char *name, const char *load)
{
	size_t length = strlen(name);

	for (uint32_t i = 0; i < selection->arm_count; i++) {
		const char *own = selection->arms[i].name;

		if (selection->arms[i].run_count > 0 && strncmp(own, name, length) == 0 &&
		    (load[0] == '\0' ? own[length] == '\0'
				     : own[length] == ':' && strcmp(own + length + 1, load) == 0))
			return i;
	}
	return NO_ARM;
}

/* 0..1, of what is shown and written: ratios, not their logarithms. */
static double scale(const struct hypothesis_answer *answer, double value)
{
	return answer->hypothesis->is_ratio ? exp(value) : value;
}

static int answer_one(struct hypothesis_answer *answer, struct arena *arena,
		      const struct selection *selection, struct err *err)
{
	const struct hypothesis *hypothesis = answer->hypothesis;
	struct arm_change_question question = {
		.base = find_arm(selection, hypothesis->base, answer->load),
		.head = find_arm(selection, hypothesis->head, answer->load),
		.metric = hypothesis->metric->name,
		.scope = hypothesis->scope,
		.is_ratio = hypothesis->is_ratio,
	};
	int r;

	answer->verdict = HYPOTHESIS_OPEN;
	answer->why = "";
	answer->estimate = (struct rank_estimate){.estimate = (double)NAN};
	if (question.base == NO_ARM || question.head == NO_ARM) {
		answer->why =
			arena_printf(arena, "'%s' was not measured",
				     question.base == NO_ARM ? hypothesis->base : hypothesis->head);
		return 0;
	}
	r = arm_change_read(&answer->estimate, arena, selection, &question, err);
	if (r < 0)
		return r;
	answer->verdict = hypothesis_judge(hypothesis, &answer->estimate);
	if (!isfinite(answer->estimate.estimate))
		answer->why = arena_printf(
			arena, "no pair of runs that count has %s%s%s", hypothesis->metric->name,
			hypothesis->scope[0] != '\0' ? " of " : "", hypothesis->scope);
	else if (answer->verdict == HYPOTHESIS_OPEN)
		answer->more = hypothesis_count_more(hypothesis, &answer->estimate);
	return 0;
}

/* With `--load all` no arm has a plain name; then each load is a case of its own. */
static bool has_plain_arms(const struct plan *plan, const struct selection *selection)
{
	for (uint32_t i = 0; i < plan->arm_count; i++)
		if (find_arm(selection, plan->arms[i].name, "") != NO_ARM)
			return true;
	return plan->load_count == 0;
}

int hypothesis_list_read(struct hypothesis_list *ret_list, struct arena *arena,
			 const struct plan *plan, const struct selection *selection,
			 struct err *err)
{
	uint32_t loads = has_plain_arms(plan, selection) ? 1 : plan->load_count;
	bool has_loads = !has_plain_arms(plan, selection);
	int r = 0;

	*ret_list = (struct hypothesis_list){0};
	ret_list->answers = arena_alloc(arena, (size_t)plan->hypothesis_count * loads + 1,
					sizeof(*ret_list->answers));
	for (uint32_t i = 0; i < plan->hypothesis_count; i++) {
		for (uint32_t j = 0; j < loads && r == 0; j++) {
			struct hypothesis_answer *answer = &ret_list->answers[ret_list->count++];

			answer->hypothesis = &plan->hypotheses[i];
			answer->load = has_loads ? plan->load_names[j] : "";
			answer->is_of_run = strcmp(selection->experiment.kind, "run") == 0;
			r = answer_one(answer, arena, selection, err);
		}
	}
	return r;
}

static void add_value(struct strbuf *text, const struct hypothesis_answer *answer, double value)
{
	double scaled = scale(answer, value);

	if (answer->hypothesis->is_ratio) {
		strbuf_addf(text, "%.3g", scaled);
		return;
	}
	strbuf_add_text(text, scaled < 0 ? "-" : scaled > 0 ? "+" : "");
	metric_text_add_value(text, answer->hypothesis->metric, fabs(scaled));
}

static void add_more(struct strbuf *text, const struct hypothesis_answer *answer)
{
	uint32_t more = answer->more;

	if (more >= VERDICT_RULE_MANY_RUNS)
		strbuf_add_text(text, "; it lies on the border: more pairs will not settle it");
	else if (more > 0)
		strbuf_addf(text, "; about %u more would settle it", more);
	if (more > 0 && more < VERDICT_RULE_MANY_RUNS && answer->is_of_run)
		strbuf_addf(text, ": sonde run --more %u", more);
}

static void add_answer(struct strbuf *text, const struct hypothesis_answer *answer)
{
	const struct rank_estimate *estimate = &answer->estimate;

	strbuf_addf(text, " %s%s%s: ", answer->hypothesis->text,
		    answer->load[0] != '\0' ? " in load " : "", answer->load);
	if (answer->why[0] != '\0') {
		strbuf_add_text(text, answer->why);
		return;
	}
	add_value(text, answer, estimate->estimate);
	if (estimate->has_interval) {
		strbuf_add_text(text, " (");
		add_value(text, answer, estimate->lo);
		strbuf_add_text(text, " … ");
		add_value(text, answer, estimate->hi);
		strbuf_add_char(text, ')');
	}
	strbuf_addf(text, ", %u pair%s", estimate->n_base, estimate->n_base == 1 ? "" : "s");
	if (answer->verdict == HYPOTHESIS_OPEN)
		add_more(text, answer);
}

void hypothesis_list_format(struct strbuf *text, const struct hypothesis_list *list,
			    const struct text_layout *layout)
{
	static const enum text_style styles[] = {[HYPOTHESIS_CONFIRMED] = TEXT_GOOD,
						 [HYPOTHESIS_REFUTED] = TEXT_BAD,
						 [HYPOTHESIS_OPEN] = TEXT_WARN};

	if (list->count > 0)
		strbuf_add_char(text, '\n');
	for (uint32_t i = 0; i < list->count; i++) {
		const struct hypothesis_answer *answer = &list->answers[i];
		struct strbuf line;

		strbuf_init(&line, STRBUF_MAX_DEFAULT);
		strbuf_add_text(&line, "  ");
		text_add_styled(&line, layout, styles[answer->verdict],
				hypothesis_verdict_name(answer->verdict));
		add_answer(&line, answer);
		text_add_wrapped(text, layout, 4, strbuf_text(&line));
		strbuf_release(&line);
	}
}

static json_t *make_json(const struct hypothesis_answer *answer)
{
	const struct rank_estimate *estimate = &answer->estimate;
	bool has_interval = estimate->has_interval;
	json_t *object = json_object();

	json_value_set(object, "text", json_text_make(answer->hypothesis->text));
	if (answer->load[0] != '\0')
		json_value_set(object, "load", json_text_make(answer->load));
	json_value_set(object, "verdict", json_text_make(hypothesis_verdict_name(answer->verdict)));
	json_value_set(object, "estimate", json_value_make_real(scale(answer, estimate->estimate)));
	json_value_set(object, "lo",
		       has_interval ? json_value_make_real(scale(answer, estimate->lo))
				    : json_null());
	json_value_set(object, "hi",
		       has_interval ? json_value_make_real(scale(answer, estimate->hi))
				    : json_null());
	json_value_set(object, "pairs", json_value_make_count(estimate->n_base));
	json_value_set(object, "more_pairs", json_value_make_known(answer->more));
	if (answer->why[0] != '\0')
		json_value_set(object, "reason", json_text_make(answer->why));
	return object;
}

void hypothesis_list_add_json(struct strbuf *json, const struct hypothesis_list *list)
{
	json_t *document, *answers;

	if (list->count == 0)
		return;
	document = json_loadb(strbuf_text(json), json->length, 0, NULL);
	answers = json_array();
	for (uint32_t i = 0; i < list->count; i++)
		json_array_append_new(answers, make_json(&list->answers[i]));
	json_value_set(document, "hypotheses", answers);
	strbuf_clear(json);
	json_text_write(json, document, true);
}

int hypothesis_list_get_status(const struct hypothesis_list *list, bool is_strict)
{
	int status = CMD_OK;

	for (uint32_t i = 0; i < list->count; i++) {
		if (list->answers[i].verdict == HYPOTHESIS_REFUTED)
			return CMD_BAD_ANSWER;
		if (list->answers[i].verdict == HYPOTHESIS_OPEN && is_strict)
			status = CMD_NO_ANSWER;
	}
	return status;
}

int hypothesis_list_judge(const struct plan *plan, const struct selection *selection)
{
	struct text_layout layout = {.columns = 100};
	struct hypothesis_list list;
	struct strbuf text;
	struct arena arena;
	struct err err = {0};
	int status;

	if (plan->hypothesis_count == 0)
		return CMD_OK;
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (hypothesis_list_read(&list, &arena, plan, selection, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		hypothesis_list_format(&text, &list, &layout);
		fputs(strbuf_text(&text), stderr);
		status = hypothesis_list_get_status(&list, false);
	}
	strbuf_release(&text);
	arena_release(&arena);
	return status;
}
