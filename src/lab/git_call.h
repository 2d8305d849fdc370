/*
 * One run of the git program, which writes nothing into the user's repository: not its index (no
 * refresh), refs, worktree list, objects, not even the times of these. What has to write is given a
 * place of its own (`folder`): the user's objects and settings are read, and index, objects and
 * files are made below that folder. No hook, pager, editor, prompt or background work is started;
 * variables like GIT_DIR that sonde was started with (in a hook, in `git bisect run`) do not count.
 *
 * It runs in a process group of its own, without a shell, for as long as it takes; an interrupt
 * (lab/interrupt.h) ends it.
 */
#ifndef LAB_GIT_CALL_H
#define LAB_GIT_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"
#include "util/strbuf.h"

struct git; /* git.h */

/* Output of one call: names of a million files. */
enum { GIT_CALL_OUTPUT_BYTES = 64 << 20 };

struct git_call {
	const char *const *arguments; /* NULL-terminated: "rev-parse", … */
	/*
	 * A working tree of its own: index and objects are FOLDER/.git/index and …/objects, where
	 * also what git writes goes. NULL = a question to the repository as it is.
	 */
	const char *folder;
	/* of `folder`: the repository's own objects are not seen, so nothing there is touched */
	bool is_alone;
	const char *index;	    /* of `folder`: another one; NULL = FOLDER/.git/index */
	const struct strbuf *input; /* NULL = none */
	size_t output_max;	    /* bytes; 0 = GIT_CALL_OUTPUT_BYTES */
	/* more than output_max is no error: git is ended, and output->is_full says it */
	bool may_be_cut;
};

/*
 * Appends git's output to `output` (NULL = dropped). -ECHILD when git says no: the sentence is
 * "git VERB: " and its first lines; -EFBIG: more output than output_max.
 */
int git_call_run(const struct git *git, const struct git_call *call, struct strbuf *output,
		 struct err *err);

/*
 * A path as git reads it in lists of object directories: a colon or a line break in it is no end.
 * Caller frees.
 */
char *git_call_quote_path(const char *path);

/*
 * Whether "NAME=value" tells git where a repository is: set for hooks and by `git bisect run`. What
 * is run in a tree of its own must not have it.
 */
bool git_call_is_repository_variable(const char *variable);

#endif
