#include "load/sleepers.h"

#include <stdlib.h>

#include "util/alloc.h"

void sleepers_init(struct sleepers *sleepers, uint32_t capacity)
{
	*sleepers = (struct sleepers){.heap = alloc_array(capacity, sizeof(sleepers->heap[0]))};
}

void sleepers_release(struct sleepers *sleepers)
{
	free(sleepers->heap);
	*sleepers = (struct sleepers){0};
}

/* sleep_place is the place in the heap and one more, so that 0 says "awake". */
static void put(struct sleepers *sleepers, uint32_t place, struct connection *connection)
{
	sleepers->heap[place] = connection;
	connection->sleep_place = place + 1;
}

static void sift_up(struct sleepers *sleepers, uint32_t place, struct connection *connection)
{
	while (place > 0) {
		uint32_t parent = (place - 1) / 2;

		if (sleepers->heap[parent]->wake_ns <= connection->wake_ns)
			break;
		put(sleepers, place, sleepers->heap[parent]);
		place = parent;
	}
	put(sleepers, place, connection);
}

static void sift_down(struct sleepers *sleepers, uint32_t place, struct connection *connection)
{
	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= sleepers->count)
			break;
		if (child + 1 < sleepers->count &&
		    sleepers->heap[child + 1]->wake_ns < sleepers->heap[child]->wake_ns)
			child++;
		if (sleepers->heap[child]->wake_ns >= connection->wake_ns)
			break;
		put(sleepers, place, sleepers->heap[child]);
		place = child;
	}
	put(sleepers, place, connection);
}

void sleepers_add(struct sleepers *sleepers, struct connection *connection)
{
	sift_up(sleepers, sleepers->count++, connection);
}

void sleepers_remove(struct sleepers *sleepers, struct connection *connection)
{
	struct connection *last;
	uint32_t place = connection->sleep_place;

	if (place == 0)
		return;
	connection->sleep_place = 0;
	last = sleepers->heap[--sleepers->count];
	if (last == connection)
		return;
	place--;
	if (place > 0 && sleepers->heap[(place - 1) / 2]->wake_ns > last->wake_ns)
		sift_up(sleepers, place, last);
	else
		sift_down(sleepers, place, last);
}
