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

	if (url_parse(&url, text, &err) < 0) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	{
		scoped_free char *whole = alloc_printf("http://%s%s", url.authority, url.path);

		if (url_parse(&again, whole, NULL) < 0 || strcmp(again.path, url.path) != 0 ||
		    strcmp(again.host, url.host) != 0 || again.port != url.port)
			abort();
	}
	return 0;
}
