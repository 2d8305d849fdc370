/*
 * Kinds of failures with their counts: what failed, for which request, in a sentence. Bounded:
 * beyond FAILURE_KINDS the rest is counted together. One table per worker; the sentence is made
 * once per kind, so that a server which fails every request does not slow the load down.
 */
#ifndef LOAD_FAILURE_H
#define LOAD_FAILURE_H

#include <stdint.h>

#include "model/load_record.h"

enum { FAILURE_KINDS = 64 };

enum failure_cause {
	FAILURE_SOCKET,	 /* detail: errno */
	FAILURE_CONNECT, /* detail: errno */
	FAILURE_READ,	 /* detail: errno */
	FAILURE_WRITE,	 /* detail: errno */
	FAILURE_HTTP,	 /* detail: enum http1_error */
	FAILURE_EXTRA_BYTES,
	FAILURE_TIMEOUT,    /* detail: ns */
	FAILURE_NEVER_SENT, /* detail: ns of timeout */
	FAILURE_CUT_SHORT,
	FAILURE_STATUS,	       /* detail: status */
	FAILURE_EXPECT_STATUS, /* detail: status; expected: the wanted one */
	FAILURE_EXPECT_BODY,   /* detail: status */
};

/* How a request failed; error LOAD_ERROR_COUNT = it did not. */
struct failure {
	enum load_error error;
	enum failure_cause cause;
	uint16_t expected;
	int64_t detail;
};

struct failure_kind {
	uint32_t name;
	struct failure failure;
};

struct failure_table {
	struct failure_kind kinds[FAILURE_KINDS];
	struct load_failure failures[FAILURE_KINDS]; /* the last one is for all others */
	uint32_t count;
};

/* Counts one for the request `name`. No allocation; time_ns is CLOCK_MONOTONIC. */
void failure_table_add(struct failure_table *table, uint32_t name, const struct failure *failure,
		       uint64_t time_ns);

/* The sentence: "read: connection reset by peer". */
void failure_format(const struct failure *failure, char text[static LOAD_FAILURE_TEXT]);

/* "connection refused": the system's words as part of a sentence. */
const char *failure_errno_text(int error, char *buffer, size_t size);

#endif
