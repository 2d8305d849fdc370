/*
 * Number to text for people. Each writes into the caller's buffer (FMT_BYTES is always enough) and
 * returns it, so that calls nest in printf arguments with a buffer each. JSON and files for
 * programs use integers in base units instead.
 */
#ifndef UTIL_FMT_H
#define UTIL_FMT_H

#include <stddef.h>
#include <stdint.h>

enum { FMT_BYTES = 48 };

/* "412 ns" "3.42 ms" "12.5 s" "2m05s", three digits */
char *fmt_duration(char buffer[static FMT_BYTES], double ns);
/* "9,876" "12,345,678"; "3.14" below 100 if not whole */
char *fmt_count(char buffer[static FMT_BYTES], double value);
/* "512 B" "1.46 MB": powers of 1000 */
char *fmt_bytes(char buffer[static FMT_BYTES], double bytes);
char *fmt_percent(char buffer[static FMT_BYTES], double ratio); /* 0.123 → "12.3 %" */
/* 1.082 → "+8.2 %", 0.5 → "-50.0 %" */
char *fmt_change(char buffer[static FMT_BYTES], double ratio);

/* "2026-11-21 01:12:24" local time, from wall-clock ns since 1970. */
char *fmt_wall_time(char buffer[static FMT_BYTES], uint64_t wall_ns);

#endif
