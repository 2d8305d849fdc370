#include "wire/cookie.h"

#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

enum { NOW_S = 1700000000 }; /* 2023-11-14 22:13:20 UTC */

static bool take(struct cookie_jar *jar, const char *value, const char *request_path)
{
	return cookie_jar_take(jar, value, strlen(value), request_path, NOW_S);
}

/* The Cookie line, NUL-terminated. */
static const char *format(const struct cookie_jar *jar, const char *path, bool is_secure,
			  uint64_t wall_s)
{
	static char out[COOKIE_JAR_BYTES + 1];
	size_t length = cookie_jar_format(jar, path, strlen(path), is_secure, wall_s, out);

	out[length] = '\0';
	return out;
}

/* What one Set-Cookie, the answer to GET /a/b, makes the next request for /a/b say. */
static void test_parse(void)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{"a=1", "a=1"},
		{" a\t= 1 2 \t; Path=/", "a=1 2"},
		{"a=", "a="},
		{"a==1=", "a==1="},
		{"a=\"1\"", "a=\"1\""}, /* the quotes belong to the value */
		{"a=1; HttpOnly; SameSite=Lax; Domain=other.example; Unknown=x;;;", "a=1"},
		{"a=1;Path=/", "a=1"},
		{"a=1; path = / ", "a=1"},
		{"a=1; Path=/a", "a=1"},
		{"a=1; Path=/a/", "a=1"},
		{"a=1; Path=/a/b", "a=1"},
		{"a=1; Path=/a/b/", ""},
		{"a=1; Path=/a/bc", ""},
		{"a=1; Path=/b", ""},
		{"a=1; Path=/A", ""},
		{"a=1; Path=a", "a=1"}, /* no path: the default is taken */
		{"a=1; Path=", "a=1"},
		{"a=1; Path", "a=1"},
		{"a=1; Path=/b; Path=", "a=1"}, /* the last one counts */
		{"a=1; Path=/; Path=/b", ""},
		{"a=1; Secure", ""},
		{"a=1; SECURE=x", ""},
		{"a=1; Max-Age=1", "a=1"},
		{"a=1; Max-Age=0", ""},
		{"a=1; Max-Age=-1", ""},
		{"a=1; Max-Age=-", ""},
		{"a=1; Max-Age=+0", "a=1"}, /* no number: not looked at */
		{"a=1; Max-Age=", "a=1"},
		{"a=1; Max-Age=0x", "a=1"},
		{"a=1; Max-Age=99999999999999999999999999", "a=1"},
		{"a=1; Max-Age=0; Max-Age=5", "a=1"},
		{"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "a=1"},
		{"a=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1"},
		{"a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Max-Age=0", ""},
		{"a=1; Expires=nonsense", "a=1"},
		{"", ""},
		{";", ""},
		{"a", ""},
		{"a; Path=/; b=1", ""},
		{"=1", ""},
		{" = 1", ""},
		{"a=1\r\nX: y", ""},
		{"a=1\x7f", ""},
		{"a=1; x=\x01", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cookie_jar *jar = cookie_jar_new();

		ok(take(jar, cases[i].value, "/a/b"), cases[i].value);
		is_str(format(jar, "/a/b", false, NOW_S), cases[i].want, "  what goes out");
		cookie_jar_free(jar);
	}
}

/* The default path of a request, seen in which paths get the cookie. */
static void test_default_path(void)
{
	static const struct {
		const char *request, *path;
		bool matches;
	} cases[] = {
		{"/", "/", true},	  {"/", "/x", true},
		{"/a", "/b", true},	  {"/a/b", "/a", true},
		{"/a/b", "/a/c/d", true}, {"/a/b", "/a?x", true},
		{"/a/b", "/", false},	  {"/a/b", "/ab", false},
		{"/a/", "/a", true},	  {"/a/b?c/d/e", "/a/x", true},
		{"/?/a/b", "/", true},	  {"*", "/", true},
		{"", "/", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cookie_jar *jar = cookie_jar_new();

		take(jar, "a=1", cases[i].request);
		is_str(format(jar, cases[i].path, false, NOW_S), cases[i].matches ? "a=1" : "",
		       cases[i].request);
		cookie_jar_free(jar);
	}
}

static void test_jar(void)
{
	struct cookie_jar *jar = cookie_jar_new();
	uint64_t allocations;

	ok(cookie_jar_is_empty(jar), "a new jar is empty");
	take(jar, "a=1; Path=/", "/");
	take(jar, "b=2; Path=/x/y", "/");
	take(jar, "c=3; Path=/x", "/");
	take(jar, "d=4; Path=/; Secure", "/");
	ok(!cookie_jar_is_empty(jar), "  then no more");
	is_str(format(jar, "/x/y/z", true, NOW_S), "b=2; c=3; a=1; d=4",
	       "long paths first, then the older ones");
	is_str(format(jar, "/x/y/z", false, NOW_S), "b=2; c=3; a=1", "Secure ones over TLS only");
	is_str(format(jar, "/", false, NOW_S), "a=1", "a path of its own");
	is_int(cookie_jar_format(jar, "/x/yz", 4, false, NOW_S, (char[COOKIE_JAR_BYTES]){0}), 13,
	       "the path need not end in NUL");
	take(jar, "a=5; Path=/x", "/");
	is_str(format(jar, "/x", false, NOW_S), "c=3; a=5; a=1", "another path, another cookie");
	allocations = alloc_get_count();
	take(jar, "a=6; Path=/", "/");
	is_int(alloc_get_count() - allocations, 0, "a new value needs no new memory");
	is_str(format(jar, "/x", true, NOW_S), "c=3; a=5; a=6; d=4",
	       "  and keeps the place of the old one");
	take(jar, "a=longer than before; Path=/", "/");
	is_str(format(jar, "/", false, NOW_S), "a=longer than before", "a longer value");
	take(jar, "a=; Path=/; Max-Age=0", "/");
	is_str(format(jar, "/x", true, NOW_S), "c=3; a=5; d=4", "an expired one deletes");
	take(jar, "A=7; Path=/", "/");
	is_str(format(jar, "/", false, NOW_S), "A=7", "names differ in case");
	cookie_jar_clear(jar);
	ok(cookie_jar_is_empty(jar), "a cleared jar is empty");
	is_str(format(jar, "/", true, NOW_S), "", "  and says nothing");
	take(jar, "a=1", "/");
	is_str(format(jar, "/", true, NOW_S), "a=1", "  but can be used again");
	cookie_jar_free(jar);
	cookie_jar_free(NULL);
}

static void test_bounds(void)
{
	struct cookie_jar *jar = cookie_jar_new();
	scoped_free char *big = alloc_array(COOKIE_JAR_BYTES + 8, 1);
	char value[64];
	bool has_room = true;

	for (int i = 0; i < COOKIE_JAR_COUNT; i++) {
		snprintf(value, sizeof(value), "n%d=1; Max-Age=%d", i, i == 7 ? 10 : 100);
		has_room = has_room && take(jar, value, "/");
	}
	ok(has_room, "64 cookies");
	ok(!take(jar, "x=1", "/"), "one more has no room");
	ok(take(jar, "n3=2", "/"), "  a replacement has");
	ok(cookie_jar_take(jar, "x=1", 3, "/", NOW_S + 10), "  and one in the place of an expired");
	ok(strstr(format(jar, "/", false, NOW_S + 10), "n3=2; ") != NULL &&
		   strstr(format(jar, "/", false, NOW_S + 10), "n7=") == NULL,
	   "  as the Cookie line shows");
	cookie_jar_clear(jar);

	memset(big, 'x', COOKIE_JAR_BYTES + 7);
	big[1] = '=';
	ok(cookie_jar_take(jar, big, COOKIE_JAR_BYTES - 3, "/", NOW_S), "the longest cookie");
	is_int(strlen(format(jar, "/", false, NOW_S)), COOKIE_JAR_BYTES - 3, "  goes out whole");
	ok(!take(jar, "y=1", "/"), "  and is the only one");
	ok(take(jar, "x=1", "/"), "  until it gets shorter");
	ok(take(jar, "y=1", "/"), "    then there is room");
	ok(!cookie_jar_take(jar, big, COOKIE_JAR_BYTES - 3, "/", NOW_S), "what does not fit now");
	is_str(format(jar, "/", false, NOW_S), "y=1", "  has still ended its old value");
	cookie_jar_free(jar);
}

int main(void)
{
	test_parse();
	test_default_path();
	test_jar();
	test_bounds();
	return tap_done();
}
