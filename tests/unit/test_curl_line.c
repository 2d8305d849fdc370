#include "wire/curl_line.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"
#include "wire/curl_words.h"

/* The words, joined by '|'; or "error: " and the sentence. */
static void check_words(const char *text, const char *want)
{
	const char *const *words;
	struct arena arena;
	struct strbuf got;
	struct err err = {0};

	arena_init(&arena);
	strbuf_init(&got, 1 << 20);
	if (curl_words_split(text, &arena, &words, &err) < 0) {
		strbuf_addf(&got, "error: %s", err_text(&err));
	} else {
		for (size_t i = 0; words[i] != NULL; i++)
			strbuf_addf(&got, i > 0 ? "|%s" : "%s", words[i]);
	}
	/* of a sentence, the begin is enough */
	if (strncmp(want, "error: ", 7) == 0 && got.length > strlen(want))
		got.data[strlen(want)] = '\0';
	is_str(strbuf_text(&got), want, text);
	strbuf_release(&got);
	arena_release(&arena);
}

static void test_words(void)
{
	check_words("", "");
	check_words(" \t\n\r\n ", "");
	check_words("curl a  b\tc\n", "curl|a|b|c");
	check_words("curl \\\n  a \\\r\n\t-H 'x'\r\n", "curl|a|-H|x");
	check_words("a\\\nb", "ab");
	check_words("'a b'\"c d\"e\\ f", "a bc de f");
	check_words("'' \"\" $''", "||");
	check_words("'a\\b\n$x`\"'", "a\\b\n$x`\"");
	check_words("\"\\\"\\\\\\$\\`\\n\\\nx\"", "\"\\$`\\nx");
	check_words("a # comment 'x\n# another", "a");
	check_words("a#b", "a#b");
	check_words("http://h/?a[]=*&", "error: line 1, column 16: a shell would end");
	check_words("http://h/?a[]=*(~){x}", "http://h/?a[]=*(~){x}");
	check_words("${column} \"${column}\" $ a$ \"$\"", "${column}|${column}|$|a$|$");
	check_words("$'a\\tb\\n\\r\\\\\\'\\\"\\a\\b\\e\\f\\v\\?'", "a\tb\n\r\\'\"\a\b\033\f\v?");
	check_words("$'\\x41\\x4a4\\101\\1012\\q'", "AJ4AA2\\q");
	check_words("$'\\u0021\\u00e4\\u20AC\\U0001f600\\ud83d\\ude00\\u41'",
		    "!\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
		    "A");
	check_words("x$'y'\"z\"", "xyz");
	check_words("a 'b", "error: line 1, column 3: this ' is never closed");
	check_words("a\n\"b", "error: line 2, column 1: the command has ended");
	check_words("a \\\n  \"b", "error: line 2, column 3: this \" is never closed");
	check_words("$'b\\'", "error: line 1, column 1: this $' is never closed");
	check_words("$'\\", "error: line 1, column 3: nothing follows");
	check_words("a\\", "error: line 1, column 2: nothing follows");
	check_words("$'\\0'", "error: line 1, column 3: this escape is no byte");
	check_words("$'\\x'", "error: line 1, column 3: this escape is no byte");
	check_words("$'\\400'", "error: line 1, column 3: this escape is no byte");
	check_words("$'\\u0'", "error: line 1, column 3: this escape is no character");
	check_words("$'\\ud83d'", "error: line 1, column 3: this escape is no character");
	check_words("$'\\ud83d\\u0041'", "error: line 1, column 3: this escape is no character");
	check_words("$'\\U00110000'", "error: line 1, column 3: this escape is no character");
	check_words("a | jq", "error: line 1, column 3: a shell would end");
	check_words("a >b", "error: line 1, column 3: a shell would end");
	check_words("a;", "error: line 1, column 2: a shell would end");
	check_words("a $TOKEN", "error: line 1, column 3: no shell replaces");
	check_words("\"x$TOKEN\"", "error: line 1, column 3: no shell replaces");
	check_words("'$TOKEN'", "$TOKEN");
	check_words("$(date)", "error: line 1, column 1: no shell runs");
	check_words("\"`date`\"", "error: line 1, column 2: no shell runs");
	check_words("curl ^\"http://h\"", "error: line 1, column 6: this is written for Windows");
	check_words("curl x ^\r\n -H", "error: line 1, column 8: this is written for Windows");
	check_words("a\nb", "error: line 2, column 1: the command has ended");
}

static int read_file(void *context, const char *path, struct strbuf *out, struct err *err)
{
	(void)context;
	if (strcmp(path, "lines") == 0) {
		strbuf_add(out, "a b\r\nc\0d\n", 9);
		return 0;
	}
	return err_set(err, -ENOENT, "no file '%s'", path);
}

/*
 * The request as text: method, origin, path, then what was stated, a line each. Errors as
 * "error: …".
 */
static void describe(const char *text, struct strbuf *out)
{
	static const char *const protocols[] = {"", "http1\n", "http2\n"};
	char origin[URL_ORIGIN_BYTES];
	struct curl_line line;
	struct arena arena;
	struct err err = {0};

	arena_init(&arena);
	strbuf_clear(out);
	if (curl_line_parse(&line, text, &arena, read_file, NULL, &err) < 0) {
		strbuf_addf(out, "error: %s", err_text(&err));
	} else {
		strbuf_addf(out, "%s %s %s\n", line.method, url_format_origin(&line.url, origin),
			    line.url.path);
		for (uint32_t i = 0; i < line.header_count; i++)
			strbuf_addf(out, "%s: %s\n", line.headers[i].name, line.headers[i].value);
		if (line.connect_to != NULL)
			strbuf_addf(out, "to %s\n", line.connect_to);
		if (line.ca_file != NULL)
			strbuf_addf(out, "ca %s\n", line.ca_file);
		if (line.cert_file != NULL)
			strbuf_addf(out, "cert %s\n", line.cert_file);
		if (line.key_file != NULL)
			strbuf_addf(out, "key %s\n", line.key_file);
		if (line.is_insecure)
			strbuf_add_text(out, "insecure\n");
		strbuf_add_text(out, protocols[line.protocol]);
		if (line.timeout_ns > 0)
			strbuf_addf(out, "timeout %" PRIu64 "\n", line.timeout_ns);
		if (line.body != NULL) {
			strbuf_addf(out, "body %zu ", line.body_length);
			strbuf_add(out, line.body, line.body_length);
			strbuf_add_text(out, "\n");
		}
		for (uint32_t i = 0; i < line.note_count; i++)
			strbuf_addf(out, "note %s\n", line.notes[i]);
	}
	arena_release(&arena);
}

#define FORM "Content-Type: application/x-www-form-urlencoded\n"

static const struct {
	const char *text, *want;
} requests[] = {
	{"curl http://localhost:8080/x", "GET http://localhost:8080 /x\n"},
	{"$ /usr/bin/curl --url https://h", "GET https://h /\n"},
	{"curl h -X PURGE", "PURGE http://h /\n"},
	{"curl -XPUT -sSv h#part", "PUT http://h /\n"},
	{"curl -- h", "GET http://h /\n"},
	{"curl -I h", "HEAD http://h /\n"},
	{"curl h -H 'A: b' -H 'c:d' -H 'E;' -H'F:  g '",
	 "GET http://h /\nA: b\nc: d\nE: \nF: g \n"},
	/* what an option implies, -H can change or take away */
	{"curl h -A x/1 -e http://r/", "GET http://h /\nUser-Agent: x/1\nReferer: http://r/\n"},
	{"curl h -A x -H 'user-agent: y'", "GET http://h /\nuser-agent: y\n"},
	{"curl h -H 'User-Agent:' -A x", "GET http://h /\n"},
	{"curl h -A x -A y -A ''", "GET http://h /\n"},
	{"curl h -e 'http://r/;auto' -e ';auto'", "GET http://h /\nReferer: http://r/\n"},
	{"curl h -u Aladdin:'open sesame'",
	 "GET http://h /\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"},
	{"curl h -u a: --basic", "GET http://h /\nAuthorization: Basic YTo=\n"},
	{"curl h -u ab:", "GET http://h /\nAuthorization: Basic YWI6\n"},
	{"curl h --oauth2-bearer t0", "GET http://h /\nAuthorization: Bearer t0\n"},
	{"curl h -b a=1 -b 'b=2; c=3' -b ''", "GET http://h /\nCookie: a=1; b=2; c=3\n"},
	{"curl h --compressed", "GET http://h /\nAccept-Encoding: deflate, gzip, br\n"},
	{"curl h --compressed -H 'accept-encoding: gzip'",
	 "GET http://h /\naccept-encoding: gzip\n"},
	{"curl h -r 0-99", "GET http://h /\nRange: bytes=0-99\n"},
	/* data */
	{"curl h -d a=1", "POST http://h /\n" FORM "body 3 a=1\n"},
	{"curl h -da=1 --data b=2 --data-raw @c --data-binary 'd e'",
	 "POST http://h /\n" FORM "body 14 a=1&b=2&@c&d e\n"},
	{"curl h -d ''", "POST http://h /\n" FORM "body 0 \n"},
	{"curl h -d '' -d x", "POST http://h /\n" FORM "body 1 x\n"},
	{"curl h -X PATCH -d x -H 'content-type: text/plain'",
	 "PATCH http://h /\ncontent-type: text/plain\nbody 1 x\n"},
	{"curl h -d x -H 'Content-Type:'", "POST http://h /\nbody 1 x\n"},
	{"curl h -d @lines", "POST http://h /\n" FORM "body 5 a bcd\n"},
	{"curl h --data-urlencode 'a b&' --data-urlencode '=c=' --data-urlencode 'd=e f'",
	 "POST http://h /\n" FORM "body 21 a%20b%26&c%3D&d=e%20f\n"},
	{"curl h --data-urlencode @lines --data-urlencode n@lines",
	 "POST http://h /\n" FORM "body 41 a%20b%0D%0Ac%00d%0A&n=a%20b%0D%0Ac%00d%0A\n"},
	{"curl h --json '{\"a\":' --json '1}'",
	 "POST http://h /\nContent-Type: application/json\nAccept: application/json\n"
	 "body 7 {\"a\":1}\n"},
	{"curl h --json 1 -H 'Accept: x'",
	 "POST http://h /\nContent-Type: application/json\nAccept: x\nbody 1 1\n"},
	{"curl h -G -d a=1 --data-urlencode 'b=2 3'", "GET http://h /?a=1&b=2%203\n"},
	{"curl 'h/x?y#z' -d a=1 -G", "GET http://h /x?y&a=1\n"},
	{"curl h -G", "GET http://h /\n"},
	{"curl h -IG -d a", "HEAD http://h /?a\n"},
	{"curl h -H 'Content-Length: 5' -H 'Content-Length:' -d x",
	 "POST http://h /\n" FORM
	 "body 1 x\nnote -H: Content-Length is left out; the length is that of the data\n"},
	/* connections */
	{"curl -k --http1.1 -m 2.5 https://h",
	 "GET https://h /\ninsecure\nhttp1\ntimeout 2500000000\n"},
	{"curl --http2-prior-knowledge h", "GET http://h /\nhttp2\n"},
	{"curl --http2 h", "GET http://h /\n"},
	{"curl --cacert a -E b --key c --key-type pem https://h",
	 "GET https://h /\nca a\ncert b\nkey c\n"},
	{"curl --unix-socket /run/x.sock http://h/y", "GET http://h /y\nto unix:/run/x.sock\n"},
	{"curl --unix-socket x.sock h", "GET http://h /\nto unix:./x.sock\n"},
	{"curl unix:/run/x.sock:/y", "GET http://unix:/run/x.sock: /y\n"},
	{"curl --connect-to h:80:g:81 h", "GET http://h /\nto g:81\n"},
	{"curl --connect-to ::g: h:8", "GET http://h:8 /\nto g:8\n"},
	{"curl --connect-to ':::81' h", "GET http://h /\nto h:81\n"},
	{"curl --connect-to '::[::1]:81' h", "GET http://h /\nto [::1]:81\n"},
	{"curl --connect-to '[::1]:80:h:1' '[::1]'", "GET http://[::1] /\nto h:1\n"},
	{"curl --connect-to x:80:g:1 --connect-to H:80:g:2 --connect-to ::g:3 h",
	 "GET http://h /\nto g:2\n"},
	{"curl --connect-to h:81:g:1 h", "GET http://h /\n"},
	{"curl --resolve h:443:127.0.0.1 https://h", "GET https://h /\nto 127.0.0.1:443\n"},
	{"curl --resolve '+*:80:::1,1.2.3.4' h", "GET http://h /\nto [::1]:80\n"},
	{"curl --resolve -h:80 --resolve 'h:80:[::2],::3' h", "GET http://h /\nto [::2]:80\n"},
	{"curl --resolve h:81:1.2.3.4 h", "GET http://h /\n"},
	{"curl --resolve h:80:1.2.3.4 --connect-to h:80:g: h", "GET http://h /\nto g:80\n"},
	/* no difference to the request, or none that can be made */
	{"curl -fsS -o /dev/null -w '%{http_code}' -D- -O h", "GET http://h /\n"},
	{"curl -LsL --retry 3 h",
	 "GET http://h /\nnote -L: redirects are not followed; each answer counts as it is\n"
	 "note --retry: nothing is tried again; a failure counts as one\n"},
	{"curl --connect-timeout 3 h",
	 "GET http://h /\n"
	 "note --connect-timeout: there is one timeout, for the whole request\n"},
};

/* As Chrome and Firefox write it. */
static const char chrome[] =
	"curl 'https://shop.example/api/cart?id=7' \\\n"
	"  -H 'accept: application/json' \\\n"
	"  -H 'accept-language: de-DE,de;q=0.9' \\\n"
	"  -b 'session=4f2a; lang=de' \\\n"
	"  -H 'content-type: application/json' \\\n"
	"  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0' \\\n"
	"  --data-raw $'{\"note\":\"it\\'s \\u0021\\\\n\"}' \\\n"
	"  --compressed ;";
static const char chrome_want[] = "POST https://shop.example /api/cart?id=7\n"
				  "Cookie: session=4f2a; lang=de\n"
				  "Accept-Encoding: deflate, gzip, br\n"
				  "accept: application/json\n"
				  "accept-language: de-DE,de;q=0.9\n"
				  "content-type: application/json\n"
				  "user-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0\n"
				  "body 19 {\"note\":\"it's !\\n\"}\n";

static void test_requests(void)
{
	struct strbuf got;
	scoped_free char *text = alloc_strndup(chrome, sizeof(chrome) - 3); /* without its ';' */

	strbuf_init(&got, 1 << 20);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		describe(requests[i].text, &got);
		is_str(strbuf_text(&got), requests[i].want, requests[i].text);
	}
	describe(text, &got);
	is_str(strbuf_text(&got), chrome_want, "what a browser copies");
	strbuf_release(&got);
}

static void test_refused(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "must begin with curl, not with ''"},
		{"wget h", "must begin with curl, not with 'wget'"},
		{"curl", "has no URL"},
		{"curl -s", "has no URL"},
		{"curl h i", "'i' would be a second URL beside 'h'"},
		{"curl -", "'-' is no URL"},
		{"curl ftp://h", "must be http or https"},
		{"curl http://a:b@h", "Authorization"},
		{"curl 'h/a b'", "%20"},
		{"curl h -G -d 'a b'", "%20"},
		{"curl h -H", "-H: its value is missing"},
		{"curl h --header", "--header: its value is missing"},
		{"curl h -H x", "-H 'x': a header is written 'Name: value'"},
		{"curl h -H 'x;y'", "a header is written"},
		{"curl h -H ': y'", "header name"},
		{"curl h -H 'a b: y'", "header name"},
		{"curl h -H $'a: b\\nc: d'", "line end"},
		{"curl h -A $'b\\r'", "line end"},
		{"curl h -H @file", "not read from files"},
		{"curl h -X 'A B'", "not an HTTP method"},
		{"curl h -b cookies.txt", "NAME=VALUE"},
		{"curl h -u name", "write NAME:PASSWORD"},
		{"curl h -d @none", "curl's -d: no file 'none'"},
		{"curl h --data-urlencode n@none", "no file 'none'"},
		{"curl h -I -d x", "HEAD"},
		{"curl h -m x", "-m 'x': write a time like 2.5"},
		{"curl h -m 0", "write a time"},
		{"curl h -x p:3128", "-x: proxies are not supported"},
		{"curl h --proxy p:3128", "--proxy: proxies"},
		{"curl h -F a=b", "--data-binary @FILE"},
		{"curl h -T f", "-X PUT --data-binary @FILE"},
		{"curl h --digest -u a:b", "only Basic"},
		{"curl h --http3", "only HTTP/1.1 and HTTP/2"},
		{"curl h -E c:secret", "password"},
		{"curl h --cert-type P12", "only PEM"},
		{"curl h --hedaer x", "did you mean --header?"},
		{"curl h --header=x", "'--header=x' is no option"},
		{"curl h --frobnicate-it", "'--frobnicate-it' is no option"},
		{"curl h -sZS", "-Z (in '-sZS') is no option"},
		{"curl h --connect-to a:b:c",
		 "--connect-to 'a:b:c': write HOST1:PORT1:HOST2:PORT2"},
		{"curl h --connect-to a:b:c:d:e", "write HOST1:PORT1:HOST2:PORT2"},
		{"curl h --connect-to ::g:x", "'x' is not a number"},
		{"curl h --resolve h:80", "--resolve 'h:80': write HOST:PORT:ADDRESS"},
		{"curl h --resolve h:80:", "write HOST:PORT:ADDRESS"},
		{"curl h --resolve h:80:a_b/c", "curl's connection: 'a_b/c:80'"},
		{"curl h --unix-socket ''", "must follow unix:"},
		{"curl h | jq", "the curl command, line 1, column 8: a shell would end"},
	};
	struct strbuf got;

	strbuf_init(&got, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		describe(cases[i].text, &got);
		if (!ok(strncmp(strbuf_text(&got), "error: ", 7) == 0 &&
				strstr(strbuf_text(&got), cases[i].says) != NULL,
			cases[i].text))
			printf("# %s\n# says no '%s'\n", strbuf_text(&got), cases[i].says);
	}
	strbuf_release(&got);
}

/* The words of a shell are taken as they are, and nothing of them is kept. */
static void test_split_words(void)
{
	char header[] = "A: $b 'c'";
	const char *words[] = {"curl", "http://h", "-H", header, NULL};
	const char *files[] = {"curl", "http://h", "-d", "@lines", NULL};
	struct curl_line line = {0};
	struct err err = {0};
	struct arena arena;

	arena_init(&arena);
	is_int(curl_line_parse_words(&line, words, &arena, NULL, NULL, NULL), 0, "words");
	memset(header, 'x', sizeof(header) - 1);
	is_int(line.header_count, 1, "  one header");
	is_str(line.headers[0].value, "$b 'c'", "  not split again, and copied");
	is_int(curl_line_parse_words(&line, files, &arena, NULL, NULL, &err), -EINVAL,
	       "a file without a function that reads it");
	ok(strstr(err_text(&err), "not read from files") != NULL, "  the sentence");
	is_int(line.header_count, 1, "  nothing is written");
	arena_release(&arena);
}

int main(void)
{
	test_words();
	test_requests();
	test_refused();
	test_split_words();
	return tap_done();
}
