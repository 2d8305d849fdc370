#include "capture/record_queue.h"

#include <string.h>

void record_queue_init(struct record_queue *queue)
{
	*queue = (struct record_queue){0};
}

void record_queue_release(struct record_queue *queue)
{
	vec_release(&queue->records);
	vec_release(&queue->bytes);
	vec_release(&queue->spare);
}

void record_queue_add(struct record_queue *queue, uint64_t time_ns, const void *bytes,
		      uint32_t size)
{
	size_t offset = queue->bytes.count, padded = ((size_t)size + 7) & ~(size_t)7;

	vec_reserve(&queue->bytes, offset + padded);
	memcpy(queue->bytes.items + offset, bytes, size);
	queue->bytes.count = offset + padded;
	vec_push(&queue->records, (struct queued_record){
					  .time_ns = time_ns,
					  .offset = offset,
					  .order = (uint32_t)queue->records.count,
					  .size = size,
				  });
}

static int compare_records(const void *left, const void *right)
{
	const struct queued_record *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Moves what stays to the front; `first` is its place in the sorted list. */
static void keep_from(struct record_queue *queue, size_t first)
{
	size_t count = queue->records.count - first, used = 0;
	unsigned char *items;
	size_t capacity;

	if (count > 0)
		vec_reserve(&queue->spare, queue->bytes.count);
	for (size_t i = 0; i < count; i++) {
		struct queued_record record = queue->records.items[first + i];

		memcpy(queue->spare.items + used, queue->bytes.items + record.offset, record.size);
		record.offset = used;
		record.order = (uint32_t)i;
		queue->records.items[i] = record;
		used += ((size_t)record.size + 7) & ~(size_t)7;
	}
	items = queue->spare.items;
	capacity = queue->spare.capacity;
	queue->spare.items = queue->bytes.items;
	queue->spare.capacity = queue->bytes.capacity;
	queue->bytes.items = items;
	queue->bytes.capacity = capacity;
	queue->bytes.count = used;
	queue->records.count = count;
}

static void sort_records(struct record_queue *queue)
{
	if (queue->records.count > 0)
		qsort(queue->records.items, queue->records.count, sizeof(*queue->records.items),
		      compare_records);
}

void record_queue_drain(struct record_queue *queue, uint64_t until_ns, record_queue_fn fn,
			void *arg)
{
	size_t done = 0;

	sort_records(queue);
	for (; done < queue->records.count && queue->records.items[done].time_ns <= until_ns;
	     done++) {
		const struct queued_record *record = &queue->records.items[done];

		fn(arg, queue->bytes.items + record->offset, record->size);
	}
	keep_from(queue, done);
}

void record_queue_preview(struct record_queue *queue, record_queue_fn fn, void *arg)
{
	sort_records(queue);
	for (size_t i = 0; i < queue->records.count; i++)
		fn(arg, queue->bytes.items + queue->records.items[i].offset,
		   queue->records.items[i].size);
}
