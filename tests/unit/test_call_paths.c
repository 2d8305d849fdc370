#include "view/call_paths.h"

#include "fake_tree.h"
#include "tap.h"

/* "name total self" of each node, callees indented by blanks, in the order of the links. */
static void describe(const struct call_tree *tree, uint32_t node, uint32_t depth, char *text,
		     size_t size)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%*s%s %g %g\n", (int)depth, "",
		 tree->nodes[node].name, tree->nodes[node].total, tree->nodes[node].self);
	for (uint32_t i = tree->nodes[node].first_child; i != CALL_TREE_NONE;
	     i = tree->nodes[i].next_sibling)
		describe(tree, i, depth + 1, text, size);
}

static void check_tree(const struct call_tree *tree, const char *want, const char *what)
{
	char text[2048] = "";

	describe(tree, 0, 0, text, sizeof(text));
	is_str(text, want, what);
}

/* main calls walk, which calls itself; parse is called from two places. */
static void make_tree(struct fake_tree *fake)
{
	uint32_t thread, main_id, walk;

	fake_tree_init(fake);
	thread = fake_tree_add(fake, 0, CALL_THREAD, "web", "", 0, 0);
	main_id = fake_tree_add(fake, thread, CALL_USER, "main", "app", 1, 0);
	walk = fake_tree_add(fake, main_id, CALL_USER, "walk", "app", 2, 0);
	walk = fake_tree_add(fake, walk, CALL_USER, "walk", "app", 4, 0);
	fake_tree_add(fake, walk, CALL_USER, "parse", "app", 8, 0);
	fake_tree_add(fake, main_id, CALL_USER, "parse", "app", 16, 0);
	fake_tree_add(fake, 0, CALL_HIDDEN, "[kernel, hidden]", "[kernel]", 3, 0);
}

static void test_invert(void)
{
	struct call_tree turned;
	struct fake_tree fake;
	struct arena arena;

	make_tree(&fake);
	arena_init(&arena);
	call_paths_invert(&turned, &arena, &fake.tree);
	check_tree(&turned,
		   "all 34 0\n"
		   " parse 24 0\n"
		   "  main 16 0\n"
		   "   web 16 16\n"
		   "  walk 8 0\n"
		   "   walk 8 0\n"
		   "    main 8 0\n"
		   "     web 8 8\n"
		   " walk 6 0\n"
		   "  walk 4 0\n"
		   "   main 4 0\n"
		   "    web 4 4\n"
		   "  main 2 0\n"
		   "   web 2 2\n"
		   " [kernel, hidden] 3 3\n"
		   " main 1 0\n"
		   "  web 1 1\n",
		   "turned over: what ran, then its callers; nothing is lost");
	arena_release(&arena);
}

static void test_turn(void)
{
	struct call_tree turned;
	struct fake_tree fake;
	struct arena arena;

	make_tree(&fake);
	arena_init(&arena);
	call_paths_turn(&turned, &arena, &fake.tree, CALL_CALLERS, "walk", "app");
	check_tree(&turned,
		   "all 34 0\n"
		   " walk 14 0\n"
		   "  walk 12 0\n"
		   "   main 12 0\n"
		   "    web 12 12\n"
		   "  main 2 0\n"
		   "   web 2 2\n",
		   "callers, from the innermost call on");
	call_paths_turn(&turned, &arena, &fake.tree, CALL_CALLEES, "walk", "app");
	check_tree(&turned,
		   "all 34 0\n"
		   " walk 14 2\n"
		   "  walk 12 4\n"
		   "   parse 8 8\n",
		   "callees, from the outermost call on");
	call_paths_turn(&turned, &arena, &fake.tree, CALL_CALLERS, "walk", "libc.so.6");
	check_tree(&turned, "all 34 0\n", "another module's function is another one");
	arena_release(&arena);
}

int main(void)
{
	test_invert();
	test_turn();
	return tap_done();
}
