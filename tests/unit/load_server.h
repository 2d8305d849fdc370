/*
 * A server in the test's own process, over an abstract Unix socket. It behaves as the path of each
 * request says, so that what a load generator must count is known exactly.
 */
#ifndef TESTS_UNIT_LOAD_SERVER_H
#define TESTS_UNIT_LOAD_SERVER_H

#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "load/address.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

enum { CLIENTS_MAX = 32, ROWS_MAX = 8192 };

struct client {
	int fd;
	char bytes[4096];
	size_t length;
};

struct server {
	struct address address;
	pthread_t thread;
	int listener, wake[2];
	struct client clients[CLIENTS_MAX];
	uint32_t client_count;
	uint32_t answers_left;	/* then it closes everything; UINT32_MAX = never */
	uint32_t seen;		/* requests; atomic */
	uint8_t rows[ROWS_MAX]; /* how often row n was asked for */
	bool is_in_order;	/* rows came one after the other */
	uint32_t last_row;
};

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct {
	const char *path, *answer;
	bool is_closed; /* afterwards */
} behaviours[] = {
	{"/ok", OK_ANSWER, false},
	{"/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
	 false},
	{"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", false},
	{"/nothing", "", true},
	{"/half", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", true},
	{"/garbage", "SSH-2.0\r\n", false},
	{"/extra", OK_ANSWER "!", false},
	{"/bye", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true},
	{"/close", "HTTP/1.1 200 OK\r\n\r\nuntil the end", true},
	{"/idle", OK_ANSWER, true}, /* does not say that it will close */
	{"/never", "", false},
};

/* Answers one request; false when the connection is to be closed. */
static bool answer_request(struct server *server, int fd, const char *path)
{
	const char *row_text = strstr(path, "row=");

	if (row_text != NULL) {
		uint32_t row = (uint32_t)strtoul(row_text + 4, NULL, 10);

		if (row < ROWS_MAX)
			server->rows[row]++;
		server->is_in_order = server->is_in_order && row == server->last_row + 1;
		server->last_row = row;
	}
	__atomic_add_fetch(&server->seen, 1, __ATOMIC_RELEASE);
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		size_t length = strlen(behaviours[i].path);

		if (strncmp(path, behaviours[i].path, length) != 0 ||
		    (path[length] != ' ' && path[length] != '?'))
			continue;
		fd_write_all(fd, behaviours[i].answer, strlen(behaviours[i].answer));
		return !behaviours[i].is_closed;
	}
	return false;
}

/* Requests have no body here; one ends at its empty line. */
static bool serve_client(struct server *server, struct client *client)
{
	ssize_t got = recv(client->fd, client->bytes + client->length,
			   sizeof(client->bytes) - client->length - 1, 0);
	char *end;

	if (got <= 0)
		return false;
	client->length += (size_t)got;
	client->bytes[client->length] = '\0';
	while ((end = strstr(client->bytes, "\r\n\r\n")) != NULL) {
		size_t used = (size_t)(end + 4 - client->bytes);
		char *path = strchr(client->bytes, ' ');

		if (server->answers_left == 0 || path == NULL ||
		    !answer_request(server, client->fd, path + 1))
			return false;
		if (server->answers_left != UINT32_MAX)
			server->answers_left--;
		memmove(client->bytes, end + 4, client->length - used + 1);
		client->length -= used;
	}
	return true;
}

static void *run_server(void *context)
{
	struct server *server = context;

	for (;;) {
		struct pollfd fds[CLIENTS_MAX + 2] = {
			{.fd = server->wake[0], .events = POLLIN},
			{.fd = server->client_count < CLIENTS_MAX ? server->listener : -1,
			 .events = POLLIN},
		};

		for (uint32_t i = 0; i < server->client_count; i++)
			fds[i + 2] = (struct pollfd){.fd = server->clients[i].fd, .events = POLLIN};
		poll(fds, server->client_count + 2, -1);
		if (fds[0].revents != 0)
			break;
		for (uint32_t i = server->client_count; i-- > 0;) {
			if (fds[i + 2].revents == 0 || serve_client(server, &server->clients[i]))
				continue;
			close(server->clients[i].fd);
			server->clients[i] = server->clients[--server->client_count];
		}
		if (server->answers_left == 0 && server->listener >= 0) {
			close(server->listener);
			server->listener = -1;
		}
		if (fds[1].revents != 0 && server->listener >= 0) {
			int fd = accept(server->listener, NULL, NULL);

			if (fd >= 0)
				server->clients[server->client_count++] = (struct client){.fd = fd};
		}
	}
	return NULL;
}

/* An abstract Unix address: it exists nowhere but in this process and the kernel. */
static void make_address(struct address *address)
{
	static int number;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "sonde-test-%d-%d",
			      (int)getpid(), ++number);

	memcpy(&address->storage, &name, sizeof(name));
	address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	snprintf(address->text, sizeof(address->text), "@%.64s", name.sun_path + 1);
}

static struct server *start_server(uint32_t answers)
{
	struct server *server = alloc_new(struct server);

	make_address(&server->address);
	server->answers_left = answers;
	server->is_in_order = true;
	server->last_row = UINT32_MAX;
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->listener, (const struct sockaddr *)&server->address.storage,
		 server->address.length) < 0 ||
	    listen(server->listener, CLIENTS_MAX) < 0 || pipe(server->wake) < 0 ||
	    pthread_create(&server->thread, NULL, run_server, server) != 0)
		ok(false, "the test's server starts");
	return server;
}

static void stop_server(struct server *server)
{
	if (write(server->wake[1], "", 1) != 1)
		ok(false, "the test's server ends");
	pthread_join(server->thread, NULL);
	for (uint32_t i = 0; i < server->client_count; i++)
		close(server->clients[i].fd);
	fd_close(server->listener);
	close(server->wake[0]);
	close(server->wake[1]);
	free(server);
}

#endif
