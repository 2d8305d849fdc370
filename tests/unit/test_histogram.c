/*
 * Held against HdrHistogram's own layout and encoding: a payload written by hdr-histogram-js 3.0.0.
 */
#include "model/histogram.h"

#include <errno.h>

#include "tap.h"
#include "util/alloc.h"

enum { HEADER_BYTES = 40, PAYLOAD_BYTES = 62 };

/* Once 1 ns, 3x 100, 2x 2047, once 2048, once 2050, 300x 1 ms, once 123,456,789, 2x 1 h. */
static const unsigned char PAYLOAD[PAYLOAD_BYTES] = {
	0x1c, 0x84, 0x93, 0x13, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00, 0x00, 0x01, 0x00,
	0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
	0x03, 0x46, 0x30, 0xb8, 0xa0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x01, 0x02, 0xc3, 0x01, 0x06, 0xb3, 0x1e, 0x04, 0x02, 0x02, 0xbd, 0x8e,
	0x01, 0xd8, 0x04, 0xf1, 0x6e, 0x02, 0xdf, 0xec, 0x01, 0x04,
};

static struct histogram *make_example(void)
{
	struct histogram *histogram = histogram_new();

	histogram_record(histogram, 1);
	histogram_record_count(histogram, 100, 3);
	histogram_record_count(histogram, 2047, 2);
	histogram_record(histogram, 2048);
	histogram_record(histogram, 2050);
	histogram_record_count(histogram, 1000000, 300);
	histogram_record(histogram, 123456789);
	histogram_record_count(histogram, HISTOGRAM_HIGHEST_NS, 2);
	return histogram;
}

static bool has_same_slots(const struct histogram *a, const struct histogram *b)
{
	return a->count == b->count && memcmp(a->slots, b->slots, sizeof(a->slots)) == 0;
}

static void test_layout(void)
{
	int wrong = 0;
	uint64_t value;

	for (uint32_t slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
		uint64_t lowest = histogram_slot_lowest_ns(slot),
			 highest = histogram_slot_highest_ns(slot);
		uint64_t middle = histogram_slot_middle_ns(slot);

		wrong += slot > 0 && lowest != histogram_slot_highest_ns(slot - 1) + 1;
		wrong += middle < lowest || middle > highest;
		wrong += (highest - lowest) * 1000 > lowest;
		if (highest <= HISTOGRAM_HIGHEST_NS)
			wrong += histogram_slot_of(lowest) != slot ||
				 histogram_slot_of(highest) != slot;
	}
	is_int(wrong, 0, "slots follow each other without a gap, each within 0.1 %");
	for (value = 0; value < 2048; value++)
		wrong += histogram_slot_of(value) != value;
	is_int(wrong, 0, "values below 2048 ns are exact");
	is_int(histogram_slot_of(2048), 2048, "2048 and 2049 share a slot");
	is_int(histogram_slot_of(2049), 2048, "of their own");
	is_int(histogram_slot_of(1000000), (9 << 10) + (1000000 >> 9), "1 ms");
	is_int(histogram_slot_of(UINT64_MAX), histogram_slot_of(HISTOGRAM_HIGHEST_NS),
	       "beyond an hour: the last one");
}

static void test_recording(void)
{
	scoped(histogram_cleanup) struct histogram *histogram = make_example();
	uint64_t before = alloc_get_count();

	is_int(histogram->count, 311, "count");
	is_int(histogram->sum_ns,
	       1 + 300 + 4094 + 2048 + 2050 + 300000000 + 123456789 + 2 * 3600000000000,
	       "exact sum");
	is_int(histogram->min_ns, 1, "exact minimum");
	is_int(histogram->max_ns, 3600000000000, "exact maximum");
	histogram_record_count(histogram, 5, 0);
	is_int(histogram->slots[5], 0, "no times is nothing");
	histogram_record(histogram, 2 * HISTOGRAM_HIGHEST_NS);
	is_int(histogram->max_ns, 2 * 3600000000000, "a maximum beyond the layout stays exact");
	is_int(histogram->slots[histogram_slot_of(HISTOGRAM_HIGHEST_NS)], 3,
	       "and counts as the highest");
	histogram_clear(histogram);
	ok(histogram->count == 0 && histogram->sum_ns == 0 && histogram->max_ns == 0 &&
		   histogram->min_ns == UINT64_MAX,
	   "cleared");
	is_int(alloc_get_count() - before, 0, "none of it allocates");
	histogram_record(histogram, 7);
	is_int(histogram->slots[histogram_slot_of(1000000)], 0, "no slot survives");
	ok(histogram->first_slot == 7 && histogram->end_slot == 8,
	   "the touched range is narrow again");
}

static void test_merging(void)
{
	scoped(histogram_cleanup) struct histogram *all = histogram_new(), *even = histogram_new(),
						   *odd = histogram_new();
	scoped(histogram_cleanup) struct histogram *empty = histogram_new();

	for (uint64_t i = 1; i < 5000; i++) {
		histogram_record(all, i * i * 97);
		histogram_record(i % 2 == 0 ? even : odd, i * i * 97);
	}
	histogram_merge(even, odd);
	histogram_merge(even, empty);
	ok(has_same_slots(all, even), "two halves make the whole");
	ok(all->sum_ns == even->sum_ns && all->min_ns == even->min_ns &&
		   all->max_ns == even->max_ns,
	   "exactly");
	histogram_merge(empty, all);
	ok(has_same_slots(all, empty) && empty->min_ns == all->min_ns, "merging into nothing");
}

static void test_encoding(void)
{
	scoped(histogram_cleanup) struct histogram *example = make_example(),
						   *read = histogram_new();
	scoped(strbuf_release) struct strbuf bytes;
	struct err err = {0};

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	is_int(histogram_decode_add(read, PAYLOAD, sizeof(PAYLOAD), &err), 0,
	       "another library's payload");
	ok(has_same_slots(read, example), "has the counts that went in");

	histogram_encode(example, &bytes);
	is_int(bytes.length, PAYLOAD_BYTES, "ours is as long");
	ok(memcmp(bytes.data, PAYLOAD, 8) == 0 && memcmp(bytes.data + 12, PAYLOAD + 12, 20) == 0,
	   "cookie, length, digits and range are the same");
	/*
	 * A single empty slot may be written as the count 0 (Java, C, ours) or as a run of one
	 * (JavaScript).
	 */
	is_int(bytes.data[HEADER_BYTES], 0, "one empty slot is a zero");
	ok(memcmp(bytes.data + HEADER_BYTES + 1, PAYLOAD + HEADER_BYTES + 1,
		  PAYLOAD_BYTES - HEADER_BYTES - 1) == 0,
	   "all other counts are the same bytes");

	histogram_clear(read);
	is_int(histogram_decode_add_exact(read, bytes.data, bytes.length, example->sum_ns,
					  example->min_ns, example->max_ns, &err),
	       0, "read back with the exact figures");
	ok(has_same_slots(read, example) && read->sum_ns == example->sum_ns && read->min_ns == 1 &&
		   read->max_ns == example->max_ns,
	   "nothing is lost");
	is_int(histogram_decode_add(read, bytes.data, bytes.length, &err), 0, "read once more");
	is_int(read->count, 622, "adds");

	histogram_clear(read);
	strbuf_clear(&bytes);
	histogram_encode(read, &bytes);
	is_int(bytes.length, HEADER_BYTES, "an empty one is its header");
	is_int(histogram_decode_add_exact(read, bytes.data, bytes.length, 0, UINT64_MAX, 0, &err),
	       0, "and reads back");
	ok(read->count == 0 && read->min_ns == UINT64_MAX, "empty");
}

static void test_large_counts(void)
{
	scoped(histogram_cleanup) struct histogram *example = histogram_new(),
						   *read = histogram_new();
	scoped(strbuf_release) struct strbuf bytes;

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	for (int bits = 0; bits < 62; bits++)
		histogram_record_count(example, (uint64_t)bits * 3, 1ull << bits);
	histogram_encode(example, &bytes);
	is_int(histogram_decode_add(read, bytes.data, bytes.length, NULL), 0, "counts up to 2^61");
	ok(has_same_slots(read, example), "survive");
}

static void test_damage(void)
{
	static const struct {
		size_t offset;
		unsigned char value;
		const char *sentence;
	} changes[] = {
		{3, 0x12, "cookie"},
		{7, 0x15, "payload length 21"},
		{15, 0x02, "layout at offset 12"},
		{23, 0x02, "layout"},
		{61, 0x84, "cut off at offset 61"},
		{60, 0x7f, "more than 33792 slots"},
	};
	scoped(histogram_cleanup) struct histogram *into = make_example(),
						   *example = make_example();
	struct err err;
	int wrong = 0;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		unsigned char bytes[PAYLOAD_BYTES];

		memcpy(bytes, PAYLOAD, sizeof(bytes));
		bytes[changes[i].offset] = changes[i].value;
		err = (struct err){0};
		if (histogram_decode_add(into, bytes, sizeof(bytes), &err) != -EBADMSG ||
		    strstr(err_text(&err), changes[i].sentence) == NULL) {
			printf("# offset %zu: %s\n", changes[i].offset, err_text(&err));
			wrong++;
		}
	}
	is_int(wrong, 0, "every damaged payload is refused, and says where");
	for (size_t length = 0; length < PAYLOAD_BYTES; length++)
		wrong += histogram_decode_add(into, PAYLOAD, length, NULL) != -EBADMSG;
	is_int(wrong, 0, "so is every shorter one");
	ok(has_same_slots(into, example) && into->sum_ns == example->sum_ns,
	   "and nothing was added");
}

int main(void)
{
	test_layout();
	test_recording();
	test_merging();
	test_encoding();
	test_large_counts();
	test_damage();
	return tap_done();
}
