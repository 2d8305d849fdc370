/* Input: a text, as Locust's statistics and as its history. */
#include "import/locust_read.h"

#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import import = {.name = "fuzz"};
	struct import_input input;

	arena_init(&import.arena);
	profile_data_init(&import.data);
	sink += locust_read_recognizes((const char *)data, size);
	fuzz_input_open(&input, data, size);
	locust_read(&import, &input, NULL, NULL);
	import_input_release(&input);
	fuzz_input_open(&input, data, size);
	locust_read_history(&import, &input);
	import_input_release(&input);
	sink += import.load.metrics.count + import.load.series.count + import.warnings.count;
	import_release(&import);
	return 0;
}
