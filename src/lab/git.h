/*
 * The git repository that a plan stands in: where it is, and what a revision's name means. The
 * program itself is asked (lab/git_call.h), so the answers are those that the user would see, and
 * nothing in the repository is changed by asking.
 *
 * Errors of all calls: -ENOENT without git, -ECANCELED after an interrupt, and git's own first
 * lines in a sentence. Under sudo git accepts the repository of who typed the command; of somebody
 * else's it is said what git wants.
 */
#ifndef LAB_GIT_H
#define LAB_GIT_H

#include <stdbool.h>

#include "util/err.h"
#include "util/scoped.h"

/* What makes a shallow clone whole: one of CI knows no other branch than its own, either. */
#define GIT_UNSHALLOW                                                                              \
	"git fetch --unshallow --tags origin '+refs/heads/*:refs/remotes/origin/*' (in CI: "       \
	"actions/checkout with fetch-depth: 0)"

enum { GIT_ID_BYTES = 65 }; /* SHA-256 in hex, and a NUL */

/* A repository with a working tree. */
struct git {
	char *root;	 /* of the working tree: absolute, links resolved, no slash at the end */
	char *directory; /* .git, absolute; of a linked worktree its own part */
	char *objects;	 /* absolute */
	bool is_shallow;
};

struct git_commit {
	char id[GIT_ID_BYTES];
	char tree[GIT_ID_BYTES];
	char *subject; /* first line of the message */
};

/*
 * The repository whose working tree holds `directory`. -ENOENT: no such folder, or git is not
 * installed; -ENOTDIR: not a git repository; -EINVAL: a bare one; -EPERM: somebody else's. The
 * caller closes it, also after an error.
 */
int git_open(struct git *ret_git, const char *directory, struct err *err);
void git_close(struct git *git);

/*
 * The commit that `revision` names: a branch, tag, id, "main~2". -ENOENT with what is near, or with
 * what makes a shallow clone whole; -EINVAL: one name for a branch and a tag, or nothing committed
 * yet. ret_commit is released by the caller, also after an error.
 */
int git_resolve(const struct git *git, const char *revision, struct git_commit *ret_commit,
		struct err *err);
void git_commit_release(struct git_commit *commit);
static inline void git_commit_cleanup(struct git_commit *commit)
{
	git_commit_release(commit);
}

/* Whether it names a commit, without a sentence. */
bool git_has_revision(const struct git *git, const char *revision);

/* The branch or tag that was meant, or NULL. Caller frees. */
char *git_find_nearest(const struct git *git, const char *word);

static inline void git_cleanup(struct git *git)
{
	git_close(git);
}

#endif
