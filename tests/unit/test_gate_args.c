/* The command line of `gate`: what goes with what, and the statuses for git bisect run. */
#include "cmd/gate_args.h"

#include <errno.h>

#include "tap.h"

enum { WORDS_MAX = 16 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Both point into argv, which the caller lends. */
static int read_words(struct gate_args *args, const char *const *words,
		      const char *argv[static WORDS_MAX], struct err *err)
{
	struct option_spec specs[] = {GATE_OPTIONS(*args)};
	struct options_rest rest;
	int argc = 0;
	int r;

	for (; words[argc] != NULL; argc++)
		argv[argc] = words[argc];
	argv[argc] = NULL;
	r = options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, err);
	return r < 0 ? r : gate_args_take(args, &rest, err);
}

static void is_refused(const char *const *words, const char *sentence)
{
	struct gate_args args = GATE_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct err err = {0};
	int r = read_words(&args, words, argv, &err);

	is_int(r, -EINVAL, sentence);
	is_str(err_text(&err), sentence, "… in these words");
	prove_args_release(&args.prove);
}

static void is_taken(const char *const *words, const char *path,
		     enum gate_inconclusive inconclusive)
{
	struct gate_args args = GATE_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct err err = {0};

	if (!ok(read_words(&args, words, argv, &err) == 0, words[0] != NULL ? words[0] : "bare"))
		printf("# %s\n", err_text(&err));
	is_str(args.prove.path != NULL ? args.prove.path : "none", path, "the plan");
	is_int(args.inconclusive, inconclusive, "what INCONCLUSIVE means");
	prove_args_release(&args.prove);
}

static void test_taken(void)
{
	is_taken(WORDS(NULL), "none", GATE_FAIL);
	is_taken(WORDS("there"), "there", GATE_FAIL);
	/* no side of a proof, whatever it looks like */
	is_taken(WORDS("--against", "main", "HEAD"), "HEAD", GATE_FAIL);
	is_taken(WORDS("--inconclusive", "pass"), "none", GATE_PASS);
	is_taken(WORDS("--inconclusive=rerun", "--repeat", "6"), "none", GATE_RERUN);
	is_taken(WORDS("--against", "main", "--pairs", "8", "--max-time", "2m", "--inconclusive",
		       "fail"),
		 "none", GATE_FAIL);
	is_taken(WORDS("--selftest", "--pairs", "8"), "none", GATE_FAIL);
	is_taken(WORDS("--baseline", "x.sonde", "--junit", "j.xml", "--markdown", "m.md", "--json",
		       "--github", "--bisect"),
		 "none", GATE_FAIL);
}

static void test_refused(void)
{
	static const char alone[] = "--against, --baseline and --selftest exclude each other";
	static const char pairs[] = "--pairs and --max-time go with --against: a baseline has no "
				    "pairs (--repeat N says how many runs)";
	static const char repeat[] = "--repeat goes with a baseline; pairs are limited by --pairs";
	static const char selftest[] = "--selftest prints what it found; --junit, --markdown, "
				       "--json and --bisect go with a gate";

	is_refused(WORDS("a", "b"), "gate takes one plan, not 'b', too; what it is held against is "
				    "--against REV or --baseline FILE.sonde");
	is_refused(WORDS("--", "./server"), "gate takes one plan; what it is held against is "
					    "--against REV or --baseline FILE.sonde");
	is_refused(WORDS("--against", "main", "--baseline", "x.sonde"), alone);
	is_refused(WORDS("--against", "main", "--selftest"), alone);
	is_refused(WORDS("--baseline", "x.sonde", "--selftest"), alone);
	is_refused(WORDS("--against", ""), "--against needs a revision, like --against main");
	is_refused(WORDS("--pairs", "8"), pairs);
	is_refused(WORDS("--baseline", "x.sonde", "--max-time", "1m"), pairs);
	is_refused(WORDS("--against", "main", "--repeat", "8"), repeat);
	is_refused(WORDS("--selftest", "--repeat", "8"), repeat);
	is_refused(WORDS("--selftest", "--junit", "j.xml"), selftest);
	is_refused(WORDS("--selftest", "--markdown", "m.md"), selftest);
	is_refused(WORDS("--selftest", "--json"), selftest);
	is_refused(WORDS("--selftest", "--bisect"), selftest);
	is_refused(WORDS("--inconclusive", "maybe"),
		   "--inconclusive takes pass, fail or rerun, not 'maybe'");
	is_refused(WORDS("--delta", "0"), "--delta must be a percentage from 2 to 100 like 3 or "
					  "2.5, not '0': smaller changes are not told from chance");
	is_refused(WORDS("--against", "main", "--pairs", "1000"), "--pairs takes at most 200");
}

/* git bisect run: 0 good, 125 skipped, 1..124 bad, the rest ends the bisection. */
static void test_bisect(void)
{
	static const int statuses[][2] = {{0, 0},   {1, 1},    {3, 125},  {4, 125},
					  {5, 125}, {64, 125}, {70, 125}, {130, 130}};
	const struct gate_args plain = GATE_ARGS_INIT;
	struct gate_args bisect = GATE_ARGS_INIT;

	bisect.is_bisect = true;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		is_int(gate_args_map_status(&bisect, statuses[i][0]), statuses[i][1], "--bisect");
		is_int(gate_args_map_status(&plain, statuses[i][0]), statuses[i][0], "without it");
	}
}

int main(void)
{
	test_taken();
	test_refused();
	test_bisect();
	return tap_done();
}
