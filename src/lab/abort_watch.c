#include "lab/abort_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"

void abort_watch_init(struct abort_watch *watch, const struct plan_load *plan,
		      const struct load *load)
{
	*watch = (struct abort_watch){.load = load};
	if (plan->abort_count == 0)
		return;
	watch->name_count = load_get_name_count(load);
	watch->conditions = alloc_array(plan->abort_count, sizeof(watch->conditions[0]));
	watch->texts = alloc_array(plan->abort_count, sizeof(watch->texts[0]));
	watch->totals = alloc_array(watch->name_count + 1, sizeof(watch->totals[0]));
	for (uint32_t i = 0; i <= watch->name_count; i++) {
		watch->totals[i].total.response = histogram_new();
		watch->totals[i].total.censored = histogram_new();
	}
	for (uint32_t i = 0; i < plan->abort_count; i++) /* the plan has checked their form */
		if (threshold_parse(&watch->conditions[watch->count], plan->abort_on[i], NULL) == 0)
			watch->texts[watch->count++] = plan->abort_on[i];
}

void abort_watch_release(struct abort_watch *watch)
{
	for (uint32_t i = 0; watch->totals != NULL && i <= watch->name_count; i++) {
		histogram_free(watch->totals[i].total.response);
		histogram_free(watch->totals[i].total.censored);
	}
	free(watch->totals);
	free(watch->conditions);
	free(watch->texts);
	*watch = (struct abort_watch){0};
}

static void add_completed(struct abort_total *total, const struct load_second *second)
{
	uint32_t place = second->second % ABORT_RECENT_SECONDS;
	uint64_t completed = second->counts.completed;

	if (total->recent[place].second > second->second) {
		total->completed_before += completed;
		return;
	}
	if (total->recent[place].second < second->second) {
		total->completed_before += total->recent[place].completed;
		total->recent[place].second = second->second;
		total->recent[place].completed = 0;
	}
	total->recent[place].completed += completed;
}

/* In the seconds before this one, which is one of the recent ones. */
static uint64_t count_completed(const struct abort_total *total, uint64_t second)
{
	uint64_t completed = total->completed_before;

	for (int i = 0; i < ABORT_RECENT_SECONDS; i++)
		if (total->recent[i].second < second)
			completed += total->recent[i].completed;
	return completed;
}

static void add(struct abort_total *total, const struct load_second *second)
{
	load_counts_add(&total->total.counts, &second->counts);
	add_completed(total, second);
	histogram_merge(total->total.response, second->response);
	if (second->censored != NULL)
		histogram_merge(total->total.censored, second->censored);
}

void abort_watch_add(struct abort_watch *watch, const struct load_second *second)
{
	if (watch->count == 0)
		return;
	add(&watch->totals[second->name], second);
	add(&watch->totals[watch->name_count], second);
}

static const struct abort_total *find_total(const struct abort_watch *watch, const char *scope)
{
	for (uint32_t i = 0; scope[0] != '\0' && i < watch->name_count; i++)
		if (strcmp(load_get_name(watch->load, i), scope) == 0)
			return &watch->totals[i];
	return &watch->totals[watch->name_count];
}

const char *abort_watch_check(const struct abort_watch *watch, uint64_t elapsed_ns)
{
	uint64_t whole = elapsed_ns >= NS_PER_S ? elapsed_ns / NS_PER_S - 1 : 0;

	for (uint32_t i = 0; i < watch->count; i++) {
		const struct threshold *condition = &watch->conditions[i];
		const struct abort_total *total = find_total(watch, condition->scope);
		struct load_counts counts = total->total.counts;
		double value;

		counts.completed = count_completed(total, whole);
		value = threshold_measure(condition, &counts, total->total.response,
					  total->total.censored, (double)whole, NULL);
		if (!isnan(value) && !threshold_is_met(condition, value))
			return watch->texts[i];
	}
	return NULL;
}
