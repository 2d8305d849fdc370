/*
 * A command that runs while the machine is tuned: in the terminal's foreground, with sonde's own
 * input and output.
 */
#ifndef LAB_TUNE_COMMAND_H
#define LAB_TUNE_COMMAND_H

#include <signal.h>

#include "util/err.h"

struct tune_command {
	const char *const *argv;
	char *path;		 /* of argv[0] */
	sigset_t former_signals; /* the mask of before */
};

/*
 * Finds the program (program_find()'s errors), and holds SIGINT, SIGTERM, SIGHUP and SIGQUIT back
 * from here on: whatever is tuned now will be put back.
 */
int tune_command_open(struct tune_command *command, const char *const *argv, struct err *err);
/* lets the signals in; a zeroed one is fine */
void tune_command_close(struct tune_command *command);

/*
 * Runs it to its end, with as many open files as it may have; signals that sonde gets are passed on
 * (those of the terminal's keys it has got itself). It is asked to end (SIGTERM) when sonde is
 * killed. The wait status.
 */
int tune_command_run(const struct tune_command *command, int *ret_status, struct err *err);

#endif
