#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "cmd/keep.h"
#include "cmd/look.h"
#include "store/store_proof.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "util/alloc.h"

/* "k7f3m9qa.3" is one run. */
static bool is_run_id(const char *word)
{
	const char *dot = strrchr(word, '.');

	return dot != NULL && isdigit((unsigned char)dot[1]);
}

/* What can be removed is a whole experiment: half of one would be a comparison that never was. */
static int find_whole(struct store *store, struct arena *arena, const char *word,
		      struct stored_experiment *ret_experiment, struct err *err)
{
	const char *rest = "";
	int r = -EINVAL;

	if (strlen(word) > 6 && strcmp(word + strlen(word) - 6, ".sonde") == 0 &&
	    access(word, F_OK) == 0)
		return err_set(err, -EINVAL, "%s is a file and not in the store; rm removes it",
			       word);
	if (strpbrk(word, "/#") == NULL && !is_run_id(word)) {
		r = store_find_experiment(store, arena, word, ret_experiment, &rest, err);
		if (r < 0 || rest[0] == '\0')
			return r;
	}
	return err_set(err, -EINVAL,
		       "%s is a part of an experiment%s%s; only whole experiments are removed",
		       word, r == 0 ? ": " : "", r == 0 ? rest : "");
}

/* The logs and pictures of an experiment, ID.* in the store's output folder. */
static void remove_files(const char *store_path, const char *id)
{
	scoped_free char *path = alloc_printf("%s/output", store_path);
	size_t length = strlen(id);
	DIR *folder = opendir(path);
	const struct dirent *entry;

	if (folder == NULL)
		return; /* none was ever written */
	while ((entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, id, length) == 0 && entry->d_name[length] == '.' &&
		    unlinkat(dirfd(folder), entry->d_name, 0) < 0)
			fprintf(stderr, "sonde: cannot remove %s/%s: %s\n", path, entry->d_name,
				strerror(errno));
	closedir(folder);
}

static int remove_one(struct store *store, const struct stored_experiment *experiment)
{
	struct err err = {0};

	if (store_remove_experiment(store, experiment->id, &err) < 0)
		return cmd_fail(&err);
	remove_files(store_get_path(store), experiment->id);
	printf("removed %s (%s, %u run%s)\n", experiment->id, experiment->name,
	       experiment->run_count, experiment->run_count == 1 ? "" : "s");
	return CMD_OK;
}

/* The newest row of a plan is its baseline. */
static const struct stored_baseline *find_baseline(const struct stored_baseline *list,
						   uint32_t count, const char *id)
{
	for (uint32_t i = 0; i < count; i++) {
		bool is_newest = true;

		for (uint32_t j = 0; j < i; j++)
			is_newest = is_newest && strcmp(list[j].plan, list[i].plan) != 0;
		if (is_newest && strcmp(list[i].experiment, id) == 0)
			return &list[i];
	}
	return NULL;
}

/* Without its baseline `track` and `gate` have nothing to compare with. */
static int check_baseline(struct store *store, struct arena *arena,
			  const struct stored_experiment *experiment, struct err *err)
{
	const struct stored_baseline *baseline;
	struct stored_baseline *list;
	uint32_t count;
	int r = store_list_baselines(store, arena, NULL, &list, &count, err);

	if (r < 0)
		return r;
	baseline = find_baseline(list, count, experiment->id);
	if (baseline == NULL)
		return 0;
	return err_set(err, -EBUSY,
		       "%s is the accepted baseline of '%s' (%s): accept another one first, or "
		       "--force removes it all the same",
		       experiment->id, baseline->plan, baseline->note);
}

static bool is_before(const struct stored_experiment *list, uint32_t i)
{
	for (uint32_t j = 0; j < i; j++)
		if (strcmp(list[j].id, list[i].id) == 0)
			return true;
	return false;
}

/*
 * All words are looked up before the first is removed: @-1 means what it meant when it was typed.
 */
static int remove_all(struct store *store, const struct options_rest *rest, bool is_forced)
{
	struct stored_experiment *found;
	struct arena arena;
	struct err err = {0};
	int status = CMD_OK;

	arena_init(&arena);
	found = arena_alloc(&arena, rest->count, sizeof(*found));
	for (uint32_t i = 0; i < rest->count && status == CMD_OK; i++)
		if (find_whole(store, &arena, rest->arguments[i], &found[i], &err) < 0 ||
		    (!is_forced && check_baseline(store, &arena, &found[i], &err) < 0))
			status = cmd_fail(&err);
	for (uint32_t i = 0; i < rest->count && status == CMD_OK; i++)
		if (!is_before(found, i))
			status = remove_one(store, &found[i]);
	arena_release(&arena);
	return status;
}

static const char help[] =
	"Removes whole experiments without asking, with their tags, notes, logs and\n"
	"pictures. One that is running is refused, and so is the accepted baseline of a\n"
	"plan.";

static int run_rm(const struct cmd *cmd, int argc, const char **argv)
{
	scoped(store_cleanup) struct store *store = NULL;
	scoped_free char *path = NULL;
	struct cmd_common common = {0};
	bool is_forced = false;
	struct option_spec specs[] = {{.name = "force",
				       .kind = OPTION_FLAG,
				       .target = &is_forced,
				       .help = "remove also an accepted baseline"},
				      LOOK_STORE_OPTIONS(common),
				      {0}};
	struct options_rest rest;
	struct err err = {0};

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_check_arguments(&rest, 1, UINT32_MAX, "at least one RUN is", &err) < 0)
		return cmd_usage_error(cmd, &err);
	path = look_find_store(&common);
	if (keep_open(&store, path, &err) < 0)
		return cmd_fail(&err);
	return remove_all(store, &rest, is_forced);
}

const struct cmd cmd_rm = {
	.name = "rm",
	.group = "keep",
	.summary = "remove experiments",
	.usage = "Usage: sonde rm [options] RUN …",
	.run = run_rm,
};
