#include "report/markdown.h"

#include <string.h>

#include "util/clean.h"

void markdown_add_text(struct strbuf *text, const char *words)
{
	struct strbuf clean;

	strbuf_init(&clean, STRBUF_MAX_DEFAULT);
	clean_add(&clean, words);
	for (const char *at = strbuf_text(&clean); *at != '\0'; at++) {
		if (strchr("|\\`*_[]<>", *at) != NULL)
			strbuf_add_char(text, '\\');
		strbuf_add_char(text, *at);
	}
	strbuf_release(&clean);
}

void markdown_add_row(struct strbuf *text, const char *const *cells, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		strbuf_add_text(text, i == 0 ? "| " : " | ");
		markdown_add_text(text, cells[i]);
	}
	strbuf_add_text(text, " |\n");
}

void markdown_add_head(struct strbuf *text, const char *const *titles, const bool *is_right,
		       uint32_t count)
{
	markdown_add_row(text, titles, count);
	for (uint32_t i = 0; i < count; i++)
		strbuf_add_text(text, is_right[i] ? "|---:" : "|---");
	strbuf_add_text(text, "|\n");
}
