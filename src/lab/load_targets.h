/* Requests from files: lists of targets, and timing files that are replayed. */
#ifndef LAB_LOAD_TARGETS_H
#define LAB_LOAD_TARGETS_H

#include "lab/load_files.h"
#include "lab/plan.h"
#include "load/load.h"
#include "util/err.h"

/* Names of the requests of a file; the requests after the first so many names are "other". */
enum { LOAD_TARGETS_NAMES_MAX = 64 };

/*
 * Puts the requests of the plan's `targets` or `replay` in the place of config->requests, of which
 * the first gives headers and expectations to all of them. Their names are "METHOD path" without
 * the query. Targets are sent in order; a replay has its times, and without a duration of the plan
 * the window ends with it. URLs with a server must name the plan's target. Nothing is done without
 * such a file. Sentences name the file and the line.
 */
int load_targets_read(struct load_files *files, struct load_config *config, struct err *err);

#endif
