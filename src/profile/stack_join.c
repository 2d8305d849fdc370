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
	TRIED_MOST = 4000,  /* weighed; then what was counted is halved */
	SPARSE_WEIGHT = 10, /* of a full copy among short ones */
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

void stack_join_note_copy(struct stack_join *join, uint32_t bytes, bool is_full)
{
	join->sample_count++;
	join->has_short |= !is_full;
	if (is_full)
		join->full_bytes = bytes;
	if (!is_full || !join->has_short)
		join->short_bytes = bytes;
	if (join->full_bytes < join->short_bytes)
		join->full_bytes = join->short_bytes;
}

bool stack_join_is_all_full(const struct stack_join *join)
{
	return join->short_bytes >= join->full_bytes;
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

/*
 * What a copy of `bytes` of this stack would have become. While all copies are full, every one
 * teaches, so that the next is nearly always joined rightly; what a join would be worth among short
 * ones is told by what the few copies taught that are full even then.
 */
static void tally_size(const struct stack_join *join, const struct whole_stack *stack,
		       uint64_t bytes, struct stack_join_tally *tally)
{
	bool is_dense = stack_join_is_all_full(join);
	uint32_t weight = is_dense ? 1 : SPARSE_WEIGHT, cut = find_cut(stack, bytes), known;
	const struct stack_join_entry *entry = NULL;

	if (tally->tried >= TRIED_MOST)
		*tally = (struct stack_join_tally){tally->tried / 2, tally->found / 2,
						   tally->wrong / 2};
	tally->tried += weight;
	if (cut < stack->count && stack->frames[cut].cfa != 0)
		entry = find_entry(join, stack->frames[cut].function, stack->frames[cut].cfa);
	if (cut >= stack->count || entry != NULL)
		tally->found += weight;
	if (entry == NULL)
		return;
	known = is_dense ? entry->taught : entry->callers;
	if (known != stack->callers[cut])
		tally->wrong += weight;
}

/* Which of the tallies is that of so many bytes: the last one if they are none of those tried. */
static uint32_t find_size(uint32_t bytes)
{
	uint32_t i = 0;

	while (i < STACK_JOIN_SIZES && tried_bytes[i] != bytes)
		i++;
	return i;
}

static void tally_sizes(struct stack_join *join, const struct whole_stack *stack)
{
	struct stack_join_tally *other = &join->sizes[STACK_JOIN_SIZES];

	join->tried_count++;
	for (uint32_t i = 0; i < STACK_JOIN_SIZES; i++)
		tally_size(join, stack, tried_bytes[i], &join->sizes[i]);
	if (stack_join_is_all_full(join) || find_size(join->short_bytes) < STACK_JOIN_SIZES)
		return;
	if (join->other_bytes != join->short_bytes)
		*other = (struct stack_join_tally){0};
	join->other_bytes = join->short_bytes;
	tally_size(join, stack, join->short_bytes, other);
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

static void remember(struct stack_join *join, const struct unwind_frame *frame, uint32_t callers,
		     bool is_taught)
{
	struct stack_join_entry *entry = find_entry(join, frame->function, frame->cfa);

	if (entry != NULL) {
		entry->callers = callers;
		if (is_taught)
			entry->taught = callers;
		return;
	}
	if (join->evicted_count > join->capacity / 16 && join->capacity < STACK_JOIN_ENTRIES_MOST)
		grow(join, join->capacity * 2);
	put(join, (struct stack_join_entry){frame->function, frame->cfa, callers, callers});
}

void stack_join_learn(struct stack_join *join, const struct whole_stack *stack, bool is_full)
{
	bool is_dense = stack_join_is_all_full(join);

	if (join->entries == NULL)
		grow(join, STACK_JOIN_ENTRIES);
	if ((is_full || is_dense) && join->learned_count >= LEARNED_FIRST)
		tally_sizes(join, stack);
	join->learned_count++;
	for (uint32_t i = 0; i + 1 < stack->count; i++)
		if (stack->frames[i].cfa != 0)
			remember(join, &stack->frames[i], stack->callers[i], is_full || !is_dense);
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
			remember(join, frame, stack->callers[i], true);
	}
}

uint32_t stack_join_round_size(uint64_t bytes)
{
	return bytes >= STACK_BYTES_MOST ? STACK_BYTES_MOST : (uint32_t)(bytes + 255) & ~255u;
}

static bool is_too_wrong(const struct stack_join_tally *tally)
{
	return (double)tally->wrong > WRONG_MOST * (double)tally->tried;
}

static bool is_good(const struct stack_join_tally *tally)
{
	return (double)tally->found >= FOUND_LEAST * (double)tally->tried && !is_too_wrong(tally);
}

bool stack_join_is_wrong(const struct stack_join *join)
{
	uint32_t size = find_size(join->short_bytes);

	return !stack_join_is_all_full(join) && is_too_wrong(&join->sizes[size]) &&
	       (size < STACK_JOIN_SIZES || join->other_bytes == join->short_bytes);
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
	uint32_t least = join->short_bytes_least;

	if (!join->has_short || join->tried_count < TRIED_LEAST)
		return full;
	if (stack_join_is_wrong(join) && least <= join->short_bytes)
		least = join->short_bytes + 1;
	for (uint32_t i = 0; i < STACK_JOIN_SIZES; i++) {
		uint32_t bytes = tried_bytes[i];

		if (bytes >= least && bytes + full / FULL_EVERY < full && is_good(&join->sizes[i]))
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
	if ((join->deepest_bytes == 0 || join->tried_count < TRIED_LEAST) &&
	    !stack_join_is_wrong(join))
		return false;
	if (join->full_short_count == 0)
		full = stack_join_round_size(join->deepest_bytes + join->deepest_bytes / 8 + 512);
	*ret_short_bytes = choose_short(join, full);
	*ret_full_bytes = full;
	return true;
}

void stack_join_restart(struct stack_join *join, uint32_t full_bytes)
{
	if (must_grow(join)) {
		/* What was whole in copies that were too short was shallow: nothing of the rest. */
		memset(join->sizes, 0, sizeof(join->sizes));
		join->other_bytes = join->tried_count = 0;
	}
	if (join->sample_count >= SAMPLES_LEAST &&
	    join->short_count > SHORT_LEAST + join->sample_count / SHORT_MOST &&
	    join->short_bytes < join->full_bytes)
		join->short_bytes_least = join->short_bytes + 1;
	join->sample_count = join->short_count = 0;
	join->full_count = join->full_short_count = 0;
	join->asked_bytes = full_bytes;
}
