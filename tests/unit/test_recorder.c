#include "load/recorder.h"

#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { NAMES = 2 };

#define BEGIN_NS (1000 * (uint64_t)NS_PER_S)
#define END_NS (BEGIN_NS + 100 * (uint64_t)NS_PER_S)
#define MS(n) ((uint64_t)(n)*NS_PER_MS)

static const struct failure good = {.error = LOAD_ERROR_COUNT};

/* An answer intended and sent at these times after the begin of the window. */
static void add(struct recorder *recorder, uint32_t name, uint64_t intended_ns, uint64_t sent_ns,
		uint64_t done_ns, const struct failure *failure)
{
	const struct recorder_entry entry = {
		.name = name,
		.status = failure->error == LOAD_ERROR_STATUS ? 500 : 200,
		.intended_ns = BEGIN_NS + intended_ns,
		.sent_ns = BEGIN_NS + sent_ns,
		.first_byte_ns = BEGIN_NS + sent_ns,
		.done_ns = BEGIN_NS + done_ns,
		.bytes_in = 10,
		.bytes_out = 1,
		.failure = *failure,
	};

	recorder_add(recorder, &entry, END_NS);
}

static const struct load_second *find_second(const struct load_batch *batch, uint32_t second,
					     uint32_t name)
{
	for (size_t i = 0; i < batch->seconds.count; i++) {
		if (batch->seconds.items[i].second == second &&
		    batch->seconds.items[i].name == name)
			return &batch->seconds.items[i];
	}
	return NULL;
}

static void test_seconds(void)
{
	const struct failure status = {
		.error = LOAD_ERROR_STATUS, .cause = FAILURE_STATUS, .detail = 500};
	const struct failure timeout = {
		.error = LOAD_ERROR_TIMEOUT, .cause = FAILURE_TIMEOUT, .detail = 1};
	struct collector collector;
	struct recorder recorder;
	struct load_batch batch = {0};
	const struct load_second *first, *third;

	collector_init(&collector, NAMES, 1);
	recorder_init(&recorder,
		      &(struct recorder_config){.collector = &collector, .name_count = NAMES});
	recorder_begin(&recorder, BEGIN_NS);
	add(&recorder, 0, MS(100), MS(150), MS(200), &good);
	add(&recorder, 0, MS(300), MS(300), MS(310), &status);
	/* intended in second 0, done in second 2 */
	add(&recorder, 0, MS(900), MS(1950), MS(2100), &good);
	add(&recorder, 0, MS(950), 0, MS(2200), &timeout);
	recorder_finish(&recorder);
	collector_collect(&collector, &batch);
	first = find_second(&batch, 0, 0);
	third = find_second(&batch, 2, 0);
	if (ok(first != NULL && third != NULL, "records of seconds 0 and 2")) {
		is_int(first->counts.offered, 2,
		       "counts are of the second in which requests ended");
		is_int(first->counts.answered, 2, "a status of 500 is an answer");
		is_int(first->counts.errors[LOAD_ERROR_STATUS], 1, "and an error");
		is_int(first->counts.bytes_in, 20, "bytes");
		is_int(third->counts.offered, 2, "later ones");
		is_int(third->counts.answered, 1, "one answered");
		is_int(third->counts.errors[LOAD_ERROR_TIMEOUT], 1, "one not");
		is_int(first->response->count, 3,
		       "latencies are of the second of the intended time");
		is_int(first->response->max_ns, MS(1200), "from the intended time");
		is_int(first->service->max_ns, MS(150), "and from the send");
		is_int(third->response->count, 0, "not of the second of the answer");
		ok(first->censored != NULL && first->censored->count == 1 &&
			   first->censored->max_ns == MS(1250),
		   "and so is the age of one that was given up on");
	}
	is_int(recorder.status[200], 2, "status 200");
	is_int(recorder.status[500], 1, "status 500");
	is_int(recorder.failures.count, 2, "kinds of failures");
	load_batch_release(&batch);
	recorder_release(&recorder);
	collector_release(&collector);
}

static void test_window(void)
{
	struct collector collector;
	struct recorder recorder;
	struct load_total *totals;
	struct load_progress progress;
	struct recorder_entry entry = {.failure = {.error = LOAD_ERROR_COUNT}, .status = 200};

	collector_init(&collector, 1, 1);
	recorder_init(&recorder, &(struct recorder_config){.collector = &collector,
							   .name_count = 1,
							   .is_closed_loop = true});
	recorder_begin(&recorder, BEGIN_NS);
	entry.intended_ns = entry.sent_ns = entry.first_byte_ns = BEGIN_NS - 1;
	entry.done_ns = BEGIN_NS + 5;
	recorder_add(&recorder, &entry, END_NS);
	entry.intended_ns = entry.sent_ns = entry.first_byte_ns = END_NS;
	entry.done_ns = END_NS + 5;
	recorder_add(&recorder, &entry, END_NS);
	entry.intended_ns = entry.sent_ns = entry.first_byte_ns = END_NS - 1;
	recorder_add(&recorder, &entry, END_NS);
	recorder_finish(&recorder);
	collector_get_progress(&collector, &progress);
	is_int(progress.answered, 1, "only what was intended in the window is booked");
	is_int(progress.p99_ns, 6, "p99");
	totals = collector_take_totals(&collector);
	is_int(totals[0].counts.offered, 1, "in the totals, too");
	is_int(totals[0].service->count, 1, "closed loop: the service time is the response time");
	is_int(totals[0].service->max_ns, 6, "  the same");
	histogram_free(totals[0].response);
	histogram_free(totals[0].service);
	free(totals);
	recorder_release(&recorder);
	collector_release(&collector);
}

/* What the thread did, by the second, and each request as it was. */
static void test_thread(void)
{
	struct collector collector;
	struct recorder recorder;
	struct load_batch batch = {0};
	const struct load_thread_second *seconds;

	collector_init(&collector, 1, 1);
	recorder_init(&recorder, &(struct recorder_config){.collector = &collector,
							   .name_count = 1,
							   .thread = 3,
							   .is_raw = true,
							   .has_slots = true});
	recorder_begin(&recorder, BEGIN_NS);
	recorder_tick(&recorder, BEGIN_NS);
	recorder_add_send(&recorder, BEGIN_NS - 1, BEGIN_NS, END_NS);
	recorder_add_send(&recorder, BEGIN_NS + MS(100), BEGIN_NS + MS(101), END_NS);
	recorder_add_send(&recorder, BEGIN_NS + MS(200), BEGIN_NS + MS(205), END_NS);
	add(&recorder, 0, MS(100), MS(101), MS(310), &good);
	recorder.thread_second.in_flight = 1;
	recorder_tick(&recorder, BEGIN_NS + MS(1001));
	add(&recorder, 0, MS(200), MS(205), MS(1950), &good);
	recorder_finish(&recorder);
	collector_collect(&collector, &batch);
	seconds = batch.threads.items;
	if (ok(batch.threads.count == 2, "a record a second")) {
		is_int(seconds[0].thread, 3, "of the thread");
		is_int(seconds[0].sent, 2, "requests of the window that it sent");
		is_int(seconds[0].in_flight, 1, "in flight at the end of the second");
		is_int(seconds[0].lag_max_ns, MS(5), "their lag");
		is_int(seconds[0].slots[3].answered, 1, "answers by the tenth of a second");
		is_int(seconds[1].second, 1, "the next second");
		is_int(seconds[1].sent, 0, "begins anew");
		is_int(seconds[1].slots[9].answered, 1, "its last tenth");
	}
	is_int(recorder.intended_gaps->max_ns, MS(100), "distance as planned");
	is_int(recorder.sent_gaps->max_ns, MS(104), "distance as sent");
	if (ok(batch.rows.count == 2, "each request as it was")) {
		is_int(batch.rows.items[0].intended_ns, BEGIN_NS + MS(100), "intended");
		is_int(batch.rows.items[0].sent_ns, BEGIN_NS + MS(101), "sent");
		is_int(batch.rows.items[0].last_byte_ns, BEGIN_NS + MS(310), "answered");
		is_int(batch.rows.items[0].error, LOAD_ERROR_COUNT, "well");
	}
	load_batch_release(&batch);
	recorder_release(&recorder);
	collector_release(&collector);
}

/* Two minutes of 1000 requests a second, some of them seconds late, and the owner's view of it. */
static void test_long(void)
{
	struct collector collector;
	struct recorder recorder;
	struct load_total *totals;
	struct load_progress progress = {0};
	uint64_t offered = 0, count = 0, allocations = 0, state = 1;
	size_t records = 0;
	bool right = true;

	collector_init(&collector, NAMES, 1);
	recorder_init(&recorder,
		      &(struct recorder_config){.collector = &collector, .name_count = NAMES});
	recorder_begin(&recorder, BEGIN_NS);
	for (uint64_t ms = 0; ms < 60000; ms++) {
		uint64_t late, before = alloc_get_count();

		state = state * 6364136223846793005u + 1442695040888963407u;
		late = state >> 56 == 0 ? state >> 54 << 3 : 1; /* one in 256 by up to 8 s */
		add(&recorder, ms % NAMES, MS(ms > late ? ms - late : 0), MS(ms), MS(ms) + 1000,
		    &good);
		recorder_tick(&recorder, BEGIN_NS + MS(ms));
		allocations += alloc_get_count() - before;
		if (ms % 1000 == 500) {
			struct load_batch batch = {0};

			collector_get_progress(&collector, &progress);
			right = right && (ms < 1000 || progress.rate_rps > 998.5);
			collector_collect(&collector, &batch);
			records += batch.seconds.count;
			for (size_t i = 0; i < batch.seconds.count; i++) {
				offered += batch.seconds.items[i].counts.offered;
				count += batch.seconds.items[i].response->count;
			}
			load_batch_release(&batch);
		}
	}
	recorder_finish(&recorder);
	totals = collector_take_totals(&collector);
	ok(right, "the rate of the last full second");
	is_int(totals[0].counts.offered + totals[1].counts.offered, 60000, "all are in the totals");
	is_int(totals[0].response->count + totals[1].response->count, 60000,
	       "with their latencies");
	ok(offered >= 58000 && count >= 57000, "the owner got them while it ran");
	ok(records < 60 * NAMES * 8, "in few records");
	ok(allocations < 60 * NAMES * 4, "and few allocations, none of them per request");
	for (int i = 0; i < NAMES; i++) {
		histogram_free(totals[i].response);
		histogram_free(totals[i].service);
	}
	free(totals);
	recorder_release(&recorder);
	collector_release(&collector);
}

int main(void)
{
	test_seconds();
	test_window();
	test_thread();
	test_long();
	return tap_done();
}
