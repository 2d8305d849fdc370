#include "load/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "util/alloc.h"

void exchange_list_remove(struct exchange_list *list, struct exchange *exchange)
{
	*(exchange->previous != NULL ? &exchange->previous->next : &list->first) = exchange->next;
	*(exchange->next != NULL ? &exchange->next->previous : &list->last) = exchange->previous;
	exchange->next = exchange->previous = NULL;
}

/* Behind `place`; NULL = as the first. */
static void insert_behind(struct exchange_list *list, struct exchange *place,
			  struct exchange *exchange)
{
	exchange->previous = place;
	exchange->next = place != NULL ? place->next : list->first;
	*(place != NULL ? &place->next : &list->first) = exchange;
	*(exchange->next != NULL ? &exchange->next->previous : &list->last) = exchange;
}

void exchange_list_insert(struct exchange_list *list, struct exchange *exchange)
{
	struct exchange *place = list->last;

	while (place != NULL && place->deadline_ns > exchange->deadline_ns)
		place = place->previous;
	insert_behind(list, place, exchange);
}

void exchange_pool_init(struct exchange_pool *pool, uint32_t count)
{
	*pool = (struct exchange_pool){.exchanges = alloc_array(count, sizeof(struct exchange)),
				       .count = count};
	for (uint32_t i = 0; i < count; i++)
		exchange_pool_give(pool, &pool->exchanges[i]);
}

void exchange_pool_release(struct exchange_pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		expectation_release_state(&pool->exchanges[i].state);
	free(pool->exchanges);
	*pool = (struct exchange_pool){0};
}

struct exchange *exchange_pool_take(struct exchange_pool *pool)
{
	struct exchange *exchange = pool->free;
	struct expectation_state state;

	assert(exchange != NULL);
	pool->free = exchange->next;
	state = exchange->state;
	*exchange = (struct exchange){.state = state};
	return exchange;
}

void exchange_pool_give(struct exchange_pool *pool, struct exchange *exchange)
{
	exchange->next = pool->free;
	pool->free = exchange;
}
