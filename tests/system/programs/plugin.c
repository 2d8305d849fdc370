/*
 * What loader.c loads while it runs: each time at another place, with the same or another plugin
 * there before.
 */
#include "truth.h"

#ifndef PLUGIN
#define PLUGIN plugin_one
#endif

static volatile uint64_t sink;

NOINLINE void PLUGIN(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

/* By a pointer back into the program, so that a stack goes through both. */
NOINLINE void plugin_calls_back(void (*back)(uint64_t), uint64_t rounds)
{
	back(rounds);
	STAY();
}
