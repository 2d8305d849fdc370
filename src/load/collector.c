#include "load/collector.h"

#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/alloc.h"

static struct load_second make_record(void)
{
	return (struct load_second){.response = histogram_new(), .service = histogram_new()};
}

/*
 * A second has a record per name, and its latecomers another. Made outside of the mutex: it is
 * 270 KB of zeros each.
 */
static void make_spares(struct collector *collector)
{
	size_t missing;

	pthread_mutex_lock(&collector->mutex);
	missing = 2 * (size_t)collector->name_count;
	missing -= collector->spares.count < missing ? collector->spares.count : missing;
	pthread_mutex_unlock(&collector->mutex);
	for (; missing > 0; missing--) {
		struct load_second spare = make_record();

		pthread_mutex_lock(&collector->mutex);
		vec_push(&collector->spares, spare);
		pthread_mutex_unlock(&collector->mutex);
	}
}

static void forget_newest(struct collector *collector)
{
	for (uint32_t i = 0; i < collector->name_count; i++)
		collector->newest[i] = COLLECTOR_NONE;
}

void collector_init(struct collector *collector, uint32_t name_count, uint32_t worker_count)
{
	*collector = (struct collector){.name_count = name_count, .worker_count = worker_count};
	pthread_mutex_init(&collector->mutex, NULL);
	pthread_mutex_init(&collector->drain_mutex, NULL);
	collector->all = histogram_new();
	collector->newest = alloc_array(name_count, sizeof(collector->newest[0]));
	forget_newest(collector);
	collector->totals = alloc_array(name_count, sizeof(collector->totals[0]));
	for (uint32_t i = 0; i < name_count; i++) {
		collector->totals[i].response = histogram_new();
		collector->totals[i].service = histogram_new();
	}
	make_spares(collector);
}

static void release_seconds(struct load_second *seconds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		histogram_free(seconds[i].response);
		histogram_free(seconds[i].service);
		histogram_free(seconds[i].censored);
	}
}

void collector_release(struct collector *collector)
{
	for (uint32_t i = 0; collector->totals != NULL && i < collector->name_count; i++) {
		histogram_free(collector->totals[i].response);
		histogram_free(collector->totals[i].service);
		histogram_free(collector->totals[i].censored);
	}
	free(collector->totals);
	vec_release(&collector->threads);
	vec_release(&collector->rows);
	histogram_free(collector->all);
	release_seconds(collector->pending.items, collector->pending.count);
	release_seconds(collector->spares.items, collector->spares.count);
	release_seconds(collector->drained.items, collector->drained.count);
	vec_release(&collector->pending);
	vec_release(&collector->before);
	free(collector->newest);
	vec_release(&collector->spares);
	vec_release(&collector->drained);
	pthread_mutex_destroy(&collector->mutex);
	pthread_mutex_destroy(&collector->drain_mutex);
}

/* The record of a second and name that still waits here, or a new one. */
static struct load_second *find_pending(struct collector *collector, uint32_t second, uint32_t name)
{
	struct load_second spare;

	for (uint32_t i = collector->newest[name]; i != COLLECTOR_NONE;
	     i = collector->before.items[i]) {
		if (collector->pending.items[i].second == second)
			return &collector->pending.items[i];
	}
	if (collector->spares.count > 0)
		spare = collector->spares.items[--collector->spares.count];
	else
		spare = make_record();
	spare.second = second;
	spare.name = name;
	vec_push(&collector->before, collector->newest[name]);
	collector->newest[name] = (uint32_t)collector->pending.count;
	vec_push(&collector->pending, spare);
	return &collector->pending.items[collector->pending.count - 1];
}

void collector_add_counts(struct collector *collector, uint32_t second, uint32_t name,
			  const struct load_counts *counts)
{
	pthread_mutex_lock(&collector->mutex);
	load_counts_add(&find_pending(collector, second, name)->counts, counts);
	pthread_mutex_unlock(&collector->mutex);
}

void collector_add_latency(struct collector *collector, uint32_t second, uint32_t name,
			   const struct histogram *response, const struct histogram *service)
{
	struct load_second *record;

	pthread_mutex_lock(&collector->mutex);
	record = find_pending(collector, second, name);
	histogram_merge(record->response, response);
	histogram_merge(record->service, service);
	pthread_mutex_unlock(&collector->mutex);
}

static void merge_censored(struct histogram **into, const struct histogram *from)
{
	if (from == NULL)
		return;
	if (*into == NULL)
		*into = histogram_new();
	histogram_merge(*into, from);
}

void collector_add_censored(struct collector *collector, uint32_t second, uint32_t name,
			    const struct histogram *censored)
{
	pthread_mutex_lock(&collector->mutex);
	merge_censored(&find_pending(collector, second, name)->censored, censored);
	pthread_mutex_unlock(&collector->mutex);
}

void collector_add_thread_second(struct collector *collector,
				 const struct load_thread_second *second)
{
	pthread_mutex_lock(&collector->mutex);
	vec_push(&collector->threads, *second);
	pthread_mutex_unlock(&collector->mutex);
}

void collector_add_rows(struct collector *collector, const struct load_row *rows, size_t count)
{
	pthread_mutex_lock(&collector->mutex);
	vec_reserve(&collector->rows, collector->rows.count + count);
	memcpy(collector->rows.items + collector->rows.count, rows, count * sizeof(rows[0]));
	collector->rows.count += count;
	pthread_mutex_unlock(&collector->mutex);
}

void collector_close_second(struct collector *collector, uint32_t second, uint64_t answered)
{
	struct collector_recent *recent = &collector->recent[second % COLLECTOR_RECENT_SECONDS];

	pthread_mutex_lock(&collector->mutex);
	if (recent->second != second)
		*recent = (struct collector_recent){.second = second};
	recent->reports++;
	recent->answered += answered;
	pthread_mutex_unlock(&collector->mutex);
}

/* pending → drained, adding to the totals. The workers wait only for the exchange of the list. */
static void drain(struct collector *collector)
{
	VEC(struct load_second) taken = {0};

	pthread_mutex_lock(&collector->mutex);
	taken.items = collector->pending.items;
	taken.count = collector->pending.count;
	taken.capacity = collector->pending.capacity;
	collector->pending.items = NULL;
	collector->pending.count = collector->pending.capacity = 0;
	vec_clear(&collector->before);
	forget_newest(collector);
	pthread_mutex_unlock(&collector->mutex);
	for (size_t i = 0; i < taken.count; i++) {
		const struct load_second *record = &taken.items[i];
		struct load_total *total = &collector->totals[record->name];

		load_counts_add(&total->counts, &record->counts);
		load_counts_add(&collector->sum, &record->counts);
		histogram_merge(total->response, record->response);
		histogram_merge(total->service, record->service);
		merge_censored(&total->censored, record->censored);
		histogram_merge(collector->all, record->response);
		vec_push(&collector->drained, *record);
	}
	vec_release(&taken);
	make_spares(collector);
}

void collector_collect(struct collector *collector, struct load_batch *batch)
{
	pthread_mutex_lock(&collector->drain_mutex);
	drain(collector);
	for (size_t i = 0; i < collector->drained.count; i++)
		vec_push(&batch->seconds, collector->drained.items[i]);
	vec_clear(&collector->drained);
	pthread_mutex_unlock(&collector->drain_mutex);
	pthread_mutex_lock(&collector->mutex);
	for (size_t i = 0; i < collector->threads.count; i++)
		vec_push(&batch->threads, collector->threads.items[i]);
	vec_clear(&collector->threads);
	for (size_t i = 0; i < collector->rows.count; i++)
		vec_push(&batch->rows, collector->rows.items[i]);
	vec_clear(&collector->rows);
	pthread_mutex_unlock(&collector->mutex);
}

static double find_rate(struct collector *collector)
{
	const struct collector_recent *newest = NULL;
	double rate;

	pthread_mutex_lock(&collector->mutex);
	for (uint32_t i = 0; i < COLLECTOR_RECENT_SECONDS; i++) {
		const struct collector_recent *recent = &collector->recent[i];

		if (recent->reports == collector->worker_count &&
		    (newest == NULL || recent->second > newest->second))
			newest = recent;
	}
	rate = newest != NULL ? (double)newest->answered : 0;
	pthread_mutex_unlock(&collector->mutex);
	return rate;
}

void collector_get_progress(struct collector *collector, struct load_progress *ret_progress)
{
	struct load_progress progress = {.rate_rps = find_rate(collector)};

	pthread_mutex_lock(&collector->drain_mutex);
	drain(collector);
	progress.answered = collector->sum.answered;
	progress.failures = load_counts_failures(&collector->sum);
	progress.p99_ns = quantile_of_histogram(collector->all, 0.99);
	pthread_mutex_unlock(&collector->drain_mutex);
	*ret_progress = progress;
}

struct load_total *collector_take_totals(struct collector *collector)
{
	struct load_total *totals;

	pthread_mutex_lock(&collector->drain_mutex);
	drain(collector);
	totals = collector->totals;
	collector->totals = NULL;
	pthread_mutex_unlock(&collector->drain_mutex);
	return totals;
}
