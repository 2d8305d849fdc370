/*
 * Input: anything that `sonde import` may be given; all the way to a profile. The programs that a
 * perf.data names are looked for where nothing is.
 */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_options options = {.root = "/nonexistent"};
	static char path[64];
	static int fd = -1;
	struct import import;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) < 0 ||
	    (size > 0 && pwrite(fd, data, size, 0) != (ssize_t)size))
		abort();
	if (import_read(&import, path, &options, NULL) == 0)
		sink += import.data.samples.count + import.data.frames.count;
	import_release(&import);
	return 0;
}
