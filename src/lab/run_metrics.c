/*
 * The figures of a run's window (model/metric.h), and what load_judge.h has to go by. Where the
 * warm-up was found and cut off (warmup: auto), the load's figures are of what is left, and what
 * the services used is of the whole window, divided by all that was answered in it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/run.h"
#include "stats/quantile.h"
#include "stats/survival.h"
#include "store/store_load.h"
#include "util/clock.h"
#include "util/strbuf.h"

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

/* Only quantiles that are earned, and are known to be more than a lower bound. */
static void add_latencies(struct metric_vec *metrics, const char *scope,
			  const struct load_total *total)
{
	enum { QUANTILES = 5 };
	static const char *const names[QUANTILES] = {"latency_p50", "latency_p75", "latency_p90",
						     "latency_p95", "latency_p99"};
	static const double levels[QUANTILES] = {0.5, 0.75, 0.9, 0.95, 0.99};
	const struct histogram *response = total->response;
	uint64_t count = response->count + (total->censored != NULL ? total->censored->count : 0);
	struct survival_quantile found[QUANTILES];

	if (response->count == 0)
		return;
	survival_find_quantiles(response, total->censored, levels, QUANTILES, found);
	for (size_t i = 0; i < QUANTILES; i++)
		if (quantile_is_earned(count, levels[i]) && !found[i].is_lower_bound)
			add(metrics, names[i], scope, (double)found[i].value_ns);
	add(metrics, "latency_mean", scope, quantile_mean_ns(response));
	add(metrics, "latency_min", scope, (double)response->min_ns);
	add(metrics, "latency_max", scope, (double)response->max_ns);
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

static void add_load(struct run *run, struct metric_vec *metrics, const struct load_total *total)
{
	const struct load_result *result = &run->result;
	double seconds = (double)(result->end_ns - result->begin_ns) / 1e9;

	if (seconds <= 0)
		return;
	for (uint32_t i = 0; i < result->name_count && result->name_count > 1; i++) {
		char scope[64];

		snprintf(scope, sizeof(scope), "request:%s", load_get_name(run->load, i));
		add_counts(metrics, scope, &result->totals[i].counts, seconds);
		add_latencies(metrics, scope, &result->totals[i]);
	}
	add_counts(metrics, "", &total->counts, seconds);
	add_latencies(metrics, "", total);
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

/* Of a rate of this machine's network and of the service's own: how many in the window. */
static double count_in_window(const struct run *run, const char *name)
{
	double seconds = (double)(run->end.time_ns - run->begin.time_ns) / 1e9;
	double host = mean_in_window(run, name, "host");
	double service = run->service_count > 0 ? mean_in_window(run, name, run->targets[0].role)
						: (double)NAN;

	return (isnan(service) ? host : isnan(host) ? service : host + service) * seconds;
}

static enum validity judge(const struct run *run, const struct load_total *total,
			   struct strbuf *reasons)
{
	const struct warmup *warmup = &run->warmup;
	const struct load_judge_input input = {
		.config = &run->setup.config,
		.result = &run->result,
		.total = total,
		.offset_ns = run->setup.config.warmup_ns + warmup->cut_seconds * (uint64_t)NS_PER_S,
		.thread_seconds = run->thread_seconds.items,
		.thread_second_count = run->thread_seconds.count,
		.first_second = warmup->cut_seconds,
		.steal_ratio = mean_in_window(run, "cpu.steal_ratio", "host"),
		.network =
			{
				.out_segments = count_in_window(run, "network.out_segments"),
				.retransmits = count_in_window(run, "network.retransmits"),
				.syn_retransmits = count_in_window(run, "network.syn_retransmits"),
				.listen_overflows =
					count_in_window(run, "network.listen_overflows"),
				.listen_drops = count_in_window(run, "network.listen_drops"),
			},
		.unsteady = warmup->text[0] != '\0' && !warmup->is_steady ? warmup->text : NULL,
	};

	return load_judge(&input, reasons);
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

static int add_stored_second(void *context, const struct load_second *second)
{
	struct load_result *result = context;
	struct load_total *total;

	if (second->name >= result->name_count)
		return 0;
	total = &result->totals[second->name];
	load_counts_add(&total->counts, &second->counts);
	histogram_merge(total->response, second->response);
	histogram_merge(total->service,
			second->service->count > 0 ? second->service : second->response);
	if (second->censored->count > 0 && total->censored == NULL)
		total->censored = histogram_new();
	if (second->censored->count > 0)
		histogram_merge(total->censored, second->censored);
	return 0;
}

/*
 * What was cut off is in the totals that the load gave: they are put together again from the
 * stored seconds, and the threads' CPU time from theirs.
 */
int run_leave_out_warmup(struct run *run, struct err *err)
{
	struct load_result *result = &run->result;
	uint64_t window_ns = result->end_ns - result->begin_ns;

	for (uint32_t i = 0; i < result->name_count; i++) {
		struct load_total *total = &result->totals[i];

		total->counts = (struct load_counts){0};
		histogram_clear(total->response);
		histogram_clear(total->service);
		histogram_free(total->censored);
		total->censored = NULL;
	}
	for (uint32_t i = 0; i < result->thread_count; i++)
		result->threads[i] = (struct load_thread_usage){0};
	result->client_cpu_ns = result->client_wait_ns = 0;
	for (size_t i = 0; i < run->thread_seconds.count; i++) {
		const struct load_thread_second *second = &run->thread_seconds.items[i];

		if (second->second < run->warmup.cut_seconds ||
		    second->thread >= result->thread_count ||
		    (second->second - run->warmup.cut_seconds) * (uint64_t)NS_PER_S >= window_ns)
			continue;
		result->threads[second->thread].cpu_ns += second->cpu_ns;
		result->threads[second->thread].wait_ns += second->wait_ns;
		result->client_cpu_ns += second->cpu_ns;
		result->client_wait_ns += second->wait_ns;
	}
	return store_read_seconds(run->options->store, run->key, add_stored_second, result, err);
}

int run_store_metrics(struct run *run, struct err *err)
{
	struct metric_vec metrics = {0};
	struct load_total total = {.response = histogram_new(),
				   .service = histogram_new(),
				   .censored = histogram_new()};
	int r = 0;

	if (run->load != NULL) {
		load_result_sum(&run->result, &total);
		add_load(run, &metrics, &total);
		r = store_validity(run, &total, err);
	}
	if (run->service_count > 0 && !run->is_service_lost &&
	    run->end.time_ns > run->begin.time_ns)
		for (uint32_t i = 0; i < run->end.count; i++)
			add_role(run, &metrics, &run->end.roles[i], run->completed);
	if (run->core.count > 0)
		add(&metrics, "core_loop", "", run->core.mean_ns);
	add(&metrics, "steal_ratio", "", mean_in_window(run, "cpu.steal_ratio", "host"));
	if (r == 0)
		r = store_add_metrics(run->options->store, run->key, metrics.items, metrics.count,
				      err);
	vec_release(&metrics);
	histogram_free(total.response);
	histogram_free(total.service);
	histogram_free(total.censored);
	return r;
}

/* What neither the services nor sonde (which is the load, too) used of the machine's CPUs. */
static double find_others(const struct run *run)
{
	double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
	double busy = mean_in_window(run, "cpu.busy_ratio", "host") * cpus;
	double services = run->service_count > 0 ? mean_in_window(run, "process.cpu_ratio", "") : 0;
	double others = busy - services - mean_in_window(run, "process.cpu_ratio", "sonde");

	return others < 0 ? 0 : others; /* NAN stays NAN */
}

void run_read_disturbance(const struct run *run, struct disturbance_reading *ret_reading)
{
	double seconds = (double)(run->end.time_ns - run->begin.time_ns) / 1e9;
	uint32_t threads = run->result.thread_count;

	*ret_reading = (struct disturbance_reading){
		(double)NAN, (double)NAN, (double)NAN, (double)NAN,
		(double)NAN, (double)NAN, (double)NAN,
	};
	if (run->end.time_ns <= run->begin.time_ns)
		return;
	ret_reading->steal_ratio = mean_in_window(run, "cpu.steal_ratio", "host");
	ret_reading->others_cpus = find_others(run);
	ret_reading->pressure_ratio = mean_in_window(run, "pressure.cpu_some_ratio", "host");
	if (run->core.count > 0) {
		ret_reading->loop_ns = run->core.mean_ns;
		ret_reading->shortest_loop_ns = run->core.shortest_ns;
	}
	if (run->completed > 0)
		ret_reading->generator_ns = (double)run->result.client_cpu_ns / run->completed;
	if (threads > 0)
		ret_reading->generator_wait_ratio =
			(double)run->result.client_wait_ns / 1e9 / seconds / threads;
}
