#include "capture/perf_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/alloc.h"

void perf_ring_init(struct perf_ring *ring, struct perf_event_mmap_page *page,
		    const unsigned char *data, uint64_t data_bytes)
{
	*ring = (struct perf_ring){
		.page = page,
		.data = data,
		.data_bytes = data_bytes,
		.bounce = alloc_array(1, PERF_RECORD_MAX_BYTES),
	};
}

int perf_ring_open(struct perf_ring *ring, int fd, uint64_t data_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t mapped_bytes = page_bytes + data_bytes;
	unsigned char *map = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	perf_ring_init(ring, (struct perf_event_mmap_page *)(void *)map, map + page_bytes,
		       data_bytes);
	ring->mapped_bytes = mapped_bytes;
	return 0;
}

void perf_ring_close(struct perf_ring *ring)
{
	if (ring->mapped_bytes > 0)
		munmap(ring->page, ring->mapped_bytes);
	free(ring->bounce);
	*ring = (struct perf_ring){0};
}

/*
 * The record at `offset` in one piece. The kernel aligns records to 8 bytes, so a header never
 * wraps.
 */
static const struct perf_event_header *get_record(struct perf_ring *ring, uint64_t offset,
						  uint64_t available)
{
	uint64_t at = offset & (ring->data_bytes - 1), until_end = ring->data_bytes - at;
	const void *record = ring->data + at;
	const struct perf_event_header *header = record;

	if (at % 8 != 0 || available < sizeof(*header) || header->size < sizeof(*header) ||
	    header->size > available || header->size > ring->data_bytes)
		return NULL;
	if (header->size <= until_end)
		return header;
	memcpy(ring->bounce, record, until_end);
	memcpy(ring->bounce + until_end, ring->data, header->size - until_end);
	return (const struct perf_event_header *)(const void *)ring->bounce;
}

int perf_ring_drain(struct perf_ring *ring, perf_ring_fn fn, void *arg)
{
	/*
	 * Acquire: what the kernel wrote before it moved the head. Release: we have read before it
	 * may overwrite.
	 */
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	int result = 0;

	ring->bytes_read += head - tail;
	while (tail != head) {
		const struct perf_event_header *record = get_record(ring, tail, head - tail);

		if (record == NULL) {
			result = -EBADMSG;
			break;
		}
		tail += record->size;
		fn(arg, record);
	}
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	return result;
}
