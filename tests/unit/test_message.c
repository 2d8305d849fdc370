#include "load/message.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

static void is_bytes(const struct load_request *request, uint32_t row, const char *want,
		     const char *what)
{
	struct err err = {0};
	struct message message;
	char out[1024] = "";
	size_t length;

	if (!ok(message_init(&message, request, "h:1", &err) == 0, what)) {
		printf("# %s\n", err_text(&err));
	} else {
		length = message_render(&message, row, out);
		out[length] = '\0';
		is_str(out, want, "  bytes");
		ok(length <= message.max_bytes, "  within what was promised");
		ok((message.constant != NULL) == (request->feed == NULL),
		   "  rendered once if it can be");
		if (message.constant != NULL)
			ok(message.constant_length == length &&
				   memcmp(message.constant, out, length) == 0,
			   "  the same");
	}
	message_release(&message);
}

static void test_constant(void)
{
	const struct load_header headers[] = {{"X-A", "b ${c}"}, {"host", "other"}};

	is_bytes(&(struct load_request){.name = "r", .method = "GET", .path = "/a?b"}, 0,
		 "GET /a?b HTTP/1.1\r\nHost: h:1\r\n\r\n", "a GET");
	is_bytes(&(struct load_request){.name = "r", .method = "POST", .path = "/"}, 0,
		 "POST / HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n",
		 "a POST without a body");
	is_bytes(&(struct load_request){.name = "r",
					.method = "GET",
					.path = "/",
					.body = "${x}",
					.body_length = 4},
		 0, "GET / HTTP/1.1\r\nHost: h:1\r\nContent-Length: 4\r\n\r\n${x}",
		 "a GET with a body");
	is_bytes(&(struct load_request){.name = "r",
					.method = "GET",
					.path = "/",
					.headers = headers,
					.header_count = 1},
		 0, "GET / HTTP/1.1\r\nX-A: b ${c}\r\nHost: h:1\r\n\r\n", "a header");
	is_bytes(&(struct load_request){.name = "r",
					.method = "GET",
					.path = "/",
					.headers = headers,
					.header_count = 2},
		 0, "GET / HTTP/1.1\r\nX-A: b ${c}\r\nhost: other\r\n\r\n", "another Host");
}

static void test_feed(void)
{
	static const char text[] = "a b,n\nx/y,1\n,22\n";
	const struct load_header headers[] = {{"X-N", "<${n}>"}};
	scoped(feed_cleanup) struct feed *feed = NULL;
	struct load_request request = {
		.name = "r",
		.method = "POST",
		.path = "/p/${a b}",
		.headers = headers,
		.header_count = 1,
		.body = "{\"n\": ${n}, \"a\": \"${a b}\"}",
		.body_length = 26,
	};

	feed_new(&feed, "f", text, strlen(text), ',', NULL);
	request.feed = feed;
	is_bytes(&request, 0,
		 "POST /p/x%2Fy HTTP/1.1\r\nX-N: <1>\r\nHost: h:1\r\nContent-Length: "
		 "20\r\n\r\n{\"n\": 1, \"a\": \"x/y\"}",
		 "first row");
	is_bytes(&request, 1,
		 "POST /p/ HTTP/1.1\r\nX-N: <22>\r\nHost: h:1\r\nContent-Length: 18\r\n\r\n{\"n\": "
		 "22, \"a\": \"\"}",
		 "second row, of another length");
}

static void is_refused(const struct load_request *request, const char *says)
{
	struct message message;
	struct err err = {0};

	is_int(message_init(&message, request, "h", &err), -EINVAL, says);
	if (!ok(strstr(err_text(&err), says) != NULL &&
			strstr(err_text(&err), "request 'r'") != NULL,
		"  says so"))
		printf("# %s\n", err_text(&err));
	message_release(&message);
}

static void test_bad(void)
{
	const struct load_header length[] = {{"content-length", "5"}}, name[] = {{"A B", "5"}},
				 line[] = {{"A", "5\nB: 6"}};
	struct load_request request = {.name = "r", .method = "GET", .path = "/"};

	request.path = "/a b";
	is_refused(&request, "%20");
	request.path = "x";
	is_refused(&request, "must begin with '/'");
	request.path = "/";
	request.method = "GE T";
	is_refused(&request, "not an HTTP method");
	request.method = "GET";
	request.header_count = 1;
	request.headers = length;
	is_refused(&request, "follows from the body");
	request.headers = name;
	is_refused(&request, "not a header name");
	request.headers = line;
	is_refused(&request, "line end");
	request.header_count = 0;
	request.expect.status = 700;
	is_refused(&request, "expected status 700");
}

/*
 * The search in pieces against strstr(), over a small alphabet so that there are many false
 * beginnings.
 */
static void test_search(void)
{
	uint64_t state = 3;
	bool same = true;
	int found = 0;

	for (int round = 0; round < 3000; round++) {
		char needle[8] = "", body[41] = "";
		struct load_request request = {.name = "r", .method = "GET", .path = "/"};
		struct message message;
		size_t cut, matched;

		state = state * 6364136223846793005u + 1442695040888963407u;
		for (size_t i = 0; i < 1 + (state >> 40) % 6; i++)
			needle[i] = "ab"[state >> (20 + i) & 1];
		for (size_t i = 0; i < 40; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			body[i] = "aabb"[state >> 62];
		}
		body[(state >> 20) % 41] = '\0';
		cut = strlen(body) > 0 ? (state >> 30) % strlen(body) : 0;
		request.expect.body_contains = needle;
		message_init(&message, &request, "h", NULL);
		matched = message_search_body(&message, 0, body, cut);
		matched = message_search_body(&message, matched, body + cut, strlen(body) - cut);
		same = same && (matched == message.needle_length) == (strstr(body, needle) != NULL);
		found += matched == message.needle_length;
		message_release(&message);
	}
	ok(same, "3000 searches in two pieces find what strstr() finds");
	ok(found > 500 && found < 2900, "some are there and some are not");
}

static void is_judged(uint16_t expected, const char *needle, uint16_t status, size_t matched,
		      enum load_error want, const char *text)
{
	const struct load_request request = {
		.name = "r",
		.method = "GET",
		.path = "/",
		.expect = {.status = expected, .body_contains = needle}};
	char sentence[LOAD_FAILURE_TEXT];
	struct message message;
	struct failure failure;

	message_init(&message, &request, "h", NULL);
	failure = message_judge(&message, status, matched);
	is_int(failure.error, want, text);
	if (want != LOAD_ERROR_COUNT) {
		failure_format(&failure, sentence);
		is_str(sentence, text, "  in words");
	}
	message_release(&message);
}

static void test_judge(void)
{
	is_judged(0, NULL, 200, 0, LOAD_ERROR_COUNT, "200 is good");
	is_judged(0, NULL, 399, 0, LOAD_ERROR_COUNT, "399 is good");
	is_judged(0, NULL, 400, 0, LOAD_ERROR_STATUS, "status 400");
	is_judged(0, NULL, 503, 0, LOAD_ERROR_STATUS, "status 503");
	is_judged(404, NULL, 404, 0, LOAD_ERROR_COUNT, "an expected 404 is good");
	is_judged(200, NULL, 503, 0, LOAD_ERROR_EXPECT, "expected status 200, got 503");
	is_judged(404, NULL, 200, 0, LOAD_ERROR_EXPECT, "expected status 404, got 200");
	is_judged(0, "abc", 200, 3, LOAD_ERROR_COUNT, "the body was found");
	is_judged(0, "abc", 200, 2, LOAD_ERROR_EXPECT, "status 200, but not the expected body");
	is_judged(0, "abc", 500, 0, LOAD_ERROR_STATUS, "status 500");
	is_judged(0, "", 200, 0, LOAD_ERROR_COUNT, "an empty text is in every body");
}

int main(void)
{
	test_constant();
	test_feed();
	test_bad();
	test_search();
	test_judge();
	return tap_done();
}
