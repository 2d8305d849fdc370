#include "import/perf_data_order.h"

#include "tap.h"

struct seen {
	uint64_t last_ns, count, bytes;
	bool is_in_order;
};

static void see(void *arg, const struct ordered_record *record)
{
	struct seen *seen = arg;

	if (record->time_ns < seen->last_ns)
		seen->is_in_order = false;
	seen->last_ns = record->time_ns;
	seen->count++;
	if (record->bytes != NULL)
		seen->bytes = seen->bytes * 10 + record->bytes[record->size - 1];
}

/* Four buffers, each in order by itself, read in rounds; seeded. */
static void test_rounds(void)
{
	struct perf_data_order order;
	struct seen seen = {.is_in_order = true};
	uint64_t state = 88172645463325252u, waiting_max = 0;

	perf_data_order_init(&order, see, &seen);
	for (uint64_t round = 0; round < 200; round++) {
		for (int buffer = 0; buffer < 4; buffer++) {
			/* what came since this buffer was read in the round before */
			uint64_t time_ns = round * 1000 + (uint64_t)buffer * 100;

			for (int i = 0; i < 20; i++) {
				state ^= state << 13;
				state ^= state >> 7;
				state ^= state << 17;
				time_ns += state % 50;
				perf_data_order_add(&order, time_ns, NULL, 0, 8, 0);
			}
		}
		perf_data_order_end_round(&order);
		if (order.records.count > waiting_max)
			waiting_max = order.records.count;
	}
	perf_data_order_flush(&order);
	is_int(seen.count, 200 * 4 * 20, "all of them");
	ok(seen.is_in_order && order.late_count == 0, "in order");
	ok(waiting_max <= 3 * 4 * 20, "no more than the last rounds wait");
	perf_data_order_release(&order);
}

static void test_equal_times(void)
{
	const unsigned char first[4] = {0, 0, 0, 1}, second[4] = {0, 0, 0, 2};
	struct perf_data_order order;
	struct seen seen = {.is_in_order = true};

	perf_data_order_init(&order, see, &seen);
	perf_data_order_add(&order, 5, first, 0, sizeof(first), 0);
	perf_data_order_add(&order, 5, second, 0, sizeof(second), 0);
	is_int(order.bytes_kept, 8, "kept");
	perf_data_order_flush(&order);
	is_int(seen.bytes, 12, "as they came");
	is_int(order.bytes_kept, 0, "and forgotten");
	perf_data_order_release(&order);
}

/* A pipe without rounds must not fill the memory. */
static void test_limit(void)
{
	static unsigned char bytes[1 << 16];
	struct perf_data_order order;
	struct seen seen = {.is_in_order = true};
	bool is_bounded = true;
	uint64_t count = 3 * (PERF_ORDER_BYTES_MAX / sizeof(bytes));

	perf_data_order_init(&order, see, &seen);
	for (uint64_t i = 0; i < count; i++) {
		perf_data_order_add(&order, i + 1, bytes, 0, sizeof(bytes), 0);
		is_bounded &= order.bytes_kept <= PERF_ORDER_BYTES_MAX;
	}
	perf_data_order_add(&order, 1, bytes, 0, sizeof(bytes), 0);
	perf_data_order_flush(&order);
	ok(is_bounded, "never more than the limit");
	is_int(seen.count, count + 1, "all of them");
	is_int(order.late_count, 1, "what came too late is counted");
	perf_data_order_release(&order);
}

int main(void)
{
	test_rounds();
	test_equal_times();
	test_limit();
	return tap_done();
}
