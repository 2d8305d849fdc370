#include "capture/record_queue.h"

#include "tap.h"

struct seen {
	uint64_t times[64];
	uint32_t count;
	bool is_intact;
};

/* A record here is its time, then bytes that repeat its low byte. */
static void add(struct record_queue *queue, uint64_t time_ns, uint32_t size)
{
	unsigned char bytes[64];

	memset(bytes, (int)(time_ns & 0xff), sizeof(bytes));
	memcpy(bytes, &time_ns, sizeof(time_ns));
	record_queue_add(queue, time_ns, bytes, size);
}

static void take(void *arg, const void *bytes, uint32_t size)
{
	struct seen *seen = arg;
	const unsigned char *at = bytes;
	uint64_t time_ns;

	memcpy(&time_ns, at, sizeof(time_ns));
	seen->is_intact &= (uintptr_t)bytes % 8 == 0;
	for (uint32_t i = 8; i < size; i++)
		seen->is_intact &= at[i] == (unsigned char)time_ns;
	seen->times[seen->count++] = time_ns;
}

static bool is_sequence(const struct seen *seen, const uint64_t *times, uint32_t count)
{
	return seen->count == count && memcmp(seen->times, times, count * sizeof(*times)) == 0;
}

int main(void)
{
	struct record_queue queue;
	struct seen seen = {.is_intact = true};

	record_queue_init(&queue);
	record_queue_drain(&queue, UINT64_MAX, take, &seen);
	is_int(seen.count, 0, "empty");

	add(&queue, 10, 16); /* one CPU */
	add(&queue, 30, 13);
	add(&queue, 50, 40);
	add(&queue, 5, 24); /* another */
	add(&queue, 30, 17);
	add(&queue, 40, 9);
	record_queue_drain(&queue, 30, take, &seen);
	ok(is_sequence(&seen, (uint64_t[]){5, 10, 30, 30}, 4), "by time, up to the limit");
	add(&queue, 45, 16);
	add(&queue, 35, 11);
	seen.count = 0;
	record_queue_preview(&queue, take, &seen);
	ok(is_sequence(&seen, (uint64_t[]){35, 40, 45, 50}, 4), "a preview shows all by time");
	seen.count = 0;
	record_queue_drain(&queue, 44, take, &seen);
	ok(is_sequence(&seen, (uint64_t[]){35, 40}, 2), "what stayed is sorted among what came");
	seen.count = 0;
	record_queue_drain(&queue, UINT64_MAX, take, &seen);
	ok(is_sequence(&seen, (uint64_t[]){45, 50}, 2), "everything");
	ok(seen.is_intact, "bytes are whole and aligned");

	seen.count = 0;
	for (uint32_t i = 0; i < 5; i++)
		record_queue_add(&queue, 7, (uint64_t[]){i}, 8);
	record_queue_drain(&queue, 7, take, &seen);
	ok(is_sequence(&seen, (uint64_t[]){0, 1, 2, 3, 4}, 5), "equal times: in order of arrival");

	uint64_t before = alloc_get_count();

	for (uint32_t round = 0; round < 100; round++) {
		seen.count = 0;
		for (uint64_t i = 0; i < 6; i++)
			add(&queue, round * 10 + i, 40);
		record_queue_drain(&queue, round * 10 + 3, take, &seen);
	}
	ok(alloc_get_count() - before <= 8, "rounds of one size need no new memory");
	record_queue_release(&queue);
	return tap_done();
}
