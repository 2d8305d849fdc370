/* `sonde compare` of many: one table, a row each (view/run_table.h). */
#ifndef CMD_COMPARE_MANY_H
#define CMD_COMPARE_MANY_H

#include "cmd/cmd.h"

/* What a comparison is written as. */
enum compare_output { OUTPUT_TEXT, OUTPUT_SVG, OUTPUT_MARKDOWN, OUTPUT_JSON };

/*
 * Prints the table of all words; of none, of the last experiment. A word that cannot be read is
 * said, and the others stand in the table all the same; the status then is that of the word.
 * `path` NULL = to standard output, or where --json says.
 */
int compare_many_show(const struct cmd_common *common, const struct options_rest *rest,
		      enum compare_output output, const char *path);

#endif
