/* Conditions on a run: what is read, what is refused, and when a measured value meets one. */
#include "tap.h"

#include <errno.h>

#include "lab/threshold.h"

#include <math.h>

static void is_read(const char *text, const char *scope, enum threshold_metric metric,
		    enum threshold_operator operator, double value)
{
	struct threshold threshold;
	struct err err = {0};

	if (!ok(threshold_parse(&threshold, text, &err) == 0, text)) {
		printf("# %s\n", err_text(&err));
		return;
	}
	is_str(threshold.scope, scope, "scope");
	is_int(threshold.metric, metric, "metric");
	is_int(threshold.operator, operator, "operator");
	is_near(threshold.value, value, 1e-9 * value, "value");
}

static void is_refused(const char *text, const char *sentence)
{
	struct threshold threshold;
	struct err err = {0};

	is_int(threshold_parse(&threshold, text, &err), -EINVAL, text);
	is_str(err_text(&err), sentence, "… with its sentence");
}

static void test_parse(void)
{
	is_read("failures == 0", "", THRESHOLD_FAILURES, THRESHOLD_EQUAL, 0);
	is_read("p99 < 50ms", "", THRESHOLD_P99, THRESHOLD_LESS, 50e6);
	is_read("p99.9<=0.2s", "", THRESHOLD_P999, THRESHOLD_AT_MOST, 200e6);
	is_read("  hello.p99.9  <  80 ms ", "hello", THRESHOLD_P999, THRESHOLD_LESS, 80e6);
	is_read("GET /a?x=1<2.p50 < 1us", "GET /a?x=1<2", THRESHOLD_P50, THRESHOLD_LESS, 1e3);
	is_read("v1.2.max != 3h", "v1.2", THRESHOLD_MAX, THRESHOLD_UNEQUAL, 3 * 3600e9);
	is_read("p99.mean > 1s", "p99", THRESHOLD_MEAN, THRESHOLD_MORE, 1e9);
	is_read("success >= 99.9%", "", THRESHOLD_SUCCESS, THRESHOLD_AT_LEAST, 0.999);
	is_read("success >= 0.5", "", THRESHOLD_SUCCESS, THRESHOLD_AT_LEAST, 0.5);
	is_read("rate > 5k/s", "", THRESHOLD_RATE, THRESHOLD_MORE, 5000);
	is_read("p50<1ms", "", THRESHOLD_P50, THRESHOLD_LESS, 1e6);
	is_read("p75<1ms", "", THRESHOLD_P75, THRESHOLD_LESS, 1e6);
	is_read("p90<1ms", "", THRESHOLD_P90, THRESHOLD_LESS, 1e6);
	is_read("p95<1ms", "", THRESHOLD_P95, THRESHOLD_LESS, 1e6);
}

static void test_refused(void)
{
	is_refused("", "'' is not METRIC OP VALUE, like 'p99 < 50ms' or 'failures == 0' (OP: < <= "
		       "> >= == !=)");
	is_refused("p99", "'p99' is not METRIC OP VALUE, like 'p99 < 50ms' or 'failures == 0' (OP: "
			  "< <= > >= == !=)");
	is_refused("p99 = 5ms", "'p99 = 5ms' is not METRIC OP VALUE, like 'p99 < 50ms' or "
				"'failures == 0' (OP: < <= > >= == !=)");
	is_refused("p99 <", "'p99 <' is not METRIC OP VALUE, like 'p99 < 50ms' or 'failures == 0' "
			    "(OP: < <= > >= == !=)");
	is_refused("< 5ms", "'< 5ms' is not METRIC OP VALUE, like 'p99 < 50ms' or 'failures == 0' "
			    "(OP: < <= > >= == !=)");
	is_refused("hello.p999 < 5ms",
		   "'hello.p999 < 5ms': unknown metric 'p999'; did you mean 'p99'?");
	is_refused("speed < 5", "'speed < 5': unknown metric 'speed'; known are failures, success, "
				"rate, mean, max, p50, p75, "
				"p90, p95, p99 and p99.9");
	is_refused(".p99 < 5ms", "'.p99 < 5ms': the name of a request has 1 to 63 bytes");
	is_refused("p99 < 50", "'p99 < 50': '50' needs a unit: 50ms or 50s");
	is_refused("p99 < fast",
		   "'p99 < fast': 'p99' is compared with a duration like 50ms or 2s, not 'fast'");
	is_refused("p99 < -5ms",
		   "'p99 < -5ms': 'p99' is compared with a duration like 50ms or 2s, not '-5ms'");
	is_refused("failures < 1%", "'failures < 1%': 'failures' is compared with a whole number, "
				    "not '1%'; for a share write "
				    "success >= 99.9%");
	is_refused(
		"success > 99",
		"'success > 99': 'success' is compared with a share like 99.9% or 0.999, not '99'");
	is_refused("rate > 0", "'rate > 0': 'rate' is compared with a rate like 5000/s, not '0'");
}

static void test_is_met(void)
{
	static const struct {
		enum threshold_operator operator;
		bool below, at, above;
	} cases[] = {
		{THRESHOLD_LESS, true, false, false},  {THRESHOLD_AT_MOST, true, true, false},
		{THRESHOLD_MORE, false, false, true},  {THRESHOLD_AT_LEAST, false, true, true},
		{THRESHOLD_EQUAL, false, true, false}, {THRESHOLD_UNEQUAL, true, false, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct threshold threshold = {.operator= cases[i].operator, .value = 5 };

		is_int(threshold_is_met(&threshold, 4), cases[i].below, "below");
		is_int(threshold_is_met(&threshold, 5), cases[i].at, "at");
		is_int(threshold_is_met(&threshold, 6), cases[i].above, "above");
	}
	is_near(threshold_get_quantile(THRESHOLD_P999), 0.999, 0, "quantile of p99.9");
	is_near(threshold_get_quantile(THRESHOLD_MAX), 0, 0, "max is no quantile");
	is_str(threshold_metric_name(THRESHOLD_P999), "p99.9", "name of p99.9");
}

static void test_measure(void)
{
	struct load_counts counts = {.offered = 12, .answered = 10, .completed = 10};
	struct histogram *response = histogram_new(), *censored = histogram_new();
	struct threshold threshold;
	bool is_lower_bound = true;

	counts.errors[LOAD_ERROR_TIMEOUT] = 2;
	histogram_record_count(response, 1000000, 10);
	threshold_parse(&threshold, "max < 500ms", NULL);
	ok(threshold_measure(&threshold, &counts, response, censored, 1, &is_lower_bound) == 1e6 &&
		   !is_lower_bound,
	   "the slowest answer");
	histogram_record_count(censored, 1000000000, 2);
	ok(threshold_measure(&threshold, &counts, response, censored, 1, &is_lower_bound) == 1e9 &&
		   is_lower_bound,
	   "two that never came took longer");
	threshold_parse(&threshold, "mean < 500ms", NULL);
	ok(threshold_measure(&threshold, &counts, response, censored, 1, &is_lower_bound) ==
			   (10e6 + 2e9) / 12 &&
		   is_lower_bound,
	   "the mean is at least that of all with their ages");
	threshold_parse(&threshold, "p50 < 500ms", NULL);
	ok(isnan(threshold_measure(&threshold, &counts, response, censored, 1, NULL)),
	   "12 requests do not earn a p50");
	threshold_parse(&threshold, "rate > 1/s", NULL);
	ok(threshold_measure(&threshold, &counts, response, censored, 2, NULL) == 5, "a rate");
	threshold_parse(&threshold, "failures == 0", NULL);
	ok(threshold_measure(&threshold, &counts, response, censored, 2, NULL) == 2, "failures");
	histogram_free(response);
	histogram_free(censored);
}

int main(void)
{
	test_parse();
	test_refused();
	test_is_met();
	test_measure();
	return tap_done();
}
