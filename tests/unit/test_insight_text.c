#include "report/insight_text.h"

#include "sample_warning.h"

static struct strbuf text;

static const char *format(const struct run_insight *insight, uint32_t columns, bool has_color)
{
	struct text_layout layout = {.columns = columns, .has_color = has_color};

	strbuf_clear(&text);
	insight_text_format(&text, insight, &sample.side, &layout);
	return strbuf_text(&text);
}

static struct run_insight make(void)
{
	static struct warning warnings[] = {
		{"single_core", 0.9, "one thread is the bottleneck", "thread 7: 0.97 CPUs", "x"},
		{"steal", 0.1, "steal", "2 %", "y"},
		{"thermal", 0.1, "hot", "3 times", "z"},
	};
	static const char *not_seen[] = {"kernel's time: sudo sysctl kernel.perf_event_paranoid=1"};

	return (struct run_insight){
		.on_cpu_ratio = 0.01,
		.run_queue_ratio = 0.03,
		.waiting_ratio = 0.96,
		.is_of_request = true,
		.response_ns = 3.1e6,
		.cpus = 0.97,
		.busiest_thread = 0.97,
		.system_share = 0.45,
		.bound = CPU_BOUND_MIXED,
		.growth = {.verdict = MEMORY_STEADY,
			   .slope_bytes_per_s = 1000,
			   .lo = -500,
			   .hi = 3000,
			   .level_bytes = 12.3e6,
			   .why = ""},
		.warnings = {warnings, 3},
		.hot_function = "ngx_http_process_request",
		.hot_ratio = 0.12,
		.not_seen = not_seen,
		.not_seen_count = 1,
		.next = {"sonde report --by thread", "sonde flame -o flame.svg"},
	};
}

static void test_whole(void)
{
	struct run_insight insight = make();

	sample_start();
	sample_load(1000, 3100000);
	sample_metric("rate_rps", "", 12345);
	sample_metric("latency_p50", "", 1.2e6);
	sample_metric("latency_p99", "", 4.5e6);
	sample_metric("cpu_per_request", "", 31e3);
	is_str(format(&insight, 0, false),
	       "figures  12,345 requests/s, p50 1.20 ms, p99 4.50 ms, 31.0 us CPU per request: "
	       "VALID\n"
	       "where    on CPU 97 % of one core (user 55 %, system 45 %: mixed); of a request's "
	       "3.10 ms: CPU 1 %, run queue 3 %, waiting 96 %\n"
	       "memory   STEADY at 12.3 MB (-500 B to +3.00 kB/s)\n"
	       "likely   one thread is the bottleneck\n"
	       "         thread 7: 0.97 CPUs\n"
	       "also     steal\n"
	       "         2 %\n"
	       "         hot\n"
	       "         3 times\n"
	       "hot      ngx_http_process_request 12.0 % of CPU time\n"
	       "not seen kernel's time: sudo sysctl kernel.perf_event_paranoid=1\n"
	       "next     sonde report --by thread · sonde flame -o flame.svg\n",
	       "the block");
	sample.side.load.is_judged = false;
	ok(strstr(format(&insight, 0, false), "request: not judged\n") != NULL, "no verdict");
	insight.cpus = 2.5;
	insight.is_of_request = false;
	insight.waiting_ratio = (double)NAN;
	ok(strstr(format(&insight, 0, false),
		  "where    on 2.50 CPUs (user 55 %, system 45 %: mixed), the busiest thread 97 % "
		  "of one; of the time with work: CPU 1 %, run queue 3 %\n") != NULL,
	   "several CPUs, no load");
}

static void test_little(void)
{
	struct run_insight insight = {.on_cpu_ratio = (double)NAN,
				      .cpus = (double)NAN,
				      .system_share = (double)NAN,
				      .busiest_thread = (double)NAN,
				      .growth = {.level_bytes = (double)NAN, .why = "not watched"}};

	sample_start();
	is_str(format(&insight, 0, false), "likely   nothing stands out\n",
	       "what is not known has no line");
	insight.growth = (struct memory_growth){.level_bytes = 1e6,
						.lo = (double)NAN,
						.hi = (double)NAN,
						.why = "needs 32 s, had 9.00 s: -d 32s"};
	ok(strstr(format(&insight, 0, false),
		  "memory   not known at 1.00 MB: needs 32 s, had 9.00 s: -d 32s\n") != NULL,
	   "what it takes");
	insight.hot_function = "evil\x1b[2J\n";
	ok(strstr(format(&insight, 0, false), "hot      evil?[2J?") != NULL, "clean");
}

static void test_layout(void)
{
	struct run_insight insight = make();
	bool is_narrow = true, is_indented = true;

	sample_start();
	format(&insight, 40, false);
	for (const char *line = strbuf_text(&text); *line != '\0';) {
		size_t length = strcspn(line, "\n");

		/* A word that is longer than a line stays whole. */
		if (length > 40 && memchr(line + 9, ' ', length - 9) != NULL)
			is_narrow = false;
		is_indented = is_indented && (length < 10 || line[8] == ' ' || line[0] != ' ');
		line += length + 1;
	}
	ok(is_narrow, "wrapped");
	ok(is_indented, "below the text");
	format(&insight, 0, true);
	ok(strstr(strbuf_text(&text), "\x1b[2mlikely\x1b[0m") != NULL &&
		   strstr(strbuf_text(&text), "\x1b[33m   one thread is the bottleneck\x1b[0m\n") !=
			   NULL,
	   "styled");
}

int main(void)
{
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	test_whole();
	test_little();
	test_layout();
	strbuf_release(&text);
	return sample_done();
}
