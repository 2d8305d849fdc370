/*
 * What `stat` prints when it is through: counts, threads, system calls, what they mean, and where
 * it is stored; or the run as JSON.
 */
#ifndef CMD_STAT_RESULT_H
#define CMD_STAT_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#include "cmd/session.h"

struct stat_result_options {
	FILE *file;
	const char *json; /* NULL = text */
	/* false: tables of other tools, or CSV, were asked for, and nothing else */
	bool has_figures;
	bool has_syscalls;
	bool is_machine; /* the whole machine was watched, not services */
};

/* The exit status. */
int stat_result_show(struct session *session, const struct stat_result_options *options);

#endif
