/*
 * What a measurement shows while it runs, on stderr: one line that is redrawn on a terminal, plain
 * lines (one a phase and run) elsewhere. Never wider than the terminal.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/lab.h"

struct progress {
	bool is_terminal, has_color, is_quiet;
	bool is_line_open; /* a redrawn line stands on the terminal */
	uint32_t last_run;
	enum phase last_phase;
};

void progress_init(struct progress *progress, bool is_quiet);

/* A lab_progress_fn: context is the struct. */
void progress_show(void *context, const struct lab_progress *now, const char *text);

/* Clears the redrawn line before other output. */
void progress_end(struct progress *progress);

#endif
