/*
 * Files of requests, in the forms that other tools read. Which one it is, the file itself tells:
 *
 *	POST http://localhost:8080/a	vegeta's "http" format: a method and a URL, headers,
 *	Content-Type: text/plain	@file for the body; an empty line, the body or the next
 *	@bodies/a.txt			request ends it; lines with # are comments
 *
 *	{"method": "POST", "url": "http://localhost:8080/a", "body": "aGk=", "header": {"X": ["1"]}}
 *					vegeta's "json" format, one a line, the body in base64
 *
 *	/a?x=1				a URL or path a line (h2load -i, siege): GET
 */
#ifndef LOAD_TARGET_FILE_H
#define LOAD_TARGET_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "load/load.h"
#include "util/arena.h"
#include "util/err.h"

enum { TARGET_FILE_TARGETS_MAX = 1000000, TARGET_FILE_HEADERS_MAX = 256 };

struct target_entry {
	const char *method; /* capitals and '-' */
	const char *url;    /* as written: whole, or a path; without white space, ASCII */
	const struct load_header *headers;
	uint32_t header_count;
	const char *body; /* NULL = none, or in body_file */
	size_t body_length;
	const char *body_file; /* as written, not opened; NULL = none */
	uint32_t line;	       /* of the file, from 1, for sentences */
};

struct target_list {
	const struct target_entry *entries;
	uint32_t count; /* >= 1 */
};

/*
 * Parses a whole file's text (at most 1 GiB); all of the list is in the arena. `name` is for
 * sentences. -EINVAL with name:line for what is none of the forms, and for a file without requests.
 */
int target_file_parse(struct target_list *ret_list, struct arena *arena, const char *name,
		      const char *text, size_t length, struct err *err);

#endif
