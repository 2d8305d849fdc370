/* What `prove` prints at its end: text or JSON. */
#ifndef CMD_PROVE_RESULT_H
#define CMD_PROVE_RESULT_H

#include "cmd/proof.h"
#include "cmd/prove_args.h"

/*
 * `status` is what proof_run() returned; after an interrupt or a failure, what was measured is
 * shown all the same. A threshold that the head breaches is a bad answer, too, and one that cannot
 * be judged is no answer. Returns the exit status of the command.
 */
int prove_result_show(struct session *session, const struct proof *proof, const struct side *head,
		      int status, const struct prove_args *args);

#endif
