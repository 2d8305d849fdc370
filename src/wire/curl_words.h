/*
 * The words of a pasted command line, as a POSIX shell with $'…' would split it, without a shell:
 *
 *	blanks separate; '…', "…" and \ quote; \ before a line end continues the line; # begins a
 *	comment; $'…' has the escapes of C, as browsers' "Copy as cURL" writes them
 *
 * What only a shell can do (pipes, redirections, variables, commands in commands) is refused by
 * name, because the text would not be what was meant. * ? ~ and ${name} mean themselves: they are
 * common in URLs and templates.
 */
#ifndef WIRE_CURL_WORDS_H
#define WIRE_CURL_WORDS_H

#include "util/arena.h"
#include "util/err.h"

/*
 * The words of `text` from the arena, NULL-terminated; maybe none. -EINVAL with what is wrong and
 * where (line and column from 1, in bytes).
 */
int curl_words_split(const char *text, struct arena *arena, const char *const **ret_words,
		     struct err *err);

#endif
