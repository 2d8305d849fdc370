/*
 * The dates in Set-Cookie (RFC 6265 section 5.1.1): what servers have been seen to write, in any
 * order and with any punctuation.
 */
#ifndef WIRE_COOKIE_DATE_H
#define WIRE_COOKIE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Seconds since 1970, 0 for what is before; all dates are in UTC. False when it is no date, or none
 * that exists. The text need not be NUL-terminated.
 */
bool cookie_date_parse(const char *text, size_t length, uint64_t *ret_wall_s);

#endif
