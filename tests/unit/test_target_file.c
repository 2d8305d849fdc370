#include "load/target_file.h"

#include <errno.h>

#include "tap.h"
#include "util/alloc.h"

static int parse(struct target_list *list, struct arena *arena, const char *text, struct err *err)
{
	*list = (struct target_list){0};
	*err = (struct err){0};
	return target_file_parse(list, arena, "t.txt", text, strlen(text), err);
}

/* Parses a text that is good, or ends the list empty. */
static struct target_list read_list(struct arena *arena, const char *text, uint32_t want)
{
	struct target_list list;
	struct err err;

	if (parse(&list, arena, text, &err) < 0)
		printf("# %s\n", err_text(&err));
	is_int(list.count, want, "so many requests");
	if (list.count != want)
		list.count = 0;
	return list;
}

static void is_entry(const struct target_entry *entry, const char *method, const char *url,
		     uint32_t headers, const char *body_file, uint32_t line)
{
	is_str(entry->method, method, method);
	is_str(entry->url, url, url);
	is_int(entry->header_count, headers, "  headers");
	if (body_file != NULL)
		is_str(entry->body_file, body_file, "  body's file");
	else
		ok(entry->body_file == NULL, "  no body's file");
	is_int(entry->line, line, "  line");
}

/* The examples of vegeta's manual, one behind the other. */
static void test_http(void)
{
	static const char text[] = "\xef\xbb\xbf"
				   "GET http://goku:9090/path/to/dragon?item=ball\n"
				   "HEAD http://goku:9090/path/to/success\n"
				   "\n"
				   "# a comment\n"
				   "DELETE  http://goku:9090/path/to/remove\r\n"
				   "# a comment inside\n"
				   "Confirmation-Token: 90215\r\n"
				   "  Authorization :Token: DEADBEEF  \n"
				   "X-Empty:\n"
				   "\r\n"
				   "\n"
				   "POST\thttp://goku:9090/things\n"
				   "X-Account-ID: 99\n"
				   "@/path/to/new thing.json\n"
				   "PATCH http://goku:9090/thing/71988591\n"
				   "@ thing.json\n"
				   "/plain\n"
				   "M-SEARCH :8080/x\n"
				   "A: 1\n"
				   "GET /last\n"
				   "B: 2";
	struct arena arena;
	struct target_list list;

	arena_init(&arena);
	list = read_list(&arena, text, 8);
	if (list.count > 0) {
		const struct target_entry *entry = list.entries;

		is_entry(&entry[0], "GET", "http://goku:9090/path/to/dragon?item=ball", 0, NULL, 1);
		is_entry(&entry[1], "HEAD", "http://goku:9090/path/to/success", 0, NULL, 2);
		is_entry(&entry[2], "DELETE", "http://goku:9090/path/to/remove", 3, NULL, 5);
		is_str(entry[2].headers[0].name, "Confirmation-Token", "a header's name");
		is_str(entry[2].headers[0].value, "90215", "  value");
		is_str(entry[2].headers[1].name, "Authorization", "another name");
		is_str(entry[2].headers[1].value, "Token: DEADBEEF", "  a value with a colon");
		is_str(entry[2].headers[2].value, "", "  an empty value");
		is_entry(&entry[3], "POST", "http://goku:9090/things", 1, "/path/to/new thing.json",
			 12);
		ok(entry[3].body == NULL, "  a file's body is not read");
		is_entry(&entry[4], "PATCH", "http://goku:9090/thing/71988591", 0, "thing.json",
			 15);
		is_entry(&entry[5], "GET", "/plain", 0, NULL, 17);
		is_entry(&entry[6], "M-SEARCH", ":8080/x", 1, NULL, 18);
		is_entry(&entry[7], "GET", "/last", 1, NULL, 20);
		is_str(entry[7].headers[0].value, "2", "a header at the end of the file");
	}
	arena_release(&arena);
}

static void test_list(void)
{
	struct arena arena;
	struct target_list list;

	arena_init(&arena);
	list = read_list(&arena, "http://localhost:80/a\n\n/b?x=1\nlocalhost:8080/c\r\n  :1/d", 4);
	if (list.count > 0) {
		is_entry(&list.entries[0], "GET", "http://localhost:80/a", 0, NULL, 1);
		is_entry(&list.entries[1], "GET", "/b?x=1", 0, NULL, 3);
		is_entry(&list.entries[2], "GET", "localhost:8080/c", 0, NULL, 4);
		is_entry(&list.entries[3], "GET", ":1/d", 0, NULL, 5);
	}
	arena_release(&arena);
}

static void test_json(void)
{
	static const char text[] =
		"\n"
		"{\"method\":\"GET\",\"url\":\"http://goku/\",\"body\":\"UHVuY2gh\",\"header\":{"
		"\"Content-Type\":[\"text/plain\"]}}\n"
		"  {\"header\": {\"A\": [\"1\", \"2\"], \"B\": [], \"C\": \"\\u0033\"}, \"url\": "
		"\"\\/x\", \"method\": \"POST\", \"body\": \"AP/+\"} \r\n"
		"{\"method\":\"PUT\",\"url\":\"/\",\"body\":\"YQ==\"}\n"
		"{\"method\":\"PUT\",\"url\":\"/\",\"body\":\"YWI=\",\"header\":null}\n"
		"{\"method\":\"PUT\",\"url\":\"/\",\"body\":\"\"}\n"
		"{\"method\":\"PUT\",\"url\":\"/\",\"body\":null}";
	struct arena arena;
	struct target_list list;

	arena_init(&arena);
	list = read_list(&arena, text, 6);
	if (list.count > 0) {
		const struct target_entry *entry = list.entries;

		is_entry(&entry[0], "GET", "http://goku/", 1, NULL, 2);
		is_str(entry[0].headers[0].value, "text/plain", "  a header");
		ok(entry[0].body_length == 6 && memcmp(entry[0].body, "Punch!", 6) == 0,
		   "  a body in base64");
		is_entry(&entry[1], "POST", "/x", 3, NULL, 3);
		is_str(entry[1].headers[1].name, "A", "  a header twice");
		is_str(entry[1].headers[1].value, "2", "  with both values");
		is_str(entry[1].headers[2].value, "3", "  a value without its array");
		ok(entry[1].body_length == 3 && memcmp(entry[1].body, "\0\xff\xfe", 3) == 0,
		   "  a body of any bytes");
		ok(entry[2].body_length == 1 && entry[2].body[0] == 'a', "  two of padding");
		ok(entry[3].body_length == 2 && memcmp(entry[3].body, "ab", 2) == 0,
		   "  one of padding");
		ok(entry[4].body == NULL && entry[5].body == NULL, "  no body");
	}
	arena_release(&arena);
}

static void test_bad(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "t.txt: no request in it; a line is METHOD URL, or a URL"},
		{"# only\n\n", "t.txt: no request in it"},
		{"\nget /\n",
		 "t.txt:2: expected a method in capitals and a URL, or a URL alone, not 'get /'"},
		{"/a\nX-A: 1\n", "t.txt:2: expected a method in capitals"},
		{"@file\n", "t.txt:1: expected a method in capitals"},
		{"GET / HTTP/1.1\n", "t.txt:1: the space at offset 1 must be written as %20"},
		{"GET /\xc3\xa9\n", "t.txt:1: the byte 0xc3 at offset 1"},
		{"GET /\nnonsense\n", "t.txt:2: expected a header (Name: value), a body (@file)"},
		{"GET /\n: x\n", "t.txt:2: '' cannot be a header's name"},
		{"GET /\na b: x\n", "t.txt:2: 'a b' cannot be a header's name"},
		{"GET /\nA: \x01\n", "t.txt:2: the header A has a control character"},
		{"GET /\n@ \n", "t.txt:2: '@' without the name of a file"},
		{"{\"url\":\"/\"}", "t.txt:1: the request has no \"method\""},
		{"{\"method\":\"GET\"}", "t.txt:1: the request has no \"url\""},
		{"{\"method\":\"GET\",\"url\":\"\"}", "t.txt:1: the URL is empty"},
		{"{\"method\":\"get\",\"url\":\"/\"}", "t.txt:1: 'get' is no method"},
		{"{\"method\":\"GET /\",\"url\":\"/\"}", "t.txt:1: 'GET /' is no method"},
		{"{\"method\":\"\",\"url\":\"/\"}", "t.txt:1: '' is no method"},
		{"{\"method\":\"GET\",\"url\":\"/\\u0000\"}", "t.txt:1: the byte 0x00 at offset 1"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"headers\":{}}",
		 "t.txt:1: unknown key 'headers'; there are method, url, body and header"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A\":[\"x\\r\\nB: 1\"]}}",
		 "t.txt:1: the header A has a control character"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A:\\n\":[\"x\"]}}",
		 "cannot be a header's name"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"A\":[1]}}",
		 "t.txt:1:42: expected a string in double quotes"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"body\":\"YQ=\"}",
		 "t.txt:1: the body is not base64"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"body\":\"Y===\"}",
		 "t.txt:1: the body is not base64"},
		{"{\"method\":\"GET\",\"url\":\"/\",\"body\":\"Y-==\"}",
		 "t.txt:1: the body is not base64"},
		{"\n  {\"method\" \"GET\"}", "t.txt:2:13: expected ':' behind the key"},
		{"{\"method\":\"GET\",\"url\":\"/\"} x", "t.txt:1:28: text behind the end"},
		{"{\"method\":\"GET\",\"url\":\"/\"}\nGET /\n", "t.txt:2:1: expected an object"},
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target_list list;
		struct err err;

		is_int(parse(&list, &arena, cases[i].text, &err), -EINVAL, cases[i].says);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, "  says so"))
			printf("# %s\n", err_text(&err));
		is_int(list.count, 0, "  and leaves the result alone");
	}
	arena_release(&arena);
}

static void test_most_headers(void)
{
	char text[16 + 8 * (TARGET_FILE_HEADERS_MAX + 1)];
	struct target_list list;
	struct arena arena;
	struct err err;
	size_t at = (size_t)snprintf(text, sizeof(text), "GET /\n");

	for (int i = 0; i < TARGET_FILE_HEADERS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "A: 1\n");
	arena_init(&arena);
	list = read_list(&arena, text, 1);
	is_int(list.count > 0 ? list.entries[0].header_count : 0, 256, "as many headers as can be");
	snprintf(text + at, sizeof(text) - at, "A: 1\n");
	is_int(parse(&list, &arena, text, &err), -EINVAL, "one more");
	is_str(err_text(&err), "t.txt:258: more than 256 headers for one request", "  says so");
	arena_release(&arena);
}

int main(void)
{
	test_http();
	test_list();
	test_json();
	test_bad();
	test_most_headers();
	return tap_done();
}
