/*
 * The working tree as it is now, as a tree of its own: tracked files as they are on disk (also in
 * the middle of a merge), and new ones that are not ignored; with their modes and times, so that
 * `make` builds what it would have built. Links are copied as links, nothing is hard-linked: what a
 * build writes to is never the user's file. A repository inside that is no submodule is left out,
 * with a note.
 */
#ifndef LAB_SIDE_TREE_H
#define LAB_SIDE_TREE_H

#include "lab/git.h"
#include "lab/revision_tree.h"

/*
 * Fills an empty tree, with its content and the patch to HEAD (to nothing, when nothing has been
 * committed yet). Files that change meanwhile are copied as they are met; what was copied is what
 * counts. -EACCES, -ENOSPC … name the file.
 */
int side_tree_copy(struct revision_tree *tree, const struct git *git, const struct git_commit *head,
		   struct err *err);

#endif
