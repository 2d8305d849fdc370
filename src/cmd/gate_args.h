/* What `gate` is told. */
#ifndef CMD_GATE_ARGS_H
#define CMD_GATE_ARGS_H

#include "cmd/prove_args.h"

enum gate_inconclusive { GATE_FAIL, GATE_PASS, GATE_RERUN };

struct gate_args {
	struct prove_args prove; /* what both have: plan, pairs, time, threshold, load */
	const char *against, *baseline;
	const char *inconclusive_text;
	enum gate_inconclusive inconclusive;
	const char *junit, *markdown;
	uint32_t repeat;
	bool is_github, is_bisect, is_selftest;
};

#define GATE_ARGS_INIT                                                                             \
	{                                                                                          \
		.prove = PROVE_ARGS_INIT                                                           \
	}

#define GATE_OPTIONS(a)                                                                            \
	PLAN_ARGS_OPTION(0, "against", OPTION_TEXT, "REV", (a).against,                            \
			 "build REV and the working tree, and interleave them"),                   \
		PLAN_ARGS_OPTION(0, "baseline", OPTION_TEXT, "FILE.sonde", (a).baseline,           \
				 "runs that were exported, instead of the accepted ones"),         \
		PLAN_ARGS_OPTION(0, "inconclusive", OPTION_TEXT, "WHAT", (a).inconclusive_text,    \
				 "fail (3), pass, or rerun: measure more, then fail"),             \
		PLAN_ARGS_OPTION(0, "bisect", OPTION_FLAG, NULL, (a).is_bisect,                    \
				 "exit statuses for git bisect run: what is no answer is 125"),    \
		PLAN_ARGS_OPTION(0, "selftest", OPTION_FLAG, NULL, (a).is_selftest,                \
				 "prove the gate: the same twice must pass, 10 % more CPU time "   \
				 "must fail"),                                                     \
		PLAN_ARGS_OPTION(0, "junit", OPTION_TEXT, "FILE", (a).junit,                       \
				 "the result as JUnit XML, too"),                                  \
		PLAN_ARGS_OPTION(0, "markdown", OPTION_TEXT, "FILE", (a).markdown,                 \
				 "… as Markdown for a comment"),                                   \
		PLAN_ARGS_OPTION(0, "github", OPTION_FLAG, NULL, (a).is_github,                    \
				 "… as annotations and in $GITHUB_STEP_SUMMARY (by itself when " \
				 "that is set)"),                                                  \
		PLAN_ARGS_OPTION(0, "repeat", OPTION_COUNT, "N", (a).repeat,                       \
				 "against a baseline: runs of each arm (the plan's, or 6 where "   \
				 "it says less than 4)"),                                          \
		PLAN_ARGS_OPTION(0, "pairs", OPTION_COUNT, "N", (a).prove.pairs,                   \
				 "against a revision: at most N pairs (20)"),                      \
		PLAN_ARGS_OPTION(0, "max-time", OPTION_DURATION, "TIME", (a).prove.max_time_ns,    \
				 "against a revision: no pair that would end later"),              \
		PLAN_ARGS_OPTION(0, "delta", OPTION_TEXT, "PCT", (a).prove.delta_text,             \
				 "changes below this do not matter (2, and not less)"),            \
		PLAN_ARGS_OPTION(0, "primary", OPTION_TEXT, "METRIC", (a).prove.primary,           \
				 "what decides (the plan's, else CPU per request)"),               \
		PLAN_ARGS_OPTION(0, "arm", OPTION_TEXT, "NAME", (a).prove.arm,                     \
				 "the arm of the plan that revisions are run as (the first)"),     \
		PLAN_ARGS_OPTION(0, "load", OPTION_TEXT, "NAME", (a).prove.load,                   \
				 "one of the plan's named loads"),                                 \
		PLAN_ARGS_OPTION(0, "var", OPTION_LIST, "K=V", (a).prove.vars,                     \
				 "set a variable of the plan; may be repeated"),                   \
		PLAN_ARGS_OPTION(0, "seed", OPTION_NUMBER, "N", (a).prove.seed,                    \
				 "of the order and the request mix"),                              \
		PLAN_ARGS_OPTION(0, "all", OPTION_FLAG, NULL, (a).prove.is_all,                    \
				 "show all metrics"),                                              \
		PLAN_ARGS_OPTION('q', "quiet", OPTION_FLAG, NULL, (a).prove.is_quiet,              \
				 "no progress"),                                                   \
		CMD_COMMON_OPTIONS((a).prove.common), PLAN_ARGS_AMOUNT_OPTIONS((a).prove.plan),    \
	{                                                                                          \
		0                                                                                  \
	}

/* -EINVAL in a sentence. */
int gate_args_take(struct gate_args *args, const struct options_rest *rest, struct err *err);

/* The status for git bisect run: what says nothing of a commit skips it. */
int gate_args_map_status(const struct gate_args *args, int status);

#endif
