/*
 * What is known of one thread's stacks: how much of them has to be copied, and the upper part of
 * stacks that were seen whole, for copies that were too short.
 *
 * A frame is identified by its function (the start of its FDE) and its CFA: while an activation of
 * a function lives, its callers do not change. So a stack that is known down to a frame whose
 * return address was not copied goes on as the last whole stack of this thread with that frame did.
 * It can be wrong: the function may have returned and been called again from elsewhere at the same
 * depth. That is why full copies audit it: each is joined as if it were short, and compared.
 *
 * Sizes: full copies have to be whole, or what is learned of them is of shallow stacks only; they
 * grow until they are. Then for each of a few lengths it is counted how often a copy of that length
 * would have been joined, and rightly. The advice is the shortest that nearly always is.
 *
 * A program goes on to something else, and what was right is wrong from then on. So what was
 * counted is forgotten, by halves; a full copy among short ones, which stands for 50 samples,
 * weighs more than one of many in a row, which tell much the same; and while all copies are full,
 * joins are judged by what every 50th of them taught, because later on no more will be known.
 */
#ifndef PROFILE_STACK_JOIN_H
#define PROFILE_STACK_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/unwinder.h"
#include "util/vec.h"

enum {
	STACK_JOIN_SIZES = 13,		 /* lengths that are tried, 512 bytes to 32 KiB */
	STACK_JOIN_ENTRIES = 1024,	 /* a thread's cache at first; a power of two */
	STACK_JOIN_ENTRIES_MOST = 16384, /* at most, of one whose stacks are many or deep */
	STACK_JOIN_PENDING_MAX = 4096,	 /* stacks that wait to be joined, a thread */
};

struct stack_join_entry {
	uint64_t function, cfa;
	uint32_t callers; /* stack id of the frame's caller */
	uint32_t taught;  /* the same as the copies say that are full whatever the others are */
};

/* Of copies of one length. */
struct stack_join_tally {
	uint32_t tried, found, wrong; /* weighed */
};

/* A sample whose stack ends at a frame whose caller was not copied. */
struct stack_join_pending {
	uint64_t function, cfa;
	uint32_t sample; /* index into profile_data.samples */
};

struct stack_join {
	uint32_t tid;
	struct stack_join_entry *entries; /* NULL until something is learned */
	uint32_t capacity;		  /* of entries; a power of two */
	uint32_t evicted_count;		  /* entries that made room for others, at this capacity */
	uint32_t learned_count;		  /* whole stacks, ever */
	/* the last one: the length of the short copies, where it is none of the others */
	struct stack_join_tally sizes[STACK_JOIN_SIZES + 1];
	uint32_t other_bytes; /* which that is */
	uint32_t tried_count; /* full copies that were counted in them */
	VEC(struct stack_join_pending) pending;
	/* since the sizes were last set: */
	uint32_t sample_count, short_count;    /* short: stacks that could not be made whole */
	uint32_t full_count, full_short_count; /* full copies; those that were not whole */
	uint32_t short_bytes_least;	       /* shorter ones have failed before; ever */
	uint64_t hole_avma;		       /* that was filled last: a page of the stack */
	uint64_t deepest_bytes;		       /* of a whole stack, from sp to its root; ever */
	uint32_t short_bytes, full_bytes;      /* of the copies that came last */
	uint32_t asked_bytes;		       /* full copies that were asked for: others are old */
	bool has_short;			       /* else all copies are full, and stay so */
};

void stack_join_init(struct stack_join *join, uint32_t tid);
void stack_join_release(struct stack_join *join);

/* The program is another one: nothing that is known holds. */
void stack_join_clear(struct stack_join *join);

/* A copy of `bytes` has come, one of the few full ones or one of the many that may be shorter. */
void stack_join_note_copy(struct stack_join *join, uint32_t bytes, bool is_full);

/* While a thread's need is being learned all copies are full. */
bool stack_join_is_all_full(const struct stack_join *join);

/* The stack above the frame; false when no whole stack had it. */
bool stack_join_find(const struct stack_join *join, uint64_t function, uint64_t cfa,
		     uint32_t *ret_callers);

/* A whole stack, leaf first: `callers[i]` is the stack id of frame i's caller. */
struct whole_stack {
	const struct unwind_frame *frames;
	const uint32_t *callers;
	uint32_t count;
	uint64_t sp; /* where the copy begins */
};

/*
 * What a copy of `bytes` of this stack would have become: false when it would have been whole or
 * nothing to join it was known; else whether the join would have been right.
 */
bool stack_join_audit(const struct stack_join *join, const struct whole_stack *stack,
		      uint64_t bytes, bool *ret_is_right);

/*
 * Remembers the stack. `is_full`: it is one of those copies of which there are few, however long
 * the others are. Where it does not come from a short copy, which would not have been whole if the
 * stack were deep, what copies of each size would have become is counted too.
 */
void stack_join_learn(struct stack_join *join, const struct whole_stack *stack, bool is_full);

/* The copies that are short are joined wrongly more often than is allowed: longer ones, at once. */
bool stack_join_is_wrong(const struct stack_join *join);

/*
 * Of a stack that was joined itself: its frames are remembered where nothing else is known of them,
 * so that deeper stacks can be joined to it in turn.
 */
void stack_join_extend(struct stack_join *join, const struct whole_stack *stack);

/* What can be copied: `bytes` or a little more, at most what the kernel's records hold. */
uint32_t stack_join_round_size(uint64_t bytes);

/*
 * The sizes to be copied from now on. False while too little is known: then they are what they are,
 * or larger if the copies are too short.
 */
bool stack_join_advise(const struct stack_join *join, uint32_t *ret_short_bytes,
		       uint32_t *ret_full_bytes);

/* New sizes are asked for, full copies of `full_bytes`. */
void stack_join_restart(struct stack_join *join, uint32_t full_bytes);

#endif
