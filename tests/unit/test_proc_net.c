/* The files of /proc/net: copies in tests/data/procfs/machine, and damaged ones. */
#include "procfs/proc_net.h"

#include <errno.h>
#include <stdlib.h>

#include "procfs/proc_file.h"
#include "tap.h"

static struct procfs machine;
static struct strbuf buffer;

static void read_copy(const char *name)
{
	ok(proc_file_read(&machine, &buffer, "/proc/net/%s", name) == 0, name);
}

static int parse_counters(const char *text, struct proc_net_counters *counters)
{
	return proc_net_parse_counters(text, strlen(text), counters);
}

static void test_counters(void)
{
	static const struct {
		enum proc_net_counter counter;
		uint64_t value;
	} wanted[] = {
		{PROC_NET_ACTIVE_OPENS, 1157629},  {PROC_NET_PASSIVE_OPENS, 1066799},
		{PROC_NET_ATTEMPT_FAILS, 90143},   {PROC_NET_ESTAB_RESETS, 414371},
		{PROC_NET_IN_SEGMENTS, 300173260}, {PROC_NET_OUT_SEGMENTS, 300169473},
		{PROC_NET_RETRANSMITS, 2325},	   {PROC_NET_SEGMENT_ERRORS, 1},
		{PROC_NET_OUT_RESETS, 364776},	   {PROC_NET_LISTEN_OVERFLOWS, 700},
		{PROC_NET_LISTEN_DROPS, 700},	   {PROC_NET_TIMEOUTS, 32},
		{PROC_NET_SYN_RETRANSMITS, 24},	   {PROC_NET_LOSS_PROBES, 2645},
		{PROC_NET_BACKLOG_DROPS, 0},	   {PROC_NET_DELAYED_ACKS, 364023},
	};
	struct proc_net_counters counters;

	proc_net_counters_clear(&counters);
	read_copy("snmp");
	is_int(proc_net_parse_counters(strbuf_text(&buffer), buffer.length, &counters), 0,
	       "snmp is parsed");
	ok(counters.values[PROC_NET_LISTEN_DROPS] == PROC_NET_UNKNOWN,
	   "what is in the other file is not known yet");
	read_copy("netstat");
	is_int(proc_net_parse_counters(strbuf_text(&buffer), buffer.length, &counters), 0,
	       "netstat is parsed");
	is_int(sizeof(wanted) / sizeof(wanted[0]), PROC_NET_COUNTER_COUNT, "all are looked at");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		is_int(counters.values[wanted[i].counter], wanted[i].value,
		       proc_net_counter_name(wanted[i].counter));
}

static void test_damaged_counters(void)
{
	struct proc_net_counters counters;

	proc_net_counters_clear(&counters);
	is_int(parse_counters("Tcp: RetransSegs New\nTcp: 5 9\n", &counters), 0,
	       "other columns than today's");
	is_int(counters.values[PROC_NET_RETRANSMITS], 5, "the one that is there is taken");
	ok(counters.values[PROC_NET_OUT_SEGMENTS] == PROC_NET_UNKNOWN, "the others are unknown");
	is_int(parse_counters("Tcp: RetransSegs OutSegs\nTcp: 7\n", &counters), -EBADMSG,
	       "a value is missing");
	is_int(parse_counters("Tcp: RetransSegs\nTcp: 7 8\n", &counters), -EBADMSG,
	       "a value too many");
	is_int(parse_counters("Tcp: RetransSegs\nTcp: seven\n", &counters), -EBADMSG, "no number");
	is_int(parse_counters("Tcp: RetransSegs\nUdp: 7\n", &counters), -EBADMSG,
	       "values of another line");
	is_int(parse_counters("Tcp: RetransSegs", &counters), -EBADMSG, "no values at all");
	is_int(parse_counters("Udp: NoPorts\nUdp: 7\n", &counters), -EBADMSG, "no TCP");
	is_int(parse_counters("", &counters), -EBADMSG, "empty");
	is_int(counters.values[PROC_NET_RETRANSMITS], 5, "nothing of all that was kept");
	is_int(parse_counters("TcpExt: RetransSegs\nTcpExt: 8\n", &counters), 0,
	       "a column of another line's name");
	is_int(counters.values[PROC_NET_RETRANSMITS], 5, "is not taken");
}

static void test_sockets(void)
{
	struct proc_net_sockets sockets;

	read_copy("sockstat");
	is_int(proc_net_parse_sockets(strbuf_text(&buffer), buffer.length, &sockets), 0,
	       "is parsed");
	is_int(sockets.in_use, 2002, "in use");
	is_int(sockets.orphans, 1, "orphans");
	is_int(sockets.time_wait, 28120, "in TIME_WAIT");
	is_int(sockets.memory_pages, 192, "memory");
	is_int(proc_net_parse_sockets("TCP: inuse 3\n", 13, &sockets), 0, "fewer columns");
	ok(sockets.in_use == 3 && sockets.time_wait == PROC_NET_UNKNOWN, "are unknown");
	is_int(proc_net_parse_sockets("TCP: inuse tw 3\n", 16, &sockets), -EBADMSG,
	       "a number is missing");
	is_int(proc_net_parse_sockets("UDP: inuse 3\n", 13, &sockets), -EBADMSG, "no TCP");
	is_int(proc_net_parse_sockets("", 0, &sockets), -EBADMSG, "empty");
}

static int parse_interfaces(const char *text, struct proc_net_interfaces *interfaces)
{
	return proc_net_parse_interfaces(text, strlen(text), interfaces);
}

static void test_interfaces(void)
{
	static const char heading[] = "Inter-| Receive | Transmit\n face |bytes|bytes\n";
	struct proc_net_interfaces interfaces = {0};
	char text[256];

	read_copy("dev");
	is_int(proc_net_parse_interfaces(strbuf_text(&buffer), buffer.length, &interfaces), 0,
	       "is parsed");
	is_int(interfaces.count, 3, "three interfaces");
	if (interfaces.count == 3) {
		const struct proc_net_interface *last = &interfaces.items[2];

		is_str(interfaces.items[0].name, "lo", "the first one's name");
		is_int(interfaces.items[0].out_bytes, 56676956260, "its bytes out");
		is_str(last->name, "eth0", "the last one's name");
		ok(last->in_bytes == 371923479 && last->in_packets == 9714, "bytes and packets in");
		ok(last->in_errors == 1 && last->in_drops == 2, "errors and drops in");
		ok(last->out_bytes == 548352 && last->out_packets == 6829, "bytes and packets out");
		ok(last->out_errors == 3 && last->out_drops == 4, "errors and drops out");
	}
	is_int(parse_interfaces(heading, &interfaces), 0, "no interface");
	is_int(interfaces.count, 0, "is none");
	snprintf(text, sizeof(text), "%seth0:1: 1 2 3 4 5 6 7 8 9 10 11 12\n", heading);
	is_int(parse_interfaces(text, &interfaces), 0, "a colon in the name");
	is_str(interfaces.items[0].name, "eth0:1", "belongs to it");
	snprintf(text, sizeof(text), "%slo:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", heading);
	is_int(parse_interfaces(text, &interfaces), 0, "no blank behind the name");
	is_int(interfaces.items[0].in_bytes, 1, "is as good");
	snprintf(text, sizeof(text), "%slo: 1 2 3 4 5 6 7 8\n", heading);
	is_int(parse_interfaces(text, &interfaces), -EBADMSG, "half a line");
	is_int(interfaces.count, 0, "nothing is kept");
	snprintf(text, sizeof(text), "%s: 1 2 3 4 5 6 7 8 9 10 11 12\n", heading);
	is_int(parse_interfaces(text, &interfaces), -EBADMSG, "no name");
	is_int(parse_interfaces("lo: 1\nlo: 2\n", &interfaces), -EBADMSG, "no headings");
	is_int(parse_interfaces("", &interfaces), -EBADMSG, "empty");
	vec_release(&interfaces);
}

int main(void)
{
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	strbuf_init(&buffer, 1 << 20);
	if (ok(proc_file_init(&machine, root) == 0, "the root of the copies")) {
		test_counters();
		test_damaged_counters();
		test_sockets();
		test_interfaces();
	}
	strbuf_release(&buffer);
	return tap_done();
}
