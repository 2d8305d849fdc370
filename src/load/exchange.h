/*
 * A request on its way and what is known of its answer so far. A pool of as many as can be in
 * flight is made at the start; one struct passes from being sent to being answered, or to being
 * sent again when a server says in order that it did not look at it.
 */
#ifndef LOAD_EXCHANGE_H
#define LOAD_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/expectation.h"

struct connection;
struct message;

struct exchange {
	/* by deadline; among those to be sent again; in the pool */
	struct exchange *next, *previous;
	struct exchange *behind; /* the next one on the same connection */
	struct connection *connection;
	const struct message *message;
	uint32_t row;	/* of the message's feed */
	int32_t stream; /* HTTP/2 */
	uint64_t intended_ns, sent_ns, deadline_ns;
	uint64_t first_byte_ns; /* 0 = none came */
	uint64_t bytes_in, bytes_out;
	uint16_t status;
	bool is_head;	  /* the request was HEAD */
	bool is_scripted; /* its bytes are gone: cannot be sent again */
	struct expectation_state state;
};

/* In a row, linked through themselves. */
struct exchange_list {
	struct exchange *first, *last;
};

void exchange_list_remove(struct exchange_list *list, struct exchange *exchange);
/* At its place by deadline_ns; looks from the end. */
void exchange_list_insert(struct exchange_list *list, struct exchange *exchange);

struct exchange_pool {
	struct exchange *exchanges;
	struct exchange *free;
	uint32_t count;
};

void exchange_pool_init(struct exchange_pool *pool, uint32_t count);
void exchange_pool_release(struct exchange_pool *pool);
/* Never empty as long as no more are in flight than there are. Zeroed, but for state's memory. */
struct exchange *exchange_pool_take(struct exchange_pool *pool);
void exchange_pool_give(struct exchange_pool *pool, struct exchange *exchange);

#endif
