#include "symbol/dwarf.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf_answer.h"
#include "symbol/dwarf_object.h"
#include "symbol/dwarf_once.h"
#include "symbol/dwarf_unit_map.h"
#include "symbol/range_index.h"
#include "util/alloc.h"

enum { MAX_THREADS = 64 };

struct dwarf {
	struct dwarf_object main;
	struct dwarf_object alternate;
	bool has_alternate;
	struct dwarf_split split;
	struct range_index units_by_svma; /* built by the first question */
	bool has_index;
	uint32_t *address_counts; /* asked so far, of each unit */
	struct dwarf_build build;
};

int dwarf_new(struct dwarf **ret_dwarf, const struct dwarf_input *input, struct err *err)
{
	struct dwarf *dwarf;

	if (input->main.sections[DWARF_INFO].bytes == NULL ||
	    input->main.sections[DWARF_INFO].size == 0)
		return err_set(err, -ENODATA, "there is no debug information (.debug_info)");
	dwarf = alloc_new(struct dwarf);
	dwarf_object_init(&dwarf->main, &input->main);
	dwarf_split_init(&dwarf->split, input);
	range_index_init(&dwarf->units_by_svma);
	dwarf_object_read(&dwarf->main);
	if (dwarf->main.units.count == 0) {
		dwarf_free(dwarf);
		return err_set(
			err, -ENODATA,
			"the debug information has no unit of DWARF 2 to 5 that can be read");
	}
	if (input->alternate != NULL) {
		dwarf->has_alternate = true;
		dwarf_object_init(&dwarf->alternate, input->alternate);
		dwarf_object_read(&dwarf->alternate);
		dwarf->main.alternate = &dwarf->alternate;
	}
	dwarf->address_counts =
		alloc_array(dwarf->main.units.count, sizeof(dwarf->address_counts[0]));
	dwarf->build.producer = "";
	*ret_dwarf = dwarf;
	return 0;
}

void dwarf_free(struct dwarf *dwarf)
{
	if (dwarf == NULL)
		return;
	dwarf_split_release(&dwarf->split);
	if (dwarf->has_alternate)
		dwarf_object_release(&dwarf->alternate);
	dwarf_object_release(&dwarf->main);
	range_index_release(&dwarf->units_by_svma);
	free(dwarf->address_counts);
	free(dwarf);
}

static void renew_budgets(struct dwarf *dwarf)
{
	dwarf_source_renew(&dwarf->main.source);
	if (dwarf->has_alternate)
		dwarf_source_renew(&dwarf->alternate.source);
	if (dwarf->split.package != NULL)
		dwarf_source_renew(&dwarf->split.package->source);
	for (size_t i = 0; i < dwarf->split.dwos.count; i++)
		dwarf_source_renew(&dwarf->split.dwos.items[i]->source);
}

/* The unit that an address is in; NULL = none. */
static struct dwarf_unit *find_unit(struct dwarf *dwarf, uint64_t svma)
{
	if (!dwarf->has_index) {
		dwarf_unit_map_build(&dwarf->units_by_svma, &dwarf->main);
		dwarf->has_index = true;
	}
	return dwarf_unit_map_find(&dwarf->units_by_svma, &dwarf->main, svma);
}

/* An address of the question, and its unit. */
struct hot_address {
	uint64_t svma;
	struct dwarf_unit *unit;
	size_t index; /* of the place */
};

/* All hot addresses of a unit: the work that a thread takes at once. */
struct job {
	struct dwarf_unit *unit;
	size_t first, count; /* of the hot addresses */
};

/* One dwarf_find(). */
struct batch {
	struct dwarf *dwarf;
	VEC(struct hot_address) addresses; /* by unit, then ascending */
	VEC(struct job) jobs;		   /* the largest units first */
	atomic_size_t next_job;
	struct dwarf_place *places;
	struct arena *arena;
	pthread_mutex_t arena_lock;
};

static int compare_addresses(const void *a, const void *b)
{
	const struct hot_address *one = a, *other = b;

	if (one->unit != other->unit)
		return one->unit < other->unit ? -1 : 1;
	return (one->index > other->index) - (one->index < other->index);
}

static uint64_t get_unit_bytes(const struct job *job)
{
	return job->unit->end - job->unit->offset;
}

static int compare_jobs(const void *a, const void *b)
{
	const struct job *one = a, *other = b;
	uint64_t size = get_unit_bytes(one), other_size = get_unit_bytes(other);

	return (size < other_size) - (size > other_size);
}

static void add_addresses(struct batch *batch, const uint64_t *svmas, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dwarf_unit *unit = find_unit(batch->dwarf, svmas[i]);

		batch->places[i] = (struct dwarf_place){0};
		if (unit != NULL)
			vec_push(&batch->addresses,
				 (struct hot_address){.svma = svmas[i], .unit = unit, .index = i});
	}
	if (batch->addresses.count > 1)
		qsort(batch->addresses.items, batch->addresses.count,
		      sizeof(batch->addresses.items[0]), compare_addresses);
}

static void add_jobs(struct batch *batch)
{
	for (size_t first = 0; first < batch->addresses.count;) {
		struct job job = {.unit = batch->addresses.items[first].unit, .first = first};

		while (first < batch->addresses.count &&
		       batch->addresses.items[first].unit == job.unit)
			first++;
		job.count = first - job.first;
		vec_push(&batch->jobs, job);
	}
	if (batch->jobs.count > 1)
		qsort(batch->jobs.items, batch->jobs.count, sizeof(batch->jobs.items[0]),
		      compare_jobs);
}

static void run_job(struct batch *batch, const struct job *job, struct dwarf_answerer *answerer)
{
	const struct hot_address *addresses = batch->addresses.items + job->first;
	scoped_free uint64_t *svmas = alloc_array(job->count, sizeof(*svmas));
	scoped_free struct dwarf_place *places = alloc_array(job->count, sizeof(*places));

	for (size_t i = 0; i < job->count; i++)
		svmas[i] = addresses[i].svma;
	dwarf_answer_unit(answerer, job->unit, svmas, job->count, places);
	for (size_t i = 0; i < job->count; i++)
		batch->places[addresses[i].index] = places[i];
}

static void *run_jobs(void *arg)
{
	struct batch *batch = arg;
	struct dwarf_answerer answerer;
	size_t job;

	dwarf_answer_init(&answerer, &batch->dwarf->split, batch->arena, &batch->arena_lock);
	while ((job = atomic_fetch_add(&batch->next_job, 1)) < batch->jobs.count)
		run_job(batch, &batch->jobs.items[job], &answerer);
	dwarf_answer_release(&answerer);
	return NULL;
}

/* The caller's thread works too, and alone when no other can be had. */
static void run_threads(struct batch *batch, uint32_t thread_count)
{
	pthread_t threads[MAX_THREADS];
	size_t started = 0, wanted = thread_count < MAX_THREADS ? thread_count : MAX_THREADS;

	if (wanted > batch->jobs.count)
		wanted = batch->jobs.count;
	while (started + 1 < wanted &&
	       pthread_create(&threads[started], NULL, run_jobs, batch) == 0)
		started++;
	run_jobs(batch);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

/*
 * gcc writes its options down, unless it is told not to: without -O1 or more among them the code is
 * slow for no good reason. clang and rustc do not tell.
 */
static bool is_unoptimized(const char *producer)
{
	const char *option = producer;
	bool is_optimized = false;

	if (strncmp(producer, "GNU ", strlen("GNU ")) != 0 ||
	    strncmp(producer, "GNU AS", strlen("GNU AS")) == 0 || strstr(producer, " -") == NULL)
		return false;
	while ((option = strstr(option, " -O")) != NULL) {
		option += strlen(" -O");
		is_optimized = *option != '0'; /* the last one counts */
	}
	return !is_optimized;
}

static bool is_sanitized(const char *producer)
{
	return strstr(producer, "-fsanitize=") != NULL;
}

/* In the section, with its NUL; "" = unknown. */
static const char *find_producer(const struct dwarf_unit *unit)
{
	const char *text = NULL;
	size_t length;

	if (unit->bytes == NULL)
		return "";
	text = dwarf_unit_find_text(unit, &unit->root.producer, &length);
	if (text == NULL && unit->split != NULL)
		text = dwarf_unit_find_text(unit->split, &unit->split->root.producer, &length);
	return text == NULL || length >= DWARF_MAX_TEXT ? "" : text;
}

static void update_build(struct batch *batch)
{
	struct dwarf *dwarf = batch->dwarf;
	struct dwarf_build *build = &dwarf->build;
	uint32_t most = 0;

	for (size_t i = 0; i < batch->jobs.count; i++) {
		const struct job *job = &batch->jobs.items[i];

		dwarf->address_counts[job->unit - dwarf->main.units.items] += (uint32_t)job->count;
	}
	*build = (struct dwarf_build){.producer = ""};
	for (size_t i = 0; i < dwarf->main.units.count; i++) {
		const char *producer;

		if (dwarf->address_counts[i] == 0)
			continue;
		producer = find_producer(&dwarf->main.units.items[i]);
		build->unit_count++;
		build->unit_count_unoptimized += is_unoptimized(producer);
		build->unit_count_sanitized += is_sanitized(producer);
		if (dwarf->address_counts[i] > most) {
			most = dwarf->address_counts[i];
			build->producer = producer;
		}
	}
	build->missing_dwo_count = dwarf->split.missing_count;
	build->damaged_count = dwarf->main.damaged_count +
			       (dwarf->has_alternate ? dwarf->alternate.damaged_count : 0) +
			       dwarf_split_get_damaged_count(&dwarf->split);
}

void dwarf_find(struct dwarf *dwarf, const uint64_t *svmas, size_t count,
		struct dwarf_place *ret_places, struct arena *arena, uint32_t thread_count)
{
	struct batch batch = {.dwarf = dwarf, .places = ret_places, .arena = arena};

	renew_budgets(dwarf);
	pthread_mutex_init(&batch.arena_lock, NULL);
	add_addresses(&batch, svmas, count);
	add_jobs(&batch);
	run_threads(&batch, thread_count);
	update_build(&batch);
	pthread_mutex_destroy(&batch.arena_lock);
	vec_release(&batch.addresses);
	vec_release(&batch.jobs);
}

static int compare_rows(const void *a, const void *b)
{
	const struct dwarf_row *one = a, *other = b;

	return (one->svma > other->svma) - (one->svma < other->svma);
}

void dwarf_get_lines(struct dwarf *dwarf, uint64_t svma, uint64_t size, struct arena *arena,
		     const struct dwarf_line **ret_lines, size_t *ret_count)
{
	struct dwarf_unit *unit = find_unit(dwarf, svma);
	const struct dwarf_line_table *table;
	pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
	struct dwarf_rows rows = {0};
	struct dwarf_texts texts;
	struct dwarf_line *lines;

	*ret_lines = NULL;
	*ret_count = 0;
	if (unit == NULL || !dwarf_unit_open(unit) || size > UINT64_MAX - svma)
		return;
	table = dwarf_line_table_find(unit);
	if (table == NULL)
		return;
	if (!dwarf_line_program_collect(table, svma, svma + size, &rows))
		dwarf_unit_set_damaged(unit);
	if (rows.count > 1)
		qsort(rows.items, rows.count, sizeof(rows.items[0]), compare_rows);
	dwarf_texts_init(&texts, arena, &arena_lock);
	lines = arena_alloc(arena, rows.count, sizeof(*lines));
	for (size_t i = 0; i < rows.count; i++)
		lines[i] = (struct dwarf_line){
			.svma = rows.items[i].svma,
			.file = dwarf_texts_find_path(&texts, unit, rows.items[i].file),
			.line = rows.items[i].line,
		};
	dwarf_texts_release(&texts);
	*ret_lines = lines;
	*ret_count = rows.count;
	vec_release(&rows);
}

void dwarf_get_build(const struct dwarf *dwarf, struct dwarf_build *ret_build)
{
	*ret_build = dwarf->build;
}
