#include "lab/revision_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/git_call.h"
#include "lab/plan_yaml.h"
#include "model/arm_source.h"
#include "util/alloc.h"

/* Where names are looked up; those of one folder come together. */
struct look {
	const char *folder;
	char *parent; /* the last one, NULL = none yet */
	bool is_real; /* it is there, and no link leads to it */
};

static bool is_real_folder(const char *folder, const char *path)
{
	scoped_free char *full = alloc_printf("%s/%s", folder, path);
	char *at = full + strlen(folder) + 1;
	struct stat status;

	while (*at != '\0') {
		size_t length = strcspn(at, "/");
		char saved = at[length];

		at[length] = '\0';
		if (lstat(full, &status) < 0 || !S_ISDIR(status.st_mode))
			return false;
		at[length] = saved;
		at += length + (saved != '\0');
	}
	return true;
}

/* A file behind a link is not there: it is another folder's. */
static bool is_there(struct look *look, const char *path)
{
	const char *slash = strrchr(path, '/');
	scoped_free char *parent = alloc_strndup(path, slash != NULL ? (size_t)(slash - path) : 0);
	scoped_free char *full = alloc_printf("%s/%s", look->folder, path);
	struct stat status;

	if (look->parent == NULL || strcmp(look->parent, parent) != 0) {
		free(look->parent);
		look->parent = alloc_strdup(parent);
		look->is_real = is_real_folder(look->folder, parent);
	}
	return look->is_real && lstat(full, &status) == 0;
}

/* The names that are there, and those that are gone, with a NUL each. */
static int list_names(const struct revision_part *part, struct strbuf *there, struct strbuf *gone,
		      struct err *err)
{
	static const char *const arguments[] = {"ls-files", "--cached", "--others", "-z", NULL};
	struct look look = {.folder = part->folder};
	scoped(strbuf_release) struct strbuf list;
	int r;

	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	r = revision_part_run(part, arguments, NULL, &list, err);
	for (size_t at = 0, length; r == 0 && at < list.length; at += length + 1) {
		char *name = list.data + at;

		length = strlen(name);
		if (length > 0 && name[length - 1] == '/') /* a submodule that was added since */
			name[length - 1] = '\0';
		strbuf_add(is_there(&look, name) ? there : gone, name, strlen(name) + 1);
	}
	free(look.parent);
	return r;
}

/* The files of the commit and those that are there, into the index; what is gone leaves it. */
static int update_index(const struct revision_part *part, struct err *err)
{
	static const char *const remove_arguments[] = {"update-index", "--force-remove", "-z",
						       "--stdin", NULL};
	static const char *const add_arguments[] = {
		"update-index", "--add", "--replace", "--info-only", "-z", "--stdin", NULL};
	scoped(strbuf_release) struct strbuf there, gone;
	int r;

	strbuf_init(&there, GIT_CALL_OUTPUT_BYTES);
	strbuf_init(&gone, GIT_CALL_OUTPUT_BYTES);
	r = list_names(part, &there, &gone, err);
	if (r == 0 && gone.length > 0)
		r = revision_part_run(part, remove_arguments, &gone, NULL, err);
	if (r == 0 && there.length > 0)
		r = revision_part_run(part, add_arguments, &there, NULL, err);
	return r;
}

/* The index as a tree's id, "" when that failed. Written where the user's objects are not seen. */
static int write_tree(const struct revision_part *part, const char *index,
		      char ret_id[static GIT_ID_BYTES], struct err *err)
{
	static const char *const arguments[] = {"write-tree", "--missing-ok", NULL};
	const struct git_call call = {
		.arguments = arguments, .folder = part->folder, .index = index, .is_alone = true};
	scoped(strbuf_release) struct strbuf id;
	int r;

	strbuf_init(&id, 1024);
	r = git_call_run(part->git, &call, &id, err);
	if (r < 0)
		return r;
	if (id.length < 2 || id.length > GIT_ID_BYTES)
		return err_set(err, -EBADMSG, "git write-tree says no id");
	memcpy(ret_id, id.data, id.length - 1);
	ret_id[id.length - 1] = '\0';
	return 0;
}

/* The new contents as objects, so that the patch can be made and git works within the tree. */
static int write_changed(const struct revision_part *part, const char *base, const char *tree,
			 struct err *err)
{
	const char *const list_arguments[] = {"diff-tree",    "-r",	     "-z",
					      "--no-renames", "--name-only", "--diff-filter=AMT",
					      base,	      tree,	     NULL};
	static const char *const add_arguments[] = {"update-index", "--add", "-z", "--stdin", NULL};
	scoped_free char *index = alloc_printf("%s/.git/changed", part->folder);
	scoped(strbuf_release) struct strbuf list;
	const struct git_call add = {.arguments = add_arguments,
				     .folder = part->folder,
				     .index = index,
				     .input = &list,
				     .is_alone = true};
	int r;

	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	r = revision_part_run(part, list_arguments, NULL, &list, err);
	if (r == 0 && list.length > 0)
		r = git_call_run(part->git, &add, NULL, err);
	unlink(index);
	return r;
}

/* Cut at the end of a line, and without what no text can hold. */
static void clean_patch(struct strbuf *patch, bool is_cut)
{
	const char *bad;

	while (is_cut && patch->length > 0 && patch->data[patch->length - 1] != '\n')
		patch->data[--patch->length] = '\0';
	for (size_t i = 0; i < patch->length; i++)
		if (patch->data[i] == '\0')
			patch->data[i] = '?';
	while (patch->length > 0 &&
	       (bad = plan_yaml_find_bad_byte(patch->data, patch->length)) != NULL)
		patch->data[bad - patch->data] = '?';
}

static int add_patch(struct revision_tree *tree, const struct revision_part *part, const char *base,
		     const char *content, struct err *err)
{
	scoped_free char *a = alloc_printf("--src-prefix=a/%s", part->path);
	scoped_free char *b = alloc_printf("--dst-prefix=b/%s", part->path);
	const char *const arguments[] = {"diff-tree",
					 "-r",
					 "-p",
					 "--binary",
					 "--full-index",
					 "--no-renames",
					 "--no-ext-diff",
					 "--no-textconv",
					 "--no-color",
					 a,
					 b,
					 base,
					 content,
					 NULL};
	size_t room = tree->patch.max_bytes - tree->patch.length;
	const struct git_call call = {.arguments = arguments,
				      .folder = part->folder,
				      .output_max = room > 0 ? room : 1,
				      .may_be_cut = true};
	scoped(strbuf_release) struct strbuf patch;
	int r;

	if (tree->is_patch_cut)
		return 0;
	strbuf_init(&patch, ARM_SOURCE_PATCH_BYTES);
	r = git_call_run(part->git, &call, &patch, err);
	if (r < 0)
		return r;
	tree->is_patch_cut = patch.is_full;
	clean_patch(&patch, patch.is_full);
	strbuf_add(&tree->patch, patch.data, patch.length);
	if (tree->is_patch_cut)
		revision_tree_add_note(tree, "of the patch the first %d KB are kept",
				       ARM_SOURCE_PATCH_BYTES / 1024);
	return 0;
}

/* The submodules' changes come first; the tree's own id takes its place before them. */
static void add_content(struct revision_tree *tree, const struct revision_part *part,
			const char *content)
{
	const char *others = tree->content != NULL ? tree->content : "";
	char *text = NULL;

	if (part->path[0] == '\0')
		text = alloc_printf("%s%s", content, others);
	else if (strcmp(content, part->commit->tree) != 0)
		text = alloc_printf("%s+%s", others, content);
	if (text == NULL)
		return;
	free(tree->content);
	tree->content = text;
}

int revision_record(struct revision_tree *tree, const struct revision_part *part, struct err *err)
{
	scoped_free char *alternates =
		alloc_printf("%s/.git/objects/info/alternates", part->folder);
	char base[GIT_ID_BYTES], content[GIT_ID_BYTES];
	int r;

	unlink(alternates); /* of a checkout: the objects are not to be seen now */
	r = revision_part_start(part, err);
	if (r == 0 && part->commit->id[0] != '\0')
		memcpy(base, part->commit->tree, sizeof(base));
	else if (r == 0)
		r = write_tree(part, NULL, base, err);
	if (r == 0)
		r = update_index(part, err);
	if (r == 0)
		r = write_tree(part, NULL, content, err);
	if (r == 0)
		r = write_changed(part, base, content, err);
	if (r == 0)
		r = add_patch(tree, part, base, content, err);
	if (r < 0)
		return r;
	add_content(tree, part, content);
	return revision_part_finish(part, err);
}

int revision_record_all(struct revision_tree *tree, const struct revision_part *part,
			struct err *err)
{
	int r = revision_part_visit(tree, part, revision_record_all, err);

	return r < 0 ? r : revision_record(tree, part, err);
}
