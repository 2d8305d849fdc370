/*
 * One ring shared with the kernel: it writes records at data_head, we read up to there and hand the
 * room back through data_tail (perf_event_open(2), "MMAP layout"). When the ring is full the kernel
 * drops records and says how many.
 *
 * One reader thread at a time.
 */
#ifndef CAPTURE_PERF_RING_H
#define CAPTURE_PERF_RING_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

enum { PERF_RECORD_MAX_BYTES = 65536 }; /* the header's size field has 16 bits */

struct perf_ring {
	struct perf_event_mmap_page *page;
	const unsigned char *data;
	uint64_t data_bytes;   /* a power of two */
	size_t mapped_bytes;   /* 0 = the memory is the caller's */
	unsigned char *bounce; /* for a record that wraps around the end */
	uint64_t bytes_read;   /* since the ring was opened */
};

/*
 * Maps a ring of `data_bytes` (a power of two of at least a page) over the event. -EPERM when that
 * is more locked memory than this user may have (kernel.perf_event_mlock_kb, RLIMIT_MEMLOCK), or
 * mmap's errno.
 */
int perf_ring_open(struct perf_ring *ring, int fd, uint64_t data_bytes);
void perf_ring_close(struct perf_ring *ring); /* zeroed and closed rings accepted */

/*
 * Over the caller's memory, for tests: `data` has data_bytes, a power of two. Released by
 * perf_ring_close().
 */
void perf_ring_init(struct perf_ring *ring, struct perf_event_mmap_page *page,
		    const unsigned char *data, uint64_t data_bytes);

/* One whole record; its bytes are valid during the call only. */
typedef void (*perf_ring_fn)(void *arg, const struct perf_event_header *record);

/*
 * Hands out what is in the ring at the time of the call, oldest first, then gives the room back to
 * the kernel. -EBADMSG when a record's size makes no sense: the rest is then skipped, so that the
 * ring does not stand still.
 */
int perf_ring_drain(struct perf_ring *ring, perf_ring_fn fn, void *arg);

#endif
