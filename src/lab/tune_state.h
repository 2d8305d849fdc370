/*
 * What tune has changed and has to put back: a small JSON file in /run/sonde (of root) or
 * $XDG_RUNTIME_DIR/sonde. It is written before anything is changed, so that whatever happens to
 * sonde afterwards, `sonde tune --restore` knows the former values. A file of an earlier boot is
 * stale: the kernel has forgotten what was set.
 */
#ifndef LAB_TUNE_STATE_H
#define LAB_TUNE_STATE_H

#include "procfs/proc_file.h"
#include "util/err.h"
#include "util/vec.h"

struct tune_change {
	char name[32]; /* of the setting */
	char path[160];
	char before[64], after[64];
	int code; /* what became of it: 0 = done, or negative errno */
};

struct tune_changes {
	VEC_FIELDS(struct tune_change);
};

/* Where this user's state stands; NULL when there is no place. Caller frees. Without the root. */
char *tune_state_find_folder(void);

/* Root's, which everybody may read. */
#define TUNE_STATE_ROOT_FOLDER "/run/sonde"

/*
 * Adds what the file in `folder` remembers of this boot. 0, also without a file or when it is
 * stale; -EBADMSG when it is damaged or names a file that is no setting; other errors of reading.
 */
int tune_state_read(const struct procfs *fs, const char *folder, struct tune_changes *changes,
		    struct err *err);

/* What root's tune and this user's remember, and is so still; damaged files are left out. */
void tune_state_read_set(const struct procfs *fs, struct tune_changes *changes);

/* The one of this file, NULL when there is none. */
struct tune_change *tune_state_find(const struct tune_changes *changes, const char *path);

/* Replaces the file, in one step; without changes there is none. */
int tune_state_write(const struct procfs *fs, const char *folder,
		     const struct tune_changes *changes, struct err *err);

/*
 * Makes the folder and locks it against other tunes of this user, until the descriptor is closed.
 * -EBUSY when one is at work.
 */
int tune_state_lock(const struct procfs *fs, const char *folder, int *ret_fd, struct err *err);

#endif
