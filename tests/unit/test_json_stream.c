#include "export/json_stream.h"

#include "tap.h"

static void test_document(void)
{
	struct strbuf text;
	struct json_stream json = {.text = &text};

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_stream_begin_object(&json, NULL);
	json_stream_begin_array(&json, "empty");
	json_stream_end_array(&json);
	json_stream_begin_array(&json, "list");
	json_stream_add_integer(&json, NULL, INT64_MIN);
	json_stream_begin_object(&json, NULL);
	json_stream_end_object(&json);
	json_stream_add_null(&json, NULL);
	json_stream_end_array(&json);
	json_stream_add_bool(&json, "yes", true);
	json_stream_add_text(&json, "text", "a\"\n\xff\xc3\xa4");
	json_stream_end_object(&json);
	is_str(strbuf_text(&text),
	       "{\"empty\":[],\"list\":[-9223372036854775808,{},null],\"yes\":true,"
	       "\"text\":\"a\\\"\\n\xef\xbf\xbd\xc3\xa4\"}",
	       "commas between items, and only there");
	strbuf_release(&text);
}

static void test_numbers(void)
{
	struct strbuf text;
	struct json_stream json = {.text = &text};

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_stream_begin_array(&json, NULL);
	json_stream_add_ms(&json, NULL, 1234567890);
	json_stream_add_ms(&json, NULL, -1);
	json_stream_add_ms(&json, NULL, 0);
	json_stream_add_double(&json, NULL, 0.1);
	json_stream_end_array(&json);
	is_str(strbuf_text(&text), "[1234.567890,-0.000001,0.000000,0.10000000000000001]",
	       "times in ms, ratios that read back");
	strbuf_release(&text);
}

int main(void)
{
	test_document();
	test_numbers();
	return tap_done();
}
