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
	/* of `sonde load`, for text: "wrk" and "wrk2" print what those print; NULL = "sonde" */
	const char *format;
	bool is_latency; /* in wrk's formats: with the latency distribution */
};

/*
 * `status` is what session_run() returned. After an interrupt or a failure, what was measured is
 * shown all the same. Returns the exit status of the command.
 */
int result_show(struct session *session, const struct plan *plan, int status,
		const struct result_options *options);

/* What is written besides; NULL = not asked for. */
struct result_files {
	const char *csv;  /* Locust's four files: their prefix */
	bool is_csv_full; /* their history also of each request name */
	const char *hlog, *hgrm, *seconds;
};

/*
 * Each file that was asked for, of the experiment's runs together; existing ones are kept as
 * NAME.old. CMD_OK, or the status of the first that failed, after a message.
 */
int result_write_files(const struct session *session, const struct result_files *files);

#endif
