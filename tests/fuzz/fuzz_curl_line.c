/*
 * Any text is a curl command or is refused in a sentence; what is made of it can be sent. Files are
 * read as their own names.
 */
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "wire/curl_line.h"
#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_file(void *context, const char *path, struct strbuf *out, struct err *err)
{
	(void)context;
	(void)err;
	strbuf_add_text(out, path);
	strbuf_add(out, "\r\n\0", 3);
	return 0;
}

static void check(const struct curl_line *line)
{
	struct url_address address;
	struct strbuf out;

	strbuf_init(&out, STRBUF_MAX_DEFAULT);
	if (http1_add_request_line(&out, line->method, line->url.path, NULL) < 0)
		abort();
	for (uint32_t i = 0; i < line->header_count; i++) {
		if (http1_add_header(&out, line->headers[i].name, line->headers[i].value, NULL) < 0)
			abort();
	}
	if (line->body != NULL)
		strbuf_add(&out, line->body, line->body_length);
	else if (line->body_length > 0)
		abort();
	if (line->connect_to != NULL && url_parse_address(&address, line->connect_to, NULL) < 0)
		abort();
	for (uint32_t i = 0; i < line->note_count; i++)
		strbuf_add_text(&out, line->notes[i]);
	strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_free char *text = alloc_strndup((const char *)data, size);
	struct err err = {0};
	struct arena arena;
	struct curl_line line;

	arena_init(&arena);
	if (curl_line_parse(&line, text, &arena, read_file, NULL, &err) == 0)
		check(&line);
	else if (err.code == 0 || err.text[0] == '\0')
		abort();
	arena_release(&arena);
	return 0;
}
