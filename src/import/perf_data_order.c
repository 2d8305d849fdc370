#include "import/perf_data_order.h"

#include <stdlib.h>
#include <string.h>

void perf_data_order_init(struct perf_data_order *order, perf_data_order_fn fn, void *arg)
{
	*order = (struct perf_data_order){.fn = fn, .arg = arg};
}

void perf_data_order_release(struct perf_data_order *order)
{
	for (size_t i = 0; i < order->records.count; i++)
		free(order->records.items[i].bytes);
	vec_release(&order->records);
}

static int compare_records(const void *left, const void *right)
{
	const struct ordered_record *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void sort(struct perf_data_order *order)
{
	if (order->records.count > 0)
		qsort(order->records.items, order->records.count, sizeof(*order->records.items),
		      compare_records);
}

/* The first `count` of the sorted list. */
static void deliver(struct perf_data_order *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ordered_record *record = &order->records.items[i];

		if (record->time_ns < order->delivered_ns)
			order->late_count++;
		else
			order->delivered_ns = record->time_ns;
		order->fn(order->arg, record);
		if (record->bytes != NULL)
			order->bytes_kept -= record->size;
		free(record->bytes);
	}
	if (count > 0)
		memmove(order->records.items, order->records.items + count,
			(order->records.count - count) * sizeof(*order->records.items));
	order->records.count -= count;
}

void perf_data_order_add(struct perf_data_order *order, uint64_t time_ns, const void *bytes,
			 uint64_t offset, uint32_t size, uint32_t source)
{
	struct ordered_record record = {.time_ns = time_ns,
					.number = order->number++,
					.offset = offset,
					.size = size,
					.source = source};

	if (bytes != NULL) {
		record.bytes = alloc_array(size, 1);
		memcpy(record.bytes, bytes, size);
		order->bytes_kept += size;
	}
	vec_push(&order->records, record);
	if (time_ns > order->newest_ns)
		order->newest_ns = time_ns;
	if (order->records.count >= PERF_ORDER_RECORDS_MAX ||
	    order->bytes_kept >= PERF_ORDER_BYTES_MAX) {
		sort(order);
		deliver(order, order->records.count / 2 + 1);
	}
}

void perf_data_order_end_round(struct perf_data_order *order)
{
	size_t count = 0;

	sort(order);
	while (count < order->records.count &&
	       order->records.items[count].time_ns <= order->round_ns)
		count++;
	deliver(order, count);
	order->round_ns = order->newest_ns;
}

void perf_data_order_flush(struct perf_data_order *order)
{
	sort(order);
	deliver(order, order->records.count);
}
