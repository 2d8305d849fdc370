/*
 * Any bytes are a server's first words: a handshake never comes of them by chance, and they never
 * crash it. The first byte chooses the cut.
 */
#include <stdlib.h>
#include <string.h>

#include "load/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tls_context *get_context(void)
{
	static struct tls_context *context;
	const struct tls_config config = {
		.server_name = "localhost", .is_insecure = true, .offers_h2 = true};

	if (context == NULL && tls_context_new(&context, &config, NULL) < 0)
		abort();
	return context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_stream *stream = tls_stream_new(get_context());
	size_t length, step, at;
	char text[128];
	int shaken;

	if (stream == NULL)
		abort();
	shaken = tls_stream_shake(stream);
	if (shaken != 0 || tls_stream_get_output(stream, &length) == NULL)
		abort();
	step = size == 0 || data[0] == 0 ? size : data[0];
	for (at = 1; at < size && shaken == 0; at += step) {
		tls_stream_put(stream, (const char *)data + at,
			       size - at < step ? size - at : step);
		shaken = tls_stream_shake(stream);
	}
	if (shaken > 0 || (shaken < 0) != (tls_stream_get_error(stream) != 0))
		abort();
	tls_format_error(tls_stream_get_error(stream), text, sizeof(text));
	if (strlen(text) == 0)
		abort();
	tls_stream_free(stream);
	return 0;
}
