/*
 * TCP and the interfaces, as nstat and sar tell them: what makes requests slow without anybody's
 * CPU being busy (segments sent again, listen queues that overflow), and how many sockets there
 * are.
 *
 * Of this machine's network (scope "host"; interfaces: their name), and, when the first service
 * lives in a network namespace of its own, of that as well (scope: its role; interfaces:
 * "ROLE:NAME"). Counters are of all that goes on in a namespace, whoever causes it.
 *
 * A sample reads four files a namespace, together some 100 us; more with thousands of sockets. This
 * machine's stay open. The service's do not: they would keep its namespace alive after its end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_net.h"

enum network_file { FILE_SNMP, FILE_NETSTAT, FILE_SOCKSTAT, FILE_DEV, FILE_COUNT };

static const char *const file_names[FILE_COUNT] = {"snmp", "netstat", "sockstat", "dev"};

/* Of one namespace. */
struct network_reading {
	struct proc_net_counters counters;
	struct proc_net_sockets sockets;
	struct proc_net_interfaces interfaces;
};

struct network {
	struct kept_file files[FILE_COUNT];
	char scope[MONITOR_ROLE_BYTES];
	bool is_host;
	struct network_reading last, now;
	uint64_t last_ns; /* 0 = not read yet */
};

struct network_monitor {
	const struct procfs *fs;
	struct strbuf *missing;
	struct strbuf buffer;
	pid_t service;
	char role[MONITOR_ROLE_BYTES];
	struct network networks[2];
	uint32_t count; /* 0 until the first sample: then the services are what they will be */
};

static void *start(struct monitor_context *context)
{
	struct network_monitor *monitor = alloc_new(struct network_monitor);

	monitor->fs = &context->fs;
	monitor->missing = context->missing;
	monitor->service = context->service;
	memcpy(monitor->role, context->service_role, sizeof(monitor->role));
	strbuf_init(&monitor->buffer, 1 << 20);
	return monitor;
}

static void add_network(struct network_monitor *monitor, const char *scope)
{
	struct network *network = &monitor->networks[monitor->count++];

	network->is_host = network == monitor->networks;
	snprintf(network->scope, sizeof(network->scope), "%s", scope);
	for (int i = 0; i < FILE_COUNT; i++)
		if (network->is_host)
			kept_file_init(&network->files[i], monitor->fs, "/proc/net/%s",
				       file_names[i]);
		else
			kept_file_init(&network->files[i], monitor->fs, "/proc/%d/net/%s",
				       (int)monitor->service, file_names[i]);
}

/* Whether the service's namespace is another one than ours. */
static bool has_own_network(struct network_monitor *monitor)
{
	char own[64];

	if (monitor->service <= 0 ||
	    proc_file_read_link(monitor->fs, &monitor->buffer, "/proc/self/ns/net") < 0)
		return false;
	snprintf(own, sizeof(own), "%s", strbuf_text(&monitor->buffer));
	if (proc_file_read_link(monitor->fs, &monitor->buffer, "/proc/%d/ns/net",
				(int)monitor->service) < 0) {
		monitor_add_missing(monitor->missing,
				    "network: /proc/%d/ns/net is not for this user: %s is taken to "
				    "be in this machine's own network",
				    (int)monitor->service, monitor->role);
		return false;
	}
	return strcmp(own, strbuf_text(&monitor->buffer)) != 0;
}

static int read_file(struct network_monitor *monitor, struct network *network,
		     enum network_file file)
{
	struct kept_file *kept = &network->files[file];
	int r = kept_file_read(kept, &monitor->buffer);

	if (!network->is_host)
		kept_file_release(kept);
	/* a service that has ended took its namespace along */
	if (r < 0 && network->is_host)
		monitor_add_missing(monitor->missing, "network: %s cannot be read: %s", kept->path,
				    strerror(-r));
	return r;
}

static void say_damaged(struct network_monitor *monitor, const struct network *network,
			enum network_file file)
{
	monitor_add_missing(monitor->missing, "network: %s is not in the form that it should be",
			    network->files[file].path);
}

/* Counters that this kernel does not have are said once, and have no series. */
static void say_unknown(struct network_monitor *monitor, const struct proc_net_counters *counters)
{
	struct strbuf names;

	strbuf_init(&names, 512);
	for (int i = 0; i < PROC_NET_COUNTER_COUNT; i++)
		if (counters->values[i] == PROC_NET_UNKNOWN)
			strbuf_addf(&names, "%s%s", names.length > 0 ? ", " : "",
				    proc_net_counter_name((enum proc_net_counter)i));
	if (names.length > 0)
		monitor_add_missing(monitor->missing, "network: this kernel does not count %s",
				    strbuf_text(&names));
	strbuf_release(&names);
}

static void read_counters(struct network_monitor *monitor, struct network *network)
{
	static const enum network_file files[] = {FILE_SNMP, FILE_NETSTAT};
	struct proc_net_counters *counters = &network->now.counters;
	const struct strbuf *text = &monitor->buffer;
	int whole_count = 0;

	proc_net_counters_clear(counters);
	for (int i = 0; i < 2; i++) {
		if (read_file(monitor, network, files[i]) < 0)
			continue;
		if (proc_net_parse_counters(strbuf_text(text), text->length, counters) < 0)
			say_damaged(monitor, network, files[i]);
		else
			whole_count++;
	}
	if (whole_count == 2 && network->last_ns == 0)
		say_unknown(monitor, counters);
}

/* What cannot be read is unknown, or empty. */
static void read_network(struct network_monitor *monitor, struct network *network)
{
	struct network_reading *now = &network->now;
	const struct strbuf *text = &monitor->buffer;

	read_counters(monitor, network);
	now->sockets = (struct proc_net_sockets){PROC_NET_UNKNOWN, PROC_NET_UNKNOWN,
						 PROC_NET_UNKNOWN, PROC_NET_UNKNOWN};
	if (read_file(monitor, network, FILE_SOCKSTAT) == 0 &&
	    proc_net_parse_sockets(strbuf_text(text), text->length, &now->sockets) < 0)
		say_damaged(monitor, network, FILE_SOCKSTAT);
	vec_clear(&now->interfaces);
	if (read_file(monitor, network, FILE_DEV) == 0 &&
	    proc_net_parse_interfaces(strbuf_text(text), text->length, &now->interfaces) < 0)
		say_damaged(monitor, network, FILE_DEV);
}

static void add_counters(const struct network *network, uint64_t elapsed_ns, uint64_t now_ns,
			 struct series_list *series)
{
	for (int i = 0; i < PROC_NET_COUNTER_COUNT; i++) {
		uint64_t last = network->last.counters.values[i];
		uint64_t now = network->now.counters.values[i];
		char name[48];

		if (last == PROC_NET_UNKNOWN || now == PROC_NET_UNKNOWN)
			continue;
		snprintf(name, sizeof(name), "network.%s",
			 proc_net_counter_name((enum proc_net_counter)i));
		series_list_add(series, name, network->scope, SERIES_PER_SECOND, now_ns,
				monitor_rate(last, now, elapsed_ns));
	}
}

static void add_sockets(const struct network *network, uint64_t now_ns, struct series_list *series)
{
	const struct proc_net_sockets *sockets = &network->now.sockets;
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"network.sockets_in_use", sockets->in_use},
		{"network.sockets_orphan", sockets->orphans},
		{"network.sockets_time_wait", sockets->time_wait},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].value != PROC_NET_UNKNOWN)
			series_list_add(series, counts[i].name, network->scope, SERIES_COUNT,
					now_ns, (double)counts[i].value);
	if (network->is_host && sockets->memory_pages != PROC_NET_UNKNOWN)
		series_list_add(series, "network.socket_memory", network->scope, SERIES_BYTES,
				now_ns,
				(double)sockets->memory_pages * (double)sysconf(_SC_PAGESIZE));
}

static void add_interface(const struct network *network, const struct proc_net_interface *last,
			  const struct proc_net_interface *now, uint64_t elapsed_ns,
			  uint64_t now_ns, struct series_list *series)
{
	const struct {
		const char *name;
		uint64_t last, now;
	} rates[] = {
		{"network.in_bytes", last->in_bytes, now->in_bytes},
		{"network.in_packets", last->in_packets, now->in_packets},
		{"network.in_errors", last->in_errors, now->in_errors},
		{"network.in_drops", last->in_drops, now->in_drops},
		{"network.out_bytes", last->out_bytes, now->out_bytes},
		{"network.out_packets", last->out_packets, now->out_packets},
		{"network.out_errors", last->out_errors, now->out_errors},
		{"network.out_drops", last->out_drops, now->out_drops},
	};
	bool has_moved = now->in_packets != last->in_packets || now->in_drops != last->in_drops ||
			 now->out_packets != last->out_packets || now->out_drops != last->out_drops;
	char scope[MONITOR_ROLE_BYTES + PROC_NET_NAME_BYTES + 1];

	if (network->is_host)
		snprintf(scope, sizeof(scope), "%s", now->name);
	else
		snprintf(scope, sizeof(scope), "%s:%s", network->scope, now->name);
	/* a host of containers has hundreds that nothing goes through */
	if (!has_moved && series_list_find(series, rates[0].name, scope) == NULL)
		return;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		series_list_add(series, rates[i].name, scope, SERIES_PER_SECOND, now_ns,
				monitor_rate(rates[i].last, rates[i].now, elapsed_ns));
}

/* An interface that was not there last time waits for its second reading. */
static void add_interfaces(const struct network *network, uint64_t elapsed_ns, uint64_t now_ns,
			   struct series_list *series)
{
	const struct proc_net_interfaces *last = &network->last.interfaces;

	for (size_t i = 0; i < network->now.interfaces.count; i++) {
		const struct proc_net_interface *now = &network->now.interfaces.items[i];

		for (size_t at = 0; at < last->count; at++)
			if (strcmp(last->items[at].name, now->name) == 0)
				add_interface(network, &last->items[at], now, elapsed_ns, now_ns,
					      series);
	}
}

static void sample_network(struct network_monitor *monitor, struct network *network,
			   uint64_t now_ns, struct series_list *series)
{
	uint64_t elapsed_ns = monitor_growth(network->last_ns, now_ns);
	struct network_reading swap = network->last;

	read_network(monitor, network);
	if (network->last_ns > 0 && elapsed_ns > 0) {
		add_counters(network, elapsed_ns, now_ns, series);
		add_sockets(network, now_ns, series);
		add_interfaces(network, elapsed_ns, now_ns, series);
	}
	network->last = network->now;
	network->now = swap;
	network->last_ns = now_ns;
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct network_monitor *monitor = state;

	if (monitor->count == 0) {
		add_network(monitor, "host");
		if (has_own_network(monitor))
			add_network(monitor, monitor->role);
	}
	for (uint32_t i = 0; i < monitor->count; i++)
		sample_network(monitor, &monitor->networks[i], now_ns, series);
}

static void stop(void *state)
{
	struct network_monitor *monitor = state;

	for (uint32_t i = 0; i < monitor->count; i++) {
		for (int file = 0; file < FILE_COUNT; file++)
			kept_file_release(&monitor->networks[i].files[file]);
		vec_release(&monitor->networks[i].last.interfaces);
		vec_release(&monitor->networks[i].now.interfaces);
	}
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops network_monitor_ops = {.start = start, .sample = sample, .stop = stop};
