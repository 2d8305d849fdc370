#include "lab/revision_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/git_call.h"
#include "util/alloc.h"
#include "util/fd.h"

int revision_part_run(const struct revision_part *part, const char *const *arguments,
		      const struct strbuf *input, struct strbuf *output, struct err *err)
{
	const struct git_call call = {
		.arguments = arguments, .folder = part->folder, .input = input};

	return git_call_run(part->git, &call, output, err);
}

/* A file below .git; replaces it. */
static int write_file(const struct revision_part *part, const char *name, const char *text,
		      size_t length, struct err *err)
{
	scoped_free char *path = alloc_printf("%s/.git/%s", part->folder, name);
	scoped(fd_cleanup) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd >= 0 ? fd_write_all(fd, text, length) : -errno;

	return r < 0 ? err_set(err, r, "cannot write %s: %s", path, strerror(-r)) : 0;
}

static int make_folders(const struct revision_part *part, struct err *err)
{
	static const char *const names[] = {"", "/.git", "/.git/objects", "/.git/objects/info",
					    "/.git/refs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		scoped_free char *path = alloc_printf("%s%s", part->folder, names[i]);

		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_set(err, -errno, "cannot make the folder %s: %s", path,
				       strerror(errno));
	}
	return 0;
}

int revision_part_start(const struct revision_part *part, struct err *err)
{
	const char *what = part->commit->id[0] != '\0' ? part->commit->tree : "--empty";
	const char *const arguments[] = {"read-tree", what, NULL};
	int r = make_folders(part, err);

	return r < 0 ? r : revision_part_run(part, arguments, NULL, NULL, err);
}

/* What `git describe` needs beside the commits; a repository without tags has none. */
static int write_tags(const struct revision_part *part, struct err *err)
{
	static const char *const arguments[] = {"for-each-ref", "--format=%(objectname) %(refname)",
						"refs/tags", NULL};
	scoped(strbuf_release) struct strbuf tags;
	int r;

	strbuf_init(&tags, GIT_CALL_OUTPUT_BYTES);
	r = revision_part_run(part, arguments, NULL, &tags, err);
	return r < 0 ? r : write_file(part, "packed-refs", strbuf_text(&tags), tags.length, err);
}

/* A list of commits whose parents are not there. */
static int copy_shallow(const struct revision_part *part, struct err *err)
{
	static const char *const arguments[] = {"rev-parse", "--path-format=absolute", "--git-path",
						"shallow", NULL};
	scoped(strbuf_release) struct strbuf path, list;
	int r;

	strbuf_init(&path, 8192);
	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	if (!part->git->is_shallow)
		return 0;
	r = revision_part_run(part, arguments, NULL, &path, err);
	if (r < 0)
		return r;
	path.data[path.length > 0 ? path.length - 1 : 0] = '\0';
	fd_read_file(AT_FDCWD, strbuf_text(&path), &list);
	return write_file(part, "shallow", strbuf_text(&list), list.length, err);
}

int revision_part_finish(const struct revision_part *part, struct err *err)
{
	bool is_sha256 = strlen(part->commit->tree) == GIT_ID_BYTES - 1;
	scoped_free char *config = alloc_printf(
		"[core]\n\trepositoryformatversion = %d\n\tbare = false\n\tlogallrefupdates = "
		"false\n[gc]\n\tauto = 0\n%s",
		is_sha256 ? 1 : 0, is_sha256 ? "[extensions]\n\tobjectFormat = sha256\n" : "");
	scoped_free char *objects = git_call_quote_path(part->git->objects);
	scoped_free char *alternates = alloc_printf("%s\n", objects);
	scoped_free char *head = part->commit->id[0] != '\0'
					 ? alloc_printf("%s\n", part->commit->id)
					 : alloc_strdup("ref: refs/heads/main\n");
	int r = write_tags(part, err);

	if (r == 0)
		r = copy_shallow(part, err);
	if (r == 0)
		r = write_file(part, "config", config, strlen(config), err);
	if (r == 0)
		r = write_file(part, "HEAD", head, strlen(head), err);
	return r < 0 ? r
		     : write_file(part, "objects/info/alternates", alternates, strlen(alternates),
				  err);
}

/* Submodules in the part's index: "160000 ID 0\tPATH" and a NUL each. */
static int visit_one(struct revision_tree *tree, const struct revision_part *part,
		     const char *entry, revision_part_visit_fn visit, struct err *err)
{
	size_t length = strcspn(entry + 7, " ");
	scoped_free char *id = alloc_strndup(entry + 7, length);
	const char *name = strchr(entry, '\t') + 1;
	scoped_free char *theirs = alloc_printf("%s/%s", part->git->root, name);
	scoped_free char *folder = alloc_printf("%s/%s", part->folder, name);
	scoped_free char *path = alloc_printf("%s%s/", part->path, name);
	scoped(git_commit_cleanup) struct git_commit commit = {0};
	scoped(git_cleanup) struct git git = {0};
	const struct revision_part sub = {
		.git = &git, .commit = &commit, .folder = folder, .path = path};
	int r;

	/* one that is not checked out is a folder of the repository around it */
	if (git_open(&git, theirs, NULL) < 0 || strcmp(git.root, theirs) != 0) {
		revision_tree_add_note(tree,
				       "the submodule %s%s is not checked out, and is empty "
				       "in the tree: git submodule update --init",
				       part->path, name);
		return 0;
	}
	if (!git_has_revision(&git, id))
		return err_set(err, -ENOENT,
			       "it needs commit %.12s of the submodule %s%s, which is not there: "
			       "git -C %s fetch",
			       id, part->path, name, theirs);
	r = git_resolve(&git, id, &commit, err);
	return r < 0 ? r : visit(tree, &sub, err);
}

int revision_part_visit(struct revision_tree *tree, const struct revision_part *part,
			revision_part_visit_fn visit, struct err *err)
{
	static const char *const arguments[] = {"ls-files", "--stage", "-z", NULL};
	scoped(strbuf_release) struct strbuf list;
	int r;

	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	r = revision_part_run(part, arguments, NULL, &list, err);
	for (size_t at = 0; r == 0 && at < list.length; at += strlen(list.data + at) + 1)
		if (strncmp(list.data + at, "160000 ", 7) == 0 &&
		    strchr(list.data + at, '\t') != NULL)
			r = visit_one(tree, part, list.data + at, visit, err);
	return r;
}

static bool is_pointer(const char *folder, const char *name)
{
	static const char beginning[] = "version https://git-lfs";
	scoped_free char *path = alloc_printf("%s/%s", folder, name);
	scoped(fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char bytes[sizeof(beginning) - 1];

	return fd >= 0 && read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
	       memcmp(bytes, beginning, sizeof(bytes)) == 0;
}

/* Their contents would have to be downloaded. */
static int note_pointers(struct revision_tree *tree, const struct revision_part *part,
			 struct err *err)
{
	static const char *const arguments[] = {"ls-files", "-z", "--", ":(attr:filter=lfs)", NULL};
	scoped(strbuf_release) struct strbuf list;
	const char *first = NULL;
	size_t count = 0;
	int r;

	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	r = revision_part_run(part, arguments, NULL, &list, err);
	for (size_t at = 0; r == 0 && at < list.length; at += strlen(list.data + at) + 1) {
		if (!is_pointer(part->folder, list.data + at))
			continue;
		count++;
		if (first == NULL)
			first = list.data + at;
	}
	if (count > 0)
		revision_tree_add_note(tree,
				       "%zu file(s) of Git LFS are pointers in the tree, not "
				       "contents: %s%s%s",
				       count, part->path, first, count > 1 ? ", …" : "");
	return r;
}

int revision_part_checkout(struct revision_tree *tree, const struct revision_part *part,
			   struct err *err)
{
	const char *const arguments[] = {"read-tree", "-m", "-u", part->commit->tree, NULL};
	int r = make_folders(part, err);

	if (r == 0)
		r = revision_part_run(part, arguments, NULL, NULL, err);
	if (r == 0)
		r = revision_part_visit(tree, part, revision_part_checkout, err);
	if (r == 0)
		r = note_pointers(tree, part, err);
	return r < 0 ? r : revision_part_finish(part, err);
}
