/* The words of a gate, and its page. */
#include "report/gate_text.h"

#include "sample_gate.h"

#define contains(text, part, what) ok(strstr((text), (part)) != NULL, what)

static void test_describe(struct arena *arena)
{
	struct gate_side side;
	struct sample_gate sample;

	sample_gate_make(&sample, 1);
	side = sample.sides[0];
	gate_text_describe(&side, arena);
	is_int(side.row_count, 5, "a row for each metric in total");
	is_str(side.rows[2].base, "1.00 ms", "a value in words");
	is_str(side.rows[2].change, "+12.3 % (+8.3 … +16.3 %)", "its change");
	is_str(side.rows[1].note, "about 12 more pairs would tell", "what it would take");
	is_str(side.rows[4].change, "+30.0 %", "without an interval");
	ok(gate_result_find_primary(&side) == &side.rows[2], "the one that decides");
	ok(gate_result_find(&side, "latency_p50") == NULL, "one that is not there");
	is_str(gate_result_name_row(&sample.gate, &side, &side.rows[2], arena), "cpu_per_request",
	       "alone it has its own name");
	sample.gate.side_count = 2;
	is_str(gate_result_name_row(&sample.gate, &side, &side.rows[2], arena),
	       "proxy.cpu_per_request", "among several, the side's too");
}

static void test_conclude(struct arena *arena)
{
	struct sample_gate sample;

	sample_gate_make(&sample, 1);
	is_str(gate_text_conclude(&sample.gate, arena),
	       "CPU per request has REGRESSED: +12.3 % (+8.3 … +16.3 %)", "REGRESSED");
	sample.metrics[2].verdict = VERDICT_INCONCLUSIVE;
	sample.rows[2].note = "about 3 more pairs would tell";
	sample.gate.has_regressed = false;
	sample.gate.verdict = VERDICT_INCONCLUSIVE;
	contains(gate_text_conclude(&sample.gate, arena),
		 "is INCONCLUSIVE: +12.3 % (+8.3 … +16.3 %); about 3 more pairs would tell",
		 "INCONCLUSIVE, and what it would take");
	sample.metrics[1].verdict = VERDICT_REGRESSED;
	sample.gate.has_regressed = true;
	contains(gate_text_conclude(&sample.gate, arena), "p99 has REGRESSED",
		 "another metric than the one that decides");
	sample.gate.has_regressed = false;
	sample.gate.verdict = VERDICT_NONE;
	sample.diff.why_none = "2 pairs are too few";
	is_str(gate_text_conclude(&sample.gate, arena), "no verdict: 2 pairs are too few", "none");
	sample.gate.side_count = 0;
	contains(gate_text_conclude(&sample.gate, arena), "no verdict", "not even a side");
}

static void test_page(void)
{
	struct gate_text_options options = {.layout = {.columns = 100}};
	struct sample_gate sample;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	sample_gate_make(&sample, 2);
	gate_text_format(&text, &sample.gate, &options);
	contains(strbuf_text(&text), ": HEAD against main (012345678: Fix | all)\n", "the sides");
	contains(strbuf_text(&text), "CPU per request *", "the metric that decides is marked");
	contains(strbuf_text(&text), "zero-copy\n", "sides have headings");
	contains(strbuf_text(&text),
		 "8 pairs, interleaved; 2 more were disturbed and do not count; "
		 "measured in 83.0 s\n",
		 "the design");
	contains(strbuf_text(&text),
		 "with care: governor: in the base performance; in the head "
		 "powersave\n",
		 "what differs besides");
	contains(strbuf_text(&text), "proxy: this gate: sees 5 % in 97 of 100 cases", "its power");
	contains(strbuf_text(&text), "\nREGRESSED\nCPU per request has REGRESSED\n", "the end");
	contains(strbuf_text(&text), "next: sonde compare h0000001\n", "where to look");
	strbuf_release(&text);
}

int main(void)
{
	struct arena arena;

	arena_init(&arena);
	test_describe(&arena);
	test_conclude(&arena);
	test_page();
	arena_release(&arena);
	return tap_done();
}
