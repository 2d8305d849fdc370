#include "view/run_table_rows.h"

#include <math.h>
#include <string.h>

#include "store/store_load.h"
#include "view/run_table.h"

#define SECOND_NS UINT64_C(1000000000)

struct counting {
	struct run_table_load *load;
	uint64_t first_last, end; /* seconds of the last window, [first_last, end) */
	uint64_t completed_last;
};

static int count_second(void *context, const struct load_second *second)
{
	struct counting *counting = context;

	counting->load->answered += second->counts.answered;
	counting->load->failed += load_counts_failures(&second->counts);
	if (second->second >= counting->first_last && second->second < counting->end)
		counting->completed_last += second->counts.completed;
	return 0;
}

int run_table_rows_read_load(struct run_table_load *ret_load, struct arena *arena,
			     struct store *store, int64_t run, struct err *err)
{
	struct run_table_load load = {.last_rate_rps = (double)NAN};
	struct stored_load_summary summary;
	struct counting counting = {.load = &load};
	int r = store_read_load_summary(store, arena, run, &summary, err);

	if (r < 0)
		return r;
	store_release_load_summary(&summary);
	load.connections = summary.connections;
	load.rate_hz = strcmp(summary.mode, "open") == 0 ? summary.rate_hz : 0;
	if (summary.end_ns > summary.begin_ns)
		load.duration_ns = summary.end_ns - summary.begin_ns;
	counting.end = load.duration_ns / SECOND_NS; /* a second that was cut short is no second */
	if (counting.end > RUN_TABLE_LAST_SECONDS)
		counting.first_last = counting.end - RUN_TABLE_LAST_SECONDS;
	r = store_read_seconds(store, run, count_second, &counting, err);
	if (counting.end > RUN_TABLE_LAST_SECONDS)
		load.last_rate_rps = (double)counting.completed_last / RUN_TABLE_LAST_SECONDS;
	if (r == 0)
		*ret_load = load;
	return r;
}
