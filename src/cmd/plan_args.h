/*
 * A plan made of command-line options: what `run --url … -- CMD`, `run --url … -p TARGET` and `load
 * URL` mean, written as the keys of a plan file (docs/formats/plan.md). The plan that results can
 * be saved and run again.
 */
#ifndef CMD_PLAN_ARGS_H
#define CMD_PLAN_ARGS_H

#include "cmd/options.h"
#include "lab/plan.h"
#include "util/err.h"

struct plan_args {
	const char *url;
	const char *ready;    /* URL that answers 200 when the service is up */
	const char *target;   /* -p */
	const char **command; /* NULL = none */
	const char *data;     /* CSV file */
	const char *separator;
	const char *method, *body;
	struct option_list headers;
	uint32_t connections, threads; /* 0 = the plan's default */
	double rate_hz;
	uint64_t warmup_ns, duration_ns, timeout_ns; /* PLAN_ARGS_UNSET = the plan's default */
	bool is_once;
};

#define PLAN_ARGS_UNSET UINT64_MAX
#define PLAN_ARGS_INIT                                                                             \
	{                                                                                          \
		.warmup_ns = PLAN_ARGS_UNSET, .duration_ns = PLAN_ARGS_UNSET,                      \
		.timeout_ns = PLAN_ARGS_UNSET                                                      \
	}

/* Options that fill a struct plan_args and mean the same wherever they are taken. */
#define PLAN_ARGS_DATA_OPTIONS(args)                                                               \
	{.name = "data",                                                                           \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "FILE",                                                                          \
	 .target = &(args).data,                                                                   \
	 .help = "CSV that fills ${column} in the URL; without one, each column is a "             \
		 "parameter"},                                                                     \
		{.name = "separator",                                                              \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "C",                                                                     \
		 .target = &(args).separator,                                                      \
		 .help = "of the data file (guessed)"},                                            \
	{                                                                                          \
		.name = "once", .kind = OPTION_FLAG, .target = &(args).is_once,                    \
		.help = "each data line once, in order, then end"                                  \
	}
#define PLAN_ARGS_BODY_OPTIONS(args)                                                               \
	{.name = "method",                                                                         \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "NAME",                                                                          \
	 .target = &(args).method,                                                                 \
	 .help = "GET, or POST with a body"},                                                      \
	{                                                                                          \
		.name = "body", .kind = OPTION_TEXT, .value = "TEXT", .target = &(args).body,      \
		.help = "of the request"                                                           \
	}

/*
 * The URL's path becomes the request. With data but no ${column} in URL, headers or body, every
 * column becomes a query parameter of its name. -EINVAL and the like with a sentence. Release the
 * plan also after an error.
 */
int plan_args_make(struct plan *plan, const struct plan_args *args, struct err *err);

/* Whether any option of the load was given. */
bool plan_args_has_load(const struct plan_args *args);

/* Lays the load options over a plan that was read from a file. */
int plan_args_override(struct plan *plan, const struct plan_args *args, struct err *err);

#endif
