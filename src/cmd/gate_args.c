#include "cmd/gate_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BISECT_SKIP = 125 };

static int read_inconclusive(struct gate_args *args, struct err *err)
{
	const char *text = args->inconclusive_text;

	if (text == NULL || strcmp(text, "fail") == 0)
		args->inconclusive = GATE_FAIL;
	else if (strcmp(text, "pass") == 0)
		args->inconclusive = GATE_PASS;
	else if (strcmp(text, "rerun") == 0)
		args->inconclusive = GATE_RERUN;
	else
		return err_set(err, -EINVAL, "--inconclusive takes pass, fail or rerun, not '%s'",
			       text);
	return 0;
}

/* An option without effect is a mistake, and not silence. */
static int check_effects(const struct gate_args *args, struct err *err)
{
	int ways = (args->against != NULL) + (args->baseline != NULL) + args->is_selftest;
	bool has_pairs = args->against != NULL || args->is_selftest;

	if (ways > 1)
		return err_set(err, -EINVAL,
			       "--against, --baseline and --selftest exclude each other");
	if (!has_pairs && (args->prove.pairs > 0 || args->prove.max_time_ns > 0))
		return err_set(err, -EINVAL,
			       "--pairs and --max-time go with --against: a baseline has no pairs "
			       "(--repeat N says how many runs)");
	if (has_pairs && args->repeat > 0)
		return err_set(err, -EINVAL,
			       "--repeat goes with a baseline; pairs are limited by --pairs");
	if (!has_pairs && args->prove.arm != NULL)
		return err_set(err, -EINVAL,
			       "--arm goes with --against: a baseline is compared arm by arm");
	if (args->against != NULL && args->against[0] == '\0')
		return err_set(err, -EINVAL, "--against needs a revision, like --against main");
	if (args->is_selftest && (args->junit != NULL || args->markdown != NULL ||
				  args->prove.common.json != NULL || args->is_bisect))
		return err_set(err, -EINVAL,
			       "--selftest prints what it found; --junit, --markdown, --json and "
			       "--bisect go with a gate");
	return 0;
}

int gate_args_take(struct gate_args *args, const struct options_rest *rest, struct err *err)
{
	int r = 0;

	if (rest->count > 1 || rest->command != NULL)
		return err_set(err, -EINVAL,
			       "gate takes one plan%s%s%s; what it is held against is --against "
			       "REV or --baseline FILE.sonde",
			       rest->count > 1 ? ", not '" : "",
			       rest->count > 1 ? rest->arguments[1] : "",
			       rest->count > 1 ? "', too" : "");
	args->prove.path = rest->count > 0 ? rest->arguments[0] : NULL;
	r = prove_args_take(&args->prove, &(struct options_rest){0}, err);
	if (r == 0)
		r = read_inconclusive(args, err);
	return r < 0 ? r : check_effects(args, err);
}

int gate_args_map_status(const struct gate_args *args, int status)
{
	if (!args->is_bisect)
		return status;
	switch (status) {
	case CMD_NO_ANSWER:
	case CMD_NO_BASELINE:
	case CMD_NOT_MEASURED:
	case CMD_USAGE:
	case 70: /* EX_SOFTWARE: our fault */
		return BISECT_SKIP;
	default:
		return status;
	}
}
