#include "load/json_reader.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

/* A whole text as one value; its length, or -1 when it is refused. */
static int take(const char *text, size_t length, char *out)
{
	struct json_reader reader;
	size_t out_length = 0;

	json_reader_init(&reader, text, length);
	if (json_reader_take_value(&reader, out, &out_length) < 0 ||
	    json_reader_finish(&reader) < 0)
		return -1;
	if (out != NULL)
		out[out_length] = '\0';
	return (int)out_length;
}

static void test_values(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{" \"plain\" ", "plain"},
		{"\"\"", ""},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00.\"",
		 "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80."},
		{"\"\xc3\xa9\"", "\xc3\xa9"},
		{"12345678901234567890.50", "12345678901234567890.50"},
		{"-0", "-0"},
		{"1E+05", "1E+05"},
		{"true", "true"},
		{"false", "false"},
		{"null", ""},
		{" [ ] ", "[]"},
		{"{ }", "{}"},
		{"[ 1 , \"a b\\n\" , [ { \"k\\u0041\" : null } , { } ] ]",
		 "[1,\"a b\\n\",[{\"k\\u0041\":null},{}]]"},
		{"\t{\r\n\"a\" : { \"b\": [] },\"c\":2}", "{\"a\":{\"b\":[]},\"c\":2}"},
	};
	char out[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int length = take(cases[i].text, strlen(cases[i].text), out);

		is_int(length, (int)strlen(cases[i].want), cases[i].text);
		is_str(out, cases[i].want, "  its value");
		is_int(take(cases[i].text, strlen(cases[i].text), NULL), 0, "  passed over");
	}
	is_int(take("\"a\\u0000b\"", 10, out), 3, "a NUL can be in a string");
	ok(memcmp(out, "a\0b", 3) == 0, "  it is");
}

static void test_members(void)
{
	static const char text[] = " { \"a\" : [ 1 , [2] ] , \"b\\u0021\" : { } , \"c\":\"x\"}";
	struct json_reader reader;
	char out[64];
	size_t length = 0;

	json_reader_init(&reader, text, strlen(text));
	is_int(json_reader_peek(&reader), JSON_READER_OBJECT, "an object comes");
	is_int(json_reader_enter(&reader, '{'), 0, "  entered");
	is_int(json_reader_next_key(&reader, out, &length), 1, "a key");
	is_int(json_reader_enter(&reader, '['), 0, "  its array is entered");
	is_int(json_reader_next_item(&reader), 1, "  an item");
	is_int(json_reader_take_value(&reader, out, &length), 0, "  taken");
	is_int(json_reader_next_item(&reader), 1, "  another");
	is_int(json_reader_peek(&reader), JSON_READER_ARRAY, "  which is an array");
	is_int(json_reader_take_value(&reader, out, &length), 0, "  taken as a whole");
	is_int(json_reader_next_item(&reader), 0, "  no more");
	is_int(json_reader_next_key(&reader, out, &length), 1, "the next key");
	ok(length == 2 && memcmp(out, "b!", 2) == 0, "  unescaped");
	is_int(json_reader_enter(&reader, '{'), 0, "  its object");
	is_int(json_reader_next_key(&reader, out, &length), 0, "  which is empty");
	is_int(json_reader_next_key(&reader, out, &length), 1, "the last key");
	is_int(json_reader_take_string(&reader, out, &length), 0, "  its string");
	is_int(json_reader_next_key(&reader, out, &length), 0, "the end");
	is_int(json_reader_finish(&reader), 0, "and nothing behind it");
}

static void test_refused(void)
{
	static const struct {
		const char *text, *says;
		int at;
	} cases[] = {
		{"", "expected a value", 0},
		{"{\"a\" 1}", "expected ':' behind the key", 5},
		{"{a:1}", "expected a key in double quotes", 1},
		{"{\"a\":1,}", "expected a key in double quotes", 7},
		{"{\"a\":1 \"b\":2}", "expected ',' or '}'", 7},
		{"[1,]", "expected a value", 3},
		{"[1 2]", "expected ',' or ']'", 3},
		{"[,]", "expected a value", 1},
		{"\"a", "a string without its closing quote", 2},
		{"\"a\nb\"", "a control character in a string", 2},
		{"\"\\x\"", "an escape that JSON does not have", 2},
		{"\"\\u12g4\"", "expected four hexadecimal digits", 5},
		{"\"\\ud800\"", "half of a surrogate pair", 7},
		{"\"\\udc00\\ud800\"", "half of a surrogate pair", 7},
		{"\"\\ud800\\u0041\"", "half of a surrogate pair", 13},
		{"01", "text behind the end", 1},
		{"-", "a number that JSON does not have", 1},
		{"1.", "a number that JSON does not have", 2},
		{"1e", "a number that JSON does not have", 2},
		{".5", "expected a value", 0},
		{"tru", "expected true, false or null", 0},
		{"nulll", "text behind the end", 4},
		{"'a'", "expected a value", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_reader reader;
		char out[64];
		size_t length = 0;
		int r;

		json_reader_init(&reader, cases[i].text, strlen(cases[i].text));
		r = json_reader_take_value(&reader, out, &length);
		if (r == 0)
			r = json_reader_finish(&reader);
		is_int(r, -EBADMSG, cases[i].text[0] != '\0' ? cases[i].text : "nothing");
		if (!ok(reader.problem != NULL && strstr(reader.problem, cases[i].says) != NULL,
			"  says what"))
			printf("# %s\n", reader.problem);
		is_int(reader.at - cases[i].text, cases[i].at, "  and where");
	}
}

static void test_depth(void)
{
	char text[2 * 65], out[sizeof(text)];

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	is_int(take(text, 128, out), 128, "64 arrays in each other");
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	is_int(take(text, 130, out), -1, "65 are too many");
}

/* Accepts what jansson accepts: texts that are JSON, with a few bytes changed. */
static void test_against_jansson(void)
{
	static const char seed_text[] =
		"{\"a\":[1,-2.5e3,true,false,null,\"x\\n\\u00e9\"],\"b\":{\"c"
		"\":[[],{}]},\"d\" : \"\\ud83d\\ude00\"}";
	static const char alphabet[] = "{}[]\",:\\ua0189-+.eE tfn\n";
	struct rng rng;
	int accepted = 0, differ = 0;

	rng_init(&rng, 5);
	for (int round = 0; round < 60000; round++) {
		char text[sizeof(seed_text)], out[sizeof(seed_text)];
		size_t begin = rng_next_below(&rng, 2) == 0 ? 0 : rng_next_below(&rng, 60);
		size_t length = sizeof(seed_text) - 1 - begin;
		json_t *value;
		bool is_taken;

		memcpy(text, seed_text, sizeof(seed_text));
		if (begin > 0)
			length = 1 + rng_next_below(&rng, length);
		for (uint64_t changes = rng_next_below(&rng, 3); changes > 0; changes--)
			text[begin + rng_next_below(&rng, length)] =
				alphabet[rng_next_below(&rng, sizeof(alphabet) - 1)];
		is_taken = take(text + begin, length, out) >= 0;
		value = json_loadb(text + begin, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (is_taken != (value != NULL) && differ++ < 5)
			printf("# %s differs: %.*s\n", is_taken ? "taken" : "refused", (int)length,
			       text + begin);
		accepted += is_taken;
		json_decref(value);
	}
	is_int(differ, 0, "60000 texts: accepted when jansson accepts them");
	ok(accepted > 5000 && accepted < 55000, "  of both kinds");
	printf("# %d accepted\n", accepted);
}

int main(void)
{
	test_values();
	test_members();
	test_refused();
	test_depth();
	test_against_jansson();
	return tap_done();
}
