/*
 * Any text is a URL or is refused in a sentence; what was accepted is accepted again when written
 * out whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_free char *text = alloc_strndup((const char *)data, size);
	struct err err = {0};
	struct url url, again;
	struct url_address address;
	char origin[URL_ORIGIN_BYTES];

	if (url_parse_address(&address, text, &err) < 0 && err.text[0] == '\0')
		abort();
	err = (struct err){0};

	if (url_parse(&url, text, &err) < 0) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	scoped_free char *whole = alloc_printf("%s%s", url_format_origin(&url, origin), url.path);

	if (url_parse(&again, whole, NULL) < 0 || strcmp(again.path, url.path) != 0 ||
	    strcmp(again.host, url.host) != 0 || again.port != url.port ||
	    strcmp(again.socket_path, url.socket_path) != 0 || again.is_tls != url.is_tls)
		abort();
	return 0;
}
