/*
 * A profile while it is made: drives capture/ (perf_event rings, or ptrace where those are refused)
 * and feeds profile_builder, which turns records into the tables of model/profile_data.h.
 *
 *	profile_open(pids) ─ profile_enable ─ profile_drain every ~100 ms ─ profile_disable ─
 *	  profile_finish ─▶ profile_data
 *
 * While it runs it learns how many bytes of each thread's stack have to be copied, and has capture
 * open the events again with that (stack_join.h): early and often at first, then ever more rarely.
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
	PROFILE_STACKS_AUTO,  /* copies as short as joining allows */
	PROFILE_STACKS_DWARF, /* copies as long as the stacks are; nothing is joined */
	PROFILE_STACKS_FP,    /* frame pointers, by the kernel */
	PROFILE_STACKS_NONE,
};

struct profile_target {
	pid_t pid;		/* with all its threads and descendants, now and later */
	const char *role;	/* for its own threads; NULL = none */
	const char *child_role; /* for its descendants' */
	bool is_suspended; /* not yet exec'd: held by the keeper, so that nothing of it is missed */
};

struct profile_config {
	const struct profile_target *targets;
	uint32_t target_count;
	bool is_system_wide;
	double frequency_hz; /* samples per second of CPU time; 199 is the default of plans */
	uint64_t period;     /* instead, if above 0: a sample every so many events */
	enum profile_stacks stacks;
	uint32_t stack_bytes; /* of STACKS_DWARF: always so many; 0 = as needed */
	/* perf's names; none = cycles where there are such, else cpu-clock */
	const char *const *events;
	uint32_t event_count;
	uint64_t debuginfod_ns; /* ask debuginfod servers, for so long at most; 0 = never */
	bool has_no_fallback;	/* never sample by ptrace */
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

/*
 * For a live view: what was sampled since the last call, named and with its own quality; the
 * profile goes on. Costs what naming costs, for addresses that were not seen before. Without the
 * code and the sources of hot functions.
 */
void profile_take_window(struct profile *profile, struct profile_data *ret_data);

/* "perf_event" or "ptrace"; static. */
const char *profile_get_sampler(const struct profile *profile);

#endif
