/* What was found lies around the address and inside the text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "symbol/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct kallsyms *kallsyms;
	struct kernel_function function;

	if (size == 0 || kallsyms_parse(&kallsyms, text, size, NULL) < 0)
		return 0;
	for (int shift = 0; shift < 64; shift++) {
		uint64_t address = 0xffffffff81000010u >> shift;

		if (!kallsyms_find(kallsyms, address, &function))
			continue;
		if (address < function.start || address - function.start >= function.size)
			abort();
		if (function.name < text || function.name + function.name_length > text + size)
			abort();
		if (function.module != NULL &&
		    function.module + function.module_length >= text + size)
			abort();
	}
	kallsyms_free(kallsyms);
	return 0;
}
