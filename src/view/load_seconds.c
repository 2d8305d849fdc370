#include "view/load_seconds.h"

#include "stats/quantile.h"
#include "util/strbuf.h"

struct load_seconds_slot {
	struct load_view_second made; /* but for what follows from `response` */
	struct strbuf response;	      /* empty = no answer yet */
};

static struct load_seconds_slot *find_slot(struct load_seconds *seconds, uint32_t second)
{
	if (second >= LOAD_SECONDS_MAX)
		return NULL;
	while (seconds->count <= second) {
		struct load_seconds_slot fresh = {.made = {.second = (uint32_t)seconds->count}};

		strbuf_init(&fresh.response, 1 << 22);
		vec_push(seconds, fresh);
	}
	return &seconds->items[second];
}

static void add_response(struct load_seconds_slot *slot, const struct histogram *response,
			 struct histogram *scratch)
{
	const struct histogram *merged = response;

	if (slot->response.length > 0) {
		slot->made.response = slot->response.data;
		slot->made.response_length = slot->response.length;
		histogram_clear(scratch);
		load_view_add_second(&slot->made, scratch);
		histogram_merge(scratch, response);
		merged = scratch;
		strbuf_clear(&slot->response);
	}
	histogram_encode(merged, &slot->response);
	slot->made.sum_ns = merged->sum_ns;
	slot->made.min_ns = merged->min_ns;
	slot->made.max_ns = merged->max_ns;
}

void load_seconds_add(struct load_seconds *seconds, const struct load_second *second,
		      struct histogram *scratch)
{
	struct load_seconds_slot *slot = find_slot(seconds, second->second);

	if (slot == NULL)
		return;
	load_counts_add(&slot->made.counts, &second->counts);
	if (second->response->count > 0)
		add_response(slot, second->response, scratch);
}

static void keep_greatest(uint64_t *into, uint64_t value)
{
	if (value > *into)
		*into = value;
}

void load_seconds_add_thread(struct load_seconds *seconds, const struct load_thread_second *second)
{
	struct load_seconds_slot *slot = find_slot(seconds, second->second);

	if (slot == NULL)
		return;
	slot->made.in_flight += second->in_flight;
	slot->made.waiting += second->waiting;
	slot->made.client_cpu_ns += second->cpu_ns;
	slot->made.client_wait_ns += second->wait_ns;
	keep_greatest(&slot->made.lag_p50_ns, second->lag_p50_ns);
	keep_greatest(&slot->made.lag_max_ns, second->lag_max_ns);
}

static struct load_view_second settle(struct load_seconds_slot *slot, struct arena *arena,
				      struct histogram *scratch)
{
	struct load_view_second second = slot->made;

	second.response = NULL;
	second.response_length = slot->response.length;
	if (second.response_length > 0) {
		second.response = arena_strndup(arena, slot->response.data, second.response_length);
		histogram_clear(scratch);
		load_view_add_second(&second, scratch);
		if (quantile_is_earned(scratch->count, 0.5))
			second.p50_ns = quantile_of_histogram(scratch, 0.5);
		if (quantile_is_earned(scratch->count, 0.99))
			second.p99_ns = quantile_of_histogram(scratch, 0.99);
	}
	strbuf_release(&slot->response);
	return second;
}

struct load_view_second *load_seconds_settle(struct load_seconds *seconds, struct arena *arena,
					     struct histogram *scratch, uint32_t *ret_count)
{
	struct load_view_second *list = arena_alloc(arena, seconds->count + 1, sizeof(*list));

	for (size_t i = 0; i < seconds->count; i++)
		list[i] = settle(&seconds->items[i], arena, scratch);
	*ret_count = (uint32_t)seconds->count;
	vec_release(seconds);
	return list;
}
