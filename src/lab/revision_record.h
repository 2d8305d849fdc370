/*
 * What is in a tree now, as git's id of it and a patch to its commit.
 *
 * The id is had without a byte or a time changed in the user's objects: git would mark each object
 * that it is asked to write and that exists already, so the ids of the files are computed only
 * (update-index --info-only), and trees and changed files are written where the user's objects are
 * not seen (git_call.is_alone). Objects that did not change are borrowed.
 */
#ifndef LAB_REVISION_RECORD_H
#define LAB_REVISION_RECORD_H

#include "lab/revision_part.h"

/* Adds the files in the part's folder to the tree's content and patch, and finishes the part. */
int revision_record(struct revision_tree *tree, const struct revision_part *part, struct err *err);

/* The same for the submodules in its index first, then for the part. */
int revision_record_all(struct revision_tree *tree, const struct revision_part *part,
			struct err *err);

#endif
