/* The matrix of a plan: combinations, their names and variables, the chosen part, mistakes. */
#include "tap.h"

#include <errno.h>

#include "lab/plan.h"
#include "lab/plan_matrix.h"
#include "model/experiment.h"
#include "util/alloc.h"
#include "util/strbuf.h"

#define BEGIN                                                                                      \
	"services: [{name: s, command: \"s -w ${workers} -t ${tracing}\", cpus: \"${cpus}\"}]\n"   \
	"load: {target: \"http://:80\", users: \"${users}\"}\n"                                    \
	"vars: {workers: 3, cpus: \"0\", users: 7, tracing: off}\n"

static int parse(struct plan *plan, const char *text, struct err *err)
{
	*err = (struct err){0};
	return plan_parse(plan, "p.yaml", text, strlen(text), ".", NULL, 0, err);
}

static void is_refused(const char *text, const char *sentence)
{
	struct plan plan;
	struct err err;
	int r = parse(&plan, text, &err);

	if (r >= 0)
		ok(false, "refused");
	else
		is_str(err_text(&err), sentence, sentence);
	plan_release(&plan);
}

static const char *find_var(const struct plan_arm *arm, const char *name)
{
	for (uint32_t i = 0; i < arm->var_count; i++)
		if (strcmp(arm->vars[i].name, name) == 0)
			return arm->vars[i].value;
	return "(none)";
}

static void test_product(void)
{
	static const char text[] = BEGIN "matrix: {workers: [1, 12], tracing: [on, off]}\n";
	struct plan plan, expanded;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "a matrix reads");
	ok(plan.has_matrix, "and is one");
	is_int(plan.arm_count, 4, "the product");
	is_int(plan.combination_count, 4, "all of it");
	is_int(plan.axis_count, 2, "of two axes");
	is_str(plan.arms[0].name, "workers=1 tracing=on", "the last varies fastest");
	is_str(plan.arms[1].name, "workers=1 tracing=off", "words stay as they are written");
	is_str(plan.arms[2].name, "workers=12 tracing=on", "then the first");
	is_str(find_var(&plan.arms[3], "workers"), "12", "its variables");
	is_str(find_var(&plan.arms[3], "tracing"), "off", "both of them");
	is_int(plan.arms[3].var_count, 2, "and no others");
	is_int(plan_expand(&plan, 2, &expanded, &err), 0, "it expands");
	is_str(expanded.services[0].command, "s -w 12 -t on", "over vars");
	is_int(expanded.load.connections, 7, "which hold for the rest");
	is_int(expanded.arm_count, 1, "an expanded plan has no combinations");
	plan_release(&expanded);
	plan_release(&plan);
}

/* Numbers and lists of CPUs take variables: what a matrix is mostly for. */
static void test_numbers(void)
{
	static const char text[] =
		"services: [{name: s, command: s, cpus: \"${cpus}\"}]\n"
		"load: {target: \"http://:80\", connections: \"${connections}\", rate: "
		"\"${rate}/s\", duration: \"${seconds}s\"}\n"
		"matrix: {cpus: [\"0\", \"0-1\"], connections: [5, 50], rate: [100, 2000], "
		"seconds: [2, 3]}\n";
	struct plan plan, expanded;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "variables in numbers");
	is_int(plan.arm_count, 16, "sixteen arms");
	is_int(plan_expand(&plan, 15, &expanded, &err), 0, "the last");
	is_str(expanded.services[0].cpus, "0-1", "cpus");
	is_int(expanded.load.connections, 50, "connections");
	is_near(expanded.load.rate_hz, 2000, 1e-9, "rate");
	is_int(expanded.load.duration_ns, 3000000000, "duration");
	plan_release(&expanded);
	plan_release(&plan);
}

static void test_arms(void)
{
	static const char text[] =
		BEGIN "arms: {a: {tracing: on}, b: }\nmatrix: {workers: [1, 12], users: [5]}\n";
	struct plan plan;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "arms and a matrix");
	is_int(plan.arm_count, 4, "multiply");
	is_str(plan.arms[0].name, "a workers=1 users=5", "the arm is first");
	is_str(plan.arms[3].name, "b workers=12 users=5", "and varies slowest");
	is_str(find_var(&plan.arms[0], "tracing"), "on", "it keeps its variables");
	is_str(find_var(&plan.arms[2], "tracing"), "(none)", "and the other has none");
	is_str(plan.axes[0].name, "arm", "an axis of its own");
	plan_release(&plan);
	is_int(parse(&plan, BEGIN "matrix: {}\n", &err), 0, "an empty matrix");
	is_int(plan.arm_count, 1, "makes nothing");
	is_str(plan.arms[0].name, "default", "the one arm");
	ok(!plan.has_matrix, "and is none");
	plan_release(&plan);
}

static void test_only(void)
{
	static const char text[] =
		BEGIN "arms: {a: {tracing: on}, b: }\nmatrix: {workers: [1, 12], users: [5, 6]}\n"
		      "only: [{arm: b, users: 6}, {workers: 1, users: 5}]\n";
	scoped_free char *written = NULL;
	struct plan plan, again;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "a chosen part");
	is_int(plan.combination_count, 8, "of eight");
	is_int(plan.arm_count, 4, "is four");
	is_str(plan.arms[0].name, "a workers=1 users=5", "by the second choice");
	is_str(plan.arms[1].name, "b workers=1 users=5", "which says nothing of the arm");
	is_str(plan.arms[2].name, "b workers=1 users=6", "by the first");
	is_str(plan.arms[3].name, "b workers=12 users=6", "both");
	written = plan_write(&plan);
	is_int(parse(&again, written, &err), 0, "it is written");
	is_int(again.arm_count, 4, "as it is");
	plan_release(&again);
	plan_release(&plan);
}

/* What `sonde run --only workers=12` does. */
static void test_set(void)
{
	struct plan plan;
	struct err err;

	is_int(parse(&plan, BEGIN "matrix: {workers: [1, 12], users: [5, 6]}\n", &err), 0, "reads");
	is_int(plan_set(&plan, "only/0/workers", "12", &err), 0, "a choice");
	is_int(plan_update(&plan, &err), 0, "is taken");
	is_int(plan.arm_count, 2, "two are left");
	is_str(plan.arms[0].name, "workers=12 users=5", "those");
	is_int(plan_set(&plan, "only/0/workers", "13", &err), 0, "another");
	is_int(plan_update(&plan, &err), -EINVAL, "is none");
	is_str(err_text(&err), "p.yaml: 'only' chooses workers '13'; there is 1, 12",
	       "which says what there is");
	plan_release(&plan);
}

static void test_override(void)
{
	static const struct plan_pair workers = {"workers", "4"};
	static const char text[] = BEGIN "matrix: {workers: [1, 12], users: [5, 6]}\n";
	struct plan plan;
	struct err err = {0};

	is_int(plan_parse(&plan, "p.yaml", text, strlen(text), ".", &workers, 1, &err), 0,
	       "--var of an axis");
	is_int(plan.arm_count, 2, "takes it out");
	is_str(plan.arms[1].name, "users=6", "the others stay");
	plan_release(&plan);
}

static void test_loads(void)
{
	static const char text[] =
		"load: {target: \"http://:80\"}\nloads: {heavy: {connections: \"${c}\"}, light: "
		"{connections: 1}}\nmatrix: {c: [5, 6]}\nonly: [{c: 6}]\n";
	struct plan plan, chosen;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "a variable that only one load uses");
	is_int(plan_choose_load(&plan, "heavy", &chosen, &err), 0, "that one");
	is_str(chosen.arms[0].name, "c=6", "has it");
	plan_release(&chosen);
	is_int(plan_choose_load(&plan, "light", &chosen, &err), 0, "the other");
	is_int(chosen.arm_count, 1, "does not run several times");
	is_str(chosen.arms[0].name, "default", "without a word");
	plan_release(&chosen);
	plan_release(&plan);
}

static void test_long_names(void)
{
	struct strbuf text;
	struct plan plan;
	struct err err;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, "services: [{name: s, command: \"s ${path}\"}]\n"
			       "matrix: {path: [");
	for (int i = 0; i < 2; i++) {
		strbuf_add_text(&text, i > 0 ? ", " : "");
		for (int j = 0; j < 40; j++)
			strbuf_add_text(&text, "ü");
		strbuf_addf(&text, "%d", i);
	}
	strbuf_add_text(&text, "]}\n");
	is_int(parse(&plan, strbuf_text(&text), &err), 0, "long values");
	is_int(strlen(plan.arms[0].name) < ARM_BYTES, 1, "make names that fit");
	is_str(plan.arms[0].name, "path=üüüüüüüüüüüüüüüüüüüüüüüüüü…~1", "cut between characters");
	is_str(plan.arms[1].name, "path=üüüüüüüüüüüüüüüüüüüüüüüüüü…~2", "each its own");
	is_int(strlen(find_var(&plan.arms[0], "path")), 81, "the variable is whole");
	plan_release(&plan);
	strbuf_release(&text);
}

static void test_mistakes(void)
{
	is_refused(BEGIN "matrix: [1]\n",
		   "p.yaml:4:9: 'matrix' must be a mapping (variable: [value, value]), not a list");
	is_refused(BEGIN "matrix: {workers: 12}\n",
		   "p.yaml:4:19: 'workers' must be a list of values, like [1, 12], not '12'");
	is_refused(BEGIN "matrix: {workers: []}\n",
		   "p.yaml:4:19: 'workers' in 'matrix' has no values");
	is_refused(BEGIN "matrix: {workers: [1, 2, 1]}\n",
		   "p.yaml:4:26: 'workers' in 'matrix' has '1' twice");
	is_refused(BEGIN "matrix: {workers: [1, ~]}\n",
		   "p.yaml:4:23: 'workers' has no value; write \"\" for an empty text");
	is_refused(BEGIN "matrix: {workers: [[1]]}\n",
		   "p.yaml:4:20: 'workers' must be a text, not a list");
	is_refused(BEGIN "matrix: {worker: [1, 2]}\n",
		   "p.yaml:4:10: 'matrix' sets 'worker', but nothing uses ${worker}; did you mean "
		   "'workers'?");
	is_refused(BEGIN "matrix: {arm: [1, 2]}\n",
		   "p.yaml:4:15: 'arm' cannot be a variable of 'matrix': 'only' calls the plan's "
		   "arms so");
	is_refused(BEGIN "arms: {a: {workers: 1}}\nmatrix: {workers: [1, 2]}\n",
		   "p.yaml:4:21: arm 'a' sets 'workers', and so does 'matrix'; it belongs into one "
		   "of them");
	is_refused(BEGIN "matrix: {workers: [1, 2], users: [1, many]}\n",
		   "p.yaml:2:37: 'users' must be a whole number from 1 to 1000000, not 'many' "
		   "(from '${users}' in arm 'workers=1 users=many')");
	is_refused(BEGIN "matrix: {workers: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16], users: "
			 "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}\n",
		   "p.yaml:4:9: 'matrix' makes more than 256 arms; take fewer values, or name the "
		   "combinations that matter in 'arms'");
	is_refused(BEGIN "only: [{workers: 1}]\n",
		   "p.yaml:4:7: 'only' chooses among arms; the plan has neither 'matrix' nor "
		   "'arms'");
	is_refused(BEGIN "matrix: {workers: [1, 2]}\nonly: []\n",
		   "p.yaml:5:7: 'only' is empty: nothing would be run; leave it out for all "
		   "combinations");
	is_refused(BEGIN "matrix: {workers: [1, 2]}\nonly: [workers]\n",
		   "p.yaml:5:8: 'only' must be a list of mappings like {workers: 12}, not "
		   "'workers'");
	is_refused(BEGIN "matrix: {workers: [1, 2]}\nonly: [{worker: 1}]\n",
		   "p.yaml:5:9: 'only' cannot choose by 'worker'; did you mean 'workers'?");
	is_refused(BEGIN "matrix: {workers: [1, 2], users: [1]}\nonly: [{cpus: 1}]\n",
		   "p.yaml:5:9: 'only' cannot choose by 'cpus'; there is workers, users");
	is_refused(BEGIN "matrix: {workers: [1, 2]}\nonly: [{workers: 3}]\n",
		   "p.yaml:5:18: 'only' chooses workers '3'; there is 1, 2");
}

int main(void)
{
	test_product();
	test_numbers();
	test_arms();
	test_only();
	test_set();
	test_override();
	test_loads();
	test_long_names();
	test_mistakes();
	return tap_done();
}
