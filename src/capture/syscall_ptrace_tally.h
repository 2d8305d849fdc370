/*
 * Adds up system calls that are told one by one: a thread enters, it returns. The window's begin
 * and end cut what goes on then. Pure: the caller brings the clock. One thread at a time.
 */
#ifndef CAPTURE_SYSCALL_PTRACE_TALLY_H
#define CAPTURE_SYSCALL_PTRACE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/syscall_table.h"
#include "util/vec.h"

enum {
	SYSCALL_PTRACE_TALLY_ROWS_MAX = 262144,
	SYSCALL_PTRACE_TALLY_NUMBERS = 512, /* the last two are for those that are none */
	SYSCALL_PTRACE_TALLY_NONE = INT32_MIN,
};

struct syscall_ptrace_tally_thread {
	uint32_t pid, tid;
	char comm[SYSCALL_COMM_BYTES];
	uint32_t target;
	bool is_descendant;
	int32_t number; /* of the call that it is in; SYSCALL_PTRACE_TALLY_NONE */
	uint64_t start_ns;
	/* what it was in when it ended, or the window did; SYSCALL_PTRACE_TALLY_NONE */
	int32_t open_number;
	uint64_t open_wall_ns;
	uint32_t *rows; /* by number: index + 1; NULL = it has none yet */
};

struct syscall_ptrace_tally_row {
	uint32_t thread; /* index */
	int32_t number;
	uint64_t calls, errors, wall_ns, min_ns, max_ns;
};

struct syscall_ptrace_tally_error {
	uint32_t row; /* index */
	uint32_t error;
	uint64_t count;
};

struct syscall_ptrace_tally {
	VEC(struct syscall_ptrace_tally_thread) threads; /* ended ones included */
	VEC(struct syscall_ptrace_tally_row) rows;
	VEC(struct syscall_ptrace_tally_error) errors;
	bool is_counting;
	uint64_t begin_ns, end_ns;
	uint64_t lost;
};

void syscall_ptrace_tally_release(struct syscall_ptrace_tally *tally);

/* Index of a new thread, outside of any call. Fill in the rest in threads.items[]. */
uint32_t syscall_ptrace_tally_add_thread(struct syscall_ptrace_tally *tally, uint32_t pid,
					 uint32_t tid);

void syscall_ptrace_tally_enter(struct syscall_ptrace_tally *tally, uint32_t thread, int32_t number,
				uint64_t now_ns);

/* `error` 0 = none. A return without an entry is left out. */
void syscall_ptrace_tally_exit(struct syscall_ptrace_tally *tally, uint32_t thread, uint32_t error,
			       uint64_t now_ns);

/* The thread has ended, perhaps in a call. */
void syscall_ptrace_tally_end_thread(struct syscall_ptrace_tally *tally, uint32_t thread,
				     uint64_t now_ns);

/* Forgets what was counted before. */
void syscall_ptrace_tally_begin(struct syscall_ptrace_tally *tally, uint64_t now_ns);
void syscall_ptrace_tally_end(struct syscall_ptrace_tally *tally, uint64_t now_ns);

/*
 * Adds to an empty table, in no order; up to now. `name` fills in a row's name and role.
 */
typedef void (*syscall_ptrace_tally_name_fn)(void *arg,
					     const struct syscall_ptrace_tally_thread *thread,
					     struct syscall_row *row);
void syscall_ptrace_tally_read(const struct syscall_ptrace_tally *tally, uint64_t now_ns,
			       struct syscall_table *table, syscall_ptrace_tally_name_fn name,
			       void *arg);

#endif
