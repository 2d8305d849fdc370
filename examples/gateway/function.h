/*
 * function: what a native function sees. The whole contract between the gateway and a shared
 * object.
 *
 * A shared object is loaded once, before the first worker starts; a handler runs in a worker, one
 * call at a time per worker, and should return soon: its worker serves nobody else meanwhile. A
 * crash ends its worker, not the gateway.
 */
#ifndef GATEWAY_FUNCTION_H
#define GATEWAY_FUNCTION_H

#include <stddef.h>

#define FUNCTION_OUTPUT_MAX_BYTES (1U << 20) /* more is a failure of the function */

struct function_output {
	char *data;	  /* to be filled */
	size_t capacity;  /* FUNCTION_OUTPUT_MAX_BYTES */
	size_t size;	  /* to be set; 0 at the start */
	const char *type; /* content type; text/plain unless set, to a string that stays */
};

/*
 * The body is borrowed for the call. Returns 0, or anything else for a failure (the client gets a
 * 500).
 */
typedef int (*function_handler)(const char *body, size_t size, struct function_output *output);

#endif
