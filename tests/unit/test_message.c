#include "load/message.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

static const struct message_context at_h1 = {.authority = "h:1", .scheme = "http"};

static void is_bytes(const struct load_request *request, uint32_t row, const char *want,
		     const char *what)
{
	struct err err = {0};
	struct message message;
	char out[1024] = "";
	size_t length;

	if (!ok(message_init(&message, request, &at_h1, &err) == 0, what)) {
		printf("# %s\n", err_text(&err));
	} else {
		length = message_render(&message, row, NULL, 0, out);
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

	is_int(message_init(&message, request, &at_h1, &err), -EINVAL, says);
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

/* HTTP/2: pseudo headers first, no headers of one connection, cookies and length at the end. */
static void test_fields(void)
{
	static const char text[] = "id\n7\n8\n";
	const struct load_header headers[] = {
		{"Connection", "close"}, {"HOST", "other"}, {"X-Id", "<${id}>"}};
	const char *want[][2] = {{":method", "POST"},	  {":scheme", "https"},
				 {":authority", "other"}, {":path", "/p/8"},
				 {"x-id", "<8>"},	  {"cookie", "a=1"},
				 {"content-length", "2"}};
	scoped(feed_cleanup) struct feed *feed = NULL;
	const struct message_context context = {.authority = "h", .scheme = "https"};
	struct load_request request = {.name = "r",
				       .method = "POST",
				       .path = "/p/${id}",
				       .headers = headers,
				       .header_count = 3,
				       .body = "ok",
				       .body_length = 2};
	struct message_fields fields;
	struct message message;
	char out[1024];
	bool right = true;

	feed_new(&feed, "f", text, strlen(text), ',', NULL);
	request.feed = feed;
	is_int(message_init(&message, &request, &context, NULL), 0, "a request for HTTP/2");
	message_render_fields(&message, 1, "a=1", 3, out, &fields);
	is_int(fields.count, 7, "its headers");
	for (uint32_t i = 0; i < fields.count && i < 7; i++) {
		const struct h2_header *field = &fields.headers[i];

		right = right && field->name_length == strlen(want[i][0]) &&
			memcmp(field->name, want[i][0], field->name_length) == 0 &&
			field->value_length == strlen(want[i][1]) &&
			memcmp(field->value, want[i][1], field->value_length) == 0;
	}
	ok(right, "  as RFC 9113 section 8 wants them");
	ok(fields.is_body_lasting && fields.body_length == 2,
	   "  and its body, which is not copied");
	is_int(message_render_path(&message, 0, out), 4, "the path alone");
	ok(memcmp(out, "/p/7", 4) == 0, "  filled in");
	message_release(&message);
}

static void test_cookies(void)
{
	const struct message_context context = {
		.authority = "h", .scheme = "http", .is_closing = true};
	const struct load_request request = {.name = "r", .method = "GET", .path = "/"};
	struct message message;
	char out[1024];
	size_t length;

	message_init(&message, &request, &context, NULL);
	length = message_render(&message, 0, "a=1; b=2", 8, out);
	out[length] = '\0';
	is_str(out, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: a=1; b=2\r\n\r\n",
	       "a request with cookies on a connection of its own");
	message_release(&message);
}

int main(void)
{
	test_constant();
	test_feed();
	test_bad();
	test_fields();
	test_cookies();
	return tap_done();
}
