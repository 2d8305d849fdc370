/*
 * The floor under an epoll client's CPU per request: epoll_wait of 128 events, recv, a clock after
 * it, a clock before the send, send; nothing else.
 *
 *	floor_epoll [-c CONNECTIONS] [-d SECONDS] [-e] [-w] PORT
 *
 * -e: edge-triggered instead of level-triggered -w: first all the reads of a round, then all its
 * sends, as wrk does in effect (it waits for EPOLLOUT);
 *     the time in between is part of no request's latency
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "floor.h"

static uint32_t trigger;
static bool is_sending_last;

static void take_option(int letter)
{
	if (letter == 'e')
		trigger = EPOLLET;
	is_sending_last |= letter == 'w';
}

static void send_request(struct floor *floor, struct floor_connection *connection)
{
	connection->sent_ns = floor_now();
	if (send(connection->fd, floor->request, floor->request_length, MSG_NOSIGNAL) < 0)
		floor_die("send");
}

/* Is the answer complete? */
static bool read_answer(struct floor *floor, struct floor_connection *connection)
{
	static char buffer[8192];
	ssize_t n = recv(connection->fd, buffer, sizeof(buffer), 0);

	if (n <= 0)
		floor_die("recv");
	connection->received += (uint32_t)n;
	if (connection->received < floor->answer_length)
		return false;
	connection->received = 0;
	floor->latency_sum_ns += floor_now() - connection->sent_ns;
	floor->requests++;
	return true;
}

static void answer_round(struct floor *floor, const struct epoll_event *events, int count)
{
	struct floor_connection *ready[128];
	int ready_count = 0;

	for (int i = 0; i < count; i++) {
		struct floor_connection *connection = events[i].data.ptr;

		if (!read_answer(floor, connection))
			continue;
		if (is_sending_last)
			ready[ready_count++] = connection;
		else
			send_request(floor, connection);
	}
	for (int i = 0; i < ready_count; i++)
		send_request(floor, ready[i]);
}

int main(int argc, char **argv)
{
	struct floor floor;
	struct epoll_event events[128];
	char variant[64];
	int epoll;

	floor_open(&floor, argc, argv, "ew", take_option);
	floor_learn_answer(&floor);
	floor_set_nonblocking(&floor);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < floor.connection_count; i++) {
		struct epoll_event event = {.events = EPOLLIN | trigger,
					    .data.ptr = &floor.connections[i]};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, floor.connections[i].fd, &event) < 0)
			floor_die("epoll_ctl");
	}
	floor_begin(&floor);
	for (uint32_t i = 0; i < floor.connection_count; i++)
		send_request(&floor, &floor.connections[i]);
	while (floor_now() < floor.end_ns) {
		int count = epoll_wait(epoll, events, 128, 1000);

		answer_round(&floor, events, count);
	}
	snprintf(variant, sizeof(variant), "epoll, %s-triggered%s", trigger != 0 ? "edge" : "level",
		 is_sending_last ? ", reads before sends" : "");
	floor_report(&floor, variant);
	return 0;
}
