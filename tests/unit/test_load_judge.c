/*
 * Whether a load may be believed: a load that may, and what takes that away, one thing at a time.
 * Each limit is looked at from both sides.
 */
#include "lab/load_judge.h"

#include "stats/rng.h"
#include "tap.h"

enum { SECONDS = 10, RATE = 1000, SENT = SECONDS * RATE, THREADS = 2 };

#define US 1000ull
#define MS 1000000ull
#define S 1000000000ull

struct fixture {
	struct load_config config;
	struct load_result result;
	struct load_total total;
	struct load_thread_usage threads[THREADS];
	struct load_thread_second seconds[SECONDS * THREADS];
	struct load_judge_input in;
	struct strbuf reasons;
};

static void record(struct histogram *histogram, uint64_t value_ns, uint64_t count)
{
	histogram_clear(histogram);
	histogram_record_count(histogram, value_ns, count);
}

static struct load_thread_second *get_second(struct fixture *f, int second, int thread)
{
	return &f->seconds[second * THREADS + thread];
}

/* An open loop of 1,000/s for 10 s, all answered in 1 ms. */
static void set_up(struct fixture *f)
{
	*f = (struct fixture){
		.config = {.rate_hz = RATE, .connections = 50, .depth = 1, .threads = THREADS},
		.result = {.begin_ns = 100 * S,
			   .end_ns = (100 + SECONDS) * S,
			   .thread_count = THREADS,
			   .in_flight_max = 3},
		.total = {.counts = {.offered = SENT, .answered = SENT, .completed = SENT}},
		.in = {.steal_ratio = 0.001, .network = {.out_segments = 20000, .retransmits = 0}},
	};
	f->result.threads = f->threads;
	f->total.response = histogram_new();
	f->total.service = histogram_new();
	f->total.censored = histogram_new();
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++)
		f->result.histograms[i] = histogram_new();
	record(f->total.response, 1 * MS, SENT);
	record(f->total.service, 1 * MS - 10 * US, SENT);
	record(f->result.histograms[LOAD_HISTOGRAM_SEND_LAG], 10 * US, SENT);
	record(f->result.histograms[LOAD_HISTOGRAM_INTENDED_GAP], 2 * MS, SENT);
	record(f->result.histograms[LOAD_HISTOGRAM_SENT_GAP], 2 * MS, SENT);
	for (uint32_t second = 0; second < SECONDS; second++)
		for (uint32_t thread = 0; thread < THREADS; thread++)
			*get_second(f, (int)second, (int)thread) =
				(struct load_thread_second){.second = second,
							    .thread = thread,
							    .sent = RATE / THREADS,
							    .in_flight = second % 2,
							    .cpu_ns = 100 * MS,
							    .wait_ns = 1 * MS,
							    .longest_pass_ns = 300 * US,
							    .lag_p50_ns = 10 * US,
							    .lag_max_ns = 100 * US};
	for (int i = 0; i < THREADS; i++)
		f->threads[i] = (struct load_thread_usage){.cpu_ns = S, .wait_ns = 10 * MS};
	f->in.config = &f->config;
	f->in.result = &f->result;
	f->in.total = &f->total;
	f->in.thread_seconds = f->seconds;
	f->in.thread_second_count = SECONDS * THREADS;
	strbuf_init(&f->reasons, 16384);
}

static void tear_down(struct fixture *f)
{
	vec_release(&f->result.failures);
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++)
		histogram_free(f->result.histograms[i]);
	histogram_free(f->total.response);
	histogram_free(f->total.service);
	histogram_free(f->total.censored);
	strbuf_release(&f->reasons);
}

/* That verdict, and for that reason alone (NULL = none). */
static void check(struct fixture *f, enum validity validity, const char *reason, const char *what)
{
	const char *text;
	size_t lines = 0;

	strbuf_clear(&f->reasons);
	is_str(validity_name(load_judge(&f->in, &f->reasons)), validity_name(validity), what);
	text = strbuf_text(&f->reasons);
	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	if (!ok(lines == (reason != NULL) && strstr(text, reason != NULL ? reason : "") != NULL,
		"for that reason alone"))
		printf("# want %s\n#  got %s\n", reason != NULL ? reason : "none", text);
}

static void test_valid(void)
{
	struct fixture f;

	set_up(&f);
	check(&f, VALIDITY_VALID, NULL, "a good load");
	f.in.steal_ratio = (double)NAN;
	f.in.network = (struct load_judge_network){(double)NAN, (double)NAN, (double)NAN,
						   (double)NAN, (double)NAN};
	check(&f, VALIDITY_VALID, NULL, "what is not known is not held against it");
	f.in.thread_second_count = 0;
	check(&f, VALIDITY_VALID, NULL, "nor what the threads did not report");
	tear_down(&f);
}

static void test_nothing(void)
{
	struct fixture f;

	set_up(&f);
	f.total.counts.errors[LOAD_ERROR_STATUS] = SENT;
	check(&f, VALIDITY_SUSPECT, "none of 10000 requests succeeded", "only failures");
	f.total.counts.errors[LOAD_ERROR_STATUS] = SENT - 1;
	check(&f, VALIDITY_VALID, NULL, "one success");
	f.total.counts.errors[LOAD_ERROR_STATUS] = 0;
	f.total.counts.answered = 0;
	check(&f, VALIDITY_REFUSED, "none of 10000 requests was answered", "no answer");
	f.total.counts.offered = 0;
	check(&f, VALIDITY_REFUSED, "no request was sent in the measured window", "no request");
	f.total.counts.offered = SENT;
	f.result.end_ns = f.result.begin_ns;
	check(&f, VALIDITY_REFUSED, "no request was sent in the measured window", "no window");
	f.result.end_ns = 0;
	check(&f, VALIDITY_REFUSED, "no request was sent in the measured window", "none at all");
	tear_down(&f);
}

static void test_unsent(void)
{
	struct fixture f;

	set_up(&f);
	for (int i = 0; i < SECONDS * THREADS; i++)
		f.seconds[i].sent = RATE / THREADS / 2;
	check(&f, VALIDITY_VALID, NULL, "half of what was due was sent");
	f.seconds[0].sent--;
	check(&f, VALIDITY_REFUSED, "50.0 % of the 10,000 requests that were due could not be sent",
	      "less than half");
	f.config.rate_hz = 0;
	check(&f, VALIDITY_VALID, NULL, "in closed loop nothing is due");
	tear_down(&f);
}

static void test_saturated(void)
{
	struct fixture f;

	set_up(&f);
	f.threads[1].wait_ns = 400 * MS;
	f.threads[1].cpu_ns = 89 * S / 10; /* 89 %, and 4 % of waiting */
	record(f.result.histograms[LOAD_HISTOGRAM_SEND_LAG], 1000 * MS, SENT);
	record(f.total.response, 1000 * MS, SENT);
	for (int i = 0; i < SECONDS * THREADS; i++)
		f.seconds[i].lag_max_ns = 2000 * MS;
	is_int(load_judge(&f.in, &f.reasons), VALIDITY_SUSPECT, "late, and not saturated");
	ok(strstr(strbuf_text(&f.reasons), "requests were sent 1.00 s late (median)") != NULL,
	   "is only late");
	f.threads[1].cpu_ns = 96 * S / 10;
	strbuf_clear(&f.reasons);
	is_int(load_judge(&f.in, &f.reasons), VALIDITY_REFUSED, "saturated");
	ok(strstr(strbuf_text(&f.reasons),
		  "the load generator was saturated: its busiest thread ran "
		  "or waited for a CPU 100.0 % of the time, and sent "
		  "requests 1.00 s late (median)") == strbuf_text(&f.reasons),
	   "is what it says first");
	record(f.result.histograms[LOAD_HISTOGRAM_SEND_LAG], 9 * MS, SENT);
	is_int(load_judge(&f.in, &f.reasons), VALIDITY_SUSPECT,
	       "busy, but its lag is below ten service times");
	tear_down(&f);
}

static void test_generator(void)
{
	struct fixture f;

	set_up(&f);
	f.threads[1].cpu_ns = 9 * S;
	check(&f, VALIDITY_VALID, NULL, "a thread that used 90 %");
	f.threads[1].cpu_ns = 91 * S / 10;
	check(&f, VALIDITY_SUSPECT,
	      "the load generator's busiest thread used 91.0 % of a CPU (its 2 threads: 50.5 % "
	      "each)",
	      "and one with 91 %");
	f.result.thread_count = 1;
	f.threads[0].cpu_ns = 99 * S / 10;
	f.in.thread_second_count = 0;
	check(&f, VALIDITY_SUSPECT, "the load generator used 99.0 % of its one thread's CPU",
	      "a single thread");
	tear_down(&f);
	set_up(&f);
	f.threads[0].wait_ns = 500 * MS;
	check(&f, VALIDITY_VALID, NULL, "a wait of 5 %");
	f.threads[0].wait_ns = 510 * MS;
	check(&f, VALIDITY_SUSPECT, "the load generator waited for a CPU 5.1 % of the time",
	      "and of more");
	tear_down(&f);
	set_up(&f);
	get_second(&f, 3, 1)->longest_pass_ns = 50 * MS;
	check(&f, VALIDITY_VALID, NULL, "a pass of 50 ms");
	get_second(&f, 3, 1)->longest_pass_ns = 83 * MS;
	check(&f, VALIDITY_SUSPECT, "did not look at its connections for 83.0 ms", "and of more");
	f.in.first_second = 4;
	f.result.begin_ns += 4 * S;
	f.in.offset_ns = 4 * S;
	f.total.counts.offered = f.total.counts.answered = 6 * RATE;
	check(&f, VALIDITY_VALID, NULL, "what was cut off does not count");
	tear_down(&f);
}

static void test_rate(void)
{
	struct fixture f;

	set_up(&f);
	f.total.counts.offered = 9900;
	check(&f, VALIDITY_VALID, NULL, "99 % of the rate");
	f.total.counts.offered = 9890;
	check(&f, VALIDITY_SUSPECT, "offered 989.0 requests/s of the 1000.0 asked for", "less");
	f.config.arrivals = LOAD_ARRIVALS_POISSON;
	check(&f, VALIDITY_VALID, NULL, "drawn arrivals may be that few");
	f.total.counts.offered = 9400;
	check(&f, VALIDITY_SUSPECT, "offered 940.0 requests/s of the 1000.0 asked for",
	      "but not so few");
	f.config.iterations = 9400;
	check(&f, VALIDITY_VALID, NULL, "no more were to be sent");
	tear_down(&f);
}

/* From 0 to 2,000/s in 20 s of which 10 s are warm-up: 15,000 in the window. */
static void test_stages(void)
{
	static const struct load_stage stages[] = {{20 * S, 2000}};
	struct fixture f;

	set_up(&f);
	f.config.rate_hz = 0;
	f.config.stages = stages;
	f.config.stage_count = 1;
	f.in.offset_ns = 10 * S;
	f.total.counts.offered = f.total.counts.answered = 15000;
	for (int i = 0; i < SECONDS * THREADS; i++)
		f.seconds[i].sent = 750;
	check(&f, VALIDITY_VALID, NULL, "stages that were kept");
	f.total.counts.offered = 14800;
	check(&f, VALIDITY_SUSPECT, "offered 1480.0 requests/s of the 1500.0 asked for",
	      "stages that were not");
	f.total.counts.offered = 15000;
	record(f.total.response, 300 * MS, 15000);
	/* requests in flight grow by 100/s each second times 0.3 s */
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 0)->in_flight = 300 + 30 * (uint64_t)i;
	check(&f, VALIDITY_VALID, NULL, "in flight grows with the rate");
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 0)->in_flight = 300 + 60 * (uint64_t)i;
	check(&f, VALIDITY_SUSPECT, "in flight grew by 30.0/s", "but not more than that");
	tear_down(&f);
}

static void test_sent_rate(void)
{
	struct fixture f;

	set_up(&f);
	for (int i = 0; i < SECONDS * THREADS; i++)
		f.seconds[i].sent = 400;
	check(&f, VALIDITY_VALID, NULL, "sent late by a generator with time left: not its limit");
	f.threads[0].cpu_ns = 9 * S;
	f.threads[0].wait_ns = 100 * MS;
	check(&f, VALIDITY_SUSPECT, "sent 800.0 requests/s of the 1000.0 that were due",
	      "by one without");
	tear_down(&f);
}

static void test_lag(void)
{
	struct histogram *lag;
	struct fixture f;

	set_up(&f);
	lag = f.result.histograms[LOAD_HISTOGRAM_SEND_LAG];
	for (int i = 0; i < SECONDS * THREADS; i++)
		f.seconds[i].lag_max_ns = 900 * US;
	record(lag, 199 * US, SENT);
	check(&f, VALIDITY_VALID, NULL, "a lag of a fifth of the response time");
	record(lag, 210 * US, SENT);
	strbuf_clear(&f.reasons);
	is_int(load_judge(&f.in, &f.reasons), VALIDITY_SUSPECT, "a longer one");
	ok(strstr(strbuf_text(&f.reasons),
		  "requests were sent 210 us late (median), which is much "
		  "of the response time of 1.00 ms; a CPU of its own") != NULL,
	   "names the median");
	ok(strstr(strbuf_text(&f.reasons), "late (p99)") != NULL, "and p99, which has it, too");
	record(lag, 10 * US, SENT - 200);
	histogram_record_count(lag, 400 * US, 200);
	check(&f, VALIDITY_SUSPECT, "requests were sent 400 us late (p99)", "p99 alone");
	f.result.in_flight_max = 50;
	check(&f, VALIDITY_SUSPECT, "all connections were busy at times: more of them (-c)",
	      "with a hint when the connections ran out");
	record(lag, 19 * US, SENT);
	record(f.total.response, 30 * US, SENT);
	check(&f, VALIDITY_VALID, NULL, "below 20 us it is the ruler's own");
	record(lag, 30 * US, 500);
	record(f.total.response, 40 * US, 500);
	check(&f, VALIDITY_SUSPECT, "late (median)", "p99 is not earned by 500");
	tear_down(&f);
}

/* Stopped in seconds 3 to 6: 40 % wait for a connection, and then for the answer. */
static void test_freeze(void)
{
	struct histogram *lag, *gaps;
	struct fixture f;

	set_up(&f);
	lag = f.result.histograms[LOAD_HISTOGRAM_SEND_LAG];
	gaps = f.result.histograms[LOAD_HISTOGRAM_SENT_GAP];
	f.result.in_flight_max = 50;
	histogram_clear(lag);
	histogram_clear(f.total.response);
	for (uint64_t i = 0; i < 400; i++)
		histogram_record_count(lag, i * 10 * MS, 10);
	for (uint64_t i = 0; i < 400; i++)
		histogram_record_count(f.total.response, i * 10 * MS + 1 * MS, 10);
	histogram_record_count(lag, 10 * US, 6000);
	histogram_record_count(f.total.response, 1 * MS, 6000);
	record(gaps, 2 * MS, 6000);
	histogram_record_count(gaps, 1 * US, 3999);
	histogram_record(gaps, 4000 * MS);
	for (int i = 3; i < 7; i++) {
		for (int thread = 0; thread < THREADS; thread++) {
			get_second(&f, i, thread)->sent = i == 3 ? 25 : 0;
			get_second(&f, i, thread)->waiting = 475 + 500 * (uint64_t)(i - 3);
			get_second(&f, i, thread)->cpu_ns = 1 * MS;
		}
	}
	for (int thread = 0; thread < THREADS; thread++) {
		get_second(&f, 7, thread)->sent = 500 + 1975;
		get_second(&f, 7, thread)->lag_max_ns = 3990 * MS;
	}
	check(&f, VALIDITY_VALID, NULL, "a service that stops and goes on is no fault of the load");
	for (int i = 3; i < 7; i++)
		for (int thread = 0; thread < THREADS; thread++)
			get_second(&f, i, thread)->cpu_ns = 950 * MS;
	strbuf_clear(&f.reasons);
	is_int(load_judge(&f.in, &f.reasons), VALIDITY_SUSPECT, "a generator that was busy is one");
	ok(strstr(strbuf_text(&f.reasons), "late (p99)") != NULL, "late");
	ok(strstr(strbuf_text(&f.reasons), "gaps between requests") != NULL, "and in bursts");
	tear_down(&f);
}

static void test_gaps(void)
{
	struct histogram *intended, *sent;
	struct fixture f;

	set_up(&f);
	intended = f.result.histograms[LOAD_HISTOGRAM_INTENDED_GAP];
	sent = f.result.histograms[LOAD_HISTOGRAM_SENT_GAP];
	record(sent, 1020 * US, SENT / 2); /* 0.49 of the mean gap */
	histogram_record_count(sent, 2980 * US, SENT / 2);
	check(&f, VALIDITY_VALID, NULL, "gaps that are off by half");
	record(sent, 900 * US, SENT / 2);
	histogram_record_count(sent, 3100 * US, SENT / 2);
	check(&f, VALIDITY_SUSPECT,
	      "gaps between requests were 1.10 ms off on the average, at a mean gap of 2.00 ms",
	      "by more");
	ok(strstr(strbuf_text(&f.reasons), "Kolmogorov") == NULL,
	   "equal gaps have no Kolmogorov-Smirnov test");
	record(intended, 40 * US, SENT);
	record(sent, 1 * US, SENT / 2);
	histogram_record_count(sent, 79 * US, SENT / 2);
	check(&f, VALIDITY_VALID, NULL, "pairs at 25,000/s are no burst");
	tear_down(&f);
}

static void test_drawn_gaps(void)
{
	struct histogram *intended, *sent;
	struct fixture f;
	struct rng rng;

	set_up(&f);
	rng_init(&rng, 1);
	intended = f.result.histograms[LOAD_HISTOGRAM_INTENDED_GAP];
	sent = f.result.histograms[LOAD_HISTOGRAM_SENT_GAP];
	f.config.arrivals = LOAD_ARRIVALS_POISSON;
	histogram_clear(intended);
	histogram_clear(sent);
	for (int i = 0; i < SENT; i++) {
		double gap_ns = -log(1 - rng_next_double(&rng)) * 2e6;

		histogram_record(intended, (uint64_t)gap_ns);
		histogram_record(sent, (uint64_t)gap_ns + 10 * US);
	}
	check(&f, VALIDITY_VALID, NULL, "drawn gaps that were kept");
	record(sent, 2 * MS, SENT);
	check(&f, VALIDITY_SUSPECT, "Kolmogorov-Smirnov p = ", "drawn gaps that became equal");
	tear_down(&f);
}

static void test_growth(void)
{
	struct fixture f;

	set_up(&f);
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 1)->in_flight = 5 + 9 * (uint64_t)i;
	check(&f, VALIDITY_VALID, NULL, "a growth of less than 1 % of the rate");
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 1)->in_flight = 5 + 20 * (uint64_t)i;
	check(&f, VALIDITY_SUSPECT,
	      "the number of requests in flight grew by 20.0/s: the server does not keep up",
	      "of more");
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 1)->in_flight = i % 2 == 0 ? 5 : 405;
	check(&f, VALIDITY_VALID, NULL, "a lot that goes up and down does not grow");
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 1)->in_flight = 5 + 20 * (uint64_t)i;
	f.config.rate_hz = 0;
	check(&f, VALIDITY_VALID, NULL, "in closed loop nothing grows");
	f.config.rate_hz = RATE;
	f.in.thread_second_count = 5 * THREADS;
	f.result.end_ns = f.result.begin_ns + 5 * S;
	f.total.counts.offered = f.total.counts.answered = 5 * RATE;
	check(&f, VALIDITY_VALID, NULL, "five seconds are too few to say");
	tear_down(&f);
}

/* A service that takes 4 s to answer fills up for so long. */
static void test_filling(void)
{
	struct fixture f;

	set_up(&f);
	record(f.total.response, 4000 * MS, SENT);
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 0)->in_flight = i < 4 ? 1000 * (uint64_t)(i + 1) : 4000;
	check(&f, VALIDITY_VALID, NULL, "filling up is no growth");
	f.total.response->min_ns = 1 * MS;
	f.in.offset_ns = 0;
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 0)->in_flight = 500 * (uint64_t)(i + 1);
	check(&f, VALIDITY_SUSPECT, "in flight grew by 500.0/s", "growing to the end is");
	tear_down(&f);
}

static void test_connections(void)
{
	struct fixture f;

	set_up(&f);
	for (int i = 0; i < 5; i++)
		get_second(&f, 2 * i, 0)->waiting = 7;
	check(&f, VALIDITY_VALID, NULL, "requests waited in half of the seconds");
	get_second(&f, 3, 0)->waiting = 1;
	check(&f, VALIDITY_VALID, NULL, "one has only just come due");
	get_second(&f, 3, 0)->waiting = 412;
	check(&f, VALIDITY_SUSPECT,
	      "-c too small: at the end of 6 of 10 seconds requests waited for a connection, "
	      "up to 412 of them (connections: 50)",
	      "in more");
	for (int i = 0; i < SECONDS; i++)
		get_second(&f, i, 0)->cpu_ns = 950 * MS;
	check(&f, VALIDITY_VALID, NULL, "a busy thread was not short of connections");
	tear_down(&f);
}

static void test_network(void)
{
	struct fixture f;

	set_up(&f);
	f.in.network.retransmits = 20;
	check(&f, VALIDITY_VALID, NULL, "0.1 % of the segments sent again");
	f.in.network.retransmits = 30;
	check(&f, VALIDITY_SUSPECT, "30 TCP segments (0.15 %) were sent again", "more");
	ok(strstr(strbuf_text(&f.reasons), "to open") == NULL, "none of them opened a connection");
	f.in.network.syn_retransmits = 2;
	check(&f, VALIDITY_SUSPECT, "; 2 of them were to open connections", "or two did");
	f.in.network.retransmits = 9;
	f.in.network.out_segments = 900;
	check(&f, VALIDITY_VALID, NULL, "nine may be anybody's");
	f.in.network.listen_drops = 3;
	check(&f, VALIDITY_SUSPECT, "the kernel dropped 3 new connections", "drops");
	f.in.network.listen_overflows = 2;
	check(&f, VALIDITY_SUSPECT, "a listen queue overflowed 2 times", "overflows are drops");
	tear_down(&f);
}

static void test_ports(void)
{
	struct load_failure refused = {
		.error = LOAD_ERROR_CONNECT, .count = 5, .text = "connect: connection refused"};
	struct load_failure without = {.error = LOAD_ERROR_CONNECT,
				       .count = 1200,
				       .text = "connect: no local port left for 127.0.0.1:80"};
	struct fixture f;

	set_up(&f);
	vec_push(&f.result.failures, refused);
	check(&f, VALIDITY_VALID, NULL, "failures are figures, and not a fault of the load");
	vec_push(&f.result.failures, without);
	check(&f, VALIDITY_SUSPECT, "1,200 requests found no local port left", "but those are");
	ok(strstr(strbuf_text(&f.reasons), "--source") != NULL, "with the remedy");
	tear_down(&f);
}

static void test_machine(void)
{
	struct fixture f;

	set_up(&f);
	f.in.steal_ratio = 0.02;
	check(&f, VALIDITY_VALID, NULL, "2 % of steal");
	f.in.steal_ratio = 0.031;
	check(&f, VALIDITY_SUSPECT, "other virtual machines took 3.1 % of the CPUs (steal)",
	      "more");
	f.in.steal_ratio = 0;
	f.in.unsteady = "no steady state was reached in 10 s: all of it is shown";
	check(&f, VALIDITY_SUSPECT, "no steady state was reached in 10 s: all of it is shown",
	      "no end of the warm-up");
	tear_down(&f);
}

int main(void)
{
	test_valid();
	test_nothing();
	test_unsent();
	test_saturated();
	test_generator();
	test_rate();
	test_stages();
	test_sent_rate();
	test_lag();
	test_freeze();
	test_gaps();
	test_drawn_gaps();
	test_growth();
	test_filling();
	test_connections();
	test_network();
	test_ports();
	test_machine();
	return tap_done();
}
