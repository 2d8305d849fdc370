#include "wire/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/parse.h"

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_unreserved(char c)
{
	return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* Length of "scheme" when `text` begins with "scheme://", else 0. */
static size_t find_scheme(const char *text)
{
	const char *colon = strstr(text, "://");
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;

	for (size_t i = 0; i < length; i++) {
		if (!is_alphanumeric(text[i]) && strchr("+-.", text[i]) == NULL)
			return 0;
	}
	return length;
}

static int skip_scheme(const char **at, const char *text, bool *ret_is_tls, struct err *err)
{
	size_t scheme = find_scheme(text);

	*at = text;
	*ret_is_tls = scheme == 5 && strncasecmp(text, "https", 5) == 0;
	if (scheme == 0)
		return strncmp(text, "://", 3) == 0
			       ? err_set(err, -EINVAL, "'%s': no scheme before ://", text)
			       : 0;
	if (scheme == 4 && strncmp(text, "unix", 4) == 0)
		return err_set(err, -EINVAL, "'%s': a Unix socket is written unix:/PATH", text);
	if (!*ret_is_tls && (scheme != 4 || strncasecmp(text, "http", 4) != 0))
		return err_set(err, -EINVAL, "'%s': the scheme must be http or https, not '%.*s'",
			       text, (int)scheme, text);
	*at = text + scheme + 3;
	return 0;
}

/* Whether a Unix socket is meant: "unix:" and something else than the port of a host "unix". */
static bool is_socket(const char *text)
{
	return strncmp(text, "unix:", 5) == 0 && (text[5] < '0' || text[5] > '9');
}

/* Copies the socket's path, [begin, end), which was found in `text`. */
static int read_socket(char socket_path[static URL_SOCKET_BYTES], const char *text,
		       const char *begin, const char *end, struct err *err)
{
	size_t length = (size_t)(end - begin);

	if (length == 0 || (*begin != '/' && *begin != '.'))
		return err_set(err, -EINVAL,
			       "'%s': a path that begins with '/' or './' must follow unix:", text);
	if (length >= URL_SOCKET_BYTES)
		return err_set(err, -EINVAL, "'%.40s…': the socket's path is longer than %d bytes",
			       text, URL_SOCKET_BYTES - 1);
	for (const char *at = begin; at < end; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return err_set(err, -EINVAL,
				       "'%s': the byte 0x%02x cannot be in a socket's path", text,
				       (unsigned char)*at);
	}
	memcpy(socket_path, begin, length);
	socket_path[length] = '\0';
	return 0;
}

static int check_host(const char *text, const char *host, bool is_bracketed, struct err *err)
{
	struct in6_addr address;
	bool is_number = true;

	if (is_bracketed)
		return inet_pton(AF_INET6, host, &address) == 1
			       ? 0
			       : err_set(err, -EINVAL, "'%s': [%s] is not an IPv6 address", text,
					 host);
	for (size_t i = 0; host[i] != '\0'; i++) {
		if (!is_unreserved(host[i]) || host[i] == '~')
			return err_set(err, -EINVAL, "'%s': '%c' cannot be in a host name", text,
				       host[i]);
		is_number = is_number && host[i] >= '0' && host[i] <= '9';
	}
	if (is_number)
		return err_set(err, -EINVAL,
			       "'%s': '%s' is a number, not a host; for a port write :%s", text,
			       host, host);
	return 0;
}

/* Copies the host from [begin, end), without brackets; sets *rest to what follows it. */
static int read_host(char host[static URL_HOST_BYTES], const char *text, const char *begin,
		     const char *end, const char **rest, struct err *err)
{
	bool is_bracketed = begin < end && *begin == '[';
	const char *stop;
	size_t length;

	if (is_bracketed) {
		begin++;
		stop = memchr(begin, ']', (size_t)(end - begin));
		if (stop == NULL)
			return err_set(err, -EINVAL, "'%s': no ] after the IPv6 address", text);
		*rest = stop + 1;
	} else {
		stop = memchr(begin, ':', (size_t)(end - begin));
		if (stop == NULL)
			stop = end;
		else if (memchr(stop + 1, ':', (size_t)(end - stop - 1)) != NULL)
			return err_set(err, -EINVAL,
				       "'%s': an IPv6 address stands in brackets: http://[::1]:80/",
				       text);
		*rest = stop;
	}
	length = (size_t)(stop - begin);
	if (length == 0 && stop == end)
		return err_set(err, -EINVAL,
			       "'%s': no host; write http://HOST:PORT/PATH or :PORT/PATH", text);
	if (length >= URL_HOST_BYTES)
		return err_set(err, -EINVAL, "'%.40s…': the host is longer than %d bytes", text,
			       URL_HOST_BYTES - 1);
	if (length == 0 && !is_bracketed) {
		snprintf(host, URL_HOST_BYTES, "127.0.0.1");
		return 0;
	}
	memcpy(host, begin, length);
	host[length] = '\0';
	return check_host(text, host, is_bracketed, err);
}

/* Reads ":port"; leaves *port as it is when there is none. */
static int read_port(uint16_t *port, const char *text, const char *begin, const char *end,
		     struct err *err)
{
	char digits[8] = "";
	uint64_t value = *port;
	size_t length = (size_t)(end - begin);

	if (length > 0 && *begin != ':')
		return err_set(err, -EINVAL, "'%s': ':' and the port, or '/', must follow the host",
			       text);
	if (length > 1 && length <= sizeof(digits)) {
		memcpy(digits, begin + 1, length - 1);
		digits[length - 1] = '\0';
	}
	if (length > 0 && (parse_u64(digits, &value) < 0 || value == 0 || value > 65535))
		return err_set(err, -EINVAL,
			       "'%s': the port '%.*s' is not a number from 1 to 65535", text,
			       (int)length - 1, begin + 1);
	*port = (uint16_t)value;
	return 0;
}

static int read_path(struct url *url, const char *text, const char *begin, struct err *err)
{
	size_t length = strcspn(begin, "#");
	size_t slash = length > 0 && *begin == '/' ? 0 : 1;

	if (length + slash >= sizeof(url->path))
		return err_set(err, -EINVAL, "'%.40s…': the path is longer than %zu bytes", text,
			       sizeof(url->path) - 1);
	if (url_check_path(begin, length, err) < 0)
		return err_prefix(err, -EINVAL, "'%s': ", text);
	url->path[0] = '/';
	memcpy(url->path + slash, begin, length);
	url->path[slash + length] = '\0';
	return 0;
}

static int read_socket_url(struct url *url, const char *text, const char *begin, struct err *err)
{
	const char *end = strchrnul(begin, ':');
	const char *path = *end == ':' ? end + 1 : end;
	int r = read_socket(url->socket_path, text, begin, end, err);

	if (r < 0)
		return r;
	if (*path != '\0' && strchr("/?#", *path) == NULL)
		return err_set(err, -EINVAL, "'%s': after the socket's path and ':', write /PATH",
			       text);
	snprintf(url->host, sizeof(url->host), "localhost");
	return read_path(url, text, path, err);
}

static int read_host_url(struct url *url, const char *text, const char *begin, struct err *err)
{
	const char *end = begin + strcspn(begin, "/?#"), *rest = "";
	int r;

	url->socket_path[0] = '\0';
	if (memchr(begin, '@', (size_t)(end - begin)) != NULL)
		return err_set(err, -EOPNOTSUPP,
			       "a user name in a URL is not supported; send an Authorization "
			       "header instead");
	r = read_host(url->host, text, begin, end, &rest, err);
	if (r == 0)
		r = read_port(&url->port, text, rest, end, err);
	if (r == 0)
		r = read_path(url, text, end, err);
	return r;
}

int url_parse(struct url *ret_url, const char *text, struct err *err)
{
	struct url url;
	const char *begin;
	bool is_v6;
	int r = skip_scheme(&begin, text, &url.is_tls, err);

	if (r < 0)
		return r;
	url.port = url.is_tls ? 443 : 80;
	r = is_socket(begin) ? read_socket_url(&url, text, begin + 5, err)
			     : read_host_url(&url, text, begin, err);
	if (r < 0)
		return r;
	is_v6 = strchr(url.host, ':') != NULL;
	snprintf(url.authority, sizeof(url.authority), is_v6 ? "[%s]" : "%s", url.host);
	if (url.port != (url.is_tls ? 443 : 80))
		snprintf(url.authority + strlen(url.authority), 8, ":%u", (unsigned)url.port);
	*ret_url = url;
	return 0;
}

char *url_format_origin(const struct url *url, char text[static URL_ORIGIN_BYTES])
{
	const char *scheme = url->is_tls ? "https" : "http";

	if (url->socket_path[0] != '\0')
		snprintf(text, URL_ORIGIN_BYTES, "%s://unix:%s:", scheme, url->socket_path);
	else
		snprintf(text, URL_ORIGIN_BYTES, "%s://%s", scheme, url->authority);
	return text;
}

int url_parse_address(struct url_address *ret_address, const char *text, struct err *err)
{
	struct url_address address = {0};
	const char *end = text + strlen(text), *rest = "";
	int r;

	if (find_scheme(text) > 0)
		return err_set(err, -EINVAL, "'%s' is a URL; write HOST:PORT or unix:/PATH", text);
	if (is_socket(text)) {
		r = read_socket(address.socket_path, text, text + 5, end, err);
	} else {
		r = read_host(address.host, text, text, end, &rest, err);
		if (r == 0)
			r = read_port(&address.port, text, rest, end, err);
	}
	if (r == 0)
		*ret_address = address;
	return r;
}

int url_check_path(const char *text, size_t length, struct err *err)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == ' ')
			return err_set(err, -EINVAL,
				       "the space at offset %zu must be written as %%20", i);
		if (c < ' ' || c >= 0x7f)
			return err_set(err, -EINVAL,
				       "the byte 0x%02x at offset %zu must be written as %%%02X", c,
				       i, c);
	}
	return 0;
}

size_t url_encode(char *out, const char *bytes, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";
	char *at = out;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (is_unreserved(bytes[i])) {
			*at++ = bytes[i];
			continue;
		}
		*at++ = '%';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	return (size_t)(at - out);
}
