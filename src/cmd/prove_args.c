#include "cmd/prove_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/look.h"
#include "lab/git.h"
#include "model/metric.h"
#include "util/alloc.h"
#include "util/parse.h"

static bool is_plan(const char *word)
{
	scoped_free char *inside = alloc_printf("%s/sonde.yaml", word);
	size_t length = strlen(word);
	struct stat status;

	if (length > 5 && strcmp(word + length - 5, ".yaml") == 0)
		return true;
	if (length > 4 && strcmp(word + length - 4, ".yml") == 0)
		return true;
	return strcmp(word, ".") != 0 && stat(inside, &status) == 0;
}

/* An option without effect is a mistake, and not silence. */
static int check_more(const struct prove_args *args, const struct options_rest *rest,
		      struct err *err)
{
	if (args->more == NULL ||
	    (rest->count == 0 && args->vars.count == 0 && args->load == NULL && args->arm == NULL &&
	     args->primary == NULL && !plan_args_has_load(&args->plan)))
		return 0;
	return err_set(err, -EINVAL,
		       "--continue goes on with the proof as it was: no plan, sides, variables, "
		       "--primary or options of the load go with it; a proof is named like "
		       "--continue=k7f3m9qa");
}

/* What a change that stands alone is put against: what is there without it. NULL: it is none. */
static const char *find_base(const char *word)
{
	if (strncmp(word, "patch:", 6) == 0)
		return "rev:HEAD";
	return strncmp(word, "var:", 4) == 0 || strncmp(word, "cmd:", 4) == 0 ? "." : NULL;
}

/* "gw" may be a folder with a plan and a branch: which is meant is not for sonde to choose. */
static int check_plan_word(const char *word, struct err *err)
{
	scoped(git_cleanup) struct git git = {0};

	if (strpbrk(word, "/.") != NULL || git_open(&git, ".", NULL) < 0 ||
	    !git_has_revision(&git, word))
		return 0;
	return err_set(err, -EINVAL,
		       "'%s' is a folder with a plan and a revision: say %s/ or rev:%s", word, word,
		       word);
}

static int take_words(struct prove_args *args, const struct options_rest *rest, struct err *err)
{
	uint32_t at = 0;

	if (rest->command != NULL)
		return err_set(err, -EINVAL,
			       "prove takes sides, not a command behind --; a command is a side: "
			       "'cmd:./server --new'");
	if (rest->count > 0 && is_plan(rest->arguments[0])) {
		if (check_plan_word(rest->arguments[0], err) < 0)
			return err->code;
		args->path = rest->arguments[at++];
	}
	if (rest->count - at > 2)
		return err_set(err, -EINVAL, "a proof has two sides, not %u ('%s' is one too many)",
			       rest->count - at, rest->arguments[at + 2]);
	if (rest->count - at == 1 && find_base(rest->arguments[at]) != NULL) {
		args->sides[0] = find_base(rest->arguments[at]);
		args->sides[1] = rest->arguments[at];
	} else if (rest->count - at == 1 && strcmp(rest->arguments[at], ".") != 0) {
		args->sides[0] = rest->arguments[at];
		args->sides[1] = ".";
	} else if (rest->count - at == 2) {
		args->sides[0] = rest->arguments[at];
		args->sides[1] = rest->arguments[at + 1];
	}
	return 0;
}

int prove_args_take(struct prove_args *args, const struct options_rest *rest, struct err *err)
{
	int r = take_words(args, rest, err);

	if (r == 0)
		r = check_more(args, rest, err);
	if (r < 0)
		return r;
	r = look_parse_delta(&args->delta, args->delta_text, err);
	if (r < 0)
		return r;
	if (args->primary != NULL && metric_find(args->primary) == NULL)
		return err_set(err, -EINVAL,
			       "--primary %s is no metric; `sonde compare --all` shows those of a "
			       "run, like cpu_per_request, rate_rps or latency_p99",
			       args->primary);
	args->has_pairs = args->pairs > 0;
	if (args->pairs > SEQUENTIAL_MOST)
		return err_set(err, -EINVAL, "--pairs takes at most %d", SEQUENTIAL_MOST);
	args->looks = (struct sequential){SEQUENTIAL_FIRST, SEQUENTIAL_STEP,
					  args->has_pairs ? args->pairs : SEQUENTIAL_LAST};
	if (args->looks.last < args->looks.first)
		args->looks.first = args->looks.last;
	if (args->max_time_ns == PLAN_EDIT_UNSET)
		args->max_time_ns = 0;
	return 0;
}

/* In the plan, so that it is stored: --continue and `compare` decide by the same. */
static int set_primary(struct plan *plan, const char *primary, struct err *err)
{
	int r = plan_set(plan, "primary", primary, err);

	return r < 0 ? r : plan_update(plan, err);
}

int prove_args_read_plan(struct plan *plan, struct prove_args *args, struct err *err)
{
	int r = plan_args_read_plan(plan, args->path, &args->vars, args->load, &args->plan, err);

	if (r == 0 && args->primary != NULL)
		r = set_primary(plan, args->primary, err);
	if (r == 0 && !plan->has_load)
		r = err_set(err, -EINVAL, "%s has no load: section, and nothing to prove",
			    plan->path);
	if (r == 0 && plan->service_count == 0)
		r = err_set(err, -EINVAL, "%s has no services: both sides would be the same",
			    plan->path);
	return r;
}

struct proof_settings prove_args_make_settings(const struct prove_args *args, const char *command,
					       const char *command_line)
{
	return (struct proof_settings){.command = command,
				       .command_line = command_line,
				       .primary = args->primary,
				       .delta = args->delta,
				       .looks = args->looks,
				       .max_time_ns = args->max_time_ns,
				       .seed = args->seed,
				       .is_taking_all = args->is_taking_all};
}

void prove_args_release(struct prove_args *args)
{
	vec_release(&args->vars);
	plan_args_release(&args->plan);
}
