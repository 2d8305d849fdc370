/* The monitors' series of runs in the formats of other tools: what `export` writes. */
#ifndef CMD_SERIES_FILE_H
#define CMD_SERIES_FILE_H

#include "view/selection.h"

enum series_file_format {
	SERIES_FILE_OPENMETRICS, /* with the metrics of each run */
	SERIES_FILE_CSV,	 /* a line a point */
};

/*
 * For each arm of a selection, to a file each (look_name_arm_file), an existing one kept as
 * NAME.old, and the names to stdout. `path` "-" = standard output, and needs one arm. An exit
 * status.
 */
int series_file_write_arms(const char *path, enum series_file_format format,
			   const struct selection *selection);

#endif
