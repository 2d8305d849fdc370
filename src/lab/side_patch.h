/* A patch on top of a commit, as a tree of its own. */
#ifndef LAB_SIDE_PATCH_H
#define LAB_SIDE_PATCH_H

#include "lab/git.h"
#include "lab/revision_tree.h"

/*
 * Changes what revision_tree_checkout() made, and its content and patch. `file` is what `git diff`
 * writes, with names from the repository's root. -EINVAL with git's first lines when it does not
 * apply.
 */
int side_patch_apply(struct revision_tree *tree, const struct git *git,
		     const struct git_commit *commit, const char *file, struct err *err);

#endif
