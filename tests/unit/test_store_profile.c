/* A profile's tables come back bit by bit, over several chunks; damage is an error with a name. */
#include <errno.h>

#include "sample_store.h"
#include "stats/rng.h"

static struct sample_store sample;

static bool is_same_strings(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->strings.texts.count == b->strings.texts.count;

	for (size_t i = 0; is_same && i < a->strings.texts.count; i++)
		is_same = strcmp(a->strings.texts.items[i], b->strings.texts.items[i]) == 0;
	return is_same;
}

static bool is_same_modules(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->modules.count == b->modules.count;

	for (size_t i = 0; is_same && i < a->modules.count; i++) {
		const struct module *left = &a->modules.items[i], *right = &b->modules.items[i];

		is_same = left->path == right->path && left->kind == right->kind &&
			  left->build_id_length == right->build_id_length &&
			  memcmp(left->build_id, right->build_id, BUILD_ID_BYTES) == 0;
	}
	return is_same;
}

static bool is_same_frames(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->frames.count == b->frames.count;

	for (size_t i = 0; is_same && i < a->frames.count; i++) {
		const struct frame *left = &a->frames.items[i], *right = &b->frames.items[i];

		is_same = left->module == right->module && left->function == right->function &&
			  left->file == right->file && left->line == right->line &&
			  left->svma == right->svma;
	}
	return is_same;
}

static bool is_same_stacks(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->stacks.nodes.count == b->stacks.nodes.count;

	for (size_t i = 0; is_same && i < a->stacks.nodes.count; i++)
		is_same = a->stacks.nodes.items[i].parent == b->stacks.nodes.items[i].parent &&
			  a->stacks.nodes.items[i].frame == b->stacks.nodes.items[i].frame;
	return is_same;
}

static bool is_same_threads(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->threads.count == b->threads.count;

	for (size_t i = 0; is_same && i < a->threads.count; i++) {
		const struct profile_thread *left = &a->threads.items[i];
		const struct profile_thread *right = &b->threads.items[i];

		is_same = left->pid == right->pid && left->tid == right->tid &&
			  left->comm == right->comm && left->role == right->role;
	}
	return is_same;
}

static bool is_same_samples(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->samples.count == b->samples.count;

	for (size_t i = 0; is_same && i < a->samples.count; i++)
		is_same = a->samples.items[i].time_ns == b->samples.items[i].time_ns &&
			  a->samples.items[i].thread == b->samples.items[i].thread &&
			  a->samples.items[i].stack == b->samples.items[i].stack;
	return is_same;
}

static bool is_same_quality(const struct profile_quality *a, const struct profile_quality *b)
{
	return a->sample_count == b->sample_count && a->complete_count == b->complete_count &&
	       a->joined_count == b->joined_count && a->truncated_count == b->truncated_count &&
	       a->lost_count == b->lost_count && a->throttled_count == b->throttled_count &&
	       a->kernel_hidden_ns == b->kernel_hidden_ns &&
	       a->bytes_from_kernel == b->bytes_from_kernel &&
	       a->is_kernel_hidden == b->is_kernel_hidden && a->cpu_ns == b->cpu_ns;
}

static void is_stored(const struct profile_data *data, int64_t key, const char *what)
{
	struct profile_data back;
	struct err err = {0};

	sample_check(store_add_profile(sample.store, key, data, &err), &err);
	profile_data_init(&back);
	if (!ok(store_read_profile(sample.store, key, &back, &err) == 0, what))
		printf("# %s\n", err_text(&err));
	ok(is_same_strings(data, &back), "… strings");
	ok(is_same_modules(data, &back), "… modules");
	ok(is_same_frames(data, &back), "… frames");
	ok(is_same_stacks(data, &back), "… stacks");
	ok(is_same_threads(data, &back), "… threads");
	ok(is_same_samples(data, &back), "… samples");
	ok(is_same_quality(&data->quality, &back.quality), "… quality");
	ok(data->frequency_hz == back.frequency_hz && data->weight_ns == back.weight_ns &&
		   data->event == back.event && data->sampler == back.sampler,
	   "… and head");
	profile_data_release(&back);
}

static void test_small(void)
{
	struct profile_data data;
	struct err err = {0};

	profile_data_init(&data);
	is_int(store_read_profile(sample.store, 1, &data, &err), -ENOENT, "no profile");
	is_int(err.code, 0, "is no sentence");
	is_stored(&data, sample_add_run(&sample, SAMPLE_ID, 1, 0, 1), "an empty profile");
	profile_data_release(&data);
	profile_data_init(&data);
	sample_make_profile(&data, 2, 1);
	is_stored(&data, sample_add_run(&sample, SAMPLE_ID, 2, 1, 1), "the sample's profile");
	profile_data_release(&data);
}

/* Beyond two chunks of 4096 samples; every field at its ends, at random. */
static void test_large(void)
{
	struct profile_data data;
	uint64_t time_ns = UINT64_C(1) << 40;
	struct rng rng;

	rng_init(&rng, 17);
	profile_data_init(&data);
	for (uint32_t i = 0; i < 50; i++) {
		struct module module = {.path = i % 7, .kind = (enum module_kind)(i % 5)};
		char text[32];

		snprintf(text, sizeof(text), "string %u", i * i);
		string_table_intern(&data.strings, text);
		module.build_id_length = (uint8_t)(i % (BUILD_ID_BYTES + 1));
		for (uint8_t j = 0; j < module.build_id_length; j++)
			module.build_id[j] = (uint8_t)rng_next(&rng);
		vec_push(&data.modules, module);
		vec_push(&data.threads, (struct profile_thread){UINT32_MAX - i, i, i, 50 - i});
	}
	for (uint32_t i = 0; i < 1000; i++)
		vec_push(&data.frames,
			 (struct frame){.module = i % 50,
					.function = (uint32_t)rng_next_below(&rng, 51),
					.file = (uint32_t)rng_next_below(&rng, 51),
					.line = (uint32_t)rng_next(&rng),
					.svma = rng_next(&rng)});
	for (uint32_t i = 0; i < 5000; i++) {
		uint64_t below = rng_next_below(&rng, data.stacks.nodes.count);

		if (below > STACK_JOINED && below < STACK_FIRST)
			below = STACK_TRUNCATED;
		stack_table_intern(&data.stacks, (uint32_t)below,
				   (uint32_t)rng_next_below(&rng, 1000));
	}
	for (uint32_t i = 0; i < 2 * 4096 + 1; i++) {
		time_ns += rng_next(&rng) >> (24 + rng_next_below(&rng, 40));
		vec_push(&data.samples,
			 (struct sample){
				 .time_ns = time_ns,
				 .thread = (uint32_t)rng_next_below(&rng, 50),
				 .stack = (uint32_t)rng_next_below(&rng, data.stacks.nodes.count)});
	}
	data.quality = (struct profile_quality){.sample_count = UINT64_MAX, .joined_count = 3};
	data.frequency_hz = 199.0 / 7.0;
	is_stored(&data, sample_add_run(&sample, SAMPLE_ID, 3, 0, 2), "a large profile");
	profile_data_release(&data);
}

/* One change to a good profile; reading it must say which table. */
static void is_damaged_by(const char *change, const char *part)
{
	static uint32_t number = 100;
	int64_t key = sample_add_run(&sample, SAMPLE_ID, number, 0, number);
	scoped_free char *sql = alloc_printf("%s AND run=%lld", change, (long long)key);
	struct profile_data data;
	struct err err = {0};

	sample_add_profile(&sample, key, number++, 0);
	sample_store_sql(&sample, sql);
	profile_data_init(&data);
	is_int(store_read_profile(sample.store, key, &data, &err), -EBADMSG, change);
	if (!ok(strstr(err_text(&err), part) != NULL, part))
		printf("# %s\n", err_text(&err));
	profile_data_release(&data);
}

static void test_damage(void)
{
	is_damaged_by("DELETE FROM profile_string WHERE id=2", "profile_string");
	is_damaged_by("UPDATE profile_string SET text='main' WHERE id=7", "profile_string");
	is_damaged_by("UPDATE module SET kind=5 WHERE id=1", "module");
	is_damaged_by("UPDATE module SET kind=-1 WHERE id=1", "module");
	is_damaged_by("UPDATE module SET build_id=zeroblob(21) WHERE id=1", "module");
	is_damaged_by("DELETE FROM module WHERE id=2", "frame");
	is_damaged_by("UPDATE frame SET module=3 WHERE id=0", "frame");
	is_damaged_by("UPDATE frame SET module=-1 WHERE id=0", "frame");
	is_damaged_by("UPDATE frame SET module=4294967296 WHERE id=0", "frame");
	is_damaged_by("DELETE FROM frame WHERE id=5", "stack");
	is_damaged_by("DELETE FROM stack WHERE id=9", "stack");
	is_damaged_by("UPDATE stack SET parent=id WHERE id=10", "stack");
	is_damaged_by("UPDATE stack SET parent=-1 WHERE id=10", "stack");
	is_damaged_by("UPDATE stack SET frame=4294967295 WHERE id=10", "stack");
	is_damaged_by("UPDATE stack SET parent=0, frame=0 WHERE id=10", "stack");
	is_damaged_by("DELETE FROM thread WHERE id=1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'80' WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'ffffffffffffffffffff010008' WHERE 1",
		      "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'0000ff01' WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=substr(data, 1, 6) WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'' WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET count=count+1 WHERE 1", "sample_chunk");
}

int main(void)
{
	sample_store_open(&sample);
	sample_add_experiment(&sample, SAMPLE_ID, 1000);
	test_small();
	test_large();
	test_damage();
	sample_store_close(&sample);
	return tap_done();
}
