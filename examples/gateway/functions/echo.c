/*
 * echo: the answer is the body.
 */
#include <string.h>

#include "../function.h"

int handler(const char *body, size_t size, struct function_output *output);

int handler(const char *body, size_t size, struct function_output *output)
{
	if (size > output->capacity)
		return -1;
	if (size > 0)
		memcpy(output->data, body, size);
	output->size = size;
	output->type = "application/octet-stream";
	return 0;
}
