/*
 * Tables of system calls with the columns of `strace -c`, which fingers and scripts know. The
 * seconds are those between entry and return, waiting included (strace -w); the CPU's part of them
 * is in the wide form.
 */
#ifndef REPORT_SYSCALL_TEXT_H
#define REPORT_SYSCALL_TEXT_H

#include <stdbool.h>

#include "model/syscall_table.h"
#include "report/text.h"
#include "util/strbuf.h"

struct syscall_text_options {
	/* behind strace's columns: CPU seconds, shortest and longest call, calls not returned */
	bool is_wide;
	bool is_per_thread; /* a table each, as perf trace -s; the most time first */
	bool has_errors;    /* under each table its errors by errno: "fcntl  EAGAIN 86" */
};

/*
 * Adds the tables, and a line when calls were lost. Calls that have not returned are in the time,
 * and not in the count of calls.
 */
void syscall_text_add(struct strbuf *text, const struct syscall_table *table,
		      const struct syscall_text_options *options, const struct text_layout *layout);

#endif
