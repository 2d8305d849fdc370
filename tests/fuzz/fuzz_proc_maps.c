/* /proc/PID/maps: what the walk yields lies inside the text and makes sense, in either mode. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "procfs/proc_maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const char *text, size_t size, bool is_strict)
{
	struct proc_maps_iterator maps = {.text = text, .length = size, .is_strict = is_strict};
	struct proc_mapping mapping;
	uint32_t yielded = 0;

	while (proc_maps_next(&maps, &mapping) > 0) {
		yielded++;
		assert(mapping.start_avma < mapping.end_avma);
		assert(mapping.path >= text && mapping.path + mapping.path_length <= text + size);
		assert(maps.offset <= size);
	}
	assert(yielded + maps.damaged_count == maps.line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	walk((const char *)data, size, false);
	walk((const char *)data, size, true);
	return 0;
}
