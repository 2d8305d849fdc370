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
	FAILURE_PORTS,	 /* connect with EADDRNOTAVAIL; what: the address it was for, may be NULL */
	FAILURE_TLS,	 /* detail: a code of tls_format_error() */
	FAILURE_NO_H2,	 /* HTTP/2 was wanted, and ALPN did not choose it */
	FAILURE_READ,	 /* detail: errno */
	FAILURE_WRITE,	 /* detail: errno */
	FAILURE_HTTP,	 /* detail: enum http1_error */
	FAILURE_EXTRA_BYTES,
	FAILURE_H2_SESSION, /* detail: h2_session_get_error() */
	FAILURE_H2_STREAM,  /* detail: an error code of RFC 9113 section 7 */
	FAILURE_SCRIPT,	    /* what: script_get_error(), may be NULL */
	FAILURE_TIMEOUT,    /* detail: ns */
	FAILURE_NEVER_SENT, /* detail: ns of timeout */
	FAILURE_BEHIND,	    /* in a pipeline behind one that was given up on */
	FAILURE_CUT_SHORT,
	FAILURE_STATUS,	       /* detail: status */
	FAILURE_EXPECT_STATUS, /* detail: status; expected: the wanted one */
	FAILURE_EXPECT_HEADER, /* detail: status; expected: which header; what: its name */
	FAILURE_EXPECT_BODY,   /* detail: status */
	FAILURE_EXPECT_REGEX,  /* detail: status */
	FAILURE_EXPECT_SIZE,   /* detail: status; body_bytes */
};

/*
 * How a request failed; error LOAD_ERROR_COUNT = it did not. What makes a kind: the request's name,
 * error, cause, detail and expected. The rest is only in the sentence, which is of the first one.
 */
struct failure {
	enum load_error error;
	enum failure_cause cause;
	uint16_t expected;
	int64_t detail;
	const char *what; /* borrowed for the call */
	uint64_t body_bytes;
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
