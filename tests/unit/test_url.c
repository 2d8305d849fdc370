#include "wire/url.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

struct good {
	const char *text, *host, *authority, *path;
	unsigned port;
};

static void test_good(void)
{
	static const struct good cases[] = {
		{"http://localhost:3000/echo?x=1", "localhost", "localhost:3000", "/echo?x=1",
		 3000},
		{"http://example.com", "example.com", "example.com", "/", 80},
		{"HTTP://example.com:80/", "example.com", "example.com", "/", 80},
		{"localhost:3000/echo", "localhost", "localhost:3000", "/echo", 3000},
		{"example.com/a/b", "example.com", "example.com", "/a/b", 80},
		{":8080/x", "127.0.0.1", "127.0.0.1:8080", "/x", 8080},
		{":8080", "127.0.0.1", "127.0.0.1:8080", "/", 8080},
		{"http://:1/", "127.0.0.1", "127.0.0.1:1", "/", 1},
		{"http://[::1]:80/", "::1", "[::1]", "/", 80},
		{"[::1]:65535/x", "::1", "[::1]:65535", "/x", 65535},
		{"http://h?q", "h", "h", "/?q", 80},
		{"http://h/a#part", "h", "h", "/a", 80},
		{"http://h#part", "h", "h", "/", 80},
		{"h/u?next=http://other/@x", "h", "h", "/u?next=http://other/@x", 80},
		{"a_b-c.d:1/%20${ip}", "a_b-c.d", "a_b-c.d:1", "/%20${ip}", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {0};
		struct url url;

		is_int(url_parse(&url, cases[i].text, &err), 0, cases[i].text);
		if (err.code != 0) {
			printf("# %s\n", err_text(&err));
			continue;
		}
		is_str(url.host, cases[i].host, "  host");
		is_str(url.authority, cases[i].authority, "  authority");
		is_str(url.path, cases[i].path, "  path");
		is_int(url.port, cases[i].port, "  port");
	}
}

static void test_bad(void)
{
	static const struct {
		const char *text;
		int code;
		const char *says;
	} cases[] = {
		{"https://localhost/", -EOPNOTSUPP, "https is not supported yet"},
		{"HTTPS://localhost/", -EOPNOTSUPP, "https is not supported yet"},
		{"ftp://localhost/", -EINVAL, "must be http"},
		{"://localhost/", -EINVAL, "no scheme"},
		{"", -EINVAL, "no host"},
		{"/path", -EINVAL, "no host"},
		{"http://", -EINVAL, "no host"},
		{"http:///x", -EINVAL, "no host"},
		{"8080", -EINVAL, "for a port write :8080"},
		{"http://h:0/", -EINVAL, "1 to 65535"},
		{"http://h:65536/", -EINVAL, "1 to 65535"},
		{"http://h:/", -EINVAL, "1 to 65535"},
		{"http://h:8x/", -EINVAL, "'8x'"},
		{"http://h:000000000080/", -EINVAL, "1 to 65535"},
		{"http://::1/", -EINVAL, "brackets"},
		{"http://[::1/", -EINVAL, "no ]"},
		{"http://[::x]/", -EINVAL, "not an IPv6 address"},
		{"http://[]/", -EINVAL, "not an IPv6 address"},
		{"http://[::1]8/", -EINVAL, "must follow the host"},
		{"http://a b/", -EINVAL, "' ' cannot be in a host name"},
		{"http://u:p@h/", -EOPNOTSUPP, "Authorization"},
		{"http://h/a b", -EINVAL, "%20"},
		{"http://h/a\r\nX: y", -EINVAL, "%0D"},
		{"http://h/\xc3\xa4", -EINVAL, "%C3"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url url = {.port = 7};
		struct err err = {0};

		is_int(url_parse(&url, cases[i].text, &err), cases[i].code, cases[i].text);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, cases[i].says))
			printf("# %s\n", err_text(&err));
		ok(url.port == 7, "  nothing written");
	}
}

static void test_long(void)
{
	static char text[URL_PATH_BYTES + 64];
	struct url url;

	memset(text, 'a', sizeof(text) - 1);
	is_int(url_parse(&url, text, NULL), -EINVAL, "a host of 4 KB");
	memcpy(text, "h/", 2);
	is_int(url_parse(&url, text, NULL), -EINVAL, "a path of more than 4 KB");
	text[URL_PATH_BYTES] = '\0';
	is_int(url_parse(&url, text, NULL), 0, "the longest path fits");
	is_int(strlen(url.path), URL_PATH_BYTES - 1, "  whole");
	memcpy(text, "h?", 2);
	is_int(url_parse(&url, text, NULL), -EINVAL,
	       "with the '/' that is put before it, it does not");
}

static void test_encode(void)
{
	char out[64];
	size_t length = url_encode(out, "aZ09-._~ /?&%+\"\xc3\xa4\0", 18);

	out[length] = '\0';
	is_str(out, "aZ09-._~%20%2F%3F%26%25%2B%22%C3%A4%00", "all but the unreserved are encoded");
	is_int(url_encode(out, "", 0), 0, "nothing of nothing");
	for (int c = 0; c < 256; c++) {
		char byte = (char)c, back[4] = "";
		size_t n = url_encode(back, &byte, 1);
		bool same = n == 1 ? back[0] == byte : n == 3 && strtol(back + 1, NULL, 16) == c;

		if (!same)
			ok(false, "each byte comes back");
	}
}

int main(void)
{
	test_good();
	test_bad();
	test_long();
	test_encode();
	return tap_done();
}
