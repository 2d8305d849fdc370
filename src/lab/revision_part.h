/*
 * A repository within a tree (lab/revision_tree.h): the tree's own, or that of a submodule, at any
 * depth. Each has a .git of its own in the tree, and the user's repository it comes from.
 *
 *	revision_part_checkout      the files of a commit, submodules included
 *	or
 *	revision_part_start         an empty one; files are copied (lab/side_tree.h)
 *	revision_record             what is there then (lab/revision_record.h)
 */
#ifndef LAB_REVISION_PART_H
#define LAB_REVISION_PART_H

#include "lab/git.h"
#include "lab/revision_tree.h"

struct revision_part {
	const struct git *git; /* the user's */
	/* HEAD of the part; its id is "" when nothing has been committed yet */
	const struct git_commit *commit;
	const char *folder; /* in the tree */
	/* of the submodule from the tree's folder, "lib/zlib/"; "" = the tree */
	const char *path;
};

/* What is done with a submodule. */
typedef int (*revision_part_visit_fn)(struct revision_tree *tree, const struct revision_part *part,
				      struct err *err);

/* Makes the folder, if need be, and a repository in it with the commit in its index. */
int revision_part_start(const struct revision_part *part, struct err *err);

/* The files of the commit, into a folder that is empty or not there yet; finished. */
int revision_part_checkout(struct revision_tree *tree, const struct revision_part *part,
			   struct err *err);

/* From here on it is a repository for who looks at it from within, as a build may do. */
int revision_part_finish(const struct revision_part *part, struct err *err);

/*
 * Each submodule in the part's index, at the commit that stands there. One that the user has not
 * checked out becomes a note; -ENOENT when it lacks the commit.
 */
int revision_part_visit(struct revision_tree *tree, const struct revision_part *part,
			revision_part_visit_fn visit, struct err *err);

/* Runs git in the part (lab/git_call.h); input and output may be NULL. */
int revision_part_run(const struct revision_part *part, const char *const *arguments,
		      const struct strbuf *input, struct strbuf *output, struct err *err);

#endif
