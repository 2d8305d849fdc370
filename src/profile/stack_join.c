#include "profile/stack_join.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"

enum {
	WAYS = 4, /* places an entry may be in */
	STACK_BYTES_MOST = 65016,
	LEARNED_FIRST = 16, /* whole stacks before sizes are tried: a new cache knows nothing */
	TRIED_LEAST = 48,   /* before a size is believed */
	SAMPLES_LEAST = 50, /* before copies count as too short */
	SHORT_LEAST = 2,    /* so few may be anything */
	SHORT_MOST = 150,   /* and one in so many more */
	FULL_LEAST = 12,
	FULL_EVERY = 50, /* what a full copy costs each sample: 1/50 of its size */
};

/* A size is good when so many of its copies would have been joined, and so few wrongly. */
#define FOUND_LEAST 0.98 /* what is not found at once may be by what is learned later */
#define WRONG_MOST 0.005

static const uint32_t tried_bytes[STACK_JOIN_SIZES] = {
	512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768,
};

void stack_join_init(struct stack_join *join, uint32_t tid)
{
	*join = (struct stack_join){.tid = tid};
}

void stack_join_release(struct stack_join *join)
{
	free(join->entries);
	vec_release(&join->pending);
	*join = (struct stack_join){0};
}

void stack_join_clear(struct stack_join *join)
{
	uint32_t tid = join->tid;

	stack_join_release(join);
	stack_join_init(join, tid);
}

/* The first of the places that an entry may be in. */
static uint32_t get_bucket(const struct stack_join *join, uint64_t function, uint64_t cfa)
{
	return (uint32_t)hashmap_hash_u64(function ^ cfa << 17 ^ cfa >> 47) & (join->capacity - 1) &
	       ~(WAYS - 1u);
}

static struct stack_join_entry *find_entry(const struct stack_join *join, uint64_t function,
					   uint64_t cfa)
{
	uint32_t bucket = get_bucket(join, function, cfa);

	for (uint32_t i = 0; i < WAYS; i++) {
		struct stack_join_entry *entry = &join->entries[bucket + i];

		if (entry->function == function && entry->cfa == cfa)
			return entry;
	}
	return NULL;
}

bool stack_join_find(const struct stack_join *join, uint64_t function, uint64_t cfa,
		     uint32_t *ret_callers)
{
	const struct stack_join_entry *entry =
		join->entries != NULL && cfa != 0 ? find_entry(join, function, cfa) : NULL;

	if (entry == NULL)
		return false;
	*ret_callers = entry->callers;
	return true;
}

/* The first frame whose return address lies beyond the copy; count when there is none. */
static uint32_t find_cut(const struct whole_stack *stack, uint64_t bytes)
{
	uint32_t i = 0;

	while (i < stack->count && stack->frames[i].cfa <= stack->sp + bytes)
		i++;
	/* the root's own CFA is not read */
	return i + 1 >= stack->count ? stack->count : i;
}

bool stack_join_audit(const struct stack_join *join, const struct whole_stack *stack,
		      uint64_t bytes, bool *ret_is_right)
{
	uint32_t cut = find_cut(stack, bytes), callers;

	if (cut >= stack->count ||
	    !stack_join_find(join, stack->frames[cut].function, stack->frames[cut].cfa, &callers))
		return false;
	*ret_is_right = callers == stack->callers[cut];
	return true;
}

static void tally_sizes(struct stack_join *join, const struct whole_stack *stack)
{
	for (uint32_t i = 0; i < STACK_JOIN_SIZES; i++) {
		struct stack_join_tally *tally = &join->sizes[i];
		uint64_t bytes = tried_bytes[i];
		bool is_right = true;

		if (find_cut(stack, bytes) >= stack->count ||
		    stack_join_audit(join, stack, bytes, &is_right))
			tally->found++;
		tally->wrong += !is_right;
		tally->tried++;
	}
}

/* In front of its bucket; what stood last there goes. */
static void put(struct stack_join *join, struct stack_join_entry entry)
{
	struct stack_join_entry *bucket =
		&join->entries[get_bucket(join, entry.function, entry.cfa)];

	join->evicted_count += bucket[WAYS - 1].cfa != 0;
	memmove(bucket + 1, bucket, (WAYS - 1) * sizeof(*bucket));
	bucket[0] = entry;
}

static void grow(struct stack_join *join, uint32_t capacity)
{
	struct stack_join_entry *old = join->entries;
	uint32_t old_capacity = join->capacity;

	join->entries = alloc_array(capacity, sizeof(*join->entries));
	join->capacity = capacity;
	join->evicted_count = 0;
	for (uint32_t i = old_capacity; i > 0; i--)
		if (old[i - 1].cfa != 0)
			put(join, old[i - 1]);
	join->evicted_count = 0;
	free(old);
}

static void remember(struct stack_join *join, const struct unwind_frame *frame, uint32_t callers)
{
	struct stack_join_entry *entry = find_entry(join, frame->function, frame->cfa);

	if (entry != NULL) {
		entry->callers = callers;
		return;
	}
	if (join->evicted_count > join->capacity / 16 && join->capacity < STACK_JOIN_ENTRIES_MOST)
		grow(join, join->capacity * 2);
	put(join, (struct stack_join_entry){frame->function, frame->cfa, callers});
}

void stack_join_learn(struct stack_join *join, const struct whole_stack *stack,
		      bool is_representative)
{
	if (join->entries == NULL)
		grow(join, STACK_JOIN_ENTRIES);
	if (is_representative && join->learned_count >= LEARNED_FIRST)
		tally_sizes(join, stack);
	join->learned_count++;
	for (uint32_t i = 0; i + 1 < stack->count; i++)
		if (stack->frames[i].cfa != 0)
			remember(join, &stack->frames[i], stack->callers[i]);
	if (stack->count > 1) {
		uint64_t top = stack->frames[stack->count - 2].cfa;

		if (top > stack->sp && top - stack->sp > join->deepest_bytes)
			join->deepest_bytes = top - stack->sp;
	}
}

void stack_join_extend(struct stack_join *join, const struct whole_stack *stack)
{
	for (uint32_t i = 0; i + 1 < stack->count; i++) {
		const struct unwind_frame *frame = &stack->frames[i];

		if (frame->cfa != 0 && find_entry(join, frame->function, frame->cfa) == NULL)
			remember(join, frame, stack->callers[i]);
	}
}

uint32_t stack_join_round_size(uint64_t bytes)
{
	return bytes >= STACK_BYTES_MOST ? STACK_BYTES_MOST : (uint32_t)(bytes + 255) & ~255u;
}

static bool is_good(const struct stack_join_tally *tally)
{
	return tally->tried >= TRIED_LEAST &&
	       (double)tally->found >= FOUND_LEAST * (double)tally->tried &&
	       (double)tally->wrong <= WRONG_MOST * (double)tally->tried;
}

/* More than a few in a hundred full copies are not whole, and could be longer. */
static bool must_grow(const struct stack_join *join)
{
	return join->full_count >= FULL_LEAST && join->full_short_count * 50 > join->full_count &&
	       join->full_bytes < STACK_BYTES_MOST;
}

/* The shortest copies that would do, beside full ones of `full` bytes. */
static uint32_t choose_short(const struct stack_join *join, uint32_t full)
{
	for (uint32_t i = 0; i < STACK_JOIN_SIZES; i++) {
		uint32_t bytes = tried_bytes[i];

		if (bytes >= join->short_bytes_least && bytes + full / FULL_EVERY < full &&
		    is_good(&join->sizes[i]))
			return bytes;
	}
	return full;
}

bool stack_join_advise(const struct stack_join *join, uint32_t *ret_short_bytes,
		       uint32_t *ret_full_bytes)
{
	uint32_t full = join->full_bytes;

	*ret_short_bytes = join->short_bytes;
	*ret_full_bytes = full;
	if (must_grow(join)) {
		*ret_short_bytes = *ret_full_bytes = stack_join_round_size((uint64_t)full * 2);
		return true;
	}
	if (join->sample_count >= SAMPLES_LEAST &&
	    join->short_count > SHORT_LEAST + join->sample_count / SHORT_MOST &&
	    join->short_bytes < full) {
		*ret_short_bytes = stack_join_round_size((uint64_t)join->short_bytes * 2);
		if (*ret_short_bytes > full)
			*ret_short_bytes = full;
		return true;
	}
	if (join->deepest_bytes == 0 || join->sizes[0].tried < TRIED_LEAST)
		return false;
	if (join->full_short_count == 0)
		full = stack_join_round_size(join->deepest_bytes + join->deepest_bytes / 8 + 512);
	*ret_short_bytes = choose_short(join, full);
	*ret_full_bytes = full;
	return true;
}

void stack_join_restart(struct stack_join *join, uint32_t full_bytes)
{
	/* What was whole in copies that were too short was shallow: it says nothing of the rest. */
	uint32_t divisor = must_grow(join) ? UINT32_MAX : 2;

	if (join->sample_count >= SAMPLES_LEAST &&
	    join->short_count > SHORT_LEAST + join->sample_count / SHORT_MOST &&
	    join->short_bytes < join->full_bytes)
		join->short_bytes_least = join->short_bytes + 1;
	join->sample_count = join->short_count = 0;
	join->full_count = join->full_short_count = 0;
	join->asked_bytes = full_bytes;
	for (uint32_t i = 0; i < STACK_JOIN_SIZES; i++) {
		join->sizes[i].tried /= divisor;
		join->sizes[i].found /= divisor;
		join->sizes[i].wrong /= divisor;
	}
}
