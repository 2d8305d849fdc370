/*
 * TARGET, as in -p and `attach:`: a PID, the name of a process, or :PORT for whoever listens there.
 * And the opposite question, before a service is started: whether somebody listens there already,
 * whose answers would then be measured.
 */
#ifndef LAB_TARGET_H
#define LAB_TARGET_H

#include <stdint.h>
#include <sys/types.h>

#include "lab/plan.h"
#include "procfs/proc_file.h"
#include "util/err.h"

/*
 * The process that `text` means. Of several that listen on a port it is the one that the others
 * descend from (a master and its workers share the socket). -ESRCH when there is none, -EACCES when
 * its owner cannot be seen, -ENOTUNIQ with a list when several are meant, -EINVAL when the text is
 * no TARGET.
 */
int target_find(const struct procfs *fs, const char *text, pid_t *ret_pid, struct err *err);

/*
 * 0 when a service could listen there, or when the host is another machine; -EADDRINUSE with who
 * listens. Binds for a moment to find out, and never listens.
 */
int target_check_port_free(const struct procfs *fs, const char *host, uint16_t port,
			   struct err *err);

/*
 * target_check_port_free() for what the services of an expanded plan will answer on: the `ready:`
 * of each that has a command, and the load's target when no service is attached to.
 */
int target_check_plan(const struct procfs *fs, const struct plan *plan, struct err *err);

/* The same for each arm of a plan as it was read: before anything of it is started. */
int target_check_arms(const struct plan *plan, struct err *err);

#endif
