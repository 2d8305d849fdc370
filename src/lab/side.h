/*
 * The sides of a proof: what is put against what.
 *
 *	arm:NAME     an arm of the plan, where the plan stands
 *	var:k=v,…    the plan with these variables; a comma is part of a value unless NAME= follows
 *	cmd:COMMAND  the plan with another command of its first service; ${name} is a variable
 *	rev:REVISION a commit, in a folder of its own
 *	.            the working tree as it is now: tracked files, and new ones that are not ignored
 *	patch:FILE   HEAD with a patch
 *
 * A word without a prefix is an arm, a revision or a file with a patch: whichever it is alone.
 *
 * All sides have the plan's text as it is now, so the same load. For the last three (trees), the
 * plan's folder within the tree takes the place of the plan's own: `build:`, commands,
 * `directory:`, data files begin there. What the user built is ignored by git and not in a tree:
 * `build:` makes it.
 *
 *	side_make_all(sides, words, count, &setup, err)
 *	  → lab_run() with {.source = side->source, .plan = &side->plan, .arm = side->arm} each
 *	side_release_all(sides, count, is_kept)
 *
 * One thread. An interrupt ends what takes long (-ECANCELED).
 */
#ifndef LAB_SIDE_H
#define LAB_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/git.h"
#include "lab/plan.h"
#include "lab/revision_tree.h"
#include "model/arm_source.h"
#include "util/err.h"

struct side_setup {
	/* as read, with what the command line changed (its `source` counts); not expanded */
	const struct plan *plan;
	const char *store; /* folder of the store, which exists: trees are made below it */
	/* the plan's arm that sides are of which are not an arm themselves; NULL = the first */
	const char *arm;
};

/* Zeroed is nothing. `source` points into it: a side does not move once it is parsed. */
struct side {
	struct arm_source source; /* complete when the side is made */
	struct plan plan; /* as read; a tree's has the folder in the tree as its directory */
	uint32_t arm;	  /* of that plan */
	char *name, *word, *vars;
	/* of trees, otherwise zeroed */
	struct git git;
	struct git_commit commit;
	struct revision_tree tree; /* its notes are worth showing */
};

/*
 * What a word means; no folder is made. -EINVAL: several meanings (all are listed), a wrong form,
 * an unknown variable; -ENOENT: no such arm, revision or file, with the nearest. Errors of
 * git_open(), git_resolve(), plan_parse(). The side is released by the caller, also after an error.
 */
int side_parse(struct side *ret_side, const struct side_setup *setup, const char *word,
	       struct err *err);

/*
 * Makes the folder of what side_parse() understood, and reads the plan for it. Takes as long as a
 * checkout or a copy of the working tree; building is lab_run()'s. -ENOENT when a program or file
 * that nothing builds is not in the tree; -EINVAL when the plan would run the same program whatever
 * the tree (services that are attached, commands with the path of the user's own tree).
 */
int side_make(struct side *side, const struct side_setup *setup, struct err *err);

/*
 * Both, for all words: all are parsed before the first is made, and names are unique afterwards.
 * Without words (NULL, count 2) it is HEAD against the working tree, and -ENODATA when these are
 * the same; two words may mean the same (side_is_same()). The caller releases all `count` sides,
 * also after an error.
 */
int side_make_all(struct side *ret_sides, const char *const *words, uint32_t count,
		  const struct side_setup *setup, struct err *err);

/*
 * A side of an earlier part of the proof again, from what the store has of it: the same commit, or
 * the commit with the changes that the working tree had. -ESTALE when that does not give the same
 * content (a patch that was cut, a branch that is an arm's name now). Released by the caller.
 */
int side_restore(struct side *ret_side, const struct side_setup *setup,
		 const struct arm_source *stored, struct err *err);

/* The same program under the same plan: an A/A proof. */
bool side_is_same(const struct side *a, const struct side *b);

/* Removes the folder, or keeps it (side->tree.folder). */
void side_release(struct side *side, bool is_kept);
void side_release_all(struct side *sides, uint32_t count, bool is_kept);

#endif
