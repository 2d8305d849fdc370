/*
 * The cursor that the parsers of this folder share. Each step either succeeds and moves on, or
 * fails and leaves the cursor where it was. Never reads at or past `end`.
 */
#ifndef PROCFS_PROC_SCAN_H
#define PROCFS_PROC_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct proc_scan {
	const char *at;
	const char *end;
};

/* Blanks and tabs, not newlines. */
static inline void proc_scan_skip_blanks(struct proc_scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
		scan->at++;
}

static inline bool proc_scan_char(struct proc_scan *scan, char wanted)
{
	if (scan->at == scan->end || *scan->at != wanted)
		return false;
	scan->at++;
	return true;
}

static inline bool proc_scan_text(struct proc_scan *scan, const char *wanted)
{
	size_t length = strlen(wanted);

	if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, wanted, length) != 0)
		return false;
	scan->at += length;
	return true;
}

static inline int proc_scan_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Leading blanks, then digits of base 10 or 16 that fit 64 bits. */
static inline bool proc_scan_number(struct proc_scan *scan, unsigned base, uint64_t *ret_value)
{
	struct proc_scan at = *scan;
	const char *first;
	uint64_t value = 0;

	proc_scan_skip_blanks(&at);
	for (first = at.at; at.at < at.end; at.at++) {
		unsigned digit = (unsigned)proc_scan_digit(*at.at);

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (at.at == first)
		return false;
	*scan = at;
	*ret_value = value;
	return true;
}

static inline bool proc_scan_u64(struct proc_scan *scan, uint64_t *ret_value)
{
	return proc_scan_number(scan, 10, ret_value);
}

/* A signed number, kept as 0 when it is negative: for fields where -1 means "none". */
static inline bool proc_scan_positive(struct proc_scan *scan, uint64_t *ret_value)
{
	struct proc_scan at = *scan;
	bool is_negative;

	proc_scan_skip_blanks(&at);
	is_negative = proc_scan_char(&at, '-');
	if (!proc_scan_u64(&at, ret_value))
		return false;
	if (is_negative)
		*ret_value = 0;
	*scan = at;
	return true;
}

/* A run of anything but blanks and newlines; false when there is none. */
static inline bool proc_scan_word(struct proc_scan *scan, struct proc_scan *ret_word)
{
	const char *first;

	proc_scan_skip_blanks(scan);
	for (first = scan->at; scan->at < scan->end; scan->at++)
		if (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n')
			break;
	*ret_word = (struct proc_scan){first, scan->at};
	return scan->at > first;
}

/* The next line without its newline; false at the end of the text. */
static inline bool proc_scan_line(struct proc_scan *scan, struct proc_scan *ret_line)
{
	size_t left = (size_t)(scan->end - scan->at);
	const char *newline;

	if (left == 0)
		return false;
	newline = memchr(scan->at, '\n', left);
	*ret_line = (struct proc_scan){scan->at, newline != NULL ? newline : scan->end};
	scan->at = newline != NULL ? newline + 1 : scan->end;
	return true;
}

#endif
