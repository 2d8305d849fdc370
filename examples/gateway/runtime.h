/*
 * runtime: how a worker calls a function. Two runtimes, one way to hear the answer.
 *
 *	native	a handler in a shared object. It runs on the spot: the call returns with the answer.
 *	exec	a program. Its argument is the handler's name, its standard input the body, its
 *		standard output the answer, and an exit status other than 0 a failure. It runs
 *		beside the worker's loop, which goes on serving; it has a bounded time (504) and
 *		output (500), and leads a process group, so that ending it ends what it started.
 *
 * Either way `done` is called exactly once per call, unless the call was cancelled.
 */
#ifndef GATEWAY_RUNTIME_H
#define GATEWAY_RUNTIME_H

#include <stdint.h>

#include "answer.h"
#include "functions.h"
#include "loop.h"
#include "trouble.h"

/* programs at a time in one worker; the others wait for their turn */
#define RUNTIME_EXEC_RUNNING_MAX 16

/*
 * The answer is borrowed for the call. `owner` and `id` are what was given when the function was
 * called.
 */
typedef void (*runtime_done)(void *owner, uint32_t id, const struct answer *answer);

struct runtime_call {
	const struct function *function;
	const char *body; /* borrowed until the call's start returns */
	size_t size;
	runtime_done done;
	void *owner;
	uint32_t id;
};

/* Loads the function's module and finds its handler. Returns 0 or a negative errno. */
int runtime_native_load(struct function *function, struct trouble *why);

/* Calls the handler, which writes into `room`; `done` has been called when this returns. */
void runtime_native_call(const struct runtime_call *call, char room[FUNCTION_OUTPUT_MAX_BYTES]);

struct exec_job;

struct runtime_exec {
	struct loop *loop;
	uint64_t time_max_ns; /* for one program, from its start */
	/* in order of arrival: first the running ones, then those that wait */
	struct exec_job *first, *last;
	size_t running_count;
};

/*
 * Returns the job while its answer is awaited, or NULL when `done` has been called already (it
 * could not start).
 */
struct exec_job *runtime_exec_call(struct runtime_exec *exec, const struct runtime_call *call);

/* Ends the program; `done` will not be called. */
void runtime_exec_cancel(struct exec_job *job);

/* Ends the programs that are over their time. To be called from the loop's sweep. */
void runtime_exec_sweep(struct runtime_exec *exec);

#endif
