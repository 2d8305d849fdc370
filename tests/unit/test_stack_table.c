#include "model/stack_table.h"

#include "tap.h"

static void test_interning(void)
{
	struct stack_table table;
	uint32_t start, main_of, serve, parse, other;
	uint32_t frames[8];

	stack_table_init(&table);
	start = stack_table_intern(&table, STACK_COMPLETE, 10);
	main_of = stack_table_intern(&table, start, 11);
	serve = stack_table_intern(&table, main_of, 12);
	parse = stack_table_intern(&table, serve, 13);
	other = stack_table_intern(&table, serve, 14);
	is_int(start, STACK_FIRST, "the first node comes after the roots");
	is_int(stack_table_intern(&table, serve, 13), parse, "the same stack is the same id");
	ok(other != parse && stack_table_intern(&table, main_of, 13) != parse,
	   "another leaf or caller is another");
	ok(stack_table_intern(&table, STACK_TRUNCATED, 10) != start, "so is another root");
	is_int(stack_table_get_frames(&table, parse, frames, 8), 4, "four frames");
	ok(frames[0] == 13 && frames[1] == 12 && frames[2] == 11 && frames[3] == 10, "leaf first");
	is_int(stack_table_get_frames(&table, parse, frames, 2), 2,
	       "no more than there is room for");
	is_int(stack_table_get_frames(&table, STACK_COMPLETE, frames, 8), 0,
	       "a root alone is an empty stack");
	is_int(stack_table_get_frames(&table, 9999, frames, 8), 0,
	       "as is what the table does not have");
	stack_table_release(&table);
}

static void test_roots(void)
{
	struct stack_table table;
	uint32_t cut;

	stack_table_init(&table);
	cut = stack_table_intern(&table, stack_table_intern(&table, STACK_TRUNCATED, 1), 2);
	is_int(stack_table_get_root(&table, cut), STACK_TRUNCATED, "a stack hangs from its root");
	is_int(stack_table_get_root(&table, stack_table_intern(&table, STACK_COMPLETE, 2)),
	       STACK_COMPLETE, "each");
	is_int(stack_table_get_root(&table, STACK_JOINED), STACK_JOINED, "a root from itself");
	is_int(stack_table_get_root(&table, 9999), STACK_TRUNCATED,
	       "an unknown stack is not complete");
	stack_table_release(&table);
}

static void test_many(void)
{
	struct stack_table table;
	uint32_t stacks[3000];
	int wrong = 0;

	stack_table_init(&table);
	for (uint32_t i = 0; i < 3000; i++)
		stacks[i] = stack_table_intern(&table, i < 3 ? STACK_COMPLETE : stacks[i / 3], i);
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t parent = i < 3 ? STACK_COMPLETE : stacks[i / 3];

		wrong += stack_table_intern(&table, parent, i) != stacks[i];
		wrong += table.nodes.items[stacks[i]].parent >= stacks[i];
	}
	is_int(wrong, 0, "3,000 stacks are found again, parents come first");
	is_int(table.nodes.count, STACK_FIRST + 3000, "none is stored twice");
	stack_table_release(&table);
}

int main(void)
{
	test_interning();
	test_roots();
	test_many();
	return tap_done();
}
