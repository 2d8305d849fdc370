/*
 * Profiles of functions with given numbers of samples, for tests of what compares them: each is
 * called by main, its samples spread evenly over a window of SAMPLE_SECONDS. FUNCTION_REQUESTS were
 * answered in each run, as many in each second.
 */
#ifndef FUNCTION_PROFILE_H
#define FUNCTION_PROFILE_H

#include "sample_view.h"
#include "stats/rng.h"

enum { FUNCTION_REQUESTS = 3000, FUNCTION_SLOTS = 300 };

struct function_count {
	const char *name;   /* "" = no symbol */
	const char *module; /* path */
	uint32_t samples;   /* self, of a run */
};

static inline uint32_t function_find_module(struct profile_data *data, const char *path)
{
	uint32_t id = string_table_intern(&data->strings, path);

	for (uint32_t i = 0; i < data->modules.count; i++)
		if (data->modules.items[i].path == id)
			return i;
	vec_push(&data->modules,
		 (struct module){.path = id,
				 .kind = strcmp(path, "[kernel]") == 0 ? MODULE_KERNEL
								       : MODULE_FILE});
	return (uint32_t)data->modules.count - 1;
}

/* `address`: where the build has put its functions. */
static inline void function_fill(struct profile_data *data, uint32_t number, uint64_t address,
				 const struct function_count *functions, uint32_t count,
				 uint64_t hidden_ns)
{
	struct string_table *strings = &data->strings;
	uint32_t *stacks = alloc_array(count + 1, sizeof(*stacks));
	uint32_t main_, root;

	main_ = sample_add_frame(data, function_find_module(data, "/srv/app"), address, "main", "",
				 0);
	root = stack_table_intern(&data->stacks, STACK_COMPLETE, main_);
	vec_push(&data->threads,
		 (struct profile_thread){10, 10, string_table_intern(strings, "app"),
					 string_table_intern(strings, "app")});
	vec_push(&data->events, (struct profile_event){string_table_intern(strings, "cpu-clock"),
						       SAMPLE_WEIGHT_NS, true});
	for (uint32_t i = 0; i < count; i++)
		stacks[i] = stack_table_intern(
			&data->stacks, root,
			sample_add_frame(data, function_find_module(data, functions[i].module),
					 address + 16 * (i + 1), functions[i].name, "", 0));
	for (uint64_t slot = 0; slot < FUNCTION_SLOTS; slot++)
		for (uint32_t i = 0; i < count; i++) {
			uint64_t before = slot * functions[i].samples / FUNCTION_SLOTS;
			uint64_t after = (slot + 1) * functions[i].samples / FUNCTION_SLOTS;

			for (; before < after; before++)
				vec_push(&data->samples,
					 (struct sample){.time_ns = sample_begin_ns(number) +
								    slot * SAMPLE_SECONDS *
									    SAMPLE_SECOND_NS /
									    FUNCTION_SLOTS,
							 .period = SAMPLE_WEIGHT_NS,
							 .stack = stacks[i]});
		}
	data->quality.sample_count = data->quality.complete_count = data->samples.count;
	data->quality.kernel_hidden_ns = hidden_ns;
	data->frequency_hz = 200;
	data->sampler = string_table_intern(strings, "perf_event");
	data->stacks_from = string_table_intern(strings, "fp");
	free(stacks);
}

static inline void function_add_load(struct sample_store *sample, int64_t key)
{
	scoped(histogram_cleanup) struct histogram *response = histogram_new();
	struct store_request_name name = {"hello", "GET"};
	struct load_second seconds[SAMPLE_SECONDS] = {0};
	struct err err = {0};

	for (uint32_t i = 0; i < SAMPLE_SECONDS; i++)
		seconds[i] = (struct load_second){
			.second = i,
			.response = response,
			.counts = {.offered = FUNCTION_REQUESTS / SAMPLE_SECONDS,
				   .answered = FUNCTION_REQUESTS / SAMPLE_SECONDS,
				   .completed = FUNCTION_REQUESTS / SAMPLE_SECONDS}};
	sample_check(store_add_request_names(sample->store, key, &name, 1, &err), &err);
	sample_check(store_add_load_seconds(sample->store, key, seconds, SAMPLE_SECONDS, &err),
		     &err);
	sample_add_metric(sample, key, "requests", "", FUNCTION_REQUESTS);
}

/* A run of the arm `place`; the returned key is the store's. */
static inline int64_t function_add_run(struct sample_store *sample, const char *id, uint32_t number,
				       uint32_t place, uint32_t pair,
				       const struct function_count *functions, uint32_t count,
				       uint64_t hidden_ns)
{
	int64_t key = sample_add_run(sample, id, number, place, pair);
	struct profile_data data;
	struct err err = {0};

	profile_data_init(&data);
	function_fill(&data, number, place == 0 ? 0x1000 : 0x9000, functions, count, hidden_ns);
	sample_check(store_add_profile(sample->store, key, &data, &err), &err);
	profile_data_release(&data);
	function_add_load(sample, key);
	return key;
}

/* A normal variable with mean 0 and deviation 1 (Box and Muller). */
static inline double function_draw_normal(struct rng *rng)
{
	double u = 1 - rng_next_double(rng), v = rng_next_double(rng);

	return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

/* A Poisson variable: by multiplication while the mean is small, else rounded from the normal. */
static inline double function_draw_poisson(struct rng *rng, double mean)
{
	double product = 1, limit = exp(-mean), count = 0;

	if (mean > 100)
		return fmax(0, round(mean + sqrt(mean) * function_draw_normal(rng)));
	for (product = rng_next_double(rng); product > limit; product *= rng_next_double(rng))
		count++;
	return count;
}

#endif
