/*
 * Who writes an experiment: a process, known by boot id, pid and start time, so that a later
 * process with the same pid is not mistaken for it.
 */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>
#include <stdint.h>

struct owner {
	int64_t pid;
	int64_t start; /* clock ticks since boot, field 22 of /proc/PID/stat */
	char boot[40];
};

void owner_get_self(struct owner *ret_owner);
bool owner_is_alive(const struct owner *owner);

#endif
