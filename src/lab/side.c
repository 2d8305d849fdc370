#include "lab/side.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/side_patch.h"
#include "lab/side_plan.h"
#include "lab/side_tree.h"
#include "lab/side_word.h"
#include "model/experiment.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/fd.h"

#define TREE_NAME "working tree"
#define CUT "…"

static bool is_tree(enum arm_kind kind)
{
	return kind == ARM_REVISION || kind == ARM_TREE || kind == ARM_PATCH;
}

/* At most ARM_BYTES - 1 bytes with the end, which is never cut. Caller frees. */
static char *make_name(const char *text, const char *end)
{
	size_t room = ARM_BYTES - 1 - strlen(end), length = strlen(text);
	bool is_cut = length > room;
	char *name;

	if (is_cut)
		length = room - strlen(CUT);
	/* not inside of a character */
	while (is_cut && length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	name = alloc_printf("%.*s%s%s", (int)length, text, is_cut ? CUT : "", end);
	clean_text(name, '?');
	return name;
}

/* What can be said without the folder. */
static void fill_source(struct side *side)
{
	side->source.name = side->name;
	side->source.word = side->word;
	side->source.vars = side->vars != NULL ? side->vars : "{}";
	side->source.revision = side->commit.id;
	side->source.subject = side->commit.subject != NULL ? side->commit.subject : "";
	side->source.content = side->tree.content != NULL ? side->tree.content : "";
	side->source.patch = strbuf_text(&side->tree.patch);
}

/* The end of the pair that begins at `text`: a comma with NAME= behind it, or the text's end. */
static size_t find_pair_end(const char *text)
{
	size_t length = 0;

	for (;; length++) {
		const char *next;

		length += strcspn(text + length, ",");
		if (text[length] == '\0')
			return length;
		next = text + length + 1;
		if (next[0] != '=' && next[strcspn(next, "=,")] == '=')
			return length;
	}
}

/* "k=v,k=v" */
static int parse_pairs(const char *text, struct arena *arena, struct side_change *change,
		       struct err *err)
{
	struct plan_pair *pairs = arena_alloc(arena, strlen(text) / 2 + 1, sizeof(*pairs));

	for (const char *at = text; change->override_count == 0 || *at != '\0';) {
		size_t length = find_pair_end(at), name = strcspn(at, "=");

		if (name == 0 || name >= length)
			return err_set(err, -EINVAL, "'var:%s' must be var:NAME=VALUE[,NAME=VALUE]",
				       text);
		pairs[change->override_count++] = (struct plan_pair){
			.name = arena_strndup(arena, at, name),
			.value = arena_strndup(arena, at + name + 1, length - name - 1)};
		at += length + (at[length] == ',');
	}
	change->overrides = pairs;
	return 0;
}

/* Sides that stand where the plan stands: their plan is all there is to them. */
static int parse_in_place(struct side *side, const struct side_setup *setup, const char *value,
			  struct err *err)
{
	struct side_change change = {0};
	struct arena arena;
	int r = 0;

	arena_init(&arena);
	if (side->source.kind == ARM_VARIABLE)
		r = parse_pairs(value, &arena, &change, err);
	else if (side->source.kind == ARM_COMMAND)
		change.command = value;
	else
		change.arm = value;
	if (r == 0)
		r = side_plan_read(side, setup, setup->plan->directory, &change, err);
	arena_release(&arena);
	return r;
}

static int check_patch(const char *file, struct err *err)
{
	struct stat status;

	if (stat(file, &status) < 0)
		return err_set(err, -errno, "no patch %s: %s", file, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, -EINVAL, "%s is no file with a patch", file);
	return 0;
}

static int parse_tree(struct side *side, const struct side_setup *setup, const char *value,
		      struct err *err)
{
	const char *revision = side->source.kind == ARM_REVISION ? value : "HEAD";
	int r = side->source.kind == ARM_PATCH ? check_patch(value, err) : 0;

	if (r == 0)
		r = git_open(&side->git, setup->plan->directory, err);
	/* the working tree may be one in which nothing has been committed yet */
	if (r == 0 && (side->source.kind != ARM_TREE || git_has_revision(&side->git, "HEAD")))
		r = git_resolve(&side->git, revision, &side->commit, err);
	return r;
}

static int parse_kind(struct side *side, const struct side_setup *setup, enum arm_kind kind,
		      const char *value, struct err *err)
{
	const char *slash = kind == ARM_PATCH ? strrchr(value, '/') : NULL;
	int r;

	side->source.kind = kind;
	side->name = make_name(kind == ARM_TREE ? TREE_NAME
			       : slash != NULL	? slash + 1
						: value,
			       "");
	side->word = side_word_format(kind, value);
	if (value[0] == '\0')
		return err_set(err, -EINVAL, "'%s' says nothing after the colon", side->word);
	r = is_tree(kind) ? parse_tree(side, setup, value, err)
			  : parse_in_place(side, setup, value, err);
	fill_source(side);
	return r;
}

int side_parse(struct side *ret_side, const struct side_setup *setup, const char *word,
	       struct err *err)
{
	enum arm_kind kind;
	const char *value;
	int r = side_word_parse(setup, word, &kind, &value, err);

	*ret_side = (struct side){0};
	return r < 0 ? r : parse_kind(ret_side, setup, kind, value, err);
}

/* The folder with the files. */
static int make_tree(struct side *side, const struct side_setup *setup, struct err *err)
{
	const char *file = side->word + strlen("patch:");
	int r = revision_tree_open(&side->tree, &side->git, setup->store, err);

	if (r == 0 && side->source.kind == ARM_TREE)
		return side_tree_copy(&side->tree, &side->git, &side->commit, err);
	if (r == 0)
		r = revision_tree_checkout(&side->tree, &side->git, &side->commit, err);
	if (r == 0 && side->source.kind == ARM_PATCH)
		r = side_patch_apply(&side->tree, &side->git, &side->commit, file, err);
	return r;
}

int side_make(struct side *side, const struct side_setup *setup, struct err *err)
{
	struct err why = {0};
	int r;

	if (!is_tree(side->source.kind))
		return 0;
	r = make_tree(side, setup, &why);
	if (r == 0)
		r = side_plan_read_tree(side, setup, &why);
	fill_source(side);
	return r < 0 ? err_set(err, r, "%s: %s", side->word, err_text(&why)) : 0;
}

/* "main" and "main (2)". */
static void name_apart(struct side *sides, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		scoped_free char *base = alloc_strdup(sides[i].name);

		for (uint32_t j = 0, number = 2; j < i; j++) {
			char *end;

			if (strcmp(sides[j].name, sides[i].name) != 0)
				continue;
			end = alloc_printf(" (%u)", number++);
			free(sides[i].name);
			sides[i].name = make_name(base, end);
			free(end);
			j = UINT32_MAX; /* from the first again */
		}
		fill_source(&sides[i]);
	}
}

int side_make_all(struct side *ret_sides, const char *const *words, uint32_t count,
		  const struct side_setup *setup, struct err *err)
{
	static const char *const usual[] = {"rev:HEAD", "."};
	int r = 0;

	assert(words != NULL || count == 2);
	memset(ret_sides, 0, count * sizeof(*ret_sides));
	for (uint32_t i = 0; r == 0 && i < count; i++) {
		r = side_parse(&ret_sides[i], setup, words != NULL ? words[i] : usual[i], err);
		ret_sides[i].source.place = i;
	}
	if (r < 0)
		return r;
	name_apart(ret_sides, count);
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = side_make(&ret_sides[i], setup, err);
	if (r == 0 && words == NULL && side_is_same(&ret_sides[0], &ret_sides[1]))
		return err_set(err, -ENODATA,
			       "nothing changed: the working tree is HEAD (%.12s, %s); name both "
			       "sides (rev:HEAD .) to prove that the same is the same",
			       ret_sides[0].commit.id, ret_sides[0].source.subject);
	return r;
}

/* The patch as the store has it, in a file beside the folder. */
static int apply_stored(struct side *side, const char *patch, struct err *err)
{
	scoped_free char *file = alloc_printf("%s/patch", side->tree.place);
	int r = fd_replace_file(file, patch, strlen(patch), err);

	return r < 0 ? r : side_patch_apply(&side->tree, &side->git, &side->commit, file, err);
}

static int restore_tree(struct side *side, const struct side_setup *setup,
			const struct arm_source *stored, struct err *err)
{
	int r = git_open(&side->git, setup->plan->directory, err);

	if (r == 0 && stored->revision[0] != '\0')
		r = git_resolve(&side->git, stored->revision, &side->commit, err);
	if (r == 0)
		r = revision_tree_open(&side->tree, &side->git, setup->store, err);
	if (r == 0 && stored->revision[0] == '\0')
		r = err_set(err, -ESTALE, "nothing had been committed when the proof began");
	if (r == 0)
		r = revision_tree_checkout(&side->tree, &side->git, &side->commit, err);
	if (r == 0 && stored->patch[0] != '\0')
		r = apply_stored(side, stored->patch, err);
	if (r < 0)
		return r;
	if (strcmp(side->tree.content, stored->content) != 0)
		return err_set(err, -ESTALE,
			       "what the store has of it gives other files than those that were "
			       "measured (%.12s, not %.12s)%s",
			       side->tree.content, stored->content,
			       stored->patch[0] != '\0' ? ": the patch was cut, or is no text"
							: "");
	return side_plan_read_tree(side, setup, err);
}

int side_restore(struct side *ret_side, const struct side_setup *setup,
		 const struct arm_source *stored, struct err *err)
{
	struct err why = {0};
	int r;

	if (!is_tree(stored->kind)) {
		scoped_free char *word = stored->word[0] != '\0'
						 ? alloc_strdup(stored->word)
						 : alloc_printf("arm:%s", stored->name);

		r = side_parse(ret_side, setup, word, &why);
	} else {
		*ret_side = (struct side){.source.kind = stored->kind,
					  .word = alloc_strdup(stored->word)};
		r = restore_tree(ret_side, setup, stored, &why);
	}
	free(ret_side->name);
	ret_side->name = alloc_strdup(stored->name);
	ret_side->source.place = stored->place;
	fill_source(ret_side);
	return r < 0 ? err_set(err, r, "%s: %s", stored->name, err_text(&why)) : 0;
}

bool side_is_same(const struct side *a, const struct side *b)
{
	scoped_free char *first = plan_write(&a->plan), *second = plan_write(&b->plan);

	return strcmp(a->source.content, b->source.content) == 0 && strcmp(first, second) == 0 &&
	       a->arm == b->arm;
}

void side_release(struct side *side, bool is_kept)
{
	plan_release(&side->plan);
	revision_tree_release(&side->tree, is_kept);
	git_commit_release(&side->commit);
	git_close(&side->git);
	free(side->name);
	free(side->word);
	free(side->vars);
	*side = (struct side){0};
}

void side_release_all(struct side *sides, uint32_t count, bool is_kept)
{
	for (uint32_t i = 0; i < count; i++)
		side_release(&sides[i], is_kept);
}
