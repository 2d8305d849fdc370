/* Where the requests go. The only place of the load generator that asks for a name. */
#ifndef LOAD_ADDRESS_H
#define LOAD_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

#include "util/err.h"
#include "wire/url.h"

enum { ADDRESS_TEXT_BYTES = 96, ADDRESS_LIST_MAX = 8 };

struct address {
	struct sockaddr_storage storage;
	socklen_t length;
	char text[ADDRESS_TEXT_BYTES]; /* "127.0.0.1:8080", for sentences */
};

struct address_list {
	struct address items[ADDRESS_LIST_MAX];
	uint32_t count;
};

/*
 * Where the URL leads: its host, resolved (blocks as long as the resolver does), or its Unix
 * socket; instead of it `connect_to` when that is not NULL ("host:port", "unix:/path"; a part left
 * out is the URL's). -EHOSTUNREACH with a sentence when there is no such name.
 */
int address_resolve(struct address_list *ret_list, const struct url *url, const char *connect_to,
		    struct err *err);

/*
 * An address of this machine to connect from, without a port: "127.0.0.2". -EINVAL when it is none.
 */
int address_parse_source(struct address *ret_address, const char *text, struct err *err);

/*
 * Chooses the address that answers when a name has several ("localhost" is ::1 and 127.0.0.1, and a
 * server may listen on one only) by connecting to each in turn; a single one is taken as it is. The
 * error is the last one's.
 */
int address_choose(struct address *ret_address, const struct address_list *list,
		   uint64_t timeout_ns, struct err *err);

#endif
