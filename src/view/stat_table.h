/*
 * Two machine_samples as one of the tables that pidstat, mpstat and iostat print: the same columns,
 * formulas and order of rows (sysstat 12.6), and right where theirs are not: run-queue wait and
 * switches of a process are those of all its threads, not of its first; a pid that another process
 * got meanwhile begins at zero; a task's counter that went back is no growth, not 2^64 of it.
 *
 * Values are what sysstat's programs make of the same files, to the digit, because they are made of
 * the same whole ticks and hundredths of a second: shares of time are cut to 10 ms as theirs.
 *
 * Pure: values and titles; report/stat_text prints them as sysstat does, export/stat_json and
 * export/stat_csv for programs.
 */
#ifndef VIEW_STAT_TABLE_H
#define VIEW_STAT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/machine_sample.h"
#include "util/arena.h"
#include "util/err.h"

enum stat_table_kind {
	STAT_PIDSTAT_CPU,      /* pidstat -u: UID PID %usr %system %guest %wait %CPU CPU Command */
	STAT_PIDSTAT_MEMORY,   /* pidstat -r */
	STAT_PIDSTAT_IO,       /* pidstat -d */
	STAT_PIDSTAT_SWITCHES, /* pidstat -w */
	STAT_PIDSTAT_KERNEL,   /* pidstat -v: threads fd-nr */
	STAT_MPSTAT,	       /* mpstat -P ALL */
	STAT_IOSTAT_CPU,       /* iostat -c: avg-cpu */
	STAT_IOSTAT,	       /* iostat -d -x */
	STAT_TABLE_COUNT,
};

enum stat_unit {
	STAT_TEXT,
	STAT_ID,      /* a whole number that is a name: PID, UID, CPU */
	STAT_PERCENT, /* 0..100 and beyond */
	STAT_PER_SECOND,
	STAT_KB_PER_SECOND,
	STAT_KB,
	STAT_MS,
	STAT_COUNT,
};

struct stat_column {
	const char *title; /* "%usr", "kB_rd/s": sysstat's own */
	const char *key;   /* "usr_percent": for JSON and CSV */
	enum stat_unit unit;
	uint8_t width, decimals; /* sysstat's own */
};

struct stat_cell {
	const char *text; /* STAT_TEXT, and "all" for a number of a CPU; else NULL */
	/* NaN = unknown, or none (TID of a process): printed as sysstat does, null in JSON */
	double value;
};

struct stat_table {
	enum stat_table_kind kind;
	const struct stat_column *columns;
	uint32_t column_count;
	struct stat_cell *cells; /* row by row */
	uint32_t row_count;
	bool has_threads; /* TGID and TID columns in the place of PID, as with pidstat -t */
	/* with has_threads, row by row: the name of a thread's process; NULL = is a process */
	const char **process_names;
	bool is_average; /* as asked for by the options */
	uint64_t begin_wall_ns, end_wall_ns;
	double seconds; /* that the rates are over */
};

struct stat_table_options {
	bool has_threads;    /* pidstat -t: a row for the process (TID "-"), then its threads */
	bool has_idle;	     /* also what did nothing in the interval (pidstat leaves it out) */
	bool has_partitions; /* iostat -p */
	bool is_average;     /* the last table of all, of the first and the last sample */
	uint32_t cpu_count;  /* of the machine; 0 = as many as are in the sample */
};

/*
 * Which tables and options `--like TEXT` means: "pidstat", "pidstat -u -r -t", "mpstat -P ALL",
 * "iostat -x". Adds to `kinds` and `options`, so that several --like add up. -EINVAL, with what
 * would be right, for what these tables do not have; then nothing is added.
 */
int stat_table_parse_kinds(const char *text, bool kinds[static STAT_TABLE_COUNT],
			   struct stat_table_options *options, struct err *err);

/* "pidstat -u" …: what stat_table_parse_kinds() takes. */
const char *stat_table_kind_name(enum stat_table_kind kind);

/*
 * `last` NULL = since boot, as the first report of iostat and mpstat. Rows as sysstat has them:
 * tasks that are there now (one that is new counts from zero) and, without has_idle, did something
 * that the table shows; CPUs that are online in both; disks with any I/O since boot, by name, with
 * has_partitions all block devices in the kernel's order. With is_average the CPU where a task ran
 * last is unknown. Cells and texts are the arena's, titles live forever.
 */
void stat_table_make(struct stat_table *ret_table, struct arena *arena, enum stat_table_kind kind,
		     const struct machine_sample *last, const struct machine_sample *now,
		     const struct stat_table_options *options);

#endif
