/*
 * Thresholds on change: what is read, what is refused, what an interval says of them; and where in
 * a plan they stand.
 */
#include "tap.h"

#include <errno.h>
#include <math.h>

#include "lab/hypothesis.h"
#include "lab/plan.h"
#include "stats/verdict_rule.h"

static struct arena arena;

static const char *const arms[] = {"proxy",	 "zero-copy",	       "zero",
				   "copy-proxy", "workers=1 cpus=0-1", "workers=12 cpus=0-1",
				   NULL};

static void is_read(const char *text, const char *metric, const char *scope, const char *head,
		    const char *base, bool is_ratio, enum threshold_operator operator, double value)
{
	struct hypothesis hypothesis;
	struct err err = {0};

	if (!ok(hypothesis_is_meant(text), text) ||
	    !ok(hypothesis_parse(&hypothesis, &arena, text, arms, &err) == 0, "… reads")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	is_str(hypothesis.metric->name, metric, "… metric");
	is_str(hypothesis.scope, scope, "… scope");
	is_str(hypothesis.head, head, "… head");
	is_str(hypothesis.base, base, "… base");
	is_int(hypothesis.is_ratio, is_ratio, "… ratio or difference");
	is_int(hypothesis.operator, operator, "… operator");
	is_near(hypothesis.value, value, 1e-9 * fabs(value), "… value");
}

static void test_parse(void)
{
	is_read("cpu(gateway) zero-copy/proxy < 0.6", "cpu_per_request", "gateway", "zero-copy",
		"proxy", true, THRESHOLD_LESS, 0.6);
	is_read("cpu_per_request zero-copy / proxy<=60%", "cpu_per_request", "", "zero-copy",
		"proxy", true, THRESHOLD_AT_MOST, 0.6);
	is_read("rate (GET /a) workers=12 cpus=0-1/workers=1 cpus=0-1 >= 1.5", "rate_rps", "GET /a",
		"workers=12 cpus=0-1", "workers=1 cpus=0-1", true, THRESHOLD_AT_LEAST, 1.5);
	is_read("p99 zero-copy - proxy < -5ms", "latency_p99", "", "zero-copy", "proxy", false,
		THRESHOLD_LESS, -5e6);
	is_read("p50 proxy - zero > 1us", "latency_p50", "", "proxy", "zero", false, THRESHOLD_MORE,
		1e3);
	is_read("rss proxy-zero < 10M", "rss_peak", "", "proxy", "zero", false, THRESHOLD_LESS,
		10 * 1024.0 * 1024);
	is_read("failures proxy-zero <= 0", "failures_per_request", "", "proxy", "zero", false,
		THRESHOLD_AT_MOST, 0);
	is_read("success proxy-zero > -0.1%", "success_ratio", "", "proxy", "zero", false,
		THRESHOLD_MORE, -0.001);
	is_read("switches proxy-zero < 2", "switches_voluntary_per_request", "", "proxy", "zero",
		false, THRESHOLD_LESS, 2);
	is_read("rate proxy-zero > 500/s", "rate_rps", "", "proxy", "zero", false, THRESHOLD_MORE,
		500);
}

/* Conditions on each run stay what they are. */
static void test_is_meant(void)
{
	ok(!hypothesis_is_meant("p99 < 50ms"), "a metric alone");
	ok(!hypothesis_is_meant("failures == 0"), "likewise");
	ok(!hypothesis_is_meant("GET /a-b.p99 < 5ms"), "the name of a request");
	ok(!hypothesis_is_meant("rate of a/b.p99.9 < 5ms"), "also when it begins like a metric");
	ok(!hypothesis_is_meant("GET /x.p98 < 5ms"), "also with a mistake in it");
	ok(!hypothesis_is_meant(""), "nothing");
	ok(hypothesis_is_meant("cpuu new/old < 1"), "a mistake in the metric");
	ok(hypothesis_is_meant("cpu new < 1"), "a mistake in the arms");
}

static void is_refused(const char *text, const char *sentence)
{
	struct hypothesis hypothesis;
	struct err err = {0};

	is_int(hypothesis_parse(&hypothesis, &arena, text, arms, &err), -EINVAL, text);
	is_str(err_text(&err), sentence, sentence);
}

static void test_refused(void)
{
	is_refused("cpuu zero/proxy < 1", "'cpuu zero/proxy < 1': unknown metric 'cpuu'; did you "
					  "mean 'cpu'?");
	is_refused("p99.9 zero/proxy < 1", "'p99.9 zero/proxy < 1': unknown metric 'p99.9'; did "
					   "you mean 'p99'?");
	is_refused("heat zero/proxy < 1", "'heat zero/proxy < 1': unknown metric 'heat'; for "
					  "example cpu, rate, p99 or rss");
	is_refused("temperature zero/proxy < 1",
		   "'temperature zero/proxy < 1': unknown metric 'temperature'; for example cpu, "
		   "rate, p99 or rss");
	is_refused("cpu zero < 1", "'cpu zero < 1' needs two arms behind its metric: HEAD/BASE or "
				   "HEAD-BASE");
	is_refused("cpu zreo/proxy < 1", "'cpu zreo/proxy < 1': no arm is named 'zreo'; did you "
					 "mean 'zero'?");
	is_refused("cpu zero-copy/prox < 1", "'cpu zero-copy/prox < 1': no arm is named 'prox'; "
					     "did you mean 'proxy'?");
	is_refused("cpu zero/zero < 1", "'cpu zero/zero < 1' compares arm 'zero' with itself");
	is_refused("cpu zero-copy-proxy < 1us",
		   "'cpu zero-copy-proxy < 1us' can be read in two ways, because names of arms "
		   "hold '-' or '/'; write blanks around the one that compares");
	is_refused("cpu zero/proxy == 1", "'cpu zero/proxy == 1': what is measured twice is never "
					  "quite equal; compare with <, <=, > or >=");
	is_refused("cpu zero/proxy < 5ms", "'cpu zero/proxy < 5ms': a ratio is compared with a "
					   "number above 0 like 0.6 or 60%, not '5ms'");
	is_refused("cpu zero/proxy < 0", "'cpu zero/proxy < 0': a ratio is compared with a number "
					 "above 0 like 0.6 or 60%, not '0'");
	is_refused("p99 zero-proxy < 5", "'p99 zero-proxy < 5': a difference of latency_p99 is "
					 "compared with a duration like 5ms, not '5'");
	is_refused("failures zero/proxy < 2",
		   "'failures zero/proxy < 2': failures_per_request can be zero, so it has no "
		   "ratio; compare the difference, zero - proxy");
	is_refused("cpu( zero/proxy < 2", "'cpu( zero/proxy < 2': '(' without a service or request "
					  "and ')' behind it");
	is_refused("cpu zero/proxy <", "'cpu zero/proxy <' is not METRIC HEAD/BASE OP NUMBER, like "
				       "'cpu new/old < 0.9' (OP: < <= > >=)");
}

static enum hypothesis_verdict judge(const char *text, double lo, double hi)
{
	struct rank_estimate estimate = {.has_interval = true, .lo = lo, .hi = hi};
	struct hypothesis hypothesis;

	if (hypothesis_parse(&hypothesis, &arena, text, arms, NULL) < 0)
		return HYPOTHESIS_OPEN;
	return hypothesis_judge(&hypothesis, &estimate);
}

static void test_judge(void)
{
	struct rank_estimate few = {.estimate = log(0.5), .asked_level = 0.95, .is_paired = true};
	struct hypothesis hypothesis;

	is_int(judge("cpu zero/proxy < 0.6", log(0.5), log(0.59)), HYPOTHESIS_CONFIRMED, "below");
	is_int(judge("cpu zero/proxy < 0.6", log(0.5), log(0.61)), HYPOTHESIS_OPEN, "across");
	is_int(judge("cpu zero/proxy < 0.6", log(0.61), log(0.7)), HYPOTHESIS_REFUTED, "above");
	is_int(judge("cpu zero/proxy > 0.6", log(0.61), log(0.7)), HYPOTHESIS_CONFIRMED, ">");
	is_int(judge("cpu zero/proxy >= 0.6", log(0.5), log(0.59)), HYPOTHESIS_REFUTED, ">=");
	is_int(judge("failures zero-proxy <= 0", 0, 0), HYPOTHESIS_CONFIRMED, "<= at the border");
	is_int(judge("failures zero-proxy < 0", 0, 0), HYPOTHESIS_REFUTED, "< at the border");
	is_int(judge("failures zero-proxy > 0", 0, 0), HYPOTHESIS_REFUTED, "> at the border");
	is_int(judge("failures zero-proxy >= 0", 0, 0), HYPOTHESIS_CONFIRMED, ">= at the border");
	is_int(judge("p99 zero-proxy < -1ms", -3e6, -2e6), HYPOTHESIS_CONFIRMED, "a difference");
	is_int(hypothesis_parse(&hypothesis, &arena, "cpu zero/proxy < 0.6", arms, NULL), 0, "few");
	few.n_base = few.n_head = 2;
	few.sd = 0.001;
	is_int(hypothesis_judge(&hypothesis, &few), HYPOTHESIS_OPEN, "no interval is open");
	is_int(hypothesis_count_more(&hypothesis, &few), 4, "six pairs are the least");
	few.n_base = few.n_head = 6;
	few.sd = 0.2; /* ((1.96 + 0.8416) * 0.2 / log(0.6 / 0.5))^2 = 9.45 */
	is_int(hypothesis_count_more(&hypothesis, &few), 4, "ten pairs in all");
	few.estimate = log(0.6);
	is_int(hypothesis_count_more(&hypothesis, &few), VERDICT_RULE_MANY_RUNS, "on the border");
	few.estimate = (double)NAN;
	is_int(hypothesis_count_more(&hypothesis, &few), 0, "nothing was measured");
}

static int parse_plan(struct plan *plan, const char *end, struct err *err)
{
	char text[1024];

	*err = (struct err){0};
	snprintf(text, sizeof(text),
		 "services: [{name: gateway, command: \"g ${mode}\"}]\n"
		 "load: {target: \"http://:80\", requests: [{name: hello, path: /}]}\n"
		 "vars: {mode: x}\n"
		 "arms: {old: {mode: a}, new: {mode: b}}\n%s",
		 end);
	return plan_parse(plan, "p.yaml", text, strlen(text), ".", NULL, 0, err);
}

static void plan_is_refused(const char *end, const char *sentence)
{
	struct plan plan;
	struct err err;

	is_int(parse_plan(&plan, end, &err), -EINVAL, end);
	is_str(err_text(&err), sentence, sentence);
	plan_release(&plan);
}

static void test_plan(void)
{
	struct plan plan, expanded;
	struct err err;

	is_int(parse_plan(&plan,
			  "thresholds: [p99 < 5ms, cpu(gateway) new/old < 0.6, rate(hello) new/old "
			  "> 1, cpu(workers) new/old < 2]\n",
			  &err),
	       0, "in a plan");
	is_int(plan.threshold_count, 4, "all as written");
	is_int(plan.hypothesis_count, 3, "three on changes");
	is_str(plan.hypotheses[0].scope, "gateway", "a service");
	is_str(plan.hypotheses[1].scope, "request:hello", "a request");
	is_int(plan_expand(&plan, 1, &expanded, &err), 0, "an arm");
	is_int(expanded.hypothesis_count, 0, "has none");
	plan_release(&expanded);
	plan_release(&plan);
	is_int(parse_plan(&plan, "only: [{arm: new}]\nthresholds: [cpu new/old < 0.6]\n", &err), 0,
	       "of an arm that is not chosen");
	is_str(plan.hypotheses[0].base, "old", "it is known");
	plan_release(&plan);
	plan_is_refused("thresholds: [cpu new/odl < 0.6]\n",
			"p.yaml:5:14: threshold 'cpu new/odl < 0.6': no arm is named 'odl'; did "
			"you mean 'old'?");
	plan_is_refused("thresholds: [cpu(gatway) new/old < 0.6]\n",
			"p.yaml:5:14: threshold 'cpu(gatway) new/old < 0.6': 'cpu_per_request' is "
			"of services, and none is named 'gatway'; did you mean 'gateway'?");
	plan_is_refused("thresholds: [p99(gateway) new/old < 0.6]\n",
			"p.yaml:5:14: threshold 'p99(gateway) new/old < 0.6': 'latency_p99' is of "
			"requests, and none is named 'gateway'");
	plan_is_refused("thresholds: [\"cpu new/old < 0.${mode}\"]\n",
			"p.yaml:5:14: threshold 'cpu new/old < 0.${mode}' compares arms: it is the "
			"same for all of them and cannot hold a variable");
}

static void test_abort(void)
{
	static const char text[] = "load: {target: \"http://:80\", abort_on: [cpu new/old < 1]}\n";
	struct plan plan;
	struct err err = {0};

	is_int(plan_parse(&plan, "p.yaml", text, strlen(text), ".", NULL, 0, &err), -EINVAL,
	       "abort_on");
	is_str(err_text(&err),
	       "p.yaml:1:41: 'abort_on' looks at one run while it goes on; 'cpu new/old < 1' "
	       "compares arms and belongs into 'thresholds'",
	       "refuses it");
	plan_release(&plan);
}

int main(void)
{
	arena_init(&arena);
	test_parse();
	test_is_meant();
	test_refused();
	test_judge();
	test_plan();
	test_abort();
	arena_release(&arena);
	return tap_done();
}
