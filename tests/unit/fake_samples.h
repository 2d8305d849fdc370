/*
 * A small profile with something of everything that exports have to tell apart: two events, an
 * inlined function, a frame without a symbol, the kernel, two threads, a CPU that is not known.
 */
#ifndef FAKE_SAMPLES_H
#define FAKE_SAMPLES_H

#include "util/clock.h"
#include "view/sample_list.h"

enum { FAKE_BEGIN_S = 1000, FAKE_PERIOD_NS = 5000000, FAKE_WALL_S = 1795000000 };

static inline uint32_t fake_text(struct profile_data *data, const char *text)
{
	return string_table_intern(&data->strings, text);
}

static inline uint32_t fake_frame(struct profile_data *data, uint32_t module, uint64_t svma,
				  const char *function, uint32_t line, uint32_t inline_depth)
{
	vec_push(&data->frames,
		 (struct frame){.module = module,
				.function = fake_text(data, function),
				.file = line > 0 ? fake_text(data, "src/app.c") : STRING_EMPTY,
				.line = line,
				.svma = svma,
				.inline_depth = inline_depth});
	return (uint32_t)data->frames.count - 1;
}

static inline void fake_sample(struct profile_data *data, uint32_t ms, uint32_t thread,
			       uint32_t stack, uint16_t event, uint16_t cpu)
{
	vec_push(&data->samples,
		 (struct sample){.time_ns = FAKE_BEGIN_S * (uint64_t)NS_PER_S + ms * NS_PER_MS,
				 .period = event == 0 ? FAKE_PERIOD_NS : 3,
				 .thread = thread,
				 .stack = stack,
				 .event = event,
				 .cpu = cpu});
	data->quality.sample_count++;
	data->quality.complete_count++;
}

static inline void fake_tables(struct profile_data *data)
{
	struct module app = {.path = fake_text(data, "/opt/app"), .build_id_length = 20};

	for (uint8_t i = 0; i < app.build_id_length; i++)
		app.build_id[i] = (uint8_t)(0xa0 + i);
	vec_push(&data->modules, app);
	vec_push(&data->modules, (struct module){.path = fake_text(data, "/lib/libc.so.6")});
	vec_push(&data->modules,
		 (struct module){.path = fake_text(data, "[kernel]"), .kind = MODULE_KERNEL});
	vec_push(&data->threads, (struct profile_thread){.pid = 41,
							 .tid = 41,
							 .comm = fake_text(data, "app"),
							 .role = fake_text(data, "web")});
	vec_push(&data->threads,
		 (struct profile_thread){.pid = 41, .tid = 42, .comm = fake_text(data, "io \xff")});
	vec_push(&data->events, (struct profile_event){.name = fake_text(data, "cpu-clock"),
						       .period = FAKE_PERIOD_NS,
						       .is_clock = true});
	vec_push(&data->events,
		 (struct profile_event){.name = fake_text(data, "page-faults"), .period = 1});
}

/*
 *	main ← serve ← parse (inlined into serve, one address)	thread 41, twice cpu-clock
 *	main ← serve ← libc.so.6+0x88 ← do_fault (kernel)	thread 42, cpu-clock and page-faults
 *	nothing							thread 42, cpu-clock
 */
static inline void fake_samples_init(struct sample_list *list)
{
	struct profile_data *data = &list->data;
	uint32_t outer, parse, fault;

	*list = (struct sample_list){.begin_ns = FAKE_BEGIN_S * (uint64_t)NS_PER_S,
				     .end_ns = (FAKE_BEGIN_S + 2) * (uint64_t)NS_PER_S,
				     .begin_wall_ns = FAKE_WALL_S * (uint64_t)NS_PER_S,
				     .run_count = 1};
	profile_data_init(data);
	fake_tables(data);
	outer = stack_table_intern(&data->stacks, STACK_COMPLETE,
				   fake_frame(data, 0, 0x1100, "main", 10, 0));
	parse = stack_table_intern(&data->stacks, outer,
				   fake_frame(data, 0, 0x1200, "serve(int)", 20, 0));
	parse = stack_table_intern(&data->stacks, parse,
				   fake_frame(data, 0, 0x1200, "parse", 30, 1));
	fault = stack_table_intern(&data->stacks, outer,
				   fake_frame(data, 0, 0x1210, "serve(int)", 21, 0));
	fault = stack_table_intern(&data->stacks, fault, fake_frame(data, 1, 0x88, "", 0, 0));
	fault = stack_table_intern(&data->stacks, fault,
				   fake_frame(data, 2, 0xffffffff81000010, "do_fault", 0, 0));
	fake_sample(data, 1, 0, parse, 0, 3);
	fake_sample(data, 6, 0, parse, 0, 3);
	fake_sample(data, 7, 1, fault, 0, SAMPLE_CPU_UNKNOWN);
	fake_sample(data, 8, 1, fault, 1, 0);
	fake_sample(data, 9, 1, STACK_TRUNCATED, 0, 0);
}

#endif
