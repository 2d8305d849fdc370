/*
 * joins SECONDS: stacks that a short copy would be joined to the wrong callers of. `leaf_a` and
 * `leaf_b` stand on 3 KB of `wide_frame`, which is called at the same depth from `path_a` and
 * `path_b`; from the first alone for half the time, so that joining looks safe, then from both in
 * turn. The leaf tells who the caller is.
 */
#include "truth.h"

static volatile uint64_t sink;

NOINLINE void leaf_a(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void leaf_b(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void wide_frame(void (*leaf)(uint64_t), uint64_t rounds)
{
	char room[3000];

	memset(room, 1, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
	leaf(rounds);
	__asm__ volatile("" : : "r"(room) : "memory");
}

NOINLINE void path_a(uint64_t rounds)
{
	wide_frame(leaf_a, rounds);
	STAY();
}

NOINLINE void path_b(uint64_t rounds)
{
	wide_frame(leaf_b, rounds);
	STAY();
}

int main(int argc, char **argv)
{
	struct truth truth = {.random = 20261121};
	uint64_t begin_ns = truth_now_ns(), end_ns = truth_end_ns(argc, argv, 1);
	uint64_t change_ns = begin_ns + (end_ns - begin_ns) / 2;

	while (truth_now_ns() < end_ns) {
		uint64_t rounds = truth_rounds(&truth);

		if (truth_now_ns() < change_ns || truth_draw(&truth) % 2 == 0)
			TRUTH(&truth, "path_a", path_a(rounds));
		else
			TRUTH(&truth, "path_b", path_b(rounds));
	}
	truth_print(&truth);
	return 0;
}
