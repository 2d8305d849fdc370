/*
 * Targets as people type them, and the escaping of values in them (RFC 3986). Plain text work:
 * names are resolved in load/address.h.
 *
 *	http://localhost:3000/echo?x=1   the whole form
 *	localhost:3000/echo              http is understood
 *	:8080/x                          127.0.0.1 is understood
 *	http://[::1]:80/                 IPv6 in brackets
 */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum { URL_HOST_BYTES = 256, URL_PATH_BYTES = 4096 };

struct url {
	char host[URL_HOST_BYTES]; /* name or address; IPv6 without its brackets */
	/* value of the Host header: "[::1]:8080"; no port when it is 80 */
	char authority[URL_HOST_BYTES + 16];
	char path[URL_PATH_BYTES]; /* path and query: begins with '/', has no fragment */
	uint16_t port;		   /* 80 unless stated */
};

/*
 * Reads a URL in any of the forms above. -EINVAL with what is wrong and what would be right;
 * -EOPNOTSUPP for what is a URL but cannot be done (https, user names). ret_url is written only on
 * success.
 */
int url_parse(struct url *ret_url, const char *text, struct err *err);

/*
 * Whether `text` can stand in a request line: no white space, no control byte, nothing above ASCII.
 * -EINVAL names the byte and how to write it. The text need not be NUL-terminated.
 */
int url_check_path(const char *text, size_t length, struct err *err);

/*
 * Percent-encodes everything but the unreserved characters (RFC 3986 section 2.3: letters, digits,
 * - . _ ~), so that a value stays one value wherever it is put. `out` has room for 3 * length; no
 * NUL is added. Returns the bytes written.
 */
size_t url_encode(char *out, const char *bytes, size_t length);

#endif
