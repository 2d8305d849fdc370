#include "export/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

/* Bytes of the well-formed sequence at `bytes`, 0 when there is none (Unicode 15, table 3-7). */
static size_t measure_utf8(const unsigned char *bytes)
{
	unsigned char first = bytes[0], low = 0x80, high = 0xbf;
	size_t length = first < 0x80   ? 1
			: first < 0xc2 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
			: first < 0xf5 ? 4
				       : 0;

	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (bytes[i] < low || bytes[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

json_t *json_text_make(const char *text)
{
	struct strbuf clean;
	json_t *value;

	if (text == NULL)
		return json_null();
	strbuf_init(&clean, STRBUF_MAX_DEFAULT);
	for (const char *c = text; *c != '\0';) {
		size_t length = measure_utf8((const unsigned char *)c);

		if (length > 0)
			strbuf_add(&clean, c, length);
		else
			strbuf_add_text(&clean, "\xef\xbf\xbd");
		c += length > 0 ? length : 1;
	}
	value = json_string(strbuf_text(&clean));
	strbuf_release(&clean);
	if (value == NULL)
		abort(); /* the text is clean: there was no memory */
	return value;
}

static int add_chunk(const char *bytes, size_t length, void *context)
{
	strbuf_add(context, bytes, length);
	return 0;
}

void json_text_write(struct strbuf *json, json_t *document, bool is_indented)
{
	size_t flags = is_indented ? JSON_INDENT(2) : JSON_COMPACT;

	if (json_dump_callback(document, add_chunk, json, flags) < 0)
		abort();
	strbuf_add_char(json, '\n');
	json_decref(document);
}
