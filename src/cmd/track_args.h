/* The command line of `sonde track`. */
#ifndef CMD_TRACK_ARGS_H
#define CMD_TRACK_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/plan_args.h"
#include "util/err.h"

enum { TRACK_ARGS_METRICS = 64 };

struct track_args {
	struct cmd_common common;
	struct plan_args plan;
	struct option_list vars;
	const char *load;
	const char *word; /* plan or RUN; NULL = none */
	const char *metrics_text, *delta_text;
	const char *metrics[TRACK_ARGS_METRICS + 1]; /* NULL-terminated */
	double delta;
	uint64_t seed;
	uint32_t repeat;
	bool has_no_run, is_log, is_kv, is_markdown, is_all, is_quiet;
};

#define TRACK_ARGS_INIT                                                                            \
	{                                                                                          \
		.plan = PLAN_ARGS_INIT                                                             \
	}

#define TRACK_ARGS_OPTIONS(a)                                                                      \
	{.name = "no-run",                                                                         \
	 .kind = OPTION_FLAG,                                                                      \
	 .target = &(a).has_no_run,                                                                \
	 .help = "judge what was run before: @last, or the RUN that is named"},                    \
		{.name = "repeat",                                                                 \
		 .kind = OPTION_COUNT,                                                             \
		 .value = "N",                                                                     \
		 .target = &(a).repeat,                                                            \
		 .help = "runs of each arm (the plan's, or 6 where it says less than 4)"},         \
		{.name = "delta",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "PCT",                                                                   \
		 .target = &(a).delta_text,                                                        \
		 .help = "changes below this do not matter (2, and not less)"},                    \
		{.name = "metrics",                                                                \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "A,B",                                                                   \
		 .target = &(a).metrics_text,                                                      \
		 .help = "show only these; all of them count all the same"},                       \
		{.name = "all",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_all,                                                            \
		 .help = "show all metrics"},                                                      \
		{.name = "kv",                                                                     \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_kv,                                                             \
		 .help = "lines like requests_per_sec=25234.67 (+15.0%)"},                         \
		{.name = "markdown",                                                               \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_markdown,                                                       \
		 .help = "as Markdown, for a comment"},                                            \
		{.name = "log",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_log,                                                            \
		 .help = "who accepted what as the baseline, and why; of one plan when named"},    \
		{.name = "load",                                                                   \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "NAME",                                                                  \
		 .target = &(a).load,                                                              \
		 .help = "one of the plan's named loads"},                                         \
		{.name = "var",                                                                    \
		 .kind = OPTION_LIST,                                                              \
		 .value = "K=V",                                                                   \
		 .target = &(a).vars,                                                              \
		 .help = "set a variable of the plan; may be repeated"},                           \
		{.name = "seed",                                                                   \
		 .kind = OPTION_NUMBER,                                                            \
		 .value = "N",                                                                     \
		 .target = &(a).seed,                                                              \
		 .help = "of the run order and the request mix"},                                  \
		{.letter = 'q',                                                                    \
		 .name = "quiet",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_quiet,                                                          \
		 .help = "no progress"},                                                           \
		CMD_COMMON_OPTIONS((a).common), PLAN_ARGS_AMOUNT_OPTIONS((a).plan),                \
	{                                                                                          \
		0                                                                                  \
	}

/* What was typed together, and the texts as numbers and names. -EINVAL in a sentence. */
int track_args_check(struct track_args *args, const struct options_rest *rest, struct err *err);

/* Whether anything was given that is of running. */
bool track_args_has_run(const struct track_args *args);

void track_args_release(struct track_args *args);

#endif
