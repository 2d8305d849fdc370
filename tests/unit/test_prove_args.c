/*
 * The command line of `prove`: which word is the plan and which ones are sides, numbers and what is
 * wrong with them, what goes with --continue; and the plan that both sides have.
 */
#include "cmd/again.h"
#include "cmd/look.h"
#include "cmd/prove_args.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

enum { WORDS_MAX = 16 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char folder[] = "/tmp/sonde-prove-args-XXXXXX";

static const char plan_text[] =
	"name: toy\n"
	"services: [{name: server, command: \"./server ${port} ${work}\"}]\n"
	"load: {target: \"http://127.0.0.1:${port}\", duration: 3s}\n"
	"loads: {heavy: {connections: 64}}\n"
	"vars: {port: 8080, work: 10}\n";

static const char bare_text[] = "name: bare\nservices: [{name: server, command: ./server}]\n";

static const char no_service_text[] = "name: none\nload: {target: \"http://127.0.0.1:8080\"}\n";

static bool write_plan(const char *name, const char *text)
{
	return fd_replace_file(name, text, strlen(text), NULL) == 0;
}

/* Both point into argv, which the caller lends. */
static int read_words(struct prove_args *args, const char *const *words,
		      const char *argv[static WORDS_MAX], struct err *err)
{
	struct option_spec specs[] = {PROVE_OPTIONS(*args)};
	struct options_rest rest;
	int argc = 0;
	int r;

	for (; words[argc] != NULL; argc++)
		argv[argc] = words[argc];
	argv[argc] = NULL;
	r = options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, err);
	return r < 0 ? r : prove_args_take(args, &rest, err);
}

static void is_refused(const char *const *words, const char *sentence)
{
	struct prove_args args = PROVE_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct err err = {0};
	int r = read_words(&args, words, argv, &err);

	is_int(r, -EINVAL, sentence);
	is_str(err_text(&err), sentence, "… in these words");
	prove_args_release(&args);
}

/* NULL = none. */
static void is_taken(const char *const *words, const char *path, const char *base, const char *head)
{
	struct prove_args args = PROVE_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct err err = {0};

	if (!ok(read_words(&args, words, argv, &err) == 0, words[0] != NULL ? words[0] : "bare"))
		printf("# %s\n", err_text(&err));
	is_str(args.path != NULL ? args.path : "none", path != NULL ? path : "none", "the plan");
	is_str(args.sides[0] != NULL ? args.sides[0] : "none", base != NULL ? base : "none",
	       "the base");
	is_str(args.sides[1] != NULL ? args.sides[1] : "none", head != NULL ? head : "none",
	       "the head");
	prove_args_release(&args);
}

static void test_words(void)
{
	is_taken(WORDS(NULL), NULL, NULL, NULL);
	is_taken(WORDS("."), NULL, NULL, NULL);
	is_taken(WORDS("main"), NULL, "main", ".");
	is_taken(WORDS("main", "HEAD"), NULL, "main", "HEAD");
	is_taken(WORDS(".", "patch:x.diff"), NULL, ".", "patch:x.diff");
	is_taken(WORDS("there"), "there", NULL, NULL);
	is_taken(WORDS("there", "arm:a", "arm:b"), "there", "arm:a", "arm:b");
	is_taken(WORDS("other.yaml", "main"), "other.yaml", "main", ".");
	is_taken(WORDS("other.yml"), "other.yml", NULL, NULL);
	is_taken(WORDS("elsewhere"), NULL, "elsewhere", ".");
	/* only the first word can be the plan */
	is_taken(WORDS("main", "there"), NULL, "main", "there");
	is_refused(WORDS("a", "b", "c"), "a proof has two sides, not 3 ('c' is one too many)");
	is_refused(WORDS("there", "a", "b", "c"),
		   "a proof has two sides, not 3 ('c' is one too many)");
	is_refused(WORDS("main", "--", "./server"),
		   "prove takes sides, not a command behind --; a command is a side: "
		   "'cmd:./server --new'");
}

static void test_continue(void)
{
	static const char sentence[] =
		"--continue goes on with the proof as it was: no plan, sides, variables, --primary "
		"or options of the load go with it; a proof is named like --continue=k7f3m9qa";
	const char *argv[WORDS_MAX];
	struct prove_args args = PROVE_ARGS_INIT;
	struct err err = {0};

	is_int(read_words(&args, WORDS("--continue", "--pairs", "30", "--delta", "5"), argv, &err),
	       0, "--continue with pairs and a threshold");
	is_str(args.more, "", "of the last proof");
	prove_args_release(&args);
	is_refused(WORDS("--continue", "k7f3m9qa"), sentence);
	is_refused(WORDS("--continue=k7f3m9qa", "--var", "work=20"), sentence);
	is_refused(WORDS("--continue", "--load", "heavy"), sentence);
	is_refused(WORDS("--continue", "--arm", "proxy"), sentence);
	is_refused(WORDS("--continue", "--primary", "rate_rps"), sentence);
	is_refused(WORDS("--continue", "-d", "10s"), sentence);
	is_refused(WORDS("--continue", "--warmup", "1s"), sentence);
}

static void is_looks(const char *const *words, uint32_t first, uint32_t last)
{
	struct prove_args args = PROVE_ARGS_INIT;
	const char *argv[WORDS_MAX];

	is_int(read_words(&args, words, argv, NULL), 0, words[0] != NULL ? words[1] : "looks");
	is_int(args.looks.first, first, "the first look");
	is_int(args.looks.last, last, "the last");
	is_int(args.has_pairs, words[0] != NULL, "whether somebody said so");
	is_int(args.max_time_ns, 0, "no limit of time");
	prove_args_release(&args);
}

static void test_numbers(void)
{
	is_looks(WORDS(NULL), SEQUENTIAL_FIRST, SEQUENTIAL_LAST);
	is_looks(WORDS("--pairs", "40"), SEQUENTIAL_FIRST, 40);
	is_looks(WORDS("--pairs", "8"), 8, 8);
	is_looks(WORDS("--pairs", "6"), 6, 6);
	is_looks(WORDS("--pairs", "200"), SEQUENTIAL_FIRST, SEQUENTIAL_MOST);
	is_refused(WORDS("--pairs", "201"), "--pairs takes at most 200");
	is_refused(WORDS("--pairs", "0"), "--pairs must be a whole number from 1 on, not '0'");
	is_refused(WORDS("--primary", "speed"),
		   "--primary speed is no metric; `sonde compare --all` shows those of a run, like "
		   "cpu_per_request, rate_rps or latency_p99");
}

static void test_delta(void)
{
	static const struct {
		const char *text;
		double delta;
	} right[] = {{"2", 0.02}, {"2%", 0.02}, {"2.5", 0.025}, {"2.5%", 0.025}, {"99.9", 0.999}};
	static const char *const wrong[] = {"",	 "%",	"0",   "-1",  "1.99", "100",
					    "x", "2%%", "nan", "inf", "1e3",  "2 %"};
	struct err err = {0};
	double delta = -1;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		is_int(look_parse_delta(&delta, right[i].text, &err), 0, right[i].text);
		is_near(delta, right[i].delta, 1e-15, "as a ratio");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(look_parse_delta(&delta, wrong[i], &err), -EINVAL, wrong[i]);
	is_refused(WORDS("--delta", "two"),
		   "--delta must be a percentage from 2 to 100 like 3 or 2.5, not 'two': smaller "
		   "changes are not told from chance");
}

static int read_plan(struct plan *plan, struct prove_args *args, const char *const *words,
		     struct err *err)
{
	const char *argv[WORDS_MAX];
	int r = read_words(args, words, argv, err);

	*plan = (struct plan){0};
	return r < 0 ? r : prove_args_read_plan(plan, args, err);
}

static void test_plan(void)
{
	struct prove_args args = PROVE_ARGS_INIT;
	struct plan plan, again = {0};
	struct err err = {0};

	is_int(read_plan(&plan, &args,
			 WORDS("there", "main", "--var", "port=9090", "--load", "heavy", "-d",
			       "700ms", "--primary", "rate_rps"),
			 &err),
	       0, "a plan with changes");
	is_int(plan.load.duration_ns, 700000000, "its load is the command line's");
	is_int(plan.load.connections, 64, "the named load");
	is_str(plan.primary, "rate_rps", "what decides is the plan's");
	/* sides are made of the text, and the store keeps it */
	is_int(plan_parse(&again, "stored", plan.source, strlen(plan.source), ".", NULL, 0, &err),
	       0, "its text is a plan");
	is_int(again.load.duration_ns, 700000000, "with the same load");
	is_str(again.primary, "rate_rps", "and the same metric");
	ok(strstr(plan.source, "9090") != NULL, "and the same variables");
	plan_release(&again);
	plan_release(&plan);
	prove_args_release(&args);
}

static void is_no_plan(const char *const *words, const char *sentence)
{
	struct prove_args args = PROVE_ARGS_INIT;
	struct plan plan;
	struct err err = {0};

	ok(read_plan(&plan, &args, words, &err) < 0, sentence);
	is_str(err_text(&err), sentence, "… in these words");
	plan_release(&plan);
	prove_args_release(&args);
}

static void test_bad_plans(void)
{
	is_no_plan(WORDS("bare.yaml"), "bare.yaml has no load: section, and nothing to prove");
	is_no_plan(WORDS("none.yaml"), "none.yaml has no services: both sides would be the same");
	is_no_plan(WORDS("there", "main", "--var", "port"), "--var port must be like name=value");
	is_no_plan(WORDS("there", "main", "--var", "=1"), "--var =1 must be like name=value");
}

static void test_restore(void)
{
	const struct stored_experiment stored = {
		.plan = plan_text, .plan_path = "", .environment = "{\"directory\": \"/srv/toy\"}"};
	const struct stored_experiment damaged = {
		.plan = "name: [", .plan_path = "sonde.yaml", .environment = "no JSON"};
	struct plan plan = {0};
	struct err err = {0};

	is_int(again_read_plan(&plan, &stored, &err), 0, "a plan from the store");
	is_str(plan.directory, "/srv/toy", "stands where it stood");
	plan_release(&plan);
	plan = (struct plan){0};
	ok(again_read_plan(&plan, &damaged, &err) < 0, "a damaged one is refused");
	ok(strstr(err_text(&err), "sonde.yaml") != NULL, "by name");
	plan_release(&plan);
}

int main(void)
{
	if (mkdtemp(folder) == NULL || chdir(folder) < 0 || mkdir("there", 0755) < 0 ||
	    mkdir("elsewhere", 0755) < 0 || !write_plan("there/sonde.yaml", plan_text) ||
	    !write_plan("bare.yaml", bare_text) || !write_plan("none.yaml", no_service_text))
		return 1;
	test_words();
	test_continue();
	test_numbers();
	test_delta();
	test_plan();
	test_bad_plans();
	test_restore();
	unlink("there/sonde.yaml");
	unlink("bare.yaml");
	unlink("none.yaml");
	rmdir("there");
	rmdir("elsewhere");
	return chdir("/") < 0 || rmdir(folder) < 0 ? 1 : tap_done();
}
