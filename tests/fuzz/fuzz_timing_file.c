/*
 * Any bytes are a list of times and URLs or are refused with a sentence; times ascend and each line
 * has its URL.
 */
#include <stdlib.h>
#include <string.h>

#include "load/timing_file.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct timing_list *list)
{
	if (list->count == 0 || list->uri_count == 0 || list->uri_count > list->count)
		abort();
	for (uint64_t i = 0; i < list->count; i++) {
		if (list->items[i].request >= list->uri_count ||
		    (i > 0 && list->items[i].offset_ns < list->items[i - 1].offset_ns))
			abort();
	}
	for (uint32_t i = 0; i < list->uri_count; i++) {
		if (list->uris[i][0] == '\0' ||
		    url_check_path(list->uris[i], strlen(list->uris[i]), NULL) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct timing_list list;
	struct arena arena;
	struct err err = {0};

	arena_init(&arena);
	if (timing_file_parse(&list, &arena, "f", (const char *)data, size, &err) == 0)
		check_list(&list);
	else if (err.text[0] == '\0')
		abort();
	arena_release(&arena);
	return 0;
}
