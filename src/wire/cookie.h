/*
 * A cookie jar for one origin (RFC 6265, as far as one client that talks to one server needs it):
 * Set-Cookie lines in, a Cookie line out. Path and expiry are kept to; Domain is not looked at,
 * since there is one origin; Secure cookies go out over TLS only. Bounded: COOKIE_JAR_COUNT cookies
 * of COOKIE_JAR_BYTES in all. Pure: the time is given.
 */
#ifndef WIRE_COOKIE_H
#define WIRE_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COOKIE_JAR_COUNT = 64, COOKIE_JAR_BYTES = 16384 };

struct cookie_jar; /* allocates only as cookies come */

struct cookie_jar *cookie_jar_new(void);
void cookie_jar_free(struct cookie_jar *jar);
void cookie_jar_clear(struct cookie_jar *jar);

/*
 * Takes the value of a Set-Cookie header that answered a request for request_path. What is no
 * cookie is ignored, as browsers do. wall_s: seconds since 1970, for Max-Age and Expires. A cookie
 * of the same name and path is replaced (without allocating when the new one is not longer), or
 * deleted when the new one has expired. False when the jar has no room for it.
 */
bool cookie_jar_take(struct cookie_jar *jar, const char *value, size_t length,
		     const char *request_path, uint64_t wall_s);

/*
 * Writes the value of the Cookie header for a request ("a=1; b=2") and returns its length; 0 = no
 * cookie applies. At most COOKIE_JAR_BYTES. Not NUL-terminated.
 */
size_t cookie_jar_format(const struct cookie_jar *jar, const char *path, size_t path_length,
			 bool is_secure, uint64_t wall_s, char *out);

bool cookie_jar_is_empty(const struct cookie_jar *jar);

#endif
