/*
 * Latency histograms in HdrHistogram's layout: 3 significant digits (a value is known to within
 * 0.1 %), lowest discernible value 1 ns, highest trackable 1 hour. Two histograms merge exactly, by
 * adding counts: between threads, seconds, runs and machines. Quantiles are read in
 * stats/quantile.h.
 *
 * Layout (HdrHistogram's "bucket/sub-bucket" scheme, as in the Java and C libraries): 2048
 * sub-buckets per bucket, of which bucket 0 uses all and each later one its upper half; index(v) =
 * (bucket + 1) * 1024 + (v >> bucket) - 1024. Values below 2048 ns are exact.
 *
 * The encoded form is HdrHistogram's V2 payload (cookie 0x1c849313, big-endian header of 40 bytes,
 * counts as ZigZag LEB128-64b9B, negative = a run of zeros); the V2 "compressed" form of .hlog
 * files is this payload through zlib.
 *
 * `sum_ns`, `min_ns` and `max_ns` are exact and are not part of the encoded form: who stores one
 * stores them beside it.
 */
#ifndef MODEL_HISTOGRAM_H
#define MODEL_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"
#include "util/strbuf.h"

enum {
	HISTOGRAM_SIGNIFICANT_DIGITS = 3,
	HISTOGRAM_SUB_BUCKETS = 2048,
	HISTOGRAM_BUCKETS = 32,
	HISTOGRAM_SLOTS = (HISTOGRAM_BUCKETS + 1) * (HISTOGRAM_SUB_BUCKETS / 2),
};

#define HISTOGRAM_HIGHEST_NS 3600000000000u /* larger values are counted here; max_ns stays exact */

struct histogram {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t min_ns;	       /* UINT64_MAX while empty */
	uint64_t max_ns;	       /* 0 while empty */
	uint32_t first_slot, end_slot; /* slots outside [first, end) are zero */
	uint64_t slots[HISTOGRAM_SLOTS];
};

/* About 270 KB each. The caller owns it: histogram_free(), NULL accepted. */
struct histogram *histogram_new(void);
void histogram_free(struct histogram *histogram);
SCOPED_POINTER(histogram, histogram_free)

/* Costs what was touched, not the whole layout. */
void histogram_clear(struct histogram *histogram);

/* Counts one value (ns). Allocates nothing; a few nanoseconds. */
void histogram_record(struct histogram *histogram, uint64_t value_ns);
void histogram_record_count(struct histogram *histogram, uint64_t value_ns, uint64_t count);

void histogram_merge(struct histogram *into, const struct histogram *from);

/* Slot of a value, and the lowest / highest / middle value (ns) that a slot stands for. */
uint32_t histogram_slot_of(uint64_t value_ns);
uint64_t histogram_slot_lowest_ns(uint32_t slot);
uint64_t histogram_slot_highest_ns(uint32_t slot);
uint64_t histogram_slot_middle_ns(uint32_t slot);

/* Appends the V2 payload. */
void histogram_encode(const struct histogram *histogram, struct strbuf *bytes);

/*
 * ADDS an encoded histogram to `into`; sum, min and max follow from the slots' middle values.
 * -EBADMSG with the offset for anything that is not a V2 payload of this layout; `into` is then
 * unchanged.
 */
int histogram_decode_add(struct histogram *into, const void *bytes, size_t length, struct err *err);

/*
 * As above, with the exact figures that were stored beside the payload instead of the slots' own.
 */
int histogram_decode_add_exact(struct histogram *into, const void *bytes, size_t length,
			       uint64_t sum_ns, uint64_t min_ns, uint64_t max_ns, struct err *err);

#endif
