/* Against an array indexed by pid, over a long random sequence of sets, removals and finds. */
#include "capture/pid_map.h"

#include "tap.h"

enum { PIDS = 500, STEPS = 200000 };

static uint64_t state = 20261121;

static uint32_t next_random(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

int main(void)
{
	static uint32_t values[PIDS]; /* 0 = not there */
	struct pid_map map;
	struct pid_map_slot slot;
	uint32_t value = 7, wrong = 0, count = 0, cursor = 0, seen = 0;

	pid_map_init(&map);
	ok(!pid_map_find(&map, 1, &value) && value == 7, "empty: nothing found, nothing written");
	pid_map_remove(&map, 1);
	pid_map_set(&map, 0, 1);
	is_int(map.count, 0, "pid 0 is nobody");
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t pid = 1 + next_random(PIDS - 1), got;
		bool is_found;

		switch (next_random(3)) {
		case 0:
			values[pid] = step + 1;
			pid_map_set(&map, pid, step + 1);
			break;
		case 1:
			values[pid] = 0;
			pid_map_remove(&map, pid);
			break;
		default:
			is_found = pid_map_find(&map, pid, &got);
			wrong += is_found != (values[pid] != 0) || (is_found && got != values[pid]);
		}
	}
	for (uint32_t pid = 1; pid < PIDS; pid++)
		count += values[pid] != 0;
	is_int(wrong, 0, "finds what was set and not removed");
	while (pid_map_next(&map, &cursor, &slot)) {
		wrong += values[slot.pid] != slot.value;
		seen++;
	}
	ok(wrong == 0 && seen == count, "goes through all of them once");
	is_int(map.count, count, "count");
	ok(map.capacity <= 1024, "removals give their room back");
	pid_map_release(&map);
	return tap_done();
}
