/*
 * Any bytes are an answer or are refused, and how they are cut makes no difference, neither to the
 * framing nor to the headers and the body given; whether somebody takes these makes none to the
 * framing. The first byte chooses the cut and the scratch.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FNV-1a of what was given, with marks between headers. */
struct seen {
	uint64_t headers, body;
};

static uint64_t mix(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return (hash ^ 0x100) * 0x100000001b3;
}

static void see_header(void *context, const char *name, size_t name_length, const char *value,
		       size_t value_length)
{
	struct seen *seen = context;

	if (name_length == 0 || memchr(value, '\n', value_length) != NULL)
		abort();
	seen->headers = mix(mix(seen->headers, name, name_length), value, value_length);
}

static void see_body(void *context, const char *bytes, size_t length)
{
	struct seen *seen = context;

	for (size_t i = 0; i < length; i++)
		seen->body = (seen->body ^ (unsigned char)bytes[i]) * 0x100000001b3;
}

static ssize_t feed(struct http1_response *response, const char *text, size_t length, size_t step,
		    const struct http1_sink *sink)
{
	ssize_t total = 0;

	http1_response_begin(response, false);
	for (size_t at = 0; at < length && !response->is_complete; at += step) {
		ssize_t used = http1_response_feed(response, text + at,
						   length - at < step ? length - at : step, sink);

		if (used < 0)
			return used;
		total += used;
	}
	return response->is_complete ? total : http1_response_end(response);
}

static void check_same(const struct http1_response *a, const struct http1_response *b)
{
	if (a->error != b->error || a->status != b->status || a->body_bytes != b->body_bytes ||
	    a->is_complete != b->is_complete || a->is_keep_alive != b->is_keep_alive)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char scratch[600];
	struct seen seen_whole = {0}, seen_cut = {0};
	struct http1_sink sink = {.on_header = see_header, .on_body = see_body, .scratch = scratch};
	struct http1_response plain, whole, cut;
	const char *text = (const char *)data;
	ssize_t used;

	if (size == 0)
		return 0;
	sink.scratch_size = (data[0] & 1) != 0 ? sizeof(scratch) : 0;
	used = feed(&plain, text + 1, size - 1, size, NULL);
	sink.context = &seen_whole;
	if (feed(&whole, text + 1, size - 1, size, &sink) != used)
		abort();
	sink.context = &seen_cut;
	if (feed(&cut, text + 1, size - 1, (size_t)data[0] + 1, &sink) != used)
		abort();
	check_same(&plain, &whole);
	check_same(&whole, &cut);
	if (seen_whole.headers != seen_cut.headers || seen_whole.body != seen_cut.body)
		abort();
	return 0;
}
