#include "report/annotate_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/profile_report.h"
#include "util/alloc.h"
#include "util/fmt.h"

#define CANDIDATE 0.05
#define MIN_SHARE 0.001 /* of a section of inlined code */

enum { CONTEXT_LINES = 3, CONTEXT_INSTRUCTIONS = 4, HOSTS_LISTED = 5 };

struct annotation {
	struct strbuf *buffer;
	const struct code_view *view;
	const struct annotate_text_options *options;
	double all;
	bool has_candidate;
};

static double get_share(const struct annotation *out, double samples)
{
	return out->all > 0 ? samples / out->all : 0;
}

/* A line that is cut at the terminal's width; `text` may hold anything. */
static void add_row(struct annotation *out, const char *text)
{
	const struct text_layout *layout = &out->options->layout;
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	text_add_clean(&line, text);
	while (line.length > 0 && line.data[line.length - 1] == ' ')
		line.data[--line.length] = '\0';
	if (layout->columns == 0)
		strbuf_add_text(out->buffer, strbuf_text(&line));
	else
		text_add_cut(out->buffer, strbuf_text(&line), layout->columns);
	strbuf_add_char(out->buffer, '\n');
	strbuf_release(&line);
}

/* "*  12.3 %  20.0 % ", blank without samples. */
static void format_shares(struct annotation *out, struct strbuf *row, double self, double total)
{
	bool is_candidate = get_share(out, self) >= CANDIDATE;
	char text[2][FMT_BYTES];

	out->has_candidate = out->has_candidate || is_candidate;
	strbuf_clear(row);
	strbuf_addf(row, "%c %7s %7s ", is_candidate ? '*' : ' ',
		    self > 0 ? fmt_percent(text[0], get_share(out, self)) : "",
		    total > 0 ? fmt_percent(text[1], get_share(out, total)) : "");
}

static void add_gap(struct annotation *out, uint32_t count, const char *what)
{
	scoped_free char *text =
		alloc_printf("%19s… %" PRIu32 " %s without samples", "", count, what);

	if (count > 0)
		add_row(out, text);
}

/* ---- source ---- */

static void add_line(struct annotation *out, const struct code_source *source, uint32_t number,
		     const struct code_line *line)
{
	const char *text = source_text_get(&out->view->text, source->file, number);
	struct strbuf row;

	strbuf_init(&row, STRBUF_MAX_DEFAULT);
	format_shares(out, &row, line != NULL ? line->self : 0, line != NULL ? line->total : 0);
	strbuf_addf(&row, "%6" PRIu32 "  %s", number, text != NULL ? text : "");
	add_row(out, strbuf_text(&row));
	strbuf_release(&row);
}

static bool has_text(const struct annotation *out, const struct code_source *source, uint32_t line)
{
	return source_text_get(&out->view->text, source->file, line) != NULL;
}

/* The last line before `line` that has a text, not below `least`, at most `most` back. */
static uint32_t go_back(const struct annotation *out, const struct code_source *source,
			uint32_t line, uint32_t least, uint32_t most)
{
	while (most-- > 0 && line > least && has_text(out, source, line - 1))
		line--;
	return line;
}

/*
 * Lines with samples and those around them whose text was kept. Where there is no text, there is
 * nothing between.
 */
static void add_lines(struct annotation *out, const struct code_source *source)
{
	uint32_t context = out->options->is_all ? UINT32_MAX : CONTEXT_LINES;
	uint32_t next = 1; /* the first line that was not shown yet */

	for (uint32_t i = 0; i < source->line_count; i++) {
		const struct code_line *line = &source->lines[i];
		uint32_t end = i + 1 < source->line_count ? source->lines[i + 1].line : UINT32_MAX;
		uint32_t at = go_back(out, source, line->line, next, context);

		if (i > 0 && has_text(out, source, next))
			add_gap(out, at - next, "lines");
		for (; at < line->line; at++)
			add_line(out, source, at, NULL);
		add_line(out, source, at++, line);
		for (uint32_t j = 0; j < context && at < end && has_text(out, source, at); j++)
			add_line(out, source, at++, NULL);
		next = at;
	}
}

static void add_source(struct annotation *out, const struct code_source *source)
{
	scoped_free char *title =
		source->is_inlined ? alloc_printf("%s: %s, inlined", source->file, source->function)
				   : alloc_printf("%s: %s", source->file, source->function);
	bool is_known = false;

	strbuf_add_char(out->buffer, '\n');
	text_add_styled(out->buffer, &out->options->layout, TEXT_BOLD, title);
	strbuf_add_char(out->buffer, '\n');
	add_row(out, "     self   total   line  source");
	add_lines(out, source);
	for (uint32_t i = 0; i < source->line_count; i++)
		is_known = is_known || has_text(out, source, source->lines[i].line);
	if (!is_known)
		add_row(out, "(the file could not be read when the run ended)");
}

static void add_sources(struct annotation *out)
{
	const struct code_view *view = out->view;
	bool has_any = false;

	for (uint32_t i = 0; i < view->source_count; i++) {
		const struct code_source *source = &view->sources[i];

		if (source->is_inlined && !out->options->is_all &&
		    get_share(out, source->self) < MIN_SHARE)
			continue;
		add_source(out, source);
		has_any = true;
	}
	if (!has_any && view->total > 0) {
		strbuf_add_char(out->buffer, '\n');
		text_add_wrapped(out->buffer, &out->options->layout, 2,
				 "no source lines: the module has no debug information (-g), or it "
				 "was not found");
	}
}

/* ---- code ---- */

static bool is_same_place(const struct code_place *a, const struct code_place *b)
{
	return a == b || (a != NULL && b != NULL && a->line == b->line &&
			  strcmp(a->function, b->function) == 0 && strcmp(a->file, b->file) == 0);
}

/* "                    parse.c:38 (skip_blank inlined)  the source line" */
static void add_place(struct annotation *out, const struct code_place *place)
{
	const char *slash = strrchr(place->file, '/');
	const char *file = slash != NULL ? slash + 1 : place->file;
	const char *text = source_text_get(&out->view->text, place->file, place->line);
	struct strbuf row;

	strbuf_init(&row, STRBUF_MAX_DEFAULT);
	strbuf_addf(&row, "%19s%s:%" PRIu32, "", file[0] != '\0' ? file : "?", place->line);
	if (place->is_inlined)
		strbuf_addf(&row, " (%s, inlined)", place->function);
	if (text != NULL)
		strbuf_addf(&row, "  %s", text + strspn(text, " \t"));
	add_row(out, strbuf_text(&row));
	strbuf_release(&row);
}

static void add_instruction(struct annotation *out, const struct code_block *block,
			    const struct code_instruction *instruction)
{
	struct strbuf row;

	strbuf_init(&row, STRBUF_MAX_DEFAULT);
	format_shares(out, &row, instruction->self, instruction->total);
	strbuf_addf(&row, "%8" PRIx64 "  %s", block->svma + instruction->offset, instruction->text);
	add_row(out, strbuf_text(&row));
	strbuf_release(&row);
}

/* Whether an instruction or one near it has samples. */
static bool is_near_samples(const struct code_block *block, uint32_t at)
{
	uint32_t begin = at > CONTEXT_INSTRUCTIONS ? at - CONTEXT_INSTRUCTIONS : 0;

	for (uint32_t i = begin; i < block->instruction_count && i <= at + CONTEXT_INSTRUCTIONS;
	     i++)
		if (block->instructions[i].total > 0)
			return true;
	return false;
}

static void add_instructions(struct annotation *out, const struct code_block *block)
{
	const struct code_place *shown = NULL;
	uint32_t hidden = 0;

	for (uint32_t i = 0; i < block->instruction_count; i++) {
		const struct code_instruction *instruction = &block->instructions[i];
		const struct code_place *place = code_view_find_place(block, instruction->offset);

		if (!out->options->is_all && !is_near_samples(block, i)) {
			hidden++;
			continue;
		}
		add_gap(out, hidden, "instructions");
		if (place != NULL && (hidden > 0 || !is_same_place(place, shown)))
			add_place(out, place);
		add_instruction(out, block, instruction);
		shown = place;
		hidden = 0;
	}
	add_gap(out, hidden, "instructions");
}

static void add_block(struct annotation *out, const struct code_block *block)
{
	scoped_free char *title = alloc_printf("%s: 0x%" PRIx64 ", %" PRIu32 " bytes",
					       block->module, block->svma, block->size);

	strbuf_add_char(out->buffer, '\n');
	text_add_styled(out->buffer, &out->options->layout, TEXT_BOLD, title);
	strbuf_add_char(out->buffer, '\n');
	if (block->instruction_count == 0) {
		add_row(out, out->options->why_no_instructions != NULL
				     ? out->options->why_no_instructions
				     : "no instructions");
		return;
	}
	add_row(out, "     self   total  address  instruction");
	add_instructions(out, block);
}

static void add_code(struct annotation *out)
{
	const struct code_view *view = out->view;

	for (uint32_t i = 0; i < view->block_count; i++)
		add_block(out, &view->blocks[i]);
	if (view->why_no_code != NULL) {
		scoped_free char *text = alloc_printf("no instructions of %s: %s", view->function,
						      view->why_no_code);

		strbuf_add_char(out->buffer, '\n');
		text_add_wrapped(out->buffer, &out->options->layout, 2, text);
	}
}

/* ---- all of it ---- */

static void add_head(struct annotation *out)
{
	const struct code_view *view = out->view;
	char text[2][FMT_BYTES];
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_addf(&line, "%s (%s): self %s, total %s", view->function, view->module,
		    fmt_percent(text[0], get_share(out, view->self)),
		    fmt_percent(text[1], get_share(out, view->total)));
	text_add_wrapped(out->buffer, &out->options->layout, 2, strbuf_text(&line));
	strbuf_clear(&line);
	for (uint32_t i = 0; i < view->host_count && i < HOSTS_LISTED; i++)
		strbuf_addf(&line, "%s%s (%s, %s)", i > 0 ? ", " : "inlined into ",
			    view->hosts[i].name, view->hosts[i].module,
			    fmt_percent(text[0], get_share(out, view->hosts[i].samples)));
	if (view->host_count > HOSTS_LISTED)
		strbuf_addf(&line, " and %" PRIu32 " more", view->host_count - HOSTS_LISTED);
	if (line.length > 0)
		text_add_wrapped(out->buffer, &out->options->layout, 2, strbuf_text(&line));
	strbuf_release(&line);
}

void annotate_text_format(struct strbuf *buffer, const struct code_view *view,
			  const struct profile_summary *summary,
			  const struct annotate_text_options *options)
{
	struct annotation out = {.buffer = buffer,
				 .view = view,
				 .options = options,
				 .all = summary->samples_with_hidden};

	profile_report_format_head(buffer, summary, &options->layout);
	strbuf_add_char(buffer, '\n');
	add_head(&out);
	if (options->has_source)
		add_sources(&out);
	if (options->has_code)
		add_code(&out);
	if (out.has_candidate) {
		strbuf_add_char(buffer, '\n');
		text_add_wrapped(buffer, &options->layout, 2,
				 "* at least 5 % of all samples in itself: worth looking into");
	}
}
