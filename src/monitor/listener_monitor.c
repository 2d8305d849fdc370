/*
 * The accept queues of the services: connections that are made, and wait for the service to take
 * them. A queue at its limit makes clients send their first segment again after a second, which
 * shows in nobody's CPU.
 *
 * A queue fills and empties within milliseconds, so it is looked at ten times a second, and the
 * most of an interval is a series of its own. Of several sockets on one port (SO_REUSEPORT, v4 and
 * v6) the fullest is shown: one worker that does not accept is what its clients wait for.
 *
 * A look costs 15 us for each family of addresses, 50 us when the CPU has slept before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "monitor/monitor_ops.h"
#include "monitor/service_sockets.h"

struct port {
	uint16_t number;
	bool is_there;
	uint32_t queue, backlog; /* of the fullest socket, at the last look */
	uint32_t queue_max;	 /* since the last sample */
};

struct listener_monitor {
	struct service_sockets *sockets;
	VEC(struct port) ports;
	bool has_sampled;
};

static void *start(struct monitor_context *context)
{
	struct listener_monitor *monitor;

	if (context->sockets == NULL)
		return NULL;
	monitor = alloc_new(struct listener_monitor);
	monitor->sockets = context->sockets;
	return monitor;
}

static struct port *get_port(struct listener_monitor *monitor, uint16_t number)
{
	for (size_t i = 0; i < monitor->ports.count; i++)
		if (monitor->ports.items[i].number == number)
			return &monitor->ports.items[i];
	vec_push(&monitor->ports, (struct port){.number = number});
	return &monitor->ports.items[monitor->ports.count - 1];
}

/* One more than the limit is let in. */
static double get_fill(uint32_t queue, uint32_t backlog)
{
	return (double)queue / ((double)backlog + 1);
}

static void note_listener(struct listener_monitor *monitor, const struct service_listener *listener)
{
	struct port *port = get_port(monitor, listener->port);
	double fill = get_fill(listener->queue, listener->backlog);
	double fullest = get_fill(port->queue, port->backlog);

	if (listener->queue > port->queue_max)
		port->queue_max = listener->queue;
	/* of empty ones the one with the lowest limit, whatever their order */
	if (port->is_there &&
	    (fill < fullest || (!(fill > fullest) && listener->backlog >= port->backlog)))
		return;
	port->is_there = true;
	port->queue = listener->queue;
	port->backlog = listener->backlog;
}

static void note_queues(struct listener_monitor *monitor)
{
	for (size_t i = 0; i < monitor->ports.count; i++)
		monitor->ports.items[i].is_there = false;
	for (uint32_t i = 0; i < service_sockets_get_network_count(monitor->sockets); i++) {
		const struct service_network *network =
			service_sockets_get_network(monitor->sockets, i);

		for (size_t at = 0; at < network->listeners.count; at++)
			if (network->listeners.items[at].target != SERVICE_SOCKETS_NOBODY)
				note_listener(monitor, &network->listeners.items[at]);
	}
}

static void tick(void *state, uint64_t now_ns)
{
	struct listener_monitor *monitor = state;

	(void)now_ns;
	service_sockets_read_queues(monitor->sockets);
	note_queues(monitor);
}

static void add_port(struct port *port, uint64_t now_ns, struct series_list *series)
{
	char scope[16];

	snprintf(scope, sizeof(scope), ":%u", port->number);
	series_list_add(series, "listener.queue", scope, SERIES_COUNT, now_ns, port->queue);
	series_list_add(series, "listener.backlog", scope, SERIES_COUNT, now_ns, port->backlog);
	series_list_add(series, "listener.queue_max", scope, SERIES_COUNT, now_ns, port->queue_max);
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct listener_monitor *monitor = state;

	service_sockets_update(monitor->sockets, now_ns);
	note_queues(monitor);
	for (size_t i = 0; i < monitor->ports.count; i++) {
		struct port *port = &monitor->ports.items[i];

		if (port->is_there && monitor->has_sampled)
			add_port(port, now_ns, series);
		port->queue_max = 0;
	}
	monitor->has_sampled = true;
}

static void stop(void *state)
{
	struct listener_monitor *monitor = state;

	vec_release(&monitor->ports);
	free(monitor);
}

const struct monitor_ops listener_monitor_ops = {
	.start = start, .sample = sample, .stop = stop, .tick = tick};
