/*
 * Exceptions through frames with destructors, thrown often enough that a good part of the time is the unwinder's own:
 * its samples have the thrower below them.
 */
#include <stdexcept>

#include "truth.h"

static volatile uint64_t sink;

struct guard {
	explicit guard(uint64_t rounds) : rounds(rounds)
	{
	}
	~guard()
	{
		sink = sink + rounds;
	}
	uint64_t rounds;
};

NOINLINE void before_throw(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void thrower(uint64_t rounds)
{
	before_throw(rounds);
	throw std::runtime_error("thrown");
}

NOINLINE void pass_through(int depth, uint64_t rounds)
{
	guard held(rounds);

	if (depth > 1)
		pass_through(depth - 1, rounds);
	else
		thrower(rounds);
	STAY();
}

NOINLINE void in_catch(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void catcher(uint64_t rounds)
{
	try {
		pass_through(20, 10);
	} catch (const std::exception &) {
		in_catch(rounds);
	}
}

NOINLINE void throw_only(int count)
{
	for (int i = 0; i < count; i++) {
		try {
			pass_through(20, 10);
		} catch (const std::exception &) {
			sink = sink + 1;
		}
	}
}

NOINLINE void throw_late(uint64_t rounds)
{
	try {
		pass_through(20, rounds);
	} catch (const std::exception &) {
		sink = sink + 1;
	}
}

int main(int argc, char **argv)
{
	static struct truth truth;
	uint64_t end_ns = truth_end_ns(argc, argv, 1);

	truth.random = 20261121;
	while (truth_now_ns() < end_ns) {
		uint64_t rounds = truth_rounds(&truth);

		TRUTH(&truth, "catcher", catcher(rounds));
		TRUTH(&truth, "throw_late", throw_late(rounds));
		TRUTH(&truth, "throw_only", throw_only(20));
	}
	truth_print(&truth);
	return 0;
}
