#include "view/function_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

#define NAMELESS_RATIO 0.5 /* of a module's samples without a name: a side does not know it */

/* A module, with the row of all of it. */
struct module_samples {
	const char *name;
	bool is_kernel;
	double named[PROFILE_SIDES], nameless[PROFILE_SIDES]; /* self */
	uint32_t row;
};

struct collect {
	struct arena *arena;
	uint32_t replicate_count;
	bool is_total;
	VEC(struct function_samples_row) rows;
	VEC(uint32_t) row_modules; /* by row */
	VEC(double) counts;	   /* row-major */
	struct hashmap index;	   /* of (name, module) */
	VEC(struct module_samples) modules;
};

/* ---- names ---- */

/* Whether `mark` is a suffix that starts a clone's part of a name. */
static bool is_clone_mark(const char *mark, size_t length)
{
	static const char *const plain[] = {".cold", ".localalias"};
	static const char *const numbered[] = {".cold.", ".part.",     ".isra.",      ".constprop.",
					       ".llvm.", ".lto_priv.", ".localalias."};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strlen(plain[i]) == length && strncmp(mark, plain[i], length) == 0)
			return true;
	for (size_t i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++) {
		size_t prefix = strlen(numbered[i]);

		if (length > prefix && strncmp(mark, numbered[i], prefix) == 0 &&
		    strspn(mark + prefix, "0123456789") >= length - prefix)
			return true;
	}
	return false;
}

/* Where the last " [clone …]" of a name begins; `length` when it ends in something else. */
static size_t find_clone_note(const char *name, size_t length)
{
	static const char note[] = " [clone ";

	if (length == 0 || name[length - 1] != ']')
		return length;
	for (size_t at = length; at-- > 1;)
		if (strncmp(name + at, note, strlen(note)) == 0)
			return at;
	return length;
}

/* Where the last suffix of one name that marks a clone begins; `length` without one. */
static size_t find_clone_mark(const char *name, size_t length)
{
	for (size_t at = length; at-- > 1;) {
		if (name[at] != '.')
			continue;
		if (is_clone_mark(name + at, length - at))
			return at;
		if (at + 1 < length && (name[at + 1] < '0' || name[at + 1] > '9'))
			break; /* a part of the name itself, and no number of a mark */
	}
	return length;
}

size_t function_samples_measure_name(const char *name)
{
	size_t length = strlen(name);

	for (;;) {
		size_t shorter = find_clone_note(name, length);

		if (shorter == length)
			shorter = find_clone_mark(name, length);
		if (shorter == length)
			return length;
		length = shorter;
	}
}

/* ---- rows ---- */

static uint32_t add_row(struct collect *collect, const struct function_samples_row *row,
			uint32_t module)
{
	vec_push(&collect->rows, *row);
	vec_push(&collect->row_modules, module);
	for (uint32_t i = 0; i < collect->replicate_count; i++)
		vec_push(&collect->counts, 0.0);
	return (uint32_t)collect->rows.count - 1;
}

static uint32_t find_module(struct collect *collect, const char *name, bool is_kernel)
{
	uint32_t id = 0;

	while (id < collect->modules.count && strcmp(collect->modules.items[id].name, name) != 0)
		id++;
	if (id == collect->modules.count) {
		struct module_samples module = {.name = arena_strdup(collect->arena, name),
						.is_kernel = is_kernel};
		struct function_samples_row row = {
			.module = module.name, .is_kernel = is_kernel, .is_nameless = true};

		row.name =
			name[0] == '[' ? module.name : arena_printf(collect->arena, "[%s]", name);
		module.row = add_row(collect, &row, id);
		vec_push(&collect->modules, module);
	}
	return id;
}

static uint32_t find_row(struct collect *collect, const char *name, size_t length, uint32_t module,
			 bool is_nameless)
{
	uint64_t hash = hashmap_hash_u64(hashmap_hash_bytes(name, length) + module) + is_nameless;
	struct function_samples_row row = {.module = collect->modules.items[module].name,
					   .is_kernel = collect->modules.items[module].is_kernel,
					   .is_nameless = is_nameless};
	uint32_t slot, id = hashmap_first(&collect->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&collect->index, hash, &slot)) {
		const struct function_samples_row *known = &collect->rows.items[id];

		if (collect->row_modules.items[id] == module && known->is_nameless == is_nameless &&
		    strlen(known->name) == length && strncmp(known->name, name, length) == 0)
			return id;
	}
	row.name = arena_strndup(collect->arena, name, length);
	id = add_row(collect, &row, module);
	hashmap_insert(&collect->index, hash, id);
	return id;
}

/* The row of each frame of a run, by frame id. Caller frees. */
static uint32_t *map_frames(struct collect *collect, const struct profile_data *data)
{
	uint32_t *rows = alloc_array(data->frames.count + 1, sizeof(*rows));

	for (uint32_t i = 0; i < data->frames.count; i++) {
		const struct frame *frame = &data->frames.items[i];
		bool is_kernel = data->modules.items[frame->module].kind == MODULE_KERNEL;
		const char *name = string_table_get(&data->strings, frame->function);
		uint32_t module = find_module(
			collect, profile_data_get_module_name(data, frame->module), is_kernel);
		bool is_nameless = frame->function == STRING_EMPTY;

		if (is_nameless)
			name = collect->rows.items[collect->modules.items[module].row].name;
		rows[i] = find_row(collect, name,
				   is_nameless ? strlen(name) : function_samples_measure_name(name),
				   module, is_nameless);
	}
	return rows;
}

/* ---- counting ---- */

/* One profile while it is counted. */
struct counting {
	struct collect *collect;
	const struct replicated_profile *profile;
	uint32_t *rows; /* by frame id */
	uint32_t *seen; /* by row: the last stack that counted it, from STACK_FIRST */
};

/* To a row, `samples` by replicate of the profile. */
static void add_counts(const struct counting *counting, uint32_t row, const double *samples)
{
	struct collect *collect = counting->collect;
	double *counts = collect->counts.items + (size_t)row * collect->replicate_count +
			 counting->profile->first;

	for (uint32_t i = 0; i < counting->profile->count; i++)
		counts[i] += samples[i];
}

/* Self to the leaf; total, and being seen, once a stack. */
static void count_row(const struct counting *counting, uint32_t row, uint32_t stack, bool is_leaf,
		      const double *samples, double sum)
{
	struct collect *collect = counting->collect;
	bool is_first = counting->seen[row] != stack;

	if (is_first)
		collect->rows.items[row].seen[counting->profile->side] += sum;
	if (collect->is_total ? is_first : is_leaf)
		add_counts(counting, row, samples);
	counting->seen[row] = stack;
}

static void count_stack(const struct counting *counting, uint32_t stack, const double *samples)
{
	struct collect *collect = counting->collect;
	uint32_t frames[STACK_DEPTH_MAX], side = counting->profile->side;
	uint32_t count = stack_table_get_frames(&counting->profile->profile->data->stacks, stack,
						frames, STACK_DEPTH_MAX);
	double sum = 0;

	for (uint32_t i = 0; i < counting->profile->count; i++)
		sum += samples[i];
	for (uint32_t i = 0; i < count && sum > 0; i++) {
		uint32_t row = counting->rows[frames[i]];
		struct module_samples *module =
			&collect->modules.items[collect->row_modules.items[row]];

		count_row(counting, row, stack, i == 0, samples, sum);
		count_row(counting, module->row, stack, i == 0, samples, sum);
		if (i == 0 && collect->rows.items[row].is_nameless)
			module->nameless[side] += sum;
		else if (i == 0)
			module->named[side] += sum;
	}
}

/* By stack and replicate, row-major. Caller frees. */
static double *sum_stacks(const struct replicated_profile *replicated)
{
	const struct profile_data *data = replicated->profile->data;
	double *sums = alloc_array((size_t)(data->stacks.nodes.count + 1) * replicated->count,
				   sizeof(*sums));

	for (size_t i = 0; i < data->samples.count; i++) {
		const struct sample *sample = &data->samples.items[i];

		sums[(size_t)sample->stack * replicated->count +
		     profile_replicates_find(replicated, sample)] +=
			profile_filter_get_weight(replicated->profile, sample);
	}
	return sums;
}

static void count_hidden(struct collect *collect, const struct replicated_profile *replicated)
{
	static const char name[] = "[kernel, hidden]";
	double hidden = replicated->profile->hidden;
	uint32_t row;

	if (hidden <= 0)
		return;
	row = find_row(collect, name, strlen(name), find_module(collect, "[kernel]", true), true);
	collect->rows.items[row].is_hidden = true;
	collect->rows.items[row].seen[replicated->side] += hidden;
	for (uint32_t i = 0; i < replicated->count; i++)
		collect->counts
			.items[(size_t)row * collect->replicate_count + replicated->first + i] +=
			hidden * replicated->replicates[i].hidden_ratio;
}

static int count_profile(void *context, const struct replicated_profile *replicated,
			 struct err *err)
{
	struct collect *collect = context;
	const struct profile_data *data = replicated->profile->data;
	struct counting counting = {.collect = collect, .profile = replicated};
	double *sums = sum_stacks(replicated);

	(void)err;
	counting.rows = map_frames(collect, data);
	counting.seen = alloc_array(collect->rows.count + 1, sizeof(*counting.seen));
	for (uint32_t stack = STACK_FIRST; stack < data->stacks.nodes.count; stack++)
		count_stack(&counting, stack, sums + (size_t)stack * replicated->count);
	count_hidden(collect, replicated);
	free(counting.seen);
	free(counting.rows);
	free(sums);
	return 0;
}

/* ---- settling ---- */

/* Whether only one of the sides knows the module's names. */
static bool is_half_named(const struct module_samples *module)
{
	bool is_nameless[PROFILE_SIDES];

	for (int side = 0; side < PROFILE_SIDES; side++) {
		double all = module->named[side] + module->nameless[side];

		if (all <= 0)
			return false;
		is_nameless[side] = module->nameless[side] > NAMELESS_RATIO * all;
	}
	return is_nameless[PROFILE_BASE] != is_nameless[PROFILE_HEAD];
}

static void keep_row(struct function_samples *samples, const struct collect *collect, uint32_t row)
{
	size_t width = collect->replicate_count;

	samples->rows[samples->count] = collect->rows.items[row];
	memcpy(samples->counts + samples->count * width, collect->counts.items + row * width,
	       width * sizeof(double));
	samples->count++;
}

/* Of each module either its functions or all of it. */
static void settle(struct collect *collect, struct function_samples *samples)
{
	size_t count = collect->rows.count;

	*samples = (struct function_samples){0};
	samples->rows = arena_alloc(collect->arena, count + 1, sizeof(*samples->rows));
	samples->counts = arena_alloc(collect->arena, (count + 1) * collect->replicate_count,
				      sizeof(*samples->counts));
	for (uint32_t row = 0; row < count; row++) {
		uint32_t id = collect->row_modules.items[row];
		const struct module_samples *module = &collect->modules.items[id];
		const struct function_samples_row *known = &collect->rows.items[row];
		bool is_merged = is_half_named(module);

		if (known->seen[PROFILE_BASE] + known->seen[PROFILE_HEAD] <= 0)
			continue;
		samples->merged_count += is_merged && row == module->row;
		if (known->is_hidden || (row == module->row) == is_merged)
			keep_row(samples, collect, row);
	}
}

int function_samples_read(struct function_samples *ret_samples, struct arena *arena,
			  struct profile_replicates *replicates, bool is_total, struct err *err)
{
	struct collect collect = {
		.arena = arena, .replicate_count = replicates->count, .is_total = is_total};
	int r;

	hashmap_init(&collect.index);
	r = profile_replicates_read(replicates, arena, count_profile, &collect, err);
	if (r == 0)
		settle(&collect, ret_samples);
	vec_release(&collect.rows);
	vec_release(&collect.row_modules);
	vec_release(&collect.counts);
	vec_release(&collect.modules);
	hashmap_release(&collect.index);
	return r;
}
