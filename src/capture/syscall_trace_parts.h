/* What the two ways of tracing system calls share; for syscall_*.c alone. */
#ifndef CAPTURE_SYSCALL_TRACE_PARTS_H
#define CAPTURE_SYSCALL_TRACE_PARTS_H

#include <stdio.h>

#include "capture/syscall_trace.h"

static inline void syscall_target_write_role(const struct syscall_target *target,
					     bool is_descendant,
					     char role[static SYSCALL_ROLE_BYTES])
{
	const char *text = is_descendant ? target->child_role : target->role;

	snprintf(role, SYSCALL_ROLE_BYTES, "%s", text != NULL ? text : "");
}

#endif
