/* Stands in for syscalls.c where sonde is built without BPF. */
#include <errno.h>
#include <stddef.h>

#include "bpf/syscalls.h"

const char *syscalls_get_lack(void)
{
	return "this sonde was built without BPF: " SYSCALLS_LACK;
}

int syscalls_open(struct syscalls **ret_syscalls, const pid_t *pids, uint32_t pid_count,
		  struct err *err)
{
	(void)ret_syscalls;
	(void)pids;
	(void)pid_count;
	return err_set(err, -EOPNOTSUPP, "%s", syscalls_get_lack());
}

/* Nothing is ever opened: what follows is never called with a pointer. */

void syscalls_close(struct syscalls *syscalls)
{
	(void)syscalls;
}

int syscalls_attach(struct syscalls *syscalls, struct err *err)
{
	(void)syscalls;
	return err_set(err, -EOPNOTSUPP, "%s", syscalls_get_lack());
}

int syscalls_look(struct syscalls *syscalls, uint32_t calibration_tid, struct err *err)
{
	(void)syscalls;
	(void)calibration_tid;
	return err_set(err, -EOPNOTSUPP, "%s", syscalls_get_lack());
}

void syscalls_begin(struct syscalls *syscalls)
{
	(void)syscalls;
}

void syscalls_end(struct syscalls *syscalls)
{
	(void)syscalls;
}

const struct syscalls_control *syscalls_get_control(const struct syscalls *syscalls)
{
	(void)syscalls;
	return NULL;
}

const struct syscalls_row *syscalls_get_rows(const struct syscalls *syscalls, uint32_t *ret_count)
{
	(void)syscalls;
	*ret_count = 0;
	return NULL;
}

const struct syscalls_thread *syscalls_get_threads(const struct syscalls *syscalls,
						   uint32_t *ret_count)
{
	(void)syscalls;
	*ret_count = 0;
	return NULL;
}

bool syscalls_next_error(const struct syscalls *syscalls, struct syscalls_error_key *key,
			 uint64_t *ret_count)
{
	(void)syscalls;
	(void)key;
	(void)ret_count;
	return false;
}

uint64_t syscalls_get_lost(const struct syscalls *syscalls)
{
	(void)syscalls;
	return 0;
}
