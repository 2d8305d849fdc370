/*
 * import/ reads what other tools made: their profiles, so that what was recorded without sonde can
 * be looked at with it (`perf script | sonde flame -`, `sonde report perf.data`), and the results
 * of their loads, so that these stand in one table with sonde's own (`sonde compare x_stats.csv
 * wrk.txt @last`).
 *
 *	perf.data ─ perf_data (records by time) ─ perf_import ─▶ profile/'s builder ─┐
 *	perf script's text ─ perf_script_line ─ perf_script_read ─▶ text_profile ────┴▶
 *	  profile_data
 *	folded stacks ─ folded_read ─▶ text_profile ────────────────────────────────┘       │
 *	Locust's CSV, wrk, hey ─ X_read ─▶ foreign_load ─▶ foreign_store ┐                  │
 *	                                              import_store: an experiment of one run ◀┘
 *
 * What a file is, is told by its content, never by its name. A perf.data goes the way of sonde's
 * own samples: the same unwinder, the same names. A text has its frames already: they are taken as
 * they are. The result of a load has figures and no histogram: they are taken as they are, too.
 *
 * Nothing is silent: a file that ends early, records that make no sense, a kernel that is not this
 * one, become warnings; what could be read is there. Memory is bounded by what is distinct in the
 * input, not by its length.
 *
 * One thread at a time.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdint.h>

#include "import/foreign_load.h"
#include "model/profile_data.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"

enum import_format {
	IMPORT_PERF_DATA,
	IMPORT_PERF_SCRIPT,
	IMPORT_FOLDED,
	IMPORT_LOCUST,
	IMPORT_WRK,
	IMPORT_HEY
};

/* "perf.data" "perf script's text" "folded stacks" "Locust's CSV" "wrk's output" "hey's output" */
const char *import_format_name(enum import_format format);

struct import_options {
	const char *root;	/* the recorded machine's files are below here; NULL = "/" */
	const char *cache_dir;	/* of tables and names by build id; NULL = nothing is kept */
	uint64_t debuginfod_ns; /* ask debuginfod, for so long; 0 = never */
	bool is_without_lines;	/* names only: neither inlined functions nor lines */
};

struct import {
	enum import_format format;
	struct arena arena;	  /* of the texts below */
	const char *name;	  /* base name of the file; "standard input" */
	struct profile_data data; /* empty when it is a load */
	struct foreign_load load; /* tool NULL when it is a profile */
	/* what it says of where it was made; NULL and 0 = nothing */
	const char *host, *kernel, *machine, *perf_version, *cpu_model, *command_line;
	uint32_t cpu_count;
	uint64_t memory_bytes;
	uint64_t begin_ns, end_ns; /* first and last sample, on the file's own clock */
	uint64_t begin_wall_ns;
	VEC(const char *) warnings; /* sentences */
};

/*
 * Reads all of `path` ("-" is standard input). -ENOENT and other errnos of open; -EBADMSG for
 * content that is nothing of the above, or damaged from its begin on; -ENOTSUP for what sonde
 * cannot read (another byte order); -ENODATA for a profile without samples and a load without
 * requests; -EFBIG for one that has
 * more distinct frames or stacks than sonde holds. The sentence says which, and what would be
 * right. Release also after an error.
 */
int import_read(struct import *import, const char *path, const struct import_options *options,
		struct err *err);
void import_release(struct import *import);
static inline void import_cleanup(struct import *import)
{
	import_release(import);
}

void import_warn(struct import *import, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
