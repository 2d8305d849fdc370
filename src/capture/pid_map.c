#include "capture/pid_map.h"

#include <stdlib.h>

#include "util/alloc.h"
#include "util/hashmap.h"

void pid_map_init(struct pid_map *map)
{
	*map = (struct pid_map){0};
}

void pid_map_release(struct pid_map *map)
{
	free(map->slots);
	pid_map_init(map);
}

static uint32_t get_home(const struct pid_map *map, uint32_t pid)
{
	return (uint32_t)hashmap_hash_u64(pid) & (map->capacity - 1);
}

/* The slot that has the pid, or the free one where it belongs. */
static uint32_t find_slot(const struct pid_map *map, uint32_t pid)
{
	uint32_t slot = get_home(map, pid);

	while (map->slots[slot].pid != 0 && map->slots[slot].pid != pid)
		slot = (slot + 1) & (map->capacity - 1);
	return slot;
}

static void grow(struct pid_map *map)
{
	struct pid_map old = *map;

	map->capacity = old.capacity > 0 ? old.capacity * 2 : 64;
	map->slots = alloc_array(map->capacity, sizeof(*map->slots));
	for (uint32_t i = 0; i < old.capacity; i++)
		if (old.slots[i].pid != 0)
			map->slots[find_slot(map, old.slots[i].pid)] = old.slots[i];
	free(old.slots);
}

void pid_map_set(struct pid_map *map, uint32_t pid, uint32_t value)
{
	uint32_t slot;

	if (pid == 0)
		return;
	if (map->count >= map->capacity / 4 * 3)
		grow(map);
	slot = find_slot(map, pid);
	map->count += map->slots[slot].pid == 0;
	map->slots[slot] = (struct pid_map_slot){.pid = pid, .value = value};
}

bool pid_map_find(const struct pid_map *map, uint32_t pid, uint32_t *ret_value)
{
	uint32_t slot;

	if (map->capacity == 0 || pid == 0)
		return false;
	slot = find_slot(map, pid);
	if (map->slots[slot].pid == 0)
		return false;
	*ret_value = map->slots[slot].value;
	return true;
}

/* Closes the gap, so that searches need no tombstones (Knuth, TAOCP 3, 6.4, algorithm R). */
void pid_map_remove(struct pid_map *map, uint32_t pid)
{
	uint32_t gap, at, mask = map->capacity - 1;

	if (map->capacity == 0 || pid == 0)
		return;
	gap = find_slot(map, pid);
	if (map->slots[gap].pid == 0)
		return;
	map->count--;
	for (at = (gap + 1) & mask; map->slots[at].pid != 0; at = (at + 1) & mask) {
		uint32_t home = get_home(map, map->slots[at].pid);

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		map->slots[gap] = map->slots[at];
		gap = at;
	}
	map->slots[gap] = (struct pid_map_slot){0};
}

bool pid_map_next(const struct pid_map *map, uint32_t *cursor, struct pid_map_slot *ret_slot)
{
	while (*cursor < map->capacity) {
		const struct pid_map_slot *slot = &map->slots[(*cursor)++];

		if (slot->pid == 0)
			continue;
		*ret_slot = *slot;
		return true;
	}
	return false;
}
