/*
 * The whole engine against a server in this process, over a Unix socket. The server behaves as the
 * path of each request says, so that what the load generator must count is known exactly; nothing
 * here depends on how fast anything is.
 */
#include "load/load.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "load/engine.h"
#include "load/feed.h"
#include "load/worker.h"
#include "load_server.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

struct run {
	struct load_config config;
	struct load_request requests[4];
	struct load *load;
	struct load_batch batch;
	struct load_result result;
	uint64_t begin_ns, end_ns;
	struct err err;
};

static void prepare(struct run *run, const char *path, const struct feed *feed)
{
	*run = (struct run){0};
	run->requests[0] = (struct load_request){
		.name = "a", .method = "GET", .path = path, .weight = 1, .feed = feed};
	run->config = (struct load_config){
		.target = "http://unused",
		.requests = run->requests,
		.request_count = 1,
		.threads = 1,
		.connections = 1,
		.depth = 1,
		.timeout_ns = 60 * (uint64_t)NS_PER_S,
		.is_once = feed != NULL,
	};
}

static bool start(struct run *run, const struct server *server)
{
	if (load_new_at(&run->load, &run->config, &server->address, &run->err) == 0 &&
	    load_start(run->load, &run->begin_ns, &run->end_ns, &run->err) == 0)
		return true;
	printf("# %s\n", err_text(&run->err));
	return ok(false, "the load starts");
}

static struct load_counts sum_counts(const struct run *run)
{
	struct load_counts sum = {0};

	for (uint32_t i = 0; i < run->result.name_count; i++)
		load_counts_add(&sum, &run->result.totals[i].counts);
	return sum;
}

/* What holds after every run, whatever happened in it. */
static void check_identity(const struct run *run)
{
	struct load_counts sum = sum_counts(run), by_second = {0};
	uint64_t responses = 0, seconds_responses = 0, statuses = 0, failures = 0;

	for (uint32_t i = 0; i < run->result.name_count; i++) {
		const struct load_total *total = &run->result.totals[i];

		responses += total->response->count;
		ok(total->service->count == total->response->count,
		   "  as many service as response times");
		for (int status = 0; status < LOAD_STATUS_SLOTS; status++)
			statuses += total->status[status];
	}
	for (size_t i = 0; i < run->batch.seconds.count; i++) {
		load_counts_add(&by_second, &run->batch.seconds.items[i].counts);
		seconds_responses += run->batch.seconds.items[i].response->count;
	}
	for (size_t i = 0; i < run->result.failures.count; i++)
		failures += run->result.failures.items[i].count;
	is_int(sum.offered,
	       sum.answered + sum.errors[LOAD_ERROR_CONNECT] + sum.errors[LOAD_ERROR_TIMEOUT] +
		       sum.errors[LOAD_ERROR_PROTOCOL] + sum.errors[LOAD_ERROR_UNANSWERED],
	       "  offered = answered + connect + timeout + protocol + unanswered");
	is_int(responses, sum.answered, "  a latency for each answer");
	is_int(statuses, sum.answered, "  a status for each answer");
	is_int(failures, load_counts_failures(&sum), "  a kind for each failure");
	ok(memcmp(&sum, &by_second, sizeof(sum)) == 0, "  the seconds add up to the totals");
	is_int(seconds_responses, responses, "  so do their latencies");
	ok(run->result.begin_ns <= run->result.end_ns &&
		   run->result.end_ns <= run->result.drain_end_ns,
	   "  begin, end, drained");
}

static void finish(struct run *run)
{
	is_int(load_join(run->load, &run->result, &run->err), 0, "  joined");
	ok(load_is_finished(run->load), "  finished");
	load_collect(run->load, &run->batch);
	check_identity(run);
}

static void release(struct run *run)
{
	load_batch_release(&run->batch);
	load_result_release(&run->result);
	load_free(run->load);
}

static const struct load_failure *find_failure(const struct run *run, const char *text)
{
	for (size_t i = 0; i < run->result.failures.count; i++) {
		if (strcmp(run->result.failures.items[i].text, text) == 0)
			return &run->result.failures.items[i];
	}
	return NULL;
}

static void is_failure(const struct run *run, enum load_error error, uint64_t count,
		       const char *text)
{
	const struct load_failure *failure = find_failure(run, text);

	ok(failure != NULL && failure->error == error && failure->count == count, text);
}

/* Rows "0".."n-1", each with one of the behaviours in turn. */
static struct feed *make_feed(uint32_t rows, const char *const *paths, uint32_t path_count)
{
	struct feed *feed = NULL;
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, "path,row\n");
	for (uint32_t i = 0; i < rows; i++)
		strbuf_addf(&text, "%s,%u\n", paths[i % path_count], i);
	feed_new(&feed, "rows", text.data, text.length, ',', NULL);
	strbuf_release(&text);
	return feed;
}

/* Each row once, with every kind of answer, over 2 threads. */
static void test_once(void)
{
	static const char *const paths[] = {"ok",    "chunked", "500",	 "nothing",
					    "half",  "garbage", "extra", "bye",
					    "close", "idle",	"ok"};
	scoped(feed_cleanup) struct feed *feed = make_feed(1100, paths, 11);
	struct server *server = start_server(UINT32_MAX);
	struct load_counts sum;
	struct run run;
	bool each = true;

	printf("# each row once\n");
	prepare(&run, "/${path}?row=${row}", feed);
	run.config.threads = 2;
	run.config.connections = 5;
	if (start(&run, server)) {
		ok(run.end_ns == UINT64_MAX, "the end is not known");
		finish(&run);
		sum = sum_counts(&run);
		is_int(sum.offered, 1100, "each row was offered");
		/*
		 * After "idle" the server closes a connection that may carry the next request
		 * already.
		 */
		ok(sum.answered <= 700 && sum.answered >= 600, "answers");
		is_int(sum.errors[LOAD_ERROR_STATUS], run.result.totals[0].status[500],
		       "status 500 is an error, and an answer");
		is_int(sum.errors[LOAD_ERROR_CONNECT] + sum.errors[LOAD_ERROR_TIMEOUT], 0,
		       "no other errors");
		ok(find_failure(&run, "bytes after the end of the answer") != NULL, "extra bytes");
		ok(find_failure(&run, "bad status line") != NULL, "garbage");
		ok(find_failure(&run, "the server closed the connection inside the answer") != NULL,
		   "half an answer");
		ok(find_failure(&run, "the server closed the connection before the answer") != NULL,
		   "no answer");
		ok(run.result.is_exhausted, "the rows are through");
		is_int(run.result.thread_count, 2, "threads");
		ok(run.result.in_flight_max >= 2 && run.result.in_flight_max <= 5, "in flight");
		ok(run.result.connects >= 500 && run.result.reconnects_in_window >= 500,
		   "connections were opened again");
	}
	release(&run);
	/* Those sent on a connection that was being closed never reached the server. */
	for (uint32_t row = 0; row < 1100; row++)
		each = each && server->rows[row] <= 1;
	ok(each, "no row was sent twice");
	stop_server(server);
}

/* One connection, and no behaviour that races: the counts are exact, and the rows come in order. */
static void test_exact(void)
{
	static const char *const paths[] = {"ok",      "500",	"bye",	   "half",
					    "garbage", "extra", "nothing", "close"};
	scoped(feed_cleanup) struct feed *feed = make_feed(80, paths, 8);
	struct server *server = start_server(UINT32_MAX);
	struct load_counts sum;
	struct run run;

	printf("# exact counts\n");
	prepare(&run, "/${path}?row=${row}", feed);
	if (start(&run, server)) {
		finish(&run);
		sum = sum_counts(&run);
		is_int(sum.offered, 80, "offered");
		is_int(sum.answered, 40, "answered");
		is_int(run.result.totals[0].status[200], 30, "status 200");
		is_failure(&run, LOAD_ERROR_STATUS, 10, "status 500");
		is_failure(&run, LOAD_ERROR_PROTOCOL, 10,
			   "the server closed the connection inside the answer");
		is_failure(&run, LOAD_ERROR_PROTOCOL, 10,
			   "the server closed the connection before the answer");
		is_failure(&run, LOAD_ERROR_PROTOCOL, 10, "bad status line");
		is_failure(&run, LOAD_ERROR_PROTOCOL, 10, "bytes after the end of the answer");
		is_int(run.result.in_flight_max, 1, "one at a time");
		ok(run.result.histograms[LOAD_HISTOGRAM_SEND_LAG] == NULL,
		   "closed loop has no send lag");
	}
	release(&run);
	ok(server->is_in_order && server->last_row == 79, "rows in their order");
	stop_server(server);
}

/* Open loop: what is offered follows from the schedule alone. */
static void test_open_loop(void)
{
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# open loop\n");
	prepare(&run, "/ok", NULL);
	run.requests[1] = (struct load_request){
		.name = "b", .method = "GET", .path = "/chunked", .weight = 3};
	run.config.request_count = 2;
	run.config.connections = 3;
	run.config.threads = 2;
	run.config.rate_hz = 4000;
	run.config.warmup_ns = 50 * NS_PER_MS;
	run.config.duration_ns = 100 * NS_PER_MS;
	if (start(&run, server)) {
		is_int(run.end_ns - run.begin_ns, 100 * NS_PER_MS, "the window");
		finish(&run);
		is_int(sum_counts(&run).offered, 400,
		       "100 ms at 4000/s are 400 requests; the warm-up is not counted");
		is_int(sum_counts(&run).answered, 400, "all answered");
		is_int(run.result.totals[0].counts.offered, 100, "a share of 1 in 4, exactly");
		is_int(run.result.histograms[LOAD_HISTOGRAM_SEND_LAG]->count, 400,
		       "a send lag for each");
		ok(run.result.totals[0].response->sum_ns >= run.result.totals[0].service->sum_ns,
		   "response >= service time");
		is_int(run.result.connects, 3, "connections");
		is_int(run.result.reconnects_in_window, 0, "none opened again");
	}
	release(&run);
	stop_server(server);
}

static void test_closed_loop(void)
{
	struct server *server = start_server(UINT32_MAX);
	struct load_progress progress;
	struct run run;

	printf("# closed loop\n");
	prepare(&run, "/ok", NULL);
	run.config.connections = 4;
	run.config.threads = 2;
	run.config.warmup_ns = 10 * NS_PER_MS;
	run.config.duration_ns = 50 * NS_PER_MS;
	if (start(&run, server)) {
		while (!load_is_finished(run.load))
			load_get_progress(run.load, &progress);
		finish(&run);
		ok(sum_counts(&run).answered > 0, "answers");
		is_int(load_counts_failures(&run.result.totals[0].counts), 0, "no failures");
		load_get_progress(run.load, &progress);
		is_int(progress.answered, sum_counts(&run).answered,
		       "the progress ends where the result is");
	}
	release(&run);
	stop_server(server);
}

static void test_timeout(void)
{
	static const char *const paths[] = {"never"};
	scoped(feed_cleanup) struct feed *feed = make_feed(6, paths, 1);
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# timeouts\n");
	prepare(&run, "/${path}?row=${row}", feed);
	run.config.connections = 2;
	run.config.timeout_ns = 20 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		is_int(sum_counts(&run).offered, 6, "offered");
		is_failure(&run, LOAD_ERROR_TIMEOUT, 6, "timeout after 20 ms");
		ok(run.result.connects >= 6, "each on a connection of its own");
	}
	release(&run);

	prepare(&run, "/never", NULL);
	run.config.rate_hz = 1000;
	run.config.duration_ns = 100 * NS_PER_MS;
	run.config.timeout_ns = 50 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		is_int(sum_counts(&run).offered, 100, "open loop: all are offered");
		is_int(sum_counts(&run).errors[LOAD_ERROR_TIMEOUT], 100,
		       "sent or not, all time out");
		ok(find_failure(&run, "timeout after 50 ms, never sent: no connection was free") !=
			   NULL,
		   "most were not sent");
	}
	release(&run);
	stop_server(server);
}

static void test_stop(void)
{
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# stopped\n");
	prepare(&run, "/never", NULL);
	run.config.connections = 3;
	run.config.duration_ns = 600 * (uint64_t)NS_PER_S;
	if (start(&run, server)) {
		while (__atomic_load_n(&server->seen, __ATOMIC_ACQUIRE) < 3)
			sched_yield();
		load_stop(run.load, true);
		finish(&run);
		is_int(sum_counts(&run).offered, 3, "three were in flight");
		is_failure(&run, LOAD_ERROR_UNANSWERED, 3,
			   "the run was cut short before the answer");
		ok(run.result.end_ns < run.end_ns, "the window is cut");
	}
	release(&run);

	prepare(&run, "/ok", NULL);
	run.config.connections = 3;
	run.config.duration_ns = 600 * (uint64_t)NS_PER_S;
	if (start(&run, server)) {
		while (__atomic_load_n(&server->seen, __ATOMIC_ACQUIRE) < 100)
			sched_yield();
		load_stop(run.load, false);
		finish(&run);
		ok(sum_counts(&run).offered > 0, "stopped, but not at once");
		is_int(load_counts_failures(&run.result.totals[0].counts), 0,
		       "what was in flight was waited for");
	}
	release(&run);

	prepare(&run, "/ok", NULL);
	run.config.duration_ns = 600 * (uint64_t)NS_PER_S;
	start(&run, server);
	load_free(run.load);
	ok(true, "freed while it runs");
	stop_server(server);
}

static void test_connect(void)
{
	static const char *const paths[] = {"ok"};
	scoped(feed_cleanup) struct feed *feed = make_feed(9, paths, 1);
	struct server *server = start_server(5);
	struct load_counts sum;
	struct run run;

	printf("# a server that goes away\n");
	prepare(&run, "/${path}?row=${row}", feed);
	if (start(&run, server)) {
		finish(&run);
		sum = sum_counts(&run);
		is_int(sum.offered, 9, "offered");
		is_int(sum.answered, 5, "answered while it was there");
		is_int(sum.errors[LOAD_ERROR_CONNECT] + sum.errors[LOAD_ERROR_PROTOCOL], 4,
		       "and not after");
		ok(sum.errors[LOAD_ERROR_CONNECT] >= 3, "no connection to be had");
		ok(find_failure(&run, "connect: connection refused") != NULL, "refused");
	}
	release(&run);
	prepare(&run, "/ok", NULL);
	run.config.duration_ns = NS_PER_S;
	is_int(load_new_at(&run.load, &run.config, &server->address, &run.err), 0,
	       "a load to nobody");
	is_int(load_start(run.load, &run.begin_ns, &run.end_ns, &run.err), -ECONNREFUSED,
	       "does not start");
	ok(strstr(err_text(&run.err), server->address.text) != NULL,
	   "the sentence has the address");
	is_int(load_join(run.load, &run.result, &run.err), -EINVAL, "there is nothing to join");
	release(&run);

	stop_server(server);
	server = start_server(5);
	printf("# open loop, a server that goes away\n");
	prepare(&run, "/ok", NULL);
	run.config.rate_hz = 1000;
	run.config.duration_ns = 100 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		sum = sum_counts(&run);
		is_int(sum.offered, 100, "offered");
		is_int(sum.answered, 5, "answered");
		is_int(sum.errors[LOAD_ERROR_CONNECT] + sum.errors[LOAD_ERROR_PROTOCOL], 95,
		       "the others found no connection");
	}
	release(&run);
	stop_server(server);
}

/*
 * Eight requests at a time on one connection. A server that announces the end of the connection has
 * not looked at what is behind: that goes out again, and each row is answered once.
 */
static void test_pipelining(void)
{
	static const char *const paths[] = {"ok", "chunked", "500", "ok", "bye"};
	scoped(feed_cleanup) struct feed *feed = make_feed(1000, paths, 5);
	struct server *server = start_server(UINT32_MAX);
	struct run run;
	bool each = true;

	printf("# pipelining\n");
	prepare(&run, "/${path}?row=${row}", feed);
	run.config.depth = 8;
	if (start(&run, server)) {
		finish(&run);
		is_int(sum_counts(&run).answered, 1000, "each row was answered");
		is_int(run.result.in_flight_max, 8, "eight in flight");
		ok(run.result.resent >= 200, "what was behind a closed connection was sent again");
		is_int(run.result.connects, 200, "a connection for each that was closed");
	}
	release(&run);
	for (uint32_t row = 0; row < 1000; row++)
		each = each && server->rows[row] == 1;
	ok(each, "the server has seen each row once");
	stop_server(server);

	server = start_server(UINT32_MAX);
	printf("# pipelining: one garbled answer spoils what is behind it\n");
	prepare(&run, "/extra", NULL);
	run.config.depth = 4;
	run.config.iterations = 40;
	if (start(&run, server)) {
		finish(&run);
		is_int(sum_counts(&run).offered, 40, "offered");
		ok(sum_counts(&run).errors[LOAD_ERROR_PROTOCOL] >= 30, "protocol errors");
	}
	release(&run);
	stop_server(server);
}

/* Each request as it was, at the times that the schedule drew. */
static void test_poisson(void)
{
	struct server *server = start_server(UINT32_MAX);
	struct arrivals arrivals;
	struct arrivals_plan plan;
	struct course course;
	uint64_t next = 0;
	bool same = true;
	struct run run;

	printf("# Poisson arrivals\n");
	prepare(&run, "/ok", NULL);
	run.config.connections = 4;
	run.config.rate_hz = 3000;
	run.config.arrivals = LOAD_ARRIVALS_POISSON;
	run.config.seed = 5;
	run.config.is_raw = true;
	run.config.duration_ns = 100 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		course_init_constant(&course, 3000);
		plan = (struct arrivals_plan){.course = &course,
					      .is_poisson = true,
					      .begin_ns = run.begin_ns,
					      .end_k = UINT64_MAX,
					      .threads = 1,
					      .seed = 5};
		is_int(run.batch.rows.count, sum_counts(&run).offered, "a row for each request");
		for (arrivals_init(&arrivals, &plan, 0); arrivals.next_ns < run.end_ns;
		     arrivals_advance(&arrivals), next++) {
			bool is_there = false;

			/* answers may overtake each other */
			for (size_t i = 0; i < run.batch.rows.count && !is_there; i++)
				is_there = run.batch.rows.items[i].intended_ns == arrivals.next_ns;
			same = same && is_there;
		}
		ok(same, "intended when the schedule drew them");
		is_int(next, run.batch.rows.count, "no more and no fewer");
		for (size_t i = 0; i < run.batch.rows.count; i++) {
			const struct load_row *row = &run.batch.rows.items[i];

			same = same && row->intended_ns <= row->sent_ns &&
			       row->sent_ns <= row->first_byte_ns &&
			       row->first_byte_ns <= row->last_byte_ns && row->status == 200;
		}
		ok(same, "intended, sent, first byte, last byte");
		is_int(run.result.histograms[LOAD_HISTOGRAM_SENT_GAP]->count,
		       run.result.histograms[LOAD_HISTOGRAM_INTENDED_GAP]->count, "gaps");
		course_release(&course);
	}
	release(&run);
	stop_server(server);
}

static void test_stages(void)
{
	const struct load_stage rates[] = {{100 * NS_PER_MS, 4000}, {0, 1000}};
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# stages\n");
	prepare(&run, "/ok", NULL);
	run.config.connections = 4;
	run.config.threads = 2;
	run.config.stages = rates;
	run.config.stage_count = 2;
	run.config.duration_ns = 150 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		is_int(sum_counts(&run).offered, 250,
		       "a ramp of 100 ms to 4000/s and 50 ms of 1000/s are 250");
	}
	release(&run);
	stop_server(server);
}

static void test_iterations(void)
{
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# a fixed amount of work\n");
	for (int is_open = 0; is_open < 2; is_open++) {
		prepare(&run, "/ok", NULL);
		run.config.connections = 5;
		run.config.threads = 2;
		run.config.iterations = 101;
		run.config.rate_hz = is_open ? 5000 : 0;
		if (start(&run, server)) {
			finish(&run);
			is_int(sum_counts(&run).answered, 101, "so many requests, no more");
			ok(run.result.is_exhausted, "  and then nothing is left");
		}
		release(&run);
	}
	stop_server(server);
}

static void test_users(void)
{
	const struct load_stage ramp[] = {{40 * NS_PER_MS, 8}};
	struct server *server = start_server(UINT32_MAX);
	struct run run;

	printf("# users\n");
	prepare(&run, "/ok", NULL);
	run.requests[1] = run.requests[0]; /* of the same name */
	run.requests[1].path = "/bye";
	run.config.request_count = 2;
	run.config.connections = 8;
	run.config.threads = 2;
	run.config.is_users = true;
	run.config.stages = ramp;
	run.config.stage_count = 1;
	run.config.think = (struct load_think){LOAD_THINK_UNIFORM, NS_PER_MS, 3 * NS_PER_MS};
	run.config.duration_ns = 200 * NS_PER_MS;
	if (start(&run, server)) {
		finish(&run);
		is_int(run.result.name_count, 1, "requests of one name are booked together");
		ok(sum_counts(&run).answered >= 50 && sum_counts(&run).answered < 1600,
		   "users that think");
		is_int(load_counts_failures(&run.result.totals[0].counts), 0, "no failures");
		ok(run.result.in_flight_max <= 8, "one request a user");
		ok(run.result.connects >= 8, "each on its own connection");
	}
	release(&run);
	stop_server(server);
}

/* A worker in this thread, so that its allocations can be counted. */
static void test_allocations(void)
{
	static const char *const paths[] = {"ok", "chunked", "500"};
	scoped(feed_cleanup) struct feed *feed = make_feed(6000, paths, 3);
	struct server *server = start_server(UINT32_MAX);
	struct worker_shared shared = {
		.end_ns = UINT64_MAX, .take_limit = 6000, .name_count = 1, .depth = 1};
	const struct message_context context = {.authority = "h", .scheme = "http"};
	struct collector collector;
	struct message message;
	struct worker worker;
	uint64_t allocations, rows_taken = 0;
	uint32_t weight = 1;
	struct run run;

	printf("# allocations\n");
	prepare(&run, "/${path}?row=${row}", feed);
	run.config.connections = 4;
	message_init(&message, &run.requests[0], &context, NULL);
	mix_init(&shared.mix, &weight, 1, 0, NULL);
	collector_init(&collector, 1, 1);
	shared.config = &run.config;
	shared.messages = &message;
	shared.address = server->address;
	shared.collector = &collector;
	shared.rows_taken = &rows_taken;
	is_int(worker_init(&worker, &shared, 0, 4), 0, "a worker");
	is_int(worker_open(&worker), 4, "its connections");
	shared.begin_ns = shared.measure_begin_ns = clock_now_ns();
	allocations = alloc_get_count();
	worker_run(&worker);
	allocations = alloc_get_count() - allocations;
	is_int(worker.recorder.status[200], 4000, "4000 good answers");
	is_int(worker.recorder.status[500], 2000, "2000 bad ones");
	if (!ok(allocations < 200,
		"no allocation per request: only a few at the change of seconds"))
		printf("# %" PRIu64 " allocations\n", allocations);
	worker_release(&worker);
	collector_release(&collector);
	mix_release(&shared.mix);
	message_release(&message);
	stop_server(server);
}

static void is_refused(const struct run *run, const char *says)
{
	struct load *load = NULL;
	struct err err = {0};

	ok(load_new(&load, &run->config, &err) < 0 && load == NULL, says);
	if (!ok(strstr(err_text(&err), says) != NULL, "  says so"))
		printf("# %s\n", err_text(&err));
}

static void test_config(void)
{
	static const char *const paths[] = {"ok"};
	scoped(feed_cleanup) struct feed *feed = make_feed(1, paths, 1);
	struct run run;

	printf("# what is refused\n");
	prepare(&run, "/", NULL);
	run.config.target = "http://127.0.0.1:1";
	is_refused(&run, "duration");
	run.config.duration_ns = 1;
	run.config.threads = 2;
	is_refused(&run, "2 threads for 1 connections");
	run.config.threads = 1;
	run.config.rate_hz = -1;
	is_refused(&run, "rate");
	run.config.rate_hz = (double)NAN;
	is_refused(&run, "rate");
	run.config.rate_hz = 0;
	run.config.timeout_ns = 0;
	is_refused(&run, "timeout");
	run.config.timeout_ns = 1;
	run.requests[0].weight = 0;
	is_refused(&run, "weight");
	run.requests[0].weight = 1;
	run.config.is_once = true;
	is_refused(&run, "'a' has none");
	run.requests[0].feed = feed;
	run.config.warmup_ns = 1;
	is_refused(&run, "no warm-up");
	run.config.warmup_ns = 0;
	run.config.is_once = false;
	run.config.duration_ns = 1;
	run.config.depth = 0;
	is_refused(&run, "at least one request");
	run.config.depth = 2;
	run.config.is_closing = true;
	is_refused(&run, "carries one request, not 2");
	run.config.is_closing = false;
	run.config.think = (struct load_think){LOAD_THINK_CONSTANT, 1, 1};
	is_refused(&run, "one request at a time");
	run.config.depth = 1;
	run.config.rate_hz = 1;
	is_refused(&run, "no meaning at a rate");
	run.config.think.kind = LOAD_THINK_NONE;
	run.config.is_users = true;
	is_refused(&run, "users need stages");
	run.config.is_users = false;
	run.config.rate_hz = 0;
	run.requests[0].feed_order = LOAD_FEED_PER_USER;
	run.config.connections = 2;
	is_refused(&run, "a row for each user needs 2 rows, and rows has 1");
	run.requests[0].feed_order = LOAD_FEED_SEQUENTIAL;
	run.config.connections = 1;
	run.config.iterations = 5;
	run.config.warmup_ns = 1;
	is_refused(&run, "no warm-up");
	run.config.warmup_ns = 0;
	run.config.iterations = 0;
	run.config.request_count = 0;
	is_refused(&run, "no request");
	run.config.request_count = 1;
	run.config.connections = 0;
	is_refused(&run, "at least one connection");
	run.config.connections = 1;
	run.config.target = "http://127.0.0.1:1/x";
	is_refused(&run, "has a path");
	run.config.target = "https://127.0.0.1:1";
	is_refused(&run, "do not agree");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* the server writes to whom it has lost */
	test_once();
	test_exact();
	test_open_loop();
	test_closed_loop();
	test_timeout();
	test_stop();
	test_connect();
	test_pipelining();
	test_poisson();
	test_stages();
	test_iterations();
	test_users();
	test_allocations();
	test_config();
	return tap_done();
}
