/*
 * TCP sockets as the kernel describes them over netlink (sock_diag(7); linux/inet_diag.h): what ss
 * shows. Of a listening socket the length of its accept queue and the limit; of a connection
 * struct tcp_info, which says why it is slow: the network, the peer, or who writes.
 *
 * Pure decoder and one socket. A dump walks all sockets of a state in the kernel and costs with
 * their number, so it is limited to ports in the kernel (socket_diag_filter) and can end early.
 */
#ifndef MONITOR_SOCKET_DIAG_H
#define MONITOR_SOCKET_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/vec.h"

/* linux/tcp.h: what is of use here. Times and counts are cumulative but for rtt_ns and below. */
struct socket_info {
	uint64_t busy_ns;	     /* there was something to send, or to have acknowledged */
	uint64_t receive_limited_ns; /* of it: the peer's window was full */
	uint64_t send_limited_ns;    /* of it: our send buffer was too small */
	uint64_t retransmits;	     /* segments sent again */
	uint64_t rtt_ns;	     /* smoothed */
	uint64_t unacked;	     /* segments under way */
	uint64_t not_sent_bytes;     /* written, and not sent yet */
};

struct socket_entry {
	uint8_t family; /* AF_INET, AF_INET6 */
	bool is_listening;
	bool has_info; /* a kernel before 4.9 says less than `info` has */
	uint16_t local_port, remote_port;
	uint32_t uid;
	/*
	 * Listening: connections that wait to be accepted, and how many may (one more is let in).
	 * Else: bytes received and not read, sent and not acknowledged.
	 */
	uint32_t receive_queue, send_queue;
	uint32_t inode;
	uint64_t cookie; /* the identity of the socket */
	struct socket_info info;
};

struct socket_entries {
	VEC_FIELDS(struct socket_entry);
};

struct socket_ports {
	VEC_FIELDS(uint16_t);
};

/*
 * Messages of one answer, appended to `entries` until it has `max_count`. 1 when more is to come, 0
 * at the end of the dump or at the maximum; -EBADMSG for bytes that are none, or the negative errno
 * that the kernel answered.
 */
int socket_diag_decode(const void *bytes, size_t length, size_t max_count,
		       struct socket_entries *entries);

/*
 * The kernel's filter program (INET_DIAG_REQ_BYTECODE) for sockets whose own port is one of
 * `ports`; length in bytes, at most SOCKET_DIAG_FILTER_BYTES. At most SOCKET_DIAG_PORTS_MAX of the
 * ports are in it; none: every socket.
 */
enum { SOCKET_DIAG_PORTS_MAX = 64, SOCKET_DIAG_FILTER_BYTES = 20 * SOCKET_DIAG_PORTS_MAX };

size_t socket_diag_filter(const struct socket_ports *ports,
			  uint8_t ret_program[static SOCKET_DIAG_FILTER_BYTES]);

struct socket_diag;

/*
 * In the network namespace of process `pid`, or our own with 0. Needs no rights for our own, and
 * CAP_SYS_ADMIN there for another (-EPERM).
 */
int socket_diag_open(struct socket_diag **ret_diag, pid_t pid, struct err *err);
void socket_diag_close(struct socket_diag *diag);

/* One dump; is_listening: of listening sockets, else of established ones. */
struct socket_query {
	uint8_t family; /* AF_INET or AF_INET6 */
	bool is_listening;
	bool has_info;
	const struct socket_ports *ports; /* NULL = all */
	size_t max_count;		  /* of `entries`; what lies beyond is not read */
};

/*
 * Appends to `entries`. 0 or negative errno; -ENOENT when the kernel has no such sockets to tell of
 * (a module that is not there). One thread at a time.
 */
int socket_diag_list(struct socket_diag *diag, const struct socket_query *query,
		     struct socket_entries *entries, struct err *err);

#endif
