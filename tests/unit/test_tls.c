/*
 * The client face to face with OpenSSL's server, in memory; certificates are made here.
 */
#include "load/tls.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tap.h"
#include "util/alloc.h"

enum { TEXT_MAX = 256 * 1024, SMALL = 40 };

static char folder[64];
static _Thread_local uint64_t openssl_allocations; /* those that are not small */

static void *count_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	openssl_allocations += size > SMALL;
	return malloc(size);
}

static void *count_realloc(void *pointer, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	openssl_allocations += size > SMALL;
	return realloc(pointer, size);
}

static void plain_free(void *pointer, const char *file, int line)
{
	(void)file;
	(void)line;
	free(pointer);
}

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
	char cert_file[128], key_file[128];
};

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static void write_identity(const struct identity *identity)
{
	FILE *file = fopen(identity->cert_file, "w");

	if (file == NULL || !PEM_write_X509(file, identity->certificate))
		abort();
	fclose(file);
	file = fopen(identity->key_file, "w");
	if (file == NULL || !PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL))
		abort();
	fclose(file);
}

/* Self-signed; `names` as in a subjectAltName. Files NAME.pem and NAME.key. */
static struct identity make_identity(const char *name, const char *names)
{
	struct identity identity = {.key = EVP_EC_gen("P-256"), .certificate = X509_new()};
	X509_NAME *subject = X509_get_subject_name(identity.certificate);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

	X509_set_version(identity.certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(identity.certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(identity.certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(identity.certificate), 3600);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(identity.certificate, subject);
	X509_set_pubkey(identity.certificate, identity.key);
	X509_add_ext(identity.certificate, extension, -1);
	X509_EXTENSION_free(extension);
	if (!X509_sign(identity.certificate, identity.key, EVP_sha256()))
		abort();
	snprintf(identity.cert_file, sizeof(identity.cert_file), "%s/%s.pem", folder, name);
	snprintf(identity.key_file, sizeof(identity.key_file), "%s/%s.key", folder, name);
	write_identity(&identity);
	return identity;
}

static void release_identity(struct identity *identity)
{
	unlink(identity->cert_file);
	unlink(identity->key_file);
	X509_free(identity->certificate);
	EVP_PKEY_free(identity->key);
}

static int choose_h2(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_length,
		     const unsigned char *offered, unsigned int length, void *wanted)
{
	(void)ssl;
	for (unsigned int at = 0; at < length; at += offered[at] + 1u) {
		if (offered[at] == strlen(wanted) &&
		    memcmp(offered + at + 1, wanted, offered[at]) == 0) {
			*ret_name = offered + at + 1;
			*ret_length = offered[at];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *make_server(const struct identity *identity, int version)
{
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());

	SSL_CTX_use_certificate(server, identity->certificate);
	SSL_CTX_use_PrivateKey(server, identity->key);
	SSL_CTX_set_min_proto_version(server, version);
	SSL_CTX_set_max_proto_version(server, version);
	SSL_CTX_set_session_id_context(server, (const unsigned char *)"test", 4);
	return server;
}

/* A connection: the client, the server and what each has read. */
struct pair {
	struct tls_stream *client;
	SSL *server;
	BIO *to_server, *from_server;
	size_t step; /* how many bytes the client gets at once */
	bool is_shaken;
	int shake_error;
	ssize_t get_error; /* 0 = none */
	char *at_client, *at_server;
	size_t client_length, server_length;
	uint64_t client_allocations;
	int server_reason; /* the first error's, 0 = none */
};

static void pair_init(struct pair *pair, struct tls_context *context, SSL_CTX *server)
{
	*pair = (struct pair){.client = tls_stream_new(context), .server = SSL_new(server)};
	pair->to_server = BIO_new(BIO_s_mem());
	pair->from_server = BIO_new(BIO_s_mem());
	SSL_set_bio(pair->server, pair->to_server, pair->from_server);
	SSL_set_accept_state(pair->server);
	pair->step = TEXT_MAX;
	pair->at_client = alloc_array(TEXT_MAX, 1);
	pair->at_server = alloc_array(TEXT_MAX, 1);
}

static void pair_release(struct pair *pair)
{
	tls_stream_free(pair->client);
	SSL_free(pair->server);
	free(pair->at_client);
	free(pair->at_server);
}

/* A piece for the client, as the event loop hands it over. */
static void feed_client(struct pair *pair, const char *bytes, size_t length)
{
	uint64_t before = openssl_allocations + alloc_get_count();
	ssize_t got = 1;
	int shaken;

	tls_stream_put(pair->client, bytes, length);
	if (!pair->is_shaken) {
		shaken = tls_stream_shake(pair->client);
		pair->is_shaken = shaken == 1;
		pair->shake_error = shaken < 0 ? shaken : 0;
	}
	while (pair->is_shaken && got > 0) {
		got = tls_stream_get(pair->client, pair->at_client + pair->client_length,
				     TEXT_MAX - pair->client_length);
		if (got > 0)
			pair->client_length += (size_t)got;
	}
	pair->get_error = got < 0 ? got : 0;
	pair->client_allocations += openssl_allocations + alloc_get_count() - before;
}

static bool carry_to_server(struct pair *pair)
{
	size_t length;
	const char *bytes = tls_stream_get_output(pair->client, &length);
	int got;

	if (length > 0) {
		BIO_write(pair->to_server, bytes, (int)length);
		tls_stream_drop_output(pair->client, length);
	}
	while ((got = SSL_read(pair->server, pair->at_server + pair->server_length,
			       (int)(TEXT_MAX - pair->server_length))) > 0)
		pair->server_length += (size_t)got;
	pair->server_reason =
		pair->server_reason != 0 ? pair->server_reason : ERR_GET_REASON(ERR_peek_error());
	ERR_clear_error(); /* the queue is the thread's, not the server's */
	return length > 0;
}

static bool carry_to_client(struct pair *pair)
{
	char *bytes;
	size_t length = (size_t)BIO_get_mem_data(pair->from_server, &bytes);

	for (size_t at = 0; at < length; at += pair->step)
		feed_client(pair, bytes + at, length - at < pair->step ? length - at : pair->step);
	(void)BIO_reset(pair->from_server);
	return length > 0;
}

/* Until nobody has anything to say any more. */
static void run(struct pair *pair)
{
	bool is_moving = true;

	if (!pair->is_shaken && pair->shake_error == 0)
		feed_client(pair, NULL, 0);
	while (is_moving) {
		is_moving = carry_to_server(pair);
		is_moving |= carry_to_client(pair);
	}
}

static struct tls_context *make_context(const struct tls_config *config)
{
	struct tls_context *context = NULL;
	struct err err = {0};

	if (tls_context_new(&context, config, &err) < 0) {
		printf("# %s\n", err.text);
		abort();
	}
	return context;
}

static const char *error_of(const struct pair *pair)
{
	static char text[256];

	tls_format_error(tls_stream_get_error(pair->client), text, sizeof(text));
	return text;
}

/* One connection from start to end; the error's words, "" = a whole handshake. */
static const char *try_once(const struct tls_config *config, SSL_CTX *server)
{
	scoped(tls_context_cleanup) struct tls_context *context = make_context(config);
	const char *words;
	struct pair pair;

	pair_init(&pair, context, server);
	run(&pair);
	words = tls_stream_get_error(pair.client) != 0 ? error_of(&pair)
		: pair.is_shaken		       ? ""
						       : "no end of the handshake";
	pair_release(&pair);
	return words;
}

static void fill(char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(i * 31 + i / 251);
}

static void test_data(const struct identity *identity, int version, size_t step)
{
	const struct tls_config config = {.server_name = "localhost",
					  .ca_file = identity->cert_file};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	SSL_CTX *server = make_server(identity, version);
	scoped_free char *big = alloc_array(100000, 1);
	struct pair pair;
	size_t length;

	fill(big, 100000);
	pair_init(&pair, context, server);
	pair.step = step;
	run(&pair);
	ok(pair.is_shaken && tls_stream_get_error(pair.client) == 0, "a handshake");
	is_str(tls_stream_get_cipher(pair.client),
	       version == TLS1_3_VERSION ? "TLSv1.3 TLS_AES_128_GCM_SHA256"
					 : "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384",
	       "the cipher");
	ok(!tls_stream_is_h2(pair.client) && !tls_stream_is_resumed(pair.client),
	   "neither h2 nor resumed");
	is_int(tls_stream_write(pair.client, "", 0), 0, "nothing can be written");
	ok(tls_stream_get_output(pair.client, &length) == NULL && length == 0, "no output");
	is_int(tls_stream_write(pair.client, big, 100000), 0, "100,000 bytes to the server");
	is_int(tls_stream_write(pair.client, "end", 3), 0, "and three more");
	run(&pair);
	ok(pair.server_length == 100003 && memcmp(pair.at_server, big, 100000) == 0 &&
		   memcmp(pair.at_server + 100000, "end", 3) == 0,
	   "it has them");
	SSL_write(pair.server, "begin", 5);
	SSL_write(pair.server, big, 100000);
	SSL_write(pair.server, "end", 3);
	run(&pair);
	ok(pair.client_length == 100008 && memcmp(pair.at_client, "begin", 5) == 0 &&
		   memcmp(pair.at_client + 5, big, 100000) == 0 &&
		   memcmp(pair.at_client + 100005, "end", 3) == 0,
	   "the client has what the server says, in records and pieces of records");
	is_int(pair.get_error, 0, "and waits for more");

	SSL_write(pair.server, "bye", 3);
	SSL_shutdown(pair.server);
	run(&pair);
	ok(pair.client_length == 100011 && memcmp(pair.at_client + 100008, "bye", 3) == 0,
	   "what came before close_notify is read");
	is_int(pair.get_error, -EPIPE, "then the end");
	is_int(tls_stream_get(pair.client, big, 1), -EPIPE, "which stays the end");
	feed_client(&pair, "more", 4);
	is_int(pair.get_error, -EPIPE, "whatever comes");
	pair_release(&pair);
	SSL_CTX_free(server);
}

static void test_allocations(const struct identity *identity)
{
	const struct tls_config config = {.server_name = "localhost",
					  .ca_file = identity->cert_file};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	SSL_CTX *server = make_server(identity, TLS1_3_VERSION);
	struct pair pair;
	uint64_t before;

	pair_init(&pair, context, server);
	run(&pair);
	for (int i = 0; i < 20; i++) {
		if (i == 10)
			pair.client_allocations = 0;
		before = openssl_allocations + alloc_get_count();
		tls_stream_write(pair.client, "GET / HTTP/1.1\r\n\r\n", 18);
		pair.client_allocations += openssl_allocations + alloc_get_count() - before;
		carry_to_server(&pair);
		SSL_write(pair.server, "HTTP/1.1 204 No Content\r\n\r\n", 27);
		carry_to_client(&pair);
	}
	is_int(pair.client_length, 20 * 27, "twenty answers");
	is_int(pair.client_allocations, 0,
	       "the last ten requests allocated nothing but OpenSSL's crumbs");
	pair_release(&pair);
	SSL_CTX_free(server);
}

static void test_verification(const struct identity *identity, const struct identity *other)
{
	SSL_CTX *server = make_server(identity, TLS1_3_VERSION);
	const char *ca = identity->cert_file;
	const struct {
		const char *what;
		struct tls_config config;
		const char *error;
	} cases[] = {
		{"a name", {.server_name = "localhost", .ca_file = ca}, ""},
		{"a name with the root's dot", {.server_name = "localhost.", .ca_file = ca}, ""},
		{"a wildcard", {.server_name = "a.example.org", .ca_file = ca}, ""},
		{"an IPv4 address", {.server_name = "127.0.0.1", .ca_file = ca}, ""},
		{"an IPv6 address", {.server_name = "::1", .ca_file = ca}, ""},
		{"another name",
		 {.server_name = "example.com", .ca_file = ca},
		 "certificate verify failed: hostname mismatch"},
		{"another address",
		 {.server_name = "127.0.0.2", .ca_file = ca},
		 "certificate verify failed: IP address mismatch"},
		{"the system's CAs",
		 {.server_name = "localhost"},
		 "certificate verify failed: self-signed certificate"},
		{"another CA",
		 {.server_name = "localhost", .ca_file = other->cert_file},
		 "certificate verify failed: self-signed certificate"},
		{"another name, unverified",
		 {.server_name = "example.com", .is_insecure = true},
		 ""},
		{"no name, unverified", {.is_insecure = true}, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(try_once(&cases[i].config, server), cases[i].error, cases[i].what);
	SSL_CTX_free(server);
}

static void test_sni(const struct identity *identity)
{
	static const char *const names[][2] = {
		{"localhost.", "localhost"}, {"127.0.0.1", NULL}, {"::1", NULL}};
	SSL_CTX *server = make_server(identity, TLS1_3_VERSION);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct tls_config config = {.server_name = names[i][0],
						  .ca_file = identity->cert_file};
		scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
		const char *seen;
		struct pair pair;

		pair_init(&pair, context, server);
		run(&pair);
		seen = SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name);
		is_str(seen != NULL ? seen : "none", names[i][1] != NULL ? names[i][1] : "none",
		       "the server sees the name, and none for an address");
		pair_release(&pair);
	}
	SSL_CTX_free(server);
}

static void test_alpn(const struct identity *identity)
{
	static char h2[] = "h2", http1[] = "http/1.1";
	const struct {
		bool offers_h2, offers_http1;
		char *server;
		bool is_h2;
		const char *chosen;
	} cases[] = {
		{true, true, h2, true, "h2"},
		{true, true, http1, false, "http/1.1"},
		{true, false, h2, true, "h2"},
		{true, false, http1, false, ""},
		{false, true, http1, false, "http/1.1"},
		{false, false, h2, false, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tls_config config = {.server_name = "localhost",
						  .ca_file = identity->cert_file,
						  .offers_h2 = cases[i].offers_h2,
						  .offers_http1 = cases[i].offers_http1};
		scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
		SSL_CTX *server = make_server(identity, TLS1_3_VERSION);
		const unsigned char *chosen;
		unsigned int length;
		struct pair pair;

		SSL_CTX_set_alpn_select_cb(server, choose_h2, cases[i].server);
		pair_init(&pair, context, server);
		run(&pair);
		SSL_get0_alpn_selected(pair.server, &chosen, &length);
		ok(pair.is_shaken && tls_stream_is_h2(pair.client) == cases[i].is_h2 &&
			   length == strlen(cases[i].chosen) &&
			   (length == 0 || memcmp(chosen, cases[i].chosen, length) == 0),
		   "ALPN");
		pair_release(&pair);
		SSL_CTX_free(server);
	}
}

/* Three connections at once after a first one, whose end is abrupt. */
static void test_resumption(const struct identity *identity, int version, bool is_off,
			    const bool expected[3], const char *what)
{
	const struct tls_config config = {.server_name = "localhost",
					  .ca_file = identity->cert_file,
					  .is_resumption_off = is_off};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	SSL_CTX *server = make_server(identity, version);
	struct pair pairs[3];

	pair_init(&pairs[0], context, server);
	run(&pairs[0]);
	ok(pairs[0].is_shaken && !tls_stream_is_resumed(pairs[0].client), what);
	pair_release(&pairs[0]);
	for (int i = 0; i < 3; i++)
		pair_init(&pairs[i], context, server);
	for (int i = 0; i < 3; i++) {
		run(&pairs[i]);
		ok(pairs[i].is_shaken && tls_stream_is_resumed(pairs[i].client) == expected[i],
		   "  the next");
		pair_release(&pairs[i]);
	}
	for (int i = 0; i < 100; i++) { /* more sessions than are kept */
		pair_init(&pairs[0], context, server);
		run(&pairs[0]);
		if (i == 99)
			ok(tls_stream_is_resumed(pairs[0].client) == expected[0],
			   "  the hundredth");
		pair_release(&pairs[0]);
	}
	SSL_CTX_free(server);
}

static void test_client_certificate(const struct identity *identity, const struct identity *client)
{
	const struct tls_config with = {.server_name = "localhost",
					.ca_file = identity->cert_file,
					.cert_file = client->cert_file,
					.key_file = client->key_file};
	const struct tls_config without = {.server_name = "localhost",
					   .ca_file = identity->cert_file};
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	static const char *const refusals[] = {"alert handshake failure",
					       "alert certificate required"};

	for (int i = 0; i < 2; i++) {
		SSL_CTX *server = make_server(identity, versions[i]);

		SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_load_verify_file(server, client->cert_file);
		is_str(try_once(&with, server), "", "with the certificate that the server wants");
		is_str(try_once(&without, server), refusals[i], "without one");
		SSL_CTX_free(server);
	}
}

static void is_refused(const struct tls_config *config, int code, const char *sentence,
		       const char *what)
{
	struct tls_context *context = NULL;
	struct err err = {0};

	is_int(tls_context_new(&context, config, &err), code, what);
	is_str(err.text, sentence, "  the sentence");
	is_int(ERR_peek_error(), 0, "  nothing is left behind");
	tls_context_free(context);
}

static void test_files(const struct identity *identity, const struct identity *other)
{
	char text[512], junk[128], both[128], locked[128];
	struct tls_config config = {.server_name = "localhost"};
	FILE *file;

	snprintf(junk, sizeof(junk), "%s/junk.pem", folder);
	snprintf(both, sizeof(both), "%s/both.pem", folder);
	snprintf(locked, sizeof(locked), "%s/locked.key", folder);
	write_text(junk, "no certificate\n");

	config.ca_file = "/nonexistent/ca.pem";
	is_refused(
		&config, -ENOENT,
		"cannot read the CA certificate '/nonexistent/ca.pem': No such file or directory",
		"a CA file that is not there");
	config.ca_file = junk;
	snprintf(text, sizeof(text),
		 "no CA certificate in '%s': it must be in PEM form (-----BEGIN …)", junk);
	is_refused(&config, -EINVAL, text, "a CA file without a certificate");
	config.ca_file = NULL;
	config.cert_file = "/nonexistent/cert.pem";
	is_refused(&config, -ENOENT,
		   "cannot read the client certificate '/nonexistent/cert.pem': "
		   "No such file or directory",
		   "a certificate that is not there");
	config.cert_file = identity->cert_file;
	config.key_file = other->key_file;
	snprintf(text, sizeof(text), "the key in '%s' does not belong to the certificate in '%s'",
		 other->key_file, identity->cert_file);
	is_refused(&config, -EINVAL, text, "another key");
	config.key_file = NULL;
	snprintf(text, sizeof(text),
		 "no private key in '%s': it must be in PEM form (-----BEGIN …)",
		 identity->cert_file);
	is_refused(&config, -EINVAL, text, "no key");
	config.cert_file = NULL;
	config.key_file = "k.pem";
	is_refused(&config, -EINVAL, "the key 'k.pem' needs its client certificate", "a key alone");

	file = fopen(locked, "w");
	PEM_write_PrivateKey(file, identity->key, EVP_aes_128_cbc(),
			     (const unsigned char *)"secret", 6, NULL, NULL);
	fclose(file);
	config.cert_file = identity->cert_file;
	config.key_file = locked;
	snprintf(text, sizeof(text),
		 "the private key '%s' is encrypted, and nobody is asked for its passphrase: "
		 "'openssl pkey -in FILE -out PLAIN' makes a plain one",
		 locked);
	is_refused(&config, -EINVAL, text, "an encrypted key");

	file = fopen(both, "w");
	PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(file, identity->certificate);
	fclose(file);
	config.cert_file = both;
	config.key_file = NULL;
	tls_context_free(make_context(&config));
	ok(true, "key and certificate in one file");

	is_refused(&(struct tls_config){0}, -EINVAL,
		   "no server name to hold the certificate against", "no name");
	is_refused(&(struct tls_config){.server_name = ""}, -EINVAL,
		   "'' is no server name: it must have 1 to 255 bytes", "an empty name");
	unlink(junk);
	unlink(both);
	unlink(locked);
}

static void test_bad_bytes(const struct identity *identity)
{
	static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28";
	const struct tls_config config = {.server_name = "localhost",
					  .ca_file = identity->cert_file};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	SSL_CTX *server = make_server(identity, TLS1_3_VERSION);
	struct pair pair;
	char *bytes;
	size_t length;

	pair_init(&pair, context, server);
	feed_client(&pair, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	is_int(pair.shake_error, -EBADMSG, "HTTP");
	is_str(error_of(&pair), "wrong version number (does the server speak TLS?)", "  its words");
	is_int(tls_stream_shake(pair.client), -EBADMSG, "  it stays broken");
	tls_stream_put(pair.client, "x", 1);
	tls_stream_put(pair.client, "y", 1);
	is_int(tls_stream_get(pair.client, bytes = (char[1]){0}, 1), -EBADMSG, "  for reads");
	is_int(tls_stream_write(pair.client, "x", 1), -EBADMSG, "  and writes");
	pair_release(&pair);

	pair_init(&pair, context, server);
	feed_client(&pair, alert, 7);
	is_int(pair.shake_error, -EBADMSG, "an alert");
	is_str(error_of(&pair), "alert handshake failure", "  its words");
	pair_release(&pair);

	pair_init(&pair, context, server);
	run(&pair);
	SSL_write(pair.server, "answer", 6);
	length = (size_t)BIO_get_mem_data(pair.from_server, &bytes);
	bytes[length - 1] ^= 1;
	run(&pair);
	is_int(pair.get_error, -EBADMSG, "a record that was changed on its way");
	is_str(error_of(&pair), "decryption failed or bad record mac", "  its words");
	is_int(pair.client_length, 0, "  nothing of it is read");
	pair_release(&pair);
	SSL_CTX_free(server);
}

static void test_server_hears_why(const struct identity *identity)
{
	const struct tls_config config = {.server_name = "localhost"};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	SSL_CTX *server = make_server(identity, TLS1_3_VERSION);
	struct pair pair;

	pair_init(&pair, context, server);
	run(&pair);
	is_int(pair.shake_error, -EBADMSG, "no trust");
	is_int(pair.server_reason, SSL_R_TLSV1_ALERT_UNKNOWN_CA, "  and the server hears of it");
	pair_release(&pair);
	SSL_CTX_free(server);
}

static void test_error_words(void)
{
	static const struct {
		unsigned long error;
		const char *words;
	} cases[] = {
		{0, "no error"},
		{ERR_PACK(ERR_LIB_SSL, 0, SSL_R_TLSV1_UNRECOGNIZED_NAME),
		 "alert unrecognized name"},
		{ERR_PACK(ERR_LIB_SSL, 0, SSL_R_TLSV1_ALERT_INTERNAL_ERROR),
		 "alert internal error"},
		{ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + 200), "alert 200"},
		{ERR_PACK(ERR_LIB_USER + 7, 0, 5), "OpenSSL error 43800005"},
	};
	char text[64], narrow[8];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tls_format_error(cases[i].error, text, sizeof(text));
		is_str(text, cases[i].words, "words for an error");
	}
	tls_format_error(cases[1].error, narrow, sizeof(narrow));
	is_str(narrow, "alert u", "words are cut");
}

struct visitor {
	struct tls_context *context;
	const struct identity *identity;
	int done;
};

static void *visit(void *argument)
{
	struct visitor *visitor = argument;
	SSL_CTX *server = make_server(visitor->identity, TLS1_3_VERSION);
	struct pair pair;

	for (int i = 0; i < 20; i++) {
		pair_init(&pair, visitor->context, server);
		run(&pair);
		visitor->done += pair.is_shaken && tls_stream_get_error(pair.client) == 0;
		pair_release(&pair);
	}
	SSL_CTX_free(server);
	return NULL;
}

static void test_threads(const struct identity *identity)
{
	const struct tls_config config = {.server_name = "localhost",
					  .ca_file = identity->cert_file};
	scoped(tls_context_cleanup) struct tls_context *context = make_context(&config);
	struct visitor visitors[3];
	pthread_t threads[3];
	int done = 0;

	for (int i = 0; i < 3; i++) {
		visitors[i] = (struct visitor){.context = context, .identity = identity};
		if (pthread_create(&threads[i], NULL, visit, &visitors[i]) != 0)
			abort();
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		done += visitors[i].done;
	}
	is_int(done, 60, "three threads share a context");
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	struct identity identity, other;

	if (!CRYPTO_set_mem_functions(count_malloc, count_realloc, plain_free))
		abort();
	snprintf(folder, sizeof(folder), "%.40s/test_tls.XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL)
		abort();
	identity = make_identity("server", "DNS:localhost,DNS:*.example.org,IP:127.0.0.1,IP:::1");
	other = make_identity("client", "DNS:client");

	test_data(&identity, TLS1_3_VERSION, TEXT_MAX);
	test_data(&identity, TLS1_3_VERSION, 1);
	test_data(&identity, TLS1_3_VERSION, 1448);
	test_data(&identity, TLS1_2_VERSION, TEXT_MAX);
	test_data(&identity, TLS1_2_VERSION, 1);
	test_allocations(&identity);
	test_verification(&identity, &other);
	test_sni(&identity);
	test_alpn(&identity);
	test_resumption(&identity, TLS1_3_VERSION, false, (const bool[]){true, true, false},
			"TLS 1.3: each of the server's two tickets once");
	test_resumption(&identity, TLS1_2_VERSION, false, (const bool[]){true, true, true},
			"TLS 1.2: a session again and again");
	test_resumption(&identity, TLS1_3_VERSION, true, (const bool[]){false, false, false},
			"TLS 1.3 without resumption");
	test_resumption(&identity, TLS1_2_VERSION, true, (const bool[]){false, false, false},
			"TLS 1.2 without resumption");
	test_client_certificate(&identity, &other);
	test_files(&identity, &other);
	test_bad_bytes(&identity);
	test_server_hears_why(&identity);
	test_error_words();
	test_threads(&identity);

	release_identity(&identity);
	release_identity(&other);
	rmdir(folder);
	return tap_done();
}
