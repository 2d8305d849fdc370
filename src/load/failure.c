#include "load/failure.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "load/h2.h"
#include "load/tls.h"
#include "util/clock.h"
#include "wire/http1.h"

const char *failure_errno_text(int error, char *buffer, size_t size)
{
	char own[128];

	snprintf(buffer, size, "%s", strerror_r(error, own, sizeof(own)));
	buffer[0] = (char)tolower((unsigned char)buffer[0]);
	return buffer;
}

/* Plain numbers, as the user wrote them: "30 s", "50 ms". */
static void format_timeout(char *text, size_t size, int64_t ns, const char *more)
{
	double seconds = (double)ns / (double)NS_PER_S;

	if (seconds >= 1)
		snprintf(text, size, "timeout after %g s%s", seconds, more);
	else
		snprintf(text, size, "timeout after %g ms%s", seconds * 1000, more);
}

/* "connect: connection refused" */
static void format_system(char *text, const char *call, int64_t error)
{
	char buffer[128];

	snprintf(text, LOAD_FAILURE_TEXT, "%s: %s", call,
		 failure_errno_text((int)error, buffer, sizeof(buffer)));
}

static void format_tls(char *text, int64_t error)
{
	char buffer[128] = "";

	tls_format_error((unsigned long)error, buffer, sizeof(buffer));
	snprintf(text, LOAD_FAILURE_TEXT, "TLS: %s", buffer);
}

/* An answer that is whole and yet not what was expected. */
static void format_answer(char *text, const struct failure *failure)
{
	int status = (int)failure->detail;

	if (failure->cause == FAILURE_EXPECT_STATUS)
		snprintf(text, LOAD_FAILURE_TEXT, "expected status %u, got %d", failure->expected,
			 status);
	else if (failure->cause == FAILURE_EXPECT_HEADER)
		snprintf(text, LOAD_FAILURE_TEXT, "status %d, but not the expected header %s",
			 status, failure->what);
	else if (failure->cause == FAILURE_EXPECT_BODY)
		snprintf(text, LOAD_FAILURE_TEXT, "status %d, but not the expected body", status);
	else if (failure->cause == FAILURE_EXPECT_REGEX)
		snprintf(text, LOAD_FAILURE_TEXT,
			 "status %d, but the body does not match the expression", status);
	else if (failure->cause == FAILURE_EXPECT_SIZE)
		snprintf(text, LOAD_FAILURE_TEXT,
			 "status %d, but a body of %" PRIu64 " B, not of the expected size", status,
			 failure->body_bytes);
	else
		snprintf(text, LOAD_FAILURE_TEXT, "status %d", status);
}

void failure_format(const struct failure *failure, char text[static LOAD_FAILURE_TEXT])
{
	const char *what = failure->what;
	int64_t detail = failure->detail;

	switch (failure->cause) {
	case FAILURE_SOCKET:
		format_system(text, "socket", detail);
		break;
	case FAILURE_CONNECT:
		format_system(text, "connect", detail);
		break;
	case FAILURE_PORTS:
		snprintf(text, LOAD_FAILURE_TEXT,
			 "connect: no local port left for %s; more source addresses: --source",
			 what != NULL ? what : "this address");
		break;
	case FAILURE_TLS:
		format_tls(text, detail);
		break;
	case FAILURE_NO_H2:
		snprintf(text, LOAD_FAILURE_TEXT,
			 "the server did not choose HTTP/2 (ALPN); --http1.1 or protocol: auto");
		break;
	case FAILURE_READ:
		format_system(text, "read", detail);
		break;
	case FAILURE_WRITE:
		format_system(text, "write", detail);
		break;
	case FAILURE_HTTP:
		snprintf(text, LOAD_FAILURE_TEXT, "%s", http1_error_text((enum http1_error)detail));
		break;
	case FAILURE_EXTRA_BYTES:
		snprintf(text, LOAD_FAILURE_TEXT, "bytes after the end of the answer");
		break;
	case FAILURE_H2_SESSION:
		snprintf(text, LOAD_FAILURE_TEXT, "HTTP/2: %s", h2_error_text((int)detail));
		break;
	case FAILURE_H2_STREAM:
		snprintf(text, LOAD_FAILURE_TEXT, "HTTP/2: the stream ended with %s",
			 h2_stream_error_text((uint32_t)detail));
		break;
	case FAILURE_SCRIPT:
		snprintf(text, LOAD_FAILURE_TEXT, "script: %s", what != NULL ? what : "it failed");
		break;
	case FAILURE_TIMEOUT:
		format_timeout(text, LOAD_FAILURE_TEXT, detail, "");
		break;
	case FAILURE_NEVER_SENT:
		format_timeout(text, LOAD_FAILURE_TEXT, detail,
			       ", never sent: no connection was free");
		break;
	case FAILURE_BEHIND:
		snprintf(text, LOAD_FAILURE_TEXT,
			 "in the pipeline behind a request that timed out");
		break;
	case FAILURE_CUT_SHORT:
		snprintf(text, LOAD_FAILURE_TEXT, "the run was cut short before the answer");
		break;
	case FAILURE_STATUS:
	case FAILURE_EXPECT_STATUS:
	case FAILURE_EXPECT_HEADER:
	case FAILURE_EXPECT_BODY:
	case FAILURE_EXPECT_REGEX:
	case FAILURE_EXPECT_SIZE:
		format_answer(text, failure);
		break;
	}
}

static bool is_same(const struct failure_kind *kind, uint32_t name, const struct failure *failure)
{
	return kind->failure.cause == failure->cause && kind->failure.detail == failure->detail &&
	       kind->failure.expected == failure->expected && kind->name == name &&
	       kind->failure.error == failure->error;
}

void failure_table_add(struct failure_table *table, uint32_t name, const struct failure *failure,
		       uint64_t time_ns)
{
	struct load_failure *entry;
	uint32_t i = 0;

	while (i < table->count && i < FAILURE_KINDS - 1 &&
	       !is_same(&table->kinds[i], name, failure))
		i++;
	entry = &table->failures[i];
	if (i == table->count) {
		table->count++;
		table->kinds[i] = (struct failure_kind){.name = name, .failure = *failure};
		table->kinds[i].failure.what = NULL;
		*entry = (struct load_failure){
			.name = name, .error = failure->error, .first_ns = time_ns};
		if (i < FAILURE_KINDS - 1)
			failure_format(failure, entry->text);
		else
			snprintf(entry->text, sizeof(entry->text), "others, of more than %d kinds",
				 FAILURE_KINDS - 1);
	}
	entry->count++;
	entry->last_ns = time_ns;
}
