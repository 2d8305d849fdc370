#include "view/load_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_load.h"
#include "store/store_read.h"
#include "store/store_selftest.h"
#include "util/strbuf.h"
#include "util/vec.h"
#include "view/load_seconds.h"

struct merge_name {
	struct load_view_name made;
	struct load_seconds seconds;
};

struct merge {
	struct load_view *view;
	struct arena *arena;
	VEC(struct merge_name) names;
	VEC(struct load_failure) failures;
	struct load_seconds seconds;
	struct strbuf reasons, warmup;
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
		       strcmp(merge->names.items[at].made.name, list[i].name) != 0)
			at++;
		if (at == merge->names.count)
			vec_push(&merge->names,
				 (struct merge_name){
					 .made = name_make(list[i].name, list[i].method)});
		merge->place[list[i].id] = (uint32_t)at;
	}
	return 0;
}

/* Into a histogram that is made when there is something for it. */
static void merge_histogram(struct histogram **into, const struct histogram *from)
{
	if (from == NULL || from->count == 0)
		return;
	if (*into == NULL)
		*into = histogram_new();
	histogram_merge(*into, from);
}

static void add_to_name(struct load_view_name *name, const struct load_second *second)
{
	bool has_service = second->service->count > 0;

	load_counts_add(&name->counts, &second->counts);
	histogram_merge(name->response, second->response);
	histogram_merge(name->service, has_service ? second->service : second->response);
	merge_histogram(&name->censored, second->censored);
}

static int merge_second(void *context, const struct load_second *second)
{
	struct merge *merge = context;
	struct merge_name *name;

	if (second->name >= merge->place_count)
		return err_set(merge->err, -EBADMSG,
			       "the load of run %u is damaged: it has no request name %u",
			       merge->run_number, second->name);
	name = &merge->names.items[merge->place[second->name]];
	add_to_name(&name->made, second);
	add_to_name(&merge->view->total, second);
	load_seconds_add(&name->seconds, second, merge->scratch);
	load_seconds_add(&merge->seconds, second, merge->scratch);
	if (second->second < LOAD_SECONDS_MAX && second->second >= merge->run_seconds)
		merge->run_seconds = second->second + 1;
	return 0;
}

static int merge_threads(struct merge *merge, struct store *store, int64_t run, struct err *err)
{
	struct load_thread_second *list;
	uint32_t count;
	int r = store_read_load_thread_seconds(store, merge->arena, run, &list, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++)
		load_seconds_add_thread(&merge->seconds, &list[i]);
	merge->view->has_generator = merge->view->has_generator || count > 0;
	return r;
}

static int merge_status(struct merge *merge, struct store *store, int64_t run, struct err *err)
{
	struct stored_status *list;
	uint32_t count;
	int r = store_list_status(store, merge->arena, run, &list, &count, err);

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		if (list[i].name >= merge->place_count || list[i].status >= LOAD_STATUS_SLOTS)
			continue;
		merge->names.items[merge->place[list[i].name]].made.status[list[i].status] +=
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

/* Each line of `text`, with the run's number when it is one of many. */
static void add_lines(struct strbuf *into, const char *text, uint32_t number, bool is_one_of_many)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		if (is_one_of_many)
			strbuf_addf(into, "run %u: ", number);
		strbuf_addf(into, "%.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void merge_validity(struct merge *merge, const struct stored_run *run, bool is_one_of_many)
{
	merge->view->is_judged = merge->view->is_judged && run->has_validity;
	if (run->has_validity && run->validity > merge->view->validity)
		merge->view->validity = run->validity;
	add_lines(&merge->reasons, run->reasons, run->record.number, is_one_of_many);
}

/* What runs of one arm agree on. */
static const char *merge_text(struct arena *arena, const char *known, const char *text)
{
	if (text[0] == '\0' || strstr(known, text) != NULL)
		return known;
	return known[0] == '\0' ? text : arena_printf(arena, "%s; %s", known, text);
}

static void merge_begin(struct load_view *view, const struct stored_run *run, uint64_t begin_ns)
{
	const uint64_t *phases = run->record.phase_begin_ns;

	view->begin_ns = begin_ns;
	view->begin_wall_ns = run->record.started_wall_ns;
	if (phases[PHASE_START] != 0 && begin_ns > phases[PHASE_START])
		view->begin_wall_ns += begin_ns - phases[PHASE_START];
}

/* How the load was made, which is the same in all runs of an arm. */
static void merge_settings(struct load_view *view, struct arena *arena,
			   const struct stored_load_summary *summary)
{
	view->url = summary->url;
	view->mode = summary->mode;
	view->connections = summary->connections;
	view->threads = summary->threads;
	view->depth = summary->depth;
	view->rate_hz = summary->rate_hz;
	view->timeout_ns = summary->timeout_ns;
	view->schedule = merge_text(arena, view->schedule, summary->schedule);
	view->protocol = merge_text(arena, view->protocol, summary->protocol);
	view->tls_cipher = merge_text(arena, view->tls_cipher, summary->tls_cipher);
}

static void keep_greatest(uint64_t *into, uint64_t value)
{
	if (value > *into)
		*into = value;
}

static void merge_amounts(struct load_view *view, const struct stored_load_summary *summary)
{
	if (summary->end_ns > summary->begin_ns)
		view->duration_ns += summary->end_ns - summary->begin_ns;
	view->client_cpu_ns += summary->client_cpu_ns;
	view->client_wait_ns += summary->client_wait_ns;
	view->reconnects += summary->reconnects;
	view->connects += summary->connects;
	view->tls_resumed += summary->tls_resumed;
	view->resent += summary->resent;
	keep_greatest(&view->in_flight_max, summary->in_flight_max);
	keep_greatest(&view->resolve_ns, summary->resolve_ns);
	if (summary->cut_seconds > view->cut_seconds)
		view->cut_seconds = summary->cut_seconds;
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++)
		merge_histogram(&view->histograms[i], summary->histograms[i]);
}

/* 1 when the run had load, 0 when not. */
static int merge_summary(struct merge *merge, struct store *store, const struct stored_run *run,
			 bool is_one_of_many, struct err *err)
{
	struct stored_load_summary summary;
	struct load_view *view = merge->view;
	int r = store_read_load_summary(store, merge->arena, run->key, &summary, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	merge_settings(view, merge->arena, &summary);
	merge_amounts(view, &summary);
	add_lines(&merge->warmup, summary.warmup, run->record.number, is_one_of_many);
	merge->is_open_ended = summary.end_ns == 0;
	merge->run_seconds = 0;
	if (view->run_count == 0)
		merge_begin(view, run, summary.begin_ns);
	store_release_load_summary(&summary);
	return 1;
}

static int merge_run(struct merge *merge, struct store *store, const struct stored_run *run,
		     bool is_one_of_many, struct err *err)
{
	int r = merge_summary(merge, store, run, is_one_of_many, err);

	if (r <= 0)
		return r;
	merge->view->run_count++;
	merge_validity(merge, run, is_one_of_many);
	r = map_names(merge, store, run->key, err);
	merge->run_number = run->record.number;
	merge->err = err;
	if (r == 0)
		r = store_read_seconds(store, run->key, merge_second, merge, err);
	if (r == 0)
		r = merge_threads(merge, store, run->key, err);
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

static void settle_names(struct merge *merge)
{
	struct load_view *view = merge->view;

	view->name_count = (uint32_t)merge->names.count;
	view->names = arena_alloc(merge->arena, merge->names.count + 1, sizeof(*view->names));
	for (size_t i = 0; i < merge->names.count; i++) {
		struct merge_name *name = &merge->names.items[i];

		name->made.seconds = load_seconds_settle(&name->seconds, merge->arena,
							 merge->scratch, &name->made.second_count);
		view->names[i] = name->made;
	}
	vec_release(&merge->names);
}

static void settle_failures(struct merge *merge)
{
	struct load_view *view = merge->view;

	view->failure_count = (uint32_t)merge->failures.count;
	view->failures =
		arena_alloc(merge->arena, merge->failures.count + 1, sizeof(*view->failures));
	for (size_t i = 0; i < merge->failures.count; i++)
		view->failures[i] = merge->failures.items[i];
	qsort(view->failures, view->failure_count, sizeof(*view->failures), compare_failures);
	vec_release(&merge->failures);
}

/* From what grew to the view. */
static void settle(struct merge *merge)
{
	struct load_view *view = merge->view;

	settle_names(merge);
	settle_failures(merge);
	view->seconds = load_seconds_settle(&merge->seconds, merge->arena, merge->scratch,
					    &view->second_count);
	view->total.seconds = view->seconds;
	view->total.second_count = view->second_count;
	view->reasons = arena_strdup(merge->arena, strbuf_text(&merge->reasons));
	view->warmup = arena_strdup(merge->arena, strbuf_text(&merge->warmup));
	strbuf_release(&merge->reasons);
	strbuf_release(&merge->warmup);
}

/* Without one, or with one that cannot be read, nothing is said of it. */
static void read_ruler(struct load_view_ruler *ruler, struct store *store)
{
	struct store_selftest selftest;

	if (store_read_last_selftest(store, &selftest, NULL) < 0)
		return;
	*ruler = (struct load_view_ruler){.is_known = true,
					  .wall_ns = selftest.wall_ns,
					  .rate_hz = selftest.rate_hz,
					  .p50_error_ns = selftest.p50_error_ns,
					  .p99_error_ratio = selftest.p99_error_ratio,
					  .has_p99 = selftest.has_p99,
					  .is_within = selftest.is_within};
}

int load_view_read(struct load_view *ret_view, struct arena *arena,
		   const struct selection *selection, uint32_t arm, struct err *err)
{
	struct merge merge = {.view = ret_view, .arena = arena, .scratch = histogram_new()};
	uint32_t first = arm == UINT32_MAX ? 0 : arm;
	uint32_t end = arm == UINT32_MAX ? selection->arm_count : arm + 1;
	int r = 0;

	*ret_view = (struct load_view){.url = "",
				       .mode = "closed",
				       .schedule = "",
				       .protocol = "",
				       .tls_cipher = "",
				       .is_judged = true,
				       .total = name_make("", "")};
	strbuf_init(&merge.reasons, 1 << 20);
	strbuf_init(&merge.warmup, 1 << 20);
	for (uint32_t a = first; a < end && a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count && r == 0; i++)
			r = merge_run(&merge, selection->store, &selection->arms[a].runs[i],
				      selection->run_count > 1, err);
	settle(&merge);
	histogram_free(merge.scratch);
	read_ruler(&ret_view->ruler, selection->store);
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

static void release_name(struct load_view_name *name)
{
	histogram_free(name->response);
	histogram_free(name->service);
	histogram_free(name->censored);
}

void load_view_release(struct load_view *view)
{
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++)
		histogram_free(view->histograms[i]);
	release_name(&view->total);
	for (uint32_t i = 0; i < view->name_count; i++)
		release_name(&view->names[i]);
	*view = (struct load_view){0};
}
