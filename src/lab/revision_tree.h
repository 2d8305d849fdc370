/*
 * A folder with the files of a commit, of the working tree, or of HEAD with a patch, made without
 * the user's repository knowing:
 *
 *	STORE/trees/XXXXXX/     held (flock) while a sonde uses it
 *	  tree/PROJECT/         the files; PROJECT is the name of the repository's folder
 *	  tree/PROJECT/.git     a small repository of its own that borrows the user's objects
 *	  patch, kept           of the side, and that it is to stay
 *
 * The .git is there for builds: `git describe` tells of the tree's revision, and a `git checkout`
 * or `git clean` in a Makefile acts on the tree and never on the user's files around the store. It
 * has HEAD (detached), the index and the tags.
 *
 * All paths are of one length, since a longer one shifts a program's stack as its environment does.
 * What a killed sonde left is removed when the next tree is made. Submodules that the user has
 * checked out are made in the same way (lab/revision_part.h). Files of Git LFS stay pointers in a
 * commit's tree (a note says so); export-ignore and sparse checkouts take nothing away.
 */
#ifndef LAB_REVISION_TREE_H
#define LAB_REVISION_TREE_H

#include <stdbool.h>

#include "lab/git.h"
#include "util/err.h"
#include "util/strbuf.h"
#include "util/vec.h"

struct revision_tree {
	char *place;	     /* STORE/trees/XXXXXX, absolute */
	char *folder;	     /* PLACE/tree/PROJECT; NULL = there is none */
	int lock_fd;	     /* 0 = none, so that zeroed is nothing */
	char *content;	     /* git's id of the tree, and "+ID" for each submodule with changes */
	struct strbuf patch; /* to the commit; UTF-8, at most ARM_SOURCE_PATCH_BYTES */
	bool is_patch_cut;
	VEC(char *) notes; /* what somebody should know, a sentence each */
};

/*
 * An empty folder for the files of a repository. `store` is a folder that exists. -ENOSPC, -EACCES
 * … name the path. The caller releases it, also after an error.
 */
int revision_tree_open(struct revision_tree *ret_tree, const struct git *git, const char *store,
		       struct err *err);

/* The files of a commit; `content` is its tree's id. */
int revision_tree_checkout(struct revision_tree *tree, const struct git *git,
			   const struct git_commit *commit, struct err *err);

/* Removes the folder; kept, it stays until the user removes it. Zeroed is accepted. */
void revision_tree_release(struct revision_tree *tree, bool is_kept);

/* Once, however often it is said. */
void revision_tree_add_note(struct revision_tree *tree, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
