/*
 * answer: an HTTP answer, from a struct to bytes.
 *
 * The one place that writes a status line. Both modes give byte-identical answers because gateway
 * and workers build them here, from the same few fields, and nothing that differs from process to
 * process or from second to second (Date, Server, an id) goes in.
 */
#ifndef GATEWAY_ANSWER_H
#define GATEWAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_HEAD_MAX_BYTES 512
#define ANSWER_TYPE_MAX_BYTES 128
#define ANSWER_TEXT "text/plain; charset=utf-8"

struct answer {
	int status;
	const char *type;  /* at most ANSWER_TYPE_MAX_BYTES */
	const char *allow; /* the methods a 405 allows, or NULL */
	const char *body;
	size_t size;
};

/* A plain text answer; `text` is borrowed by the answer. */
struct answer answer_text(int status, const char *text);

/* The answer with the status' own sentence as its text. */
struct answer answer_status(int status);

/*
 * Writes status line, header lines and the empty line; returns their size. `is_http10` decides how
 * keep-alive is said.
 */
size_t answer_format_head(char head[ANSWER_HEAD_MAX_BYTES], const struct answer *answer,
			  bool keeps_alive, bool is_http10);

#endif
