/*
 * The network of one namespace: /proc/net (or /proc/PID/net) snmp, netstat, sockstat and dev
 * (proc(5); kernel: networking/snmp_counter.rst). Pure parsers. Counters are cumulative since the
 * namespace was made. Which of them a kernel has differs: one that is missing is PROC_NET_UNKNOWN.
 */
#ifndef PROCFS_PROC_NET_H
#define PROCFS_PROC_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

#define PROC_NET_UNKNOWN UINT64_MAX

enum proc_net_counter {
	/* snmp, line "Tcp:" */
	PROC_NET_ACTIVE_OPENS,	/* connections opened */
	PROC_NET_PASSIVE_OPENS, /* and taken */
	PROC_NET_ATTEMPT_FAILS,
	PROC_NET_ESTAB_RESETS,
	PROC_NET_IN_SEGMENTS,
	PROC_NET_OUT_SEGMENTS, /* without those sent again */
	PROC_NET_RETRANSMITS,
	PROC_NET_SEGMENT_ERRORS,
	PROC_NET_OUT_RESETS,
	/* netstat, line "TcpExt:" */
	PROC_NET_LISTEN_OVERFLOWS, /* the accept queue was full */
	PROC_NET_LISTEN_DROPS,	   /* that, and other reasons to drop who wanted to connect */
	PROC_NET_TIMEOUTS,	   /* of the retransmission timer */
	PROC_NET_SYN_RETRANSMITS,
	PROC_NET_LOSS_PROBES,
	PROC_NET_BACKLOG_DROPS,
	PROC_NET_DELAYED_ACKS,
	PROC_NET_COUNTER_COUNT,
};

/* "retransmits", "listen_overflows" … */
const char *proc_net_counter_name(enum proc_net_counter counter);

struct proc_net_counters {
	uint64_t values[PROC_NET_COUNTER_COUNT];
};

/* All unknown: what the two files then fill in. */
void proc_net_counters_clear(struct proc_net_counters *counters);

/*
 * snmp and netstat have the same form: a line of names and a line of values behind the same
 * "Word:". Sets those that the text has, and leaves the others. 0, or -EBADMSG (then nothing is
 * set) when the text has neither "Tcp:" nor "TcpExt:", or a line of it does not match its names.
 */
int proc_net_parse_counters(const char *text, size_t length, struct proc_net_counters *counters);

/* sockstat, line "TCP:"; missing numbers are PROC_NET_UNKNOWN. */
struct proc_net_sockets {
	uint64_t in_use, orphans, time_wait;
	uint64_t memory_pages; /* of the whole machine, whatever the namespace */
};

/* -EBADMSG without a line "TCP:". */
int proc_net_parse_sockets(const char *text, size_t length, struct proc_net_sockets *ret_sockets);

enum { PROC_NET_NAME_BYTES = 32 };

struct proc_net_interface {
	char name[PROC_NET_NAME_BYTES]; /* cut to fit */
	uint64_t in_bytes, in_packets, in_errors, in_drops;
	uint64_t out_bytes, out_packets, out_errors, out_drops;
};

struct proc_net_interfaces {
	VEC_FIELDS(struct proc_net_interface);
};

/*
 * dev into `interfaces` (zeroed, or used before: its memory is reused; vec_release()). 0 or
 * -EBADMSG; then it is empty.
 */
int proc_net_parse_interfaces(const char *text, size_t length,
			      struct proc_net_interfaces *interfaces);

#endif
