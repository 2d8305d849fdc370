/*
 * A profile that is looked at while it is made: `sonde top`. Starts a command or attaches to what
 * is up, and hands over what was sampled in window after window; nothing is stored. What it started
 * ends with it, what it attached to is left alone.
 *
 *	live_open ─ live_wait … live_take … live_wait … live_take … ─ live_close
 *
 * One thread.
 */
#ifndef LAB_LIVE_H
#define LAB_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/keeper.h"
#include "profile/profile.h"
#include "util/err.h"
#include "util/scoped.h"

struct live_config {
	struct keeper *keeper;
	const char *const *command; /* NULL-terminated; NULL = attach to `pid` */
	const char *output_path;    /* of the command's stdout and stderr; NULL = sonde's own */
	bool is_stdin_kept;	    /* the command reads sonde's standard input */
	pid_t pid;
	struct profile_config profile; /* its targets are filled in here */
};

struct live;

/*
 * The command runs, or the target is attached to, and samples are taken. Errors as those of
 * keeper_spawn(), keeper_release() and profile_open(), in a sentence.
 */
int live_open(struct live **ret_live, const struct live_config *config, struct err *err);

/* Stops what it started: SIGTERM, 2 s, SIGKILL. NULL accepted. */
void live_close(struct live *live);
SCOPED_POINTER(live, live_close)

/* What stands in live_wait()'s result; a set of bits. */
enum live_event {
	LIVE_INPUT = 1,	      /* `input_fd` can be read */
	LIVE_ENDED = 2,	      /* what is profiled has ended */
	LIVE_INTERRUPTED = 4, /* Ctrl-C, SIGTERM */
};

/*
 * Takes samples in until `until_ns` (CLOCK_MONOTONIC), or until something happens. `input_fd` -1 =
 * none.
 */
uint32_t live_wait(struct live *live, uint64_t until_ns, int input_fd);

/* What was sampled since the last call; release it. */
void live_take(struct live *live, struct profile_data *ret_window);

pid_t live_get_pid(const struct live *live);

/* The command's wait status once it has ended; -1 else. */
int live_get_status(const struct live *live);

#endif
