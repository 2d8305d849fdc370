/*
 * The options of curl (version 8.10's) as far as a request can be made of them, and the names of
 * those that are refused or make no difference. wire/curl_line.c gives them their meaning.
 */
#ifndef WIRE_CURL_OPTION_H
#define WIRE_CURL_OPTION_H

#include <stdbool.h>

enum curl_option_kind {
	CURL_OPTION_IGNORED, /* `text`: the note, or NULL */
	CURL_OPTION_REFUSED, /* `text`: what to do instead */
	CURL_OPTION_METHOD,
	CURL_OPTION_URL,
	CURL_OPTION_HEADER,
	CURL_OPTION_HEADER_VALUE, /* of the header `text` */
	CURL_OPTION_RANGE,
	CURL_OPTION_REFERER,
	CURL_OPTION_COOKIE,
	CURL_OPTION_USER,
	CURL_OPTION_BEARER,
	CURL_OPTION_COMPRESSED,
	CURL_OPTION_DATA, /* @FILE without its line ends */
	CURL_OPTION_DATA_RAW,
	CURL_OPTION_DATA_BINARY,
	CURL_OPTION_DATA_URLENCODE,
	CURL_OPTION_JSON,
	CURL_OPTION_GET,
	CURL_OPTION_HEAD,
	CURL_OPTION_MAX_TIME,
	CURL_OPTION_UNIX_SOCKET,
	CURL_OPTION_CONNECT_TO,
	CURL_OPTION_RESOLVE,
	CURL_OPTION_INSECURE,
	CURL_OPTION_CA_FILE,
	CURL_OPTION_CERT_FILE,
	CURL_OPTION_KEY_FILE,
	CURL_OPTION_PEM, /* the type of the two; only PEM can be done */
	CURL_OPTION_HTTP1,
	CURL_OPTION_HTTP2,
	CURL_OPTION_HTTP2_ONLY,
};

struct curl_option {
	const char *name; /* without its dashes */
	char letter;	  /* '\0' = none */
	bool has_value;
	enum curl_option_kind kind;
	const char *text;
};

/* NULL when there is none. */
const struct curl_option *curl_option_find_letter(char letter);
const struct curl_option *curl_option_find_name(const char *name);

/* The name nearest to a mistyped one, or NULL. */
const char *curl_option_find_nearest(const char *name);

#endif
