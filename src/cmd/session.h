/*
 * What `run` and `load` share: the keeper, the store, the experiment, and what is printed at its
 * end.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/keeper.h"
#include "lab/lab.h"
#include "lab/plan.h"
#include "store/store.h"
#include "util/arena.h"
#include "view/selection.h"

struct session {
	struct keeper *keeper;
	struct store *store;
	char *store_path;
	bool is_quiet; /* no progress */
	bool is_strict;
	struct lab_outcome outcome;
};

/*
 * First thing in a command that starts or measures something: signals, and the keeper before any
 * thread. CMD_OK or a status.
 */
int session_begin(struct session *session);

/*
 * Opens the store (and says when it is new). `directory`: where it is looked for; has_plan: a plan
 * stands there.
 */
int session_open_store(struct session *session, const char *override, const char *directory,
		       bool has_plan);

/*
 * Runs it; an error's sentence is printed. Returns the exit status so far: CMD_OK, CMD_INTERRUPTED,
 * CMD_NOT_MEASURED …
 */
int session_run(struct session *session, struct lab_options *options);

/* The same for a profile without load; the command's wait status to ret_child_status. */
int session_record(struct session *session, struct lab_options *options,
		   const struct lab_record *record, int *ret_child_status);

/*
 * The same while the terminal shows a picture: prints nothing. Negative errno in a sentence; the
 * notes are in session->outcome.
 */
int session_record_unseen(struct session *session, struct lab_options *options,
			  const struct lab_record *record, int *ret_child_status, struct err *err);

/*
 * " --store DIR" when the store would not be found from here, else "": commands that are printed
 * must work as typed.
 */
const char *session_get_store_option(const struct session *session, struct arena *arena);

/*
 * The status that the answer deserves when everything ran: thresholds of the plan (each breach is
 * printed to stderr) and the validity of the load.
 */
int session_judge(const struct session *session, const struct plan *plan,
		  const struct selection *selection);

/*
 * One arm against the plan's thresholds (each breach is printed to stderr): CMD_OK, CMD_BAD_ANSWER,
 * or CMD_NO_ANSWER where one cannot be judged.
 */
int session_judge_arm(const struct plan *plan, const struct selection *selection, uint32_t arm);

/* The same, with the variables of the plan's arm `plan_arm`: labels of sides may be anything. */
int session_judge_side(const struct plan *plan, uint32_t plan_arm,
		       const struct selection *selection, uint32_t arm);

void session_end(struct session *session);

#endif
