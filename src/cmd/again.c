#include "cmd/again.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "stats/rank.h"
#include "util/alloc.h"
#include "view/run_diff.h"

enum { REPEAT = 6 };

/* The folder that it was run for, as its environment has it. Caller frees. */
static char *read_directory(const struct stored_experiment *experiment)
{
	json_t *environment = json_loads(experiment->environment, 0, NULL);
	const char *directory = json_string_value(json_object_get(environment, "directory"));
	char *copy = alloc_strdup(directory != NULL ? directory : ".");

	json_decref(environment);
	return copy;
}

int again_read_plan(struct plan *plan, const struct stored_experiment *experiment, struct err *err)
{
	scoped_free char *directory = read_directory(experiment);
	const char *path = experiment->plan_path[0] != '\0' ? experiment->plan_path : "stored plan";

	return plan_parse(plan, path, experiment->plan, strlen(experiment->plan), directory, NULL,
			  0, err);
}

int again_go_behind(struct store *store, struct lab_options *options, struct err *err)
{
	struct stored_run *runs = NULL;
	struct arena arena;
	uint32_t count = 0;
	int r = 0;

	options->first_pair = options->first_number = 1;
	if (options->experiment == NULL)
		return 0;
	arena_init(&arena);
	r = store_list_runs(store, &arena, options->experiment, &runs, &count, err);
	for (uint32_t i = 0; i < count && r == 0; i++) {
		if (runs[i].record.pair >= options->first_pair)
			options->first_pair = runs[i].record.pair + 1;
		if (runs[i].record.number >= options->first_number)
			options->first_number = runs[i].record.number + 1;
	}
	arena_release(&arena);
	return r;
}

int again_set_repeat(struct plan *plan, uint32_t asked, struct err *err)
{
	uint32_t least = rank_min_runs(RUN_DIFF_LEVEL);
	char text[16];
	int r;

	if (asked == 0 && plan->repeat >= least)
		return 0;
	snprintf(text, sizeof(text), "%u", asked > 0 ? asked : (uint32_t)REPEAT);
	if (asked == 0)
		fprintf(stderr,
			"sonde: %d runs of each arm: with less than %u there is no verdict "
			"(`repeat: %d` in the plan, or --repeat)\n",
			REPEAT, least, REPEAT);
	r = plan_set(plan, "repeat", text, err);
	return r < 0 ? r : plan_update(plan, err);
}
