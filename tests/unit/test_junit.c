/* JUnit XML: counts, verdicts as failures and skips, and text that XML can hold. */
#include "export/junit.h"

#include "sample_gate.h"

static const char *write_gate(struct strbuf *xml, const struct gate_result *gate)
{
	strbuf_clear(xml);
	junit_write(xml, gate);
	return strbuf_text(xml);
}

#define contains(text, part, what) ok(strstr((text), (part)) != NULL, what)

static void test_one(struct strbuf *xml)
{
	struct sample_gate sample;
	const char *text;

	sample_gate_make(&sample, 1);
	text = write_gate(xml, &sample.gate);
	contains(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
		 "begins as XML");
	contains(text, "<testsuite name=\"gate&lt;way&gt; &quot;1&quot;\"",
		 "the plan is the suite");
	contains(text,
		 "tests=\"4\" failures=\"1\" errors=\"0\" time=\"83.000\" skipped=\"2\" "
		 "id=\"0\" hostname=\"localhost\" "
		 "package=\"gate&lt;way&gt; &quot;1&quot;\" timestamp=\"2026-11-18T11:06:40\">",
		 "counts, time and date");
	is_int(sample_count(text, "<testcase"), 4 + 1,
	       "a case for each metric with a direction, in total, and the gate's own");
	is_int(sample_count(text, "<failure"), 1 + 1, "REGRESSED is a failure, and of the gate");
	contains(text, "<failure message=\"+12.3 % (+8.3 … +16.3 %)\" type=\"REGRESSED\">",
		 "with its change");
	contains(text, "<skipped message=\"INCONCLUSIVE: about 12 more pairs would tell\"/>",
		 "INCONCLUSIVE is skipped, with what it takes");
	contains(text, "<skipped message=\"no verdict\"/>", "and so is what has no verdict");
	contains(text, "1.00 &lt;ms&gt; to 1.12 &amp; more", "values are escaped");
	contains(text, "<property name=\"cpu_per_request.ratio\" value=\"1.123\"/>", "ratio");
	contains(text, "<property name=\"cpu_per_request.lo\" value=\"1.083\"/>", "interval");
	contains(text, "<property name=\"cpu_per_request.n_base\" value=\"8\"/>", "runs");
	contains(text, "<property name=\"cpu_per_request.delta\" value=\"0.02\"/>", "threshold");
	ok(strstr(text, "rss_peak.lo") == NULL, "no interval where there is none");
	contains(text, "<property name=\"power\" value=\"sees 5 % in 97 of 100 cases", "its power");
	ok(strstr(text, "workers") == NULL, "roles have no case");
}

static void test_two(struct strbuf *xml)
{
	struct sample_gate sample;
	const char *text;

	sample_gate_make(&sample, 2);
	text = write_gate(xml, &sample.gate);
	is_int(sample_count(text, "<testsuite "), 2 + 1, "a suite for each side");
	contains(text, "&quot;1&quot;.zero-copy\"", "which has its name");
	contains(text, "id=\"1\"", "and its number");
}

/* What XML 1.0 cannot hold in any form. */
static void test_bytes(struct strbuf *xml)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{"a\x01z", "name=\"a\xef\xbf\xbdz\""},
		{"a\x1bz", "name=\"a\xef\xbf\xbdz\""},
		{"a\xffz", "name=\"a\xef\xbf\xbdz\""},
		{"a\xc3", "name=\"a\xef\xbf\xbd\""},
		{"a\xed\xa0\x80z", "name=\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
		{"a\xef\xbf\xbfz", "name=\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
		{"a\xf4\x90\x80\x80", "name=\"a\xef\xbf\xbd"},
		{"a\xe0\x80\x80", "name=\"a\xef\xbf\xbd"},
		{"a\nb\tc", "name=\"a&#10;b&#9;c\""},
		{"ä…🚀", "name=\"ä…🚀\""},
		{"]]>", "name=\"]]&gt;\""},
	};
	struct sample_gate sample;

	sample_gate_make(&sample, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample.gate.plan = cases[i].name;
		contains(write_gate(xml, &sample.gate), cases[i].want, cases[i].name);
	}
}

static void test_nothing(struct strbuf *xml)
{
	struct sample_gate sample;
	const char *text;

	sample_gate_make(&sample, 1);
	sample.diff.metric_count = 0;
	sample.sides[0].row_count = 0;
	text = write_gate(xml, &sample.gate);
	contains(text, "tests=\"0\" failures=\"0\"", "without metrics, an empty suite");
	sample.gate.side_count = 0;
	text = write_gate(xml, &sample.gate);
	is_int(sample_count(text, "<testsuite "), 1, "without sides, only the gate's");
	contains(text, "<failure message=\"CPU per request has REGRESSED\" type=\"gate\"/>",
		 "which fails with the gate");
	sample.gate.exit_status = 3;
	text = write_gate(xml, &sample.gate);
	ok(sample_count(text, "<failure") == 0 && sample_count(text, "<skipped") == 1,
	   "is skipped where there is no answer");
	sample.gate.exit_status = 0;
	text = write_gate(xml, &sample.gate);
	ok(sample_count(text, "<failure") == 0 && sample_count(text, "<skipped") == 0,
	   "and passes");
}

int main(int argc, char **argv)
{
	struct strbuf xml;

	strbuf_init(&xml, STRBUF_MAX_DEFAULT);
	if (argc > 1) { /* for a look, and for xmllint --schema */
		struct sample_gate sample;

		sample_gate_make(&sample, 2);
		puts(write_gate(&xml, &sample.gate));
		(void)argv;
	} else {
		test_one(&xml);
		test_two(&xml);
		test_bytes(&xml);
		test_nothing(&xml);
	}
	strbuf_release(&xml);
	return argc > 1 ? 0 : tap_done();
}
