/* A Go program with damaged headers, relocations and tables. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/go_binary.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_file *file = NULL;
	struct go_pclntab table;
	struct go_place place;
	uint8_t *copy = alloc_array(size, 1);

	memcpy(copy, data, size);
	if (elf_file_open_take(&file, copy, size, "program", NULL) < 0)
		return 0;
	if (go_binary_read(&table, file, NULL) == 0)
		for (uint64_t address = 0xff0; address < 0x1100; address += 4)
			if (go_pclntab_find(&table, address, &place) && place.frame_count == 0)
				abort();
	elf_file_close(file);
	return 0;
}
