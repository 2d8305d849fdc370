/*
 * System calls counted by ptrace: two stops a call, as strace has them. It takes no rights for
 * sonde's own children, also under Yama's ptrace_scope 1, and it is slow: some ten microseconds a
 * call. As in capture/syscall_trace.h, which documents the calls.
 *
 * A thread of its own (ptrace belongs to a thread) seizes all threads of the targets at open, and
 * hears of what they fork. It handles what a traced program may meet as strace does: signals are
 * handed on, a stopped program stays stopped (PTRACE_LISTEN), an exec from a second thread takes
 * over the first one's id. A call that a thread is waiting in when it is seized is interrupted
 * once, as a signal's stop would; epoll_wait and a few others return EINTR then. The end disturbs
 * nobody: the thread ends, and the kernel detaches its tracees, as it does when sonde is killed.
 *
 * The traced are other processes' children (the keeper's): of a child of its own sonde's other
 * threads would take the stops away by waiting for it. The CPU time of a call is not known.
 */
#ifndef CAPTURE_SYSCALL_PTRACE_H
#define CAPTURE_SYSCALL_PTRACE_H

#include "capture/syscall_trace.h"

struct syscall_ptrace;

/* Borrows the targets until close. */
int syscall_ptrace_open(struct syscall_ptrace **ret_tracer, const struct syscall_target *targets,
			uint32_t target_count, struct err *err);
void syscall_ptrace_close(struct syscall_ptrace *tracer); /* NULL accepted */
SCOPED_POINTER(syscall_ptrace, syscall_ptrace_close)

void syscall_ptrace_enable(struct syscall_ptrace *tracer);
void syscall_ptrace_disable(struct syscall_ptrace *tracer);

/* Adds to an empty table, in no order. */
void syscall_ptrace_read(struct syscall_ptrace *tracer, struct syscall_table *table);

#endif
