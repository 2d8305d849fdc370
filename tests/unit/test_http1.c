#include "wire/http1.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

struct outcome {
	struct http1_response response;
	ssize_t used; /* in all, or the error */
	int end;
	char body[512];
	size_t body_length;
};

static void collect_body(void *context, const char *bytes, size_t length)
{
	struct outcome *outcome = context;

	for (size_t i = 0; i < length && outcome->body_length < sizeof(outcome->body) - 1; i++)
		outcome->body[outcome->body_length++] = bytes[i];
}

/*
 * Feeds the text in pieces that end at `first`, `second` and the end; then, unless complete or
 * broken, closes.
 */
static void feed(struct outcome *outcome, const char *text, size_t length, bool is_head,
		 size_t first, size_t second)
{
	const size_t ends[] = {first, second, length};
	const struct http1_sink sink = {.on_body = collect_body, .context = outcome};
	size_t at = 0;

	memset(outcome, 0, sizeof(*outcome));
	http1_response_begin(&outcome->response, is_head);
	for (int i = 0; i < 3 && outcome->used >= 0 && !outcome->response.is_complete; i++) {
		ssize_t used;

		if (ends[i] <= at)
			continue;
		used = http1_response_feed(&outcome->response, text + at, ends[i] - at, &sink);
		outcome->used = used < 0 ? used : outcome->used + used;
		at = ends[i];
	}
	if (outcome->used >= 0 && !outcome->response.is_complete)
		outcome->end = http1_response_end(&outcome->response);
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
	return a->used == b->used && a->end == b->end && a->response.error == b->response.error &&
	       a->response.status == b->response.status &&
	       a->response.is_complete == b->response.is_complete &&
	       a->response.is_keep_alive == b->response.is_keep_alive &&
	       a->response.body_bytes == b->response.body_bytes &&
	       a->body_length == b->body_length && memcmp(a->body, b->body, a->body_length) == 0;
}

/* Every way to cut the text in two; for short ones, in three. */
static void check_cuts(const struct outcome *whole, const char *text, size_t length, bool is_head)
{
	struct outcome cut;
	bool same = true;

	for (size_t first = 0; first < length; first++) {
		for (size_t second = length < 128 ? first : length; second <= length; second++) {
			feed(&cut, text, length, is_head, first, second);
			if (!is_same(whole, &cut) && same) {
				same = false;
				printf("# differs when cut at %zu and %zu\n", first, second);
			}
		}
	}
	ok(same, "  the same for every way of cutting it");
}

struct good {
	const char *text, *body;
	int status;
	bool is_head, is_keep_alive;
	int rest; /* bytes that do not belong to it */
};

static const struct good good_cases[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", 200, false, true, 0},
	{"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "hello", 200, false, true, 0},
	{"HTTP/1.1 200\r\ncontent-LENGTH:5\r\n\r\nhello", "hello", 200, false, true, 0},
	{"HTTP/1.1 200 \r\nContent-Length: \t 0 \t\r\n\r\n", "", 200, false, true, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", "ab", 200, false,
	 true, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1", "ab", 200, false, true, 8},
	{"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", "x", 404,
	 false, false, 0},
	{"HTTP/1.1 200 OK\r\nConnection: x, CLOSE ,y\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	 false, false, 0},
	{"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", "x", 200, false,
	 true, 0},
	{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", 200, false, false, 0},
	{"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", "x", 200, false,
	 true, 0},
	{"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nuntil the end", "until the end", 200, false, false,
	 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nuntil the end", "until the end", 200,
	 false, false, 0},
	{"HTTP/1.1 204 No Content\r\n\r\n", "", 204, false, true, 0},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", "", 304, false, true, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "", 200, true, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "", 200, true, true, 0},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	 false, true, 0},
	{"HTTP/1.1 103 Hints\r\nLink: a\r\nContent-Length: 7\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 "
	 "204 N\r\n\r\n",
	 "", 204, false, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello",
	 200, false, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip , Chunked\r\n\r\n5\r\nhello\r\n6;a=\"b\"\r\n "
	 "world\r\n0;x\r\n\r\n",
	 "hello world", 200, false, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00a "
	 "\t\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n"
	 "Trailer: x\r\nOther: y\r\n\r\nrest",
	 "01234567890123456789", 200, false, true, 4},
	{"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\tagain\r\nContent-Length: 1\r\n\r\nx", "x", 200,
	 false, true, 0},
	{"HTTP/1.1 200 OK\r\nX:\r\nContent-Lengths: 9\r\nConnectiom: close\r\nContent-Length: "
	 "1\r\n\r\nx",
	 "x", 200, false, true, 0},
	{"HTTP/1.1 599 Odd: reason\r\nContent-Length: 0\r\n\r\n", "", 599, false, true, 0},
	/* without a body, whatever they say of one; what follows is not theirs */
	{"HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc", "", 204, false, true, 3},
	{"HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", 204, false, true, 5},
	{"HTTP/1.1 304 Not\r\n\r\n", "", 304, false, true, 0},
	{"HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\n", "", 304, false, true, 0},
	{"HTTP/1.0 304 Not\r\n\r\n", "", 304, false, false, 0},
	{"HTTP/1.1 200 OK\r\n\r\n", "", 200, true, true, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", "", 200, true, true, 1},
	{"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "", 200, true, true,
	 0},
	/* line ends of LF alone: in heads and trailers, not around chunks */
	{"HTTP/1.1 100 C\n\nHTTP/1.1 204 N\nX: y\n\n", "", 204, false, true, 0},
	{"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\r\nx\r\n0\r\nX: y\n\n", "x", 200, false,
	 true, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 1\n\r\nx", "x", 200, false, true, 0},
	/* what a 1xx says is forgotten */
	{"HTTP/1.1 103 H\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	 "x", 200, false, true, 0},
	{"HTTP/1.1 103 H\r\nContent-Length: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc", "abc", 200, false,
	 false, 0},
	/* chunks */
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: ,chunked,\r\n\r\n1;\r\nx\r\n0;\r\n\r\n", "x", 200,
	 false, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "000000000000001 ; a = b ;c\r\nx\r\n0\r\n\r\n",
	 "x", 200, false, true, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nany thing\r\n\r\n", "", 200,
	 false, true, 0},
	/* an end of the connection inside the chunk framing of something that has none */
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, x-chunked\r\n\r\n1\r\nx\r\n", "1\r\nx\r\n",
	 200, false, false, 0},
	{"HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09azAZ: x\r\nContent-Length: 0\r\n\r\n", "", 200, false,
	 true, 0},
	{"HTTP/1.1 200 OK\r\n ignored, as RFC 9112 section 2.2 says\r\nContent-Length: 0\r\n\r\n",
	 "", 200, false, true, 0},
};

static void test_good(void)
{
	for (size_t i = 0; i < sizeof(good_cases) / sizeof(good_cases[0]); i++) {
		const struct good *want = &good_cases[i];
		size_t length = strlen(want->text);
		struct outcome got;

		feed(&got, want->text, length, want->is_head, length, length);
		if (!ok(got.used == (ssize_t)length - want->rest && got.end == 0, want->text))
			printf("# used %zd, %s\n", got.used, http1_error_text(got.response.error));
		ok(got.response.is_complete, "  complete");
		is_int(got.response.status, want->status, "  status");
		is_int(got.response.is_keep_alive, want->is_keep_alive, "  keep-alive");
		is_str(got.body, want->body, "  body");
		is_int(got.response.body_bytes, strlen(want->body), "  body's length");
		check_cuts(&got, want->text, length, want->is_head);
	}
}

#define STATUS "HTTP/1.1 200 OK\r\n"
#define CHUNKED STATUS "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char *text;
	enum http1_error error;
} bad_cases[] = {
	{"", HTTP1_CLOSED_BEFORE},
	{"H", HTTP1_CLOSED_INSIDE},
	{STATUS, HTTP1_CLOSED_INSIDE},
	{STATUS "Content-Length: 5\r\n\r\nhell", HTTP1_CLOSED_INSIDE},
	{CHUNKED "5\r\nhello", HTTP1_CLOSED_INSIDE},
	{CHUNKED "5\r\nhello\r\n", HTTP1_CLOSED_INSIDE},
	{CHUNKED "0\r\n", HTTP1_CLOSED_INSIDE},
	{"HTTP/1.1 100 Continue\r\n\r\n", HTTP1_CLOSED_INSIDE},
	{"\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{" HTTP/1.1 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"http/1.1 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/2 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.2 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.10 200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1  200 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 20 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 2000 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 2x0 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 -20 OK\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1\r\n\r\n", HTTP1_BAD_STATUS_LINE},
	{"SSH-2.0-OpenSSH_9.2\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 600 Odd\r\n\r\n", HTTP1_BAD_STATUS},
	{"HTTP/1.1 099 Odd\r\n\r\n", HTTP1_BAD_STATUS},
	{"HTTP/1.1 000 Odd\r\n\r\n", HTTP1_BAD_STATUS},
	{"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", HTTP1_UPGRADED},
	{STATUS "no colon\r\n\r\n", HTTP1_BAD_HEADER},
	{STATUS ": no name\r\n\r\n", HTTP1_BAD_HEADER},
	{STATUS "Content-Length : 5\r\n\r\nhello", HTTP1_BAD_HEADER},
	{STATUS "Content-Length\t: 5\r\n\r\nhello", HTTP1_BAD_HEADER},
	{STATUS "A b: x\r\n\r\n", HTTP1_BAD_HEADER},
	{STATUS "A\x01: x\r\n\r\n", HTTP1_BAD_HEADER},
	{STATUS "\xc3\xa4: x\r\n\r\n", HTTP1_BAD_HEADER},
	{STATUS "Content-Length\r: 5\r\n\r\nhello", HTTP1_BAD_HEADER},
	{STATUS "\rContent-Length: 5\r\n\r\nhello", HTTP1_BAD_HEADER},
	{STATUS "\r\r\n", HTTP1_BAD_HEADER},
	{STATUS "Content-Length: 5\r\n 6\r\n\r\nhello", HTTP1_BAD_FOLDING},
	{STATUS "Connection: x,\r\n close\r\n\r\nhello", HTTP1_BAD_FOLDING},
	{STATUS "Content-Length:\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: -1\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: +1\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 0x10\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 5 5\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 5, 5\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 5\r\r\n\r\nhello", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 5.0\r\n\r\nhello", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: \"5\"\r\n\r\nhello", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 9999999999999999999\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 999999999999999999\r\n\r\nx", HTTP1_CLOSED_INSIDE},
	{STATUS "Content-Length: 18446744073709551616\r\n\r\n", HTTP1_BAD_LENGTH},
	{STATUS "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", HTTP1_CONFLICTING_LENGTH},
	{STATUS "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	 HTTP1_LENGTH_AND_ENCODING},
	{STATUS "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	 HTTP1_LENGTH_AND_ENCODING},
	{"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked, chunked\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
	 HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding:\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: ,\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked, gzip\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked;q=1\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked\rx\r\n\r\n", HTTP1_BAD_ENCODING},
	{STATUS "Transfer-Encoding: chunked\r\n x\r\n\r\n", HTTP1_BAD_FOLDING},
	{"HTTP/1.1 204 N\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
	 HTTP1_LENGTH_AND_ENCODING},
	{"HTTP/1.1 103 N\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
	 HTTP1_LENGTH_AND_ENCODING},
	{"HTTP/1.1 100 C\r\n\r\nbad\r\n", HTTP1_BAD_STATUS_LINE},
	{"HTTP/1.1 100 C\r\nno colon\r\n\r\n", HTTP1_BAD_HEADER},
	{"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 101 U\r\n\r\n", HTTP1_UPGRADED},
	{CHUNKED "\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "x\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "-5\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED " 5\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5 5\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5\nhello\r\n0\r\n\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED ";x\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "10000000000000005\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "+5\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "\t5\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5h\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5,\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5.0\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "0X5\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "\"5\"\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5\r\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5;a\rb\r\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5;a\nhello\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "0\n\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "5\r\nhello\r\n\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "fffffffffffffff1\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "ffffffffffffffffffffffffffffffff\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "fffffffffffffff\r\nhello\r\n0\r\n\r\n", HTTP1_CLOSED_INSIDE},
	{CHUNKED "-0\r\n\r\n", HTTP1_BAD_CHUNK_SIZE},
	{CHUNKED "4\r\nhello\r\n0\r\n\r\n", HTTP1_BAD_CHUNK_END},
	{CHUNKED "6\r\nhello\r\n0\r\n\r\n", HTTP1_BAD_CHUNK_END},
	{CHUNKED "5\r\nhello0\r\n\r\n", HTTP1_BAD_CHUNK_END},
	{CHUNKED "5\r\nhello world\r\n", HTTP1_BAD_CHUNK_END},
	{CHUNKED "5\r\nhello\n0\r\n\r\n", HTTP1_BAD_CHUNK_END},
	{CHUNKED "5\r\nhello\r0\r\n\r\n", HTTP1_BAD_CHUNK_END},
};

static void test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++) {
		size_t length = strlen(bad_cases[i].text);
		struct outcome got;

		feed(&got, bad_cases[i].text, length, false, length, length);
		ok(got.used == -EBADMSG || got.end == -EBADMSG, bad_cases[i].text);
		is_str(http1_error_text(got.response.error), http1_error_text(bad_cases[i].error),
		       "  reason");
		ok(!got.response.is_complete, "  not complete");
		ok(http1_response_feed(&got.response, "x", 1, NULL) == -EBADMSG, "  stays broken");
		check_cuts(&got, bad_cases[i].text, length, false);
	}
}

/*
 * Builds `prefix`, `count` times `repeated`, `suffix`; cut at a few places, because every place
 * would take minutes.
 */
static void check_long(const char *prefix, const char *repeated, size_t count, const char *suffix,
		       enum http1_error want, const char *what)
{
	struct outcome whole, cut;
	struct strbuf text;
	bool same = true;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, prefix);
	for (size_t i = 0; i < count; i++)
		strbuf_add_text(&text, repeated);
	strbuf_add_text(&text, suffix);
	feed(&whole, text.data, text.length, false, text.length, text.length);
	is_str(http1_error_text(whole.response.error), http1_error_text(want), what);
	for (size_t i = 1; i < 200; i++) {
		feed(&cut, text.data, text.length, false, text.length * i / 200,
		     text.length * (i + 1) / 200);
		same = same && is_same(&whole, &cut);
	}
	ok(same, "  the same for 199 ways of cutting it");
	strbuf_release(&text);
}

static void test_long(void)
{
	check_long(STATUS "X: ", "y", 60000, "\r\nContent-Length: 0\r\n\r\n", HTTP1_NO_ERROR,
		   "a long header of no interest");
	check_long(STATUS, "X: y\r\n", 10000, "Content-Length: 0\r\n\r\n", HTTP1_NO_ERROR,
		   "60 KB of headers");
	check_long(STATUS, "X: y\r\n", 11000, "Content-Length: 0\r\n\r\n", HTTP1_HEAD_TOO_LONG,
		   "66 KB of headers");
	check_long(STATUS "X: ", "y", 70000, "", HTTP1_HEAD_TOO_LONG, "a header that does not end");
	check_long("", "HTTP/1.1 100 C\r\n\r\n", 5000, "", HTTP1_HEAD_TOO_LONG, "1xx without end");
	check_long("HTTP/1.1 200 ", "y", 1000, "\r\nContent-Length: 0\r\n\r\n", HTTP1_NO_ERROR,
		   "a long reason");
	check_long(STATUS "", "y", 1000, ": x\r\n\r\n", HTTP1_BAD_HEADER, "a name of 1000 bytes");
	check_long(STATUS "Connection: ", " ", 600, "close\r\n\r\n", HTTP1_LINE_TOO_LONG,
		   "a long Connection");
	check_long(STATUS "Content-Length: ", " ", 600, "5\r\n\r\n", HTTP1_LINE_TOO_LONG,
		   "a long Content-Length");
	check_long(STATUS "Transfer-Encoding: ", " ", 600, "x\r\n\r\n", HTTP1_LINE_TOO_LONG,
		   "a long encoding");
	check_long(CHUNKED "5;", "x", 600, "\r\nhello\r\n0\r\n\r\n", HTTP1_LINE_TOO_LONG,
		   "a long chunk extension");
	check_long(CHUNKED, "1\r\nx\r\n", 20000, "0\r\n\r\n", HTTP1_NO_ERROR,
		   "chunk lines add up past 64 KB");
	check_long(CHUNKED "0\r\n", "X: y\r\n", 11000, "\r\n", HTTP1_HEAD_TOO_LONG,
		   "66 KB of trailers");
}

/* A caller's view of the headers: "name=value;" of each. */
static void collect_header(void *context, const char *name, size_t name_length, const char *value,
			   size_t value_length)
{
	struct strbuf *headers = context;

	strbuf_add(headers, name, name_length);
	strbuf_add_char(headers, '=');
	strbuf_add(headers, value, value_length);
	strbuf_add_char(headers, ';');
}

/*
 * The headers given for each way of cutting the text in two, and for single bytes; the scratch is
 * exactly as large as said, for AddressSanitizer.
 */
static void check_headers(const char *text, const char *want, size_t scratch_size, const char *what)
{
	scoped_free char *scratch = scratch_size > 0 ? alloc_array(scratch_size, 1) : NULL;
	size_t length = strlen(text);
	struct strbuf headers;
	struct http1_sink sink = {.on_header = collect_header,
				  .context = &headers,
				  .scratch = scratch,
				  .scratch_size = scratch_size};
	bool is_same = true;

	strbuf_init(&headers, STRBUF_MAX_DEFAULT);
	for (size_t cut = 0; cut < length; cut++) {
		struct http1_response response;

		strbuf_clear(&headers);
		http1_response_begin(&response, false);
		for (size_t at = 0; at < length;) {
			size_t piece = cut == 0 ? 1 : at < cut ? cut : length - cut;

			if (http1_response_feed(&response, text + at, piece, &sink) < 0)
				break;
			at += piece;
		}
		if (is_same && !response.is_complete)
			printf("# cut at %zu: %s\n", cut, http1_error_text(response.error));
		if (is_same && strcmp(strbuf_text(&headers), want) != 0)
			printf("# cut at %zu: %s\n", cut, strbuf_text(&headers));
		is_same =
			is_same && response.is_complete && strcmp(strbuf_text(&headers), want) == 0;
	}
	ok(is_same, what);
	strbuf_release(&headers);
}

static void test_headers(void)
{
	struct strbuf text, want;

	check_headers(STATUS "A: b\r\nSet-Cookie:\t x=1; path=/ \r\ne:\r\n"
			     "content-length:  0\r\n\r\n",
		      "A=b;Set-Cookie=x=1; path=/;e=;content-length=0;", 0,
		      "headers, without the white space around the value");
	check_headers("HTTP/1.1 103 H\r\nLink: a\r\n\r\n" STATUS "A: b\nTransfer-Encoding: "
		      "chunked\n\n1\r\nx\r\n0\r\nTrailer: x\r\n\r\n",
		      "A=b;Transfer-Encoding=chunked;", 1000,
		      "not those of a 1xx, and no trailers");
	check_headers(STATUS "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "A=b;Content-Length=0;", 0,
		      "of a folded header the first line");
	for (int i = 0; i < 4; i++) {
		/* CR and LF are counted */
		const size_t lengths[] = {254, 255, 998, 999};
		size_t limit = i < 2 ? HTTP1_LINE_BYTES : 1000;

		strbuf_init(&text, 1 << 20);
		strbuf_init(&want, 1 << 20);
		strbuf_add_text(&text, STATUS);
		strbuf_add_text(&want, "A=");
		strbuf_add_text(&text, "A:");
		for (size_t k = 2; k < lengths[i]; k++) {
			strbuf_add_char(&text, 'x');
			strbuf_add_char(&want, 'x');
		}
		strbuf_add_char(&want, ';');
		if (lengths[i] + 2 > limit)
			strbuf_clear(&want);
		strbuf_add_text(&text, "\r\nContent-Length: 0\r\n\r\n");
		strbuf_add_text(&want, "Content-Length=0;");
		check_headers(strbuf_text(&text), strbuf_text(&want), i < 2 ? 0 : limit,
			      lengths[i] + 2 > limit ? "a line that is too long is not given"
						     : "the longest line is given whole");
		strbuf_release(&text);
		strbuf_release(&want);
	}
	ok(sizeof(struct http1_response) <= 320, "a response is small");
}

/* After an answer with everything in it the next one starts clean. */
static void test_reuse(void)
{
	static const char first[] =
		"HTTP/1.0 404 x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
	static const char second[] = STATUS "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
	uint64_t allocations = alloc_get_count();
	struct http1_response response;

	http1_response_begin(&response, false);
	is_int(http1_response_feed(&response, first, sizeof(first) - 1, NULL), sizeof(first) - 1,
	       "first answer");
	http1_response_begin(&response, false);
	is_int(http1_response_feed(&response, second, sizeof(second) - 1, NULL), sizeof(second) - 1,
	       "second answer");
	ok(response.is_complete && response.is_keep_alive && response.status == 200,
	   "  nothing left of the first");
	is_int(response.body_bytes, 1, "  body");
	is_int(http1_response_feed(&response, "x", 1, NULL), 0, "  takes nothing more");
	is_int(alloc_get_count() - allocations, 0, "nothing is allocated");
}

static void test_build(void)
{
	struct err err = {0};
	struct strbuf out;

	strbuf_init(&out, 4096);
	is_int(http1_add_request_line(&out, "POST", "/a?b", &err), 0, "request line");
	is_int(http1_add_header(&out, "Host", "h:1", &err), 0, "header");
	http1_add_end(&out, true, 12);
	is_str(strbuf_text(&out), "POST /a?b HTTP/1.1\r\nHost: h:1\r\nContent-Length: 12\r\n\r\n",
	       "built");
	strbuf_clear(&out);
	http1_add_end(&out, false, 0);
	is_str(strbuf_text(&out), "\r\n", "an end without a body");
	is_int(http1_add_request_line(&out, "GE T", "/", &err), -EINVAL, "a method with a blank");
	is_int(http1_add_request_line(&out, "", "/", &err), -EINVAL, "no method");
	is_int(http1_add_request_line(&out, "GET", "x", &err), -EINVAL, "a path without '/'");
	is_int(http1_add_header(&out, "A b", "x", &err), -EINVAL, "a name with a blank");
	is_int(http1_add_header(&out, "A:", "x", &err), -EINVAL, "a name with a colon");
	is_int(http1_add_header(&out, "A", "x\r\nB: y", &err), -EINVAL, "a value with a line end");
	ok(strstr(err_text(&err), "'A'") != NULL, "  the sentence names it");
	strbuf_release(&out);
}

int main(void)
{
	test_good();
	test_bad();
	test_long();
	test_headers();
	test_reuse();
	test_build();
	return tap_done();
}
