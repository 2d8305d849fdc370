/*
 * Between keeper.c (in sonde) and keeper_process.c (the keeper): what goes over the socketpair, and
 * the keeper's entry. Both ends are one program, so structs go as they are. One request, one reply;
 * a reply that came too late is told by its sequence number.
 *
 * A spawn request is followed by blob_bytes: cpu_count numbers of 32 bits; then NUL-terminated
 * texts: the program's path, directory, output path (each "" for none), argc arguments, envc "K=V".
 */
#ifndef LAB_KEEPER_PROCESS_H
#define LAB_KEEPER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* the kernel takes 6 MB of arguments and environment at most */
enum { KEEPER_BLOB_MAX_BYTES = 16 << 20 };

enum keeper_op {
	KEEPER_OP_NONE,
	KEEPER_OP_SPAWN,
	KEEPER_OP_RELEASE,
	KEEPER_OP_SIGNAL,
	KEEPER_OP_STOP,
	KEEPER_OP_WAIT
};

/* Where the start of a process failed. */
enum keeper_step {
	KEEPER_STEP_NONE,
	KEEPER_STEP_READY, /* did not fail: held before its exec */
	KEEPER_STEP_FORK,
	KEEPER_STEP_CPUS,
	KEEPER_STEP_OUTPUT,
	KEEPER_STEP_DIRECTORY,
	KEEPER_STEP_EXEC,
};

struct keeper_request {
	uint32_t op; /* enum keeper_op */
	uint32_t sequence;
	int32_t pid;
	int32_t signal;
	uint64_t time_ns; /* stop: grace; wait: timeout */
	uint32_t argc, envc, cpu_count;
	uint32_t is_stdin_kept;
	uint64_t blob_bytes;
};

struct keeper_reply {
	uint32_t sequence; /* 0: the keeper is up */
	int32_t code;	   /* the call's result */
	int32_t pid;
	int32_t status;	     /* of wait */
	uint32_t step;	     /* enum keeper_step, with a negative code */
	uint32_t was_killed; /* of stop */
};

/*
 * What the forked keeper does until its socket closes. Takes over the process: its descriptors,
 * signals, session.
 */
_Noreturn void keeper_process_run(int socket);

#endif
