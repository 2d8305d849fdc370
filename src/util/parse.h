/*
 * Text to number, all or nothing: the whole text must be the value, else -EINVAL; out of range is
 * -ERANGE. No locale, no leading white space, results are written only on success.
 */
#ifndef UTIL_PARSE_H
#define UTIL_PARSE_H

#include <stdbool.h>
#include <stdint.h>

int parse_u64(const char *text, uint64_t *ret_value);
int parse_i64(const char *text, int64_t *ret_value);
int parse_double(const char *text, double *ret_value); /* finite only */

/*
 * "250us", "500ms", "1.5s", "2m", "1h"; a bare number is seconds, as in wrk and sleep. At most 366
 * days.
 */
int parse_duration_ns(const char *text, uint64_t *ret_ns);

/* "4096", "64k", "8M", "1G": powers of 1024; a trailing "B" or "iB" is accepted. */
int parse_size_bytes(const char *text, uint64_t *ret_bytes);

/* "5000", "5000/s", "300/m": events per second, above 0. */
int parse_rate_hz(const char *text, double *ret_hz);

int parse_bool(const char *text, bool *ret_value); /* true/false, yes/no, on/off */

/*
 * Edit distance (insert, delete, replace, swap of neighbours; case ignored) for "did you mean";
 * names up to 63 bytes.
 */
unsigned parse_edit_distance(const char *a, const char *b);

/* The nearest of `names` (NULL-terminated), or NULL when none is close enough to be meant. */
const char *parse_find_nearest(const char *word, const char *const *names);

#endif
