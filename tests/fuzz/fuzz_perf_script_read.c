/* Input: a text, as `perf script` prints it. */
#include "import/perf_script_read.h"

#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import import = {.name = "fuzz"};
	struct import_input input;

	arena_init(&import.arena);
	profile_data_init(&import.data);
	sink += perf_script_read_recognizes((const char *)data, size);
	fuzz_input_open(&input, data, size);
	perf_script_read(&import, &input, NULL);
	sink += import.data.samples.count + import.warnings.count;
	import_input_release(&input);
	import_release(&import);
	return 0;
}
