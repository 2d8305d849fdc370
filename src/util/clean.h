/*
 * Text from elsewhere (names of processes, functions, requests, URLs) as it may be shown on a
 * terminal: nothing in it is a command to it. Commands are the control characters: C0 (below a
 * blank), DEL, and C1, which some terminals obey as U+0080 to U+009F, and others as bytes 0x80 to
 * 0x9f that are no part of UTF-8.
 */
#ifndef UTIL_CLEAN_H
#define UTIL_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

/*
 * Bytes of the character at `text` (not at its end), and its code. A byte that begins no character
 * of UTF-8 (RFC 3629) is one of its own; its code is the byte.
 */
size_t clean_decode(const char *text, uint32_t *ret_code);

bool clean_is_control(uint32_t code);

/* In place: each byte of a control character becomes `instead`. */
void clean_text(char *text, char instead);

/* Adds it with "?" for each byte of a control character. */
void clean_add(struct strbuf *buffer, const char *text);

/* Adds it with %XX for the bytes of blanks, control characters, and what is in `also`. */
void clean_add_percent(struct strbuf *buffer, const char *text, const char *also);

#endif
