#include "procfs/proc_net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procfs/proc_scan.h"

static const struct {
	const char *name;
	bool is_extended; /* of the line "TcpExt:", else "Tcp:" */
	const char *column;
} counters_known[PROC_NET_COUNTER_COUNT] = {
	[PROC_NET_ACTIVE_OPENS] = {"active_opens", false, "ActiveOpens"},
	[PROC_NET_PASSIVE_OPENS] = {"passive_opens", false, "PassiveOpens"},
	[PROC_NET_ATTEMPT_FAILS] = {"attempt_fails", false, "AttemptFails"},
	[PROC_NET_ESTAB_RESETS] = {"estab_resets", false, "EstabResets"},
	[PROC_NET_IN_SEGMENTS] = {"in_segments", false, "InSegs"},
	[PROC_NET_OUT_SEGMENTS] = {"out_segments", false, "OutSegs"},
	[PROC_NET_RETRANSMITS] = {"retransmits", false, "RetransSegs"},
	[PROC_NET_SEGMENT_ERRORS] = {"segment_errors", false, "InErrs"},
	[PROC_NET_OUT_RESETS] = {"out_resets", false, "OutRsts"},
	[PROC_NET_LISTEN_OVERFLOWS] = {"listen_overflows", true, "ListenOverflows"},
	[PROC_NET_LISTEN_DROPS] = {"listen_drops", true, "ListenDrops"},
	[PROC_NET_TIMEOUTS] = {"timeouts", true, "TCPTimeouts"},
	[PROC_NET_SYN_RETRANSMITS] = {"syn_retransmits", true, "TCPSynRetrans"},
	[PROC_NET_LOSS_PROBES] = {"loss_probes", true, "TCPLossProbes"},
	[PROC_NET_BACKLOG_DROPS] = {"backlog_drops", true, "TCPBacklogDrop"},
	[PROC_NET_DELAYED_ACKS] = {"delayed_acks", true, "DelayedACKs"},
};

const char *proc_net_counter_name(enum proc_net_counter counter)
{
	return counters_known[counter].name;
}

void proc_net_counters_clear(struct proc_net_counters *counters)
{
	for (int i = 0; i < PROC_NET_COUNTER_COUNT; i++)
		counters->values[i] = PROC_NET_UNKNOWN;
}

static bool is_word(const struct proc_scan *word, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(word->end - word->at) == length && memcmp(word->at, text, length) == 0;
}

static int find_counter(bool is_extended, const struct proc_scan *column)
{
	for (int i = 0; i < PROC_NET_COUNTER_COUNT; i++)
		if (counters_known[i].is_extended == is_extended &&
		    is_word(column, counters_known[i].column))
			return i;
	return -1;
}

/* Names and values side by side, behind their "Word:". MaxConn is -1: values may be negative. */
static bool scan_columns(bool is_extended, struct proc_scan names, struct proc_scan values,
			 struct proc_net_counters *counters)
{
	struct proc_scan name;
	uint64_t value;

	while (proc_scan_word(&names, &name)) {
		int counter = find_counter(is_extended, &name);

		if (!proc_scan_positive(&values, &value))
			return false;
		if (counter >= 0)
			counters->values[counter] = value;
	}
	proc_scan_skip_blanks(&values);
	return values.at == values.end;
}

int proc_net_parse_counters(const char *text, size_t length, struct proc_net_counters *counters)
{
	static const char *const heads[] = {"Tcp: ", "TcpExt: "};
	struct proc_scan scan = {text, text + length}, names, values;
	struct proc_net_counters parsed = *counters;
	bool is_found = false;

	while (proc_scan_line(&scan, &names)) {
		for (int i = 0; i < 2; i++) {
			if (!proc_scan_text(&names, heads[i]))
				continue;
			if (!proc_scan_line(&scan, &values) || !proc_scan_text(&values, heads[i]) ||
			    !scan_columns(i == 1, names, values, &parsed))
				return -EBADMSG;
			is_found = true;
			break;
		}
	}
	if (!is_found)
		return -EBADMSG;
	*counters = parsed;
	return 0;
}

/* "inuse 12 orphan 0 tw 3 alloc 14 mem 2" */
static bool scan_sockets(struct proc_scan line, struct proc_net_sockets *sockets)
{
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{"inuse", &sockets->in_use},
		{"orphan", &sockets->orphans},
		{"tw", &sockets->time_wait},
		{"mem", &sockets->memory_pages},
	};
	struct proc_scan key;
	uint64_t value;

	while (proc_scan_word(&line, &key)) {
		if (!proc_scan_positive(&line, &value))
			return false;
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (is_word(&key, fields[i].key))
				*fields[i].value = value;
	}
	return true;
}

int proc_net_parse_sockets(const char *text, size_t length, struct proc_net_sockets *ret_sockets)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_net_sockets sockets = {PROC_NET_UNKNOWN, PROC_NET_UNKNOWN, PROC_NET_UNKNOWN,
					   PROC_NET_UNKNOWN};

	while (proc_scan_line(&scan, &line)) {
		if (!proc_scan_text(&line, "TCP: "))
			continue;
		if (!scan_sockets(line, &sockets))
			return -EBADMSG;
		*ret_sockets = sockets;
		return 0;
	}
	return -EBADMSG;
}

/* "  eth0: BYTES PACKETS ERRS DROP FIFO FRAME COMPRESSED MULTICAST  BYTES PACKETS ERRS DROP …" */
static bool scan_interface(struct proc_scan line, struct proc_net_interface *interface)
{
	enum { RECEIVE_COLUMNS = 8, COLUMNS = 12 };
	uint64_t columns[COLUMNS];
	const char *colon;

	proc_scan_skip_blanks(&line);
	/* a name may hold a colon ("eth0:1"): the last one ends it */
	colon = memrchr(line.at, ':', (size_t)(line.end - line.at));
	if (colon == NULL || colon == line.at)
		return false;
	snprintf(interface->name, sizeof(interface->name), "%.*s", (int)(colon - line.at), line.at);
	line.at = colon + 1;
	for (int i = 0; i < COLUMNS; i++)
		if (!proc_scan_u64(&line, &columns[i]))
			return false;
	interface->in_bytes = columns[0];
	interface->in_packets = columns[1];
	interface->in_errors = columns[2];
	interface->in_drops = columns[3];
	interface->out_bytes = columns[RECEIVE_COLUMNS];
	interface->out_packets = columns[RECEIVE_COLUMNS + 1];
	interface->out_errors = columns[RECEIVE_COLUMNS + 2];
	interface->out_drops = columns[RECEIVE_COLUMNS + 3];
	return true;
}

int proc_net_parse_interfaces(const char *text, size_t length,
			      struct proc_net_interfaces *interfaces)
{
	struct proc_scan scan = {text, text + length}, line;
	bool is_whole = true;
	int number = 0;

	vec_clear(interfaces);
	while (is_whole && proc_scan_line(&scan, &line)) {
		struct proc_net_interface interface;

		if (++number <= 2) /* of headings, with '|' between their halves */
			is_whole = memchr(line.at, '|', (size_t)(line.end - line.at)) != NULL;
		else if ((is_whole = scan_interface(line, &interface)))
			vec_push(interfaces, interface);
	}
	if (is_whole && number >= 2)
		return 0;
	vec_clear(interfaces);
	return -EBADMSG;
}
