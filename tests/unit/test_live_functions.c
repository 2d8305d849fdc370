#include "view/live_functions.h"

#include "fake_samples.h"
#include "tap.h"

/* One window of fake_samples.h; `copies` of its first sample more. */
static void take(struct live_functions *live, uint32_t copies)
{
	struct sample_list list;

	fake_samples_init(&list);
	for (uint32_t i = 0; i < copies; i++)
		vec_push(&list.data.samples, list.data.samples.items[0]);
	list.data.quality.sample_count += copies;
	live_functions_take(live, &list.data);
	is_int(list.data.samples.count, 0, "the window is taken");
	sample_list_release(&list);
}

static const struct hot_function nothing;

static const struct hot_function *find(const struct hot_functions *view, const char *name)
{
	for (uint32_t i = 0; i < view->function_count; i++)
		if (strcmp(view->functions[i].name, name) == 0)
			return &view->functions[i];
	ok(false, name);
	return &nothing;
}

static void test_functions(void)
{
	struct live_functions *live = live_functions_new(2);
	struct hot_functions view;
	struct arena arena;

	arena_init(&arena);
	take(live, 0);
	live_functions_read(live, &arena, 0, &view);
	is_int(view.summary.quality.sample_count, 5, "all samples, of all events");
	is_near(view.summary.selected, 4, 1e-9, "those of the first event are shown");
	is_str(view.functions[0].name, "parse", "the hottest first");
	is_near(view.functions[0].self, 2, 1e-9, "its own time");
	is_near(find(&view, "main")->total, 3, 1e-9, "a caller has its callees' time");
	is_near(find(&view, "main")->self, 0, 1e-9, "not as its own");
	is_near(find(&view, "serve(int)")->total, 3, 1e-9, "also of what is inlined");
	is_str(find(&view, "[libc.so.6]")->module, "libc.so.6", "without a symbol: the module");
	ok(find(&view, "do_fault")->is_kernel, "the kernel's");
	is_int(view.thread_count, 2, "threads");
	is_int(view.threads[0].tid, 41, "by samples, then number");
	is_near(view.threads[1].samples, 2, 1e-9, "samples of a thread");
	live_functions_read(live, &arena, 42, &view);
	is_near(find(&view, "main")->total, 1, 1e-9, "of one thread only its calls");
	is_int(view.thread_count, 2, "but all threads");
	arena_release(&arena);
	live_functions_free(live);
}

static void test_windows(void)
{
	struct live_functions *live = live_functions_new(2);
	struct hot_functions view;
	struct call_tree tree;
	struct arena arena;

	arena_init(&arena);
	live_functions_read(live, &arena, 0, &view);
	is_int(view.function_count, 0, "before the first window there is nothing");
	take(live, 100);
	take(live, 0);
	live_functions_read(live, &arena, 0, &view);
	is_near(find(&view, "parse")->self, 104, 1e-9, "windows add up");
	take(live, 0);
	live_functions_read(live, &arena, 0, &view);
	is_near(find(&view, "parse")->self, 4, 1e-9, "and the oldest falls out");
	live_functions_read_tree(live, &arena, 0, &tree);
	is_near(tree.nodes[0].total, 8, 1e-9, "the tree has the same samples");
	arena_release(&arena);
	live_functions_free(live);
}

/* Recursion counts once; periods that the kernel adapted count as what they stand for. */
static void test_weights(void)
{
	struct live_functions *live = live_functions_new(1);
	struct hot_functions view;
	struct sample_list list;
	struct arena arena;
	uint32_t stack;

	fake_samples_init(&list);
	stack = list.data.samples.items[0].stack;
	list.data.samples.count = 1;
	list.data.samples.items[0].period = 3 * FAKE_PERIOD_NS;
	for (int i = 0; i < 3; i++)
		stack = stack_table_intern(&list.data.stacks, stack, 1); /* serve(int) again */
	list.data.samples.items[0].stack = stack;
	list.data.quality.kernel_hidden_ns = FAKE_PERIOD_NS / 2;
	live_functions_take(live, &list.data);
	arena_init(&arena);
	live_functions_read(live, &arena, 0, &view);
	is_near(find(&view, "serve(int)")->total, 3, 1e-9, "recursion counts once");
	is_near(find(&view, "[kernel, hidden]")->self, 0.5, 1e-9, "hidden time is a row");
	is_near(view.summary.samples_with_hidden, 3.5, 1e-9, "and part of the whole");
	arena_release(&arena);
	sample_list_release(&list);
	live_functions_free(live);
}

int main(void)
{
	test_functions();
	test_windows();
	test_weights();
	return tap_done();
}
