/* Fields of text formats: Python's csv module and repr() are what they are held against. */
#include "util/field_text.h"

#include "tap.h"

static void is_field(const char *field, const char *want)
{
	struct strbuf text;

	strbuf_init(&text, 1000);
	field_text_add_csv(&text, field);
	is_str(strbuf_text(&text), want, want);
	strbuf_release(&text);
}

static void is_number(double value, const char *want)
{
	struct strbuf text;

	strbuf_init(&text, 1000);
	field_text_add_number(&text, value);
	is_str(strbuf_text(&text), want, want);
	strbuf_release(&text);
}

int main(void)
{
	is_field("gateway", "gateway");
	is_field("", "");
	is_field("a, b", "\"a, b\"");
	is_field("a \"b\"", "\"a \"\"b\"\"\"");
	is_field("a\nb", "\"a\nb\"");
	is_number(0, "0");
	is_number(0.1, "0.1");
	is_number(0.1 + 0.2, "0.30000000000000004");
	is_number(0.22000000000000003, "0.22000000000000003");
	is_number(1e8, "100000000");
	is_number(-2.5, "-2.5");
	is_number(1795032424123456789.0, "1.7950324241234568e+18");
	return tap_done();
}
