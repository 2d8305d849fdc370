/*
 * stat_tables as pidstat, mpstat and iostat print them with S_TIME_FORMAT=ISO and LC_ALL=C (sysstat
 * 12.6): for scripts that take columns out of them. Never cut to a terminal's width.
 */
#ifndef REPORT_STAT_TEXT_H
#define REPORT_STAT_TEXT_H

#include <stdint.h>

#include "util/strbuf.h"
#include "view/stat_table.h"

/* uname(2)'s words. */
struct stat_text_head {
	const char *system, *release, *host, *machine;
	uint32_t cpu_count;
	uint64_t wall_ns;
};

/* "Linux 6.18.0 (host) \t2025-11-21 \t_x86_64_\t(2 CPU)" */
void stat_text_add_head(struct strbuf *buffer, const struct stat_text_head *head);

/*
 * An empty line, the titles behind the time (local, HH:MM:SS) at which the interval began, and the
 * rows behind that at which it ended; "Average:" in the place of both for an average. iostat's
 * tables have no times, their empty line is the last, and "Average:", which iostat does not have,
 * is a line of its own. What is not known is -1 with the column's
 * decimals, "-" where the column holds a name.
 */
void stat_text_add_table(struct strbuf *buffer, const struct stat_table *table);

#endif
