/*
 * One run whose profile has all that a profile can have: two events, periods of their own, inlined
 * functions, code, source, modules with flags. How the tests of the views of profiles begin.
 *
 * cpu-clock (period 1,000 ns; weights in brackets), window [0, 10 s):
 *
 *	app   0 s  main → sum → next(inlined)   1, and 1 of half a period
 *	app   1 s  main → sum                   2
 *	app   2 s  main → sum → memcpy (libc)   3
 *	help  3 s  rec → rec                    1 of the double period
 *	help  4 s  write (kernel)               1
 *
 * cycles (period 50): app 5 s main 4. Hidden kernel time: 2 samples of cpu-clock.
 */
#ifndef SAMPLE_PROFILE_H
#define SAMPLE_PROFILE_H

#include "sample_store.h"
#include "util/arena.h"
#include "view/selection.h"

#define SAMPLE_PERIOD UINT64_C(1000)
#define SAMPLE_CYCLES UINT64_C(50)

struct sample_profile {
	struct sample_store sample;
	struct selection selection;
	struct arena arena;
};

enum { PROFILE_APP, PROFILE_LIBC, PROFILE_KERNEL };

static inline uint32_t profile_frame(struct profile_data *data, uint32_t module, uint64_t svma,
				     const char *function, const char *file, uint32_t line,
				     uint32_t inline_depth)
{
	uint32_t id = sample_add_frame(data, module, svma, function, file, line);

	data->frames.items[id].inline_depth = inline_depth;
	return id;
}

static inline void profile_sample(struct profile_data *data, uint32_t thread, uint32_t second,
				  uint32_t stack, uint64_t period)
{
	vec_push(&data->samples,
		 (struct sample){.time_ns = sample_begin_ns(1) + second * SAMPLE_SECOND_NS,
				 .period = period,
				 .thread = thread,
				 .stack = stack,
				 .cpu = 0});
}

static inline void profile_add_modules(struct profile_data *data)
{
	struct string_table *strings = &data->strings;

	vec_push(&data->modules, (struct module){.path = string_table_intern(strings, "/srv/app"),
						 .flags = MODULE_UNOPTIMIZED});
	vec_push(&data->modules,
		 (struct module){.path = string_table_intern(strings, "/lib/libc.so.6"),
				 .flags = MODULE_WITHOUT_SYMBOLS,
				 .trouble = string_table_intern(strings, "install libc6-dbg")});
	vec_push(&data->modules, (struct module){.path = string_table_intern(strings, "[kernel]"),
						 .kind = MODULE_KERNEL});
	vec_push(&data->threads,
		 (struct profile_thread){10, 10, string_table_intern(strings, "app"),
					 string_table_intern(strings, "gateway")});
	vec_push(&data->threads,
		 (struct profile_thread){10, 11, string_table_intern(strings, "help"),
					 string_table_intern(strings, "workers")});
	vec_push(&data->events, (struct profile_event){string_table_intern(strings, "cpu-clock"),
						       SAMPLE_PERIOD, true});
	vec_push(&data->events, (struct profile_event){string_table_intern(strings, "cycles"),
						       SAMPLE_CYCLES, false});
}

static inline void profile_add_samples(struct profile_data *data)
{
	struct stack_table *stacks = &data->stacks;
	uint32_t main_ = profile_frame(data, PROFILE_APP, 0x1010, "main", "/src/main.c", 5, 0);
	uint32_t sum = profile_frame(data, PROFILE_APP, 0x2008, "sum", "/src/sum.c", 13, 0);
	uint32_t next = profile_frame(data, PROFILE_APP, 0x2008, "next", "/src/sum.c", 4, 1);
	uint32_t add = profile_frame(data, PROFILE_APP, 0x200e, "sum", "/src/sum.c", 13, 0);
	uint32_t call = profile_frame(data, PROFILE_APP, 0x201b, "sum", "/src/sum.c", 15, 0);
	uint32_t copy = profile_frame(data, PROFILE_LIBC, 0x500, "", "", 0, 0);
	uint32_t rec = profile_frame(data, PROFILE_APP, 0x3000, "rec", "/src/rec.c", 7, 0);
	uint32_t deeper = profile_frame(data, PROFILE_APP, 0x3004, "rec", "/src/rec.c", 8, 0);
	uint32_t write_ = profile_frame(data, PROFILE_KERNEL, 0x9000, "write", "", 0, 0);
	uint32_t in_main = stack_table_intern(stacks, STACK_COMPLETE, main_);
	uint32_t in_next =
		stack_table_intern(stacks, stack_table_intern(stacks, in_main, sum), next);
	uint32_t in_add = stack_table_intern(stacks, in_main, add);
	uint32_t in_copy =
		stack_table_intern(stacks, stack_table_intern(stacks, in_main, call), copy);
	uint32_t in_rec = stack_table_intern(
		stacks, stack_table_intern(stacks, STACK_TRUNCATED, rec), deeper);
	uint32_t in_write = stack_table_intern(stacks, STACK_COMPLETE, write_);

	profile_sample(data, 0, 0, in_next, SAMPLE_PERIOD);
	profile_sample(data, 0, 0, in_next, SAMPLE_PERIOD / 2);
	for (int i = 0; i < 2; i++)
		profile_sample(data, 0, 1, in_add, SAMPLE_PERIOD);
	for (int i = 0; i < 3; i++)
		profile_sample(data, 0, 2, in_copy, SAMPLE_PERIOD);
	profile_sample(data, 1, 3, in_rec, 2 * SAMPLE_PERIOD);
	profile_sample(data, 1, 4, in_write, SAMPLE_PERIOD);
	for (int i = 0; i < 4; i++) {
		profile_sample(data, 0, 5, in_main, SAMPLE_CYCLES);
		data->samples.items[data->samples.count - 1].event = 1;
	}
}

/* gcc's code of a loop at 0x2000; sum.c from line 4 on. */
static inline void profile_add_code(struct profile_data *data)
{
	static const uint8_t bytes[32] = {0x53, 0x31, 0xdb, 0x48, 0x85, 0xf6, 0x74, 0x0d,
					  0x0f, 0xb6, 0x07, 0x48, 0xff, 0xc7, 0x01, 0xc3,
					  0x48, 0xff, 0xce, 0x75, 0xf3, 0x89, 0xdf, 0xe8,
					  0xe0, 0xfe, 0xff, 0xff, 0x89, 0xd8, 0x5b, 0xc3};
	struct string_table *strings = &data->strings;
	uint32_t sum = string_table_intern(strings, "sum");
	uint32_t next = string_table_intern(strings, "next");
	uint32_t file = string_table_intern(strings, "/src/sum.c");

	vec_push(&data->codes, (struct profile_code){.module = PROFILE_APP,
						     .function = sum,
						     .svma = 0x2000,
						     .size = sizeof(bytes)});
	for (size_t i = 0; i < sizeof(bytes); i++)
		vec_push(&data->code_bytes, bytes[i]);
	vec_push(&data->code_lines, (struct profile_code_line){0, 0, sum, file, 9});
	vec_push(&data->code_lines, (struct profile_code_line){0, 8, next, file, 4});
	vec_push(&data->code_lines, (struct profile_code_line){0, 14, sum, file, 13});
	vec_push(&data->code_lines, (struct profile_code_line){0, 21, sum, file, 15});
	vec_push(&data->sources,
		 (struct profile_source){
			 file, 4,
			 string_table_intern(strings, "next\nfive\n\nseven\neight\nsum\nten\n"
						      "eleven\nloop\n\tadd\nfourteen\ncall")});
}

static inline void sample_profile_make(struct profile_data *data)
{
	profile_add_modules(data);
	profile_add_samples(data);
	profile_add_code(data);
	data->frequency_hz = 1e6;
	data->sampler = string_table_intern(&data->strings, "perf_event");
	data->stacks_from = string_table_intern(&data->strings, "dwarf");
	data->quality = (struct profile_quality){
		.sample_count = data->samples.count,
		.complete_count = data->samples.count - 2,
		.joined_count = 1,
		.truncated_count = 1,
		.truncations = {[TRUNCATION_NO_RULE] = 1},
		.audited_count = 40,
		.audit_mismatch_count = 1,
		.kernel_hidden_ns = 2 * SAMPLE_PERIOD,
		.bytes_from_kernel = 1300,
		.stop_count = 3,
		.stop_ns = SAMPLE_SECOND_NS / 100,
	};
}

static inline void sample_profile_open(struct sample_profile *profile)
{
	struct profile_data data;
	struct err err = {0};
	int64_t key;

	*profile = (struct sample_profile){0};
	arena_init(&profile->arena);
	sample_store_open(&profile->sample);
	sample_add_experiment(&profile->sample, SAMPLE_ID, 1000);
	key = sample_add_run(&profile->sample, SAMPLE_ID, 1, 0, 1);
	profile_data_init(&data);
	sample_profile_make(&data);
	sample_check(store_add_profile(profile->sample.store, key, &data, &err), &err);
	profile_data_release(&data);
	sample_check(store_end_experiment(profile->sample.store, SAMPLE_ID, RUN_DONE, &err), &err);
	sample_check(selection_open(&profile->selection, profile->sample.path, "@last", &err),
		     &err);
}

static inline void sample_profile_close(struct sample_profile *profile)
{
	selection_release(&profile->selection);
	arena_release(&profile->arena);
	sample_store_close(&profile->sample);
}

#endif
