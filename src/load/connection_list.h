/* Connections in a row, linked through themselves: free ones, or those with a request on them. */
#ifndef LOAD_CONNECTION_LIST_H
#define LOAD_CONNECTION_LIST_H

#include <stddef.h>

#include "load/connection.h"

struct connection_list {
	struct connection *first, *last;
};

static inline void connection_list_remove(struct connection_list *list,
					  struct connection *connection)
{
	*(connection->previous != NULL ? &connection->previous->next : &list->first) =
		connection->next;
	*(connection->next != NULL ? &connection->next->previous : &list->last) =
		connection->previous;
	connection->next = connection->previous = NULL;
}

static inline void connection_list_push_first(struct connection_list *list,
					      struct connection *connection)
{
	connection->previous = NULL;
	connection->next = list->first;
	*(list->first != NULL ? &list->first->previous : &list->last) = connection;
	list->first = connection;
}

#endif
