/* What syscalls.bpf.c counts in the kernel and syscalls.c reads: memory that both map. */
#ifndef BPF_SYSCALLS_SHARED_H
#define BPF_SYSCALLS_SHARED_H

#include <linux/types.h>

enum {
	SYSCALLS_NUMBERS = 512, /* a power of two; the last two stand for what is in no table: */
	SYSCALLS_NUMBER_UNKNOWN = 510,
	SYSCALLS_NUMBER_32BIT = 511,
	SYSCALLS_ROWS = 131072, /* row 0 is nobody's */
	SYSCALLS_THREADS = 65536,
	SYSCALLS_ERRORS = 32768,
	SYSCALLS_TARGETS = 1024,
	SYSCALLS_COMM_BYTES = 16,
	SYSCALLS_CLONES = 4,
	SYSCALLS_NO_CALL = 0xffff,
	/* instead of a target's index */
	SYSCALLS_TARGET_MACHINE = 0xfffffffe,
	SYSCALLS_TARGET_CALIBRATION = 0xffffffff, /* sonde's own thread: its rows are not shown */
};

/* One thread's calls of one number, a cache line; written by that thread alone. */
struct syscalls_row {
	__u32 thread; /* index */
	__u16 number; /* of the machine's table, or one of the two above */
	/* the first errno that was seen: its count is here, that of others in the map `errors` */
	__u16 error;
	__u64 calls; /* that returned */
	__u64 error_count;
	__u64 other_error_count;
	__u64 wall_ns;
	__u64 off_ns; /* of wall_ns, not on a CPU */
	__u64 min_ns, max_ns;
};

struct syscalls_thread {
	__u32 pid, tid;
	char comm[SYSCALLS_COMM_BYTES];
	__u32 target; /* index */
	__u16 is_descendant;
	/*
	 * The call that it was in at the last look, or when it ended, or at the end of the window;
	 * SYSCALLS_NO_CALL
	 */
	__u16 open_number;
	__u64 open_wall_ns, open_off_ns;
};

struct syscalls_error_key {
	__u32 row;
	__u32 error;
};

/* One of it; the kernel's variable `control`. */
struct syscalls_control {
	/* read at each call: */
	__u32 is_counting;
	__u32 window; /* goes up with each: what is known of a thread from earlier ones is void */
	__u64 begin_ns, end_ns; /* CLOCK_MONOTONIC */
	/* settings: */
	__u32 is_system_wide;
	__u32 calibration_tid; /* to be followed as SYSCALLS_TARGET_CALIBRATION; 0 = none */
	__u32 sigreturn_number;
	__u32 clone_numbers[SYSCALLS_CLONES];
	/* results: */
	__u32 level;		       /* of the pid namespace that pids are of: sonde's */
	__u32 row_count, thread_count; /* asked for: more than there are when they ran out */
	__u64 lost;
};

#endif
