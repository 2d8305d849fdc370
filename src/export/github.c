#include "export/github.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ROOM_FOR_END = 2048, COMMIT_CHARS = 9, CELL_BYTES = 512 };

/* ---- Markdown ---- */

/* Text of users in a line or a cell: no markup, no line breaks, and no novels. */
static void add_escaped(struct strbuf *text, const char *plain)
{
	size_t length = strlen(plain), end = length < CELL_BYTES ? length : CELL_BYTES;

	while (end < length && ((unsigned char)plain[end] & 0xc0) == 0x80)
		end--; /* not within a character */
	for (size_t i = 0; i < end; i++) {
		if (strchr("|\\`*_<>[]#@", plain[i]) != NULL)
			strbuf_add_char(text, '\\');
		strbuf_add_char(text, (unsigned char)plain[i] < ' ' ? ' ' : plain[i]);
	}
	if (end < length)
		strbuf_add_text(text, "…");
}

static void add_end(struct strbuf *text, const struct gate_end *end)
{
	add_escaped(text, end->label);
	if (end->revision[0] == '\0')
		return;
	strbuf_addf(text, " (`%.*s`", COMMIT_CHARS, end->revision);
	if (end->subject[0] != '\0') {
		strbuf_add_text(text, " ");
		add_escaped(text, end->subject);
	}
	strbuf_add_char(text, ')');
}

static const char *get_mark(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_REGRESSED:
		return "❌";
	case VERDICT_IMPROVED:
		return "🚀";
	case VERDICT_EQUIVALENT:
		return "✅";
	case VERDICT_INCONCLUSIVE:
		return "❔";
	case VERDICT_NONE:
		break;
	}
	return "➖";
}

static void add_head(struct strbuf *text, const struct gate_result *gate)
{
	enum verdict mark;
	const char *word = gate_result_get_word(gate, &mark);

	strbuf_addf(text, "### %s sonde: ", get_mark(mark));
	add_escaped(text, gate->plan);
	strbuf_addf(text, ": %s\n\n", mark == VERDICT_NONE ? "no verdict" : word);
	add_end(text, &gate->head);
	strbuf_add_text(text, " against ");
	add_end(text, &gate->base);
	strbuf_add_text(text, "\n\n");
	if (gate->conclusion[0] != '\0') {
		strbuf_add_text(text, "**");
		add_escaped(text, gate->conclusion);
		strbuf_add_text(text, "**\n\n");
	}
}

static void add_row(struct strbuf *text, const struct gate_row *row)
{
	enum verdict verdict = row->metric->verdict;
	const char *bold = row->metric->is_primary ? "**" : "";

	strbuf_addf(text, "| %s%s%s | %s | %s | ", bold, row->metric->info->label, bold, row->base,
		    row->head);
	add_escaped(text, row->change);
	strbuf_addf(text, " | %s%s%s |\n", verdict != VERDICT_NONE ? get_mark(verdict) : "",
		    verdict != VERDICT_NONE ? " " : "", verdict_name(verdict));
}

/*
 * Adds the text of `part` to the page if it fits, and counts it otherwise: once something did not
 * fit, nothing more is added.
 */
struct page {
	struct strbuf *text;
	size_t max_bytes;
	uint32_t cut_count;
};

static void add_part(struct page *page, struct strbuf *part)
{
	if (page->cut_count > 0 ||
	    page->text->length + part->length + ROOM_FOR_END > page->max_bytes)
		page->cut_count++;
	else
		strbuf_add(page->text, strbuf_text(part), part->length);
	strbuf_clear(part);
}

static bool is_row(const struct gate_side *side, const struct gate_row *row, bool is_short)
{
	bool is_telling = row->metric->info->is_main ||
			  strcmp(row->metric->info->name, side->diff->primary) == 0 ||
			  row->metric->verdict == VERDICT_REGRESSED;

	return is_short == is_telling;
}

static void add_rows(struct page *page, const struct gate_side *side, bool is_short,
		     struct strbuf *part)
{
	for (uint32_t i = 0; i < side->row_count; i++) {
		if (!is_row(side, &side->rows[i], is_short))
			continue;
		add_row(part, &side->rows[i]);
		add_part(page, part);
	}
}

static bool has_rows(const struct gate_side *side, bool is_short)
{
	for (uint32_t i = 0; i < side->row_count; i++)
		if (is_row(side, &side->rows[i], is_short))
			return true;
	return false;
}

static void add_side(struct page *page, const struct gate_result *gate,
		     const struct gate_side *side)
{
	char columns[128];
	struct strbuf part;

	snprintf(columns, sizeof(columns),
		 "| metric | base | head | change (%.3g %% interval) | verdict |\n"
		 "|---|---:|---:|---|---|\n",
		 100 * side->diff->level);
	strbuf_init(&part, STRBUF_MAX_DEFAULT);
	if (gate->side_count > 1) {
		strbuf_add_text(&part, "#### ");
		add_escaped(&part, side->name);
		strbuf_add_text(&part, "\n\n");
	}
	strbuf_add_text(&part, columns);
	add_part(page, &part);
	add_rows(page, side, true, &part);
	if (has_rows(side, false) && page->cut_count == 0) {
		strbuf_addf(&part, "\n<details><summary>all metrics</summary>\n\n%s", columns);
		add_part(page, &part);
		add_rows(page, side, false, &part);
		strbuf_add_text(page->text, "\n</details>\n");
	}
	strbuf_add_text(&part, "\nThis gate ");
	add_escaped(&part, side->power.sentence);
	strbuf_add_text(&part, ".\n\n");
	add_part(page, &part);
	strbuf_release(&part);
}

static void add_notes(struct page *page, const struct gate_result *gate)
{
	struct strbuf part;

	strbuf_init(&part, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < gate->difference_count; i++) {
		const struct comparability_difference *one = &gate->differences[i];

		strbuf_add_text(&part, "- with care: ");
		add_escaped(&part, one->what);
		strbuf_add_text(&part, ": in the base ");
		add_escaped(&part, one->base);
		strbuf_add_text(&part, "; in the head ");
		add_escaped(&part, one->head);
		strbuf_add_char(&part, '\n');
		add_part(page, &part);
	}
	for (uint32_t i = 0; i < gate->note_count; i++) {
		strbuf_add_text(&part, "- ");
		add_escaped(&part, gate->notes[i]);
		strbuf_add_char(&part, '\n');
		add_part(page, &part);
	}
	strbuf_release(&part);
}

/* ROOM_FOR_END is kept for this, so it always fits. */
static void add_foot(struct page *page, const struct gate_result *gate)
{
	if (page->cut_count > 0)
		strbuf_addf(page->text,
			    "\n*cut here: %" PRIu32 " more lines; the JSON has all of them*\n",
			    page->cut_count);
	if (gate->pairs > 0)
		strbuf_addf(page->text, "\n%" PRIu32 " pairs, %" PRIu32 " rejected\n", gate->pairs,
			    gate->rejected);
}

static void write_page(struct strbuf *markdown, size_t max_bytes, const struct gate_result *gate)
{
	struct page page = {.text = markdown, .max_bytes = max_bytes};

	add_head(markdown, gate);
	for (uint32_t i = 0; i < gate->side_count; i++)
		add_side(&page, gate, &gate->sides[i]);
	add_notes(&page, gate);
	add_foot(&page, gate);
}

void github_write_summary(struct strbuf *markdown, const struct gate_result *gate)
{
	write_page(markdown, GITHUB_SUMMARY_BYTES, gate);
}

void github_write_comment(struct strbuf *markdown, const struct gate_result *gate)
{
	strbuf_add_text(markdown, GITHUB_MARKER "\n");
	write_page(markdown, GITHUB_COMMENT_BYTES, gate);
}

/* ---- annotations ---- */

/* As actions/toolkit does it: '%' first, and in properties ':' and ',' too. */
static void add_command_text(struct strbuf *text, const char *plain, bool is_property)
{
	for (; *plain != '\0'; plain++) {
		if (*plain == '%')
			strbuf_add_text(text, "%25");
		else if (*plain == '\r')
			strbuf_add_text(text, "%0D");
		else if (*plain == '\n')
			strbuf_add_text(text, "%0A");
		else if (is_property && *plain == ':')
			strbuf_add_text(text, "%3A");
		else if (is_property && *plain == ',')
			strbuf_add_text(text, "%2C");
		else
			strbuf_add_char(text, *plain);
	}
}

struct annotations {
	struct strbuf *text;
	uint32_t errors, warnings;
};

/* Beyond the limit GitHub would drop them; which ones is better chosen here. */
static void annotate(struct annotations *to, bool is_error, const char *title, const char *message)
{
	uint32_t *count = is_error ? &to->errors : &to->warnings;

	if ((*count)++ >= GITHUB_ANNOTATIONS)
		return;
	strbuf_addf(to->text, "::%s title=", is_error ? "error" : "warning");
	add_command_text(to->text, title, true);
	strbuf_add_text(to->text, "::");
	add_command_text(to->text, message, false);
	strbuf_add_char(to->text, '\n');
}

static void annotate_row(struct annotations *to, const struct gate_result *gate,
			 const struct gate_side *side, const struct gate_row *row, bool is_error)
{
	struct strbuf title, message;

	strbuf_init(&title, STRBUF_MAX_DEFAULT);
	strbuf_init(&message, STRBUF_MAX_DEFAULT);
	strbuf_addf(&title, "%s: %s", gate->plan, row->metric->info->label);
	if (gate->side_count > 1)
		strbuf_addf(&title, " of %s", side->name);
	strbuf_addf(&title, " %s",
		    row->metric->verdict == VERDICT_NONE ? "has no verdict"
							 : verdict_name(row->metric->verdict));
	if (row->change[0] != '\0')
		strbuf_addf(&message, "%s: %s to %s", row->change, row->base, row->head);
	if (row->note[0] != '\0')
		strbuf_addf(&message, "; %s", row->note);
	if (row->metric->verdict == VERDICT_NONE && side->diff->why_none[0] != '\0')
		strbuf_addf(&message, "%s%s", message.length > 0 ? "; " : "", side->diff->why_none);
	annotate(to, is_error, strbuf_text(&title), strbuf_text(&message));
	strbuf_release(&title);
	strbuf_release(&message);
}

/* What decides first, so that the limit cannot take it away. */
static void annotate_side(struct annotations *to, const struct gate_result *gate,
			  const struct gate_side *side)
{
	const struct gate_row *primary = gate_result_find_primary(side);

	if (primary == NULL)
		annotate(to, false, gate->plan, "the metric that decides was not measured");
	else if (primary->metric->verdict == VERDICT_REGRESSED)
		annotate_row(to, gate, side, primary, true);
	else if (primary->metric->verdict == VERDICT_INCONCLUSIVE ||
		 primary->metric->verdict == VERDICT_NONE)
		annotate_row(to, gate, side, primary, false);
	for (uint32_t i = 0; i < side->row_count; i++)
		if (&side->rows[i] != primary && side->rows[i].metric->verdict == VERDICT_REGRESSED)
			annotate_row(to, gate, side, &side->rows[i], true);
}

void github_write_annotations(struct strbuf *commands, const struct gate_result *gate)
{
	struct annotations to = {.text = commands};
	enum verdict mark;
	const char *word = gate_result_get_word(gate, &mark);
	struct strbuf title;

	/* what no row says: a threshold that was breached, or could not be judged */
	strbuf_init(&title, STRBUF_MAX_DEFAULT);
	strbuf_addf(&title, "%s: %s", gate->plan, word);
	if (strcmp(word, "FAILED") == 0 || strcmp(word, "NO ANSWER") == 0)
		annotate(&to, mark == VERDICT_REGRESSED, strbuf_text(&title), gate->conclusion);
	strbuf_release(&title);
	for (uint32_t i = 0; i < gate->side_count; i++)
		annotate_side(&to, gate, &gate->sides[i]);
	for (uint32_t i = 0; i < gate->difference_count; i++) {
		struct strbuf message;

		strbuf_init(&message, STRBUF_MAX_DEFAULT);
		strbuf_addf(&message, "%s: in the base %s; in the head %s",
			    gate->differences[i].what, gate->differences[i].base,
			    gate->differences[i].head);
		annotate(&to, false, "the two sides differ besides the change",
			 strbuf_text(&message));
		strbuf_release(&message);
	}
	for (uint32_t i = 0; i < gate->note_count; i++)
		annotate(&to, false, gate->plan, gate->notes[i]);
}
