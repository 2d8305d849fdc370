#include "report/run_quality.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "report/load_report.h"
#include "report/profile_report.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "util/vec.h"

/* A line of `first` that several runs may have said, with other figures in it. */
struct reason {
	const char *text;
	size_t length;
	uint32_t run_count;
	const struct stored_run *last;
};

struct reason_list {
	VEC_FIELDS(struct reason);
};

static void add_line(struct strbuf *buffer, const struct text_layout *layout, struct strbuf *line)
{
	text_add_wrapped(buffer, layout, 4, strbuf_text(line));
	strbuf_clear(line);
}

/* Each line of `text`, two blanks in. */
static void add_lines(struct strbuf *buffer, const struct text_layout *layout, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		scoped_free char *line = alloc_printf("  %.*s", (int)length, text);

		if (length > 0)
			text_add_wrapped(buffer, layout, 4, line);
		text += length + (text[length] == '\n' ? 1 : 0);
	}
}

static bool is_figure(char c)
{
	return isdigit((unsigned char)c) || c == '.' || c == ',';
}

/* Whether two reasons are the same but for their figures. */
static bool is_same_reason(const struct reason *reason, const char *text, size_t length)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < reason->length && is_figure(reason->text[i]))
			i++;
		while (j < length && is_figure(text[j]))
			j++;
		if (i == reason->length || j == length)
			return i == reason->length && j == length;
		if (reason->text[i++] != text[j++])
			return false;
	}
}

static void count_reason(struct reason_list *list, const struct stored_run *run, const char *text,
			 size_t length)
{
	struct reason fresh = {.text = text, .length = length, .run_count = 1, .last = run};

	for (size_t i = 0; i < list->count; i++) {
		struct reason *reason = &list->items[i];

		if (!is_same_reason(reason, text, length))
			continue;
		reason->run_count += reason->last != run;
		reason->last = run;
		return;
	}
	vec_push(list, fresh);
}

static void add_reasons(struct strbuf *buffer, const struct arm_metrics *metrics,
			const struct text_layout *layout, struct strbuf *line)
{
	struct reason_list list = {0};

	for (uint32_t i = 0; i < metrics->run_count; i++) {
		const char *text = metrics->runs[i]->reasons;

		while (text != NULL && *text != '\0') {
			size_t length = strcspn(text, "\n");

			if (length > 0)
				count_reason(&list, metrics->runs[i], text, length);
			text += length + (text[length] == '\n' ? 1 : 0);
		}
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct reason *reason = &list.items[i];

		strbuf_addf(line, "  %.*s", (int)reason->length, reason->text);
		if (metrics->run_count > 1)
			strbuf_addf(line, " (in %" PRIu32 " of %" PRIu32 " runs)",
				    reason->run_count, metrics->run_count);
		add_line(buffer, layout, line);
	}
	vec_release(&list);
}

static void add_load(struct strbuf *buffer, const struct run_summary_side *side,
		     const struct run_report_options *options, struct strbuf *line)
{
	static const enum text_style styles[] = {[VALIDITY_VALID] = TEXT_GOOD,
						 [VALIDITY_SUSPECT] = TEXT_WARN,
						 [VALIDITY_REFUSED] = TEXT_BAD};

	strbuf_add_text(buffer, "load: ");
	if (side->load.is_judged)
		text_add_styled(buffer, &options->layout, styles[side->load.validity],
				validity_name(side->load.validity));
	else
		text_add_styled(buffer, &options->layout, TEXT_WARN,
				"not judged: a run did not end in order");
	strbuf_add_char(buffer, '\n');
	add_reasons(buffer, &side->metrics, &options->layout, line);
	load_report_add_lines(buffer, &side->load, options);
}

static void add_profile(struct strbuf *buffer, const struct profile_summary *summary,
			const struct text_layout *layout, struct strbuf *line)
{
	struct strbuf advice;

	strbuf_init(&advice, STRBUF_MAX_DEFAULT);
	strbuf_add_text(line, "profile: ");
	profile_report_add_quality(line, summary);
	add_line(buffer, layout, line);
	profile_report_add_advice(&advice, summary);
	add_lines(buffer, layout, strbuf_text(&advice));
	strbuf_release(&advice);
}

/* Runs whose figures are shown, but that decide nothing (view/arm_metrics.h). */
static void add_left_out(struct strbuf *buffer, const struct arm_metrics *metrics,
			 const struct text_layout *layout, struct strbuf *line)
{
	const char *separator = "not in comparisons:";

	for (uint32_t i = 0; i < metrics->run_count; i++) {
		const struct stored_run *run = metrics->runs[i];
		bool is_refused = run->has_validity && run->validity == VALIDITY_REFUSED;

		if (run->record.state == RUN_DONE && !is_refused)
			continue;
		strbuf_addf(line, "%s run %" PRIu32 " (%s)", separator, run->record.number,
			    is_refused ? validity_name(run->validity)
				       : run_state_name(run->record.state));
		separator = ",";
	}
	if (line->length > 0)
		add_line(buffer, layout, line);
}

void run_quality_format(struct strbuf *buffer, const struct run_summary_side *side,
			const struct run_report_options *options)
{
	const struct text_layout *layout = &options->layout;
	scoped_free char *heading = alloc_printf("quality: %s", side->label);
	struct strbuf body, line;

	strbuf_init(&body, STRBUF_MAX_DEFAULT);
	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	if (side->has_load)
		add_load(&body, side, options, &line);
	if (side->has_profile)
		add_profile(&body, &side->profile.summary, layout, &line);
	add_left_out(&body, &side->metrics, layout, &line);
	if (side->failures[0] != '\0') {
		strbuf_add_text(&body, "failed:\n");
		add_lines(&body, layout, side->failures);
	}
	if (body.length > 0) {
		strbuf_add_char(buffer, '\n');
		text_add_styled(buffer, layout, TEXT_BOLD, heading);
		strbuf_add_char(buffer, '\n');
		strbuf_add_text(buffer, strbuf_text(&body));
	}
	strbuf_release(&line);
	strbuf_release(&body);
}

void run_quality_add_reasons(struct strbuf *buffer, const struct run_summary_side *side,
			     const struct text_layout *layout)
{
	struct strbuf line;

	if (!side->has_load || !side->load.is_judged || side->load.validity == VALIDITY_VALID)
		return;
	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_addf(buffer, "the load of %s was %s:\n", side->label,
		    validity_name(side->load.validity));
	add_reasons(buffer, &side->metrics, layout, &line);
	strbuf_release(&line);
}
