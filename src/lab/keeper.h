/*
 * The keeper: the process that owns everything sonde starts, so that nothing outlives sonde,
 * however it goes.
 *
 * keeper_start() forks it early (before threads, before the database is open): a process of its own
 * session, child subreaper, joined to sonde by a socketpair. It forks and execs what it is asked
 * to, each in a session of its own; what these daemonize is reparented to the keeper and stays in
 * its sight. When the socket closes — sonde ended, crashed or was killed — the keeper kills all its
 * descendants, again and again until none is left, and ends.
 *
 *	sonde ──socketpair──▶ keeper ──fork──▶ service ──fork──▶ worker
 *	  spawn, release, signal, stop                └─ daemon → reparented to the keeper
 *	  ◀── started(pid), exited(status), stopped
 *
 * Two steps to start: keeper_spawn() returns with the process existing but held before its exec, so
 * that a profiler can attach to it; keeper_release() lets it go. Limits (also in the man page): a
 * keeper that is killed itself by SIGKILL cannot clean up (its direct children die by
 * PR_SET_PDEATHSIG all the same); work that a service hands to systemd, docker or a remote machine
 * is not a descendant.
 *
 * One caller thread. No call blocks longer than its stated timeout.
 */
#ifndef LAB_KEEPER_H
#define LAB_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/scoped.h"

struct keeper;

struct keeper_command {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH (of env) */
	const char *const *env;	 /* NULL-terminated "K=V"; NULL = sonde's own */
	const char *directory;	 /* NULL = sonde's own */
	/* stdout and stderr are appended here; NULL = sonde's own stdout and stderr */
	const char *output_path;
	bool is_stdin_kept;   /* else /dev/null */
	const uint32_t *cpus; /* pinned to these; cpu_count 0 = not */
	uint32_t cpu_count;
};

int keeper_start(struct keeper **ret_keeper, struct err *err);

/*
 * Ends everything it holds (SIGKILL after `stop` had its chance), then the keeper itself. NULL
 * accepted.
 */
void keeper_free(struct keeper *keeper);
SCOPED_POINTER(keeper, keeper_free)

pid_t keeper_get_pid(const struct keeper *keeper);

/*
 * The child exists, held before its exec. Not found, no run bit, no such directory: -ENOENT,
 * -EACCES, … in a sentence.
 */
int keeper_spawn(struct keeper *keeper, const struct keeper_command *command, pid_t *ret_pid,
		 struct err *err);

/* Lets it exec. -errno of a failed exec (format, run bit) in a sentence. */
int keeper_release(struct keeper *keeper, pid_t pid, struct err *err);

/*
 * The calls below also return -ESRCH for a process that is not the keeper's (signal: or has ended),
 * -ETIMEDOUT when the keeper does not answer, -ECONNRESET when it was killed.
 */

/* Sends a signal to the process and the rest of its process group. */
int keeper_signal(struct keeper *keeper, pid_t pid, int signal);

/*
 * `signal` (and SIGCONT, for a suspended one), then up to grace_ns for the process and all that it
 * left behind to end, then SIGKILL to the rest. What it left outside of its process group gets
 * `signal` too, once, when the process itself has ended. Returns 0; ret_was_killed (may be NULL)
 * tells whether SIGKILL was needed. Other spawned processes are not touched; lab/keeper_family.h
 * says how daemons are told apart.
 */
int keeper_stop(struct keeper *keeper, pid_t pid, int signal, uint64_t grace_ns,
		bool *ret_was_killed);

/*
 * 1 and the wait status (may be NULL) when the process has ended, 0 while it runs. Waits up to
 * timeout_ns for it.
 */
int keeper_wait(struct keeper *keeper, pid_t pid, uint64_t timeout_ns, int *ret_status);

#endif
