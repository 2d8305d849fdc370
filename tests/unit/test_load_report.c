/* The load in words: what stands there, what does not, and that it fits a terminal. */
#include "report/load_report.h"

#include <string.h>

#include "tap.h"
#include "util/strbuf.h"

#define MS UINT64_C(1000000)

static const struct run_report_options options = {.layout = {.columns = 80}};

struct made {
	struct load_view view;
	struct histogram *times;
};

static void make_view(struct made *made)
{
	*made = (struct made){.view = {.url = "http://127.0.0.1:8080/",
				       .mode = "closed",
				       .schedule = "10 connections",
				       .protocol = "HTTP/1.1",
				       .tls_cipher = "",
				       .warmup = "",
				       .connections = 10,
				       .threads = 2,
				       .run_count = 1,
				       .duration_ns = 10000 * MS,
				       .total = {.name = "", .method = ""}},
			      .times = histogram_new()};
	made->view.total.response = histogram_new();
	made->view.total.service = histogram_new();
	histogram_record_count(made->view.total.response, 2 * MS, 4000);
	histogram_record_count(made->view.total.service, 1 * MS, 4000);
	made->view.total.counts =
		(struct load_counts){.offered = 4000, .answered = 4000, .completed = 4000};
	histogram_record_count(made->times, 80000, 30);
}

static void release_view(struct made *made)
{
	histogram_free(made->view.total.response);
	histogram_free(made->view.total.service);
	histogram_free(made->view.total.censored);
	histogram_free(made->times);
}

static void is_text(const struct load_view *view, const char *want, const char *name)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	load_report_add_lines(&text, view, &options);
	is_str(strbuf_text(&text), want, name);
	strbuf_release(&text);
}

static void test_plain(void)
{
	struct made made;

	make_view(&made);
	is_text(&made.view,
		"schedule: closed loop, 10 connections, HTTP/1.1\n"
		"requests: 4,000 answered, 0 failed\n"
		"latency: p50 2.00 ms, p75 2.00 ms, p90 2.00 ms, p95 2.00 ms, p99 2.00 ms, max\n"
		"    2.00 ms\n"
		"  p99.9 – needs 10,000 answers, had 4,000: -d 25s\n",
		"a closed loop without more");
	release_view(&made);
}

static void test_open_loop(void)
{
	struct load_view_second seconds[2] = {{.waiting = 3}, {.waiting = 12}};
	struct made made;
	struct load_view *view = &made.view;

	make_view(&made);
	view->mode = "open";
	view->schedule = "400/s Poisson over at most 100 connections";
	view->protocol = "HTTP/2";
	view->tls_cipher = "TLSv1.3 TLS_AES_256_GCM_SHA384";
	view->warmup = "run 1: cut 2 s\nrun 2: never steady\n";
	view->histograms[LOAD_HISTOGRAM_SEND_LAG] = made.times;
	view->histograms[LOAD_HISTOGRAM_CONNECT] = made.times;
	view->histograms[LOAD_HISTOGRAM_FIRST_BYTE] = view->total.service;
	view->resolve_ns = 300000;
	view->in_flight_max = 34;
	view->connects = 120;
	view->reconnects = 20;
	view->tls_resumed = 19;
	view->resent = 2;
	view->client_cpu_ns = 400 * MS;
	view->client_wait_ns = 20 * MS;
	view->seconds = seconds;
	view->second_count = 2;
	view->total.counts.offered += 45;
	view->total.counts.errors[LOAD_ERROR_TIMEOUT] = 45;
	view->total.censored = histogram_new();
	histogram_record_count(view->total.censored, 3400 * MS, 45);
	is_text(view,
		"schedule: open loop, 400/s Poisson over at most 100 connections, HTTP/2, TLSv1.3\n"
		"    TLS_AES_256_GCM_SHA384\n"
		"warm-up: run 1: cut 2 s\n"
		"warm-up: run 2: never steady\n"
		"requests: 4,000 answered, 45 failed (45 timeout), 2 sent again on another\n"
		"    connection\n"
		"latency       p50      p75      p90      p95        p99  p99.9      max\n"
		"response  2.00 ms  2.00 ms  2.00 ms  2.00 ms   ≥ 3.40 s      –  2.00 ms\n"
		"service   1.00 ms  1.00 ms  1.00 ms  1.00 ms  ≥ 1.00 ms      –  1.00 ms\n"
		"  p99 ≥ 3.40 s (45 requests never answered)\n"
		"  p99.9 – needs 10,000 answers, had 4,000: -d 25s\n"
		"breakdown: resolve 300 us · connect p50 80.0 us · first byte p50 1.00 ms\n"
		"connections: 120 opened, 20 again within the window, 19 with a resumed TLS\n"
		"    session\n"
		"send lag: p50 80.0 us, max 80.0 us; at most 34 in flight, 12 waiting for a\n"
		"    connection\n"
		"generator: 2 threads, 0.04 CPU, 100 us of CPU time per request, waited 0.10 % of\n"
		"    the time for a CPU\n",
		"an open loop with all there is");
	release_view(&made);
}

/* What an older sonde stored: much is not known, and is not said to be 0. */
static void test_old(void)
{
	struct made made;

	make_view(&made);
	made.view.schedule = made.view.protocol = "";
	made.view.reconnects = 20;
	is_text(&made.view,
		"schedule: closed loop\n"
		"requests: 4,000 answered, 0 failed\n"
		"latency: p50 2.00 ms, p75 2.00 ms, p90 2.00 ms, p95 2.00 ms, p99 2.00 ms, max\n"
		"    2.00 ms\n"
		"  p99.9 – needs 10,000 answers, had 4,000: -d 25s\n"
		"connections: 20 again within the window\n",
		"a load of an older sonde");
	release_view(&made);
}

static void test_nothing_answered(void)
{
	struct made made;
	struct histogram *ages = histogram_new();

	make_view(&made);
	made.view.mode = "open";
	histogram_clear(made.view.total.response);
	histogram_record_count(ages, 3000 * MS, 40);
	made.view.total.censored = ages;
	made.view.total.counts = (struct load_counts){.offered = 40};
	made.view.total.counts.errors[LOAD_ERROR_UNANSWERED] = 40;
	is_text(&made.view,
		"schedule: open loop, 10 connections, HTTP/1.1\n"
		"requests: 0 answered, 40 failed (40 unanswered)\n"
		"  p50 ≥ 3.00 s (40 requests never answered)\n"
		"  p75 ≥ 3.00 s (40 requests never answered)\n"
		"  p90 – needs 100 answers, had 0\n"
		"  p95 – needs 200 answers, had 0\n"
		"  p99 – needs 1,000 answers, had 0\n"
		"  p99.9 – needs 10,000 answers, had 0\n",
		"no answer at all");
	release_view(&made);
}

static void test_names(void)
{
	struct load_view_name names[25];
	struct run_summary_side side = {.label = "proxy"};
	struct run_report_options all = options;
	struct made made;
	struct strbuf text;

	make_view(&made);
	for (uint32_t i = 0; i < 25; i++)
		names[i] = made.view.total;
	names[0].name = "hello";
	names[1].name = "upload";
	names[1].counts.errors[LOAD_ERROR_STATUS] = 7;
	made.view.names = names;
	made.view.name_count = 1;
	side.load = made.view;
	strbuf_init(&text, 1 << 16);
	load_report_add_names(&text, &side, &options);
	is_str(strbuf_text(&text), "", "one name is the total");
	side.load.name_count = 2;
	load_report_add_names(&text, &side, &options);
	is_str(strbuf_text(&text),
	       "\nrequests: proxy\n"
	       "request  answered  failed      p50      p75      p90      p95      p99      max\n"
	       "hello       4,000       0  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms\n"
	       "upload      4,000       7  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms\n",
	       "a row each");
	strbuf_clear(&text);
	side.load.name_count = 25;
	load_report_add_names(&text, &side, &options);
	ok(strstr(strbuf_text(&text), "\nand 5 more: --all\n") != NULL, "twenty at first");
	strbuf_clear(&text);
	all.is_all = true;
	load_report_add_names(&text, &side, &all);
	ok(strstr(strbuf_text(&text), "more: --all") == NULL, "or all of them");
	strbuf_release(&text);
	release_view(&made);
}

int main(void)
{
	test_plain();
	test_open_loop();
	test_old();
	test_nothing_answered();
	test_names();
	return tap_done();
}
