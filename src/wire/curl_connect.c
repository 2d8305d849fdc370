#include "wire/curl_connect.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "util/parse.h"

/* Cuts "HOST:PORT:" off *text; IPv6 in brackets, which are left away. False: not of this form. */
static bool cut_host_port(struct arena *arena, const char **text, const char **ret_host,
			  const char **ret_port)
{
	bool is_bracketed = **text == '[';
	const char *begin = *text + (is_bracketed ? 1 : 0);
	const char *end = begin + strcspn(begin, is_bracketed ? "]" : ":");
	const char *colon = end + (is_bracketed && *end == ']' ? 1 : 0);
	size_t digits;

	if (*colon != ':')
		return false;
	digits = strcspn(colon + 1, ":");
	if (colon[1 + digits] != ':')
		return false;
	*ret_host = arena_strndup(arena, begin, (size_t)(end - begin));
	*ret_port = arena_strndup(arena, colon + 1, digits);
	*text = colon + 1 + digits + 1;
	return true;
}

static bool is_meant(const struct url *url, const char *host, const char *port)
{
	uint64_t number = url->port;

	return (*host == '\0' || strcmp(host, "*") == 0 || strcasecmp(host, url->host) == 0) &&
	       (*port == '\0' || (parse_u64(port, &number) == 0 && number == url->port));
}

/* Host (without brackets) and port as one text. */
static const char *join(struct arena *arena, const char *host, const char *port)
{
	return arena_printf(arena, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

/* What is left out of the second pair is as in the URL. */
static int find_connect_to(const char **ret_address, const char *text, const struct url *url,
			   struct arena *arena, struct err *err)
{
	const char *at = text, *host, *port, *to, *to_port;
	bool is_whole = cut_host_port(arena, &at, &host, &port);

	if (is_whole) {
		at = arena_printf(arena, "%s:", at);
		is_whole = cut_host_port(arena, &at, &to, &to_port) && *at == '\0';
	}
	if (!is_whole)
		return err_set(err, -EINVAL,
			       "curl's --connect-to '%s': write HOST1:PORT1:HOST2:PORT2", text);
	if (!is_meant(url, host, port))
		return 0;
	if (*to_port == '\0')
		to_port = arena_printf(arena, "%u", (unsigned)url->port);
	*ret_address = join(arena, *to != '\0' ? to : url->host, to_port);
	return 0;
}

static int find_resolve(const char **ret_address, const char *text, const struct url *url,
			struct arena *arena, struct err *err)
{
	const char *at = text + (*text == '+' ? 1 : 0), *host, *port;
	size_t length;

	if (*text == '-') /* takes an entry out of a cache that is not here */
		return 0;
	if (!cut_host_port(arena, &at, &host, &port) || *port == '\0' || *at == '\0' || *at == ',')
		return err_set(err, -EINVAL, "curl's --resolve '%s': write HOST:PORT:ADDRESS",
			       text);
	if (!is_meant(url, host, port))
		return 0;
	length = strcspn(at, ",");
	if (length > 2 && at[0] == '[' && at[length - 1] == ']') {
		at++;
		length -= 2;
	}
	*ret_address = join(arena, arena_strndup(arena, at, length), port);
	return 0;
}

static const char *get_socket(struct arena *arena, const char *path)
{
	bool is_plain = *path != '/' && *path != '.' && *path != '\0';

	return arena_printf(arena, is_plain ? "unix:./%s" : "unix:%s", path);
}

int curl_connect_find(const char **ret_address, const struct curl_connect *connect,
		      const struct url *url, struct arena *arena, struct err *err)
{
	const char *address = NULL;
	struct url_address ignored;
	int r = 0;

	if (connect->unix_socket != NULL)
		address = get_socket(arena, connect->unix_socket);
	for (size_t i = 0; r == 0 && address == NULL && i < connect->connect_to.count; i++)
		r = find_connect_to(&address, connect->connect_to.items[i], url, arena, err);
	for (size_t i = 0; r == 0 && address == NULL && i < connect->resolve.count; i++)
		r = find_resolve(&address, connect->resolve.items[i], url, arena, err);
	if (r == 0 && address != NULL) {
		r = url_parse_address(&ignored, address, err);
		if (r < 0)
			err_prefix(err, r, "curl's connection: ");
	}
	if (r == 0)
		*ret_address = address;
	return r;
}
