/*
 * System calls of a window, per thread and call: what `strace -c` tabulates, without its price.
 * Times are from entry to exit: what is still inside a call when the window ends is in `open`, with
 * the time until then; what began before the window counts from its begin.
 */
#ifndef MODEL_SYSCALL_TABLE_H
#define MODEL_SYSCALL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/vec.h"

enum { SYSCALL_NAME_BYTES = 32, SYSCALL_COMM_BYTES = 16, SYSCALL_ROLE_BYTES = 48 };

/* Instead of a number. */
enum {
	SYSCALL_NUMBER_32BIT = -1,   /* any call of a 32-bit program */
	SYSCALL_NUMBER_UNKNOWN = -2, /* a number past the end of all tables */
};

struct syscall_row {
	uint32_t pid, tid;
	char comm[SYSCALL_COMM_BYTES];
	char role[SYSCALL_ROLE_BYTES];
	/* of the machine's own table; SYSCALL_NUMBER_32BIT or _UNKNOWN */
	int32_t number;
	char name[SYSCALL_NAME_BYTES]; /* "futex"; "syscall_451" when it has no name here */
	uint64_t calls;		       /* that returned */
	uint64_t errors;	       /* of them, with an errno */
	uint64_t open;		       /* not returned when the window ended */
	uint64_t wall_ns;	       /* of both */
	uint64_t cpu_ns;	       /* of wall_ns, on a CPU; UINT64_MAX unknown */
	uint64_t min_ns, max_ns;       /* of those that returned */
};

struct syscall_error_row {
	uint32_t tid;
	int32_t number;
	uint32_t error; /* errno: 11 */
	uint64_t count;
};

struct syscall_table {
	VEC(struct syscall_row) rows;	      /* by tid, then number */
	VEC(struct syscall_error_row) errors; /* likewise */
	char method[16];		      /* "bpf" | "ptrace" */
	uint64_t window_ns;
	uint64_t lost; /* calls that were seen and could not be counted */
	/*
	 * What counting cost a call, measured on this machine when it began, ns; 0 = not measured.
	 */
	double cost_per_call_ns;
	/* By ptrace: threads were stopped for so long, at least. Not stored: the lens has it. */
	uint64_t stop_ns;
};

void syscall_table_release(struct syscall_table *table);
void syscall_table_clear(struct syscall_table *table); /* keeps the memory */

/*
 * Brings rows and errors into their order, and makes one of those of the same thread and number: a
 * thread that executes a program takes over its process's first tid.
 */
void syscall_table_sort(struct syscall_table *table);

/* "EAGAIN"; "errno 999" in `buffer` for one without a name. */
const char *syscall_error_name(uint32_t error, char buffer[static 16]);

#endif
