#include "wire/curl_option.h"

#include <stddef.h>
#include <string.h>

#include "util/parse.h"

#define NOT_FOLLOWED "redirects are not followed; each answer counts as it is"
#define NOT_REPEATED "nothing is tried again; a failure counts as one"
#define ONE_TIMEOUT "there is one timeout, for the whole request"
#define NEGOTIATED "TLS version and ciphers are left to the two sides"
#define NO_PROXY "proxies are not supported; name the proxy itself as the target to measure it"
#define NO_FORM "multipart forms are not made; send one from a file with --data-binary @FILE"
#define ONLY_BASIC "only Basic authentication (-u) and --oauth2-bearer are supported"
#define NO_OTHER_HTTP "only HTTP/1.1 and HTTP/2 are supported"
#define NO_NETRC "netrc files are not read; write -u NAME:PASSWORD"

static const struct curl_option options[] = {
	{"request", 'X', true, CURL_OPTION_METHOD},
	{"url", '\0', true, CURL_OPTION_URL},
	{"header", 'H', true, CURL_OPTION_HEADER},
	{"user-agent", 'A', true, CURL_OPTION_HEADER_VALUE, "User-Agent"},
	{"range", 'r', true, CURL_OPTION_RANGE},
	{"referer", 'e', true, CURL_OPTION_REFERER},
	{"cookie", 'b', true, CURL_OPTION_COOKIE},
	{"user", 'u', true, CURL_OPTION_USER},
	{"oauth2-bearer", '\0', true, CURL_OPTION_BEARER},
	{"compressed", '\0', false, CURL_OPTION_COMPRESSED},
	{"data", 'd', true, CURL_OPTION_DATA},
	{"data-ascii", '\0', true, CURL_OPTION_DATA},
	{"data-raw", '\0', true, CURL_OPTION_DATA_RAW},
	{"data-binary", '\0', true, CURL_OPTION_DATA_BINARY},
	{"data-urlencode", '\0', true, CURL_OPTION_DATA_URLENCODE},
	{"json", '\0', true, CURL_OPTION_JSON},
	{"get", 'G', false, CURL_OPTION_GET},
	{"head", 'I', false, CURL_OPTION_HEAD},
	{"max-time", 'm', true, CURL_OPTION_MAX_TIME},
	{"unix-socket", '\0', true, CURL_OPTION_UNIX_SOCKET},
	{"connect-to", '\0', true, CURL_OPTION_CONNECT_TO},
	{"resolve", '\0', true, CURL_OPTION_RESOLVE},
	{"insecure", 'k', false, CURL_OPTION_INSECURE},
	{"cacert", '\0', true, CURL_OPTION_CA_FILE},
	{"cert", 'E', true, CURL_OPTION_CERT_FILE},
	{"key", '\0', true, CURL_OPTION_KEY_FILE},
	{"cert-type", '\0', true, CURL_OPTION_PEM},
	{"key-type", '\0', true, CURL_OPTION_PEM},
	{"http1.1", '\0', false, CURL_OPTION_HTTP1},
	{"http2", '\0', false, CURL_OPTION_HTTP2},
	{"http2-prior-knowledge", '\0', false, CURL_OPTION_HTTP2_ONLY},

	{"proxy", 'x', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"preproxy", '\0', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"socks4", '\0', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"socks4a", '\0', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"socks5", '\0', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"socks5-hostname", '\0', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"proxy-user", 'U', true, CURL_OPTION_REFUSED, NO_PROXY},
	{"form", 'F', true, CURL_OPTION_REFUSED, NO_FORM},
	{"form-string", '\0', true, CURL_OPTION_REFUSED, NO_FORM},
	{"upload-file", 'T', true, CURL_OPTION_REFUSED, "write -X PUT --data-binary @FILE"},
	{"config", 'K', true, CURL_OPTION_REFUSED, "write the file's options out"},
	{"next", ':', false, CURL_OPTION_REFUSED, "one command makes one request"},
	{"continue-at", 'C', true, CURL_OPTION_REFUSED, "write -r FROM-"},
	{"anyauth", '\0', false, CURL_OPTION_REFUSED, ONLY_BASIC},
	{"digest", '\0', false, CURL_OPTION_REFUSED, ONLY_BASIC},
	{"ntlm", '\0', false, CURL_OPTION_REFUSED, ONLY_BASIC},
	{"negotiate", '\0', false, CURL_OPTION_REFUSED, ONLY_BASIC},
	{"aws-sigv4", '\0', true, CURL_OPTION_REFUSED, ONLY_BASIC},
	{"http0.9", '\0', false, CURL_OPTION_REFUSED, NO_OTHER_HTTP},
	{"http1.0", '0', false, CURL_OPTION_REFUSED, NO_OTHER_HTTP},
	{"http3", '\0', false, CURL_OPTION_REFUSED, NO_OTHER_HTTP},
	{"http3-only", '\0', false, CURL_OPTION_REFUSED, NO_OTHER_HTTP},
	{"netrc", 'n', false, CURL_OPTION_REFUSED, NO_NETRC},
	{"netrc-file", '\0', true, CURL_OPTION_REFUSED, NO_NETRC},
	{"netrc-optional", '\0', false, CURL_OPTION_REFUSED, NO_NETRC},
	{"capath", '\0', true, CURL_OPTION_REFUSED, "write --cacert FILE"},
	{"pass", '\0', true, CURL_OPTION_REFUSED, "the key must not be encrypted"},
	{"abstract-unix-socket", '\0', true, CURL_OPTION_REFUSED,
	 "only sockets with a path are supported (--unix-socket PATH)"},

	{"location", 'L', false, CURL_OPTION_IGNORED, NOT_FOLLOWED},
	{"location-trusted", '\0', false, CURL_OPTION_IGNORED, NOT_FOLLOWED},
	{"max-redirs", '\0', true, CURL_OPTION_IGNORED},
	{"post301", '\0', false, CURL_OPTION_IGNORED},
	{"post302", '\0', false, CURL_OPTION_IGNORED},
	{"post303", '\0', false, CURL_OPTION_IGNORED},
	{"connect-timeout", '\0', true, CURL_OPTION_IGNORED, ONE_TIMEOUT},
	{"speed-limit", 'Y', true, CURL_OPTION_IGNORED, ONE_TIMEOUT},
	{"speed-time", 'y', true, CURL_OPTION_IGNORED, ONE_TIMEOUT},
	{"expect100-timeout", '\0', true, CURL_OPTION_IGNORED},
	{"retry", '\0', true, CURL_OPTION_IGNORED, NOT_REPEATED},
	{"retry-delay", '\0', true, CURL_OPTION_IGNORED},
	{"retry-max-time", '\0', true, CURL_OPTION_IGNORED},
	{"retry-connrefused", '\0', false, CURL_OPTION_IGNORED},
	{"retry-all-errors", '\0', false, CURL_OPTION_IGNORED},
	{"limit-rate", '\0', true, CURL_OPTION_IGNORED, "transfers are not slowed down"},
	{"max-filesize", '\0', true, CURL_OPTION_IGNORED, "answers are read whole"},
	{"interface", '\0', true, CURL_OPTION_IGNORED, "the system chooses the local address"},
	{"ipv4", '4', false, CURL_OPTION_IGNORED, "the resolver's first address is taken"},
	{"ipv6", '6', false, CURL_OPTION_IGNORED, "the resolver's first address is taken"},
	{"tlsv1", '1', false, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tlsv1.0", '\0', false, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tlsv1.1", '\0', false, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tlsv1.2", '\0', false, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tlsv1.3", '\0', false, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tls-max", '\0', true, CURL_OPTION_IGNORED, NEGOTIATED},
	{"ciphers", '\0', true, CURL_OPTION_IGNORED, NEGOTIATED},
	{"tls13-ciphers", '\0', true, CURL_OPTION_IGNORED, NEGOTIATED},
	{"curves", '\0', true, CURL_OPTION_IGNORED, NEGOTIATED},
	{"no-alpn", '\0', false, CURL_OPTION_IGNORED, "write --http1.1"},
	{"basic", '\0', false, CURL_OPTION_IGNORED},
	{"noproxy", '\0', true, CURL_OPTION_IGNORED},
	{"silent", 's', false, CURL_OPTION_IGNORED},
	{"show-error", 'S', false, CURL_OPTION_IGNORED},
	{"verbose", 'v', false, CURL_OPTION_IGNORED},
	{"include", 'i', false, CURL_OPTION_IGNORED},
	{"show-headers", '\0', false, CURL_OPTION_IGNORED},
	{"fail", 'f', false, CURL_OPTION_IGNORED},
	{"fail-early", '\0', false, CURL_OPTION_IGNORED},
	{"fail-with-body", '\0', false, CURL_OPTION_IGNORED},
	{"progress-bar", '#', false, CURL_OPTION_IGNORED},
	{"progress-meter", '\0', false, CURL_OPTION_IGNORED},
	{"no-progress-meter", '\0', false, CURL_OPTION_IGNORED},
	{"no-buffer", 'N', false, CURL_OPTION_IGNORED},
	{"no-keepalive", '\0', false, CURL_OPTION_IGNORED},
	{"no-sessionid", '\0', false, CURL_OPTION_IGNORED},
	{"keepalive-time", '\0', true, CURL_OPTION_IGNORED},
	{"tcp-nodelay", '\0', false, CURL_OPTION_IGNORED},
	{"tcp-fastopen", '\0', false, CURL_OPTION_IGNORED},
	{"globoff", 'g', false, CURL_OPTION_IGNORED},
	{"path-as-is", '\0', false, CURL_OPTION_IGNORED},
	{"disable", 'q', false, CURL_OPTION_IGNORED},
	{"raw", '\0', false, CURL_OPTION_IGNORED},
	{"styled-output", '\0', false, CURL_OPTION_IGNORED},
	{"output", 'o', true, CURL_OPTION_IGNORED},
	{"output-dir", '\0', true, CURL_OPTION_IGNORED},
	{"create-dirs", '\0', false, CURL_OPTION_IGNORED},
	{"remote-name", 'O', false, CURL_OPTION_IGNORED},
	{"remote-name-all", '\0', false, CURL_OPTION_IGNORED},
	{"remote-header-name", 'J', false, CURL_OPTION_IGNORED},
	{"remote-time", 'R', false, CURL_OPTION_IGNORED},
	{"write-out", 'w', true, CURL_OPTION_IGNORED},
	{"dump-header", 'D', true, CURL_OPTION_IGNORED},
	{"cookie-jar", 'c', true, CURL_OPTION_IGNORED},
	{"junk-session-cookies", 'j', false, CURL_OPTION_IGNORED},
	{"trace", '\0', true, CURL_OPTION_IGNORED},
	{"trace-ascii", '\0', true, CURL_OPTION_IGNORED},
	{"trace-time", '\0', false, CURL_OPTION_IGNORED},
	{"stderr", '\0', true, CURL_OPTION_IGNORED},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const struct curl_option *curl_option_find_letter(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].letter == letter && letter != '\0')
			return &options[i];
	}
	return NULL;
}

const struct curl_option *curl_option_find_name(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

const char *curl_option_find_nearest(const char *name)
{
	const char *names[OPTION_COUNT + 1] = {NULL};

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options[i].name;
	return parse_find_nearest(name, names);
}
