/*
 * Lines of Set-Cookie values from any server: the jar keeps to its bounds, and what it says fits
 * one line of a request. Each line's first byte moves the clock on, the second chooses the path.
 */
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "wire/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct cookie_jar *jar, const char *path, bool is_secure,
		       uint64_t wall_s)
{
	/* exactly as much as is promised, for AddressSanitizer */
	scoped_free char *out = alloc_array(COOKIE_JAR_BYTES, 1);
	size_t length = cookie_jar_format(jar, path, strlen(path), is_secure, wall_s, out);

	if (length > COOKIE_JAR_BYTES || memchr(out, '\n', length) != NULL ||
	    memchr(out, '\r', length) != NULL || memchr(out, ';', length) == out ||
	    (length > 0 && memchr(out, '=', length) == NULL) ||
	    (length > 0 && cookie_jar_is_empty(jar)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"/", "/a", "/a/b", "/a/b/c?d=/e", "", "*"};
	const char *at = (const char *)data, *end = at + size;
	struct cookie_jar *jar = cookie_jar_new();
	uint64_t wall_s = 1700000000;

	while (end - at > 2) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline != NULL ? newline : end;

		if (stop - at > 2) {
			const char *path = paths[(unsigned char)at[1] % 6];

			wall_s += (unsigned char)at[0];
			cookie_jar_take(jar, at + 2, (size_t)(stop - at - 2), path, wall_s);
			check_line(jar, path, (at[1] & 0x40) != 0, wall_s);
		}
		at = newline != NULL ? newline + 1 : end;
	}
	cookie_jar_free(jar);
	return 0;
}
