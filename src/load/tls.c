#include "load/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "util/alloc.h"
#include "util/vec.h"

enum {
	SESSIONS_KEPT = 64,
	/*
	 * So many streams of a context keep their record buffers (34 KB) between requests; the
	 * others give them back each time, which costs some 0.15 µs per request.
	 */
	STREAMS_WITH_BUFFERS = 256,
	/* "library" of our own codes, whose reason is an X509_V_ERR_… */
	LIBRARY_VERIFY = ERR_LIB_USER,
};

/*
 * AES-128 first, as browsers offer it: OpenSSL's own order begins with AES-256, and most servers
 * follow the client.
 */
#define CIPHER_SUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

struct tls_context {
	SSL_CTX *ssl_context;
	BIO_METHOD *method;
	char *sni; /* NULL = none is sent */
	atomic_size_t stream_count;
	pthread_mutex_t lock;
	SSL_SESSION *sessions[SESSIONS_KEPT]; /* the newest is the last */
	size_t session_count;
};

struct tls_stream {
	struct tls_context *context;
	SSL *ssl;
	const char *in; /* borrowed */
	size_t in_length;
	bool is_starved; /* OpenSSL's last call ended because there was nothing to read */
	VEC(char) out;
	size_t out_sent;
	unsigned long error;
	bool is_closed;
	bool is_h2;
	char cipher[64];
};

/*
 * The BIO between OpenSSL and a stream's bytes: reads from the borrowed span, appends to the
 * output. OpenSSL's memory BIOs would copy everything once more.
 */
static int bio_read(BIO *bio, char *bytes, size_t size, size_t *ret_length)
{
	struct tls_stream *stream = BIO_get_data(bio);
	size_t length = size < stream->in_length ? size : stream->in_length;

	BIO_clear_retry_flags(bio);
	stream->is_starved = length == 0;
	if (stream->is_starved) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(bytes, stream->in, length);
	stream->in += length;
	stream->in_length -= length;
	*ret_length = length;
	return 1;
}

static int bio_write(BIO *bio, const char *bytes, size_t length, size_t *ret_length)
{
	struct tls_stream *stream = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	vec_reserve(&stream->out, stream->out.count + length);
	memcpy(stream->out.items + stream->out.count, bytes, length);
	stream->out.count += length;
	*ret_length = length;
	return 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tls_stream");

	if (method == NULL || !BIO_meth_set_read_ex(method, bio_read) ||
	    !BIO_meth_set_write_ex(method, bio_write) || !BIO_meth_set_ctrl(method, bio_ctrl)) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

/* Called by OpenSSL in the middle of tls_stream_shake() or _get(); 1 = the session is ours. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_SESSION *oldest = NULL;

	pthread_mutex_lock(&context->lock);
	if (context->session_count == SESSIONS_KEPT) {
		oldest = context->sessions[0];
		memmove(context->sessions, context->sessions + 1,
			(SESSIONS_KEPT - 1) * sizeof(SSL_SESSION *));
		context->session_count--;
	}
	context->sessions[context->session_count++] = session;
	pthread_mutex_unlock(&context->lock);
	SSL_SESSION_free(oldest);
	return 1;
}

/* The newest session, to be freed; NULL = none. */
static SSL_SESSION *take_session(struct tls_context *context)
{
	SSL_SESSION *session = NULL;

	pthread_mutex_lock(&context->lock);
	if (context->session_count > 0) {
		session = context->sessions[context->session_count - 1];
		if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
			context->session_count--;
		else
			SSL_SESSION_up_ref(session);
	}
	pthread_mutex_unlock(&context->lock);
	return session;
}

/* OpenSSL would ask for the passphrase on the terminal. */
static int refuse_passphrase(char *passphrase, int size, int is_writing, void *data)
{
	(void)passphrase;
	(void)size;
	(void)is_writing;
	(void)data;
	return -1;
}

/* The sentence for a file that OpenSSL refused, from its error queue, which is emptied. */
static int file_error(struct err *err, const char *what, const char *path)
{
	unsigned long first = ERR_peek_error(), code;
	const char *words = ERR_reason_error_string(first);
	bool is_encrypted = false, is_not_found = false;

	while ((code = ERR_get_error()) != 0) {
		int reason = ERR_GET_REASON(code);

		is_encrypted |= reason == ERR_R_INTERRUPTED_OR_CANCELLED;
		is_not_found |= reason == PEM_R_NO_START_LINE || reason == ERR_R_UNSUPPORTED ||
				reason == X509_R_NO_CERTIFICATE_OR_CRL_FOUND;
	}
	if (ERR_SYSTEM_ERROR(first))
		return err_set(err, -ERR_GET_REASON(first), "cannot read the %s '%s': %s", what,
			       path, strerror(ERR_GET_REASON(first)));
	if (is_encrypted)
		return err_set(err, -EINVAL,
			       "the %s '%s' is encrypted, and nobody is asked for its passphrase: "
			       "'openssl pkey -in FILE -out PLAIN' makes a plain one",
			       what, path);
	if (is_not_found)
		return err_set(err, -EINVAL, "no %s in '%s': it must be in PEM form (-----BEGIN …)",
			       what, path);
	return err_set(err, -EINVAL, "cannot use the %s '%s': %s", what, path,
		       words != NULL ? words : "unknown error");
}

static int load_client_certificate(SSL_CTX *ssl_context, const struct tls_config *config,
				   struct err *err)
{
	const char *key_file = config->key_file != NULL ? config->key_file : config->cert_file;
	int reason;

	if (config->cert_file == NULL && config->key_file != NULL)
		return err_set(err, -EINVAL, "the key '%s' needs its client certificate",
			       config->key_file);
	if (config->cert_file == NULL)
		return 0;
	SSL_CTX_set_default_passwd_cb(ssl_context, refuse_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ssl_context, config->cert_file) != 1)
		return file_error(err, "client certificate", config->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ssl_context, key_file, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(ssl_context) == 1)
		return 0;
	reason = ERR_GET_REASON(ERR_peek_last_error());
	if (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH ||
	    reason == SSL_R_NO_CERTIFICATE_ASSIGNED) {
		ERR_clear_error();
		return err_set(err, -EINVAL,
			       "the key in '%s' does not belong to the certificate in '%s'",
			       key_file, config->cert_file);
	}
	return file_error(err, "private key", key_file);
}

/* What the certificate must be for, and SNI. Names may end in the root's dot; SNI may not. */
static int set_server_name(struct tls_context *context, const char *name, struct err *err)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context->ssl_context);
	unsigned char address[sizeof(struct in6_addr)];
	size_t length = strlen(name);

	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1) {
		X509_VERIFY_PARAM_set1_ip_asc(param, name);
		return 0;
	}
	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == 0 || length > TLSEXT_MAXLEN_host_name)
		return err_set(err, -EINVAL, "'%s' is no server name: it must have 1 to %d bytes",
			       name, TLSEXT_MAXLEN_host_name);
	context->sni = alloc_strndup(name, length);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_host(param, context->sni, 0) != 1)
		return err_set(err, -EINVAL, "'%s' is no server name", name);
	return 0;
}

static int set_verification(struct tls_context *context, const struct tls_config *config,
			    struct err *err)
{
	SSL_CTX *ssl_context = context->ssl_context;

	if (config->server_name == NULL && !config->is_insecure)
		return err_set(err, -EINVAL, "no server name to hold the certificate against");
	if (config->server_name != NULL) {
		int error = set_server_name(context, config->server_name, err);

		if (error < 0)
			return error;
	}
	SSL_CTX_set_verify(ssl_context, config->is_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
			   NULL);
	if (config->ca_file != NULL) {
		if (SSL_CTX_load_verify_file(ssl_context, config->ca_file) != 1)
			return file_error(err, "CA certificate", config->ca_file);
	} else if (!config->is_insecure) {
		/* a system without any is told by the first handshake */
		SSL_CTX_set_default_verify_paths(ssl_context);
	}
	return 0;
}

static void set_alpn(SSL_CTX *ssl_context, const struct tls_config *config)
{
	static const unsigned char protocols[] = "\x02h2\x08http/1.1"; /* each after its length */
	const unsigned int h2_length = 3, all_length = sizeof(protocols) - 1;

	if (config->offers_h2)
		SSL_CTX_set_alpn_protos(ssl_context, protocols,
					config->offers_http1 ? all_length : h2_length);
	else if (config->offers_http1)
		SSL_CTX_set_alpn_protos(ssl_context, protocols + h2_length, all_length - h2_length);
}

static void set_resumption(struct tls_context *context, bool is_off)
{
	if (is_off) {
		SSL_CTX_set_session_cache_mode(context->ssl_context, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_options(context->ssl_context, SSL_OP_NO_TICKET);
		return;
	}
	SSL_CTX_set_session_cache_mode(context->ssl_context,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context->ssl_context, keep_session);
}

int tls_context_new(struct tls_context **ret_context, const struct tls_config *config,
		    struct err *err)
{
	struct tls_context *context = alloc_new(struct tls_context);
	int error;

	pthread_mutex_init(&context->lock, NULL);
	context->method = make_method();
	context->ssl_context = SSL_CTX_new(TLS_client_method());
	if (context->method == NULL || context->ssl_context == NULL) {
		tls_context_free(context);
		return err_set(err, -ENOMEM, "OpenSSL cannot be set up: %s",
			       ERR_reason_error_string(ERR_get_error()));
	}
	SSL_CTX_set_app_data(context->ssl_context, context);
	SSL_CTX_set_options(context->ssl_context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_ciphersuites(context->ssl_context, CIPHER_SUITES);
	set_alpn(context->ssl_context, config);
	set_resumption(context, config->is_resumption_off);
	error = set_verification(context, config, err);
	if (error == 0)
		error = load_client_certificate(context->ssl_context, config, err);
	if (error < 0) {
		tls_context_free(context);
		return error;
	}
	ERR_clear_error(); /* what succeeded may have left there while it tried */
	*ret_context = context;
	return 0;
}

void tls_context_free(struct tls_context *context)
{
	if (context == NULL)
		return;
	for (size_t i = 0; i < context->session_count; i++)
		SSL_SESSION_free(context->sessions[i]);
	SSL_CTX_free(context->ssl_context);
	BIO_meth_free(context->method);
	pthread_mutex_destroy(&context->lock);
	free(context->sni);
	free(context);
}

struct tls_stream *tls_stream_new(struct tls_context *context)
{
	struct tls_stream *stream = alloc_new(struct tls_stream);
	SSL_SESSION *session;
	bool is_one_of_many;
	BIO *bio;

	stream->context = context;
	is_one_of_many = atomic_fetch_add(&context->stream_count, 1) >= STREAMS_WITH_BUFFERS;
	stream->ssl = SSL_new(context->ssl_context);
	bio = BIO_new(context->method);
	if (stream->ssl == NULL || bio == NULL ||
	    (context->sni != NULL && !SSL_set_tlsext_host_name(stream->ssl, context->sni))) {
		BIO_free(bio);
		tls_stream_free(stream);
		return NULL;
	}
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	SSL_set_bio(stream->ssl, bio, bio);
	SSL_set_connect_state(stream->ssl);
	if (is_one_of_many)
		SSL_set_mode(stream->ssl, SSL_MODE_RELEASE_BUFFERS);
	session = take_session(context);
	if (session != NULL)
		SSL_set_session(stream->ssl, session);
	SSL_SESSION_free(session);
	return stream;
}

void tls_stream_free(struct tls_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->ssl != NULL) {
		/* else a connection that ends without close_notify makes its session useless */
		if (stream->error == 0)
			SSL_set_shutdown(stream->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(stream->ssl);
	}
	atomic_fetch_sub(&stream->context->stream_count, 1);
	vec_release(&stream->out);
	free(stream);
}

/*
 * Takes what says most from OpenSSL's queue, and empties it: the TLS layer's own words, else the
 * first cause.
 */
static int fail(struct tls_stream *stream)
{
	unsigned long code, error = ERR_PACK(ERR_LIB_SSL, 0, ERR_R_INTERNAL_ERROR);
	bool is_found = false, is_of_tls = false;

	while ((code = ERR_get_error()) != 0) {
		if (is_of_tls || (is_found && ERR_GET_LIB(code) != ERR_LIB_SSL))
			continue;
		error = code;
		is_found = true;
		is_of_tls = ERR_GET_LIB(code) == ERR_LIB_SSL;
	}
	if (is_of_tls && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		error = ERR_PACK(LIBRARY_VERIFY, 0, SSL_get_verify_result(stream->ssl));
	stream->error = error;
	stream->in_length = 0;
	return -EBADMSG;
}

int tls_stream_shake(struct tls_stream *stream)
{
	const unsigned char *protocol;
	unsigned int length;

	if (stream->error != 0)
		return -EBADMSG;
	ERR_clear_error(); /* what others left there would be taken for ours */
	stream->is_starved = false;
	if (SSL_do_handshake(stream->ssl) != 1)
		return stream->is_starved ? 0 : fail(stream);
	SSL_get0_alpn_selected(stream->ssl, &protocol, &length);
	stream->is_h2 = length == 2 && memcmp(protocol, "h2", 2) == 0;
	snprintf(stream->cipher, sizeof(stream->cipher), "%s %s", SSL_get_version(stream->ssl),
		 SSL_get_cipher_name(stream->ssl));
	return 1;
}

void tls_stream_put(struct tls_stream *stream, const char *bytes, size_t length)
{
	assert(stream->in_length == 0);
	if (stream->error != 0 || stream->is_closed)
		return;
	stream->in = bytes;
	stream->in_length = length;
}

ssize_t tls_stream_get(struct tls_stream *stream, char *out, size_t size)
{
	int length;

	if (stream->error != 0)
		return -EBADMSG;
	if (stream->is_closed)
		return -EPIPE;
	/* the usual second call after a whole answer: OpenSSL would take longer to say the same */
	if (stream->in_length == 0 && !SSL_has_pending(stream->ssl))
		return 0;
	stream->is_starved = false;
	length = SSL_read(stream->ssl, out, size < INT_MAX ? (int)size : INT_MAX);
	if (length > 0)
		return length;
	/* not SSL_get_error(), which looks into the error queue on each call */
	if (stream->is_starved)
		return 0;
	if ((SSL_get_shutdown(stream->ssl) & SSL_RECEIVED_SHUTDOWN) != 0 && ERR_peek_error() == 0) {
		stream->is_closed = true;
		stream->in_length = 0;
		return -EPIPE;
	}
	return fail(stream);
}

int tls_stream_write(struct tls_stream *stream, const char *bytes, size_t length)
{
	size_t written;

	if (stream->error != 0)
		return -EBADMSG;
	/* the BIO takes everything, hence never a part */
	if (length > 0 && SSL_write_ex(stream->ssl, bytes, length, &written) != 1)
		return fail(stream);
	return 0;
}

const char *tls_stream_get_output(const struct tls_stream *stream, size_t *ret_length)
{
	*ret_length = stream->out.count - stream->out_sent;
	return *ret_length > 0 ? stream->out.items + stream->out_sent : NULL;
}

void tls_stream_drop_output(struct tls_stream *stream, size_t length)
{
	stream->out_sent += length;
	assert(stream->out_sent <= stream->out.count);
	if (stream->out_sent == stream->out.count) {
		vec_clear(&stream->out);
		stream->out_sent = 0;
	}
}

bool tls_stream_is_h2(const struct tls_stream *stream)
{
	return stream->is_h2;
}

bool tls_stream_is_resumed(const struct tls_stream *stream)
{
	return SSL_session_reused(stream->ssl) == 1;
}

const char *tls_stream_get_cipher(const struct tls_stream *stream)
{
	return stream->cipher;
}

unsigned long tls_stream_get_error(const struct tls_stream *stream)
{
	return stream->error;
}

/* OpenSSL's reasons for alerts that came: "sslv3 alert handshake failure". */
static void format_alert(const char *reason, int alert, char *text, size_t size)
{
	const char *words = reason != NULL ? strstr(reason, "alert ") : NULL;

	if (words != NULL)
		snprintf(text, size, "%s", words);
	else if (reason != NULL && strchr(reason, ' ') != NULL) /* "tlsv1 unrecognized name" */
		snprintf(text, size, "alert%s", strchr(reason, ' '));
	else
		snprintf(text, size, "alert %d", alert);
}

void tls_format_error(unsigned long error, char *text, size_t size)
{
	const char *reason_text = ERR_reason_error_string(error);
	int library = ERR_GET_LIB(error), reason = ERR_GET_REASON(error);

	if (error == 0)
		snprintf(text, size, "no error");
	else if (library == LIBRARY_VERIFY)
		snprintf(text, size, "certificate verify failed: %s",
			 X509_verify_cert_error_string(reason));
	else if (library == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET)
		format_alert(reason_text, reason - SSL_AD_REASON_OFFSET, text, size);
	else if (library == ERR_LIB_SSL && reason == SSL_R_WRONG_VERSION_NUMBER)
		snprintf(text, size, "wrong version number (does the server speak TLS?)");
	else if (reason_text != NULL)
		snprintf(text, size, "%s", reason_text);
	else
		snprintf(text, size, "OpenSSL error %lx", error);
}
