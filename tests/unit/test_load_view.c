/* The load of an arm: its runs merged, though their request names have other ids. */
#include "view/load_view.h"

#include <errno.h>

#include "sample_view.h"
#include "store/store_load.h"

static struct sample_view view;

static void read_arm(struct load_view *load, uint32_t arm)
{
	struct err err = {0};

	sample_check(load_view_read(load, &view.arena, &view.selection, arm, &err), &err);
}

static uint64_t count_ends(const struct load_counts *counts)
{
	return counts->answered + counts->errors[LOAD_ERROR_CONNECT] +
	       counts->errors[LOAD_ERROR_TIMEOUT] + counts->errors[LOAD_ERROR_PROTOCOL] +
	       counts->errors[LOAD_ERROR_UNANSWERED];
}

static const struct load_view_name *find(const struct load_view *load, const char *name)
{
	for (uint32_t i = 0; i < load->name_count; i++)
		if (strcmp(load->names[i].name, name) == 0)
			return &load->names[i];
	return NULL;
}

static void test_head(void)
{
	const struct histogram *lag;
	struct load_view load;

	read_arm(&load, 0);
	is_str(load.url, "http://127.0.0.1:8080", "url");
	is_str(load.mode, "closed", "closed loop");
	ok(load.histograms[LOAD_HISTOGRAM_SEND_LAG] == NULL && load.rate_hz == 0.0,
	   "has no send lag");
	ok(load.connections == 10 && load.threads == 2, "connections and threads");
	is_int(load.run_count, 6, "six runs");
	is_int(load.duration_ns, 18 * SAMPLE_SECOND_NS, "their windows, summed");
	is_int(load.client_cpu_ns, 6 * 100000000 + 2 + 3 + 6 + 7 + 9 + 12,
	       "generator's CPU, summed");
	is_int(load.client_wait_ns, 6000000, "its waiting");
	is_int(load.in_flight_max, 20, "the most in flight");
	is_int(load.reconnects, 12, "reconnects");
	is_int(load.validity, VALIDITY_VALID, "valid");
	is_str(load.reasons, "", "without reasons");
	load_view_release(&load);
	read_arm(&load, 1);
	is_str(load.mode, "open", "open loop");
	lag = load.histograms[LOAD_HISTOGRAM_SEND_LAG];
	ok(lag != NULL && lag->count == 6 * 369, "send lag, merged");
	is_near(load.rate_hz, 123.5, 0, "rate");
	load_view_release(&load);
	load_view_release(&load);
}

static void test_counts(void)
{
	const struct load_view_name *hello, *upload;
	struct load_view load;

	read_arm(&load, 0);
	hello = find(&load, "hello");
	upload = find(&load, "upload");
	is_int(load.name_count, 2, "two names");
	ok(hello != NULL && upload != NULL && strcmp(upload->method, "POST") == 0, "with methods");
	is_int(load.total.counts.offered, 6 * 369, "offered");
	is_int(load.total.counts.answered, 6 * 360, "answered");
	is_int(count_ends(&load.total.counts), 6 * 369, "every request ended in one way");
	is_int(count_ends(&hello->counts), hello->counts.offered, "of each name");
	is_int(count_ends(&upload->counts), upload->counts.offered, "too");
	is_int(hello->counts.answered, 6 * 300, "hello's own");
	is_int(upload->counts.answered, 6 * 60, "upload's own");
	is_int(hello->counts.errors[LOAD_ERROR_STATUS], 6 * 6, "status");
	is_int(upload->counts.errors[LOAD_ERROR_PROTOCOL], 6 * 3, "protocol");
	is_int(hello->counts.bytes_in, 6 * 30000, "bytes");
	is_int(load.total.response->count, load.total.counts.answered, "an answer, a latency");
	is_int(hello->response->sum_ns, UINT64_C(6) * (270 * 1000000 + 29 * 5000000 + 1500000000),
	       "exact sum");
	is_int(upload->response->min_ns, 8000000, "upload's latencies are not hello's");
	is_int(upload->response->max_ns, 8000000, "whatever their ids");
	is_int(hello->service->sum_ns, hello->response->sum_ns, "closed loop: service is response");
	is_int(hello->status[200], 6 * 294, "by status");
	is_int(hello->status[500], 6 * 6, "500");
	is_int(upload->status[201], 6 * 60, "201");
	is_int(load.total.status[200] + load.total.status[201] + load.total.status[500], 6 * 360,
	       "each answer has one");
	load_view_release(&load);
	read_arm(&load, 1);
	hello = find(&load, "hello");
	is_int(hello->service->sum_ns, UINT64_C(6) * (300 * 500000 + 1500000000),
	       "open loop: service where it was stored");
	load_view_release(&load);
	read_arm(&load, UINT32_MAX);
	is_int(load.total.counts.answered, 12 * 360, "all arms");
	load_view_release(&load);
}

static void test_seconds(void)
{
	struct load_view load;
	uint64_t answered = 0;

	read_arm(&load, 0);
	is_int(load.second_count, SAMPLE_SECONDS, "seconds of the window");
	for (uint32_t i = 0; i < load.second_count; i++)
		answered += load.seconds[i].counts.answered;
	is_int(answered, 6 * 360, "of all runs");
	is_int(load.seconds[1].second, 1, "by second");
	is_int(load.seconds[1].counts.answered, 6 * 120, "the second one");
	is_near((double)load.seconds[1].p50_ns, 1e6, 1e3, "its p50");
	is_int(load.seconds[1].p99_ns, 0, "its p99 is not earned");
	load_view_release(&load);
}

/* Sums, ends and every slot: a merge that lost or doubled a record would show. */
static void test_seconds_are_the_total(void)
{
	scoped(histogram_cleanup) struct histogram *sum = histogram_new();
	struct load_view load;

	read_arm(&load, UINT32_MAX);
	for (uint32_t i = 0; i < load.second_count; i++)
		load_view_add_second(&load.seconds[i], sum);
	ok(sum->count == load.total.response->count && sum->sum_ns == load.total.response->sum_ns &&
		   sum->min_ns == load.total.response->min_ns &&
		   sum->max_ns == load.total.response->max_ns &&
		   memcmp(sum->slots, load.total.response->slots, sizeof(sum->slots)) == 0,
	   "the seconds' response times together are the total's");
	load_view_release(&load);
}

/* Of run 2, which is of the first arm: as thread seconds and ages come from the generator. */
static void test_generator(void)
{
	const struct load_thread_second threads[] = {
		{.second = 0,
		 .thread = 0,
		 .in_flight = 3,
		 .waiting = 1,
		 .cpu_ns = 10,
		 .wait_ns = 4,
		 .lag_p50_ns = 7,
		 .lag_max_ns = 90},
		{.second = 0,
		 .thread = 1,
		 .in_flight = 4,
		 .waiting = 2,
		 .cpu_ns = 20,
		 .wait_ns = 5,
		 .lag_p50_ns = 8,
		 .lag_max_ns = 80},
		{.second = SAMPLE_SECONDS, .thread = 1, .in_flight = 1, .cpu_ns = 30},
	};
	int64_t key = sample_get_key(&view.sample, SAMPLE_ID, 2);
	struct load_view load;
	struct err err = {0};

	sample_store_sql(&view.sample, "DELETE FROM load_thread_second"); /* the sample's own */
	read_arm(&load, 0);
	ok(!load.has_generator, "without thread seconds the generator's are not known");
	load_view_release(&load);
	sample_check(store_add_load_thread_seconds(view.sample.store, key, threads, 3, &err), &err);
	read_arm(&load, 0);
	ok(load.has_generator, "with them they are");
	is_int(load.seconds[0].in_flight, 7, "threads add up");
	is_int(load.seconds[0].waiting, 3, "those that wait, too");
	is_int(load.seconds[0].client_cpu_ns, 30, "their CPU time");
	is_int(load.seconds[0].client_wait_ns, 9, "and waiting");
	is_int(load.seconds[0].lag_p50_ns, 8, "of the send lag the worst stays");
	is_int(load.seconds[0].lag_max_ns, 90, "of its maximum, too");
	is_int(load.seconds[1].in_flight, 0, "a second that says nothing");
	is_int(load.second_count, SAMPLE_SECONDS + 1, "one without requests is a second, too");
	is_int(load.seconds[SAMPLE_SECONDS].client_cpu_ns, 30, "and has its CPU time");
	is_int(load.duration_ns, 18 * SAMPLE_SECOND_NS, "but the window is the window");
	load_view_release(&load);
	sample_store_sql(&view.sample, "DELETE FROM load_thread_second");
}

static void test_censored(void)
{
	scoped(histogram_cleanup) struct histogram *none = histogram_new();
	scoped(histogram_cleanup) struct histogram *ages = histogram_new();
	struct load_second seconds[2] = {
		{.second = 1, .name = 0, .response = none, .service = none, .censored = ages},
		{.second = 2, .name = 1, .response = none, .service = none, .censored = ages}};
	struct load_view load;
	struct err err = {0};

	read_arm(&load, 0);
	ok(load.total.censored == NULL && load.names[0].censored == NULL, "nothing given up on");
	load_view_release(&load);
	histogram_record_count(ages, 3000000000, 2);
	for (uint32_t number = 2; number <= 3; number++) /* their names have other ids */
		sample_check(store_add_load_seconds(view.sample.store,
						    sample_get_key(&view.sample, SAMPLE_ID, number),
						    seconds, number - 1, &err),
			     &err);
	read_arm(&load, 0);
	ok(load.total.censored != NULL && load.total.censored->count == 6, "merged over runs");
	is_int(load.total.censored->max_ns, 3000000000, "their ages");
	is_int(find(&load, "hello")->censored->count + find(&load, "upload")->censored->count, 6,
	       "and by name");
	is_int(find(&load, "hello")->censored->count, 4, "as the ids of each run have it");
	is_int(load.total.response->count, 6 * 360, "they are no answers");
	load_view_release(&load);
	sample_store_sql(&view.sample,
			 "DELETE FROM load_second WHERE offered=0 AND censored IS NOT NULL");
}

static void test_settings(void)
{
	struct load_view load;

	sample_store_sql(&view.sample,
			 "UPDATE load_summary SET resolve_ns=5, connects=10, tls_resumed=2,"
			 " resent=1, depth=4, protocol='HTTP/2', tls_cipher='TLSv1.3 X';"
			 "UPDATE load_summary SET resolve_ns=9, cut_seconds=2, warmup='cut 2 s'"
			 " WHERE run=2;"
			 "INSERT INTO load_histogram SELECT run, 'connect', data, sum_ns, min_ns,"
			 " max_ns FROM load_histogram WHERE kind='send_lag'");
	read_arm(&load, 0);
	is_str(load.schedule, "10 connections", "schedule");
	is_str(load.protocol, "HTTP/2", "protocol");
	is_str(load.tls_cipher, "TLSv1.3 X", "cipher");
	is_int(load.depth, 4, "depth");
	is_int(load.resolve_ns, 9, "the slowest look-up");
	is_int(load.connects, 60, "connections add up");
	is_int(load.tls_resumed, 12, "resumed sessions");
	is_int(load.resent, 6, "requests sent again");
	is_int(load.cut_seconds, 2, "the longest cut");
	is_str(load.warmup, "run 2: cut 2 s\n", "with the run's number");
	load_view_release(&load);
	read_arm(&load, UINT32_MAX);
	is_str(load.schedule, "10 connections; 123/s", "what arms differ in stands side by side");
	ok(load.histograms[LOAD_HISTOGRAM_CONNECT] != NULL &&
		   load.histograms[LOAD_HISTOGRAM_CONNECT]->count == 6 * 369,
	   "times of connections, merged");
	ok(load.histograms[LOAD_HISTOGRAM_TLS] == NULL, "none of handshakes");
	load_view_release(&load);
}

/* Each name's seconds are its own, and all names' together the total's. */
static void test_name_seconds(void)
{
	const struct load_view_name *hello, *upload;
	struct load_view load;

	read_arm(&load, 0);
	hello = find(&load, "hello");
	upload = find(&load, "upload");
	is_int(hello->second_count, SAMPLE_SECONDS, "hello's seconds");
	for (uint32_t i = 0; i < SAMPLE_SECONDS; i++) {
		is_int(hello->seconds[i].counts.answered, 600, "its answers");
		is_int(upload->seconds[i].max_ns, 8000000, "upload's response times");
		is_int(hello->seconds[i].sum_ns + upload->seconds[i].sum_ns, load.seconds[i].sum_ns,
		       "together the total's");
	}
	ok(load.total.seconds == load.seconds && load.total.second_count == load.second_count,
	   "the total's seconds are the view's");
	load_view_release(&load);
}

static void test_failures(void)
{
	struct load_view load;
	uint64_t first = 0, last = 0;

	read_arm(&load, 0);
	is_int(load.failure_count, 4, "failures of the same kind are one");
	ok(load.failures[0].count == 36 && load.failures[0].error == LOAD_ERROR_STATUS &&
		   strcmp(load.failures[0].text, "500 Oh, no") == 0,
	   "most frequent first");
	is_str(load.names[load.failures[0].name].name, "hello", "of the right name");
	first = load.failures[0].first_ns;
	last = load.failures[0].last_ns;
	is_int(first, sample_begin_ns(2) + 1, "first seen in the first run");
	is_int(last, sample_begin_ns(12) + 8, "last in the last");
	for (uint32_t i = 1; i < load.failure_count; i++) {
		bool is_upload = load.failures[i].error == LOAD_ERROR_PROTOCOL;

		is_int(load.failures[i].count, 18, "the others");
		is_str(load.names[load.failures[i].name].name, is_upload ? "upload" : "hello",
		       "with their names");
	}
	load_view_release(&load);
}

static void test_validity(void)
{
	struct load_view load;

	sample_store_sql(&view.sample,
			 "UPDATE run SET validity='SUSPECT', reasons='late' WHERE number=2;"
			 "UPDATE run SET validity='REFUSED', reasons='busy' || char(10) || 'slow'"
			 " WHERE number=9");
	sample_view_select(&view, "@last");
	read_arm(&load, 0);
	is_int(load.validity, VALIDITY_REFUSED, "the worst of the runs");
	is_str(load.reasons, "run 2: late\nrun 9: busy\nrun 9: slow\n", "each reason with its run");
	load_view_release(&load);
	sample_view_select(&view, "k7f3.9");
	read_arm(&load, 0);
	is_str(load.reasons, "busy\nslow\n", "one run needs no number");
	load_view_release(&load);
	sample_view_select(&view, "@last");
}

/* `err` may still hold a sentence from before. */
static void is_damaged_by(const char *change, const char *part)
{
	struct load_view load;
	struct err err = {0};

	err_set(&err, -ENOENT, "something else");
	sample_store_sql(&view.sample, change);
	is_int(load_view_read(&load, &view.arena, &view.selection, 0, &err), -EBADMSG, change);
	if (!ok(strstr(err_text(&err), part) != NULL, part))
		printf("# %s\n", err_text(&err));
}

static void test_damage(void)
{
	struct load_view load;
	struct err err = {0};

	is_damaged_by("UPDATE load_second SET name=2 WHERE name=1", "the load of run 2 is damaged");
	sample_store_sql(&view.sample, "UPDATE load_second SET name=1 WHERE name=2");
	is_damaged_by("UPDATE request_name SET id=7 WHERE id=1", "request names of run");
	sample_store_sql(&view.sample, "UPDATE request_name SET id=1 WHERE id=7");
	sample_store_sql(&view.sample, "UPDATE load_failure SET name=99;"
				       "UPDATE load_status SET status=600 WHERE status=500");
	is_int(load_view_read(&load, &view.arena, &view.selection, 0, &err), 0,
	       "failures and statuses of nobody are left out");
	is_int(load.failure_count, 0, "all of them");
	load_view_release(&load);
	sample_store_sql(&view.sample, "UPDATE load_second SET second=4294967290 WHERE second=2");
	read_arm(&load, 0);
	is_int(load.second_count, 2, "nor is there a second after a hundred years");
	load_view_release(&load);
	sample_store_sql(&view.sample, "DELETE FROM load_summary");
	is_int(load_view_read(&load, &view.arena, &view.selection, 0, &err), -ENOENT, "no load");
	is_str(err_text(&err), "@last has no load", "… with a sentence");
}

int main(void)
{
	sample_view_open(&view);
	test_head();
	test_counts();
	test_seconds();
	test_seconds_are_the_total();
	test_name_seconds();
	test_generator();
	test_censored();
	test_settings();
	test_failures();
	test_validity();
	test_damage();
	sample_view_close(&view);
	return tap_done();
}
