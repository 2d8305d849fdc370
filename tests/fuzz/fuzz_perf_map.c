/* What was found lies around the address and inside the text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "symbol/perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct perf_map *map = perf_map_new(text, size);
	struct jit_function function;

	for (int shift = 0; shift < 64; shift++) {
		uint64_t address = 0x7f1234567890u >> shift;

		if (!perf_map_find(map, address, &function))
			continue;
		if (address < function.start || address - function.start >= function.size)
			abort();
		if (function.name < text || function.name + function.name_length > text + size)
			abort();
	}
	perf_map_free(map);
	return 0;
}
