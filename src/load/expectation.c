#include "load/expectation.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"

enum { FIRST_BODY_BYTES = 1024 };

struct expectation {
	const struct load_expect *expect; /* borrowed */
	uint32_t all_headers;		  /* headers_met when each one is */
	/* of the search for body_contains (Knuth, Morris, Pratt); needle_length 0 = none */
	uint32_t needle_length;
	uint16_t *restarts;
	bool has_regex;
	regex_t regex;
};

/* For each begin of the needle: how much of it is also its own end (the KMP prefix function). */
static int compile_search(struct expectation *expectation, struct err *err)
{
	const char *needle = expectation->expect->body_contains;
	size_t length = needle != NULL ? strlen(needle) : 0, matched = 0;

	if (length == 0)
		return 0;
	if (length > EXPECTATION_SEARCHED_BYTES - 1)
		return err_set(err, -EINVAL, "the text expected in the body is longer than 64 KB");
	expectation->needle_length = (uint32_t)length;
	expectation->restarts = alloc_array(length + 1, sizeof(expectation->restarts[0]));
	for (size_t i = 1; i < length; i++) {
		while (matched > 0 && needle[matched] != needle[i])
			matched = expectation->restarts[matched];
		matched += needle[matched] == needle[i];
		expectation->restarts[i + 1] = (uint16_t)matched;
	}
	return 0;
}

/* Without REG_NEWLINE: ^ and $ are the body's begin and end, and a dot is any byte but NUL. */
static int compile_regex(struct expectation *expectation, struct err *err)
{
	const char *text = expectation->expect->body_matches;
	char why[256];
	int code;

	if (text == NULL)
		return 0;
	code = regcomp(&expectation->regex, text, REG_EXTENDED | REG_NOSUB);
	if (code != 0) {
		regerror(code, &expectation->regex, why, sizeof(why));
		return err_set(err, -EINVAL,
			       "'%s', expected in the body, is not a regular expression: %s", text,
			       why);
	}
	expectation->has_regex = true;
	return 0;
}

static int compile_headers(struct expectation *expectation, struct err *err)
{
	const struct load_expect *expect = expectation->expect;

	if (expect->header_count > EXPECTATION_HEADERS_MAX)
		return err_set(err, -EINVAL, "%u headers are expected; at most %d can be",
			       expect->header_count, EXPECTATION_HEADERS_MAX);
	for (uint32_t i = 0; i < expect->header_count; i++) {
		const char *name = expect->headers[i].name;

		if (name[0] == '\0' || strpbrk(name, ": \t\r\n") != NULL)
			return err_set(err, -EINVAL,
				       "the expected header's name '%s' cannot be one", name);
		expectation->all_headers |= UINT32_C(1) << i;
	}
	return 0;
}

static int check_numbers(const struct load_expect *expect, struct err *err)
{
	if (expect->status != 0 && (expect->status < 200 || expect->status > 599))
		return err_set(err, -EINVAL, "the expected status %u is not one of 200 to 599",
			       expect->status);
	if (expect->has_size && expect->size_min > expect->size_max)
		return err_set(err, -EINVAL,
			       "the expected size of the body is at least %llu and at most %llu "
			       "bytes, which no body is",
			       (unsigned long long)expect->size_min,
			       (unsigned long long)expect->size_max);
	return 0;
}

int expectation_new(struct expectation **ret_expectation, const struct load_expect *expect,
		    struct err *err)
{
	struct expectation *expectation = alloc_new(struct expectation);
	int r;

	expectation->expect = expect;
	r = check_numbers(expect, err);
	if (r == 0)
		r = compile_headers(expectation, err);
	if (r == 0)
		r = compile_search(expectation, err);
	if (r == 0)
		r = compile_regex(expectation, err);
	if (r < 0 ||
	    (!expectation_wants_headers(expectation) && !expectation_wants_body(expectation))) {
		expectation_free(expectation);
		expectation = NULL;
	}
	if (r == 0)
		*ret_expectation = expectation;
	return r;
}

void expectation_free(struct expectation *expectation)
{
	if (expectation == NULL)
		return;
	if (expectation->has_regex)
		regfree(&expectation->regex);
	free(expectation->restarts);
	free(expectation);
}

bool expectation_wants_headers(const struct expectation *expectation)
{
	return expectation != NULL && expectation->all_headers != 0;
}

bool expectation_wants_body(const struct expectation *expectation)
{
	return expectation != NULL && (expectation->needle_length > 0 || expectation->has_regex ||
				       expectation->expect->has_size);
}

void expectation_begin(struct expectation_state *state)
{
	state->body_bytes = 0;
	state->headers_met = 0;
	state->matched = 0;
	state->body_length = 0;
}

void expectation_release_state(struct expectation_state *state)
{
	free(state->body);
	*state = (struct expectation_state){0};
}

void expectation_take_header(const struct expectation *expectation, struct expectation_state *state,
			     const char *name, size_t name_length, const char *value,
			     size_t value_length)
{
	const struct load_expect *expect = expectation->expect;

	for (uint32_t i = 0; i < expect->header_count; i++) {
		const struct load_header *wanted = &expect->headers[i];

		if (strlen(wanted->name) == name_length &&
		    strncasecmp(wanted->name, name, name_length) == 0 &&
		    (wanted->value == NULL ||
		     memmem(value, value_length, wanted->value, strlen(wanted->value)) != NULL))
			state->headers_met |= UINT32_C(1) << i;
	}
}

static void search(const struct expectation *expectation, struct expectation_state *state,
		   const char *bytes, size_t length)
{
	const char *needle = expectation->expect->body_contains;
	uint32_t matched = state->matched;

	for (size_t i = 0; i < length && matched < expectation->needle_length; i++) {
		while (matched > 0 && needle[matched] != bytes[i])
			matched = expectation->restarts[matched];
		matched += needle[matched] == bytes[i];
	}
	state->matched = matched;
}

/*
 * Grown to the largest body seen, so that after the first answers nothing is allocated. With a NUL
 * behind it, which AddressSanitizer's regexec() asks for.
 */
static void keep(struct expectation_state *state, const char *bytes, size_t length)
{
	uint32_t total = state->body_length + (uint32_t)length;

	if (length == 0)
		return;
	if (total >= state->body_capacity) {
		uint32_t capacity = FIRST_BODY_BYTES;

		while (capacity <= total)
			capacity *= 2;
		state->body = alloc_resize(state->body, capacity, 1);
		state->body_capacity = capacity;
	}
	memcpy(state->body + state->body_length, bytes, length);
	state->body_length = total;
	state->body[total] = '\0';
}

void expectation_take_body(const struct expectation *expectation, struct expectation_state *state,
			   const char *bytes, size_t length)
{
	size_t searched = 0;

	if (state->body_bytes < EXPECTATION_SEARCHED_BYTES)
		searched = EXPECTATION_SEARCHED_BYTES - (size_t)state->body_bytes;
	if (searched > length)
		searched = length;
	state->body_bytes += length;
	if (expectation->needle_length > 0)
		search(expectation, state, bytes, searched);
	if (expectation->has_regex)
		keep(state, bytes, searched);
}

/* Shared by the workers: regexec() may be called by several threads at once (POSIX 2.9.1). */
static bool is_match(const struct expectation *expectation, const struct expectation_state *state)
{
	regmatch_t span = {.rm_so = 0, .rm_eo = (regoff_t)state->body_length};

	/* a body may hold NULs: the span says where it ends */
	return regexec(&expectation->regex, state->body != NULL ? state->body : "", 1, &span,
		       REG_STARTEND) == 0;
}

/* What is wrong with the headers or the body; false = nothing. */
static bool find_mismatch(const struct expectation *expectation,
			  const struct expectation_state *state, struct failure *failure)
{
	const struct load_expect *expect = expectation->expect;
	uint32_t missing = expectation->all_headers & ~state->headers_met;

	if (missing != 0) {
		failure->cause = FAILURE_EXPECT_HEADER;
		failure->expected = (uint16_t)__builtin_ctz(missing);
		failure->what = expect->headers[failure->expected].name;
	} else if (state->matched < expectation->needle_length) {
		failure->cause = FAILURE_EXPECT_BODY;
	} else if (expectation->has_regex && !is_match(expectation, state)) {
		failure->cause = FAILURE_EXPECT_REGEX;
	} else if (expect->has_size &&
		   (state->body_bytes < expect->size_min || state->body_bytes > expect->size_max)) {
		failure->cause = FAILURE_EXPECT_SIZE;
		failure->body_bytes = state->body_bytes;
	} else {
		return false;
	}
	return true;
}

struct failure expectation_judge(const struct load_expect *expect,
				 const struct expectation *expectation,
				 const struct expectation_state *state, uint16_t status)
{
	struct failure failure = {
		.error = LOAD_ERROR_COUNT,
		.expected = expect->status,
		.detail = status,
	};

	if (expect->status == 0 && status >= 400) {
		failure.error = LOAD_ERROR_STATUS;
		failure.cause = FAILURE_STATUS;
	} else if (expect->status != 0 && status != expect->status) {
		failure.error = LOAD_ERROR_EXPECT;
		failure.cause = FAILURE_EXPECT_STATUS;
	} else if (expectation != NULL && find_mismatch(expectation, state, &failure)) {
		failure.error = LOAD_ERROR_EXPECT;
	}
	return failure;
}
