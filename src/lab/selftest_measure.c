#include "lab/selftest_measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/interrupt.h"
#include "lab/selftest_judge.h"
#include "load/load.h"
#include "reference/reference_ping.h"
#include "reference/reference_truth.h"
#include "stats/quantile.h"
#include "util/alloc.h"
#include "util/clock.h"

#define PING_MIN_NS (500ull * NS_PER_MS)

struct measured {
	struct reference_server *server;
	struct reference_ping ping;
	struct load_result load;
	struct load_batch batch;
	uint64_t *due_ns;
	uint32_t due_count;
};

static void measured_release(struct measured *measured)
{
	reference_server_free(measured->server);
	reference_ping_release(&measured->ping);
	load_result_release(&measured->load);
	load_batch_release(&measured->batch);
	free(measured->due_ns);
}

/* ---- the load ---- */

static int wait_for_load(struct load *load, struct measured *measured)
{
	while (!load_is_finished(load)) {
		clock_sleep_until_ns(clock_now_ns() + 20 * NS_PER_MS);
		load_collect(load, &measured->batch);
		if (interrupt_get_count() == 0)
			continue;
		load_stop(load, true);
		return -ECANCELED;
	}
	return 0;
}

static int run_load(const struct load_config *config, struct measured *measured, struct err *err)
{
	scoped(load_cleanup) struct load *load = NULL;
	uint64_t begin_ns, end_ns;
	int r = load_new(&load, config, err);

	if (r == 0)
		r = load_start(load, &begin_ns, &end_ns, err);
	if (r == 0)
		r = reference_server_begin(measured->server, begin_ns, err);
	if (r < 0)
		return r;
	r = wait_for_load(load, measured);
	if (r < 0)
		return err_set(err, r, "interrupted");
	r = load_join(load, &measured->load, err);
	if (r == 0)
		load_collect(load, &measured->batch);
	return r;
}

static int put_load(const struct selftest_scenario *scenario, double rate_hz, uint64_t duration_ns,
		    uint64_t seed, struct measured *measured, struct err *err)
{
	struct load_request request = {
		.name = "request", .method = "GET", .path = "/", .weight = 1};
	char target[48];
	const struct load_config config = {
		.target = target,
		.requests = &request,
		.request_count = 1,
		.threads = 1,
		.connections = selftest_scenario_count_connections(rate_hz),
		.depth = 1,
		.rate_hz = rate_hz,
		.arrivals = scenario->truth == SELFTEST_QUEUE ? LOAD_ARRIVALS_POISSON
							      : LOAD_ARRIVALS_CONSTANT,
		.duration_ns = duration_ns,
		.timeout_ns = scenario->timeout_ns,
		.is_raw = scenario->truth == SELFTEST_QUEUE,
		.seed = seed,
	};

	snprintf(target, sizeof(target), "http://127.0.0.1:%u",
		 reference_server_get_port(measured->server));
	return run_load(&config, measured, err);
}

/* ---- due times ---- */

static int compare_u64(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void find_due(const struct selftest_scenario *scenario, double rate_hz,
		     struct measured *measured)
{
	const struct load_result *load = &measured->load;
	bool is_drawn = scenario->truth == SELFTEST_QUEUE;
	uint64_t count = is_drawn ? measured->batch.rows.count : load->totals[0].counts.offered;

	measured->due_ns = alloc_array(count, sizeof(*measured->due_ns));
	measured->due_count = (uint32_t)count;
	for (uint64_t k = 0; k < count; k++)
		measured->due_ns[k] =
			is_drawn ? measured->batch.rows.items[k].intended_ns
				 : load->begin_ns + (uint64_t)((double)k * 1e9 / rate_hz);
	if (is_drawn) /* rows come in the order of the answers */
		qsort(measured->due_ns, count, sizeof(*measured->due_ns), compare_u64);
}

/* ---- the truth ---- */

static void find_truth(const struct selftest_scenario *scenario, const struct measured *measured,
		       uint64_t seed, struct histogram *truth)
{
	const struct reference_log *log = reference_server_get_log(measured->server);
	struct reference_trace trace = {
		.due_ns = measured->due_ns,
		.stamps = log->stamps,
		.count = measured->due_count,
		.empty = &measured->ping,
		.seed = seed,
	};

	/* they differ only when something went wrong, which the counts will show */
	if (scenario->truth != SELFTEST_HANG && log->count < trace.count)
		trace.count = (uint32_t)log->count;
	switch (scenario->truth) {
	case SELFTEST_DELAY:
		reference_truth_delay(truth, &trace);
		break;
	case SELFTEST_QUEUE:
		reference_truth_queue(truth, &trace);
		break;
	case SELFTEST_FREEZE:
		reference_truth_freeze(truth, &trace, log->freeze_ns, log->thaw_ns);
		break;
	case SELFTEST_HANG:
		reference_truth_hang(truth, &trace, log->freeze_ns, log->thaw_ns);
		break;
	}
}

/* ---- the ruler's reading ---- */

static void merge_censored(const struct load_batch *batch, struct histogram *censored)
{
	for (size_t i = 0; i < batch->seconds.count; i++)
		if (batch->seconds.items[i].censored != NULL)
			histogram_merge(censored, batch->seconds.items[i].censored);
}

static void fill_figures(struct store_selftest_scenario *out, const struct measured *measured)
{
	const struct reference_log *log = reference_server_get_log(measured->server);
	const struct load_result *load = &measured->load;
	const struct histogram *lag = load->histograms[LOAD_HISTOGRAM_SEND_LAG];
	scoped(histogram_cleanup) struct histogram *ping = histogram_new();
	double span_ns = (double)(load->drain_end_ns - load->begin_ns);

	for (uint32_t i = 0; i < measured->ping.count; i++)
		histogram_record(ping, measured->ping.rtt_ns[i]);
	out->offered = load->totals[0].counts.offered;
	out->answered = load->totals[0].counts.answered;
	out->served = log->count + log->lost;
	out->ping_p50_ns = quantile_of_histogram(ping, 0.5);
	out->ping_p99_ns = quantile_of_histogram(ping, 0.99);
	out->lag_p50_ns = quantile_of_histogram(lag, 0.5);
	out->lag_p99_ns = quantile_of_histogram(lag, 0.99);
	out->client_wait_ratio = (double)load->client_wait_ns / (double)out->duration_ns;
	out->server_wait_ratio = span_ns > 0 ? (double)log->wait_ns / span_ns : 0;
}

static void find_laws(struct store_selftest_scenario *out, const struct measured *measured)
{
	const struct reference_log *log = reference_server_get_log(measured->server);

	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++)
		out->quantiles[i].law_ns = reference_truth_law_ns(
			measured->load.begin_ns, measured->load.end_ns, log->freeze_ns,
			log->thaw_ns, selftest_judge_get_level(i));
}

static void evaluate(const struct selftest_scenario *scenario, const struct measured *measured,
		     uint64_t seed, struct store_selftest_scenario *out)
{
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct selftest_reading reading = {.response = measured->load.totals[0].response,
					   .censored = censored};
	/* where the tail is the ping's, it goes as far as the ping has earned it */
	double tail_q = scenario->truth == SELFTEST_DELAY &&
					!quantile_is_earned(measured->ping.count, 0.999)
				? 0.99
				: 1;

	snprintf(out->name, sizeof(out->name), "%s", scenario->name);
	out->has_late = scenario->truth == SELFTEST_FREEZE || scenario->truth == SELFTEST_HANG;
	fill_figures(out, measured);
	if (scenario->truth == SELFTEST_FREEZE)
		find_laws(out, measured);
	find_truth(scenario, measured, seed, truth);
	merge_censored(&measured->batch, censored);
	selftest_judge_scenario(out, truth, &reading, tail_q);
}

/* ---- all of it ---- */

static uint64_t get_ping_ns(uint64_t duration_ns)
{
	uint64_t ping_ns = duration_ns / SELFTEST_PING_PART;

	return ping_ns > PING_MIN_NS ? ping_ns : PING_MIN_NS;
}

int selftest_measure(const struct selftest_scenario *scenario, double rate_hz, uint64_t duration_ns,
		     uint64_t seed, struct store_selftest_scenario *ret_scenario, struct err *err)
{
	scoped(measured_release) struct measured measured = {0};
	struct store_selftest_scenario out = {.duration_ns = duration_ns};
	struct reference_config config;
	int r;

	selftest_scenario_configure(scenario, rate_hz, duration_ns, seed, &config);
	r = reference_server_start(&measured.server, &config, err);
	if (r == 0)
		r = reference_ping_run(&measured.ping, reference_server_get_port(measured.server),
				       rate_hz, get_ping_ns(duration_ns), err);
	if (r == 0)
		r = put_load(scenario, rate_hz, duration_ns, seed + 1, &measured, err);
	if (r == 0)
		r = reference_server_stop(measured.server, err);
	if (r < 0)
		return r;
	find_due(scenario, rate_hz, &measured);
	evaluate(scenario, &measured, seed + 2, &out);
	*ret_scenario = out;
	return 0;
}
