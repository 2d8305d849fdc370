#include "lab/load_judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "load/course.h"
#include "load/load_config.h"
#include "stats/distance.h"
#include "stats/quantile.h"
#include "stats/survival.h"
#include "stats/trend.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"

/* docs/method.md says of each why. */
#define CPU_LIMIT 0.90	/* of one CPU, the busiest thread */
#define WAIT_LIMIT 0.05 /* of the time, for a CPU */
#define PASS_LIMIT_NS (50 * (uint64_t)NS_PER_MS)
#define SATURATED_LIMIT 0.99 /* running or waiting for a CPU */
#define SATURATED_LAG 10.0   /* median send lag by median service time */
#define RATE_LIMIT 0.99	     /* offered, and sent, by asked for */
#define UNSENT_LIMIT 0.5     /* of what was due */
#define DRAWN_DEVIATIONS 4.0 /* of a Poisson count */
#define LAG_LIMIT 0.2	     /* of the response time, at the same quantile */
/* what the generator promises of itself: below it a lag is not held against a run */
#define LAG_FLOOR_P50_NS 20000.0
#define LAG_FLOOR_P99_NS 200000.0
#define GAP_LIMIT 0.5 /* Wasserstein-1 distance by mean gap */
#define GAP_FLOOR_NS 50000.0
#define GROWTH_P 0.01
#define GROWTH_LIMIT 0.01      /* of the rate */
#define SHORT_LIMIT 0.5	       /* of the seconds */
#define RETRANSMIT_LIMIT 0.001 /* of the segments sent */
#define RETRANSMIT_FLOOR 10.0
#define STEAL_LIMIT 0.02

/* The threads' seconds, put together. */
struct seconds {
	/* whole ones of the window: at the end of each, requests that were due and had not ended */
	double *outstanding;
	size_t whole_count;
	uint64_t sent, sent_in_window; /* of the window's requests; the drain sends, too */
	uint64_t longest_pass_ns;
	uint32_t short_seconds; /* whole ones in which requests waited for a connection */
	uint64_t waiting_most;	/* at the end of one of those */
	/* by second and thread; NULL = the thread was away for all of it, or it had ended */
	const struct load_thread_second **table;
	size_t table_count; /* of seconds: the window, and the drain */
	uint32_t thread_count;
};

/* What several reasons look at. */
struct evidence {
	const struct load_judge_input *in;
	struct seconds seconds;
	double window_s;
	bool is_open_loop;
	bool is_saturated; /* the generator: said, and refused */
	/* of a thread's time, at the one that has most of it; 0..1 */
	double cpu_most, cpu_mean, wait_most, busy_most;
	struct strbuf *reasons;
};

/* ---- the threads' seconds ---- */

static const struct load_thread_second *get_second(const struct seconds *seconds, size_t second,
						   uint32_t thread)
{
	return seconds->table[second * seconds->thread_count + thread];
}

/*
 * Whether requests waited because the connections were all in use: the thread had time left. What
 * comes due in a millisecond does not wait, it has only just come.
 */
static bool is_short(const struct load_thread_second *one)
{
	return one != NULL && one->waiting > 1 + one->sent / 1000 &&
	       (double)(one->cpu_ns + one->wait_ns) <= CPU_LIMIT * NS_PER_S;
}

/*
 * The share of the window's requests that may have been sent later than that while, by the ends of
 * this second and the one before, there was no lack of connections.
 */
static double share_late(const struct seconds *seconds, double late_ns)
{
	double sent = 0;

	for (size_t second = 0; second < seconds->table_count; second++) {
		for (uint32_t thread = 0; thread < seconds->thread_count; thread++) {
			const struct load_thread_second *one = get_second(seconds, second, thread);

			if (one == NULL || (double)one->lag_max_ns <= late_ns || is_short(one) ||
			    (second > 0 && is_short(get_second(seconds, second - 1, thread))))
				continue;
			sent += (double)one->sent;
		}
	}
	return seconds->sent > 0 ? sent / (double)seconds->sent : 1;
}

static void fill_table(struct seconds *seconds, const struct load_judge_input *input)
{
	const struct load_thread_second *all = input->thread_seconds;

	for (size_t i = 0; i < input->thread_second_count; i++)
		if (all[i].second >= input->first_second &&
		    all[i].second - input->first_second >= seconds->table_count)
			seconds->table_count = all[i].second - input->first_second + 1;
	if (seconds->table_count < seconds->whole_count)
		seconds->table_count = seconds->whole_count;
	seconds->table = alloc_array(seconds->table_count * seconds->thread_count + 1,
				     sizeof(*seconds->table));
	for (size_t i = 0; i < input->thread_second_count; i++)
		if (all[i].second >= input->first_second && all[i].thread < seconds->thread_count)
			seconds->table[(all[i].second - input->first_second) *
					       seconds->thread_count +
				       all[i].thread] = &all[i];
}

static void add_whole_second(struct seconds *seconds, size_t second)
{
	uint64_t waiting = 0;
	bool is_any_short = false;

	for (uint32_t thread = 0; thread < seconds->thread_count; thread++) {
		const struct load_thread_second *one = NULL;

		/* a thread that was away for a second has what it had before */
		for (size_t back = second + 1; back-- > 0 && one == NULL;)
			one = get_second(seconds, back, thread);
		if (one == NULL)
			continue;
		seconds->outstanding[second] += (double)(one->in_flight + one->waiting);
		waiting += one->waiting;
		is_any_short |= is_short(one);
	}
	seconds->short_seconds += is_any_short;
	if (is_any_short && waiting > seconds->waiting_most)
		seconds->waiting_most = waiting;
}

static void gather_seconds(struct seconds *seconds, const struct load_judge_input *input,
			   uint64_t window_ns)
{
	seconds->thread_count = input->result->thread_count;
	seconds->whole_count = window_ns / NS_PER_S;
	seconds->outstanding = alloc_array(seconds->whole_count + 1, sizeof(double));
	fill_table(seconds, input);
	for (size_t second = 0; second < seconds->whole_count; second++)
		add_whole_second(seconds, second);
	for (size_t i = 0; i < input->thread_second_count; i++) {
		const struct load_thread_second *one = &input->thread_seconds[i];

		if (one->second < input->first_second)
			continue;
		seconds->sent += one->sent;
		if ((one->second - input->first_second) * (uint64_t)NS_PER_S >= window_ns)
			continue;
		seconds->sent_in_window += one->sent;
		if (one->longest_pass_ns > seconds->longest_pass_ns)
			seconds->longest_pass_ns = one->longest_pass_ns;
	}
}

/* ---- what was asked for ---- */

/* Requests due in the window, and how their rate changes; NAN and 0: no schedule of rates. */
struct schedule {
	double due_count;
	double growth; /* requests per second, per second */
};

static struct schedule find_schedule(const struct evidence *evidence)
{
	const struct load_config *config = evidence->in->config;
	uint64_t begin_ns = evidence->in->offset_ns;
	uint64_t end_ns = begin_ns + evidence->in->result->end_ns - evidence->in->result->begin_ns;
	struct schedule schedule = {(double)NAN, 0};
	struct course course;

	if (!evidence->is_open_loop || config->replay != NULL || config->is_once)
		return schedule;
	if (config->stage_count > 0)
		course_init(&course, config->stage_begin, config->stages, config->stage_count);
	else
		course_init_constant(&course, config->rate_hz);
	schedule.due_count =
		course_get_integral(&course, end_ns) - course_get_integral(&course, begin_ns);
	schedule.growth =
		(course_get_value(&course, end_ns) - course_get_value(&course, begin_ns)) /
		evidence->window_s;
	course_release(&course);
	if (config->iterations > 0)
		schedule.due_count = fmin(schedule.due_count, (double)config->iterations);
	return schedule;
}

/* ---- quantiles ---- */

/* Of all requests, those given up on included: at least so long. */
static double find_response_ns(const struct evidence *evidence, double q)
{
	uint64_t value_ns = 0;

	survival_find_quantile(evidence->in->total->response, evidence->in->total->censored, q,
			       &value_ns);
	return (double)value_ns;
}

static const struct histogram *get_histogram(const struct evidence *evidence,
					     enum load_histogram kind)
{
	const struct histogram *histogram = evidence->in->result->histograms[kind];

	return histogram != NULL && histogram->count > 0 ? histogram : NULL;
}

/* ---- no answer ---- */

static bool refuse_unsent(const struct evidence *evidence)
{
	double offered = (double)evidence->in->total->counts.offered;
	double sent = (double)evidence->seconds.sent;
	char all[FMT_BYTES], share[FMT_BYTES];

	if (!evidence->is_open_loop || evidence->in->thread_second_count == 0 ||
	    sent >= UNSENT_LIMIT * offered)
		return false;
	strbuf_addf(evidence->reasons,
		    "%s of the %s requests that were due could not be sent: what is known is not "
		    "of the load that was asked for; a lower rate\n",
		    fmt_percent(share, 1 - sent / offered), fmt_count(all, offered));
	return true;
}

static bool refuse_saturated(const struct evidence *evidence)
{
	const struct histogram *lag = get_histogram(evidence, LOAD_HISTOGRAM_SEND_LAG);
	const struct histogram *service = evidence->in->total->service;
	char busy[FMT_BYTES], late[FMT_BYTES], own[FMT_BYTES];
	double lag_ns, service_ns;

	if (lag == NULL || service->count == 0 || evidence->busy_most <= SATURATED_LIMIT)
		return false;
	lag_ns = (double)quantile_of_histogram(lag, 0.5);
	service_ns = (double)quantile_of_histogram(service, 0.5);
	if (lag_ns <= SATURATED_LAG * service_ns)
		return false;
	strbuf_addf(evidence->reasons,
		    "the load generator was saturated: its busiest thread ran or waited for a CPU "
		    "%s of the time, and sent requests %s late (median) that were then answered in "
		    "%s; a lower rate, more threads (-t) or another machine\n",
		    fmt_percent(busy, evidence->busy_most), fmt_duration(late, lag_ns),
		    fmt_duration(own, service_ns));
	return true;
}

static enum validity refuse(struct evidence *evidence)
{
	const struct load_counts *counts = &evidence->in->total->counts;
	bool is_unsent;

	if (evidence->window_s <= 0 || counts->offered == 0) {
		strbuf_add_text(evidence->reasons, "no request was sent in the measured window\n");
		return VALIDITY_REFUSED;
	}
	if (counts->answered == 0) {
		strbuf_addf(evidence->reasons, "none of %llu requests was answered\n",
			    (unsigned long long)counts->offered);
		return VALIDITY_REFUSED;
	}
	is_unsent = refuse_unsent(evidence);
	evidence->is_saturated = refuse_saturated(evidence);
	return is_unsent || evidence->is_saturated ? VALIDITY_REFUSED : VALIDITY_VALID;
}

/* ---- the generator ---- */

static void suspect_generator(const struct evidence *evidence)
{
	uint32_t threads = evidence->in->result->thread_count;
	char most[FMT_BYTES], mean[FMT_BYTES];

	if (evidence->cpu_most > CPU_LIMIT && threads > 1)
		strbuf_addf(evidence->reasons,
			    "the load generator's busiest thread used %s of a CPU (its %u threads: "
			    "%s each): it may be the bottleneck; more threads (-t)\n",
			    fmt_percent(most, evidence->cpu_most), threads,
			    fmt_percent(mean, evidence->cpu_mean));
	else if (evidence->cpu_most > CPU_LIMIT)
		strbuf_addf(evidence->reasons,
			    "the load generator used %s of its one thread's CPU: it may be the "
			    "bottleneck; more threads (-t)\n",
			    fmt_percent(most, evidence->cpu_most));
	if (evidence->wait_most > WAIT_LIMIT)
		strbuf_addf(evidence->reasons,
			    "the load generator waited for a CPU %s of the time: latencies include "
			    "it; pin the services (cpus:) or use another machine\n",
			    fmt_percent(most, evidence->wait_most));
	if (evidence->seconds.longest_pass_ns > PASS_LIMIT_NS)
		strbuf_addf(evidence->reasons,
			    "the load generator did not look at its connections for %s: answers "
			    "that came meanwhile seem that much slower\n",
			    fmt_duration(most, (double)evidence->seconds.longest_pass_ns));
}

/* ---- the schedule ---- */

static void suspect_rate(const struct evidence *evidence, const struct schedule *schedule)
{
	double offered = (double)evidence->in->total->counts.offered;
	double sent = (double)evidence->seconds.sent_in_window;
	double slack = 1.0 + (double)evidence->in->result->thread_count;

	if (evidence->in->config->arrivals == LOAD_ARRIVALS_POISSON)
		slack += DRAWN_DEVIATIONS * sqrt(schedule->due_count);
	/* false for NAN */
	if (offered < RATE_LIMIT * schedule->due_count - slack)
		strbuf_addf(evidence->reasons,
			    "offered %.1f requests/s of the %.1f asked for: the schedule was cut "
			    "short\n",
			    offered / evidence->window_s, schedule->due_count / evidence->window_s);
	/* where the generator had time left, it was short of connections and not of itself */
	if (evidence->is_open_loop && evidence->in->thread_second_count > 0 &&
	    evidence->busy_most > CPU_LIMIT &&
	    sent < RATE_LIMIT * offered - evidence->in->result->thread_count - 1)
		strbuf_addf(evidence->reasons,
			    "sent %.1f requests/s of the %.1f that were due: the load generator "
			    "cannot do more; more threads (-t) or another machine\n",
			    sent / evidence->window_s, offered / evidence->window_s);
}

static void suspect_lag(const struct evidence *evidence, double q, double floor_ns,
			const char *name)
{
	const struct histogram *lag = get_histogram(evidence, LOAD_HISTOGRAM_SEND_LAG);
	const struct load_config *config = evidence->in->config;
	uint64_t room = (uint64_t)config->connections * (config->depth > 0 ? config->depth : 1);
	char late[FMT_BYTES], response[FMT_BYTES];
	double lag_ns, response_ns;

	if (lag == NULL || evidence->is_saturated || !quantile_is_earned(lag->count, q) ||
	    !quantile_is_earned(evidence->in->total->response->count, q))
		return;
	lag_ns = (double)quantile_of_histogram(lag, q);
	response_ns = find_response_ns(evidence, q);
	if (lag_ns <= floor_ns || lag_ns <= LAG_LIMIT * response_ns)
		return;
	/* waiting for the service's connections is a part of the response time, and not our lag */
	if (share_late(&evidence->seconds, LAG_LIMIT * response_ns) < 1 - q)
		return;
	strbuf_addf(evidence->reasons,
		    "requests were sent %s late (%s), which is much of the response time of %s%s\n",
		    fmt_duration(late, lag_ns), name, fmt_duration(response, response_ns),
		    evidence->in->result->in_flight_max >= room && evidence->busy_most <= CPU_LIMIT
			    ? "; all connections were busy at times: more of them (-c)"
			    : "; a CPU of its own for the load generator, or a lower rate");
}

static void suspect_gaps(const struct evidence *evidence)
{
	const struct histogram *intended = get_histogram(evidence, LOAD_HISTOGRAM_INTENDED_GAP);
	const struct histogram *sent = get_histogram(evidence, LOAD_HISTOGRAM_SENT_GAP);
	double mean_ns, distance_ns;
	char distance[FMT_BYTES], mean[FMT_BYTES];

	/* with a service that has stopped and gone on, the schedule is not what made them */
	if (intended == NULL || sent == NULL || evidence->seconds.short_seconds > 0)
		return;
	mean_ns = quantile_mean_ns(intended);
	distance_ns = distance_wasserstein_ns(intended, sent);
	if (!(distance_ns > GAP_LIMIT * mean_ns) || !(distance_ns > GAP_FLOOR_NS))
		return;
	strbuf_addf(evidence->reasons,
		    "gaps between requests were %s off on the average, at a mean gap of %s: the "
		    "load came in other bursts than planned",
		    fmt_duration(distance, distance_ns), fmt_duration(mean, mean_ns));
	if (evidence->in->config->arrivals == LOAD_ARRIVALS_POISSON)
		strbuf_addf(evidence->reasons, " (Kolmogorov-Smirnov p = %.2g for %d of them)",
			    distance_ks_p(distance_ks(intended, sent), DISTANCE_KS_SUBSAMPLE),
			    DISTANCE_KS_SUBSAMPLE);
	strbuf_add_text(evidence->reasons, "\n");
}

/* ---- the service under it ---- */

/* How many seconds a service that nothing was sent to before only fills up: its fastest answer. */
static size_t count_filling(const struct evidence *evidence)
{
	const struct histogram *response = evidence->in->total->response;
	size_t whole = evidence->seconds.whole_count, filling;

	if (response->count == 0 || response->min_ns <= evidence->in->offset_ns ||
	    whole <= TREND_MIN_POINTS)
		return 0;
	filling = (response->min_ns - evidence->in->offset_ns + NS_PER_S - 1) / NS_PER_S;
	return filling < whole - TREND_MIN_POINTS ? filling : whole - TREND_MIN_POINTS;
}

/*
 * Little's law says how many are in flight at a rate that grows by plan: its growth times the
 * response time of an unloaded service, for which the fastest tenth stands.
 */
static void suspect_growth(const struct evidence *evidence, const struct schedule *schedule)
{
	const struct seconds *seconds = &evidence->seconds;
	double rate = (double)evidence->in->total->counts.offered / evidence->window_s;
	double base_s = find_response_ns(evidence, 0.1) / (double)NS_PER_S;
	size_t filling = count_filling(evidence);
	struct trend trend;
	double growth;

	if (!evidence->is_open_loop || evidence->busy_most > SATURATED_LIMIT)
		return;
	trend_find(seconds->outstanding + filling, seconds->whole_count - filling, &trend);
	growth = trend.slope - fmax(0, schedule->growth) * base_s;
	if (trend.p >= GROWTH_P || growth <= GROWTH_LIMIT * rate)
		return;
	strbuf_addf(evidence->reasons,
		    "the number of requests in flight grew by %.1f/s: the server does not keep up; "
		    "latencies depend on how long the run lasts\n",
		    growth);
}

static void suspect_connections(const struct evidence *evidence)
{
	const struct seconds *seconds = &evidence->seconds;
	char most[FMT_BYTES];

	if (!evidence->is_open_loop ||
	    seconds->short_seconds <= SHORT_LIMIT * (double)seconds->whole_count)
		return;
	strbuf_addf(evidence->reasons,
		    "-c too small: at the end of %u of %zu seconds requests waited for a "
		    "connection, up to %s of them (connections: %u)\n",
		    seconds->short_seconds, seconds->whole_count,
		    fmt_count(most, (double)seconds->waiting_most),
		    evidence->in->config->connections);
}

static uint64_t count_without_port(const struct load_result *result)
{
	static const char begin[] = "connect: no local port";
	uint64_t count = 0;

	for (size_t i = 0; i < result->failures.count; i++)
		if (result->failures.items[i].error == LOAD_ERROR_CONNECT &&
		    strncmp(result->failures.items[i].text, begin, sizeof(begin) - 1) == 0)
			count += result->failures.items[i].count;
	return count;
}

/* ---- the network and the machine ---- */

static void suspect_network(const struct evidence *evidence)
{
	const struct load_judge_network *network = &evidence->in->network;
	uint64_t without_port = count_without_port(evidence->in->result);
	double share = network->retransmits / network->out_segments;
	char count[FMT_BYTES], other[FMT_BYTES];

	if (network->retransmits >= RETRANSMIT_FLOOR && share > RETRANSMIT_LIMIT) {
		strbuf_addf(evidence->reasons,
			    "%s TCP segments (%s) were sent again: each may have cost a request "
			    "200 ms or more",
			    fmt_count(count, round(network->retransmits)),
			    fmt_percent(other, share));
		if (network->syn_retransmits >= 0.5)
			strbuf_addf(evidence->reasons,
				    "; %s of them were to open connections, 1 s or more",
				    fmt_count(count, round(network->syn_retransmits)));
		strbuf_add_text(evidence->reasons, "\n");
	}
	if (network->listen_overflows >= 0.5)
		strbuf_addf(evidence->reasons,
			    "a listen queue overflowed %s times: who connects waits 1 s or more; a "
			    "longer one (net.core.somaxconn, and the service's backlog)\n",
			    fmt_count(count, round(network->listen_overflows)));
	else if (network->listen_drops >= 0.5)
		strbuf_addf(evidence->reasons,
			    "the kernel dropped %s new connections: who connects waits 1 s or "
			    "more\n",
			    fmt_count(count, round(network->listen_drops)));
	if (without_port > 0)
		strbuf_addf(evidence->reasons,
			    "%s requests found no local port left to connect from: more source "
			    "addresses (--source), or connections that are kept open\n",
			    fmt_count(count, (double)without_port));
}

static void suspect_machine(const struct evidence *evidence)
{
	char text[FMT_BYTES];

	if (evidence->in->steal_ratio > STEAL_LIMIT)
		strbuf_addf(evidence->reasons,
			    "other virtual machines took %s of the CPUs (steal)\n",
			    fmt_percent(text, evidence->in->steal_ratio));
	if (evidence->in->unsteady != NULL)
		strbuf_addf(evidence->reasons, "%s\n", evidence->in->unsteady);
}

static void suspect_answers(const struct evidence *evidence)
{
	const struct load_counts *counts = &evidence->in->total->counts;

	if (load_counts_failures(counts) >= counts->offered)
		strbuf_addf(evidence->reasons,
			    "none of %llu requests succeeded: the figures are of failures (expect: "
			    "and --expect say what is right)\n",
			    (unsigned long long)counts->offered);
}

static void suspect(const struct evidence *evidence)
{
	struct schedule schedule = find_schedule(evidence);

	suspect_answers(evidence);
	suspect_generator(evidence);
	suspect_rate(evidence, &schedule);
	suspect_lag(evidence, 0.5, LAG_FLOOR_P50_NS, "median");
	suspect_lag(evidence, 0.99, LAG_FLOOR_P99_NS, "p99");
	suspect_gaps(evidence);
	suspect_growth(evidence, &schedule);
	suspect_connections(evidence);
	suspect_network(evidence);
	suspect_machine(evidence);
}

/* A thread's clock is read a little before or after the window's ends. */
static void measure_threads(struct evidence *evidence)
{
	const struct load_result *result = evidence->in->result;

	for (uint32_t i = 0; i < result->thread_count && evidence->window_s > 0; i++) {
		double window_ns = evidence->window_s * (double)NS_PER_S;
		double cpu = fmin(1, (double)result->threads[i].cpu_ns / window_ns);
		double wait = fmin(1, (double)result->threads[i].wait_ns / window_ns);

		evidence->cpu_most = fmax(evidence->cpu_most, cpu);
		evidence->wait_most = fmax(evidence->wait_most, wait);
		evidence->busy_most = fmax(evidence->busy_most, fmin(1, cpu + wait));
		evidence->cpu_mean += cpu / result->thread_count;
	}
}

enum validity load_judge(const struct load_judge_input *input, struct strbuf *reasons)
{
	const struct load_result *result = input->result;
	uint64_t window_ns =
		result->end_ns > result->begin_ns ? result->end_ns - result->begin_ns : 0;
	struct evidence evidence = {
		.in = input,
		.window_s = (double)window_ns / (double)NS_PER_S,
		.is_open_loop = load_config_is_open_loop(input->config),
		.reasons = reasons,
	};
	size_t length = reasons->length;
	enum validity validity;

	measure_threads(&evidence);
	gather_seconds(&evidence.seconds, input, window_ns);
	validity = refuse(&evidence);
	if (input->total->counts.answered > 0 && evidence.window_s > 0)
		suspect(&evidence);
	free(evidence.seconds.outstanding);
	free(evidence.seconds.table);
	if (validity == VALIDITY_VALID && reasons->length > length)
		validity = VALIDITY_SUSPECT;
	return validity;
}
