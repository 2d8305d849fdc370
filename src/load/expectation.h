/*
 * What the answer of a request must be, compiled once (struct expectation, shared read-only by the
 * workers), and held against each answer as it arrives (struct expectation_state, one per request
 * in flight).
 */
#ifndef LOAD_EXPECTATION_H
#define LOAD_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/failure.h"
#include "load/load.h"
#include "util/err.h"

enum { EXPECTATION_SEARCHED_BYTES = 65536, EXPECTATION_HEADERS_MAX = 32 };

struct expectation; /* compiled */

/* Zeroed before each answer; `body` is kept from answer to answer (body_capacity of it). */
struct expectation_state {
	uint64_t body_bytes;
	uint32_t headers_met; /* bit i: header i was as expected */
	uint32_t matched;     /* of the text searched for */
	char *body;	      /* the first bytes, when a regular expression wants them */
	uint32_t body_length, body_capacity;
};

/*
 * *ret_expectation is NULL when only the status is looked at. `expect` is borrowed for its life.
 * -EINVAL names what is wrong.
 */
int expectation_new(struct expectation **ret_expectation, const struct load_expect *expect,
		    struct err *err);
void expectation_free(struct expectation *expectation);

/* Whether headers, or the bytes of the body, must be given to it at all. */
bool expectation_wants_headers(const struct expectation *expectation);
bool expectation_wants_body(const struct expectation *expectation);

void expectation_begin(struct expectation_state *state); /* before an answer */
void expectation_release_state(struct expectation_state *state);
void expectation_take_header(const struct expectation *expectation, struct expectation_state *state,
			     const char *name, size_t name_length, const char *value,
			     size_t value_length);
void expectation_take_body(const struct expectation *expectation, struct expectation_state *state,
			   const char *bytes, size_t length);

/*
 * Whether the whole answer is as it should be: error LOAD_ERROR_COUNT when it is, else STATUS or
 * EXPECT and why. `expectation` and `state` may be NULL (status only).
 */
struct failure expectation_judge(const struct load_expect *expect,
				 const struct expectation *expectation,
				 const struct expectation_state *state, uint16_t status);

#endif
