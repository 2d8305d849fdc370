/*
 * What the lenses beside load and profile saw: threads' use, event counters, system calls, and the
 * lenses themselves with their cost (model/{task_usage,counter,syscall_table,lens}.h). Each is
 * written once, at the end of a run. Errors as store.h; reading what a run does not have gives
 * empty lists.
 */
#ifndef STORE_STORE_MACHINE_H
#define STORE_STORE_MACHINE_H

#include <stdint.h>

#include "model/counter.h"
#include "model/lens.h"
#include "model/syscall_table.h"
#include "model/task_usage.h"
#include "store/store.h"
#include "util/err.h"

int store_add_tasks(struct store *store, int64_t run, const struct task_usages *tasks,
		    struct err *err);
int store_add_counters(struct store *store, int64_t run, const struct counters *counters,
		       struct err *err);
int store_add_syscalls(struct store *store, int64_t run, const struct syscall_table *table,
		       struct err *err);
int store_add_lenses(struct store *store, int64_t run, const struct lenses *lenses,
		     struct err *err);

/* Each into a zeroed struct, which the caller releases (vec_release(), syscall_table_release()). */
int store_read_tasks(struct store *store, int64_t run, struct task_usages *ret_tasks,
		     struct err *err);
int store_read_counters(struct store *store, int64_t run, struct counters *ret_counters,
			struct err *err);
int store_read_syscalls(struct store *store, int64_t run, struct syscall_table *ret_table,
			struct err *err);
int store_read_lenses(struct store *store, int64_t run, struct lenses *ret_lenses, struct err *err);

#endif
