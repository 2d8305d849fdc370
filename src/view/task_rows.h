/*
 * Who used what between two machine_samples: processes, or their threads, as rates. Pure.
 */
#ifndef VIEW_TASK_ROWS_H
#define VIEW_TASK_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/machine_sample.h"
#include "util/arena.h"

enum task_order { TASK_BY_CPU, TASK_BY_MEMORY, TASK_BY_WAIT, TASK_BY_IO, TASK_ORDER_COUNT };

const char *task_order_name(enum task_order order); /* "CPU" "memory" "waiting" "I/O" */

/*
 * Rates are NaN where the kernel, or this user's rights, did not give them, and of what is older
 * than the earlier sample but was not in it.
 */
struct task_row {
	const struct task_sample *task; /* of the later sample */
	double cpu, user, system;	/* of one CPU: 0..1, above for processes */
	double wait;			/* runnable but not running, likewise */
	double switches_voluntary_per_s, switches_involuntary_per_s, faults_per_s;
	double read_bytes_per_s, write_bytes_per_s;
};

struct task_rows {
	struct task_row *rows; /* the most first */
	uint32_t row_count;
};

/* `last` has to be the earlier one, else there are no rows; what began since then began at 0. */
void task_rows_make(struct task_rows *ret_rows, struct arena *arena,
		    const struct machine_sample *last, const struct machine_sample *now,
		    bool has_threads, enum task_order order);

#endif
