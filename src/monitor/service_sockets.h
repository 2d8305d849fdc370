/*
 * Where the services listen: which of the listening TCP sockets are theirs, asked of the kernel
 * (socket_diag.h) in the network namespace of each service. For listener_monitor.c and
 * connection_monitor.c.
 *
 * A socket is a service's when one of its processes holds it. Going through all descriptors of all
 * processes costs about 5 us each, so it is done when a socket is new, or when the processes are
 * others and there are sockets that are nobody's, and at most so often that it takes 0.2 % of a
 * CPU. Where the descriptors are not for this user, all sockets of the service's user count as the
 * service's, which is said.
 *
 * Only of this machine: with another root there is nobody to ask.
 */
#ifndef MONITOR_SERVICE_SOCKETS_H
#define MONITOR_SERVICE_SOCKETS_H

#include <stdint.h>

#include "monitor/monitor_ops.h"
#include "monitor/socket_diag.h"

#define SERVICE_SOCKETS_NOBODY UINT32_MAX

struct service_listener {
	uint32_t inode, uid;
	uint32_t target; /* index of the service, or NOBODY */
	uint16_t port;
	uint8_t family;
	uint32_t queue, backlog; /* connections that wait, and how many may */
};

/* One namespace that services live in. */
struct service_network {
	struct socket_diag *diag; /* NULL = it cannot be asked */
	VEC(struct service_listener) listeners;
};

struct service_sockets;

/*
 * NULL when there is nothing to say. The context is borrowed and must outlive it; it holds the one
 * that the monitors share.
 */
struct service_sockets *service_sockets_new(struct monitor_context *context);
void service_sockets_free(struct service_sockets *sockets);

/*
 * Looks for sockets that came and went, and whose they are; reads the queues. listener_monitor.c
 * does it with each sample, before connection_monitor.c has its turn.
 */
void service_sockets_update(struct service_sockets *sockets, uint64_t now_ns);

/* Reads the queues of the services' known listeners alone: 15 us for each family. */
void service_sockets_read_queues(struct service_sockets *sockets);

uint32_t service_sockets_get_network_count(const struct service_sockets *sockets);

/* index below the count. Valid until the next update. */
const struct service_network *service_sockets_get_network(const struct service_sockets *sockets,
							  uint32_t index);

#endif
