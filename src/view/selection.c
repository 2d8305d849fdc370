#include "view/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/parse.h"

/* What stands behind the experiment: "/arm", "/arm#3", ".3". */
struct part {
	const char *arm;   /* NULL = all */
	bool has_place;	   /* "#3", or what may be the end of a name; pair 0: it is no place */
	const char *whole; /* with what may be the place, but part of the name, too: "fix#12" */
	uint32_t pair;	   /* 0 = all */
	uint32_t number;   /* 0 = all */
};

static int parse_part(struct selection *selection, const char *text, struct part *ret_part,
		      struct err *err)
{
	const char *hash = strrchr(text, '#');
	uint64_t number = 0;

	*ret_part = (struct part){0};
	if (text[0] == '\0')
		return 0;
	if (text[0] == '.') {
		if (parse_u64(text + 1, &number) < 0 || number == 0 || number > UINT32_MAX)
			return err_set(err, -EINVAL, "'%s': '%s' must be a run's number, like .3",
				       selection->word, text);
		ret_part->number = (uint32_t)number;
		return 0;
	}
	if (text[0] != '/')
		return err_set(err, -EBADMSG, "'%s': the tag is damaged: it adds '%s'",
			       selection->word, text);
	if (hash != NULL && (parse_u64(hash + 1, &number) < 0 || number > UINT32_MAX))
		number = 0;
	ret_part->has_place = hash != NULL;
	ret_part->pair = hash != NULL ? (uint32_t)number : 0;
	ret_part->arm = arena_strndup(&selection->arena, text + 1,
				      hash != NULL ? (size_t)(hash - text) - 1 : strlen(text + 1));
	ret_part->whole = arena_strdup(&selection->arena, text + 1);
	return 0;
}

/* Splits "word/arm#3" or "word.3"; the first part goes to `head`. */
static const char *split(struct selection *selection, const char *word, const char **ret_head)
{
	const char *slash = strchr(word, '/');
	const char *dot = slash == NULL ? strrchr(word, '.') : NULL;
	const char *rest = slash != NULL ? slash : dot;

	if (rest == NULL)
		rest = word + strlen(word);
	*ret_head = arena_strndup(&selection->arena, word, (size_t)(rest - word));
	return rest;
}

/* The end of the file's name in "dir/x.sonde/arm#3"; NULL when the word names no such file. */
static const char *find_file_end(const char *word)
{
	for (const char *at = strstr(word, ".sonde"); at != NULL; at = strstr(at + 1, ".sonde"))
		if (at[6] == '\0' || at[6] == '/')
			return at + 6;
	return NULL;
}

static int open_store_for(struct selection *selection, const char *store_path,
			  const char **ret_head, const char **ret_rest, struct err *err)
{
	const char *end = find_file_end(selection->word);
	const char *path = store_path;

	if (end != NULL && end - selection->word > 6) {
		path = arena_strndup(&selection->arena, selection->word,
				     (size_t)(end - selection->word));
		*ret_head = "@last";
		*ret_rest = end;
	} else if (access(selection->word, F_OK) == 0 && strpbrk(selection->word, "./") != NULL) {
		return err_set(err, -EOPNOTSUPP,
			       "%s is neither a run in the store nor an exported file (.sonde)",
			       selection->word);
	} else {
		*ret_rest = split(selection, selection->word, ret_head);
	}
	if (path != store_path && access(path, F_OK) < 0)
		return err_set(err, -ENOENT, "there is no file %s", path);
	return store_open_readonly(&selection->store, path, err);
}

static bool has_measured(const struct stored_run *run)
{
	return run->record.phase_begin_ns[PHASE_MEASURE] != 0;
}

static struct selected_arm *find_arm(struct selection *selection, const char *name)
{
	for (uint32_t i = 0; i < selection->arm_count; i++)
		if (strcmp(selection->arms[i].name, name) == 0)
			return &selection->arms[i];
	return NULL;
}

static bool is_wanted(const struct part *part, const struct stored_run *run)
{
	return (part->arm == NULL || strcmp(part->arm, run->record.arm) == 0) &&
	       (part->pair == 0 || part->pair == run->record.pair) &&
	       (part->number == 0 || part->number == run->record.number);
}

/* An arm may have a '#' in its name: a branch, a command. What is no place must be such a name. */
static int prefer_whole(const struct selection *selection, struct part *part,
			const struct stored_run *runs, uint32_t count, struct err *err)
{
	for (uint32_t i = 0; i < count && part->has_place; i++) {
		if (strcmp(runs[i].record.arm, part->whole) != 0)
			continue;
		part->arm = part->whole;
		part->pair = 0;
		part->has_place = false;
	}
	if (part->has_place && part->pair == 0)
		return err_set(err, -EINVAL,
			       "'%s': '%s' must be the place of a run in its arm, like #3",
			       selection->word, strrchr(part->whole, '#'));
	return 0;
}

static int no_such_part(const struct selection *selection, const struct part *part, struct err *err)
{
	const char *names[64];
	const char *nearest;
	size_t count = 0;

	if (part->arm == NULL)
		return err_set(err, -ENOENT, "'%s': the experiment has %u run(s)", selection->word,
			       selection->experiment.run_count);
	for (uint32_t i = 0; i < selection->run_count && count < 63; i++)
		names[count++] = selection->runs[i].record.arm;
	names[count] = NULL;
	nearest = parse_find_nearest(part->arm, names);
	if (nearest != NULL && strcmp(nearest, part->arm) != 0)
		return err_set(err, -ENOENT, "'%s': there is no arm '%s'; did you mean '%s'?",
			       selection->word, part->arm, nearest);
	if (nearest != NULL)
		return err_set(err, -ENOENT, "'%s': the arm has no run #%u", selection->word,
			       part->pair);
	return err_set(err, -ENOENT, "'%s': there is no arm '%s' (there is: %s)", selection->word,
		       part->arm, selection->experiment.arms);
}

/*
 * Arms in the order of their first run; their runs in pair order. A rejected run (a disturbed one
 * of a proof) is merged with others nowhere, and there for who asks for it alone.
 */
static void group_arms(struct selection *selection, bool is_alone)
{
	selection->arms =
		arena_alloc(&selection->arena, selection->run_count + 1, sizeof(*selection->arms));
	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct stored_run *run = &selection->runs[i];
		struct selected_arm *arm = find_arm(selection, run->record.arm);
		uint32_t at;

		if (arm == NULL) {
			arm = &selection->arms[selection->arm_count++];
			arm->name = run->record.arm;
			arm->place = run->record.arm_place;
			arm->runs = arena_alloc(&selection->arena, selection->run_count,
						sizeof(*arm->runs));
		}
		if (!has_measured(run) || (run->rejected[0] != '\0' && !is_alone))
			continue;
		for (at = arm->run_count++;
		     at > 0 && arm->runs[at - 1].record.pair > run->record.pair; at--)
			arm->runs[at] = arm->runs[at - 1];
		arm->runs[at] = *run;
	}
}

/* As in the plan: the first arm is the base of comparisons. Runs were in random order. */
static int compare_places(const void *a, const void *b)
{
	const struct selected_arm *left = a, *right = b;

	return (left->place > right->place) - (left->place < right->place);
}

static int select_runs(struct selection *selection, struct part *part, struct err *err)
{
	struct stored_run *all;
	uint32_t count;
	int r = store_list_runs(selection->store, &selection->arena, selection->experiment.id, &all,
				&count, err);

	if (r < 0)
		return r;
	r = prefer_whole(selection, part, all, count, err);
	if (r < 0)
		return r;
	selection->runs = all;
	for (uint32_t i = 0; i < count; i++)
		if (is_wanted(part, &all[i]))
			all[selection->run_count++] = all[i];
	if (selection->run_count == 0 && count > 0) {
		selection->run_count = count; /* for the sentence's names */
		return no_such_part(selection, part, err);
	}
	group_arms(selection, part->pair != 0 || part->number != 0);
	qsort(selection->arms, selection->arm_count, sizeof(*selection->arms), compare_places);
	return 0;
}

int selection_open(struct selection *selection, const char *store_path, const char *word,
		   struct err *err)
{
	const char *head = "", *rest = "", *tag_rest = "";
	struct part part;
	int r;

	*selection = (struct selection){0};
	arena_init(&selection->arena);
	selection->word = arena_strdup(&selection->arena, word);
	r = open_store_for(selection, store_path, &head, &rest, err);
	if (r == 0)
		r = store_find_experiment(selection->store, &selection->arena, head,
					  &selection->experiment, &tag_rest, err);
	if (r == 0)
		r = parse_part(selection, rest[0] != '\0' ? rest : tag_rest, &part, err);
	return r < 0 ? r : select_runs(selection, &part, err);
}

void selection_release(struct selection *selection)
{
	store_close(selection->store);
	arena_release(&selection->arena);
	*selection = (struct selection){0};
}

const char *selection_arm_label(const struct selection *selection, uint32_t arm)
{
	bool is_only =
		selection->arm_count == 1 && strcmp(selection->arms[arm].name, "default") == 0;

	return is_only ? selection->experiment.name : selection->arms[arm].name;
}
