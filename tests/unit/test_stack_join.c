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
	join.has_short = true;
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
	join.short_bytes = 4096;
	for (uint32_t i = 0; i < 200; i++) {
		struct whole_stack stack = make_stack(frames, callers, 2048, i % 50);

		stack_join_learn(&join, &stack, false);
	}
	is_int(join.sizes[0].tried, 184, "what short copies showed whole says nothing of sizes");
	join.sample_count = 100;
	join.short_count = 10;
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
	is_int(join.sizes[0].tried, 184, "what was tried is still known");
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
	join.has_short = true;
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

/*
 * The loop's handlers are called at one depth from one of two places: frames 0 and 1 are the
 * same, and what called them is told by `path` alone. That is to be had from the first 1024 bytes.
 */
static struct whole_stack make_path(struct unwind_frame *frames, uint32_t *callers, uint32_t path)
{
	static const uint64_t depths[DEPTH] = {256, 1024, 4096, 5000, 6000, 7000};
	uint64_t sp = TOP - depths[DEPTH - 1];

	for (uint32_t i = 0; i < DEPTH; i++) {
		frames[i] = (struct unwind_frame){.lookup_addr = 0x1005 * (i + 1),
						  .cfa = sp + depths[i],
						  .function = 0x1000 * (i + 1)};
		callers[i] = i + 1 == DEPTH ? 0 : 100 + i + (i < 2 ? 10 * path : 0);
	}
	return (struct whole_stack){frames, callers, DEPTH, sp};
}

static void learn_path(struct stack_join *join, uint32_t path, bool is_full)
{
	struct unwind_frame frames[DEPTH];
	uint32_t callers[DEPTH];
	struct whole_stack stack = make_path(frames, callers, path);

	stack_join_note_copy(join, is_full ? join->full_bytes : join->short_bytes, is_full);
	stack_join_learn(join, &stack, is_full);
}

/* A thread with copies of `short_bytes` that knows path 0, from so many full copies. */
static void init_known(struct stack_join *join, uint32_t short_bytes, uint32_t count)
{
	stack_join_init(join, 1);
	join->has_short = true;
	join->short_bytes = short_bytes;
	join->full_bytes = 8192;
	for (uint32_t i = 0; i < count; i++)
		learn_path(join, 0, true);
}

/* How many full copies of both paths in turn it takes until short ones count as wrong. */
static uint32_t count_until_wrong(struct stack_join *join)
{
	uint32_t count = 0;

	while (!stack_join_is_wrong(join) && count < 1000)
		learn_path(join, ++count % 2, true);
	return count;
}

static void test_change(void)
{
	struct stack_join join;
	uint32_t short_bytes, full_bytes, count;

	init_known(&join, 512, 100);
	ok(!stack_join_is_wrong(&join), "what was always right is not wrong");
	is_int(count_until_wrong(&join), 1, "after little, one wrong join is too many");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes), "that is seen to");
	is_int(short_bytes, 1024, "by copies that reach beyond what varies");
	stack_join_release(&join);

	init_known(&join, 512, 200000);
	count = count_until_wrong(&join);
	ok(count > 1 && count <= 3, "after a long time, two or three: it is not diluted");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 1024,
	   "with the same advice");
	stack_join_restart(&join, full_bytes);
	join.short_bytes = short_bytes;
	ok(!stack_join_is_wrong(&join), "which is not wrong");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 1024,
	   "and stays, new sizes or not");
	for (uint32_t i = 0; i < 600; i++)
		learn_path(&join, 0, true);
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 512,
	   "until the change is long ago");
	stack_join_release(&join);

	init_known(&join, 512, 1000);
	for (uint32_t i = 0; i < 100000; i++) {
		learn_path(&join, i % 1000 == 999, true);
		if (stack_join_is_wrong(&join))
			break;
		learn_path(&join, 0, false);
	}
	ok(!stack_join_is_wrong(&join),
	   "one in a thousand is not too many, however many there are");
	stack_join_release(&join);

	init_known(&join, 600, 100);
	is_int(count_until_wrong(&join), 1, "a length that is none of those that are tried");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 1024, "the same");
	stack_join_release(&join);

	init_known(&join, 512, 20);
	is_int(count_until_wrong(&join), 1, "and where little is known");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == full_bytes,
	   "all of the stack");
	stack_join_release(&join);
}

/*
 * Phases of 100 samples: one after another is nearly always right. One of 50 teaches when copies
 * are short: every fourth would be wrong.
 */
static void test_phases(void)
{
	struct stack_join join;
	uint32_t short_bytes, full_bytes;

	stack_join_init(&join, 1);
	join.short_bytes = join.full_bytes = 8192;
	for (uint32_t i = 0; i < 2000; i++)
		learn_path(&join, i / 100 % 2, i % 50 == 25);
	is_int(join.sizes[0].tried, 2000 - 16, "all copies are full: all are tried");
	ok(join.sizes[0].wrong > 400 && join.sizes[0].wrong < 600,
	   "by what the few that are always full have taught");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == 1024,
	   "so it is not taken for safe");
	stack_join_release(&join);
}

/* An event with one sampler only: there are no short copies to ask for. */
static void test_one_sampler(void)
{
	struct stack_join join;
	uint32_t short_bytes, full_bytes;

	stack_join_init(&join, 1);
	join.full_bytes = 16384;
	for (uint32_t i = 0; i < 200; i++)
		learn_path(&join, 0, true);
	ok(stack_join_is_all_full(&join) && join.short_bytes == 16384, "all copies are full");
	ok(stack_join_advise(&join, &short_bytes, &full_bytes) && short_bytes == full_bytes &&
		   full_bytes < 8192,
	   "and remain so, as long as they have to be");
	stack_join_note_copy(&join, full_bytes, true);
	ok(join.short_bytes == full_bytes && join.full_bytes == full_bytes, "both lengths are one");
	stack_join_release(&join);
}

int main(void)
{
	test_find();
	test_audit();
	test_advice();
	test_hopeless();
	test_change();
	test_phases();
	test_one_sampler();
	return tap_done();
}
