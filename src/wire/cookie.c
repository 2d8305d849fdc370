#include "wire/cookie.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "wire/cookie_date.h"

enum { OVERHEAD_BYTES = 3 }; /* of a cookie in a Cookie line: "=" and "; " */

#define NEVER UINT64_MAX

struct cookie {
	char *bytes; /* name, value and path, one behind the other */
	size_t capacity;
	uint32_t name_length, value_length, path_length;
	bool is_secure;
	uint64_t expires_s; /* NEVER = with the jar */
};

/* In the order they are sent in: longer paths first, then the older ones (section 5.4). */
struct cookie_jar {
	struct cookie *cookies; /* room for COOKIE_JAR_COUNT; NULL until the first comes */
	uint32_t count;
	size_t bytes; /* get_bytes() of all */
};

/* A part of someone else's text. */
struct span {
	const char *begin, *end;
};

static size_t get_length(struct span span)
{
	return (size_t)(span.end - span.begin);
}

struct cookie_jar *cookie_jar_new(void)
{
	return alloc_new(struct cookie_jar);
}

void cookie_jar_clear(struct cookie_jar *jar)
{
	for (uint32_t i = 0; i < jar->count; i++)
		free(jar->cookies[i].bytes);
	jar->count = 0;
	jar->bytes = 0;
}

void cookie_jar_free(struct cookie_jar *jar)
{
	if (jar == NULL)
		return;
	cookie_jar_clear(jar);
	free(jar->cookies);
	free(jar);
}

bool cookie_jar_is_empty(const struct cookie_jar *jar)
{
	return jar->count == 0;
}

static struct span trim(struct span span)
{
	while (span.begin < span.end && (*span.begin == ' ' || *span.begin == '\t'))
		span.begin++;
	while (span.begin < span.end && (span.end[-1] == ' ' || span.end[-1] == '\t'))
		span.end--;
	return span;
}

/* Cuts what is before the first `separator` off *rest, and the separator with it. */
static struct span cut(struct span *rest, char separator)
{
	const char *at = memchr(rest->begin, separator, get_length(*rest));
	struct span before = {rest->begin, at != NULL ? at : rest->end};

	rest->begin = at != NULL ? at + 1 : rest->end;
	return before;
}

static bool is_word(struct span span, const char *word)
{
	return get_length(span) == strlen(word) &&
	       strncasecmp(span.begin, word, get_length(span)) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Section 5.2.2: a time to live in seconds; what is no number is not looked at. */
static bool parse_max_age(struct span text, uint64_t wall_s, uint64_t *ret_expires_s)
{
	bool is_negative = text.begin < text.end && *text.begin == '-';
	uint64_t age = 0;

	if (text.begin == text.end)
		return false;
	if (is_negative)
		text.begin++;
	for (; text.begin < text.end; text.begin++) {
		if (!is_digit(*text.begin))
			return false;
		if (age < UINT32_MAX) /* longer is as good as for ever */
			age = age * 10 + (uint64_t)(*text.begin - '0');
	}
	*ret_expires_s = is_negative ? 0 : wall_s + age;
	return true;
}

/* Section 5.1.4: the folder of the request's path. */
static struct span get_default_path(const char *request_path)
{
	static const char root[] = "/";
	struct span path = {request_path, request_path + strcspn(request_path, "?#")};

	if (path.begin == path.end || *path.begin != '/')
		return (struct span){root, root + 1};
	do
		path.end--;
	while (*path.end != '/');
	return path.end > path.begin ? path : (struct span){root, root + 1};
}

/* A Set-Cookie line, taken apart. */
struct parsed {
	struct span name, value, path;
	bool is_secure;
	uint64_t expires_s;
};

/* The last attribute of a name counts, and Max-Age before Expires (section 5.3). */
static void parse_attributes(struct span rest, uint64_t wall_s, struct span default_path,
			     struct parsed *parsed)
{
	bool has_max_age = false;

	while (rest.begin < rest.end) {
		struct span value = cut(&rest, ';');
		struct span name = trim(cut(&value, '='));
		uint64_t expires_s;

		value = trim(value);
		if (is_word(name, "secure")) {
			parsed->is_secure = true;
		} else if (is_word(name, "path")) {
			bool is_path = value.begin < value.end && *value.begin == '/';

			parsed->path = is_path ? value : default_path;
		} else if (is_word(name, "max-age")) {
			if (!parse_max_age(value, wall_s, &expires_s))
				continue;
			parsed->expires_s = expires_s;
			has_max_age = true;
		} else if (is_word(name, "expires") && !has_max_age) {
			if (cookie_date_parse(value.begin, get_length(value), &expires_s))
				parsed->expires_s = expires_s;
		}
	}
}

/* False: no cookie. */
static bool parse_cookie(struct span text, const char *request_path, uint64_t wall_s,
			 struct parsed *ret_parsed)
{
	struct span pair;

	/* nothing that could end the Cookie line early may come back in one */
	for (const char *at = text.begin; at < text.end; at++) {
		if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
			return false;
	}
	pair = cut(&text, ';');
	if (memchr(pair.begin, '=', get_length(pair)) == NULL)
		return false;
	*ret_parsed = (struct parsed){.expires_s = NEVER, .path = get_default_path(request_path)};
	ret_parsed->name = trim(cut(&pair, '='));
	ret_parsed->value = trim(pair);
	parse_attributes(text, wall_s, ret_parsed->path, ret_parsed);
	return get_length(ret_parsed->name) > 0;
}

/* What it takes of COOKIE_JAR_BYTES: at least what it takes of a Cookie line. */
static size_t get_bytes(const struct cookie *cookie)
{
	return (size_t)cookie->name_length + cookie->value_length + cookie->path_length +
	       OVERHEAD_BYTES;
}

static void remove_at(struct cookie_jar *jar, uint32_t index)
{
	struct cookie *cookie = &jar->cookies[index];

	jar->bytes -= get_bytes(cookie);
	free(cookie->bytes);
	jar->count--;
	memmove(cookie, cookie + 1, (jar->count - index) * sizeof(*cookie));
}

/* Index of the cookie with this name and path; count when there is none. */
static uint32_t find_same(const struct cookie_jar *jar, const struct parsed *parsed)
{
	uint32_t i;

	for (i = 0; i < jar->count; i++) {
		const struct cookie *cookie = &jar->cookies[i];

		if (cookie->name_length == get_length(parsed->name) &&
		    cookie->path_length == get_length(parsed->path) &&
		    memcmp(cookie->bytes, parsed->name.begin, cookie->name_length) == 0 &&
		    memcmp(cookie->bytes + cookie->name_length + cookie->value_length,
			   parsed->path.begin, cookie->path_length) == 0)
			break;
	}
	return i;
}

static struct cookie *insert(struct cookie_jar *jar, size_t path_length)
{
	uint32_t at = jar->count;

	if (jar->cookies == NULL)
		jar->cookies = alloc_array(COOKIE_JAR_COUNT, sizeof(*jar->cookies));
	while (at > 0 && jar->cookies[at - 1].path_length < path_length)
		at--;
	memmove(&jar->cookies[at + 1], &jar->cookies[at],
		(jar->count - at) * sizeof(*jar->cookies));
	jar->count++;
	jar->cookies[at] = (struct cookie){0};
	return &jar->cookies[at];
}

/* The memory of the cookie's last value is used again when it is enough. */
static void fill(struct cookie *cookie, const struct parsed *parsed)
{
	size_t name = get_length(parsed->name), value = get_length(parsed->value);
	size_t path = get_length(parsed->path);

	if (name + value + path > cookie->capacity) {
		cookie->capacity = name + value + path;
		cookie->bytes = alloc_resize(cookie->bytes, cookie->capacity, 1);
	}
	memcpy(cookie->bytes, parsed->name.begin, name);
	memcpy(cookie->bytes + name, parsed->value.begin, value);
	memcpy(cookie->bytes + name + value, parsed->path.begin, path);
	cookie->name_length = (uint32_t)name;
	cookie->value_length = (uint32_t)value;
	cookie->path_length = (uint32_t)path;
	cookie->is_secure = parsed->is_secure;
	cookie->expires_s = parsed->expires_s;
}

static void drop_expired(struct cookie_jar *jar, uint64_t wall_s)
{
	for (uint32_t i = jar->count; i > 0; i--) {
		if (jar->cookies[i - 1].expires_s <= wall_s)
			remove_at(jar, i - 1);
	}
}

/* Whether it fits, in the place of the cookie `same` when that is one. */
static bool has_room(const struct cookie_jar *jar, const struct parsed *parsed, uint32_t same)
{
	bool is_new = same == jar->count;
	size_t others = jar->bytes - (is_new ? 0 : get_bytes(&jar->cookies[same]));
	size_t bytes = get_length(parsed->name) + get_length(parsed->value) +
		       get_length(parsed->path) + OVERHEAD_BYTES;

	return others + bytes <= COOKIE_JAR_BYTES && (!is_new || jar->count < COOKIE_JAR_COUNT);
}

bool cookie_jar_take(struct cookie_jar *jar, const char *value, size_t length,
		     const char *request_path, uint64_t wall_s)
{
	struct parsed parsed;
	struct cookie *cookie;
	uint32_t same;

	if (!parse_cookie((struct span){value, value + length}, request_path, wall_s, &parsed))
		return true;
	same = find_same(jar, &parsed);
	if (parsed.expires_s <= wall_s) {
		if (same < jar->count)
			remove_at(jar, same);
		return true;
	}
	if (!has_room(jar, &parsed, same)) {
		drop_expired(jar, wall_s);
		same = find_same(jar, &parsed);
	}
	if (!has_room(jar, &parsed, same)) {
		if (same < jar->count) /* the server has taken that value back */
			remove_at(jar, same);
		return false;
	}
	if (same < jar->count) {
		cookie = &jar->cookies[same];
		jar->bytes -= get_bytes(cookie);
	} else {
		cookie = insert(jar, get_length(parsed.path));
	}
	fill(cookie, &parsed);
	jar->bytes += get_bytes(cookie);
	return true;
}

/* Section 5.1.4. `path` is without its query. */
static bool is_path_match(const struct cookie *cookie, const char *path, size_t length)
{
	size_t own = cookie->path_length;
	const char *bytes = cookie->bytes + cookie->name_length + cookie->value_length;

	return own <= length && memcmp(bytes, path, own) == 0 &&
	       (own == length || bytes[own - 1] == '/' || path[own] == '/');
}

size_t cookie_jar_format(const struct cookie_jar *jar, const char *path, size_t path_length,
			 bool is_secure, uint64_t wall_s, char *out)
{
	const char *query = memchr(path, '?', path_length);
	size_t length = query != NULL ? (size_t)(query - path) : path_length;
	char *at = out;

	for (uint32_t i = 0; i < jar->count; i++) {
		const struct cookie *cookie = &jar->cookies[i];

		if (cookie->expires_s <= wall_s || (cookie->is_secure && !is_secure) ||
		    !is_path_match(cookie, path, length))
			continue;
		if (at > out) {
			*at++ = ';';
			*at++ = ' ';
		}
		memcpy(at, cookie->bytes, cookie->name_length);
		at += cookie->name_length;
		*at++ = '=';
		memcpy(at, cookie->bytes + cookie->name_length, cookie->value_length);
		at += cookie->value_length;
	}
	return (size_t)(at - out);
}
