/* Line by line as wrk 4.1.0 and wrk2 print these figures. */
#include "export/wrk_text.h"

#include "fake_load.h"
#include "tap.h"

#define MS 1000000u

/* Mean 2 ms, deviation sqrt(3) ms, three of four within; 60 and 20 a second of two threads. */
static void make_plain(struct fake_load *fake)
{
	fake_load_init(fake);
	fake_load_add(fake, 0, 1 * MS, 120);
	fake_load_add(fake, 1, 5 * MS, 40);
}

static void test_wrk(void)
{
	struct fake_load fake;
	struct strbuf text;

	make_plain(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	wrk_text_write(&text, &fake.view, true);
	is_str(strbuf_text(&text),
	       "Running 2s test @ http://127.0.0.1:8080/\n"
	       "  2 threads and 4 connections\n"
	       "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
	       "    Latency     2.00ms    1.73ms   5.00ms   75.00%\n"
	       "    Req/Sec    40.00     28.28    60.00    100.00%\n"
	       "  Latency Distribution\n"
	       "     50%    1.00ms\n"
	       "     75%    1.00ms\n"
	       "     90%    5.00ms\n"
	       "     99%    5.00ms\n"
	       "  160 requests in 2.50s, 15.62KB read\n"
	       "Requests/sec:     64.00\n"
	       "Transfer/sec:      6.25KB\n",
	       "with --latency");
	strbuf_clear(&text);
	fake.view.total.status[404] = 7;
	fake.view.total.status[302] = 9;
	fake.view.total.counts.errors[LOAD_ERROR_CONNECT] = 1;
	fake.view.total.counts.errors[LOAD_ERROR_PROTOCOL] = 2;
	fake.view.total.counts.errors[LOAD_ERROR_TIMEOUT] = 3;
	fake.view.url = "http://a/\n\x1b[1m";
	wrk_text_write(&text, &fake.view, false);
	ok(strstr(strbuf_text(&text), "Latency Distribution") == NULL, "without --latency");
	ok(strstr(strbuf_text(&text), "KB read\n"
				      "  Socket errors: connect 1, read 2, write 0, timeout 3\n"
				      "  Non-2xx or 3xx responses: 7\n"
				      "Requests/sec:") != NULL,
	   "failures");
	ok(strstr(strbuf_text(&text), "@ http://a/%0A%1B[1m\n") != NULL,
	   "a URL's control characters stay in it");
	strbuf_release(&text);
	fake_load_release(&fake);
}

static void test_wrk2(void)
{
	struct fake_load fake;
	struct strbuf text;

	make_plain(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	wrk_text_write_wrk2(&text, &fake.view, true);
	is_str(strbuf_text(&text),
	       "Running 2s test @ http://127.0.0.1:8080/\n"
	       "  2 threads and 4 connections\n"
	       "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
	       "    Latency     2.00ms    1.73ms   5.00ms   75.00%\n"
	       "    Req/Sec    40.00     28.28    60.00    100.00%\n"
	       "  Latency Distribution (HdrHistogram - Recorded Latency)\n"
	       " 50.000%    1.00ms\n"
	       " 75.000%    1.00ms\n"
	       " 90.000%    5.00ms\n"
	       " 99.000%    5.00ms\n"
	       " 99.900%    5.00ms\n"
	       " 99.990%    5.00ms\n"
	       " 99.999%    5.00ms\n"
	       "100.000%    5.00ms\n"
	       "\n"
	       "  Detailed Percentile spectrum:\n"
	       "       Value   Percentile   TotalCount 1/(1-Percentile)\n"
	       "\n"
	       "       1.000     0.000000          120         1.00\n"
	       "       1.000     0.100000          120         1.11\n"
	       "       1.000     0.200000          120         1.25\n"
	       "       1.000     0.300000          120         1.43\n"
	       "       1.000     0.400000          120         1.67\n"
	       "       1.000     0.500000          120         2.00\n"
	       "       1.000     0.550000          120         2.22\n"
	       "       1.000     0.600000          120         2.50\n"
	       "       1.000     0.650000          120         2.86\n"
	       "       1.000     0.700000          120         3.33\n"
	       "       1.000     0.750000          120         4.00\n"
	       "       5.000     0.775000          160         4.44\n"
	       "       5.000     1.000000          160          inf\n"
	       "#[Mean    =        2.000, StdDeviation   =        1.732]\n"
	       "#[Max     =        5.000, Total count    =          160]\n"
	       "#[Buckets =           32, SubBuckets     =         2048]\n"
	       "----------------------------------------------------------\n"
	       "  160 requests in 2.50s, 15.62KB read\n"
	       "Requests/sec:     64.00\n"
	       "Transfer/sec:      6.25KB\n",
	       "with --latency");
	strbuf_clear(&text);
	wrk_text_write_wrk2(&text, &fake.view, false);
	ok(strstr(strbuf_text(&text), "Percentile") == NULL, "without");
	strbuf_release(&text);
	fake_load_release(&fake);
}

/* What wrk prints when nothing was answered. */
static void test_nothing(void)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake.view.second_count = 0;
	fake.view.duration_ns = 90000000000u;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	wrk_text_write(&text, &fake.view, true);
	is_str(strbuf_text(&text),
	       "Running 2m test @ http://127.0.0.1:8080/\n"
	       "  2 threads and 4 connections\n"
	       "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
	       "    Latency     0.00us    0.00us   0.00us    -nan%\n"
	       "    Req/Sec     0.00      0.00     0.00      -nan%\n"
	       "  Latency Distribution\n"
	       "     50%    0.00us\n"
	       "     75%    0.00us\n"
	       "     90%    0.00us\n"
	       "     99%    0.00us\n"
	       "  0 requests in 1.50m, 0.00B read\n"
	       "Requests/sec:      0.00\n"
	       "Transfer/sec:       0.00B\n",
	       "nothing");
	strbuf_clear(&text);
	wrk_text_write_wrk2(&text, &fake.view, false);
	ok(strstr(strbuf_text(&text), "   0.00us    0.00%\n") != NULL, "wrk2 has 0 % of nothing");
	strbuf_release(&text);
	fake_load_release(&fake);
}

static void check_time(uint64_t ns, const char *want)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, ns, 1);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	wrk_text_write(&text, &fake.view, true);
	ok(strstr(strbuf_text(&text), want) != NULL, want);
	strbuf_release(&text);
	fake_load_release(&fake);
}

/* Where a unit gives way to the next. */
static void test_units(void)
{
	check_time(487000, "     99%  487.00us\n");
	check_time(849000, "     99%  849.00us\n");
	check_time(850000, "     99%    0.85ms\n");
	check_time(18220000, "    Latency    18.22ms    0.00us  18.22ms  100.00%\n");
	check_time(999000000, "     99%  999.00ms\n");
	check_time(1000000000, "     99%    1.00s \n");
	check_time(50990000000, "     99%   50.99s \n");
	check_time(51000000000, "     99%    0.85m \n");
	check_time(UINT64_C(4200000000000), "     99%   70.00m \n");
}

/* 100 answers of 1 ms, and 50 requests given up on after 2 s: p75 and above are at least that. */
static void test_bounds(void)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 1 * MS, 100);
	fake_load_give_up(&fake, 2000 * MS, 50);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	wrk_text_write(&text, &fake.view, true);
	ok(strstr(strbuf_text(&text), "    Latency     1.00ms    0.00us   2.00s   100.00%\n") !=
		   NULL,
	   "the maximum is a bound");
	ok(strstr(strbuf_text(&text), "     50%    1.00ms\n     75%    2.00s \n") != NULL,
	   "so are the quantiles past the answers");
	ok(strstr(strbuf_text(&text), "timeout 50\n") != NULL, "timeouts");
	strbuf_release(&text);
	fake_load_release(&fake);
}

int main(void)
{
	test_wrk();
	test_wrk2();
	test_nothing();
	test_units();
	test_bounds();
	return tap_done();
}
