/*
 * Netlink messages: whatever they hold, entries stay within the maximum, and the answer is one of
 * those that are promised.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/socket_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t max_count = 1; max_count <= 1000; max_count += 999) {
		struct socket_entries entries = {0};
		int r = socket_diag_decode(data, size, max_count, &entries);

		assert(r <= 1 && r >= -4095);
		assert(entries.count <= max_count);
		vec_release(&entries);
	}
	return 0;
}
