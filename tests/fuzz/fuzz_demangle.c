/* Any text is a name: the answer is never longer than promised. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1);
	char *text;

	if (name == NULL)
		abort();
	memcpy(name, data, size);
	name[size] = '\0';
	text = demangle_name(name);
	if (strlen(text) > DEMANGLE_MAX_OUTPUT && strcmp(text, name) != 0)
		abort();
	free(text);
	free(name);
	return 0;
}
