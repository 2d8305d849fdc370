/* Stacks made by hand: an event loop that calls one of many handlers, at known depths. */
#include "profile/stack_join.h"

#include "tap.h"

enum { TOP = 0x7fff0000, DEPTH = 6 };

/*
 * Frame i (0 = leaf) has its CFA i + 1 times `step` above sp; functions are told apart by `seed` in
 * the two inner frames only.
 */
static struct whole_stack make_stack(struct unwind_frame *frames, uint32_t *callers, uint64_t step,
				     uint32_t seed)
{
	uint64_t sp = TOP - DEPTH * step;

	for (uint32_t i = 0; i < DEPTH; i++) {
		uint64_t function = i < 2 ? 0x1000 * (i + 1) + 0x100000 * seed : 0x1000 * (i + 1);

		frames[i] = (struct unwind_frame){.lookup_addr = function + 5,
						  .cfa = sp + (i + 1) * step,
						  .function = function};
		callers[i] = i + 1 < DEPTH ? 100 + i : 0;
	}
	return (struct whole_stack){frames, callers, DEPTH, sp};
}

static void test_find(void)
{
	struct unwind_frame frames[DEPTH];
	uint32_t callers[DEPTH], found = 7;
	struct whole_stack stack = make_stack(frames, callers, 256, 0);
	struct stack_join join;

	stack_join_init(&join, 42);
	ok(!stack_join_find(&join, frames[2].function, frames[2].cfa, &found), "nothing is known");
	is_int(found, 7, "and nothing written");
	stack_join_learn(&join, &stack, true);
	ok(stack_join_find(&join, frames[2].function, frames[2].cfa, &found), "a learned frame");
	is_int(found, 102, "has the callers that it had");
	ok(!stack_join_find(&join, frames[2].function, frames[2].cfa + 16, &found),
	   "another depth is another activation");
	ok(!stack_join_find(&join, frames[3].function, frames[2].cfa, &found),
	   "another function too");
	ok(!stack_join_find(&join, frames[5].function, frames[5].cfa, &found),
	   "a root is never joined to");
	callers[2] = 777;
	stack_join_learn(&join, &stack, true);
	ok(stack_join_find(&join, frames[2].function, frames[2].cfa, &found) && found == 777,
	   "the last whole stack counts");
	stack_join_clear(&join);
	ok(!stack_join_find(&join, frames[2].function, frames[2].cfa, &found) && join.tid == 42,
	   "another program: nothing is known");
	stack_join_release(&join);
}

static void test_audit(void)
{
	struct unwind_frame frames[DEPTH];
	uint32_t callers[DEPTH];
	struct whole_stack stack = make_stack(frames, callers, 256, 0);
	struct stack_join join;
	bool is_right = false;

	stack_join_init(&join, 1);
	stack_join_learn(&join, &stack, true);
	ok(!stack_join_audit(&join, &stack, 256 * 5, &is_right),
	   "a copy that holds all return addresses needs no join");
	ok(stack_join_audit(&join, &stack, 256 * 3, &is_right) && is_right,
	   "a shorter one is joined, rightly");
	callers[3] = 999;
	ok(stack_join_audit(&join, &stack, 256 * 3, &is_right) && !is_right,
	   "a stack that was called from elsewhere: wrongly");
	frames[3].cfa += 8;
	ok(!stack_join_audit(&join, &stack, 256 * 3, &is_right), "or not at all");
	stack_join_release(&join);
}

static void test_advice(void)
{
	struct unwind_frame frames[DEPTH];
	uint32_t callers[DEPTH], short_bytes, full_bytes;
	struct stack_join join;

	stack_join_init(&join, 1);
	join.short_bytes = join.full_bytes = 8192;
	ok(!stack_join_advise(&join, &short_bytes, &full_bytes), "no samples, no advice");
	/* 6 frames of 2 KiB; only the two inner ones change */
	for (uint32_t i = 0; i < 200; i++) {
		struct whole_stack stack = make_stack(frames, callers, 2048, i % 50);

		join.sample_count++;
		stack_join_learn(&join, &stack, true);
	}
	ok(stack_join_advise(&join, &short_bytes, &full_bytes), "after many");
	is_int(short_bytes, 4096,
	       "so much that the third frame is reached, whose callers are known");
	ok(full_bytes >= 10240 && full_bytes < 16384, "full copies hold all return addresses");
	for (uint32_t i = 0; i < 200; i++) {
		struct whole_stack stack = make_stack(frames, callers, 2048, i % 50);

		stack_join_learn(&join, &stack, false);
	}
	is_int(join.sizes[0].tried, 184, "what short copies showed whole says nothing of sizes");
	join.sample_count = 100;
	join.short_count = 10;
	join.short_bytes = 4096;
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 8192 &&
		   full_bytes == 8192,
	   "copies too short, though full ones are not: no longer than those");
	join.full_count = 100;
	join.full_short_count = 5;
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 16384 &&
		   full_bytes == 16384,
	   "full ones too short as well: both grow, to learn of deep stacks");
	join.full_short_count = 0;
	stack_join_restart(&join, 16384);
	is_int(join.short_count, 0, "new sizes, new counts");
	is_int(join.sizes[0].tried, 92, "what was tried weighs half");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 6144,
	   "a size that failed is not advised again");
	join.full_count = 100;
	join.full_short_count = 5;
	stack_join_restart(&join, 16384);
	is_int(join.sizes[0].tried, 0, "what was learned of shallow stacks is forgotten");
	join.short_bytes = join.full_bytes = 60000;
	join.full_count = 100;
	join.full_short_count = 5;
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 65016,
	   "up to what the kernel gives");
	stack_join_release(&join);
}

/* Handlers that never come back at the same place: nothing to join, whole copies. */
static void test_hopeless(void)
{
	struct unwind_frame frames[DEPTH];
	uint32_t callers[DEPTH], short_bytes, full_bytes;
	struct stack_join join;

	stack_join_init(&join, 1);
	join.short_bytes = join.full_bytes = 16384;
	for (uint32_t i = 0; i < 200; i++) {
		struct whole_stack stack = make_stack(frames, callers, 2048, i);

		for (uint32_t j = 0; j < DEPTH; j++)
			frames[j].cfa += 8 * i; /* alloca */
		stack.sp += 8 * i;
		join.sample_count++;
		stack_join_learn(&join, &stack, true);
	}
	ok(stack_join_advise(&join, &short_bytes, &full_bytes), "an advice");
	is_int(short_bytes, full_bytes, "to copy all of every stack");
	stack_join_release(&join);
}

int main(void)
{
	test_find();
	test_audit();
	test_advice();
	test_hopeless();
	return tap_done();
}
