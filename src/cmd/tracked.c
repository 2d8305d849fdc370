#include "cmd/tracked.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/look.h"

/* @last, with what stands behind it: of the last `run`, for a proof made since has no baseline. */
static const char *find_last_run(struct arena *arena, const char *store_path, const char *word)
{
	scoped(store_cleanup) struct store *store = NULL;
	struct stored_experiment *list = NULL;
	uint32_t count = 0;

	if (strncmp(word, CMD_LAST, strlen(CMD_LAST)) != 0 ||
	    store_open_readonly(&store, store_path, NULL) < 0 ||
	    store_list_experiments(store, arena, &list, &count, NULL) < 0)
		return word;
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(list[i].kind, "run") == 0)
			return arena_printf(arena, "%s%s", list[i].id, word + strlen(CMD_LAST));
	return word;
}

int tracked_open(struct tracked *tracked, const char *store_path, const char *word, struct err *err)
{
	int r;

	*tracked = (struct tracked){0};
	arena_init(&tracked->arena);
	if (strpbrk(word, "./") != NULL && access(word, F_OK) == 0)
		return err_set(err, -EINVAL,
			       "%s is a file and no run of the store, where baselines and their "
			       "history are",
			       word);
	word = find_last_run(&tracked->arena, store_path, word);
	r = selection_open(&tracked->head, store_path, word, err);
	if (r == 0 && strcmp(tracked->head.experiment.kind, "run") != 0)
		r = err_set(err, -EINVAL,
			    "%s was made by `sonde %s`; only plans that `sonde run` and `sonde "
			    "track` ran have a baseline",
			    tracked->head.experiment.id, tracked->head.experiment.kind);
	return r;
}

/* The accepted experiment; a sentence to ret_why when it cannot be had. */
static bool open_base(struct tracked *tracked, const struct stored_baseline *baseline,
		      const char **ret_why)
{
	const char *word = baseline->experiment;
	struct err err = {0};
	int r;

	if (tracked->is_baseline) {
		*ret_why = arena_printf(&tracked->arena,
					"%s is the baseline itself: `sonde track` measures anew",
					baseline->experiment);
		return false;
	}
	if (baseline->arm[0] != '\0')
		word = arena_printf(&tracked->arena, "%s/%s", word, baseline->arm);
	r = selection_open(&tracked->base, store_get_path(tracked->head.store), word, &err);
	if (r == -ENOENT)
		*ret_why = arena_printf(&tracked->arena,
					"the baseline %s was removed from the store", word);
	else if (r < 0)
		*ret_why = arena_printf(&tracked->arena, "the baseline %s cannot be read: %s", word,
					err_text(&err));
	return r == 0;
}

int tracked_read(struct tracked *tracked, const struct track_view_options *options, struct err *err)
{
	struct stored_baseline baseline = {0};
	const char *why = "";
	struct err own = {0};
	int r = track_view_find_baseline(tracked->head.store, &tracked->arena,
					 tracked->head.experiment.name, &baseline, err);

	if (r == -ENOENT)
		return track_view_read(&tracked->view, &tracked->arena, &tracked->head, NULL, NULL,
				       "", options, err);
	if (r < 0)
		return r;
	tracked->is_baseline = strcmp(baseline.experiment, tracked->head.experiment.id) == 0;
	if (open_base(tracked, &baseline, &why)) {
		r = track_view_read(&tracked->view, &tracked->arena, &tracked->head, &baseline,
				    &tracked->base, "", options, &own);
		if (r == 0)
			return 0;
		/* the damage may be the head's own: then the next one fails as well */
		why = arena_printf(&tracked->arena, "the baseline %s cannot be read: %s",
				   baseline.experiment, err_text(&own));
	}
	return track_view_read(&tracked->view, &tracked->arena, &tracked->head, &baseline, NULL,
			       why, options, err);
}

void tracked_release(struct tracked *tracked)
{
	selection_release(&tracked->base);
	selection_release(&tracked->head);
	arena_release(&tracked->arena);
	*tracked = (struct tracked){0};
}
