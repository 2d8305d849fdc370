/* Where tracing by ptrace begins: all threads of the targets and of their descendants. */
#ifndef CAPTURE_SYSCALL_PTRACE_SEIZE_H
#define CAPTURE_SYSCALL_PTRACE_SEIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/syscall_trace.h"

/* One that is traced by now; its first stop is still to come. */
typedef void (*syscall_ptrace_seized_fn)(void *arg, uint32_t target, uint32_t pid, uint32_t tid,
					 bool is_descendant);

/*
 * Seizes each thread, with all options that counting takes, and interrupts it: the calling thread
 * is the tracer, and hears of its stops. Those that are forked meanwhile are traced, too. -ESRCH
 * when no target is there; -EBUSY when somebody else traces one; -EPERM when one may not be traced;
 * then the caller's thread must end, which lets go those that were seized.
 */
int syscall_ptrace_seize(const struct syscall_target *targets, uint32_t target_count,
			 syscall_ptrace_seized_fn fn, void *arg, struct err *err);

#endif
