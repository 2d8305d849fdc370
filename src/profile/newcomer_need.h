/*
 * How much of their stacks has to be copied of threads that are new.
 *
 * A thread inherits its samplers, and with them the size of their copies, from whoever created it;
 * an accept loop or a shell needs little itself, and what it creates may need much. Of a thread
 * that lives for a few samples nothing can be learned in time, neither its size nor what to join
 * its stacks to: its copies have to be whole from the first. So all such threads are one group
 * here, and who creates them gets at least what the group needs.
 */
#ifndef PROFILE_NEWCOMER_NEED_H
#define PROFILE_NEWCOMER_NEED_H

#include <stdbool.h>
#include <stdint.h>

struct newcomer_need {
	uint32_t bytes; /* of copies; 0 = nothing was sampled yet */
	/* samples with that many, and those that were cut; since then */
	uint32_t count, short_count;
	uint64_t deepest_bytes; /* of a whole stack, from sp to its root; ever */
};

/* The first sizes, of whichever thread's copies. */
void newcomer_need_begin(struct newcomer_need *need, uint32_t bytes);

/*
 * A new thread's sample with a copy of `bytes`, `deep_bytes` of which the stack took; 0 = the copy
 * was cut. What was copied with less than is needed says nothing.
 */
void newcomer_need_add(struct newcomer_need *need, uint32_t bytes, uint64_t deep_bytes);

/* Takes in what was seen; true when `need->bytes` is another one now. */
bool newcomer_need_advise(struct newcomer_need *need);

#endif
