/* Annotations of the function sum of sample_profile.h, as text. */
#include "report/annotate_text.h"

#include "report/disassembly.h"
#include "sample_profile.h"

static struct sample_profile profile;

static void format(struct strbuf *text, const char *name, const char *module,
		   const struct annotate_text_options *options)
{
	struct disassembly_options machine = {.machine = "x86_64"};
	struct hot_functions hot;
	struct code_view view;
	struct err err = {0};

	strbuf_clear(text);
	sample_check(hot_functions_read(&hot, &profile.arena, &profile.selection, 0, NULL, &err),
		     &err);
	sample_check(code_view_read(&view, &profile.arena, &profile.selection, 0, name, module,
				    NULL, &err),
		     &err);
	for (uint32_t i = 0; i < view.block_count && options->why_no_instructions == NULL; i++)
		sample_check(disassembly_fill(&view.blocks[i], &profile.arena, &machine, &err),
			     &err);
	annotate_text_format(text, &view, &hot.summary, options);
}

static void has(const struct strbuf *text, const char *part, const char *what)
{
	if (!ok(strstr(strbuf_text(text), part) != NULL, what))
		printf("# no '%s' in:\n# %s\n", part, strbuf_text(text));
}

static void has_not(const struct strbuf *text, const char *part, const char *what)
{
	if (!ok(strstr(strbuf_text(text), part) == NULL, what))
		printf("# '%s' in:\n# %s\n", part, strbuf_text(text));
}

static void test_source(struct strbuf *text)
{
	struct annotate_text_options options = {.has_source = true};

	format(text, "sum", "app", &options);
	has(text, "\nsum (app): self 30.4 %, total 56.5 %\n", "the function's shares");
	has(text, "\n/src/sum.c: sum\n     self   total   line  source\n", "its source");
	has(text, "\n                      12  loop\n*  17.4 %  30.4 %     13      add\n",
	    "a line with samples is marked, tabs are blanks");
	has(text, "\n           26.1 %     15  call\n", "a call has a total only");
	has_not(text, "      9  sum", "far from samples");
	has(text, "\n/src/sum.c: next, inlined\n", "what was inlined");
	has(text, "\n*  13.0 %  13.0 %      4  next\n", "… with its shares");
	has_not(text, "instruction", "no code");
	has(text, "\n* at least 5 % of all samples in itself: worth looking into\n",
	    "what * means");
	options.is_all = true;
	format(text, "sum", "app", &options);
	has(text, "\n                       9  sum\n", "all lines when asked for");
}

static void test_code(struct strbuf *text)
{
	struct annotate_text_options options = {.has_code = true};

	format(text, "sum", "app", &options);
	has(text, "\n/srv/app: 0x2000, 32 bytes\n     self   total  address  instruction\n",
	    "code");
	has(text,
	    "\n                   sum.c:4 (next, inlined)  next\n"
	    "*  13.0 %  13.0 %     2008  movzbl (%rdi), %eax\n",
	    "inlined code is marked");
	has(text,
	    "\n                   sum.c:13  add\n*  17.4 %  17.4 %     200e  addl %eax, %ebx\n",
	    "instructions stand under their line");
	has(text, "\n           26.1 %     2017  callq 0x1efc\n", "a call");
	has_not(text, "source\n", "no source");
	options.why_no_instructions = "no disassembler";
	format(text, "sum", "app", &options);
	has(text, "32 bytes\nno disassembler\n", "or why not");
}

static void test_without(struct strbuf *text)
{
	struct annotate_text_options options = {.has_source = true, .has_code = true};

	format(text, "next", "app", &options);
	has(text, "\ninlined into sum (app, 13.0 %)\n", "where it was inlined");
	has(text, "no instructions of next: it was inlined", "no code of its own");
	format(text, "rec", "app", &options);
	has(text,
	    "\n           17.4 %      7\n*  17.4 %  17.4 %      8\n(the file could not be read",
	    "lines without their text");
	format(text, "libc.so.6+0x500", "libc.so.6", &options);
	has(text, "\nno source lines: ", "neither lines");
	has(text, "no instructions of libc.so.6+0x500: libc.so.6: install libc6-dbg\n", "nor code");
}

/* Nothing is cut into a pipe, no line is too wide on a terminal. */
static void test_width(struct strbuf *text)
{
	struct annotate_text_options options = {
		.layout = {.columns = 30}, .has_source = true, .has_code = true};
	uint32_t widest = 0;

	format(text, "sum", "app", &options);
	for (const char *line = strbuf_text(text); *line != '\0';) {
		size_t length = strcspn(line, "\n");
		scoped_free char *one = alloc_strndup(line, length);

		if (text_width(one) > widest)
			widest = text_width(one);
		line += length + (line[length] == '\n');
	}
	ok(widest <= 30, "no line is wider than the terminal");
}

int main(void)
{
	struct strbuf text;

	sample_profile_open(&profile);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	test_source(&text);
	test_code(&text);
	test_without(&text);
	test_width(&text);
	strbuf_release(&text);
	sample_profile_close(&profile);
	return tap_done();
}
