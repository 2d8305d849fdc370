#include "lab/abort_watch.h"

#include "tap.h"
#include "util/clock.h"

static struct load_request requests[] = {
	{.name = "a", .method = "GET", .path = "/", .weight = 1},
	{.name = "b", .method = "GET", .path = "/b", .weight = 1},
};

static const struct load_config config = {.target = "http://127.0.0.1:1",
					  .requests = requests,
					  .request_count = 2,
					  .threads = 1,
					  .connections = 1,
					  .depth = 1,
					  .duration_ns = 1,
					  .timeout_ns = 1};

/* `answers` answers of `ms` each, and `failures` timeouts, of one name in a second. */
static void add(struct abort_watch *watch, uint32_t name, uint64_t answers, uint64_t ms,
		uint64_t failures)
{
	struct load_second second = {.name = name,
				     .response = histogram_new(),
				     .service = histogram_new(),
				     .censored = histogram_new()};

	second.counts.offered = answers + failures;
	second.counts.answered = second.counts.completed = answers;
	second.counts.errors[LOAD_ERROR_TIMEOUT] = failures;
	histogram_record_count(second.response, ms * NS_PER_MS, answers);
	histogram_record_count(second.censored, 2 * (uint64_t)NS_PER_S, failures);
	abort_watch_add(watch, &second);
	histogram_free(second.response);
	histogram_free(second.service);
	histogram_free(second.censored);
}

static void add_completed(struct abort_watch *watch, uint32_t second, uint64_t completed)
{
	struct load_second record = {
		.second = second, .response = histogram_new(), .counts = {.completed = completed}};

	abort_watch_add(watch, &record);
	histogram_free(record.response);
}

/* The load hands a second over when it has ended: the rate is that of those that have. */
static void test_rate(struct load *load)
{
	const char *conditions[] = {"rate > 400/s"};
	struct plan_load plan = {.abort_on = conditions, .abort_count = 1};
	struct abort_watch watch;

	abort_watch_init(&watch, &plan, load);
	ok(abort_watch_check(&watch, NS_PER_S) == NULL, "no rate is known after a second");
	add_completed(&watch, 0, 300);
	ok(abort_watch_check(&watch, NS_PER_S + NS_PER_S / 2) == NULL, "nor is it of a part");
	add_completed(&watch, 0, 200);
	add_completed(&watch, 1, 100);
	ok(abort_watch_check(&watch, 2 * NS_PER_S) == NULL, "500 in the first second");
	add_completed(&watch, 1, 350);
	for (uint32_t second = 2; second < 9; second++)
		add_completed(&watch, second, 450);
	add_completed(&watch, 9, 1);
	ok(abort_watch_check(&watch, 10 * (uint64_t)NS_PER_S) == NULL, "455 in the mean of nine");
	add_completed(&watch, 9, 1);
	add_completed(&watch, 10, 0);
	add_completed(&watch, 3, 50);
	is_str(abort_watch_check(&watch, 12 * (uint64_t)NS_PER_S), "rate > 400/s",
	       "two of nearly nothing bring it down");
	abort_watch_release(&watch);
}

int main(void)
{
	const char *conditions[] = {"failures < 100", "b.p50 < 50ms", "p99 < 1s"};
	struct plan_load plan = {.abort_on = conditions, .abort_count = 3};
	scoped(load_cleanup) struct load *load = NULL;
	struct abort_watch watch;
	struct err err = {0};

	if (!ok(load_new(&load, &config, &err) == 0, "a load"))
		return tap_done();
	abort_watch_init(&watch, &plan, load);
	ok(abort_watch_check(&watch, NS_PER_S) == NULL, "nothing measured breaks nothing");
	add(&watch, 0, 5000, 60, 0);
	add(&watch, 1, 10, 60, 0);
	ok(abort_watch_check(&watch, NS_PER_S) == NULL,
	   "the other name may be slow, and this one has too few answers yet");
	add(&watch, 1, 10, 60, 0);
	is_str(abort_watch_check(&watch, NS_PER_S), "b.p50 < 50ms", "20 of them are enough");
	abort_watch_release(&watch);

	abort_watch_init(&watch, &plan, load);
	add(&watch, 0, 5000, 1, 60);
	is_str(abort_watch_check(&watch, NS_PER_S), "p99 < 1s",
	       "timeouts are slow answers that never came");
	add(&watch, 0, 50000, 1, 39);
	ok(abort_watch_check(&watch, NS_PER_S) == NULL, "99 failures are below 100");
	add(&watch, 1, 0, 1, 1);
	is_str(abort_watch_check(&watch, NS_PER_S), "failures < 100", "100 are not");
	abort_watch_release(&watch);

	test_rate(load);
	plan.abort_count = 0;
	abort_watch_init(&watch, &plan, load);
	add(&watch, 0, 1, 1, 1000);
	ok(abort_watch_check(&watch, NS_PER_S) == NULL, "without conditions it never ends");
	abort_watch_release(&watch);
	return tap_done();
}
