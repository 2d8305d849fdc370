/*
 * Tables of functions and PLT stubs from damaged files: every function is found at its own start.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/elf_symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image;
	struct elf_function function;
	struct elf_symbols *symbols;
	uint64_t address = 0;

	if (elf_image_parse(&image, data, size, NULL) < 0)
		return 0;
	symbols = elf_symbols_new(&image, &image);
	for (int i = 0; i < 256; i++) {
		if (elf_symbols_find(symbols, address, &function)) {
			if (address < function.svma || address - function.svma >= function.size)
				abort();
			if (strnlen(function.name, size) >= size)
				abort();
		}
		address += 16 + (address >> 3);
	}
	elf_symbols_free(symbols);
	return 0;
}
