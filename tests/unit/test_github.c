/* What GitHub gets: Markdown within its limits, and commands that nothing can break out of. */
#include "export/github.h"

#include "sample_gate.h"
#include "util/alloc.h"

#define contains(text, part, what) ok(strstr((text), (part)) != NULL, what)

static void test_summary(struct strbuf *out)
{
	struct sample_gate sample;
	const char *text;

	sample_gate_make(&sample, 1);
	strbuf_clear(out);
	github_write_summary(out, &sample.gate);
	text = strbuf_text(out);
	contains(text, "### ❌ sonde: gate\\<way\\> \"1\": REGRESSED\n",
		 "the verdict is the heading");
	contains(text, "HEAD against main (`012345678` Fix \\| all)\n", "what against what");
	contains(text, "**CPU per request has REGRESSED**\n", "the conclusion");
	contains(text,
		 "| **CPU per request** | 1.00 <ms> | 1.12 & more | +12.3 % (+8.3 … +16.3 %) | ❌ "
		 "REGRESSED |\n",
		 "a row; values are sonde's own words");
	contains(text, "This gate sees 5 % in 97 of 100 cases, false alarm 1 in 40", "its power");
	contains(text, "- with care: governor: in the base performance; in the head powersave\n",
		 "what differs besides");
	contains(text, "- 2 pairs: 100 % stolen, or: more\n", "a note stays in its line");
	contains(text, "8 pairs, 2 rejected", "the design");
	ok(strstr(text, GITHUB_MARKER) == NULL, "a summary needs no marker");
	ok(strstr(text, "cut here") == NULL, "nothing is cut");
}

static void test_comment(struct strbuf *out)
{
	struct sample_gate sample;

	sample_gate_make(&sample, 2);
	strbuf_clear(out);
	github_write_comment(out, &sample.gate);
	ok(strncmp(strbuf_text(out), GITHUB_MARKER "\n", strlen(GITHUB_MARKER) + 1) == 0,
	   "a comment begins with what finds it");
	contains(strbuf_text(out), "#### zero-copy\n", "sides have headings");
}

static void test_limits(struct strbuf *out)
{
	enum { ROWS = 3000 };
	struct gate_row *rows = alloc_array(ROWS, sizeof(*rows));
	struct sample_gate sample;

	sample_gate_make(&sample, 2);
	for (uint32_t i = 0; i < ROWS; i++)
		rows[i] = sample.rows[i % 5];
	sample.sides[0].rows = rows;
	sample.sides[0].row_count = ROWS;
	strbuf_clear(out);
	github_write_comment(out, &sample.gate);
	ok(out->length <= GITHUB_COMMENT_BYTES, "a comment stays below its limit");
	ok(out->length > GITHUB_COMMENT_BYTES - 4096, "and uses it");
	contains(strbuf_text(out), "more lines; the JSON has all of them", "what is cut is said");
	contains(strbuf_text(out), "8 pairs, 2 rejected", "the end is always there");
	is_int(sample_count(strbuf_text(out), "<details>"),
	       sample_count(strbuf_text(out), "</details>"), "what is opened is closed");
	strbuf_clear(out);
	github_write_summary(out, &sample.gate);
	ok(out->length <= GITHUB_SUMMARY_BYTES && strstr(strbuf_text(out), "cut here") == NULL,
	   "a summary has more room");
	free(rows);
}

static void test_annotations(struct strbuf *out)
{
	struct sample_gate sample;
	const char *text;

	sample_gate_make(&sample, 1);
	sample.gate.plan = "gate:way, 100%";
	sample.rows[2].change = "50 %\r\n::error::x";
	strbuf_clear(out);
	github_write_annotations(out, &sample.gate);
	text = strbuf_text(out);
	contains(text,
		 "::error title=gate%3Away%2C 100%25%3A CPU per request REGRESSED::", "title");
	contains(text, "::50 %25%0D%0A::error::x: 1.00 <ms> to 1.12 & more\n",
		 "a message cannot begin a command");
	contains(text,
		 "::warning title=the two sides differ besides the change::governor: "
		 "in the base performance; in the head powersave\n",
		 "what differs");
	contains(text, "::2 pairs: 100 %25 stolen,%0Aor: more\n", "notes");
	is_int(sample_count(text, "\n"), 3, "a line each");
	sample.metrics[2].verdict = VERDICT_INCONCLUSIVE;
	strbuf_clear(out);
	github_write_annotations(out, &sample.gate);
	contains(strbuf_text(out),
		 "::warning title=gate%3Away%2C 100%25%3A CPU per request "
		 "INCONCLUSIVE::",
		 "a primary metric that says nothing is a warning");
	ok(strstr(strbuf_text(out), "::error title") == NULL, "and no error");
}

static void test_ten(struct strbuf *out)
{
	struct gate_row rows[30];
	struct sample_gate sample;

	sample_gate_make(&sample, 1);
	for (uint32_t i = 0; i < 30; i++)
		rows[i] = sample.rows[2];
	sample.sides[0].rows = rows;
	sample.sides[0].row_count = 30;
	strbuf_clear(out);
	github_write_annotations(out, &sample.gate);
	is_int(sample_count(strbuf_text(out), "::error "), GITHUB_ANNOTATIONS,
	       "no more errors than GitHub shows");
}

int main(void)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_MAX_DEFAULT);
	test_summary(&out);
	test_comment(&out);
	test_limits(&out);
	test_annotations(&out);
	test_ten(&out);
	strbuf_release(&out);
	return tap_done();
}
