#include "lab/tune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/tune_setting.h"
#include "util/alloc.h"
#include "util/fd.h"

void tune_read_active(const struct procfs *fs, struct tune_changes *changes)
{
	struct tune_changes all = {0};

	vec_clear(changes);
	tune_state_read_set(fs, &all);
	for (size_t i = 0; i < all.count; i++) {
		const struct tune_change *change = &all.items[i];
		bool is_known = false;

		for (size_t j = 0; j < changes->count; j++) {
			const struct tune_change *other = &changes->items[j];

			is_known |= strcmp(other->name, change->name) == 0 &&
				    strcmp(other->before, change->before) == 0 &&
				    strcmp(other->after, change->after) == 0;
		}
		if (!is_known)
			vec_push(changes, *change);
	}
	vec_release(&all);
}

struct tune {
	struct procfs fs;
	char *folder;		 /* of the state; NULL = there is no place for it */
	int lock_fd;		 /* -1 = not taken yet */
	struct tune_changes own; /* what this tune has set */
};

struct tune *tune_new(const struct procfs *fs)
{
	struct tune *tune = alloc_new(struct tune);

	tune->fs = *fs;
	tune->folder = tune_state_find_folder();
	tune->lock_fd = -1;
	return tune;
}

void tune_free(struct tune *tune)
{
	if (tune == NULL)
		return;
	fd_close(tune->lock_fd);
	free(tune->folder);
	vec_release(&tune->own);
	free(tune);
}

/* What is remembered, for changing it: from here on no other tune does. */
static int begin_change(struct tune *tune, struct tune_changes *state, struct err *err)
{
	int result = 0;

	if (tune->folder == NULL)
		return err_set(err, -ENOENT,
			       "there is no place for the former values: XDG_RUNTIME_DIR is not "
			       "set; as root: sudo sonde tune …");
	if (tune->lock_fd < 0)
		result = tune_state_lock(&tune->fs, tune->folder, &tune->lock_fd, err);
	vec_clear(state);
	return result < 0 ? result : tune_state_read(&tune->fs, tune->folder, state, err);
}

/* Each noisy file, with code 0 or why this user may not write it. */
static void list_noisy(const struct tune *tune, struct tune_changes *changes)
{
	const struct tune_setting *all = tune_setting_get_all();
	struct tune_files files = {0};

	vec_clear(changes);
	for (size_t i = 0; all[i].name != NULL; i++) {
		const struct tune_setting *setting =
			tune_setting_read(&tune->fs, all[i].name, &files);

		for (size_t j = 0; j < files.count && setting == &all[i]; j++) {
			const struct tune_file *file = &files.items[j];
			struct tune_change change = {
				.code = tune_setting_check_file(&tune->fs, file->path)};

			if (tune_setting_is_quiet(setting, file->value))
				continue;
			snprintf(change.name, sizeof(change.name), "%s", setting->name);
			snprintf(change.path, sizeof(change.path), "%s", file->path);
			snprintf(change.before, sizeof(change.before), "%s", file->value);
			snprintf(change.after, sizeof(change.after), "%s", setting->quiet);
			vec_push(changes, change);
		}
	}
	vec_release(&files);
}

static bool has_code(const struct tune_changes *changes, int code)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].code == code)
			return true;
	return false;
}

/* Remembers what will be changed; a value that is remembered already stays the former one. */
static void remember(struct tune_changes *state, const struct tune_change *change)
{
	struct tune_change *known = tune_state_find(state, change->path);

	if (known == NULL)
		vec_push(state, *change);
	else
		memcpy(known->after, change->after, sizeof(known->after));
}

/* It has its former value again. One that an earlier tune remembers otherwise stays remembered. */
static void forget(struct tune_changes *state, const struct tune_change *change)
{
	size_t count = 0;

	for (size_t i = 0; i < state->count; i++)
		if (strcmp(state->items[i].path, change->path) != 0 ||
		    strcmp(state->items[i].before, change->before) != 0)
			state->items[count++] = state->items[i];
	state->count = count;
}

static int set_all(struct tune *tune, struct tune_changes *state, struct tune_changes *changes,
		   struct err *err)
{
	int result;

	for (size_t i = 0; i < changes->count; i++)
		if (changes->items[i].code == 0)
			remember(state, &changes->items[i]);
	result = tune_state_write(&tune->fs, tune->folder, state, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < changes->count; i++) {
		struct tune_change *change = &changes->items[i];

		if (change->code < 0)
			continue;
		change->code = tune_setting_write_file(&tune->fs, change->path, change->after);
		if (change->code < 0)
			forget(state, change);
		else
			vec_push(&tune->own, *change);
	}
	return tune_state_write(&tune->fs, tune->folder, state, err);
}

int tune_apply(struct tune *tune, struct tune_changes *changes, struct err *err)
{
	struct tune_changes state = {0};
	int result;

	list_noisy(tune, changes);
	if (!has_code(changes, 0)) /* nothing to set, or nothing that this user may */
		return 0;
	result = begin_change(tune, &state, err);
	if (result == 0) {
		list_noisy(tune, changes); /* another tune may have ended meanwhile */
		result = set_all(tune, &state, changes, err);
	}
	vec_release(&state);
	return result;
}

/* 0 when it is as it was before, -ESTALE when it is somebody else's by now, or why not. */
static int put_back(const struct procfs *fs, const struct tune_change *change)
{
	char now[64];
	int result = tune_setting_read_file(fs, change->path, now);

	if (result < 0)
		return result == -ENOENT ? -ESTALE : result; /* a CPU that is off by now */
	if (strcmp(now, change->before) == 0)
		return 0;
	if (strcmp(now, change->after) != 0)
		return -ESTALE;
	return tune_setting_write_file(fs, change->path, change->before);
}

/* Puts back each of `changes`, which get their codes; those that are done leave the state. */
static void put_all_back(struct tune *tune, struct tune_changes *changes,
			 struct tune_changes *state)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct tune_change *change = &changes->items[i];

		change->code = put_back(&tune->fs, change);
		if (change->code == 0 || change->code == -ESTALE)
			forget(state, change);
	}
}

int tune_undo(struct tune *tune, struct tune_changes *changes, struct err *err)
{
	struct tune_changes state = {0};
	int result = 0;

	vec_clear(changes);
	for (size_t i = 0; i < tune->own.count; i++)
		vec_push(changes, tune->own.items[i]);
	vec_clear(&tune->own);
	if (changes->count == 0)
		return 0;
	result = begin_change(tune, &state, err);
	put_all_back(tune, changes, &state); /* whatever became of the file */
	if (result == 0)
		result = tune_state_write(&tune->fs, tune->folder, &state, err);
	vec_release(&state);
	return result;
}

/* An ordinary user has nothing to put back; perhaps root has. */
static int refuse_others(const struct tune *tune, struct err *err)
{
	struct tune_changes others = {0};
	size_t count;

	tune_state_read(&tune->fs, TUNE_STATE_ROOT_FOLDER, &others, NULL);
	count = others.count;
	vec_release(&others);
	return count > 0
		       ? err_set(err, -EACCES, "it was root who set it: sudo sonde tune --restore")
		       : 0;
}

int tune_restore(struct tune *tune, struct tune_changes *changes, struct err *err)
{
	struct tune_changes state = {0};
	int result = 0;

	vec_clear(changes);
	if (tune->folder != NULL)
		result = tune_state_read(&tune->fs, tune->folder, changes, err);
	if (result == 0 && changes->count == 0)
		return refuse_others(tune, err);
	if (result == 0)
		result = begin_change(tune, &state, err);
	vec_clear(changes);
	for (size_t i = 0; i < state.count && result == 0; i++)
		vec_push(changes, state.items[i]);
	put_all_back(tune, changes, &state);
	if (result == 0)
		result = tune_state_write(&tune->fs, tune->folder, &state, err);
	vec_release(&state);
	return result;
}
