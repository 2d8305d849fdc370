#include "sample_warning.h"

static void set_tail(double p99_ns, double mean_ns, const char *scope)
{
	sample_metric("latency_p99", scope, p99_ns);
	sample_metric("latency_mean", scope, mean_ns);
}

static void test_tail(void)
{
	sample_start();
	is_silent("tail_latency", "tail: nothing known");
	sample_metric("latency_mean", "", 1e6);
	is_silent("tail_latency", "… a p99 that was not earned");
	set_tail(50e6, 2e6, "");
	fires("tail_latency", "25 times the mean");
	says("tail_latency", "at least 25 % of all their response time",
	     "… how much that explains");
	set_tail(20.1e6, 2e6, "");
	fires("tail_latency", "just above ten times the mean");
	set_tail(20e6, 2e6, "");
	is_silent("tail_latency", "ten times");
	set_tail(10e6, 1e5, "");
	fires("tail_latency", "10 ms");
	set_tail(9.9e6, 1e5, "");
	is_silent("tail_latency", "ninety times, and below what a scheduler does");
	set_tail(920e6, 200e6, "");
	is_silent("tail_latency", "exponential response times");
}

static void test_tail_of_names(void)
{
	sample_start();
	set_tail(200e6, 4e6, "");
	set_tail(210e6, 190e6, "request:report");
	set_tail(2e6, 1e6, "request:hello");
	is_silent("tail_latency", "a mix of light and heavy requests is none");
	set_tail(40e6, 1e6, "request:hello");
	says("tail_latency", "the requests hello take 40 times", "one of them has one");
}

static void test_maximum(void)
{
	sample_start();
	is_silent("slow_maximum", "maximum: no load");
	sample_load(10000, 1000000);
	sample_load(1, 500000000);
	is_silent("slow_maximum", "500 ms");
	sample_load(1, 501000000);
	fires("slow_maximum", "501 ms");
	sample_load(1, 1200000000);
	says("slow_maximum", "1.20 s", "… the time");
	says("slow_maximum", "of 10003 answers over 500 ms", "… how many");
	{
		struct load_view_second seconds[3] = {
			{.second = 0, .max_ns = 3}, {.second = 7, .max_ns = 9}, {.second = 9}};

		sample.side.load.seconds = seconds;
		sample.side.load.second_count = 3;
		says("slow_maximum", "second 7", "… when");
		sample_profile("server", 0, 0.5);
		says("slow_maximum", "sonde report --time 7s-9s", "… what ran then");
	}
	sample_start();
	sample_load(10000, 400000000);
	sample_load(1, 1100000000);
	is_silent("slow_maximum", "where the median is slow itself");
	sample_load(1, 1300000000);
	fires("slow_maximum", "… more than three of it");
}

static void test_failures(void)
{
	struct load_failure failure = {.error = LOAD_ERROR_STATUS, .text = "status \x1b[31m503"};
	struct load_counts *counts;

	sample_start();
	is_silent("failures", "failures: no load");
	counts = &sample_load(9990, 1000000)->total.counts;
	is_silent("failures", "none");
	counts->errors[LOAD_ERROR_UNANSWERED] = 5;
	is_silent("failures", "those in flight when a run is cut short are nobody's");
	counts->errors[LOAD_ERROR_TIMEOUT] = 1;
	fires("failures", "one");
	says("failures", "1 timeout", "… its class");
	counts->errors[LOAD_ERROR_STATUS] = 99;
	counts->offered = 10000;
	sample.side.load.failures = &failure;
	sample.side.load.failure_count = 1;
	says("failures", "100 of 10,000 requests failed (1.0 %)", "share");
	says("failures", "99 status", "… by class");
	says("failures", "status ?[31m503", "… an example, without control characters");
	is_near(sample_strength("failures"), 0.2, 1e-9, "… strength");
}

int main(void)
{
	test_tail();
	test_tail_of_names();
	test_maximum();
	test_failures();
	return sample_done();
}
