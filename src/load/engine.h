/*
 * The load generator at an address that is no URL: how its own tests reach a server without a
 * network.
 */
#ifndef LOAD_ENGINE_H
#define LOAD_ENGINE_H

#include "load/address.h"
#include "load/load.h"

/*
 * As load_new(), but connects to `address` (of any stream socket family) and does not look at
 * config->target.
 */
int load_new_at(struct load **ret_load, const struct load_config *config,
		const struct address *address, struct err *err);

#endif
