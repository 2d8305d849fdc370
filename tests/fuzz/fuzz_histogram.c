/*
 * Decoding never harms the histogram it adds to, and what was decoded encodes to what decodes the
 * same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/histogram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct histogram *first = histogram_new(), *second = histogram_new();
	struct strbuf bytes;
	uint64_t total = 0;
	int r = histogram_decode_add(first, data, size, NULL);

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	if (r < 0 && (first->count != 0 || first->end_slot != 0))
		abort();
	for (uint32_t slot = 0; slot < HISTOGRAM_SLOTS; slot++)
		total += first->slots[slot];
	if (total != first->count)
		abort();
	histogram_encode(first, &bytes);
	if (histogram_decode_add(second, bytes.data, bytes.length, NULL) < 0)
		abort();
	if (memcmp(first->slots, second->slots, sizeof(first->slots)) != 0)
		abort();
	strbuf_release(&bytes);
	histogram_free(first);
	histogram_free(second);
	return 0;
}
