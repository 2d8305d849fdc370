/*
 * worker: a process that calls functions.
 *
 * In proxy mode it gets calls over its link and sends answers back. In zero-copy mode it gets
 * clients, with their connections, and serves them with the same code as the gateway does
 * (client.h). Either way: one thread, one loop, native functions on the spot, programs beside it.
 *
 * A worker ends when its link does. It also asks the kernel to be killed with its gateway, so that
 * none is left when a gateway is killed without notice.
 */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include <sys/types.h>

#include "functions.h"
#include "options.h"

/*
 * The life of a worker, after fork(): takes the link's descriptor, closes all others, and ends the
 * process.
 */
_Noreturn void worker_run(int link_fd, pid_t gateway, const struct options *options,
			  const struct functions *functions);

#endif
