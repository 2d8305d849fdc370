/*
 * The command line of `stat`: its options as a table, what they come to, and what of them is wrong
 * before anything starts.
 */
#ifndef CMD_STAT_ARGS_H
#define CMD_STAT_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/lens_args.h"
#include "cmd/options.h"
#include "lab/lab.h"
#include "util/err.h"

struct stat_args {
	struct cmd_common common;
	const char *target, *like, *output, *interval_ms, *separator;
	struct lens_args lenses;
	struct option_list events, roots;
	uint64_t duration_ns;
	bool is_system_wide, is_csv, is_live, is_quiet;
	/* made of the above by stat_args_check(): */
	uint64_t interval_ns; /* 0 = nothing is printed before the end */
	uint32_t count;	      /* of intervals; 0 = without end */
	char *event_list;     /* with commas */
};

#define STAT_OPTIONS(a)                                                                            \
	{.letter = 'p',                                                                            \
	 .name = "pid",                                                                            \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "TARGET",                                                                        \
	 .target = &(a).target,                                                                    \
	 .help = "watch what is already up: PID, name or :PORT, with its children and threads"},   \
		{.letter = 'a',                                                                    \
		 .name = "all-cpus",                                                               \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_system_wide,                                                    \
		 .help = "watch the whole machine"},                                               \
		{.letter = 'd',                                                                    \
		 .name = "duration",                                                               \
		 .kind = OPTION_DURATION,                                                          \
		 .value = "TIME",                                                                  \
		 .target = &(a).duration_ns,                                                       \
		 .help = "end after this time (else with the command, COUNT, or Ctrl-C)"},         \
		{.letter = 'I',                                                                    \
		 .name = "interval-print",                                                         \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "MS",                                                                    \
		 .target = &(a).interval_ms,                                                       \
		 .help = "print something every so many milliseconds, as in perf"},                \
		{.letter = 'e',                                                                    \
		 .name = "event",                                                                  \
		 .kind = OPTION_LIST,                                                              \
		 .value = "EVENT",                                                                 \
		 .target = &(a).events,                                                            \
		 .help = "count these, perf's names, with commas (perf stat's own, and caches)"},  \
		LENS_ARGS_SYSCALLS((a).lenses),                                                    \
		{.name = "like",                                                                   \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "TOOL",                                                                  \
		 .target = &(a).like,                                                              \
		 .help = "print the tables of pidstat, \"pidstat -t -u -r -d -w -v\", mpstat or "  \
			 "iostat"},                                                                \
		{.name = "live",                                                                   \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_live,                                                           \
		 .help = "a picture of it, renewed each interval, with keys"},                     \
		{.name = "csv",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_csv,                                                            \
		 .help = "what is printed an interval as CSV"},                                    \
		{.letter = 'x',                                                                    \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "SEP",                                                                   \
		 .target = &(a).separator,                                                         \
		 .help = "as --csv; SEP can only be a comma"},                                     \
		{.name = "root",                                                                   \
		 .kind = OPTION_LIST,                                                              \
		 .value = "DIR",                                                                   \
		 .target = &(a).roots,                                                             \
		 .help = "with --like: of copies of /proc in DIR, each against the one before"},   \
		{.letter = 'o',                                                                    \
		 .name = "output",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE",                                                                  \
		 .target = &(a).output,                                                            \
		 .help = "print there, as .json and .csv say (else to standard error beside a "    \
			 "command, to standard output without)"},                                  \
		{.letter = 'q',                                                                    \
		 .name = "quiet",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quiet,                                                          \
		 .help = "no progress"},                                                           \
		{.letter = 'r',                                                                    \
		 .name = "repeat",                                                                 \
		 .kind = OPTION_LATER,                                                             \
		 .help = "`sonde run` repeats, with statistics"},                                  \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

/* -EINVAL in a sentence. `specs` are STAT_OPTIONS of the same args; they are used twice. */
int stat_args_parse(struct stat_args *args, const struct option_spec *specs, int argc,
		    const char **argv, struct options_rest *rest, struct err *err);

/* What is to be watched, to `record`. -EINVAL in a sentence. */
int stat_args_check(struct stat_args *args, const struct options_rest *rest,
		    struct lab_record *record, struct err *err);

void stat_args_release(struct stat_args *args);

#endif
