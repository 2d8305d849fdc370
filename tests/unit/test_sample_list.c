#include "view/sample_list.h"

#include <errno.h>

#include "fake_samples.h"
#include "sample_view.h"
#include "tap.h"

/*
 * Two runs of the same program, the second with its threads' other numbers and a file of its own.
 */
static void test_add(void)
{
	struct sample_list first, second;
	struct profile_data *into = &first.data;
	size_t strings;

	fake_samples_init(&first);
	fake_samples_init(&second);
	strings = into->strings.texts.count;
	sample_list_add(into, &second.data);
	is_int(into->samples.count, 10, "all samples");
	is_int(into->frames.count, 6, "a frame of both is one");
	is_int(into->modules.count, 3, "a module, too");
	is_int(into->threads.count, 2, "a thread, too");
	is_int(into->events.count, 2, "an event, too");
	is_int(into->stacks.nodes.count, STACK_FIRST + 6, "and a stack");
	is_int(into->strings.texts.count, strings, "no text is twice");
	is_int(into->quality.sample_count, 10, "qualities add up");
	for (size_t i = 1; i < into->samples.count; i++)
		ok(into->samples.items[i - 1].time_ns <= into->samples.items[i].time_ns,
		   "ordered by time");
	sample_list_release(&first);
	sample_list_release(&second);
}

static void test_add_other(void)
{
	struct sample_list first, second;
	struct profile_data *into = &first.data;
	uint32_t frames[STACK_DEPTH_MAX];

	fake_samples_init(&first);
	fake_samples_init(&second);
	second.data.modules.items[0].build_id[0]++;
	second.data.threads.items[0].tid = 99;
	second.data.samples.items[0].time_ns = 1;
	sample_list_add(into, &second.data);
	is_int(into->modules.count, 4, "another build is another module");
	is_int(into->frames.count, 6 + 4, "and its frames are others");
	is_int(into->threads.count, 3, "another thread");
	is_int(into->samples.items[0].time_ns, 1, "earlier samples come first");
	is_int(into->threads.items[into->samples.items[0].thread].tid, 99, "with their thread");
	is_int(stack_table_get_frames(&into->stacks, into->samples.items[0].stack, frames, 9), 3,
	       "their stack");
	is_str(string_table_get(&into->strings, into->frames.items[frames[0]].function), "parse",
	       "and its functions");
	is_int(into->frames.items[frames[0]].module, 3, "of the other module");
	sample_list_release(&first);
	sample_list_release(&second);
}

static void test_inlined(void)
{
	struct sample_list list;
	uint32_t frames[STACK_DEPTH_MAX], count;

	fake_samples_init(&list);
	count = stack_table_get_frames(&list.data.stacks, list.data.samples.items[0].stack, frames,
				       STACK_DEPTH_MAX);
	is_int(sample_list_count_inlined(&list.data, frames, count, 0), 2,
	       "a function and what it is inlined into");
	is_int(sample_list_count_inlined(&list.data, frames, count, 2), 1, "its caller is none");
	is_int(sample_list_count_inlined(&list.data, frames, 1, 0), 1, "cut in between");
	sample_list_release(&list);
}

static void test_read(void)
{
	struct sample_view view;
	struct sample_list list;
	struct err err = {0};

	sample_view_open(&view);
	sample_view_select(&view, SAMPLE_ID "/proxy");
	sample_check(sample_list_read(&list, &view.selection, 0, &err), &err);
	is_int(list.run_count, SAMPLE_PAIRS, "all runs of the arm");
	is_int(list.data.samples.count % SAMPLE_PAIRS, 0, "each with its samples");
	ok(list.data.samples.count > 0, "which there are");
	ok(list.end_ns > list.begin_ns, "the measured windows");
	ok(list.begin_wall_ns > 0, "on the wall clock");
	sample_list_release(&list);
	sample_store_sql(&view.sample, "DELETE FROM profile");
	sample_view_select(&view, SAMPLE_ID "/proxy");
	is_int(sample_list_read(&list, &view.selection, 0, &err), -ENOENT, "without a profile");
	sample_list_release(&list);
	sample_view_close(&view);
}

int main(void)
{
	test_add();
	test_add_other();
	test_inlined();
	test_read();
	return tap_done();
}
