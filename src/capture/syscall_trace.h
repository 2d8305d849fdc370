/*
 * Counts the system calls of processes, their threads and descendants, while they go on:
 *
 *	bpf	two programs on the raw tracepoints sys_enter and sys_exit add up in the kernel,
 *		and a third on sched_switch tells on-CPU from waiting (src/bpf/syscalls.bpf.c): no
 *		process is stopped, nothing is streamed, a call costs some 0.3 us
 *	ptrace	stops each thread twice a call (strace's way): for sonde's own children, without
 *		any rights, and slow; only when it is asked for by name
 *
 *	syscall_trace_open(pids) ─ enable ─ … ─ disable ─ syscall_trace_read
 *
 * Processes that are forked while it is open are followed from their first call. Calls of before
 * `enable` are not counted; a call that is going on then counts from there.
 *
 * The calling thread is the tracer (ptrace runs in a thread of its own); one thread at a time.
 */
#ifndef CAPTURE_SYSCALL_TRACE_H
#define CAPTURE_SYSCALL_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/syscall_table.h"
#include "util/err.h"
#include "util/scoped.h"

enum syscall_method { SYSCALL_BPF, SYSCALL_PTRACE };

struct syscall_target {
	pid_t pid;		/* with its threads and descendants, now and later */
	const char *role;	/* for its own threads; NULL = none */
	const char *child_role; /* for its descendants' */
};

struct syscall_trace_config {
	enum syscall_method method;
	const struct syscall_target *targets; /* none = the whole machine (bpf only) */
	uint32_t target_count;
};

struct syscall_trace;

/*
 * -EPERM/-EACCES when this user may not (the sentence names what is in the way and the command that
 * grants it, and --syscalls=ptrace where that would do); -EOPNOTSUPP when this sonde was built
 * without BPF, or the kernel lacks it; -ESRCH when no target is there; -EBUSY when a target is
 * traced by somebody else already (ptrace).
 */
int syscall_trace_open(struct syscall_trace **ret_trace, const struct syscall_trace_config *config,
		       struct err *err);
void syscall_trace_close(struct syscall_trace *trace); /* NULL accepted; never leaves one stopped */
SCOPED_POINTER(syscall_trace, syscall_trace_close)

void syscall_trace_enable(struct syscall_trace *trace);
void syscall_trace_disable(struct syscall_trace *trace);

/* Totals since enable, into `table` (replaced). While enabled: up to now. */
void syscall_trace_read(struct syscall_trace *trace, struct syscall_table *table);

/* Whether BPF is built in, and if not why; static. "" = it is. */
const char *syscall_trace_get_lack(void);

#endif
