#include "view/load_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "store/store_read.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* A second while it is merged: its histogram rests encoded, so that an hour's take megabytes. */
struct second_slot {
	struct load_counts counts;
	struct strbuf response; /* empty = no answer yet */
	uint64_t sum_ns, min_ns, max_ns;
};

struct merge {
	struct load_view *view;
	struct arena *arena;
	VEC(struct load_view_name) names;
	VEC(struct load_failure) failures;
	VEC(struct second_slot) seconds;
	struct strbuf reasons;
	uint32_t *place; /* of this run's request names in `names`, by the run's id */
	uint32_t place_count;
	uint32_t run_number; /* and where an error goes, for merge_second() */
	struct err *err;
	struct histogram *scratch;
	uint32_t run_seconds; /* of the run that is being added */
	bool is_open_ended;   /* it was killed: its end is not known */
};

static struct load_view_name name_make(const char *name, const char *method)
{
	return (struct load_view_name){.name = name,
				       .method = method,
				       .response = histogram_new(),
				       .service = histogram_new()};
}

/* Runs may have their names in another order; ids are mapped by name. */
static int map_names(struct merge *merge, struct store *store, int64_t run, struct err *err)
{
	struct stored_name *list;
	uint32_t count;
	int r = store_list_names(store, merge->arena, run, &list, &count, err);

	if (r < 0)
		return r;
	merge->place = arena_alloc(merge->arena, count + 1, sizeof(*merge->place));
	merge->place_count = count;
	for (uint32_t i = 0; i < count; i++) {
		size_t at = 0;

		if (list[i].id >= count)
			return err_set(err, -EBADMSG, "the request names of run %lld are damaged",
				       (long long)run);
		while (at < merge->names.count &&
		       strcmp(merge->names.items[at].name, list[i].name) != 0)
			at++;
		if (at == merge->names.count)
			vec_push(&merge->names, name_make(list[i].name, list[i].method));
		merge->place[list[i].id] = (uint32_t)at;
	}
	return 0;
}

static void add_response(struct merge *merge, struct second_slot *slot,
			 const struct histogram *response)
{
	histogram_clear(merge->scratch);
	if (slot->response.length > 0) /* our own encoding: it cannot fail */
		(void)histogram_decode_add_exact(merge->scratch, slot->response.data,
						 slot->response.length, slot->sum_ns, slot->min_ns,
						 slot->max_ns, NULL);
	histogram_merge(merge->scratch, response);
	strbuf_clear(&slot->response);
	histogram_encode(merge->scratch, &slot->response);
	slot->sum_ns = merge->scratch->sum_ns;
	slot->min_ns = merge->scratch->min_ns;
	slot->max_ns = merge->scratch->max_ns;
}

static void add_second(struct merge *merge, const struct load_second *second)
{
	struct second_slot *slot;

	if (second->second > 1000000) /* twelve days: a damaged row */
		return;
	if (second->second >= merge->run_seconds)
		merge->run_seconds = second->second + 1;
	while (merge->seconds.count <= second->second) {
		struct second_slot fresh = {0};

		strbuf_init(&fresh.response, 1 << 22);
		vec_push(&merge->seconds, fresh);
	}
	slot = &merge->seconds.items[second->second];
	load_counts_add(&slot->counts, &second->counts);
	if (second->response->count > 0)
		add_response(merge, slot, second->response);
}

static int merge_second(void *context, const struct load_second *second)
{
	struct merge *merge = context;
	struct load_view_name *total = &merge->view->total, *name;
	const struct histogram *service =
		second->service->count > 0 ? second->service : second->response;

	if (second->name >= merge->place_count)
		return err_set(merge->err, -EBADMSG,
			       "the load of run %u is damaged: it has no request name %u",
			       merge->run_number, second->name);
	name = &merge->names.items[merge->place[second->name]];
	load_counts_add(&name->counts, &second->counts);
	load_counts_add(&total->counts, &second->counts);
	histogram_merge(name->response, second->response);
	histogram_merge(total->response, second->response);
	histogram_merge(name->service, service);
	histogram_merge(total->service, service);
	add_second(merge, second);
	return 0;
}

static int merge_status(struct merge *merge, struct store *store, int64_t run, struct err *err)
{
	struct stored_status *list;
	uint32_t count;
	int r = store_list_status(store, merge->arena, run, &list, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		if (list[i].name >= merge->place_count || list[i].status >= LOAD_STATUS_SLOTS)
			continue;
		merge->names.items[merge->place[list[i].name]].status[list[i].status] +=
			list[i].count;
		merge->view->total.status[list[i].status] += list[i].count;
	}
	return r;
}

static void merge_failure(struct merge *merge, const struct load_failure *failure)
{
	struct load_failure mapped = *failure;

	mapped.name = merge->place[failure->name];
	for (size_t i = 0; i < merge->failures.count; i++) {
		struct load_failure *known = &merge->failures.items[i];

		if (known->name != mapped.name || known->error != mapped.error ||
		    strcmp(known->text, mapped.text) != 0)
			continue;
		known->count += mapped.count;
		known->first_ns =
			mapped.first_ns < known->first_ns ? mapped.first_ns : known->first_ns;
		known->last_ns = mapped.last_ns > known->last_ns ? mapped.last_ns : known->last_ns;
		return;
	}
	vec_push(&merge->failures, mapped);
}

static int merge_failures(struct merge *merge, struct store *store, int64_t run, struct err *err)
{
	struct load_failure *list;
	uint32_t count;
	int r = store_list_failures(store, merge->arena, run, &list, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++)
		if (list[i].name < merge->place_count)
			merge_failure(merge, &list[i]);
	return r;
}

static void merge_validity(struct merge *merge, const struct stored_run *run, bool is_one_of_many)
{
	const char *at = run->reasons;

	merge->view->is_judged = merge->view->is_judged && run->has_validity;
	if (run->has_validity && run->validity > merge->view->validity)
		merge->view->validity = run->validity;
	while (*at != '\0') {
		size_t length = strcspn(at, "\n");

		if (is_one_of_many)
			strbuf_addf(&merge->reasons, "run %u: ", run->record.number);
		strbuf_addf(&merge->reasons, "%.*s\n", (int)length, at);
		at += length + (at[length] == '\n');
	}
}

/* 1 when the run had load, 0 when not. */
static int merge_summary(struct merge *merge, struct store *store, const struct stored_run *run,
			 struct err *err)
{
	struct stored_load_summary summary;
	struct load_view *view = merge->view;
	int r = store_read_load_summary(store, merge->arena, run->key, &summary, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	view->url = summary.url;
	view->mode = summary.mode;
	view->connections = summary.connections;
	view->threads = summary.threads;
	view->rate_hz = summary.rate_hz;
	view->timeout_ns = summary.timeout_ns;
	merge->is_open_ended = summary.end_ns == 0;
	merge->run_seconds = 0;
	if (view->run_count == 0) {
		const uint64_t *phases = run->record.phase_begin_ns;

		view->begin_ns = summary.begin_ns;
		view->begin_wall_ns = run->record.started_wall_ns;
		if (phases[PHASE_START] != 0 && summary.begin_ns > phases[PHASE_START])
			view->begin_wall_ns += summary.begin_ns - phases[PHASE_START];
	}
	view->duration_ns +=
		summary.end_ns > summary.begin_ns ? summary.end_ns - summary.begin_ns : 0;
	view->client_cpu_ns += summary.client_cpu_ns;
	view->client_wait_ns += summary.client_wait_ns;
	view->reconnects += summary.reconnects;
	if (summary.in_flight_max > view->in_flight_max)
		view->in_flight_max = summary.in_flight_max;
	if (summary.send_lag != NULL && view->send_lag == NULL)
		view->send_lag = histogram_new();
	if (summary.send_lag != NULL)
		histogram_merge(view->send_lag, summary.send_lag);
	histogram_free(summary.send_lag);
	return 1;
}

static int merge_run(struct merge *merge, struct store *store, const struct stored_run *run,
		     bool is_one_of_many, struct err *err)
{
	int r = merge_summary(merge, store, run, err);

	if (r <= 0)
		return r;
	merge->view->run_count++;
	merge_validity(merge, run, is_one_of_many);
	r = map_names(merge, store, run->key, err);
	merge->run_number = run->record.number;
	merge->err = err;
	if (r == 0)
		r = store_read_seconds(store, run->key, merge_second, merge, err);
	if (merge->is_open_ended)
		merge->view->duration_ns += merge->run_seconds * UINT64_C(1000000000);
	if (r == 0)
		r = merge_status(merge, store, run->key, err);
	return r == 0 ? merge_failures(merge, store, run->key, err) : r;
}

static int compare_failures(const void *a, const void *b)
{
	const struct load_failure *left = a, *right = b;

	return (left->count < right->count) - (left->count > right->count);
}

static struct load_view_second settle_second(struct merge *merge, uint32_t at)
{
	struct second_slot *slot = &merge->seconds.items[at];
	struct load_view_second second = {.second = at,
					  .counts = slot->counts,
					  .response_length = slot->response.length,
					  .sum_ns = slot->sum_ns,
					  .min_ns = slot->min_ns,
					  .max_ns = slot->max_ns};

	if (slot->response.length > 0) {
		second.response =
			arena_strndup(merge->arena, slot->response.data, slot->response.length);
		histogram_clear(merge->scratch);
		load_view_add_second(&second, merge->scratch);
		if (quantile_is_earned(merge->scratch->count, 0.5))
			second.p50_ns = quantile_of_histogram(merge->scratch, 0.5);
		if (quantile_is_earned(merge->scratch->count, 0.99))
			second.p99_ns = quantile_of_histogram(merge->scratch, 0.99);
	}
	strbuf_release(&slot->response);
	return second;
}

/* From the growing vectors to the view. */
static void settle(struct merge *merge)
{
	struct load_view *view = merge->view;

	view->name_count = (uint32_t)merge->names.count;
	view->names = arena_alloc(merge->arena, merge->names.count + 1, sizeof(*view->names));
	for (size_t i = 0; i < merge->names.count; i++)
		view->names[i] = merge->names.items[i];
	view->failure_count = (uint32_t)merge->failures.count;
	view->failures =
		arena_alloc(merge->arena, merge->failures.count + 1, sizeof(*view->failures));
	for (size_t i = 0; i < merge->failures.count; i++)
		view->failures[i] = merge->failures.items[i];
	qsort(view->failures, view->failure_count, sizeof(*view->failures), compare_failures);
	view->second_count = (uint32_t)merge->seconds.count;
	view->seconds = arena_alloc(merge->arena, merge->seconds.count + 1, sizeof(*view->seconds));
	for (size_t i = 0; i < merge->seconds.count; i++)
		view->seconds[i] = settle_second(merge, (uint32_t)i);
	view->reasons = arena_strdup(merge->arena, strbuf_text(&merge->reasons));
	vec_release(&merge->names);
	vec_release(&merge->failures);
	vec_release(&merge->seconds);
	strbuf_release(&merge->reasons);
}

int load_view_read(struct load_view *ret_view, struct arena *arena,
		   const struct selection *selection, uint32_t arm, struct err *err)
{
	struct merge merge = {.view = ret_view, .arena = arena, .scratch = histogram_new()};
	uint32_t first = arm == UINT32_MAX ? 0 : arm;
	uint32_t end = arm == UINT32_MAX ? selection->arm_count : arm + 1;
	int r = 0;

	*ret_view = (struct load_view){
		.url = "", .mode = "closed", .is_judged = true, .total = name_make("", "")};
	strbuf_init(&merge.reasons, 1 << 20);
	for (uint32_t a = first; a < end && a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			r = merge_run(&merge, selection->store, &selection->arms[a].runs[i],
				      selection->run_count > 1, err);
	settle(&merge);
	histogram_free(merge.scratch);
	if (r == 0 && ret_view->run_count == 0)
		r = err_set(err, -ENOENT, "%s has no load", selection->word);
	if (r < 0)
		load_view_release(ret_view);
	return r;
}

void load_view_add_second(const struct load_view_second *second, struct histogram *into)
{
	if (second->response_length > 0) /* our own encoding: it cannot fail */
		(void)histogram_decode_add_exact(into, second->response, second->response_length,
						 second->sum_ns, second->min_ns, second->max_ns,
						 NULL);
}

void load_view_release(struct load_view *view)
{
	histogram_free(view->send_lag);
	histogram_free(view->total.response);
	histogram_free(view->total.service);
	for (uint32_t i = 0; i < view->name_count; i++) {
		histogram_free(view->names[i].response);
		histogram_free(view->names[i].service);
	}
	*view = (struct load_view){0};
}
