/*
 * The connections that clients have made to the services, as TCP sees them: whether the network is
 * slow or loses segments, the peer does not read, or the service writes more than is taken.
 *
 * Established sockets on the ports that a service listens on (the kernel sorts out the others), of
 * all its processes; scope: the service's role. At most 256 of each service are looked at, the same
 * ones each time as long as they live: the sums are of those. What grows (retransmits, times) is of
 * connections that were there twice, so one that lives shorter than an interval counts for nothing
 * here; network.retransmits has them all.
 *
 *	count	of all its connections, not just those looked at
 *	rtt	the median of the smoothed times of the connections
 *	unacked, not_sent_bytes		sums: segments under way; bytes written and not sent yet
 *	busy_ratio	the share of the connections' time in which there was something to send or
 *			to be acknowledged; rwnd_limited_ratio and sndbuf_limited_ratio, parts of
 *			it: waiting for the peer to read, and for a larger buffer of our own
 *
 * A look at 256 costs 0.3 ms, or 1.5 ms when the CPU has slept before, mostly for the walk over the
 * kernel's table; counting costs 1 us for each connection. Both pause so that they take no
 * more than 0.2 % and 0.1 % of a CPU: an interval may have no point.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "monitor/service_sockets.h"
#include "util/clock.h"

enum {
	LOOKED_AT_MAX = 256,
	COUNTED_MAX = 1 << 20,
	/* times what it cost */
	LOOK_PAUSE = 500,
	COUNT_PAUSE = 1000,
};

struct service {
	const char *role;
	struct socket_entries last; /* by ascending cookie */
	uint64_t last_ns;	    /* 0 = no look yet */
	uint64_t look_due_ns, count_due_ns;
};

struct connection_monitor {
	struct service_sockets *sockets;
	struct service *services;
	uint32_t count;
	struct socket_entries now, all;
	struct socket_ports ports[2]; /* v4, v6 */
};

static const uint8_t families[] = {AF_INET, AF_INET6};

static void *start(struct monitor_context *context)
{
	struct connection_monitor *monitor;

	if (context->sockets == NULL)
		return NULL;
	monitor = alloc_new(struct connection_monitor);
	monitor->sockets = context->sockets;
	monitor->count = process_account_get_target_count(context->services);
	monitor->services = alloc_array(monitor->count, sizeof(*monitor->services));
	for (uint32_t i = 0; i < monitor->count; i++)
		monitor->services[i].role = process_account_get_target(context->services, i)->role;
	return monitor;
}

/* --- asking --- */

static void add_port(struct socket_ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i] == port)
			return;
	vec_push(ports, port);
}

/* Where the service listens in this network. */
static void find_ports(struct connection_monitor *monitor, const struct service_network *network,
		       uint32_t target)
{
	vec_clear(&monitor->ports[0]);
	vec_clear(&monitor->ports[1]);
	for (size_t i = 0; i < network->listeners.count; i++) {
		const struct service_listener *listener = &network->listeners.items[i];

		if (listener->target == target)
			add_port(&monitor->ports[listener->family == AF_INET6], listener->port);
	}
}

/* Connections of the service; false when it listens nowhere, or the kernel does not answer. */
static bool list_connections(struct connection_monitor *monitor, uint32_t target, bool has_info,
			     size_t max_count, struct socket_entries *entries)
{
	bool is_asked = false;

	vec_clear(entries);
	for (uint32_t i = 0; i < service_sockets_get_network_count(monitor->sockets); i++) {
		const struct service_network *network =
			service_sockets_get_network(monitor->sockets, i);

		if (network->diag == NULL)
			continue;
		find_ports(monitor, network, target);
		for (int at = 0; at < 2; at++) {
			struct socket_query query = {.family = families[at],
						     .has_info = has_info,
						     .ports = &monitor->ports[at],
						     .max_count = max_count};

			if (monitor->ports[at].count == 0 || entries->count >= max_count)
				continue;
			if (socket_diag_list(network->diag, &query, entries, NULL) < 0)
				return false;
			is_asked = true;
		}
	}
	return is_asked;
}

static int compare_cookies(const void *a, const void *b)
{
	const struct socket_entry *left = a, *right = b;

	return (left->cookie > right->cookie) - (left->cookie < right->cookie);
}

static void sort(struct socket_entries *entries)
{
	if (entries->count > 1)
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_cookies);
}

/* --- series --- */

struct sums {
	uint64_t unacked, not_sent_bytes;
	/* growth, of connections that were there before */
	uint64_t pair_count;
	uint64_t retransmits, busy_ns, receive_limited_ns, send_limited_ns;
};

static void add_growth(struct sums *sums, const struct socket_info *before,
		       const struct socket_info *now)
{
	sums->pair_count++;
	sums->retransmits += monitor_growth(before->retransmits, now->retransmits);
	sums->busy_ns += monitor_growth(before->busy_ns, now->busy_ns);
	sums->receive_limited_ns +=
		monitor_growth(before->receive_limited_ns, now->receive_limited_ns);
	sums->send_limited_ns += monitor_growth(before->send_limited_ns, now->send_limited_ns);
}

/* Both by ascending cookie. */
static struct sums sum_up(const struct socket_entries *before, const struct socket_entries *now)
{
	struct sums sums = {0};
	size_t at = 0;

	for (size_t i = 0; i < now->count; i++) {
		const struct socket_entry *entry = &now->items[i];

		sums.unacked += entry->info.unacked;
		sums.not_sent_bytes += entry->info.not_sent_bytes;
		while (at < before->count && before->items[at].cookie < entry->cookie)
			at++;
		if (at < before->count && before->items[at].cookie == entry->cookie)
			add_growth(&sums, &before->items[at].info, &entry->info);
	}
	return sums;
}

static int compare_times(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double get_rtt_median(const struct socket_entries *entries)
{
	uint64_t times[LOOKED_AT_MAX];
	size_t count = entries->count < LOOKED_AT_MAX ? entries->count : LOOKED_AT_MAX;

	for (size_t i = 0; i < count; i++)
		times[i] = entries->items[i].info.rtt_ns;
	qsort(times, count, sizeof(times[0]), compare_times);
	return ((double)times[(count - 1) / 2] + (double)times[count / 2]) / 2;
}

static void add_points(const struct service *service, const struct socket_entries *now,
		       uint64_t now_ns, struct series_list *series)
{
	struct sums sums = sum_up(&service->last, now);
	uint64_t elapsed_ns = monitor_growth(service->last_ns, now_ns);
	double pair_ns = (double)sums.pair_count * (double)elapsed_ns;
	const struct {
		const char *name;
		uint64_t value_ns;
	} ratios[] = {
		{"connection.busy_ratio", sums.busy_ns},
		{"connection.rwnd_limited_ratio", sums.receive_limited_ns},
		{"connection.sndbuf_limited_ratio", sums.send_limited_ns},
	};

	series_list_add(series, "connection.rtt", service->role, SERIES_NS, now_ns,
			get_rtt_median(now));
	series_list_add(series, "connection.unacked", service->role, SERIES_COUNT, now_ns,
			(double)sums.unacked);
	series_list_add(series, "connection.not_sent_bytes", service->role, SERIES_BYTES, now_ns,
			(double)sums.not_sent_bytes);
	if (!(pair_ns > 0))
		return;
	series_list_add(series, "connection.retransmits", service->role, SERIES_PER_SECOND, now_ns,
			monitor_rate(0, sums.retransmits, elapsed_ns));
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
		series_list_add(series, ratios[i].name, service->role, SERIES_RATIO, now_ns,
				(double)ratios[i].value_ns / pair_ns);
}

/* What was looked at is all of them, or they are counted. */
static void add_count(struct connection_monitor *monitor, uint32_t target, uint64_t now_ns,
		      struct series_list *series)
{
	struct service *service = &monitor->services[target];
	const struct socket_entries *counted = &monitor->now;

	if (monitor->now.count >= LOOKED_AT_MAX) {
		uint64_t start_ns = clock_thread_cpu_ns();
		bool is_counted =
			now_ns >= service->count_due_ns &&
			list_connections(monitor, target, false, COUNTED_MAX, &monitor->all);

		if (!is_counted)
			return;
		service->count_due_ns = now_ns + COUNT_PAUSE * (clock_thread_cpu_ns() - start_ns);
		counted = &monitor->all;
	}
	series_list_add(series, "connection.count", service->role, SERIES_COUNT, now_ns,
			(double)counted->count);
}

static void keep_informed(struct socket_entries *entries)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].has_info)
			entries->items[kept++] = entries->items[i];
	entries->count = kept;
}

static void sample_service(struct connection_monitor *monitor, uint32_t target, uint64_t now_ns,
			   struct series_list *series)
{
	struct service *service = &monitor->services[target];
	uint64_t start_ns = clock_thread_cpu_ns();
	struct socket_entries swap;

	if (now_ns < service->look_due_ns ||
	    !list_connections(monitor, target, true, LOOKED_AT_MAX, &monitor->now))
		return;
	service->look_due_ns = now_ns + LOOK_PAUSE * (clock_thread_cpu_ns() - start_ns);
	if (service->last_ns > 0 && now_ns > service->last_ns)
		add_count(monitor, target, now_ns, series);
	keep_informed(&monitor->now);
	sort(&monitor->now);
	if (service->last_ns > 0 && now_ns > service->last_ns && monitor->now.count > 0)
		add_points(service, &monitor->now, now_ns, series);
	swap = service->last;
	service->last = monitor->now;
	monitor->now = swap;
	service->last_ns = now_ns;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct connection_monitor *monitor = state;

	for (uint32_t i = 0; i < monitor->count; i++)
		sample_service(monitor, i, now_ns, series);
}

static void stop(void *state)
{
	struct connection_monitor *monitor = state;

	for (uint32_t i = 0; i < monitor->count; i++)
		vec_release(&monitor->services[i].last);
	free(monitor->services);
	vec_release(&monitor->now);
	vec_release(&monitor->all);
	vec_release(&monitor->ports[0]);
	vec_release(&monitor->ports[1]);
	free(monitor);
}

const struct monitor_ops connection_monitor_ops = {.start = start, .sample = sample, .stop = stop};
