/*
 * Trees written by hand, with Poisson counts: what is found where it was planted, callers of what
 * cancels out, and how often anything is found where nothing changed.
 */
#include "view/tree_diff.h"

#include "fake_tree.h"
#include "function_profile.h"

enum { RUNS = 5, COUNTS = 2 * RUNS };

struct bench {
	struct fake_tree fake;
	struct arena arena;
	struct profile_replicate items[COUNTS];
	struct profile_replicates replicates;
	double rates[2][FAKE_TREE_NODES]; /* self, samples a run, by side */
	double counts[FAKE_TREE_NODES * COUNTS];
};

static void bench_init(struct bench *bench)
{
	*bench = (struct bench){0};
	arena_init(&bench->arena);
	fake_tree_init(&bench->fake);
	for (uint32_t i = 0; i < COUNTS; i++)
		bench->items[i].exposure = 1000;
	bench->replicates = (struct profile_replicates){.count = COUNTS, .event = "cpu-clock"};
	for (uint32_t side = 0; side < 2; side++)
		bench->replicates.sides[side] =
			(struct profile_side){.replicates = bench->items + side * RUNS,
					      .count = RUNS,
					      .run_count = RUNS,
					      .exposure = 1000 * RUNS};
}

static uint32_t add(struct bench *bench, uint32_t parent, const char *name, double base,
		    double head)
{
	uint32_t id = fake_tree_add(&bench->fake, parent, CALL_USER, name, "app", 0, 0);

	bench->rates[0][id] = base;
	bench->rates[1][id] = head;
	return id;
}

/* `cv`: each path's rate varies by that between runs. */
static struct tree_diff *measure(struct bench *bench, struct rng *rng, double cv)
{
	const struct call_tree *tree = &bench->fake.tree;

	memset(bench->counts, 0, sizeof(bench->counts));
	for (uint32_t id = 1; id < tree->count; id++)
		for (uint32_t r = 0; r < COUNTS; r++) {
			double mean =
				bench->rates[r / RUNS][id] * exp(cv * function_draw_normal(rng));
			double count = mean > 0 ? function_draw_poisson(rng, mean) : 0;

			for (uint32_t at = id; at != CALL_TREE_NONE; at = tree->nodes[at].parent)
				bench->counts[at * COUNTS + r] += count;
		}
	return tree_diff_test(&bench->arena, tree, &bench->replicates, bench->counts);
}

static void test_planted(void)
{
	struct bench bench;
	const struct tree_diff *diff;
	uint32_t main_, up, down, moved, same, gone, below, few, deep;
	struct rng rng;

	bench_init(&bench);
	rng_init(&rng, 7);
	main_ = add(&bench, 0, "main", 10, 10);
	moved = add(&bench, main_, "moved", 50, 50);
	up = add(&bench, moved, "up", 400, 600);
	down = add(&bench, moved, "down", 600, 400);
	same = add(&bench, main_, "same", 500, 500);
	deep = add(&bench, same, "deep", 300, 300);
	gone = add(&bench, main_, "gone", 20, 0);
	below = add(&bench, gone, "below", 100, 0);
	few = add(&bench, main_, "few", 1, 3);
	diff = measure(&bench, &rng, 0);
	ok(diff->changes[up].is_significant && diff->changes[up].theta > 0, "more");
	ok(diff->changes[down].is_significant && diff->changes[down].theta < 0, "less");
	ok(!diff->changes[moved].is_significant && !isnan(diff->changes[moved].p),
	   "their caller, in which they cancel out, is none");
	ok(!diff->changes[same].is_significant && !diff->changes[deep].is_significant, "the same");
	ok(diff->changes[same].visible > 0.01 && diff->changes[same].visible < 0.2,
	   "with what would have been seen");
	ok(diff->changes[gone].is_significant && diff->changes[gone].head <= 0 &&
		   diff->changes[below].is_significant && isinf(diff->changes[below].theta),
	   "gone, with its callees");
	ok(isnan(diff->changes[few].p) && !diff->changes[few].is_significant, "too few samples");
	is_near(diff->changes[0].base, diff->changes[main_].base, 1e-12, "rates: all of main");
	is_int(diff->significant_count, 6,
	       "up, down, gone, below, and main and all, which gone made less");
	arena_release(&bench.arena);
}

/* Below a branch where nothing changed, nothing is looked for: a lucky node there stays grey. */
static void test_descent(void)
{
	struct bench bench;
	const struct tree_diff *diff;
	uint32_t main_, lucky = 0;

	bench_init(&bench);
	main_ = add(&bench, 0, "main", 0, 0);
	for (uint32_t i = 0; i < 40; i++)
		add(&bench, main_, "steady", 0, 0);
	for (uint32_t id = 2; id < bench.fake.tree.count; id++)
		for (uint32_t r = 0; r < COUNTS; r++) {
			/* p = 0.01 or so: one such is expected among forty steady ones */
			double count = 400 + (id * 37 + r * 101) % 41 - 20;

			if (id == 2)
				count += r < RUNS ? 0 : 33;
			for (uint32_t at = id; at != CALL_TREE_NONE;
			     at = bench.fake.nodes[at].parent)
				bench.counts[at * COUNTS + r] += count;
		}
	diff = tree_diff_test(&bench.arena, &bench.fake.tree, &bench.replicates, bench.counts);
	lucky = 2;
	ok(diff->changes[lucky].p < 0.05, "by itself it would be a change");
	is_int(diff->significant_count, 0, "among as many others it is none");
	arena_release(&bench.arena);
}

static void test_same(void)
{
	uint32_t found = 0;
	struct rng rng;

	rng_init(&rng, 99);
	for (uint32_t round = 0; round < 200; round++) {
		struct bench bench;
		uint32_t parent = 0;

		bench_init(&bench);
		for (uint32_t i = 0; i < 120; i++) {
			double rate = 5000.0 / (i + 5);
			uint32_t id = add(&bench, parent, "f", rate, rate);

			if (i % 4 != 3) /* chains of four, from branches of earlier ones */
				parent = id;
			else
				parent = (uint32_t)rng_next_below(&rng, bench.fake.tree.count);
		}
		found += measure(&bench, &rng, 0.03)->significant_count > 0;
		arena_release(&bench.arena);
	}
	printf("# anything found in %u of 200 comparisons of the same\n", found);
	ok(found <= 16, "of the same program twice: in at most 8 % of trees is anything found");
}

static void test_within(void)
{
	struct bench bench;
	const struct tree_diff *diff;
	uint32_t hidden;

	bench_init(&bench);
	bench.replicates.is_within_run = true;
	hidden = fake_tree_add(&bench.fake, 0, CALL_HIDDEN, "[kernel, hidden]", "[kernel]", 0, 0);
	for (uint32_t r = 0; r < COUNTS; r++)
		bench.counts[r] = bench.counts[hidden * COUNTS + r] = r < RUNS ? 100 : 300;
	diff = tree_diff_test(&bench.arena, &bench.fake.tree, &bench.replicates, bench.counts);
	ok(diff->is_within_run && isnan(diff->changes[hidden].p),
	   "hidden time is known of the whole run: no test within it");
	arena_release(&bench.arena);
}

int main(void)
{
	test_planted();
	test_descent();
	test_same();
	test_within();
	return tap_done();
}
