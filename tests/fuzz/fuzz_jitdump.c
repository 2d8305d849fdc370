/* jitdump from damaged bytes: what is found lies where it says, and its texts end. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/jitdump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct jitdump *dump, uint64_t address, uint64_t time_ns)
{
	struct jitdump_function function;
	const struct jitdump_line *line;

	if (!jitdump_find(dump, address, time_ns, &function))
		return;
	if (address < function.start || address - function.start >= function.size)
		abort();
	if (strlen(function.name) == SIZE_MAX)
		abort();
	if (function.code != NULL && function.code[function.size - 1] + function.code[0] < 0)
		abort();
	line = jitdump_find_line(&function, address);
	if (line != NULL &&
	    (strlen(line->file) == SIZE_MAX || line->offset > address - function.start))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jitdump *dump = NULL;

	if (jitdump_parse(&dump, data, size, NULL) < 0)
		return 0;
	for (uint64_t address = 0; address < 0x10000; address += 24) {
		check(dump, address, 0);
		check(dump, address, 150);
	}
	jitdump_free(dump);
	return 0;
}
