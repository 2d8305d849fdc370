/*
 * What several threads may need and one of them makes: a byte that says how far it is. Whoever
 * finds it new makes it, the others wait for that one. Nobody who is making a thing waits for
 * another that could be waiting for him: abbreviations and line tables need nothing, a unit needs
 * its abbreviations, a skeleton the unit in its .dwo.
 */
#ifndef SYMBOL_DWARF_ONCE_H
#define SYMBOL_DWARF_ONCE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum dwarf_once { DWARF_ONCE_NEW, DWARF_ONCE_BUSY, DWARF_ONCE_DONE, DWARF_ONCE_FAILED };

/* True: it is new, and the caller makes it and ends with dwarf_once_end(). */
static inline bool dwarf_once_take(_Atomic uint8_t *state)
{
	uint8_t expected = DWARF_ONCE_NEW;

	return atomic_load_explicit(state, memory_order_acquire) == DWARF_ONCE_NEW &&
	       atomic_compare_exchange_strong(state, &expected, DWARF_ONCE_BUSY);
}

static inline void dwarf_once_end(_Atomic uint8_t *state, bool is_good)
{
	atomic_store_explicit(state, is_good ? DWARF_ONCE_DONE : DWARF_ONCE_FAILED,
			      memory_order_release);
}

/* Waits for whoever makes it; whether it was made. */
static inline bool dwarf_once_wait(_Atomic uint8_t *state)
{
	uint8_t now;

	while ((now = atomic_load_explicit(state, memory_order_acquire)) == DWARF_ONCE_BUSY)
		sched_yield();
	return now == DWARF_ONCE_DONE;
}

#endif
