/*
 * A profile while it is made: drives capture/ (perf_event rings) and turns records into the tables
 * of model/profile_data.h: mappings followed as they change, addresses resolved to (module, svma)
 * while the files can still be opened, stacks interned, samples a few bytes each; names looked up
 * at the end, for the addresses that were hit only.
 *
 *	profile_open(pids) ─ profile_enable ─ profile_drain every ~100 ms ─ profile_disable ─
 *	  profile_finish ─▶ profile_data
 *
 * One thread at a time. Only samples between enable and disable count; mappings, names and forks
 * are followed from open on. What is lost, throttled, truncated or hidden is counted in the data's
 * quality.
 */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/profile_data.h"
#include "util/err.h"
#include "util/scoped.h"

enum profile_stacks {
	PROFILE_STACKS_FP,
	PROFILE_STACKS_NONE
}; /* auto and dwarf come with the unwinder */

struct profile_target {
	pid_t pid;		/* with all its threads and descendants, now and later */
	const char *role;	/* for its own threads; NULL = none */
	const char *child_role; /* for its descendants' */
	bool is_suspended; /* not yet exec'd: held by the keeper, so that nothing of it is missed */
};

struct profile_config {
	const struct profile_target *targets;
	uint32_t target_count;
	double frequency_hz; /* samples per second of CPU time; 199 is the default of plans */
	enum profile_stacks stacks;
	const char *event; /* NULL = cycles where the hardware has them, else cpu-clock */
};

struct profile;

/*
 * Opens the events, disabled. -EACCES/-EPERM when this user may not profile the targets: the
 * sentence says what is in the way (perf_event_paranoid, seccomp, somebody else's process) and the
 * command that mends it. -ENOENT for an event that this machine lacks.
 */
int profile_open(struct profile **ret_profile, const struct profile_config *config,
		 struct err *err);
void profile_close(struct profile *profile); /* NULL accepted */
SCOPED_POINTER(profile, profile_close)

void profile_enable(struct profile *profile);
void profile_disable(struct profile *profile);

/*
 * Reads what the kernel has ready. The fd becomes readable (poll) when rings fill up: drain then,
 * or every 100 ms.
 */
void profile_drain(struct profile *profile);
int profile_get_poll_fd(const struct profile *profile);

/* Samples so far in the window, and those lost: for a progress line. */
uint64_t profile_get_sample_count(const struct profile *profile);
uint64_t profile_get_lost_count(const struct profile *profile);

/*
 * CPU time of the targets between enable and disable, user and kernel. What samples × weight falls
 * short of it was in threads too short-lived to be sampled (a new thread's first sample comes after
 * a whole period), or lost, or hidden.
 */
uint64_t profile_get_cpu_ns(const struct profile *profile);

/*
 * Disables, drains, resolves names, and moves the tables to `ret_data` (an initialized or zeroed
 * struct; the caller releases it). Once per profile. Names that cannot be had are left empty and
 * are not an error.
 */
void profile_finish(struct profile *profile, struct profile_data *ret_data);

#endif
