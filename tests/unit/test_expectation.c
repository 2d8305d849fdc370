#include "load/expectation.h"

#include <errno.h>

#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

static struct expectation *compile(const struct load_expect *expect)
{
	struct expectation *expectation = NULL;
	struct err err = {0};

	if (!ok(expectation_new(&expectation, expect, &err) == 0, "it compiles"))
		printf("# %s\n", err_text(&err));
	return expectation;
}

/* The verdict on an answer with a status, one header and a body that comes in pieces of `step`. */
static struct failure judge(const struct load_expect *expect, const struct expectation *expectation,
			    uint16_t status, const char *body, size_t length, size_t step)
{
	struct expectation_state state = {0};
	struct failure failure;

	expectation_begin(&state);
	for (size_t at = 0; at < length && expectation_wants_body(expectation); at += step)
		expectation_take_body(expectation, &state, body + at,
				      length - at < step ? length - at : step);
	failure = expectation_judge(expect, expectation, &state, status);
	expectation_release_state(&state);
	return failure;
}

static bool is_good(const struct load_expect *expect, const struct expectation *expectation,
		    const char *body, size_t step)
{
	return judge(expect, expectation, 200, body, strlen(body), step).error == LOAD_ERROR_COUNT;
}

static void test_status(void)
{
	static const struct load_expect any = {0}, not_found = {.status = 404};
	struct expectation *expectation = compile(&any);

	ok(expectation == NULL, "nothing is compiled when only the status counts");
	ok(!expectation_wants_headers(NULL) && !expectation_wants_body(NULL), "nor looked at");
	is_int(expectation_judge(&any, NULL, NULL, 399).error, LOAD_ERROR_COUNT, "399 is good");
	is_int(expectation_judge(&any, NULL, NULL, 400).error, LOAD_ERROR_STATUS, "400 is not");
	is_int(expectation_judge(&any, NULL, NULL, 503).detail, 503, "  says which");
	is_int(expectation_judge(&any, NULL, NULL, 503).cause, FAILURE_STATUS, "  and why");
	ok(compile(&not_found) == NULL, "a status alone needs nothing more");
	is_int(expectation_judge(&not_found, NULL, NULL, 404).error, LOAD_ERROR_COUNT,
	       "404 is good when it is expected");
	is_int(expectation_judge(&not_found, NULL, NULL, 200).error, LOAD_ERROR_EXPECT,
	       "then 200 is not");
	is_int(expectation_judge(&not_found, NULL, NULL, 500).cause, FAILURE_EXPECT_STATUS,
	       "and 500 is unexpected, not STATUS");
	is_int(expectation_judge(&not_found, NULL, NULL, 500).expected, 404, "  what was expected");
}

static void test_text(void)
{
	static const struct load_expect expect = {.body_contains = "aabaaab"};
	static const struct load_expect failing = {.status = 500, .body_contains = "oops"};
	struct expectation *expectation = compile(&expect);

	ok(expectation_wants_body(expectation), "the body is looked at");
	ok(!expectation_wants_headers(expectation), "headers are not");
	for (size_t step = 1; step < 9; step++) {
		ok(is_good(&expect, expectation, "xaabaabaaabaax", step), "found over pieces");
		ok(!is_good(&expect, expectation, "xaabaabaabaaax", step), "what is near is not");
	}
	is_int(judge(&expect, expectation, 200, "", 0, 1).cause, FAILURE_EXPECT_BODY,
	       "not in an empty body");
	is_int(judge(&expect, expectation, 500, "", 0, 1).error, LOAD_ERROR_STATUS,
	       "a bad status goes before a bad body");
	expectation_free(expectation);

	expectation = compile(&failing);
	is_int(judge(&failing, expectation, 500, "oops", 4, 2).error, LOAD_ERROR_COUNT,
	       "the body of an expected 500 is good");
	is_int(judge(&failing, expectation, 500, "fine", 4, 2).error, LOAD_ERROR_EXPECT,
	       "or is not");
	expectation_free(expectation);
}

/* Against memmem(), with few letters so that begins repeat, in random pieces. */
static void test_text_random(void)
{
	struct rng rng;
	uint32_t wrong = 0, found = 0;

	rng_init(&rng, 3);
	for (int round = 0; round < 3000; round++) {
		char needle[8] = "", body[65];
		const struct load_expect expect = {.body_contains = needle};
		size_t needle_length = 1 + rng_next_below(&rng, 6), at = 0;
		struct expectation_state state = {0};
		struct expectation *expectation = NULL;
		bool is_there;

		for (size_t i = 0; i < needle_length; i++)
			needle[i] = (char)('a' + rng_next_below(&rng, 2));
		for (size_t i = 0; i < 64; i++)
			body[i] = (char)('a' + rng_next_below(&rng, 2));
		if (expectation_new(&expectation, &expect, NULL) < 0)
			break;
		expectation_begin(&state);
		while (at < 64) {
			size_t step = 1 + rng_next_below(&rng, 64 - at);

			expectation_take_body(expectation, &state, body + at, step);
			at += step;
		}
		is_there = memmem(body, 64, needle, needle_length) != NULL;
		found += is_there;
		wrong += (expectation_judge(&expect, expectation, &state, 200).error ==
			  LOAD_ERROR_COUNT) != is_there;
		expectation_free(expectation);
	}
	is_int(wrong, 0, "3000 random searches agree with memmem()");
	ok(found > 500 && found < 2900, "  some of which found it");
}

static void test_regex(void)
{
	static const struct load_expect expect = {.body_matches = "^\\{\"id\": ?[0-9]+\\}$"};
	static const struct load_expect two = {.body_matches = "x[^a]z", .body_contains = "end"};
	struct expectation *expectation = compile(&expect);

	for (size_t step = 1; step < 15; step += 3) {
		ok(is_good(&expect, expectation, "{\"id\": 4711}", step), "a body that matches");
		ok(!is_good(&expect, expectation, "{\"id\": 4711}\n", step), "$ is the end");
	}
	is_int(judge(&expect, expectation, 200, "", 0, 1).cause, FAILURE_EXPECT_REGEX,
	       "an empty body does not");
	expectation_free(expectation);

	expectation = compile(&two);
	is_int(judge(&two, expectation, 200, "a\0x\0z\0end", 9, 4).error, LOAD_ERROR_COUNT,
	       "NULs in a body do not end it");
	is_int(judge(&two, expectation, 200, "a\0x\0z\0eNd", 9, 4).cause, FAILURE_EXPECT_BODY,
	       "both must be in it");
	is_int(judge(&two, expectation, 200, "a\0x\0\0z\0end", 10, 4).cause, FAILURE_EXPECT_REGEX,
	       "  each by itself");
	expectation_free(expectation);
}

/* A state serves one answer after the other; nothing of the one is in the next. */
static void test_next_answer(void)
{
	static const struct load_expect expect = {.body_matches = "^b+$",
						  .body_contains = "bb",
						  .has_size = true,
						  .size_min = 2,
						  .size_max = 2};
	struct expectation *expectation = compile(&expect);
	struct expectation_state state = {0};

	expectation_begin(&state);
	expectation_take_body(expectation, &state, "ab", 2);
	is_int(expectation_judge(&expect, expectation, &state, 200).cause, FAILURE_EXPECT_BODY,
	       "not the text");
	expectation_begin(&state);
	expectation_take_body(expectation, &state, "bb", 2);
	is_int(expectation_judge(&expect, expectation, &state, 200).error, LOAD_ERROR_COUNT,
	       "the next answer is as expected, in text, expression and an exact size");
	expectation_begin(&state);
	expectation_take_body(expectation, &state, "b", 1);
	is_int(expectation_judge(&expect, expectation, &state, 200).cause, FAILURE_EXPECT_BODY,
	       "the half of the text that was found before does not count");
	expectation_release_state(&state);
	expectation_free(expectation);
}

static void test_bounds(void)
{
	static const struct load_expect text = {.body_contains = "needle"};
	static const struct load_expect regex = {.body_matches = "need(le)"};
	static const struct load_expect size = {.has_size = true, .size_min = 10, .size_max = 20};
	struct expectation *of_text = compile(&text), *of_regex = compile(&regex);
	struct expectation *of_size = compile(&size);
	size_t length = EXPECTATION_SEARCHED_BYTES + 100;
	scoped_free char *body = alloc_array(length + 1, 1);
	struct failure failure;

	memset(body, '.', length);
	for (size_t i = 0; i < 6; i++)
		body[EXPECTATION_SEARCHED_BYTES - 6 + i] = text.body_contains[i];
	for (size_t step = 1000; step <= length; step += length - 1000) {
		ok(is_good(&text, of_text, body, step), "text: the last within 64 KB");
		ok(is_good(&regex, of_regex, body, step), "expression: the last within 64 KB");
	}
	memmove(body + 1, body, length - 1);
	for (size_t step = 1000; step <= length; step += length - 1000) {
		ok(!is_good(&text, of_text, body, step), "text: one further is not looked at");
		ok(!is_good(&regex, of_regex, body, step), "expression: nor there");
	}
	memset(body, '.', length);
	for (size_t i = 0; i < 6; i++)
		body[EXPECTATION_SEARCHED_BYTES + 10 + i] = text.body_contains[i];
	ok(!is_good(&text, of_text, body, EXPECTATION_SEARCHED_BYTES + 5),
	   "text: nor in a piece that begins beyond");
	ok(!is_good(&size, of_size, "123456789", 4), "9 bytes");
	ok(is_good(&size, of_size, "1234567890", 4), "10 bytes");
	ok(is_good(&size, of_size, "12345678901234567890", 4), "20 bytes");
	failure = judge(&size, of_size, 200, body, length, 4096);
	is_int(failure.cause, FAILURE_EXPECT_SIZE, "more bytes");
	is_int(failure.body_bytes, (int64_t)length, "  all were counted");
	ok(expectation_wants_body(of_size), "a size is of the body");
	is_int(judge(&size, of_size, 204, "", 0, 1).cause, FAILURE_EXPECT_SIZE, "no body");
	expectation_free(of_text);
	expectation_free(of_regex);
	expectation_free(of_size);
}

static void take(const struct expectation *expectation, struct expectation_state *state,
		 const char *name, const char *value)
{
	expectation_take_header(expectation, state, name, strlen(name), value, strlen(value));
}

static void test_headers(void)
{
	static const struct load_header headers[] = {
		{"Content-Type", "json"}, {"X-Cache", NULL}, {"Server", ""}};
	static const struct load_expect expect = {.headers = headers, .header_count = 3};
	struct expectation *expectation = compile(&expect);
	struct expectation_state state = {0};
	struct failure failure;

	ok(expectation_wants_headers(expectation), "headers are looked at");
	ok(!expectation_wants_body(expectation), "the body is not");
	expectation_begin(&state);
	take(expectation, &state, "content-type", "application/json; charset=utf-8");
	take(expectation, &state, "X-CACHE", "");
	take(expectation, &state, "serve", "x");
	take(expectation, &state, "servers", "x");
	failure = expectation_judge(&expect, expectation, &state, 200);
	is_int(failure.cause, FAILURE_EXPECT_HEADER, "one is missing");
	is_str(failure.what, "Server", "  it is named");
	take(expectation, &state, "SERVER", "");
	is_int(expectation_judge(&expect, expectation, &state, 200).error, LOAD_ERROR_COUNT,
	       "names in any case; a value contains");
	expectation_begin(&state);
	take(expectation, &state, "Server", "x");
	take(expectation, &state, "X-Cache", "json");
	take(expectation, &state, "Content-Type", "text/JSON");
	failure = expectation_judge(&expect, expectation, &state, 200);
	is_str(failure.what, "Content-Type", "the next answer begins anew, values keep their case");
	is_int(failure.detail, 200, "  with the status");
	take(expectation, &state, "Content-Type", "json");
	is_int(expectation_judge(&expect, expectation, &state, 200).error, LOAD_ERROR_COUNT,
	       "any of several headers of the name will do");
	expectation_release_state(&state);
	expectation_free(expectation);
}

static void test_most_headers(void)
{
	static struct load_header headers[EXPECTATION_HEADERS_MAX];
	static const struct load_expect expect = {.headers = headers,
						  .header_count = EXPECTATION_HEADERS_MAX};
	static char names[EXPECTATION_HEADERS_MAX][16];
	struct expectation_state state = {0};
	struct expectation *expectation;

	for (int i = 0; i < EXPECTATION_HEADERS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "x%d", i);
		headers[i].name = names[i];
	}
	expectation = compile(&expect);
	for (int i = EXPECTATION_HEADERS_MAX - 1; i > 0; i--)
		take(expectation, &state, names[i], "");
	is_str(expectation_judge(&expect, expectation, &state, 200).what, "x0", "one of 32");
	take(expectation, &state, names[0], "");
	is_int(expectation_judge(&expect, expectation, &state, 200).error, LOAD_ERROR_COUNT,
	       "all of them");
	expectation_free(expectation);
}

static void test_allocations(void)
{
	static const struct load_header header = {"a", "b"};
	static const struct load_expect expect = {.headers = &header,
						  .header_count = 1,
						  .body_contains = "abc",
						  .has_size = true,
						  .size_max = 100};
	struct expectation *expectation = compile(&expect);
	static const struct load_expect regex = {.body_matches = "abc"};
	struct expectation *of_regex = compile(&regex);
	struct expectation_state state = {0}, regex_state = {0};
	uint64_t before;

	expectation_take_body(of_regex, &regex_state, "abcdef", 6);
	before = alloc_get_count();
	for (int i = 0; i < 10; i++) {
		expectation_begin(&state);
		expectation_begin(&regex_state);
		take(expectation, &state, "a", "b");
		expectation_take_body(expectation, &state, "xabc", 4);
		expectation_take_body(of_regex, &regex_state, "xabc", 4);
		expectation_judge(&expect, expectation, &state, 200);
	}
	is_int(alloc_get_count() - before, 0, "an answer allocates nothing");
	is_int(state.body_capacity, 0, "a body is only kept for an expression");
	expectation_release_state(&regex_state);
	expectation_free(expectation);
	expectation_free(of_regex);
}

static void test_bad(void)
{
	static const struct load_header header = {"X Y", NULL}, colon = {"a:", NULL},
					none = {"", NULL};
	static const struct {
		struct load_expect expect;
		const char *says;
	} cases[] = {
		{{.status = 199}, "the expected status 199 is not one of 200 to 599"},
		{{.status = 600}, "the expected status 600"},
		{{.body_matches = "a(b"},
		 "'a(b', expected in the body, is not a regular expression: "},
		{{.body_matches = "a", .has_size = true, .size_min = 2, .size_max = 1},
		 "at least 2 and at most 1 bytes"},
		{{.headers = &header, .header_count = 1}, "the expected header's name 'X Y'"},
		{{.headers = &colon, .header_count = 1}, "name 'a:' cannot be one"},
		{{.headers = &none, .header_count = 1}, "name '' cannot be one"},
		{{.headers = &header, .header_count = 33}, "33 headers are expected; at most 32"},
	};
	scoped_free char *longest = alloc_array(EXPECTATION_SEARCHED_BYTES + 1, 1);
	struct load_expect expect = {.body_contains = longest};
	struct expectation *expectation = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {0};

		is_int(expectation_new(&expectation, &cases[i].expect, &err), -EINVAL,
		       cases[i].says);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, "  says so"))
			printf("# %s\n", err_text(&err));
	}
	memset(longest, 'x', EXPECTATION_SEARCHED_BYTES);
	is_int(expectation_new(&expectation, &expect, NULL), -EINVAL, "a text of 64 KB");
	longest[EXPECTATION_SEARCHED_BYTES - 1] = '\0';
	expectation = compile(&expect);
	expectation_free(expectation);
	expectation_free(NULL);
}

int main(void)
{
	test_status();
	test_text();
	test_text_random();
	test_regex();
	test_next_answer();
	test_bounds();
	test_headers();
	test_most_headers();
	test_allocations();
	test_bad();
	return tap_done();
}
