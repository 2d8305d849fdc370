/*
 * options: what the command line says. See options_help for each one's meaning.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trouble.h"

enum mode { MODE_PROXY, MODE_ZERO_COPY };

struct options {
	const char *listen; /* a numeric address */
	uint16_t port;	    /* 0: the kernel chooses */
	size_t workers;
	size_t queue; /* per worker: calls without answer (proxy), open connections (zero-copy) */
	enum mode mode;
	const char *functions;
	uint64_t request_time_ns;
	uint64_t exec_time_ns;
	bool wants_help;
};

extern const char options_help[];

const char *mode_name(enum mode mode);

/* Strings point into `arguments`. Returns 0 or -EINVAL with a sentence. */
int options_parse(struct options *ret_options, int count, char **arguments,
		  struct trouble *trouble);

#endif
