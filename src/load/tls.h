/*
 * TLS for client connections without sockets (OpenSSL): ciphertext in and out are bytes in memory,
 * so that the event loop does all I/O, one recv() and one send() at a time, and a test can put a
 * client and a server face to face.
 *
 *	recv() → tls_stream_put() → tls_stream_get() until 0 → plaintext
 *	plaintext → tls_stream_write() ┐
 *	handshake, key updates ────────┴▶ tls_stream_get_output() → send() →
 *	  tls_stream_drop_output()
 *
 * A context is shared by all threads; a stream belongs to one. Sessions that servers give are kept
 * by the context, the latest few, and offered on its next connections: a TLS 1.3 ticket once, as
 * RFC 8446 appendix C.4 wants it, a TLS 1.2 session again and again.
 *
 * After the handshake a request and its answer allocate nothing here; OpenSSL takes four pieces of
 * 40 bytes to write a record, and the record buffers (34 KB) of streams beyond a context's first
 * 256, which give them back after each use.
 */
#ifndef LOAD_TLS_H
#define LOAD_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/scoped.h"

struct tls_config {
	/*
	 * SNI and what the certificate is held against: a name, or an address without brackets
	 * (which SNI cannot carry). NULL only with is_insecure.
	 */
	const char *server_name;
	bool is_insecure;    /* do not verify the certificate */
	const char *ca_file; /* PEM; NULL = the system's */
	/* client certificate, PEM; NULL = none; key NULL = in cert_file */
	const char *cert_file, *key_file;
	bool offers_h2, offers_http1; /* ALPN, in this order; none = no ALPN */
	bool is_resumption_off;
};

struct tls_context;

/* Reads the files; the sentence names the one that cannot be used and why. */
int tls_context_new(struct tls_context **ret_context, const struct tls_config *config,
		    struct err *err);
void tls_context_free(struct tls_context *context); /* after its streams */
SCOPED_POINTER(tls_context, tls_context_free)

struct tls_stream;

/* A connection's client side, before its handshake. NULL only when OpenSSL has no memory. */
struct tls_stream *tls_stream_new(struct tls_context *context);
void tls_stream_free(struct tls_stream *stream);
SCOPED_POINTER(tls_stream, tls_stream_free)

/*
 * Goes on with the handshake: 1 done, 0 needs bytes, -EBADMSG failed (tls_stream_get_error()). In
 * each case there may be output to send, when it failed the alert that tells the server why.
 * Bytes behind the handshake's wait for tls_stream_get().
 */
int tls_stream_shake(struct tls_stream *stream);

/*
 * Ciphertext that came, cut anywhere; borrowed until tls_stream_get() or tls_stream_shake() has
 * returned 0 or an error, and not called again before.
 */
void tls_stream_put(struct tls_stream *stream, const char *bytes, size_t length);

/*
 * Plaintext: bytes written to `out`; 0 = nothing more now; -EPIPE = the peer closed in order
 * (close_notify); -EBADMSG = broken (tls_stream_get_error()). After the handshake only.
 */
ssize_t tls_stream_get(struct tls_stream *stream, char *out, size_t size);

/* Encrypts all of it into the output. 0, or -EBADMSG. After the handshake only. */
int tls_stream_write(struct tls_stream *stream, const char *bytes, size_t length);

/* What waits to be sent; NULL and 0 when nothing does. Valid until the next call of any other. */
const char *tls_stream_get_output(const struct tls_stream *stream, size_t *ret_length);
void tls_stream_drop_output(struct tls_stream *stream, size_t length);

bool tls_stream_is_h2(const struct tls_stream *stream);	     /* ALPN chose h2 */
bool tls_stream_is_resumed(const struct tls_stream *stream); /* after the handshake */
/* "TLSv1.3 TLS_AES_256_GCM_SHA384"; "" before the handshake's end. */
const char *tls_stream_get_cipher(const struct tls_stream *stream);
/* A code for tls_format_error(), 0 = none; it fits into 32 bits. Failures can be counted by it. */
unsigned long tls_stream_get_error(const struct tls_stream *stream);
/* "certificate verify failed: self-signed certificate", "alert handshake failure". */
void tls_format_error(unsigned long error, char *text, size_t size);

#endif
