/* What `prove` is told, and the plan that it means. */
#ifndef CMD_PROVE_ARGS_H
#define CMD_PROVE_ARGS_H

#include "cmd/cmd.h"
#include "cmd/lens_args.h"
#include "cmd/plan_args.h"
#include "cmd/proof.h"
#include "stats/sequential.h"
#include "store/store_read.h"

struct prove_args {
	struct cmd_common common;
	struct plan_args plan;
	struct option_list vars;
	const char *path, *load, *arm, *primary, *delta_text;
	const char *more; /* --continue: "" = the last; NULL = a new one */
	const char *sides[2];
	double delta;
	struct sequential looks;
	uint32_t pairs; /* as given; 0 = not */
	bool has_pairs;
	uint64_t max_time_ns, seed;
	bool is_taking_all, is_keeping, is_quiet, is_all;
};

#define PROVE_ARGS_INIT                                                                            \
	{                                                                                          \
		.plan = PLAN_ARGS_INIT, .max_time_ns = PLAN_EDIT_UNSET                             \
	}

#define PROVE_OPTIONS(a)                                                                           \
	PLAN_ARGS_OPTION(0, "pairs", OPTION_COUNT, "N", (a).pairs,                                 \
			 "at most N pairs (20); the first look is after 8"),                       \
		PLAN_ARGS_OPTION(0, "max-time", OPTION_DURATION, "TIME", (a).max_time_ns,          \
				 "no pair that would end later; --continue goes on"),              \
		PLAN_ARGS_OPTION(0, "delta", OPTION_TEXT, "PCT", (a).delta_text,                   \
				 "changes below this do not matter (2, and not less)"),            \
		PLAN_ARGS_OPTION(0, "primary", OPTION_TEXT, "METRIC", (a).primary,                 \
				 "what decides (the plan's, else CPU per request)"),               \
		PLAN_ARGS_OPTION(0, "arm", OPTION_TEXT, "NAME", (a).arm,                           \
				 "the arm of the plan that revisions are run as (the first)"),     \
		PLAN_ARGS_OPTION(0, "load", OPTION_TEXT, "NAME", (a).load,                         \
				 "one of the plan's named loads"),                                 \
		PLAN_ARGS_OPTION(0, "var", OPTION_LIST, "K=V", (a).vars,                           \
				 "set a variable of the plan on both sides; may be repeated"),     \
		PLAN_ARGS_OPTION(0, "continue", OPTION_OPTIONAL, "RUN", (a).more,                  \
				 "add pairs to the last proof, or to the one named"),              \
		PLAN_ARGS_OPTION(0, "take-all", OPTION_FLAG, NULL, (a).is_taking_all,              \
				 "count disturbed runs, too"),                                     \
		PLAN_ARGS_OPTION(0, "keep-trees", OPTION_FLAG, NULL, (a).is_keeping,               \
				 "leave the folders in which revisions were built"),               \
		PLAN_ARGS_OPTION(0, "seed", OPTION_NUMBER, "N", (a).seed,                          \
				 "of the order and the request mix"),                              \
		PLAN_ARGS_OPTION(0, "all", OPTION_FLAG, NULL, (a).is_all, "show all metrics"),     \
		PLAN_ARGS_OPTION('q', "quiet", OPTION_FLAG, NULL, (a).is_quiet, "no progress"),    \
		CMD_COMMON_OPTIONS((a).common), PLAN_ARGS_AMOUNT_OPTIONS((a).plan),                \
	{                                                                                          \
		0                                                                                  \
	}

/* Words and numbers: which word is the plan, which ones are sides. -EINVAL in a sentence. */
int prove_args_take(struct prove_args *args, const struct options_rest *rest, struct err *err);

/* The plan as both sides have it. The caller releases it, also after an error. */
int prove_args_read_plan(struct plan *plan, struct prove_args *args, struct err *err);

/* All but the plan; the texts are borrowed. `command` is prove or gate. */
struct proof_settings prove_args_make_settings(const struct prove_args *args, const char *command,
					       const char *command_line);

void prove_args_release(struct prove_args *args);

#endif
