/*
 * Whose process is whose: every descendant of the keeper belongs to the child that it stems from.
 *
 * By parent where the parents still live, by session where they have ended (a child leads a session
 * of its own). A daemon that left both, the classic double fork with setsid(), is told apart in
 * time only: what has no owner when the next child is about to start was left by the one before;
 * what appears later counts to whichever child is stopped first.
 *
 * All of it is one look at /proc while that changes: who acts on it looks again until nothing is
 * left.
 */
#ifndef LAB_KEEPER_FAMILY_H
#define LAB_KEEPER_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

#include "lab/keeper_child.h"
#include "util/vec.h"

/* A session that nobody asked for, and the child (index) that it counts to. */
struct keeper_adopted {
	pid_t session;
	int child;
};

/* Of the calling process. Zeroed = nobody. Lives as long as the keeper. */
struct keeper_family {
	VEC(struct keeper_child) children; /* asked for; kept after their end, for who asks then */
	VEC(struct keeper_adopted) adopted;
};

/* The index of the newest child of this pid; -1 for none. */
int keeper_family_find(const struct keeper_family *family, pid_t pid);

/* Counts what has no owner to the newest child. To be called before the next one starts. */
void keeper_family_adopt(struct keeper_family *family);

/*
 * Signals the child (index) and what stems from it, and whoever has no owner; signal 0 only counts.
 * Who is in the process group `spared_group` (0 = none) is counted only. Returns how many live.
 */
int keeper_family_signal(const struct keeper_family *family, int child, int signal,
			 pid_t spared_group);

/* SIGKILL to every descendant of the calling process. */
void keeper_family_kill(const struct keeper_family *family);

#endif
