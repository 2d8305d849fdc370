/* The network monitor over a fake /proc: this machine's network, and a service's own. */
#include <stdlib.h>

#include "fake_proc.h"
#include "monitor/monitor.h"
#include "monitor_value.h"
#include "tap.h"
#include "util/clock.h"

enum { SERVICE = 100 };

struct figures {
	unsigned out_segments, retransmits, listen_overflows, time_wait;
	unsigned eth0_bytes, veth_bytes;
};

static void put_network(const char *directory, struct figures figures)
{
	char path[128], text[1024];

	snprintf(path, sizeof(path), "proc/%s", directory);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "%s/snmp", directory);
	snprintf(text, sizeof(text),
		 "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets InSegs OutSegs "
		 "RetransSegs InErrs OutRsts\nTcp: 1 2 3 4 5 %u %u 0 7\n",
		 figures.out_segments, figures.retransmits);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%s/netstat", directory);
	snprintf(text, sizeof(text),
		 "TcpExt: ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans TCPBacklogDrop "
		 "DelayedACKs\nTcpExt: %u 6 0 0 0 0\n",
		 figures.listen_overflows);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%s/sockstat", directory);
	snprintf(text, sizeof(text), "TCP: inuse 3 orphan 0 tw %u alloc 5 mem 2\n",
		 figures.time_wait);
	fake_write(path, text);
	snprintf(path, sizeof(path), "%s/dev", directory);
	snprintf(text, sizeof(text),
		 "Inter-| Receive | Transmit\n face |bytes|bytes\n"
		 "  eth0: %u %u 0 0 0 0 0 0 400 4 0 0 0 0 0 0\n"
		 "  veth: %u 2 0 0 0 0 0 0 500 5 0 0 0 0 0 0\n",
		 figures.eth0_bytes, figures.eth0_bytes / 100, figures.veth_bytes);
	fake_write(path, text);
}

static void put_namespace(const char *process, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "proc/%s", process);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "proc/%s/ns", process);
	fake_make_dir(path);
	snprintf(path, sizeof(path), "%s/proc/%s/ns/net", fake_root, process);
	if (symlink(name, path) < 0)
		abort();
}

/* Two samples, two seconds apart. */
static void sample_twice(struct series_list *series, char *missing, size_t size)
{
	static const struct figures first = {1000, 10, 5, 7, 1000, 300};
	static const struct figures second = {3000, 14, 6, 9, 5000, 300};
	static const struct figures own_first = {500, 1, 0, 0, 100, 200};
	static const struct figures own_second = {700, 1, 8, 1, 300, 200};
	const struct monitor_target target = {
		.pid = SERVICE, .role = "gateway", .child_role = "workers"};
	const struct monitor_config config = {
		.targets = &target, .target_count = 1, .root = fake_root};
	struct monitor_set *set = monitor_set_new(&config);

	put_network("net", first);
	put_network("100/net", own_first);
	monitor_set_sample(set, 10ull * NS_PER_S, series);
	is_int(series->count, 0, "the first sample is the base");
	put_network("net", second);
	put_network("100/net", own_second);
	monitor_set_sample(set, 12ull * NS_PER_S, series);
	snprintf(missing, size, "%s", monitor_set_get_missing(set));
	monitor_set_free(set);
}

static void check_host(const struct series_list *series)
{
	is_near(get_value(series, "network.out_segments", "host", SERIES_PER_SECOND), 1000, 1e-9,
		"segments out");
	is_near(get_value(series, "network.retransmits", "host", SERIES_PER_SECOND), 2, 1e-9,
		"segments sent again");
	is_near(get_value(series, "network.listen_overflows", "host", SERIES_PER_SECOND), 0.5, 1e-9,
		"overflows");
	is_near(get_value(series, "network.listen_drops", "host", SERIES_PER_SECOND), 0, 0,
		"what does not move is 0");
	is_near(get_value(series, "network.sockets_in_use", "host", SERIES_COUNT), 3, 0,
		"sockets in use");
	is_near(get_value(series, "network.sockets_time_wait", "host", SERIES_COUNT), 9, 0,
		"sockets in TIME_WAIT");
	is_near(get_value(series, "network.socket_memory", "host", SERIES_BYTES),
		2.0 * (double)sysconf(_SC_PAGESIZE), 0, "their memory");
	is_near(get_value(series, "network.in_bytes", "eth0", SERIES_PER_SECOND), 2000, 1e-9,
		"bytes in");
	is_near(get_value(series, "network.out_packets", "eth0", SERIES_PER_SECOND), 0, 0,
		"packets out");
	ok(series_list_find(series, "network.in_bytes", "veth") == NULL,
	   "an interface that nothing goes through has no series");
}

static void test_same_network(void)
{
	struct series_list series = {0};
	char missing[4096];

	fake_begin();
	put_namespace("self", "net:[1]");
	put_namespace("100", "net:[1]");
	sample_twice(&series, missing, sizeof(missing));
	check_host(&series);
	ok(series_list_find(&series, "network.retransmits", "gateway") == NULL,
	   "a service in our network has no series of its own");
	ok(strstr(missing, "network: this kernel does not count loss_probes") != NULL,
	   "a counter that the kernel does not have is named");
	ok(strstr(missing, "ns/net") == NULL, "both namespaces could be read");
	series_list_release(&series);
	fake_finish();
}

static void test_own_network(void)
{
	struct series_list series = {0};
	char missing[4096];

	fake_begin();
	put_namespace("self", "net:[1]");
	put_namespace("100", "net:[2]");
	sample_twice(&series, missing, sizeof(missing));
	check_host(&series);
	is_near(get_value(&series, "network.out_segments", "gateway", SERIES_PER_SECOND), 100, 1e-9,
		"the service's segments out");
	is_near(get_value(&series, "network.listen_overflows", "gateway", SERIES_PER_SECOND), 4,
		1e-9, "its overflows");
	is_near(get_value(&series, "network.sockets_time_wait", "gateway", SERIES_COUNT), 1, 0,
		"its sockets");
	ok(series_list_find(&series, "network.socket_memory", "gateway") == NULL,
	   "memory is the machine's");
	is_near(get_value(&series, "network.in_bytes", "gateway:eth0", SERIES_PER_SECOND), 100,
		1e-9, "its interface");
	series_list_release(&series);
	fake_finish();
}

static void test_missing(void)
{
	struct series_list series = {0};
	const struct monitor_target target = {.pid = SERVICE, .role = "gateway"};
	const struct monitor_config config = {
		.targets = &target, .target_count = 1, .root = fake_root};
	struct monitor_set *set;
	const char *missing;

	fake_begin();
	put_namespace("self", "net:[1]");
	fake_make_dir("proc/net");
	fake_write("net/sockstat", "TCP: inuse\n");
	set = monitor_set_new(&config);
	for (uint64_t i = 1; i <= 3; i++)
		monitor_set_sample(set, i * NS_PER_S, &series);
	missing = monitor_set_get_missing(set);
	ok(strstr(missing, "network: /proc/net/snmp cannot be read") != NULL, "no snmp is said");
	ok(strstr(missing, "network: /proc/net/dev cannot be read") != NULL, "no dev is said");
	ok(strstr(missing, "sockstat is not in the form") != NULL, "nor a damaged file");
	ok(strstr(missing, "does not count") == NULL, "a file that is missing says nothing more");
	ok(strstr(missing, "/proc/100/ns/net is not for this user") != NULL,
	   "a namespace that may not be looked at is said");
	for (size_t i = 0; i < series.count; i++)
		ok(strncmp(series.items[i].name, "network.", 8) != 0, series.items[i].name);
	monitor_set_free(set);
	series_list_release(&series);
	fake_finish();
}

int main(void)
{
	test_same_network();
	test_own_network();
	test_missing();
	return tap_done();
}
