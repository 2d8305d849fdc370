/*
 * From a pid or tid (above 0) to a 32-bit value, with removal: processes come and go in their
 * thousands, and the map must not remember them all (util/hashmap, which cannot forget, is for
 * tables that only grow).
 */
#ifndef CAPTURE_PID_MAP_H
#define CAPTURE_PID_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct pid_map_slot {
	uint32_t pid; /* 0 = free */
	uint32_t value;
};

struct pid_map {
	struct pid_map_slot *slots;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t count;
};

void pid_map_init(struct pid_map *map);
void pid_map_release(struct pid_map *map);

/* Adds or replaces. */
void pid_map_set(struct pid_map *map, uint32_t pid, uint32_t value);

/* False, and ret_value untouched, when the map does not have it. */
bool pid_map_find(const struct pid_map *map, uint32_t pid, uint32_t *ret_value);
void pid_map_remove(struct pid_map *map, uint32_t pid);

/*
 * One after the other, in no order; false after the last. `cursor` starts at 0; the map must not
 * change meanwhile.
 */
bool pid_map_next(const struct pid_map *map, uint32_t *cursor, struct pid_map_slot *ret_slot);

#endif
