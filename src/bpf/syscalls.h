/*
 * BPF programs: what sonde has the kernel run on its behalf. Each is a triplet: X.bpf.c is compiled
 * by clang for the kernel's machine and becomes part of the program (nothing is read at run time);
 * X_shared.h is the memory that both sides map; X.c loads, attaches and reads. The folder decides
 * nothing: who is asked for, what is shown, and what a refusal means is capture's and monitor's.
 * Without clang or libbpf, X_lack.c stands in for X.c, and says which of them was missing.
 *
 * This one counts system calls. After open its processes are followed (threads and descendants, now
 * and later); from begin to end their calls are counted:
 *
 *	syscalls_open ─ syscalls_attach ─ syscalls_begin ─ … ─ syscalls_end ─ read ─ syscalls_close
 *
 * One thread at a time. The kernel writes into what the getters hand out at any moment.
 */
#ifndef BPF_SYSCALLS_H
#define BPF_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/syscalls_shared.h"
#include "util/err.h"
#include "util/scoped.h"

struct syscalls;

/* What was missing when this sonde was built, one sentence; "" = nothing. Static. */
const char *syscalls_get_lack(void);

/*
 * Loads the programs and attaches those that follow forks and ends; none of the pids (at most
 * SYSCALLS_TARGETS) = the whole machine. The kernel's own errno, with a sentence that is for
 * experts: -EPERM and -EACCES (no right), others where the kernel lacks something. -EOPNOTSUPP:
 * built without.
 */
int syscalls_open(struct syscalls **ret_syscalls, const pid_t *pids, uint32_t pid_count,
		  struct err *err);
void syscalls_close(struct syscalls *syscalls); /* NULL accepted */
SCOPED_POINTER(syscalls, syscalls_close)

/*
 * Counts nothing yet; but from now on each system call of every process of the machine takes a
 * little longer (0.1 us), because the kernel has one switch for all.
 */
int syscalls_attach(struct syscalls *syscalls, struct err *err);

/*
 * One pass over the machine's threads: follows those that are to be and are not, and writes down
 * names and what each is in. `calibration_tid` is one to be followed under
 * SYSCALLS_TARGET_CALIBRATION; 0 = none.
 */
int syscalls_look(struct syscalls *syscalls, uint32_t calibration_tid, struct err *err);

/* Forgets what was counted, and counts; until end, which looks once more. */
void syscalls_begin(struct syscalls *syscalls);
void syscalls_end(struct syscalls *syscalls);

const struct syscalls_control *syscalls_get_control(const struct syscalls *syscalls);

/* Arrays; the first row is none. Rows of which no call has returned since begin are empty. */
const struct syscalls_row *syscalls_get_rows(const struct syscalls *syscalls, uint32_t *ret_count);
const struct syscalls_thread *syscalls_get_threads(const struct syscalls *syscalls,
						   uint32_t *ret_count);

/*
 * Counts of errnos other than the row's first, one after the other, in no order; false after the
 * last. `key` starts zeroed.
 */
bool syscalls_next_error(const struct syscalls *syscalls, struct syscalls_error_key *key,
			 uint64_t *ret_count);

/*
 * What the counters lack: calls that had no room, and events that the kernel left out because it
 * was running the same program already.
 */
uint64_t syscalls_get_lost(const struct syscalls *syscalls);

#endif
