/* What lies between two revisions: the commits and the files, for `compare`. */
#ifndef LAB_GIT_HISTORY_H
#define LAB_GIT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"

struct git_history_commit {
	const char *id; /* short */
	const char *subject;
};

struct git_history_file {
	const char *path;	 /* from the repository's root */
	uint32_t added, removed; /* lines; both 0 of a binary file */
	bool is_binary;
};

struct git_history {
	/* reachable from `to` and not from `from`, newest first; the first of commit_total */
	struct git_history_commit *commits;
	uint32_t commit_count, commit_total;
	/* the other way round: above 0 when `to` does not stand on `from` */
	uint32_t left_total;
	struct git_history_file *files; /* that differ, by path; the first of file_total */
	uint32_t file_count, file_total;
};

/*
 * `directory` is anywhere in the repository; `from` and `to` are revisions, usually full ids from a
 * store. Texts are in the arena, as git has them: whoever shows them cleans them (util/clean.h).
 * -ENOENT: a commit that is not (or no longer) there; errors of git_open(). Runs git a
 * dozen times.
 */
int git_history_list(struct git_history *ret_history, struct arena *arena, const char *directory,
		     const char *from, const char *to, uint32_t commits_max, uint32_t files_max,
		     struct err *err);

#endif
