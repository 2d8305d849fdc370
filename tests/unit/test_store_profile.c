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
			  left->flags == right->flags && left->trouble == right->trouble &&
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
			  left->svma == right->svma && left->inline_depth == right->inline_depth;
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
			  a->samples.items[i].stack == b->samples.items[i].stack &&
			  a->samples.items[i].period == b->samples.items[i].period &&
			  a->samples.items[i].event == b->samples.items[i].event &&
			  a->samples.items[i].cpu == b->samples.items[i].cpu;
	return is_same;
}

static bool is_same_events(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->events.count == b->events.count;

	for (size_t i = 0; is_same && i < a->events.count; i++)
		is_same = a->events.items[i].name == b->events.items[i].name &&
			  a->events.items[i].period == b->events.items[i].period &&
			  a->events.items[i].is_clock == b->events.items[i].is_clock;
	return is_same;
}

static bool is_same_codes(const struct profile_data *a, const struct profile_data *b)
{
	bool is_same = a->codes.count == b->codes.count &&
		       a->code_lines.count == b->code_lines.count &&
		       a->sources.count == b->sources.count;

	for (size_t i = 0; is_same && i < a->codes.count; i++) {
		const struct profile_code *left = &a->codes.items[i], *right = &b->codes.items[i];

		is_same = left->module == right->module && left->function == right->function &&
			  left->svma == right->svma && left->size == right->size &&
			  memcmp(a->code_bytes.items + left->offset,
				 b->code_bytes.items + right->offset, left->size) == 0;
	}
	for (size_t i = 0; is_same && i < a->code_lines.count; i++)
		is_same = memcmp(&a->code_lines.items[i], &b->code_lines.items[i],
				 sizeof(a->code_lines.items[i])) == 0;
	for (size_t i = 0; is_same && i < a->sources.count; i++)
		is_same = memcmp(&a->sources.items[i], &b->sources.items[i],
				 sizeof(a->sources.items[i])) == 0;
	return is_same;
}

static bool is_same_quality(const struct profile_quality *a, const struct profile_quality *b)
{
	return memcmp(a->truncations, b->truncations, sizeof(a->truncations)) == 0 &&
	       a->audited_count == b->audited_count &&
	       a->audit_mismatch_count == b->audit_mismatch_count &&
	       a->stack_bytes == b->stack_bytes && a->stop_count == b->stop_count &&
	       a->stop_ns == b->stop_ns && a->sample_count == b->sample_count &&
	       a->complete_count == b->complete_count && a->joined_count == b->joined_count &&
	       a->truncated_count == b->truncated_count && a->lost_count == b->lost_count &&
	       a->throttled_count == b->throttled_count &&
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
	ok(is_same_events(data, &back), "… events");
	ok(is_same_codes(data, &back), "… code, its lines and sources");
	ok(data->frequency_hz == back.frequency_hz && data->sampler == back.sampler &&
		   data->stacks_from == back.stacks_from,
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

static void make_tables(struct profile_data *data, struct rng *rng)
{
	for (uint32_t i = 0; i < 50; i++) {
		struct module module = {.path = i % 7,
					.kind = (enum module_kind)(i % 5),
					.flags = (uint8_t)(i * 5),
					.trouble = i};
		char text[32];

		snprintf(text, sizeof(text), "string %u", i * i);
		string_table_intern(&data->strings, text);
		module.build_id_length = (uint8_t)(i % (BUILD_ID_BYTES + 1));
		for (uint8_t j = 0; j < module.build_id_length; j++)
			module.build_id[j] = (uint8_t)rng_next(rng);
		vec_push(&data->modules, module);
		vec_push(&data->threads, (struct profile_thread){UINT32_MAX - i, i, i, 50 - i});
	}
	for (uint32_t i = 0; i < 1000; i++)
		vec_push(&data->frames,
			 (struct frame){.module = i % 50,
					.function = (uint32_t)rng_next_below(rng, 51),
					.file = (uint32_t)rng_next_below(rng, 51),
					.line = (uint32_t)rng_next(rng),
					.inline_depth = (uint32_t)rng_next_below(rng, 9),
					.svma = rng_next(rng)});
	for (uint32_t i = 0; i < 5000; i++) {
		uint64_t below = rng_next_below(rng, data->stacks.nodes.count);

		if (below > STACK_JOINED && below < STACK_FIRST)
			below = STACK_TRUNCATED;
		stack_table_intern(&data->stacks, (uint32_t)below,
				   (uint32_t)rng_next_below(rng, 1000));
	}
	for (uint32_t i = 0; i < 300; i++)
		vec_push(&data->events,
			 (struct profile_event){.name = i % 50,
						.period = i == 0 ? UINT64_MAX : 1 + i * 1000,
						.is_clock = i % 3 == 0});
}

static void make_codes(struct profile_data *data, struct rng *rng)
{
	for (uint32_t i = 0; i < 20; i++) {
		struct profile_code code = {.module = i,
					    .function = i,
					    .svma = rng_next(rng) >> 1,
					    .size = i * 10,
					    .offset = data->code_bytes.count};

		vec_push(&data->codes, code);
		for (uint32_t j = 0; j < code.size; j++)
			vec_push(&data->code_bytes, (uint8_t)rng_next(rng));
		for (uint32_t j = 0; j < i; j++)
			vec_push(&data->code_lines,
				 (struct profile_code_line){i, j * 10, j, 3, UINT32_MAX - j});
		vec_push(&data->sources, (struct profile_source){i, 1 + 100 * i, 50 - i});
	}
}

/* Beyond two chunks of 4096 samples; every field at its ends, at random. */
static void test_large(void)
{
	struct profile_data data;
	uint64_t time_ns = UINT64_C(1) << 40;
	struct rng rng;

	rng_init(&rng, 17);
	profile_data_init(&data);
	make_tables(&data, &rng);
	make_codes(&data, &rng);
	for (uint32_t i = 0; i < 2 * 4096 + 1; i++) {
		uint16_t event = (uint16_t)rng_next_below(&rng, data.events.count);

		time_ns += rng_next(&rng) >> (24 + rng_next_below(&rng, 40));
		vec_push(&data.samples,
			 (struct sample){
				 .time_ns = time_ns,
				 .period = i % 2 == 0 ? data.events.items[event].period
						      : 1 + (rng_next(&rng) >> (i % 64)) / 2,
				 .thread = (uint32_t)rng_next_below(&rng, 50),
				 .stack = (uint32_t)rng_next_below(&rng, data.stacks.nodes.count),
				 .event = event,
				 .cpu = (uint16_t)(i == 5 ? SAMPLE_CPU_UNKNOWN : rng_next(&rng))});
	}
	data.quality = (struct profile_quality){.sample_count = UINT64_MAX,
						.joined_count = 3,
						.audited_count = 40,
						.audit_mismatch_count = 1,
						.stack_bytes = 99,
						.stop_count = 7,
						.stop_ns = 1234567};
	for (int i = 0; i < TRUNCATION_COUNT; i++)
		data.quality.truncations[i] = (uint64_t)(i * i);
	data.frequency_hz = 199.0 / 7.0;
	is_stored(&data, sample_add_run(&sample, SAMPLE_ID, 3, 0, 2), "a large profile");
	profile_data_release(&data);
}

static int64_t count_bytes(const char *file, int64_t key)
{
	sqlite3_stmt *row = NULL;
	int64_t bytes = -1;
	sqlite3 *db;

	if (sqlite3_open(file, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT sum(length(data)) FROM sample_chunk WHERE run=?", -1,
			       &row, NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(row, 1, key) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		bytes = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return bytes;
}

/*
 * At most 16 bytes a sample, of a busy server that is sampled 999 times a second on each of 64
 * CPUs.
 */
static void test_size(void)
{
	enum { COUNT = 20000 };
	scoped_free char *file = alloc_printf("%s/sonde.db", sample.path);
	int64_t key = sample_add_run(&sample, SAMPLE_ID, 4, 0, 4);
	struct profile_data data;
	struct err err = {0};
	int64_t bytes;

	profile_data_init(&data);
	sample_make_profile(&data, 4, 0);
	vec_clear(&data.samples);
	for (uint32_t i = 1; i < 200; i++)
		vec_push(&data.threads, (struct profile_thread){.pid = 1, .tid = 1 + i});
	for (uint32_t i = 0; i < 40000; i++) /* distinct stacks */
		stack_table_intern(&data.stacks, i < 8 ? STACK_COMPLETE : i, i % 6);
	for (uint32_t i = 0; i < COUNT; i++)
		vec_push(&data.samples,
			 (struct sample){.time_ns = sample_begin_ns(4) + i * UINT64_C(15640),
					 .period = i % 3 == 0 ? 1001000 + i : SAMPLE_WEIGHT_NS,
					 .thread = i % 200,
					 .stack = (uint32_t)data.stacks.nodes.count - 1 - i % 4000,
					 .cpu = (uint16_t)(i % 64)});
	sample_check(store_add_profile(sample.store, key, &data, &err), &err);
	bytes = count_bytes(file, key);
	if (!ok(bytes > COUNT && bytes <= 16 * (int64_t)COUNT, "at most 16 bytes a sample"))
		printf("# %" PRId64 " bytes of %d samples\n", bytes, COUNT);
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
	is_damaged_by("UPDATE sample_chunk SET data=x'ffffffffffffffffffff0100080000' WHERE 1",
		      "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'0000ff01' WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=substr(data, 1, 6) WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET data=x'' WHERE 1", "sample_chunk");
	/* time, thread, stack, event, cpu, period */
	is_damaged_by("UPDATE sample_chunk SET count=1, data=x'0000080200' WHERE 1",
		      "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET count=1, data=x'000008010000' WHERE 1",
		      "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET count=1, data=x'0000080080808004' WHERE 1",
		      "sample_chunk");
	is_damaged_by("UPDATE sample_chunk SET count=1, data=x'0000080100' WHERE 1",
		      "sample_chunk");
	is_damaged_by("DELETE FROM profile_event WHERE 1", "sample_chunk");
	is_damaged_by("UPDATE profile_event SET period=0 WHERE 1", "profile_event");
	is_damaged_by("UPDATE profile_event SET id=1 WHERE 1", "profile_event");
	is_damaged_by("UPDATE profile_code SET module=3 WHERE 1", "profile_code");
	is_damaged_by("UPDATE profile_code SET svma=-1 WHERE 1", "profile_code");
	is_damaged_by("UPDATE profile_code_line SET code=9 WHERE id=0", "profile_code_line");
	is_damaged_by("UPDATE profile_code_line SET offset=100 WHERE id=0", "profile_code_line");
	is_damaged_by("UPDATE profile_source SET text=999 WHERE 1", "profile_source");
	is_damaged_by("UPDATE sample_chunk SET count=count+1 WHERE 1", "sample_chunk");
}

int main(void)
{
	sample_store_open(&sample);
	sample_add_experiment(&sample, SAMPLE_ID, 1000);
	test_small();
	test_large();
	test_size();
	test_damage();
	sample_store_close(&sample);
	return tap_done();
}
