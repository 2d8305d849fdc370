/*
 * Gives the samplers of all followed threads other sizes of stack copies: see
 * capture_set_stack_sizes(), whose work this is.
 *
 * The kernel closes what a thread's children have inherited together with what was opened for it.
 * So whoever has inherited from a thread whose samplers are replaced gets samplers of its own; and
 * as few as possible are replaced, because each loses what it had counted towards its next sample.
 */
#ifndef CAPTURE_RENEWAL_H
#define CAPTURE_RENEWAL_H

#include "capture/capture.h"
#include "capture/event_set.h"
#include "capture/task_search.h"
#include "capture/thread_table.h"
#include "util/err.h"

/*
 * All forks that were recorded until now must have been told to `search` and `threads`. Errors:
 * event_set_renew_thread()'s; then nothing has changed.
 */
int renewal_run(struct event_set *events, struct task_search *search, struct thread_table *threads,
		const struct capture_stack_size *sizes, uint32_t count,
		const struct capture_stack_size *rest, struct err *err);

#endif
