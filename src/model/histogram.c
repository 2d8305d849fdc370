#include "model/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

enum {
	HALF = HISTOGRAM_SUB_BUCKETS / 2,
	HALF_BITS = 10,
	HEADER_BYTES = 40,
	COOKIE_V2 = 0x1c849313,
};

#define COUNT_MAX (INT64_C(1) << 62) /* of one payload; in memory counts have one bit more */

struct histogram *histogram_new(void)
{
	struct histogram *histogram = alloc_new(struct histogram);

	histogram->min_ns = UINT64_MAX; /* the slots are zero: untouched pages stay unused */
	histogram->first_slot = HISTOGRAM_SLOTS;
	return histogram;
}

void histogram_free(struct histogram *histogram)
{
	free(histogram);
}

void histogram_clear(struct histogram *histogram)
{
	if (histogram->end_slot > histogram->first_slot)
		memset(histogram->slots + histogram->first_slot, 0,
		       (histogram->end_slot - histogram->first_slot) * sizeof(histogram->slots[0]));
	histogram->count = 0;
	histogram->sum_ns = 0;
	histogram->min_ns = UINT64_MAX;
	histogram->max_ns = 0;
	histogram->first_slot = HISTOGRAM_SLOTS;
	histogram->end_slot = 0;
}

uint32_t histogram_slot_of(uint64_t value_ns)
{
	uint32_t bucket;

	if (value_ns > HISTOGRAM_HIGHEST_NS)
		value_ns = HISTOGRAM_HIGHEST_NS;
	bucket = value_ns < HISTOGRAM_SUB_BUCKETS
			 ? 0
			 : 63 - (uint32_t)__builtin_clzll(value_ns) - HALF_BITS;
	return (bucket << HALF_BITS) + (uint32_t)(value_ns >> bucket);
}

static uint32_t bucket_of_slot(uint32_t slot)
{
	return slot < HISTOGRAM_SUB_BUCKETS ? 0 : (slot >> HALF_BITS) - 1;
}

uint64_t histogram_slot_lowest_ns(uint32_t slot)
{
	uint32_t bucket = bucket_of_slot(slot);

	return (uint64_t)(slot - (bucket << HALF_BITS)) << bucket;
}

uint64_t histogram_slot_highest_ns(uint32_t slot)
{
	return histogram_slot_lowest_ns(slot) + (1ull << bucket_of_slot(slot)) - 1;
}

uint64_t histogram_slot_middle_ns(uint32_t slot)
{
	return histogram_slot_lowest_ns(slot) + ((1ull << bucket_of_slot(slot)) >> 1);
}

static void widen(struct histogram *histogram, uint32_t slot)
{
	if (slot < histogram->first_slot)
		histogram->first_slot = slot;
	if (slot >= histogram->end_slot)
		histogram->end_slot = slot + 1;
}

static void widen_exact(struct histogram *histogram, uint64_t sum_ns, uint64_t min_ns,
			uint64_t max_ns)
{
	histogram->sum_ns += sum_ns;
	if (min_ns < histogram->min_ns)
		histogram->min_ns = min_ns;
	if (max_ns > histogram->max_ns)
		histogram->max_ns = max_ns;
}

void histogram_record_count(struct histogram *histogram, uint64_t value_ns, uint64_t count)
{
	uint32_t slot = histogram_slot_of(value_ns);

	if (count == 0)
		return;
	histogram->slots[slot] += count;
	histogram->count += count;
	widen(histogram, slot);
	widen_exact(histogram, value_ns * count, value_ns, value_ns);
}

void histogram_record(struct histogram *histogram, uint64_t value_ns)
{
	histogram_record_count(histogram, value_ns, 1);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count == 0)
		return;
	for (uint32_t slot = from->first_slot; slot < from->end_slot; slot++)
		into->slots[slot] += from->slots[slot];
	into->count += from->count;
	widen(into, from->first_slot);
	widen(into, from->end_slot - 1);
	widen_exact(into, from->sum_ns, from->min_ns, from->max_ns);
}

static void put_be32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void put_be64(unsigned char *at, uint64_t value)
{
	put_be32(at, (uint32_t)(value >> 32));
	put_be32(at + 4, (uint32_t)value);
}

static uint32_t get_be32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/*
 * ZigZag LEB128-64b9B: like LEB128, but a ninth byte carries 8 bits, so that 64 bits fit in 9
 * bytes.
 */
static void add_zigzag(struct strbuf *bytes, int64_t value)
{
	uint64_t rest = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);

	for (int i = 0; i < 8 && rest >= 0x80; i++) {
		strbuf_add_char(bytes, (char)(rest | 0x80));
		rest >>= 7;
	}
	strbuf_add_char(bytes, (char)rest);
}

void histogram_encode(const struct histogram *histogram, struct strbuf *bytes)
{
	unsigned char header[HEADER_BYTES] = {0};
	size_t start = bytes->length;
	int64_t zeros = 0;

	strbuf_add(bytes, header, sizeof(header));
	for (uint32_t slot = 0; slot < histogram->end_slot; slot++) {
		if (histogram->slots[slot] == 0) {
			zeros++;
			continue;
		}
		if (zeros > 0)
			add_zigzag(bytes, zeros == 1 ? 0 : -zeros);
		zeros = 0;
		add_zigzag(bytes, (int64_t)histogram->slots[slot]);
	}
	if (bytes->is_full)
		return;
	put_be32(header, COOKIE_V2);
	put_be32(header + 4, (uint32_t)(bytes->length - start - HEADER_BYTES));
	put_be32(header + 12, HISTOGRAM_SIGNIFICANT_DIGITS);
	put_be64(header + 16, 1); /* lowest discernible */
	put_be64(header + 24, HISTOGRAM_HIGHEST_NS);
	put_be64(header + 32, 0x3ff0000000000000u); /* integer-to-double conversion ratio 1.0 */
	memcpy(bytes->data + start, header, sizeof(header));
}

static int check_header(const unsigned char *bytes, size_t length, struct err *err)
{
	static const unsigned char lowest[8] = {0, 0, 0, 0, 0, 0, 0, 1};

	if (length < HEADER_BYTES)
		return err_set(err, -EBADMSG, "histogram: %zu bytes are less than its header of 40",
			       length);
	if (get_be32(bytes) != COOKIE_V2)
		return err_set(err, -EBADMSG,
			       "histogram: cookie 0x%08x at offset 0 is not V2's 0x1c849313",
			       get_be32(bytes));
	if (get_be32(bytes + 4) != length - HEADER_BYTES)
		return err_set(err, -EBADMSG,
			       "histogram: payload length %u at offset 4, but %zu bytes follow",
			       get_be32(bytes + 4), length - HEADER_BYTES);
	if (get_be32(bytes + 12) != HISTOGRAM_SIGNIFICANT_DIGITS ||
	    memcmp(bytes + 16, lowest, 8) != 0)
		return err_set(err, -EBADMSG,
			       "histogram: layout at offset 12 differs (3 digits, lowest value 1 "
			       "are read)");
	return 0;
}

/* Reads one number; 0 at the end of the input inside of it. */
static size_t get_zigzag(const unsigned char *at, size_t length, int64_t *ret_value)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < length && i < 9; i++) {
		if (i == 8) {
			rest |= (uint64_t)at[i] << 56;
		} else {
			rest |= (uint64_t)(at[i] & 0x7f) << (7 * i);
			if ((at[i] & 0x80) != 0)
				continue;
		}
		*ret_value = (int64_t)(rest >> 1) ^ -(int64_t)(rest & 1);
		return i + 1;
	}
	return 0;
}

/*
 * Walks the counts; adds them when `into` is not NULL, so that a first pass checks and a second
 * cannot fail.
 */
static int walk_counts(const unsigned char *bytes, size_t length, struct histogram *into,
		       struct err *err)
{
	uint64_t slot = 0;
	int64_t total = 0;

	for (size_t at = HEADER_BYTES; at < length;) {
		int64_t value;
		size_t used = get_zigzag(bytes + at, length - at, &value);

		if (used == 0)
			return err_set(err, -EBADMSG, "histogram: a count is cut off at offset %zu",
				       at);
		if (value < 0)
			slot += value == INT64_MIN ? HISTOGRAM_SLOTS + 1ull : (uint64_t)-value;
		else
			slot++;
		if (slot > HISTOGRAM_SLOTS)
			return err_set(err, -EBADMSG, "histogram: more than %d slots at offset %zu",
				       (int)HISTOGRAM_SLOTS, at);
		if (value > 0 && (value > COUNT_MAX || (total += value) > COUNT_MAX))
			return err_set(err, -EBADMSG,
				       "histogram: no run has so many values (offset %zu)", at);
		if (value > 0 && into != NULL)
			histogram_record_count(into, histogram_slot_middle_ns((uint32_t)slot - 1),
					       (uint64_t)value);
		at += used;
	}
	return 0;
}

int histogram_decode_add(struct histogram *into, const void *bytes, size_t length, struct err *err)
{
	int r = check_header(bytes, length, err);

	if (r == 0)
		r = walk_counts(bytes, length, NULL, err);
	return r < 0 ? r : walk_counts(bytes, length, into, err);
}

int histogram_decode_add_exact(struct histogram *into, const void *bytes, size_t length,
			       uint64_t sum_ns, uint64_t min_ns, uint64_t max_ns, struct err *err)
{
	uint64_t before_sum = into->sum_ns, before_min = into->min_ns, before_max = into->max_ns;
	uint64_t before_count = into->count;
	int r = histogram_decode_add(into, bytes, length, err);

	if (r < 0 || into->count == before_count)
		return r;
	into->sum_ns = before_sum;
	into->min_ns = before_min;
	into->max_ns = before_max;
	widen_exact(into, sum_ns, min_ns, max_ns);
	return 0;
}
