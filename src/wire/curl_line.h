/*
 * A `curl …` command line, typed or pasted from a browser's "Copy as cURL", as the request that it
 * would make. Pure text work: files named with @ are read by the caller's function.
 *
 * Options of curl are of three kinds: those that shape the request, those that make no difference
 * to it (-s, -o FILE: taken and forgotten, with a note where the user might count on them), and
 * those that cannot be done (-x, -F: refused with a sentence). Not added, other than by curl:
 * User-Agent and Accept, unless -A or -H give them.
 */
#ifndef WIRE_CURL_LINE_H
#define WIRE_CURL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/strbuf.h"
#include "wire/url.h"

enum { CURL_LINE_DATA_MAX = 64 << 20 }; /* bytes of a body with its files */

enum curl_line_protocol {
	CURL_LINE_ANY_PROTOCOL, /* not stated: over TLS what the server chooses, else HTTP/1.1 */
	CURL_LINE_HTTP1,	/* --http1.1 */
	CURL_LINE_HTTP2,	/* --http2-prior-knowledge */
};

struct curl_line_header {
	const char *name, *value; /* neither holds a line end */
};

/* Everything is in the arena. NULL = not stated. */
struct curl_line {
	struct url url;	    /* with what -G puts behind it */
	const char *method; /* "GET", "HEAD", "POST", … */
	const struct curl_line_header *headers;
	uint32_t header_count;
	const char *body; /* NULL = none */
	size_t body_length;
	/* for url_parse_address(): "host:port", "[::1]:80", "unix:/path" to connect to instead */
	const char *connect_to;
	const char *ca_file, *cert_file, *key_file;
	bool is_insecure; /* do not verify the certificate */
	enum curl_line_protocol protocol;
	uint64_t timeout_ns; /* 0 = not stated */
	/* what was left out, each like "-L: redirects are not followed" */
	const char *const *notes;
	uint32_t note_count;
};

/*
 * Appends the file's bytes to `out`, which is full at CURL_LINE_DATA_MAX; "-" is the standard
 * input. Negative errno with a sentence that names it.
 */
typedef int (*curl_line_read_fn)(void *context, const char *path, struct strbuf *out,
				 struct err *err);

/*
 * Reads the whole command, as it would stand in a shell. read_file NULL: data from files is
 * refused. -EINVAL with a sentence that names the option and what would be right, -EOPNOTSUPP for
 * what curl can and this cannot, -EFBIG for too much data, and whatever read_file returns.
 * ret_line is written only on success.
 */
int curl_line_parse(struct curl_line *ret_line, const char *text, struct arena *arena,
		    curl_line_read_fn read_file, void *context, struct err *err);

/* The same for words that a shell has split: "curl" and its arguments, NULL-terminated. */
int curl_line_parse_words(struct curl_line *ret_line, const char *const *words, struct arena *arena,
			  curl_line_read_fn read_file, void *context, struct err *err);

#endif
