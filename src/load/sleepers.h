/*
 * Connections that wait for a time (think time, a script's delay): a binary heap by wake_ns with
 * the places kept in the connections, so that one can be taken out from the middle.
 */
#ifndef LOAD_SLEEPERS_H
#define LOAD_SLEEPERS_H

#include <stdbool.h>
#include <stdint.h>

#include "load/connection.h"

struct sleepers {
	struct connection **heap;
	uint32_t count;
};

void sleepers_init(struct sleepers *sleepers, uint32_t capacity);
void sleepers_release(struct sleepers *sleepers);

/* connection->wake_ns says until when; it must not sleep already. */
void sleepers_add(struct sleepers *sleepers, struct connection *connection);
/* Nothing when it does not sleep. */
void sleepers_remove(struct sleepers *sleepers, struct connection *connection);

static inline bool sleepers_has(const struct connection *connection)
{
	return connection->sleep_place != 0;
}

/* The one to wake first; NULL when nobody sleeps. */
static inline struct connection *sleepers_get_first(const struct sleepers *sleepers)
{
	return sleepers->count > 0 ? sleepers->heap[0] : NULL;
}

#endif
