/* What a row of run_table.h takes from a run's seconds: counts, and the rate at its end. */
#ifndef VIEW_RUN_TABLE_ROWS_H
#define VIEW_RUN_TABLE_ROWS_H

#include <stdint.h>

#include "store/store.h"
#include "util/arena.h"
#include "util/err.h"

struct run_table_load {
	uint64_t answered, failed;
	uint64_t duration_ns;
	double last_rate_rps; /* NAN when the window is not longer than that */
	uint32_t connections;
	double rate_hz; /* of an open loop; 0 = closed */
};

/* -ENOENT (without a sentence) when the run had no load. */
int run_table_rows_read_load(struct run_table_load *ret_load, struct arena *arena,
			     struct store *store, int64_t run, struct err *err);

#endif
