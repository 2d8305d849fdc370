/*
 * Where a curl command connects to, when that is not what its URL says: --unix-socket, --connect-to
 * and --resolve, in this order.
 */
#ifndef WIRE_CURL_CONNECT_H
#define WIRE_CURL_CONNECT_H

#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"
#include "wire/url.h"

struct curl_connect {
	const char *unix_socket;      /* NULL = none */
	VEC(const char *) connect_to; /* HOST1:PORT1:HOST2:PORT2 */
	VEC(const char *) resolve; /* [+]HOST:PORT:ADDRESS[,ADDRESS]…; the first one is taken */
};

/*
 * An address for url_parse_address(), from the arena; NULL when none of the options is about this
 * URL. -EINVAL with a sentence that names the option.
 */
int curl_connect_find(const char **ret_address, const struct curl_connect *connect,
		      const struct url *url, struct arena *arena, struct err *err);

#endif
