#include "symbol/perf_map.h"

#include <stdlib.h>
#include <string.h>

#include "symbol/hex.h"
#include "symbol/range_index.h"
#include "util/alloc.h"
#include "util/vec.h"

struct perf_map {
	VEC(struct jit_function) functions; /* in the order of the text */
	struct range_index index;	    /* values are numbers in `functions` */
	size_t skipped_count;
};

static bool parse_line(const char *line, const char *end, struct jit_function *ret_function)
{
	const char *at = line;

	if (!hex_parse(&at, end, &ret_function->start) || at == end || *at != ' ')
		return false;
	at++;
	if (!hex_parse(&at, end, &ret_function->size) || at == end || *at != ' ')
		return false;
	at++;
	while (end > at && (end[-1] == '\r' || end[-1] == ' '))
		end--;
	if (at == end || (uint64_t)(end - at) > UINT32_MAX || ret_function->size == 0)
		return false;
	ret_function->name = at;
	ret_function->name_length = (uint32_t)(end - at);
	return true;
}

struct perf_map *perf_map_new(const char *text, size_t length)
{
	struct perf_map *map = alloc_new(struct perf_map);
	const char *end = text + length;

	range_index_init(&map->index);
	for (const char *line = text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline != NULL ? newline : end;
		struct jit_function function;

		next = newline != NULL ? newline + 1 : end;
		if (line == line_end)
			continue;
		if (!parse_line(line, line_end, &function)) {
			map->skipped_count++;
			continue;
		}
		range_index_add(&map->index, function.start, function.size,
				(uint32_t)map->functions.count);
		vec_push(&map->functions, function);
	}
	range_index_build(&map->index);
	return map;
}

void perf_map_free(struct perf_map *map)
{
	if (map == NULL)
		return;
	vec_release(&map->functions);
	range_index_release(&map->index);
	free(map);
}

size_t perf_map_get_count(const struct perf_map *map)
{
	return map->functions.count;
}

size_t perf_map_get_skipped_count(const struct perf_map *map)
{
	return map->skipped_count;
}

bool perf_map_find(const struct perf_map *map, uint64_t lookup_addr,
		   struct jit_function *ret_function)
{
	const struct address_range *newest = range_index_find(&map->index, lookup_addr);
	const struct address_range *range = newest;

	if (newest == NULL)
		return false;
	while ((range = range_index_find_outer(&map->index, range, lookup_addr)) != NULL)
		if (range->value > newest->value)
			newest = range;
	*ret_function = map->functions.items[newest->value];
	return true;
}
