/* Go's table from damaged bytes; the input is also its inline trees. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/go_pclntab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct go_pclntab table;
	struct go_place place;

	if (go_pclntab_parse(&table, data, size, 0x1000, NULL) < 0)
		return 0;
	go_pclntab_set_inline_trees(&table, data, size);
	for (uint64_t address = 0xff0; address < 0x1100; address += 4) {
		if (!go_pclntab_find(&table, address, &place))
			continue;
		if (place.frame_count == 0 || place.frame_count > GO_PCLNTAB_MAX_FRAMES)
			abort();
		if (address < place.function_svma ||
		    address - place.function_svma >= place.function_size)
			abort();
		for (uint32_t i = 0; i < place.frame_count; i++)
			if (strlen(place.frames[i].function) > size ||
			    strlen(place.frames[i].file) > size)
				abort();
	}
	return 0;
}
