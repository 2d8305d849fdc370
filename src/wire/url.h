/*
 * Targets as people type them, and the escaping of values in them (RFC 3986). Plain text work:
 * names are resolved in load/address.h.
 *
 *	http://localhost:3000/echo?x=1   the whole form
 *	https://localhost/               TLS, port 443
 *	localhost:3000/echo              http is understood
 *	:8080/x                          127.0.0.1 is understood
 *	http://[::1]:80/                 IPv6 in brackets
 *	unix:/run/x.sock                 a Unix socket; its path ends at the next ':'
 *	unix:/run/x.sock:/path           and a path behind it
 *	https://unix:/run/x.sock:/path   the same with a scheme, as nginx writes it
 */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum {
	URL_HOST_BYTES = 256,
	URL_PATH_BYTES = 4096,
	URL_SOCKET_BYTES = 108, /* as sockaddr_un.sun_path */
	URL_ORIGIN_BYTES = URL_HOST_BYTES + 32,
};

struct url {
	char host[URL_HOST_BYTES]; /* name or address; IPv6 without its brackets */
	/* value of the Host header: "[::1]:8080"; no port when it is the scheme's own */
	char authority[URL_HOST_BYTES + 16];
	char path[URL_PATH_BYTES]; /* path and query: begins with '/', has no fragment */
	/* connect to this, when it is not "": host is "localhost" and port the scheme's then */
	char socket_path[URL_SOCKET_BYTES];
	uint16_t port; /* 80, with TLS 443, unless stated */
	bool is_tls;
};

/*
 * Reads a URL in any of the forms above. -EINVAL with what is wrong and what would be right;
 * -EOPNOTSUPP for what is a URL but cannot be done (user names). ret_url is written only on
 * success.
 */
int url_parse(struct url *ret_url, const char *text, struct err *err);

/*
 * What stands before the path: "https://localhost:8443", "http://unix:/run/x.sock:". Followed by a
 * path, or alone, url_parse() reads the same from it. Returns `text`.
 */
char *url_format_origin(const struct url *url, char text[static URL_ORIGIN_BYTES]);

/* Where to connect to: a host or a Unix socket. */
struct url_address {
	char host[URL_HOST_BYTES]; /* IPv6 without its brackets; "" with a socket */
	char socket_path[URL_SOCKET_BYTES];
	uint16_t port; /* 0 = not stated */
};

/*
 * Reads "host:port", "[::1]:80", ":80" (127.0.0.1), "unix:/path", or a host alone. -EINVAL with a
 * sentence. ret_address is written only on success.
 */
int url_parse_address(struct url_address *ret_address, const char *text, struct err *err);

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
