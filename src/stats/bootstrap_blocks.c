#include "stats/bootstrap_blocks.h"

#include <math.h>
#include <stdlib.h>

#include "stats/quantile.h"
#include "util/alloc.h"

static void add_block(struct bootstrap_blocks *blocks, const struct histogram *const *seconds,
		      uint32_t count)
{
	struct bootstrap_block block = {.answers = seconds[0]};

	if (count > 1) {
		block.merged = histogram_new();
		for (uint32_t i = 0; i < count; i++)
			histogram_merge(block.merged, seconds[i]);
		block.answers = block.merged;
	}
	if (block.answers->count == 0) {
		histogram_free(block.merged);
		return;
	}
	while (block.answers->count >> blocks->shift > UINT32_MAX)
		blocks->shift++;
	histogram_merge(blocks->all, block.answers);
	block.slot = block.answers->first_slot;
	blocks->items[blocks->count++] = block;
}

static bool has_answers(const struct bootstrap_run *run)
{
	for (uint32_t i = 0; i < run->second_count; i++)
		if (run->seconds[i]->count > 0)
			return true;
	return false;
}

void bootstrap_blocks_init(struct bootstrap_blocks *blocks, const struct bootstrap_side *side,
			   const struct bootstrap_side *partner, bool is_whole)
{
	uint32_t second_count = 0;

	for (uint32_t i = 0; i < side->run_count; i++)
		second_count += side->runs[i].second_count;
	*blocks = (struct bootstrap_blocks){.all = histogram_new()};
	blocks->items = alloc_array(second_count + 1, sizeof(*blocks->items));
	blocks->first = alloc_array(side->run_count + 1, sizeof(*blocks->first));
	for (uint32_t i = 0; i < side->run_count; i++) {
		const struct bootstrap_run *run = &side->runs[i];
		uint32_t length = is_whole		   ? run->second_count
				  : run->block_seconds > 0 ? run->block_seconds
							   : 1;

		if (!has_answers(run) || (partner != NULL && !has_answers(&partner->runs[i])))
			continue;
		for (uint32_t at = 0; at < run->second_count; at += length) {
			uint32_t left = run->second_count - at;

			add_block(blocks, run->seconds + at, left < length ? left : length);
			if (left <= length)
				break;
		}
		blocks->first[++blocks->run_count] = blocks->count;
	}
	blocks->weights =
		alloc_array(BOOTSTRAP_RESAMPLES * (size_t)blocks->count + 1, sizeof(uint32_t));
}

void bootstrap_blocks_release(struct bootstrap_blocks *blocks)
{
	for (uint32_t i = 0; i < blocks->count; i++)
		histogram_free(blocks->items[i].merged);
	free(blocks->items);
	free(blocks->first);
	free(blocks->weights);
	histogram_free(blocks->all);
}

void bootstrap_blocks_draw(struct bootstrap_blocks *blocks, uint32_t resample, uint32_t run,
			   struct rng *rng)
{
	uint32_t *weights = blocks->weights + (size_t)resample * blocks->count;
	uint32_t first = blocks->first[run], count = blocks->first[run + 1] - first;

	for (uint32_t i = 0; i < count; i++)
		weights[first + rng_next_below(rng, count)]++;
}

/* ---- a quantile of each resample ---- */

/* The rank that quantile_of_histogram() looks for. */
static uint64_t find_rank(uint64_t count, double q)
{
	uint64_t rank = q > 0 ? (uint64_t)ceil(nextafter(q, 0.0) * (double)count) : 1;

	return q >= 1 || rank > count ? count : rank > 0 ? rank : 1;
}

static void rewind_block(struct bootstrap_block *block)
{
	block->slot = block->answers->first_slot;
	block->below = 0;
}

/* To the slot of the block's own quantile; quantiles in ascending order walk once in all. */
static void seek_quantile(struct bootstrap_block *block, double q)
{
	uint64_t rank = find_rank(block->answers->count, q);

	if (block->below >= rank)
		rewind_block(block);
	while (block->below + block->answers->slots[block->slot] < rank)
		block->below += block->answers->slots[block->slot++];
}

static void seek_slot(struct bootstrap_block *block, uint32_t slot)
{
	if (block->slot > slot)
		rewind_block(block);
	for (; block->slot < slot && block->slot < block->answers->end_slot; block->slot++)
		block->below += block->answers->slots[block->slot];
}

/*
 * What any mixture of blocks can have as its quantile: no less than the least and no more than the
 * greatest of theirs. Of the slots between, how many answers of each block lie at or below.
 */
struct window {
	uint32_t first, count; /* slots */
	uint32_t *sums;	       /* by slot and block */
	double *log_ns;	       /* of a slot */
};

static void window_init(struct window *window, struct bootstrap_blocks *blocks, double q)
{
	uint32_t first = HISTOGRAM_SLOTS, last = 0;

	for (uint32_t i = 0; i < blocks->count; i++) {
		seek_quantile(&blocks->items[i], q);
		first = blocks->items[i].slot < first ? blocks->items[i].slot : first;
		last = blocks->items[i].slot > last ? blocks->items[i].slot : last;
	}
	*window = (struct window){.first = first, .count = last - first + 1};
	window->sums = alloc_array((size_t)window->count * blocks->count, sizeof(uint32_t));
	window->log_ns = alloc_array(window->count, sizeof(double));
	for (uint32_t i = 0; i < blocks->count; i++) {
		const struct histogram *answers = blocks->items[i].answers;
		uint64_t sum;

		seek_slot(&blocks->items[i], first);
		sum = blocks->items[i].below;
		for (uint32_t row = 0; row < window->count; row++) {
			sum += answers->slots[first + row];
			window->sums[(size_t)row * blocks->count + i] =
				(uint32_t)(sum >> blocks->shift);
		}
	}
	for (uint32_t row = 0; row < window->count; row++) {
		double ns = (double)histogram_slot_highest_ns(first + row);

		window->log_ns[row] = log(fmax(fmin(ns, (double)blocks->all->max_ns), 1));
	}
}

static void window_release(struct window *window)
{
	free(window->sums);
	free(window->log_ns);
}

static uint64_t add_up(const uint32_t *weights, const uint32_t *sums, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += (uint64_t)weights[i] * sums[i];
	return sum;
}

static uint64_t count_drawn(const struct bootstrap_blocks *blocks, const uint32_t *weights)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < blocks->count; i++)
		sum += weights[i] * (blocks->items[i].answers->count >> blocks->shift);
	return sum;
}

void bootstrap_blocks_find_replicates(struct bootstrap_blocks *blocks, double q, double *log_ns)
{
	struct window window;

	window_init(&window, blocks, q);
	for (uint32_t resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
		const uint32_t *weights = blocks->weights + (size_t)resample * blocks->count;
		uint64_t rank = find_rank(count_drawn(blocks, weights), q);
		uint32_t low = 0, high = window.count - 1;

		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (add_up(weights, window.sums + (size_t)middle * blocks->count,
				   blocks->count) >= rank)
				high = middle;
			else
				low = middle + 1;
		}
		log_ns[resample] = window.log_ns[low];
	}
	window_release(&window);
}

double bootstrap_blocks_find_log(const struct bootstrap_blocks *blocks, double q)
{
	return log(fmax((double)quantile_of_histogram(blocks->all, q), 1));
}
