#include "wire/url.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

struct good {
	const char *text, *host, *authority, *path;
	unsigned port;
	bool is_tls;
	const char *socket_path, *origin; /* NULL = "", and "http://" before the authority */
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
		{"https://localhost/", "localhost", "localhost", "/", 443, true, NULL,
		 "https://localhost"},
		{"HTTPS://[::1]:443?x", "::1", "[::1]", "/?x", 443, true, NULL, "https://[::1]"},
		{"https://:80/", "127.0.0.1", "127.0.0.1:80", "/", 80, true, NULL,
		 "https://127.0.0.1:80"},
		{"http://h:443/", "h", "h:443", "/", 443},
		{"unix:/run/x.sock", "localhost", "localhost", "/", 80, false, "/run/x.sock",
		 "http://unix:/run/x.sock:"},
		{"unix:/run/x.sock:", "localhost", "localhost", "/", 80, false, "/run/x.sock",
		 "http://unix:/run/x.sock:"},
		{"unix:/run/x.sock:/a?b=http://c#d", "localhost", "localhost", "/a?b=http://c", 80,
		 false, "/run/x.sock", "http://unix:/run/x.sock:"},
		{"unix:./a b?:?q:1", "localhost", "localhost", "/?q:1", 80, false, "./a b?",
		 "http://unix:./a b?:"},
		{"http://unix:/run/x.sock:/a", "localhost", "localhost", "/a", 80, false,
		 "/run/x.sock", "http://unix:/run/x.sock:"},
		{"https://unix:../x.sock", "localhost", "localhost", "/", 443, true, "../x.sock",
		 "https://unix:../x.sock:"},
		{"unix:8080/x", "unix", "unix:8080", "/x", 8080},
		{"unix/x", "unix", "unix", "/x", 80},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {0};
		struct url url, again;
		char origin[URL_ORIGIN_BYTES];

		is_int(url_parse(&url, cases[i].text, &err), 0, cases[i].text);
		if (err.code != 0) {
			printf("# %s\n", err_text(&err));
			continue;
		}
		is_str(url.host, cases[i].host, "  host");
		is_str(url.authority, cases[i].authority, "  authority");
		is_str(url.path, cases[i].path, "  path");
		is_int(url.port, cases[i].port, "  port");
		is_int(url.is_tls, cases[i].is_tls, "  TLS");
		is_str(url.socket_path, cases[i].socket_path != NULL ? cases[i].socket_path : "",
		       "  socket");
		url_format_origin(&url, origin);
		if (cases[i].origin != NULL)
			is_str(origin, cases[i].origin, "  origin");
		else
			ok(strncmp(origin, "http://", 7) == 0 &&
				   strcmp(origin + 7, cases[i].authority) == 0,
			   "  origin");
		is_int(url_parse(&again, origin, NULL), 0, "  which is read again");
		is_str(again.authority, url.authority, "    with the same authority");
		is_str(again.socket_path, url.socket_path, "    and socket");
	}
}

static void test_bad(void)
{
	static const struct {
		const char *text;
		int code;
		const char *says;
	} cases[] = {
		{"ftp://localhost/", -EINVAL, "must be http or https, not 'ftp'"},
		{"ws://localhost/", -EINVAL, "must be http or https, not 'ws'"},
		{"WSS://localhost/", -EINVAL, "must be http or https, not 'WSS'"},
		{"unix:///run/x.sock", -EINVAL, "a Unix socket is written unix:/PATH"},
		{"ws:localhost", -EINVAL, "'localhost' is not a number"},
		{"unix:", -EINVAL, "must follow unix:"},
		{"unix:x.sock", -EINVAL, "must follow unix:"},
		{"unix::/path", -EINVAL, "must follow unix:"},
		{"unix:/x.sock:path", -EINVAL, "write /PATH"},
		{"unix:/x.sock:80", -EINVAL, "write /PATH"},
		{"unix:/x\n.sock", -EINVAL, "0x0a"},
		{"unix:/x.sock:/a b", -EINVAL, "%20"},
		{"unix:/"
		 "0123456789012345678901234567890123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456",
		 -EINVAL, "longer than 107 bytes"},
		{"https://u:p@h/", -EOPNOTSUPP, "Authorization"},
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

static void test_address(void)
{
	static const struct {
		const char *text, *host, *socket_path;
		unsigned port;
		const char *says; /* NULL = it is one */
	} cases[] = {
		{"localhost:80", "localhost", "", 80, NULL},
		{"localhost", "localhost", "", 0, NULL},
		{"[::1]:65535", "::1", "", 65535, NULL},
		{"[::1]", "::1", "", 0, NULL},
		{":8080", "127.0.0.1", "", 8080, NULL},
		{"unix:/run/x.sock", "", "/run/x.sock", 0, NULL},
		{"unix:/run/x:y", "", "/run/x:y", 0, NULL},
		{"unix:80", "unix", "", 80, NULL},
		{"", "", "", 0, "no host"},
		{"::1", "", "", 0, "brackets"},
		{"h:0", "", "", 0, "1 to 65535"},
		{"h:80/x", "", "", 0, "'80/x'"},
		{"http://h:80", "", "", 0, "write HOST:PORT or unix:/PATH"},
		{"h/x", "", "", 0, "'/' cannot be in a host name"},
		{"unix:x", "", "", 0, "must follow unix:"},
		{"8080", "", "", 0, "for a port write :8080"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url_address address = {.port = 7};
		struct err err = {0};
		int r = url_parse_address(&address, cases[i].text, &err);

		is_int(r, cases[i].says != NULL ? -EINVAL : 0, cases[i].text);
		if (r < 0) {
			if (cases[i].says != NULL &&
			    !ok(strstr(err_text(&err), cases[i].says) != NULL, cases[i].says))
				printf("# %s\n", err_text(&err));
			ok(address.port == 7, "  nothing written");
			continue;
		}
		is_str(address.host, cases[i].host, "  host");
		is_str(address.socket_path, cases[i].socket_path, "  socket");
		is_int(address.port, cases[i].port, "  port");
	}
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
	test_address();
	test_encode();
	return tap_done();
}
