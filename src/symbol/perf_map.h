/*
 * JIT code named by its runtime (node --perf-basic-prof, Java, .NET, Python) in /tmp/perf-PID.map:
 * lines of "START SIZE name", hexadecimal (Linux, tools/perf/Documentation/jit-interface.txt).
 * Later lines win, because memory is used again.
 */
#ifndef SYMBOL_PERF_MAP_H
#define SYMBOL_PERF_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/scoped.h"

struct perf_map;

struct jit_function {
	const char *name; /* not NUL-terminated: borrows from the text */
	uint32_t name_length;
	uint64_t start, size;
};

/*
 * `text` must outlive the map. Never fails: a runtime may be writing while it is read, so lines of
 * another form are skipped, and counted.
 */
struct perf_map *perf_map_new(const char *text, size_t length);
void perf_map_free(struct perf_map *map); /* NULL accepted */
SCOPED_POINTER(perf_map, perf_map_free)

size_t perf_map_get_count(const struct perf_map *map);
size_t perf_map_get_skipped_count(const struct perf_map *map);

bool perf_map_find(const struct perf_map *map, uint64_t lookup_addr,
		   struct jit_function *ret_function);

#endif
