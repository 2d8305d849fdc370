/* Loads in the formats of other tools: what `load` and `export` write. */
#ifndef CMD_LOAD_FILE_H
#define CMD_LOAD_FILE_H

#include <stdbool.h>

#include "util/strbuf.h"
#include "view/load_view.h"
#include "view/selection.h"

enum load_file_format {
	LOAD_FILE_HLOG,	   /* HdrHistogram's interval log */
	LOAD_FILE_HGRM,	   /* its percentile distribution */
	LOAD_FILE_SECONDS, /* CSV, a line a second */
	LOAD_FILE_WRK,	   /* what wrk prints, with --latency */
	LOAD_FILE_WRK2,
};

void load_file_format(struct strbuf *text, enum load_file_format format,
		      const struct load_view *view);

/* To `path`, an existing file kept as PATH.old; "-" = standard output. An exit status. */
int load_file_write(const char *path, enum load_file_format format, const struct load_view *view);

/*
 * Locust's four files, PREFIX_stats.csv and so on, existing ones kept as NAME.old. is_full: with
 * the history of each request name. is_named: their names to stdout. An exit status.
 */
int load_file_write_locust(const char *prefix, const struct load_view *view, bool is_full,
			   bool is_named);

/*
 * For each arm of a selection, to a file each (look_name_arm_file), and the names to stdout. `path`
 * "-" needs one arm. An exit status.
 */
int load_file_write_arms(const char *path, enum load_file_format format,
			 const struct selection *selection);
int load_file_write_locust_arms(const char *prefix, const struct selection *selection,
				bool is_full);

#endif
