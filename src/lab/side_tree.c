#include "lab/side_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/git_call.h"
#include "lab/interrupt.h"
#include "lab/revision_record.h"
#include "util/alloc.h"
#include "util/fd.h"

/* From where to where; the last folders stay open, since the files of one come together. */
struct copy {
	struct revision_tree *tree;
	const struct revision_part *part;
	char *parent; /* path from the root; NULL = none is open */
	int from, to; /* its folders; -1 = not there */
};

static int copy_repository(struct revision_tree *tree, const struct revision_part *part,
			   struct err *err);

/*
 * The folder `path` below `root`, one part after the other, so that a link on the way is none: what
 * lies behind it is not the repository's. Made when `is_made`. Negative errno.
 */
static int open_folder(const char *root, const char *path, bool is_made)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(root, flags);

	if (fd < 0)
		return -errno;
	while (fd >= 0 && *path != '\0') {
		size_t length = strcspn(path, "/");
		scoped_free char *name = alloc_strndup(path, length);
		int next;

		if (is_made)
			(void)mkdirat(fd, name, 0755);
		next = openat(fd, name, flags | O_NOFOLLOW);
		if (next < 0)
			next = -errno;
		fd_close(fd);
		fd = next;
		path += length + (path[length] == '/');
	}
	return fd;
}

static void close_folders(struct copy *copy)
{
	if (copy->parent != NULL) {
		fd_cleanup(&copy->from);
		fd_cleanup(&copy->to);
	}
	free(copy->parent);
	copy->parent = NULL;
}

static void open_folders(struct copy *copy, const char *parent)
{
	if (copy->parent != NULL && strcmp(copy->parent, parent) == 0)
		return;
	close_folders(copy);
	copy->parent = alloc_strdup(parent);
	copy->from = open_folder(copy->part->git->root, parent, false);
	copy->to = copy->from >= 0 ? open_folder(copy->part->folder, parent, true) : -1;
}

static int copy_bytes(int from, int to)
{
	char chunk[65536];
	ssize_t got;

	while ((got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
		;
	if (got == 0)
		return 0;
	/* not between these filesystems: as far as it came both stand at the same place */
	while ((got = read(from, chunk, sizeof(chunk))) > 0) {
		int r = fd_write_all(to, chunk, (size_t)got);

		if (r < 0)
			return r;
	}
	return got < 0 ? -errno : 0;
}

static int copy_file(const struct copy *copy, const char *name, const struct stat *status)
{
	const struct timespec times[] = {status->st_atim, status->st_mtim};
	scoped(fd_cleanup) int from = openat(copy->from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	scoped(fd_cleanup) int to = -1;
	int r;

	if (from < 0)
		return -errno;
	to = openat(copy->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_bytes(from, to);
	if (r == 0 && (fchmod(to, status->st_mode & 0777) < 0 || futimens(to, times) < 0))
		r = -errno;
	return r;
}

static int copy_link(const struct copy *copy, const char *name, const struct stat *status)
{
	const struct timespec times[] = {status->st_atim, status->st_mtim};
	char target[PATH_MAX];
	ssize_t length = readlinkat(copy->from, name, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	if (symlinkat(target, copy->to, name) < 0 ||
	    utimensat(copy->to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* A folder in git's list: a submodule, or a repository that lies there. */
static int copy_folder(const struct copy *copy, const char *path, bool is_tracked, struct err *err)
{
	size_t length = strlen(path) - (path[strlen(path) - 1] == '/');
	scoped_free char *theirs =
		alloc_printf("%s/%.*s", copy->part->git->root, (int)length, path);
	scoped_free char *folder = alloc_printf("%s/%.*s", copy->part->folder, (int)length, path);
	scoped_free char *name = alloc_printf("%s%.*s/", copy->part->path, (int)length, path);
	scoped(git_commit_cleanup) struct git_commit head = {0};
	scoped(git_cleanup) struct git git = {0};
	const struct revision_part sub = {
		.git = &git, .commit = &head, .folder = folder, .path = name};
	int r;

	if (!is_tracked) {
		revision_tree_add_note(copy->tree,
				       "%s is a repository of its own, no submodule, "
				       "and is left out",
				       name);
		return 0;
	}
	if (git_open(&git, theirs, NULL) < 0 || strcmp(git.root, theirs) != 0) {
		revision_tree_add_note(copy->tree,
				       "the submodule %s is not checked out, and is "
				       "empty in the tree: git submodule update --init",
				       name);
		return mkdir(folder, 0755) < 0 && errno != EEXIST
			       ? err_set(err, -errno, "cannot make the folder %s: %s", folder,
					 strerror(errno))
			       : 0;
	}
	r = git_resolve(&git, "HEAD", &head, err);
	return r < 0 ? r : copy_repository(copy->tree, &sub, err);
}

/*
 * One of git's list. What is not there (any more) is no error: then it is deleted in the tree too.
 */
static int copy_entry(struct copy *copy, const char *path, bool is_tracked, struct err *err)
{
	const char *slash = memrchr(path, '/', strlen(path) - 1),
		   *name = slash != NULL ? slash + 1 : path;
	scoped_free char *parent = alloc_strndup(path, slash != NULL ? (size_t)(slash - path) : 0);
	struct stat status;
	int r = 0;

	open_folders(copy, parent);
	if (copy->from < 0 || fstatat(copy->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (copy->to < 0)
		return err_set(err, copy->to, "cannot make the folder %s/%s: %s",
			       copy->part->folder, parent, strerror(-copy->to));
	if (S_ISDIR(status.st_mode))
		return copy_folder(copy, path, is_tracked, err);
	if (S_ISREG(status.st_mode))
		r = copy_file(copy, name, &status);
	else if (S_ISLNK(status.st_mode))
		r = copy_link(copy, name, &status);
	/* a file with a conflict stands three times in the list */
	if (r == 0 || r == -EEXIST || r == -ENOENT)
		return 0;
	return err_set(err, r, "cannot copy %s/%s to %s: %s", copy->part->git->root, path,
		       copy->part->folder, strerror(-r));
}

/* Whoever marks a file skip-worktree often does it to change it: then it lies there. */
static bool is_there(const struct copy *copy, const char *path)
{
	scoped_free char *file = alloc_printf("%s/%s", copy->part->git->root, path);
	struct stat status;

	return lstat(file, &status) == 0;
}

/*
 * Each entry of the list is a letter, a blank and a path. What a sparse checkout left away (S) is
 * not deleted: it goes to `sparse`.
 */
static int copy_list(struct copy *copy, const struct strbuf *list, struct strbuf *sparse,
		     struct err *err)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < list->length;) {
		const char *entry = list->data + at;
		size_t length = strlen(entry);

		at += length + 1;
		if (interrupt_get_count() > 0)
			return err_set(err, -ECANCELED,
				       "interrupted while copying the working tree");
		if (length < 3)
			continue;
		if (entry[0] == 'S' && !is_there(copy, entry + 2))
			strbuf_add(sparse, entry + 2, length - 1);
		else
			r = copy_entry(copy, entry + 2, entry[0] != '?', err);
	}
	return r;
}

static int copy_repository(struct revision_tree *tree, const struct revision_part *part,
			   struct err *err)
{
	static const char *const list_arguments[] = {
		"ls-files", "-t", "--cached", "--others", "--exclude-standard", "-z", NULL};
	static const char *const sparse_arguments[] = {"checkout-index", "--quiet", "--force", "-z",
						       "--stdin",	 NULL};
	const struct git_call list_call = {.arguments = list_arguments};
	scoped(strbuf_release) struct strbuf list, sparse;
	const struct git_call sparse_call = {
		.arguments = sparse_arguments, .folder = part->folder, .input = &sparse};
	struct copy copy = {.tree = tree, .part = part};
	int r = revision_part_start(part, err);

	strbuf_init(&list, GIT_CALL_OUTPUT_BYTES);
	strbuf_init(&sparse, GIT_CALL_OUTPUT_BYTES);
	if (r == 0)
		r = git_call_run(part->git, &list_call, &list, err);
	if (r == 0)
		r = copy_list(&copy, &list, &sparse, err);
	close_folders(&copy);
	if (r == 0 && sparse.length > 0)
		r = git_call_run(part->git, &sparse_call, NULL, err);
	return r < 0 ? r : revision_record(tree, part, err);
}

int side_tree_copy(struct revision_tree *tree, const struct git *git, const struct git_commit *head,
		   struct err *err)
{
	const struct revision_part part = {
		.git = git, .commit = head, .folder = tree->folder, .path = ""};

	return copy_repository(tree, &part, err);
}
