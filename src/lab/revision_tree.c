#include "lab/revision_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/revision_part.h"
#include "model/arm_source.h"
#include "store/store.h"
#include "util/alloc.h"
#include "util/fd.h"

/* In the place of a tree that the user wanted to have: it is never removed. */
#define KEPT_NAME "kept"
/*
 * In the place, too, and around the tree: a repository may have any name, also that of a file of
 * ours.
 */
#define TREE_NAME "tree"

void revision_tree_add_note(struct revision_tree *tree, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < tree->notes.count; i++)
		if (strcmp(tree->notes.items[i], text) == 0)
			return;
	vec_push(&tree->notes, alloc_strdup(text));
}

/* A build may have left folders that nobody may write to (Go's modules). */
static void remove_tree(const char *path)
{
	scoped_free char *root = alloc_strdup(path);
	char *const roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;

	while (walk != NULL && (entry = fts_read(walk)) != NULL) {
		if (entry->fts_info == FTS_D)
			(void)chmod(entry->fts_accpath, 0700);
		else if (entry->fts_info == FTS_DP)
			(void)rmdir(entry->fts_accpath);
		else
			(void)unlink(entry->fts_accpath);
	}
	if (walk != NULL)
		fts_close(walk);
}

/* The folder, held; -EWOULDBLOCK when somebody else holds it. Above 2, so that 0 is none. */
static int hold(const char *path, int operation)
{
	scoped(fd_cleanup) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int held = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1, r;

	if (held < 0)
		return -errno;
	if (flock(held, operation) == 0)
		return held;
	r = -errno;
	fd_close(held);
	return r;
}

/* What a sonde that was killed left behind. The caller holds `trees`, so none is being made. */
static void sweep(const char *trees)
{
	DIR *directory = opendir(trees);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		scoped_free char *place = alloc_printf("%s/%s", trees, entry->d_name);
		scoped_free char *kept = alloc_printf("%s/" KEPT_NAME, place);
		scoped(fd_cleanup) int fd = -1;

		if (entry->d_name[0] == '.' || access(kept, F_OK) == 0)
			continue;
		fd = hold(place, LOCK_EX | LOCK_NB);
		if (fd >= 0)
			remove_tree(place);
	}
	if (directory != NULL)
		closedir(directory);
}

static int fail_path(const char *what, const char *path, int code, struct err *err)
{
	return err_set(err, code, "cannot %s %s: %s", what, path, strerror(-code));
}

/* The folder `place`, held. The caller holds `trees`. */
static int make_place(struct revision_tree *tree, const char *trees, struct err *err)
{
	scoped_free char *place = alloc_printf("%s/XXXXXX", trees);

	if (mkdtemp(place) == NULL)
		return fail_path("make a folder in", trees, -errno, err);
	tree->place = realpath(place, NULL);
	if (tree->place == NULL)
		return fail_path("make a folder in", trees, -errno, err);
	store_give_to_user(place);
	tree->lock_fd = hold(place, LOCK_EX | LOCK_NB);
	if (tree->lock_fd < 0) {
		int code = tree->lock_fd;

		tree->lock_fd = 0;
		return fail_path("hold", place, code, err);
	}
	/* the service may run as another user */
	return chmod(place, 0755) == 0 ? 0 : fail_path("open up", place, -errno, err);
}

/* Where the tree goes: named like the repository, which builds may print. */
static int make_folder(struct revision_tree *tree, const struct git *git, struct err *err)
{
	scoped_free char *around = alloc_printf("%s/" TREE_NAME, tree->place);

	if (mkdir(around, 0755) < 0 || chmod(around, 0755) < 0)
		return fail_path("make the folder", around, -errno, err);
	store_give_to_user(around);
	tree->folder = alloc_printf("%s%s", around, strrchr(git->root, '/'));
	return 0;
}

int revision_tree_open(struct revision_tree *ret_tree, const struct git *git, const char *store,
		       struct err *err)
{
	scoped_free char *trees = alloc_printf("%s/trees", store);
	scoped(fd_cleanup) int fd = -1;
	int r;

	*ret_tree = (struct revision_tree){0};
	strbuf_init(&ret_tree->patch, ARM_SOURCE_PATCH_BYTES - 1);
	if (mkdir(trees, 0755) == 0)
		store_give_to_user(trees);
	else if (errno != EEXIST)
		return fail_path("make the folder", trees, -errno, err);
	fd = hold(trees, LOCK_EX);
	if (fd < 0)
		return fail_path("hold the folder", trees, fd, err);
	sweep(trees);
	r = make_place(ret_tree, trees, err);
	return r < 0 ? r : make_folder(ret_tree, git, err);
}

int revision_tree_checkout(struct revision_tree *tree, const struct git *git,
			   const struct git_commit *commit, struct err *err)
{
	const struct revision_part part = {
		.git = git, .commit = commit, .folder = tree->folder, .path = ""};
	int r = revision_part_checkout(tree, &part, err);

	if (r == 0)
		tree->content = alloc_strdup(commit->tree);
	return r;
}

void revision_tree_release(struct revision_tree *tree, bool is_kept)
{
	if (tree->place != NULL && is_kept) {
		scoped_free char *kept = alloc_printf("%s/" KEPT_NAME, tree->place);

		fd_close(open(kept, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	} else if (tree->place != NULL) {
		remove_tree(tree->place);
	}
	if (tree->lock_fd > 0)
		fd_close(tree->lock_fd);
	for (size_t i = 0; i < tree->notes.count; i++)
		free(tree->notes.items[i]);
	vec_release(&tree->notes);
	strbuf_release(&tree->patch);
	free(tree->place);
	free(tree->folder);
	free(tree->content);
	*tree = (struct revision_tree){0};
}
