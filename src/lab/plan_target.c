#include "lab/plan_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "wire/url.h"

enum { SOURCES_MAX = 64, DEPTH_MAX = 1000 };

static const struct plan_field tls_fields[] = {
	{"verify", PLAN_BOOL, offsetof(struct plan_tls, verifies)},
	{"ca", PLAN_TEXT, offsetof(struct plan_tls, ca)},
	{"cert", PLAN_TEXT, offsetof(struct plan_tls, cert)},
	{"key", PLAN_TEXT, offsetof(struct plan_tls, key)},
	{"server_name", PLAN_TEXT, offsetof(struct plan_tls, server_name)},
	{"resume", PLAN_BOOL, offsetof(struct plan_tls, resumes)},
	{NULL},
};

static int read_tls(const struct plan_reader *reader, const struct plan_node *node,
		    struct plan_load *load)
{
	struct plan_tls *tls = &load->tls;
	struct url url;
	int r;

	if (node == NULL)
		return 0;
	r = plan_reader_read_map(reader, node, "'tls'", tls_fields, tls);
	if (r == 0 && tls->key != NULL && tls->cert == NULL)
		r = plan_reader_fail(reader, plan_node_find(node, "key"),
				     "'key' is of a client certificate: name its file in 'cert'");
	if (r == 0 && tls->ca != NULL && !tls->verifies)
		r = plan_reader_fail(
			reader, plan_node_find(node, "ca"),
			"'ca' verifies the server's certificate, and 'verify: false' does not");
	if (r == 0 && !plan_reader_is_deferred(reader, load->target) &&
	    (url_parse(&url, load->target, NULL) < 0 || !url.is_tls))
		r = plan_reader_fail(reader, node,
				     "'tls' is of an https target, like https://127.0.0.1:8443");
	return r;
}

/* Whether requests go to a Unix socket; false while a variable may say otherwise. */
static bool is_socket(const struct plan_load *load)
{
	struct url_address address;
	struct url url;

	if (load->connect_to != NULL)
		return url_parse_address(&address, load->connect_to, NULL) == 0 &&
		       address.socket_path[0] != '\0';
	return url_parse(&url, load->target, NULL) == 0 && url.socket_path[0] != '\0';
}

static int read_sources(const struct plan_reader *reader, const struct plan_node *node,
			struct plan_load *load)
{
	int r;

	if (node == NULL)
		return 0;
	r = plan_reader_read_texts(reader, node, "sources", SOURCES_MAX, &load->sources,
				   &load->source_count);
	for (uint32_t i = 0; r == 0 && i < load->source_count; i++) {
		unsigned char address[sizeof(struct in6_addr)];
		const char *text = load->sources[i];

		if (!plan_reader_is_deferred(reader, text) &&
		    inet_pton(AF_INET, text, address) != 1 &&
		    inet_pton(AF_INET6, text, address) != 1)
			r = plan_reader_refuse(reader, node->entries[i].node, "sources",
					       "addresses of this machine like 127.0.0.2 or ::1");
	}
	if (r == 0 && is_socket(load))
		r = plan_reader_fail(reader, node,
				     "'sources' are network addresses, and the target is a Unix "
				     "socket");
	return r;
}

struct depths {
	uint32_t pipeline, streams;
};

/* What of the protocol is stated; `auto` leaves it to pipeline, streams and the server. */
static int read_protocol(const struct plan_reader *reader, const struct plan_node *node,
			 struct plan_load *load)
{
	static const char *const words[] = {"auto", "http1", "http2", NULL};
	static const enum load_protocol protocols[] = {LOAD_HTTP_BY_ALPN, LOAD_HTTP1, LOAD_HTTP2};
	struct depths depths = {1, 1};
	uint32_t word = 0;
	static const struct plan_field fields[] = {
		{"pipeline", PLAN_U32, offsetof(struct depths, pipeline), 1, DEPTH_MAX},
		{"streams", PLAN_U32, offsetof(struct depths, streams), 1, DEPTH_MAX},
		{NULL},
	};
	const struct plan_node *pipeline = plan_node_find(node, "pipeline"),
			       *streams = plan_node_find(node, "streams");
	int r = plan_reader_read_word(reader, node, "protocol", words, &word);

	if (r == 0)
		r = plan_reader_read_fields(reader, node, fields, &depths);
	if (r < 0)
		return r;
	load->protocol = protocols[word];
	if (pipeline != NULL && load->protocol == LOAD_HTTP2)
		return plan_reader_fail(reader, pipeline,
					"'pipeline' is of HTTP/1.1; with 'protocol: http2' the "
					"requests in flight on a connection are 'streams'");
	if (streams != NULL && load->protocol == LOAD_HTTP1)
		return plan_reader_fail(reader, streams,
					"'streams' are of HTTP/2; with 'protocol: http1' the "
					"requests in flight on a connection are 'pipeline'");
	if (pipeline != NULL || streams != NULL)
		load->protocol = pipeline != NULL ? LOAD_HTTP1 : LOAD_HTTP2;
	load->depth = pipeline != NULL ? depths.pipeline : depths.streams;
	return 0;
}

int plan_target_read(const struct plan_reader *reader, const struct plan_node *node,
		     struct plan_load *load)
{
	static const struct plan_field fields[] = {
		{"target", PLAN_TEXT, offsetof(struct plan_load, target)},
		{"connect_to", PLAN_TEXT, offsetof(struct plan_load, connect_to)},
		{"close", PLAN_BOOL, offsetof(struct plan_load, is_closing)},
		{NULL},
	};
	const struct plan_node *target = plan_node_find(node, "target");
	int r;

	load->tls = (struct plan_tls){.verifies = true, .resumes = true};
	if (target == NULL)
		return plan_reader_fail(reader, node,
					"'load' needs a 'target' like http://127.0.0.1:8080");
	r = plan_reader_read_fields(reader, node, fields, load);
	if (r == 0 && !plan_reader_is_deferred(reader, load->target))
		r = plan_reader_check_url(reader, target, "target", false);
	if (r == 0 && load->connect_to != NULL &&
	    !plan_reader_is_deferred(reader, load->connect_to))
		r = plan_reader_check_address(reader, plan_node_find(node, "connect_to"),
					      "connect_to");
	if (r == 0)
		r = read_sources(reader, plan_node_find(node, "sources"), load);
	if (r == 0)
		r = read_protocol(reader, node, load);
	return r < 0 ? r : read_tls(reader, plan_node_find(node, "tls"), load);
}
