/*
 * Any bytes are a list of requests or are refused with a sentence; what a list holds can stand in a
 * request.
 */
#include <stdlib.h>
#include <string.h>

#include "load/target_file.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	if (text[0] == '\0' || strpbrk(text, " \r\n") != NULL)
		abort();
}

static void check_entry(const struct target_entry *entry, size_t size)
{
	unsigned sum = 0;

	check_text(entry->method);
	check_text(entry->url);
	if (url_check_path(entry->url, strlen(entry->url), NULL) < 0)
		abort();
	for (uint32_t i = 0; i < entry->header_count; i++) {
		check_text(entry->headers[i].name);
		if (strpbrk(entry->headers[i].value, "\r\n") != NULL)
			abort();
	}
	for (size_t i = 0; i < entry->body_length; i++)
		sum += (unsigned char)entry->body[i];
	if (entry->body_length > size || sum > 255 * size || entry->line == 0)
		abort();
	if (entry->body_file != NULL && (entry->body_file[0] == '\0' || entry->body != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target_list list;
	struct arena arena;
	struct err err = {0};

	arena_init(&arena);
	if (target_file_parse(&list, &arena, "f", (const char *)data, size, &err) == 0) {
		if (list.count == 0)
			abort();
		for (uint32_t i = 0; i < list.count; i++)
			check_entry(&list.entries[i], size);
	} else if (err.text[0] == '\0') {
		abort();
	}
	arena_release(&arena);
	return 0;
}
