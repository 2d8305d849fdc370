#include "load/failure.h"

#include <errno.h>

#include "tap.h"
#include "util/clock.h"
#include "wire/http1.h"

static void is_failure_text(const struct failure *failure, const char *want)
{
	char text[LOAD_FAILURE_TEXT];

	failure_format(failure, text);
	is_str(text, want, want);
}

static void is_text(enum failure_cause cause, int64_t detail, const char *want)
{
	const struct failure failure = {.cause = cause, .detail = detail, .expected = 200};

	is_failure_text(&failure, want);
}

static void test_texts(void)
{
	is_text(FAILURE_CONNECT, ECONNREFUSED, "connect: connection refused");
	is_text(FAILURE_SOCKET, EMFILE, "socket: too many open files");
	is_text(FAILURE_READ, ECONNRESET, "read: connection reset by peer");
	is_text(FAILURE_WRITE, EPIPE, "write: broken pipe");
	is_text(FAILURE_HTTP, HTTP1_BAD_CHUNK_SIZE, "bad chunk size");
	is_text(FAILURE_HTTP, HTTP1_CLOSED_BEFORE,
		"the server closed the connection before the answer");
	is_text(FAILURE_EXTRA_BYTES, 0, "bytes after the end of the answer");
	is_text(FAILURE_TIMEOUT, 30 * (int64_t)NS_PER_S, "timeout after 30 s");
	is_text(FAILURE_TIMEOUT, 1500 * (int64_t)NS_PER_MS, "timeout after 1.5 s");
	is_text(FAILURE_TIMEOUT, 50 * (int64_t)NS_PER_MS, "timeout after 50 ms");
	is_text(FAILURE_NEVER_SENT, NS_PER_S,
		"timeout after 1 s, never sent: no connection was free");
	is_text(FAILURE_CUT_SHORT, 0, "the run was cut short before the answer");
	is_text(FAILURE_STATUS, 500, "status 500");
	is_text(FAILURE_EXPECT_STATUS, 503, "expected status 200, got 503");
}

static void test_expect_texts(void)
{
	const struct failure header = {
		.cause = FAILURE_EXPECT_HEADER, .detail = 200, .expected = 1, .what = "X-Cache"};
	const struct failure size = {
		.cause = FAILURE_EXPECT_SIZE, .detail = 200, .body_bytes = 123456};

	is_failure_text(&header, "status 200, but not the expected header X-Cache");
	is_failure_text(&size, "status 200, but a body of 123456 B, not of the expected size");
	is_text(FAILURE_EXPECT_BODY, 201, "status 201, but not the expected body");
	is_text(FAILURE_EXPECT_REGEX, 201,
		"status 201, but the body does not match the expression");
}

static void test_protocol_texts(void)
{
	const struct failure ports = {.cause = FAILURE_PORTS, .what = "127.0.0.1:80"};
	const struct failure script = {.cause = FAILURE_SCRIPT, .what = "a.lua:3: nil"};
	const struct failure tls = {.cause = FAILURE_TLS, .detail = 1};
	char text[LOAD_FAILURE_TEXT] = "";

	is_failure_text(&ports, "connect: no local port left for 127.0.0.1:80; more source "
				"addresses: --source");
	is_text(FAILURE_PORTS, EADDRNOTAVAIL,
		"connect: no local port left for this address; more source addresses: --source");
	is_failure_text(&script, "script: a.lua:3: nil");
	is_text(FAILURE_SCRIPT, 0, "script: it failed");
	failure_format(&tls, text);
	ok(strncmp(text, "TLS: ", 5) == 0 && strlen(text) > 5, "a failure of TLS has words");
	is_text(FAILURE_H2_STREAM, 7, "HTTP/2: the stream ended with REFUSED_STREAM");
	failure_format(&(struct failure){.cause = FAILURE_H2_SESSION, .detail = -505}, text);
	ok(strncmp(text, "HTTP/2: ", 8) == 0 && strlen(text) > 8, "a broken session has words");
}

/* Kinds differ by what was expected; a sentence's own words are of the first one. */
static void test_kinds(void)
{
	static struct failure_table table;
	struct failure header = {.error = LOAD_ERROR_EXPECT,
				 .cause = FAILURE_EXPECT_HEADER,
				 .detail = 200,
				 .what = "A"};
	struct failure size = {.error = LOAD_ERROR_EXPECT,
			       .cause = FAILURE_EXPECT_SIZE,
			       .detail = 200,
			       .body_bytes = 5};

	failure_table_add(&table, 0, &header, 1);
	header.expected = 1;
	header.what = "B";
	failure_table_add(&table, 0, &header, 2);
	is_int(table.count, 2, "another header is another kind");
	is_str(table.failures[1].text, "status 200, but not the expected header B",
	       "  with its name");
	failure_table_add(&table, 0, &size, 3);
	size.body_bytes = 6;
	failure_table_add(&table, 0, &size, 4);
	is_int(table.count, 3, "another size is not");
	is_int(table.failures[2].count, 2, "  it is counted with the first one");
	is_str(table.failures[2].text, "status 200, but a body of 5 B, not of the expected size",
	       "  which is the example");
	ok(table.kinds[0].failure.what == NULL, "what was borrowed is not kept");
}

static void test_table(void)
{
	static struct failure_table table;
	const struct failure status = {
		.error = LOAD_ERROR_STATUS, .cause = FAILURE_STATUS, .detail = 500};
	uint64_t total = 0;

	failure_table_add(&table, 0, &status, 100);
	failure_table_add(&table, 0, &status, 300);
	failure_table_add(&table, 1, &status, 400);
	is_int(table.count, 2, "kinds are told apart by name");
	is_int(table.failures[0].count, 2, "counted");
	is_int(table.failures[0].first_ns, 100, "first");
	is_int(table.failures[0].last_ns, 300, "last");
	is_int(table.failures[1].name, 1, "the other name");
	is_str(table.failures[1].text, "status 500", "its text");
	for (int i = 0; i < 200; i++) {
		const struct failure other = {
			.error = LOAD_ERROR_STATUS, .cause = FAILURE_STATUS, .detail = 300 + i};

		failure_table_add(&table, 2, &other, 500);
	}
	is_int(table.count, FAILURE_KINDS, "the table does not grow without bound");
	for (uint32_t i = 0; i < table.count; i++)
		total += table.failures[i].count;
	is_int(total, 203, "and counts them all");
	is_str(table.failures[FAILURE_KINDS - 1].text, "others, of more than 63 kinds",
	       "the rest is named so");
}

int main(void)
{
	test_texts();
	test_expect_texts();
	test_protocol_texts();
	test_kinds();
	test_table();
	return tap_done();
}
