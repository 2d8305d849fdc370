/*
 * What `prove` says of its design and its verdict, line by line: what was put against what, how
 * many pairs count, how it ended, and what each verdict means or what one would take.
 */
#include "report/prove_text.h"

#include "sample_gate.h"

enum { COLUMNS = 1000 }; /* nothing is wrapped but where a test wants it */

static const char patch[] = "diff --git a/one.c b/one.c\n"
			    "--- a/one.c\n"
			    "+++ b/one.c\n"
			    "@@ -1,2 +1,2 @@\n"
			    " kept\n"
			    "-removed\n"
			    "+added\n"
			    "+added, too\n"
			    "diff --git a/two.c b/two.c\n"
			    "new file mode 100644\n"
			    "--- /dev/null\n"
			    "+++ b/two.c\n"
			    "@@ -0,0 +1 @@\n"
			    "+all of it\n";

struct sample_proof {
	struct sample_gate gate; /* its diff */
	struct arm_source base, head;
	struct proof_record proof;
	struct prove_text words;
};

static struct arm_source make_arm(const char *name, enum arm_kind kind)
{
	return (struct arm_source){.name = name,
				   .kind = kind,
				   .word = "",
				   .revision = "",
				   .subject = "",
				   .content = "",
				   .patch = "",
				   .vars = "{}"};
}

static void make_sample(struct sample_proof *sample)
{
	*sample = (struct sample_proof){.base = make_arm("main", ARM_REVISION),
					.head = make_arm("working tree", ARM_TREE)};
	sample_gate_make(&sample->gate, 1);
	sample->gate.diff.veto = "";
	sample->base.revision = "0123456789abcdef0123456789abcdef01234567";
	sample->base.subject = "Fix\x1b[2J all";
	sample->proof = (struct proof_record){.experiment = "k7f3m9qa",
					      .command = "prove",
					      .first = 8,
					      .step = 2,
					      .last = 20,
					      .pairs = 8,
					      .measured_ns = UINT64_C(83000000000),
					      .end = "conclusive"};
	sample->words = (struct prove_text){.experiment = "k7f3m9qa",
					    .plan = "toy",
					    .base = &sample->base,
					    .head = &sample->head,
					    .proof = &sample->proof,
					    .diff = &sample->gate.diff,
					    .level = 0.983,
					    .core_speed = ""};
}

static void has(const char *text, const char *part, const char *what)
{
	if (!ok(strstr(text, part) != NULL, what))
		printf("# no '%s' in\n# %s\n", part, text);
}

static void has_design(const struct sample_proof *sample, const char *part, const char *what)
{
	const struct text_layout layout = {.columns = COLUMNS};
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	prove_text_add_design(&text, &sample->words, &layout);
	has(strbuf_text(&text), part, what);
	ok(strchr(strbuf_text(&text), '\x1b') == NULL, "… and no control characters");
	strbuf_release(&text);
}

static void has_verdict(const struct sample_proof *sample, const char *part, const char *what)
{
	const struct text_layout layout = {.columns = COLUMNS};
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	prove_text_add_verdict(&text, &sample->words, &layout);
	has(strbuf_text(&text), part, what);
	strbuf_release(&text);
}

static void test_sides(void)
{
	struct sample_proof sample;

	make_sample(&sample);
	has_design(&sample, "toy  proof k7f3m9qa\n", "the proof");
	has_design(&sample, "base  main  0123456789 \"Fix", "a revision with its subject");
	has_design(&sample, "head  working tree\n", "a side of which nothing more is known");
	sample.head.patch = patch;
	has_design(&sample, "head  working tree with 2 files changed (+3 -1)\n", "and its changes");
	sample.head = make_arm("./server --new", ARM_COMMAND);
	sample.head.word = "cmd:./server --new";
	has_design(&sample, "head  ./server --new  cmd:./server --new\n", "a command whole");
	sample.proof.is_null = true;
	has_design(&sample, "toy  A/A proof k7f3m9qa\n", "the same against the same");
}

static void test_pairs(void)
{
	static const char *const ends[][2] = {{"conclusive", "in 83.0 s\n"},
					      {"pairs", "in 83.0 s\n"},
					      {"time", "in 83.0 s; ended by --max-time\n"},
					      {"interrupted", "in 83.0 s; interrupted\n"},
					      {"failed", "in 83.0 s; ended by a failure\n"}};
	struct sample_proof sample;

	make_sample(&sample);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sample.proof.end = ends[i][0];
		has_design(&sample, ends[i][1], ends[i][0]);
	}
	sample.proof.end = "pairs";
	has_design(&sample, "8 pairs in random order", "pairs");
	sample.proof.rejected = 2;
	has_design(&sample, "; 2 more were thrown away: something else disturbed them\n",
		   "disturbed ones");
	sample.proof.pairs = sample.proof.rejected = 1;
	has_design(&sample, "1 pair in random order", "one pair");
	has_design(&sample, "; 1 more was thrown away: something else disturbed it\n",
		   "a disturbed one");
}

static void test_verdicts(void)
{
	static const struct {
		enum verdict verdict;
		const char *words;
	} meanings[] = {
		{VERDICT_REGRESSED,
		 " CPU per request got worse by more than the 2.0 % that matter."},
		{VERDICT_IMPROVED,
		 " CPU per request got better by more than the 2.0 % that matter."},
		{VERDICT_EQUIVALENT,
		 " Whatever changed in CPU per request is less than the 2.0 % that matter."},
		{VERDICT_INCONCLUSIVE, " The interval reaches across a border of 2.0 %.\n"}};
	struct run_diff_metric *primary;
	struct sample_proof sample;

	make_sample(&sample);
	primary = &sample.gate.metrics[2];
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		primary->verdict = meanings[i].verdict;
		has_verdict(&sample, verdict_name(meanings[i].verdict), "the verdict");
		has_verdict(&sample, meanings[i].words, "and what it means");
	}
	has_verdict(&sample,
		    "CPU per request +12.3 % (+8.3 … +16.3 %), each look's interval at "
		    "98.3 %: together they err in 5 of 100 proofs.",
		    "with its interval");
	primary->more = 6;
	primary->more_ns = UINT64_C(90000000000);
	has_verdict(&sample,
		    "It would take about 6 more pairs, 90.0 s: --continue=k7f3m9qa --pairs 14.",
		    "what it would take");
	primary->more = 1;
	primary->more_ns = 0;
	has_verdict(&sample, "It would take about 1 more pair: --continue=k7f3m9qa --pairs 9.",
		    "without a time");
	sample.proof.extended = 2;
	has_verdict(&sample, "up to 15 of 100 proofs, because it went on behind its last look.",
		    "going on behind the last look costs");
}

static void test_none(void)
{
	struct sample_proof sample;

	make_sample(&sample);
	sample.gate.metrics[2].verdict = VERDICT_NONE;
	has_verdict(&sample, "no verdict: too few pairs for an interval\n", "too few pairs");
	sample.gate.diff.why_none = "2 pairs: a 95 % interval needs at least 6";
	has_verdict(&sample, "no verdict: 2 pairs: a 95 % interval needs at least 6\n",
		    "in the comparison's own words");
	sample.gate.diff.why_none = "";
	sample.gate.diff.primary = "switches_per_request";
	has_verdict(&sample, "no verdict: no run has the primary metric\n", "no such metric");
	sample.words.diff = NULL;
	has_verdict(&sample, "no verdict: nothing was measured\n", "nothing at all");
}

/* Requests that fail decide before the metric does. */
static void test_veto(void)
{
	struct sample_proof sample;

	make_sample(&sample);
	sample.gate.metrics[2].verdict = VERDICT_IMPROVED;
	sample.gate.diff.veto = "12.0 % of the head's requests fail";
	has_verdict(&sample, "REGRESSED\n12.0 % of the head's requests fail.\n", "a veto");
}

int main(void)
{
	test_sides();
	test_pairs();
	test_verdicts();
	test_none();
	test_veto();
	return tap_done();
}
