/* Input: a text, as what wrk prints, and as what hey does. */
#include "import/wrk_read.h"

#include "fuzz_input.h"
#include "import/hey_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void read_as(int (*read)(struct import *import, struct import_input *input, struct err *err),
		    const uint8_t *data, size_t size)
{
	struct import import = {.name = "fuzz"};
	struct import_input input;

	arena_init(&import.arena);
	profile_data_init(&import.data);
	fuzz_input_open(&input, data, size);
	read(&import, &input, NULL);
	import_input_release(&input);
	sink += import.load.metrics.count + import.warnings.count;
	import_release(&import);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sink += wrk_read_recognizes((const char *)data, size);
	sink += hey_read_recognizes((const char *)data, size);
	read_as(wrk_read, data, size);
	read_as(hey_read, data, size);
	return 0;
}
