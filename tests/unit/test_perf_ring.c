/* A ring in our own memory, filled as the kernel does. */
#include "capture/perf_ring.h"

#include <errno.h>

#include "util/alloc.h"

#include "tap.h"

enum { RING_BYTES = 4096 };

struct seen {
	uint64_t next; /* number that the next record should have */
	uint32_t count, wrong;
};

static struct perf_event_mmap_page page;
static unsigned char data[RING_BYTES] __attribute__((aligned(4096)));

static void put(uint64_t at, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[(at + i) % RING_BYTES] = ((const unsigned char *)bytes)[i];
}

/*
 * A record of `size` bytes, all words after its header are `number`. False when there is no room.
 */
static bool write_record(uint64_t number, uint16_t size)
{
	struct perf_event_header header = {.type = 9, .size = size};

	if (page.data_head + size - page.data_tail > RING_BYTES)
		return false;
	put(page.data_head, &header, sizeof(header));
	for (uint16_t at = sizeof(header); at < size; at = (uint16_t)(at + 8))
		put(page.data_head + at, &number, sizeof(number));
	page.data_head += size;
	return true;
}

static void take(void *arg, const struct perf_event_header *record)
{
	struct seen *seen = arg;
	const unsigned char *bytes = (const unsigned char *)record;

	for (uint16_t at = sizeof(*record); at < record->size; at = (uint16_t)(at + 8))
		seen->wrong += memcmp(bytes + at, &seen->next, 8) != 0;
	seen->next++;
	seen->count++;
}

int main(void)
{
	struct perf_ring ring;
	struct seen seen = {0};
	uint64_t number = 0, allocations;

	/* Close to where 64 bits wrap: the positions only ever grow. */
	page.data_head = page.data_tail = UINT64_MAX - RING_BYTES * 3 + 1;
	perf_ring_init(&ring, &page, data, RING_BYTES);
	is_int(perf_ring_drain(&ring, take, &seen), 0, "an empty ring");
	is_int(seen.count, 0, "has no records");

	allocations = alloc_get_count();
	for (uint32_t round = 0; round < 1000; round++) {
		while (write_record(number, (uint16_t)(16 + 8 * (number % 90))))
			number++;
		perf_ring_drain(&ring, take, &seen);
	}
	is_int(seen.count, number, "every record once");
	is_int(seen.wrong, 0, "in order and whole, wrapped ones too");
	ok(page.data_tail == page.data_head, "the room is given back");
	ok(ring.bytes_read > RING_BYTES * 500, "bytes are counted");
	is_int(alloc_get_count() - allocations, 0, "draining allocates nothing");

	write_record(number, 24);
	put(page.data_head, &(struct perf_event_header){.type = 9, .size = 4}, 8);
	page.data_head += 64;
	is_int(perf_ring_drain(&ring, take, &seen), -EBADMSG, "a size below a header's");
	ok(page.data_tail == page.data_head, "is skipped with all behind it");
	is_int(seen.count, number + 1, "what was before it is handed out");
	put(page.data_head, &(struct perf_event_header){.type = 9, .size = 400}, 8);
	page.data_head += 64;
	is_int(perf_ring_drain(&ring, take, &seen), -EBADMSG, "a size beyond what was written");
	perf_ring_close(&ring);
	perf_ring_close(&ring);
	ok(ring.data == NULL, "closed, twice");
	return tap_done();
}
