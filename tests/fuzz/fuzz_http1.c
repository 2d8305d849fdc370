/*
 * Any bytes are an answer or are refused, and how they are cut makes no difference. The first byte
 * chooses the cut.
 */
#include <stdlib.h>

#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t feed(struct http1_response *response, const char *text, size_t length, size_t step)
{
	ssize_t total = 0;

	http1_response_begin(response, false);
	for (size_t at = 0; at < length && !response->is_complete; at += step) {
		ssize_t used = http1_response_feed(
			response, text + at, length - at < step ? length - at : step, NULL, NULL);

		if (used < 0)
			return used;
		total += used;
	}
	return response->is_complete ? total : http1_response_end(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http1_response whole, cut;
	const char *text = (const char *)data;

	if (size == 0)
		return 0;
	if (feed(&whole, text + 1, size - 1, size) !=
		    feed(&cut, text + 1, size - 1, (size_t)data[0] + 1) ||
	    whole.error != cut.error || whole.status != cut.status ||
	    whole.body_bytes != cut.body_bytes || whole.is_complete != cut.is_complete ||
	    whole.is_keep_alive != cut.is_keep_alive)
		abort();
	return 0;
}
