/*
 * Makes the machine quieter for measurements, and puts it back. What it would set is told by
 * tune_item.h.
 *
 *	tune_apply()	sets it, and remembers the former values in a file first (tune_state.h)
 *	tune_undo()	puts back what this tune has set: behind a command that ran meanwhile
 *	tune_restore()	puts back everything that is remembered, also by a tune that was killed
 *
 * Who has changed a setting since tune set it has the last word: it is left alone, and said.
 * Everything goes through a procfs root, writing too. One thread at a time.
 */
#ifndef LAB_TUNE_H
#define LAB_TUNE_H

#include "lab/tune_state.h"
#include "procfs/proc_file.h"
#include "util/err.h"
#include "util/scoped.h"

/*
 * What is set by tune at the moment, by whomever: for what a run's environment keeps. Each setting
 * once for each pair of values, however many CPUs have it. Never fails: what cannot be read is not
 * there. The caller releases with vec_release().
 */
void tune_read_active(const struct procfs *fs, struct tune_changes *changes);

struct tune;

struct tune *tune_new(const struct procfs *fs);
void tune_free(struct tune *tune); /* what was set stays set; NULL accepted */
SCOPED_POINTER(tune, tune_free)

/*
 * Sets all that is noisy. `changes` (replaced) has an entry for each file, with its code. 0, also
 * when some or all of them were refused; negative errno, and nothing is changed, when former values
 * cannot be remembered; -EBUSY while another tune of this user waits for its command. A value that
 * is remembered already is not replaced by a later one.
 */
int tune_apply(struct tune *tune, struct tune_changes *changes, struct err *err);

/*
 * Put back what this tune has set, or everything that is remembered. `changes` (replaced) has an
 * entry for each file: code -ESTALE when somebody has changed it since; other codes keep it
 * remembered. -EACCES when only root has something to put back.
 */
int tune_undo(struct tune *tune, struct tune_changes *changes, struct err *err);
int tune_restore(struct tune *tune, struct tune_changes *changes, struct err *err);

#endif
