/*
 * The figures of a run's window (model/metric.h), and what the load's measurement is worth (VALID,
 * SUSPECT, REFUSED).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/run.h"
#include "stats/quantile.h"
#include "util/clock.h"
#include "util/fmt.h"
#include "util/strbuf.h"

/*
 * Limits of a valid measurement. Beyond them the figures speak of the generator or the machine as
 * much as of the service: the generator's CPU (it is the bottleneck), its wait for a CPU (latencies
 * include it), the offered rate that was not reached, a send lag that is a visible part of the
 * latency, CPU time taken by the hypervisor.
 */
#define GENERATOR_CPU_LIMIT 0.95
#define GENERATOR_WAIT_LIMIT 0.20
#define RATE_LIMIT 0.99
#define SEND_LAG_LIMIT 0.20
#define STEAL_LIMIT 0.02

struct metric_vec {
	VEC_FIELDS(struct metric_value);
};

static void add(struct metric_vec *metrics, const char *name, const char *scope, double value)
{
	struct metric_value metric = {.value = value};

	if (!isfinite(value))
		return;
	snprintf(metric.name, sizeof(metric.name), "%s", name);
	snprintf(metric.scope, sizeof(metric.scope), "%s", scope);
	vec_push(metrics, metric);
}

/* Only quantiles that enough answers stand behind. */
static void add_latencies(struct metric_vec *metrics, const char *scope,
			  const struct histogram *histogram)
{
	static const struct {
		const char *name;
		double q;
	} quantiles[] = {{"latency_p50", 0.5},
			 {"latency_p75", 0.75},
			 {"latency_p90", 0.9},
			 {"latency_p95", 0.95},
			 {"latency_p99", 0.99}};

	if (histogram->count == 0)
		return;
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		if (quantile_is_earned(histogram->count, quantiles[i].q))
			add(metrics, quantiles[i].name, scope,
			    (double)quantile_of_histogram(histogram, quantiles[i].q));
	add(metrics, "latency_mean", scope, quantile_mean_ns(histogram));
	add(metrics, "latency_min", scope, (double)histogram->min_ns);
	add(metrics, "latency_max", scope, (double)histogram->max_ns);
}

static void add_counts(struct metric_vec *metrics, const char *scope,
		       const struct load_counts *counts, double seconds)
{
	double failures = (double)load_counts_failures(counts), offered = (double)counts->offered;

	add(metrics, "requests", scope, (double)counts->answered);
	add(metrics, "rate_rps", scope, (double)counts->completed / seconds);
	add(metrics, "bytes_in_per_s", scope, (double)counts->bytes_in / seconds);
	if (offered > 0) {
		add(metrics, "success_ratio", scope, 1 - failures / offered);
		add(metrics, "failures_per_request", scope, failures / offered);
	}
	if (counts->answered > 0)
		add(metrics, "bytes_per_request", scope,
		    (double)counts->bytes_in / (double)counts->answered);
}

static void add_load(struct run *run, struct metric_vec *metrics, struct load_total *total)
{
	const struct load_result *result = &run->result;
	double seconds = (double)(result->end_ns - result->begin_ns) / 1e9;

	for (uint32_t i = 0; i < result->request_count && seconds > 0; i++) {
		char scope[64];

		load_counts_add(&total->counts, &result->totals[i].counts);
		histogram_merge(total->response, result->totals[i].response);
		histogram_merge(total->service, result->totals[i].service);
		snprintf(scope, sizeof(scope), "request:%s", run->plan->load.requests[i].name);
		if (result->request_count > 1) {
			add_counts(metrics, scope, &result->totals[i].counts, seconds);
			add_latencies(metrics, scope, result->totals[i].response);
		}
	}
	if (seconds <= 0)
		return;
	add_counts(metrics, "", &total->counts, seconds);
	add_latencies(metrics, "", total->response);
	if (quantile_is_earned(total->service->count, 0.99))
		add(metrics, "service_p99", "",
		    (double)quantile_of_histogram(total->service, 0.99));
	if (quantile_is_earned(total->service->count, 0.5))
		add(metrics, "service_p50", "", (double)quantile_of_histogram(total->service, 0.5));
	if (total->counts.completed > 0)
		add(metrics, "client_cpu_per_request", "",
		    (double)result->client_cpu_ns / (double)total->counts.completed);
}

static const struct monitor_usage *find_role(const struct run_usage *usage, const char *role)
{
	for (uint32_t i = 0; i < usage->count; i++)
		if (strcmp(usage->roles[i].role, role) == 0)
			return &usage->roles[i];
	return NULL;
}

/* A role that appeared within the window began at zero. */
static void add_role(struct run *run, struct metric_vec *metrics, const struct monitor_usage *end,
		     double completed)
{
	static const struct monitor_usage zero;
	const struct monitor_usage *begin = find_role(&run->begin, end->role);
	const struct monitor_usage *peak = find_role(&run->peak, end->role);
	double seconds = (double)(run->end.time_ns - run->begin.time_ns) / 1e9;
	double cpu_ns, voluntary, involuntary;

	begin = begin != NULL ? begin : &zero;
	cpu_ns = (double)(end->cpu_ns - begin->cpu_ns);
	voluntary = (double)(end->switches_voluntary - begin->switches_voluntary);
	involuntary = (double)(end->switches_involuntary - begin->switches_involuntary);
	add(metrics, "cpu_mean", end->role, cpu_ns / 1e9 / seconds);
	if (cpu_ns > 0) {
		double user = (double)(end->user_ns - begin->user_ns),
		       system = (double)(end->system_ns - begin->system_ns);

		add(metrics, "cpu_user_share", end->role, user / (user + system));
		add(metrics, "cpu_system_share", end->role, system / (user + system));
	}
	add(metrics, "switches_voluntary_per_s", end->role, voluntary / seconds);
	add(metrics, "switches_involuntary_per_s", end->role, involuntary / seconds);
	if (peak != NULL) {
		double peak_ratio = (double)peak->cpu_ns / 1e9, mean_ratio = cpu_ns / 1e9 / seconds;

		add(metrics, "cpu_peak", end->role,
		    peak_ratio > mean_ratio ? peak_ratio : mean_ratio);
		add(metrics, "rss_peak", end->role, (double)peak->rss_bytes);
	}
	if (completed <= 0)
		return;
	add(metrics, "cpu_per_request", end->role, cpu_ns / completed);
	add(metrics, "switches_voluntary_per_request", end->role, voluntary / completed);
	add(metrics, "switches_involuntary_per_request", end->role, involuntary / completed);
	add(metrics, "wait_per_request", end->role,
	    (double)(end->wait_ns - begin->wait_ns) / completed);
	add(metrics, "faults_minor_per_request", end->role,
	    (double)(end->faults_minor - begin->faults_minor) / completed);
	add(metrics, "faults_major_per_request", end->role,
	    (double)(end->faults_major - begin->faults_major) / completed);
}

/*
 * Mean of a series over the window, weighted by the intervals that its points describe (the last is
 * as short as chance makes it); NAN without points.
 */
static double mean_in_window(const struct run *run, const char *name, const char *scope)
{
	const struct series *series = series_list_find(&run->series, name, scope);
	double sum = 0, weight = 0;

	for (size_t i = 1; series != NULL && i < series->points.count; i++) {
		const struct series_point *point = &series->points.items[i];
		double interval_ns = (double)(point->time_ns - point[-1].time_ns);

		if (point->time_ns <= run->begin.time_ns || point->time_ns > run->end.time_ns)
			continue;
		sum += point->value * interval_ns;
		weight += interval_ns;
	}
	return weight > 0 ? sum / weight : (double)NAN;
}

static void judge_generator(const struct run *run, struct strbuf *reasons)
{
	const struct load_result *result = &run->result;
	double thread_ns = (double)(result->end_ns - result->begin_ns) * result->thread_count;
	double cpu = (double)result->client_cpu_ns / thread_ns,
	       wait = (double)result->client_wait_ns / thread_ns;
	char text[FMT_BYTES];

	if (cpu > GENERATOR_CPU_LIMIT)
		strbuf_addf(reasons,
			    "the load generator used %s of its %u thread(s)' CPU: it may be the "
			    "bottleneck; more threads (-t)\n",
			    fmt_percent(text, cpu), result->thread_count);
	if (wait > GENERATOR_WAIT_LIMIT)
		strbuf_addf(reasons,
			    "the load generator waited for a CPU %s of the time: latencies include "
			    "it; pin the services (cpus:) or use another machine\n",
			    fmt_percent(text, wait));
}

static void judge_schedule(const struct run *run, const struct load_total *total,
			   struct strbuf *reasons)
{
	const struct load_result *result = &run->result;
	double seconds = (double)(result->end_ns - result->begin_ns) / 1e9;
	double offered_rps = (double)total->counts.offered / seconds,
	       rate_hz = run->plan->load.rate_hz;
	uint64_t lag_ns, response_ns;
	char lag[FMT_BYTES], response[FMT_BYTES];

	if (rate_hz <= 0)
		return;
	if (offered_rps < rate_hz * RATE_LIMIT - 1 / seconds)
		strbuf_addf(reasons, "offered %.1f requests/s of the %.1f asked for\n", offered_rps,
			    rate_hz);
	if (result->send_lag == NULL || result->send_lag->count == 0 || total->response->count == 0)
		return;
	lag_ns = quantile_of_histogram(result->send_lag, 0.5);
	response_ns = quantile_of_histogram(total->response, 0.5);
	if ((double)lag_ns > SEND_LAG_LIMIT * (double)response_ns)
		strbuf_addf(reasons,
			    "requests were sent %s late (median), which is much of the response "
			    "time of %s\n",
			    fmt_duration(lag, (double)lag_ns),
			    fmt_duration(response, (double)response_ns));
}

static enum validity judge(const struct run *run, const struct load_total *total,
			   struct strbuf *reasons)
{
	char text[FMT_BYTES];
	double steal = mean_in_window(run, "cpu.steal_ratio", "host");

	if (run->result.end_ns <= run->result.begin_ns || total->counts.offered == 0) {
		strbuf_add_text(reasons, "no request was sent in the measured window\n");
		return VALIDITY_REFUSED;
	}
	if (total->counts.answered == 0) {
		strbuf_addf(reasons, "none of %llu requests was answered\n",
			    (unsigned long long)total->counts.offered);
		return VALIDITY_REFUSED;
	}
	judge_generator(run, reasons);
	judge_schedule(run, total, reasons);
	if (steal > STEAL_LIMIT)
		strbuf_addf(reasons, "other virtual machines took %s of the CPUs (steal)\n",
			    fmt_percent(text, steal));
	return reasons->length > 0 ? VALIDITY_SUSPECT : VALIDITY_VALID;
}

static int store_validity(struct run *run, const struct load_total *total, struct err *err)
{
	struct strbuf reasons;
	enum validity validity;
	int r;

	strbuf_init(&reasons, 16 * 1024);
	validity = judge(run, total, &reasons);
	r = store_set_validity(run->options->store, run->key, validity, strbuf_text(&reasons), err);
	strbuf_release(&reasons);
	if (validity > run->outcome->validity)
		run->outcome->validity = validity;
	return r;
}

int run_store_metrics(struct run *run, struct err *err)
{
	struct metric_vec metrics = {0};
	struct load_total total = {.response = histogram_new(), .service = histogram_new()};
	int r = 0;

	if (run->load != NULL) {
		add_load(run, &metrics, &total);
		r = store_validity(run, &total, err);
	}
	if (run->service_count > 0 && !run->is_service_lost &&
	    run->end.time_ns > run->begin.time_ns)
		for (uint32_t i = 0; i < run->end.count; i++)
			add_role(run, &metrics, &run->end.roles[i], (double)total.counts.completed);
	add(&metrics, "steal_ratio", "", mean_in_window(run, "cpu.steal_ratio", "host"));
	if (r == 0)
		r = store_add_metrics(run->options->store, run->key, metrics.items, metrics.count,
				      err);
	vec_release(&metrics);
	histogram_free(total.response);
	histogram_free(total.service);
	return r;
}
