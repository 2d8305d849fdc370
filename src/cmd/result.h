/*
 * What `run` and `load` print when they are through: the report of the experiment, its files, the
 * next commands; or JSON.
 */
#ifndef CMD_RESULT_H
#define CMD_RESULT_H

#include <stdbool.h>

#include "cmd/session.h"
#include "lab/plan.h"

struct result_options {
	const char *json; /* NULL = text */
	bool is_all;
	bool is_load; /* of `sonde load`: the JSON is sonde.load/1 */
};

/*
 * `status` is what session_run() returned. After an interrupt or a failure, what was measured is
 * shown all the same. Returns the exit status of the command.
 */
int result_show(struct session *session, const struct plan *plan, int status,
		const struct result_options *options);

/*
 * Locust's four files of the experiment, existing ones kept as NAME.old. CMD_OK or a status after a
 * message.
 */
int result_write_locust_csv(const struct session *session, const char *prefix);

#endif
