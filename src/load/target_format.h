/*
 * The inside of target_file.c, for the reader of its other format (target_json.c): lines come out
 * of the parser, requests go into it.
 */
#ifndef LOAD_TARGET_FORMAT_H
#define LOAD_TARGET_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/target_file.h"
#include "util/vec.h"

struct target_span {
	const char *text;
	size_t length;
};

struct target_parser {
	const char *name, *at, *end;
	const char *begin; /* of the last line that was taken */
	uint32_t line;	   /* its number, from 1 */
	struct arena *arena;
	VEC(struct target_entry) entries;
	VEC(struct load_header) headers; /* of the last entry */
	bool is_open;			 /* headers and a body may follow for the last entry */
};

/* The next line, trimmed; false at the end. */
bool target_next_line(struct target_parser *parser, struct target_span *ret_line);

/* How many of the first bytes may be a method: capitals and '-'. */
size_t target_measure_method(struct target_span span);

/* A copy in the arena. The span must not hold NULs. */
char *target_keep(struct target_parser *parser, struct target_span span);

/* Begins a request; what follows belongs to it until it is closed. -EINVAL with name:line. */
int target_add_entry(struct target_parser *parser, const char *method, struct target_span url,
		     struct err *err);
int target_add_header(struct target_parser *parser, struct target_span name,
		      struct target_span value, struct err *err);
void target_close_entry(struct target_parser *parser);

/* Reads all lines as JSON, as target_file_parse(). */
int target_json_parse(struct target_parser *parser, struct err *err);

#endif
