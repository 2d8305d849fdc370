#include "report/gate_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "report/table.h"
#include "util/fmt.h"

enum { COMMIT_CHARS = 9 };

/* ---- words ---- */

static const char *take_text(struct strbuf *text, struct arena *arena)
{
	const char *copy = arena_strdup(arena, strbuf_text(text));

	strbuf_clear(text);
	return copy;
}

/* What an inconclusive metric would take; "" else. */
static const char *make_note(const struct run_diff *diff, const struct run_diff_metric *metric,
			     struct strbuf *text, struct arena *arena)
{
	if (metric->verdict != VERDICT_INCONCLUSIVE || metric->more == 0)
		return "";
	metric_notes_add_more(text, diff, metric);
	strbuf_add_text(text, " would tell");
	return take_text(text, arena);
}

void gate_text_describe(struct gate_side *side, struct arena *arena)
{
	const struct run_diff *diff = side->diff;
	struct gate_row *rows = arena_alloc(arena, diff->metric_count + 1, sizeof(*rows));
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	side->rows = rows;
	side->row_count = 0;
	for (uint32_t i = 0; i < diff->metric_count; i++) {
		const struct run_diff_metric *metric = &diff->metrics[i];
		struct gate_row *row = &rows[side->row_count];

		if (metric->scope[0] != '\0')
			continue;
		row->metric = metric;
		metric_text_add_value(&text, metric->info, metric->base);
		row->base = take_text(&text, arena);
		metric_text_add_value(&text, metric->info, metric->head);
		row->head = take_text(&text, arena);
		metric_text_add_change(&text, metric);
		row->change = take_text(&text, arena);
		row->note = make_note(diff, metric, &text, arena);
		side->row_count++;
	}
	strbuf_release(&text);
}

/* The row that the sentence is about: the first that bears the gate's verdict. */
static const struct gate_row *find_telling(const struct gate_result *gate, enum verdict verdict,
					   const struct gate_side **ret_side)
{
	for (uint32_t s = 0; s < gate->side_count; s++) {
		const struct gate_row *row = gate_result_find_primary(&gate->sides[s]);

		*ret_side = &gate->sides[s];
		if (row != NULL && row->metric->verdict == verdict)
			return row;
	}
	for (uint32_t s = 0; s < gate->side_count; s++)
		for (uint32_t i = 0; i < gate->sides[s].row_count; i++) {
			*ret_side = &gate->sides[s];
			if (gate->sides[s].rows[i].metric->verdict == verdict)
				return &gate->sides[s].rows[i];
		}
	return NULL;
}

const char *gate_text_conclude(const struct gate_result *gate, struct arena *arena)
{
	enum verdict verdict = gate->has_regressed ? VERDICT_REGRESSED : gate->verdict;
	const struct gate_side *side = NULL;
	const struct gate_row *row = find_telling(gate, verdict, &side);

	for (uint32_t i = 0; i < gate->side_count; i++)
		if (gate->sides[i].diff->veto != NULL && gate->sides[i].diff->veto[0] != '\0')
			return gate->sides[i].diff->veto;
	if (verdict == VERDICT_NONE || row == NULL) {
		const char *why = gate->side_count > 0 ? gate->sides[0].diff->why_none : "";

		if (strstr(why, "no verdict") != NULL)
			return why;
		return why[0] != '\0' ? arena_printf(arena, "no verdict: %s", why)
				      : "no verdict: the metric that decides was not measured on "
					"both sides";
	}
	return arena_printf(arena, "%s%s%s%s %s %s%s%s", row->metric->info->label,
			    gate->side_count > 1 ? " (" : "",
			    gate->side_count > 1 ? side->name : "", gate->side_count > 1 ? ")" : "",
			    verdict == VERDICT_REGRESSED
				    ? "has REGRESSED:"
				    : arena_printf(arena, "is %s:", verdict_name(verdict)),
			    row->change, row->note[0] != '\0' ? "; " : "", row->note);
}

/* ---- the page ---- */

static void add_end(struct strbuf *text, const struct gate_end *end)
{
	strbuf_add_text(text, end->label);
	if (end->revision[0] != '\0' && strncmp(end->revision, end->label, strlen(end->label)) != 0)
		strbuf_addf(text, " (%.*s%s%s)", COMMIT_CHARS, end->revision,
			    end->subject[0] != '\0' ? ": " : "", end->subject);
}

static void add_title(struct strbuf *text, const struct gate_result *gate,
		      const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_addf(&line, "%s: ", gate->plan);
	add_end(&line, &gate->head);
	strbuf_add_text(&line, " against ");
	add_end(&line, &gate->base);
	text_add_wrapped(text, layout, 2, strbuf_text(&line));
	strbuf_release(&line);
}

static void add_rows(struct table *table, const struct gate_side *side, bool is_all)
{
	for (uint32_t i = 0; i < side->row_count; i++) {
		const struct gate_row *row = &side->rows[i];
		enum verdict verdict = row->metric->verdict;

		if (!is_all && !row->metric->info->is_main && verdict != VERDICT_REGRESSED &&
		    strcmp(row->metric->info->name, side->diff->primary) != 0)
			continue;
		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s%s", row->metric->info->label,
			       row->metric->is_primary ? " *" : "");
		table_add_cell(table, TEXT_PLAIN, "%s", row->base);
		table_add_cell(table, TEXT_PLAIN, "%s", row->head);
		table_add_cell(table, TEXT_PLAIN, "%s", row->change);
		table_add_cell(table, metric_text_get_style(verdict), "%s", verdict_name(verdict));
	}
}

static void add_table(struct strbuf *text, const struct gate_result *gate,
		      const struct gate_text_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	char title[METRIC_TEXT_TITLE_BYTES];

	if (gate->side_count == 0)
		return;
	table_add_column(table, TABLE_LEFT, "metric");
	table_add_column(table, TABLE_RIGHT, "base");
	table_add_column(table, TABLE_RIGHT, "head");
	table_add_column(table, TABLE_LEFT, metric_text_format_title(title, gate->sides[0].diff));
	table_add_column(table, TABLE_LEFT, "verdict");
	for (uint32_t i = 0; i < gate->side_count; i++) {
		if (gate->side_count > 1)
			table_add_heading(table, gate->sides[i].name);
		add_rows(table, &gate->sides[i], options->is_all);
	}
	table_format(table, text, &options->layout);
}

/* Of several sides what they say alike stands once. */
static void add_notes(struct strbuf *text, const struct gate_result *gate,
		      const struct text_layout *layout)
{
	struct strbuf notes;

	strbuf_init(&notes, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < gate->side_count; i++) {
		metric_notes_add(&notes, gate->sides[i].diff, layout);
		if (strstr(strbuf_text(text), strbuf_text(&notes)) == NULL)
			strbuf_add_text(text, strbuf_text(&notes));
		strbuf_clear(&notes);
	}
	strbuf_release(&notes);
}

static void add_sentences(struct strbuf *text, const struct gate_result *gate,
			  const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < gate->difference_count; i++) {
		const struct comparability_difference *one = &gate->differences[i];

		strbuf_addf(&line, "with care: %s: in the base %s; in the head %s", one->what,
			    one->base, one->head);
		text_add_wrapped(text, layout, 2, strbuf_text(&line));
		strbuf_clear(&line);
	}
	for (uint32_t i = 0; i < gate->note_count; i++)
		text_add_wrapped(text, layout, 2, gate->notes[i]);
	for (uint32_t i = 0; i < gate->side_count; i++) {
		if (gate->side_count > 1)
			strbuf_addf(&line, "%s: ", gate->sides[i].name);
		strbuf_addf(&line, "this gate: %s", gate->sides[i].power.sentence);
		text_add_wrapped(text, layout, 2, strbuf_text(&line));
		strbuf_clear(&line);
	}
	strbuf_release(&line);
}

static void add_design(struct strbuf *text, const struct gate_result *gate)
{
	const struct run_diff *diff = gate->side_count > 0 ? gate->sides[0].diff : NULL;
	const struct run_diff_metric *primary =
		diff != NULL ? run_diff_find(diff, diff->primary, "") : NULL;
	char time[FMT_BYTES];

	if (diff == NULL)
		return;
	if (strcmp(diff->design, "paired") == 0)
		strbuf_addf(text, "%" PRIu32 " pairs, interleaved", diff->pair_count);
	else if (primary != NULL)
		strbuf_addf(text, "%" PRIu32 " and %" PRIu32 " runs", primary->n_base,
			    primary->n_head);
	else
		strbuf_add_text(text, diff->design);
	if (gate->rejected > 0)
		strbuf_addf(text, "; %" PRIu32 " more were disturbed and do not count",
			    gate->rejected);
	if (gate->measured_ns > 0)
		strbuf_addf(text, "; measured in %s",
			    fmt_duration(time, (double)gate->measured_ns));
	strbuf_add_char(text, '\n');
}

void gate_text_format(struct strbuf *text, const struct gate_result *gate,
		      const struct gate_text_options *options)
{
	enum verdict mark;
	const char *word;
	struct arena arena;

	arena_init(&arena);
	add_title(text, gate, &options->layout);
	add_table(text, gate, options);
	add_notes(text, gate, &options->layout);
	add_design(text, gate);
	add_sentences(text, gate, &options->layout);
	strbuf_add_char(text, '\n');
	word = gate_result_get_word(gate, &mark);
	text_add_styled(text, &options->layout, metric_text_get_style(mark), word);
	strbuf_add_char(text, '\n');
	text_add_wrapped(text, &options->layout, 2,
			 gate->conclusion[0] != '\0' ? gate->conclusion
						     : gate_text_conclude(gate, &arena));
	if (gate->command[0] != '\0')
		strbuf_addf(text, "next: %s\n", gate->command);
	arena_release(&arena);
}
