#include "load/address.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "load/failure.h"
#include "util/clock.h"
#include "util/fd.h"

static void format_address(struct address *address)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	char host[64] = "?", port[8] = "?";

	getnameinfo(sockaddr, address->length, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(address->text, sizeof(address->text),
		 strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

static int resolve_host(struct address_list *ret_list, const char *host, uint16_t port_number,
			struct err *err)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[8];
	int r;

	snprintf(port, sizeof(port), "%u", port_number);
	r = getaddrinfo(host, port, &hints, &found);
	if (r != 0)
		return err_set(err, -EHOSTUNREACH, "cannot resolve '%s': %s", host,
			       gai_strerror(r));
	ret_list->count = 0;
	for (const struct addrinfo *at = found; at != NULL && ret_list->count < ADDRESS_LIST_MAX;
	     at = at->ai_next) {
		struct address *address = &ret_list->items[ret_list->count++];

		memcpy(&address->storage, at->ai_addr, at->ai_addrlen);
		address->length = at->ai_addrlen;
		format_address(address);
	}
	freeaddrinfo(found);
	return 0;
}

static void take_socket(struct address_list *ret_list, const char *path)
{
	struct address *address = &ret_list->items[0];
	struct sockaddr_un *sockaddr = (struct sockaddr_un *)&address->storage;

	ret_list->count = 1;
	*address = (struct address){.length = sizeof(*sockaddr)};
	sockaddr->sun_family = AF_UNIX;
	snprintf(sockaddr->sun_path, sizeof(sockaddr->sun_path), "%s", path);
	snprintf(address->text, sizeof(address->text), "unix:%.90s", path);
}

int address_resolve(struct address_list *ret_list, const struct url *url, const char *connect_to,
		    struct err *err)
{
	struct url_address instead = {0};
	int r = connect_to != NULL ? url_parse_address(&instead, connect_to, err) : 0;

	if (r < 0)
		return err_prefix(err, r, "connect-to: ");
	if (connect_to == NULL && url->socket_path[0] != '\0')
		take_socket(ret_list, url->socket_path);
	else if (instead.socket_path[0] != '\0')
		take_socket(ret_list, instead.socket_path);
	else
		return resolve_host(ret_list, instead.host[0] != '\0' ? instead.host : url->host,
				    instead.port != 0 ? instead.port : url->port, err);
	return 0;
}

int address_parse_source(struct address *ret_address, const char *text, struct err *err)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
	struct addrinfo *found = NULL;

	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		return err_set(err, -EINVAL,
			       "the source '%s' is no address of this machine; like 127.0.0.2",
			       text);
	*ret_address = (struct address){.length = found->ai_addrlen};
	memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
	format_address(ret_address);
	freeaddrinfo(found);
	return 0;
}

/* 0 when something accepts connections there. */
static int try_address(const struct address *address, uint64_t timeout_ns)
{
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	scoped(fd_cleanup) int fd =
		socket(sockaddr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(int);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, sockaddr, address->length) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (poll(&poll_fd, 1, (int)(timeout_ns / NS_PER_MS)) <= 0)
		return -ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? -errno : -error;
}

int address_choose(struct address *ret_address, const struct address_list *list,
		   uint64_t timeout_ns, struct err *err)
{
	uint64_t share_ns = timeout_ns / list->count;
	int r = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		r = list->count == 1
			    ? 0
			    : try_address(&list->items[i],
					  share_ns < NS_PER_S * 10 ? share_ns : NS_PER_S * 10);
		if (r == 0) {
			*ret_address = list->items[i];
			return 0;
		}
	}
	{
		char buffer[128];

		return err_set(err, r, "cannot connect to %s: %s",
			       list->items[list->count - 1].text,
			       failure_errno_text(-r, buffer, sizeof(buffer)));
	}
}
