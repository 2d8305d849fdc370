#include "view/profile_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/parse.h"
#include "util/strbuf.h"

bool profile_filter_is_partial(const struct profile_filter *filter)
{
	return filter != NULL &&
	       (filter->thread_count > 0 || filter->role != NULL || filter->module != NULL ||
		filter->begin_ns > 0 || filter->end_ns > 0);
}

double profile_filter_get_weight(const struct filtered_profile *profile,
				 const struct sample *sample)
{
	if (sample->event != profile->event || sample->time_ns < profile->begin_ns ||
	    sample->time_ns >= profile->end_ns ||
	    (profile->threads != NULL && !profile->threads[sample->thread]) ||
	    (profile->stacks != NULL && !profile->stacks[sample->stack]))
		return 0;
	return (double)sample->period / profile->unit;
}

double *profile_filter_sum_stacks(const struct filtered_profile *profile)
{
	const struct profile_data *data = profile->data;
	double *sums = alloc_array(data->stacks.nodes.count + 1, sizeof(*sums));

	for (size_t i = 0; i < data->samples.count; i++)
		sums[data->samples.items[i].stack] +=
			profile_filter_get_weight(profile, &data->samples.items[i]);
	return sums;
}

static int refuse_event(const struct filtered_profile *profile, const char *name, struct err *err)
{
	const struct profile_data *data = profile->data;
	struct strbuf names;
	int r;

	strbuf_init(&names, 512);
	for (size_t i = 0; i < data->events.count; i++)
		strbuf_addf(&names, "%s%s", i > 0 ? ", " : "",
			    string_table_get(&data->strings, data->events.items[i].name));
	r = err_set(err, -ENOENT, "run %s.%u was not sampled by '%s'; it has %s",
		    profile->run->record.experiment, profile->run->record.number, name,
		    data->events.count > 0 ? strbuf_text(&names) : "no event");
	strbuf_release(&names);
	return r;
}

static int choose_event(struct filtered_profile *profile, const char *name, struct err *err)
{
	const struct profile_data *data = profile->data;
	size_t event = 0;

	while (name != NULL && event < data->events.count &&
	       strcmp(string_table_get(&data->strings, data->events.items[event].name), name) != 0)
		event++;
	if (name != NULL && event == data->events.count)
		return refuse_event(profile, name, err);
	profile->event = (uint16_t)event;
	if (event < data->events.count) {
		profile->is_clock = data->events.items[event].is_clock;
		if (profile->unit <= 0)
			profile->unit = (double)data->events.items[event].period;
	}
	return 0;
}

static bool is_wanted(const struct profile_filter *filter, const struct profile_data *data,
		      const struct profile_thread *thread)
{
	bool is_named = filter->thread_count == 0;

	for (uint32_t i = 0; i < filter->thread_count && !is_named; i++) {
		uint64_t tid;

		is_named = strcmp(filter->threads[i],
				  string_table_get(&data->strings, thread->comm)) == 0 ||
			   (parse_u64(filter->threads[i], &tid) == 0 && tid == thread->tid);
	}
	return is_named &&
	       (filter->role == NULL ||
		strcmp(filter->role, string_table_get(&data->strings, thread->role)) == 0);
}

static bool *choose_threads(const struct profile_filter *filter, const struct profile_data *data)
{
	bool *threads;

	if (filter->thread_count == 0 && filter->role == NULL)
		return NULL;
	threads = alloc_array(data->threads.count + 1, sizeof(*threads));
	for (size_t i = 0; i < data->threads.count; i++)
		threads[i] = is_wanted(filter, data, &data->threads.items[i]);
	return threads;
}

/* By the module of the leaf, which is what ran. */
static bool *choose_stacks(const struct profile_filter *filter, const struct profile_data *data)
{
	bool *stacks;

	if (filter->module == NULL)
		return NULL;
	stacks = alloc_array(data->stacks.nodes.count + 1, sizeof(*stacks));
	for (size_t i = STACK_FIRST; i < data->stacks.nodes.count; i++) {
		uint32_t module = data->frames.items[data->stacks.nodes.items[i].frame].module;
		uint32_t path = data->modules.items[module].path;

		stacks[i] =
			strcmp(filter->module, profile_data_get_module_name(data, module)) == 0 ||
			strcmp(filter->module, string_table_get(&data->strings, path)) == 0;
	}
	return stacks;
}

static void choose_time(struct filtered_profile *profile, const struct profile_filter *filter)
{
	const struct profile_data *data = profile->data;
	uint64_t begin_ns = profile->run->record.phase_begin_ns[PHASE_MEASURE];

	profile->end_ns = UINT64_MAX;
	if (begin_ns == 0 && data->samples.count > 0)
		begin_ns = data->samples.items[0].time_ns;
	if (filter->begin_ns > 0)
		profile->begin_ns = begin_ns + filter->begin_ns;
	if (filter->end_ns > 0)
		profile->end_ns = begin_ns + filter->end_ns;
}

static int apply(struct filtered_profile *profile, const struct profile_filter *filter,
		 struct err *err)
{
	static const struct profile_filter all = {0};
	const struct profile_data *data = profile->data;
	int r;

	if (filter == NULL)
		filter = &all;
	r = choose_event(profile, filter->event, err);
	if (r < 0)
		return r;
	choose_time(profile, filter);
	profile->threads = choose_threads(filter, data);
	profile->stacks = choose_stacks(filter, data);
	if (profile->event == 0 && profile->is_clock && !profile_filter_is_partial(filter))
		profile->hidden = (double)data->quality.kernel_hidden_ns / profile->unit;
	return 0;
}

/* The first run's unit is that of all; -ENOENT without a sentence when there is no profile. */
static int read_run(const struct selection *selection, const struct stored_run *run,
		    const struct profile_filter *filter, double *unit, profile_filter_fn each,
		    void *context, struct err *err)
{
	struct filtered_profile profile = {.run = run, .unit = *unit};
	struct profile_data data;
	int r;

	profile_data_init(&data);
	profile.data = &data;
	r = store_read_profile(selection->store, run->key, &data, err);
	if (r == 0)
		r = apply(&profile, filter, err);
	if (r == 0) {
		*unit = profile.unit;
		if (profile.unit <= 0)
			profile.unit = 1; /* no event, and no samples */
		r = each(context, &profile, err);
	}
	free(profile.threads);
	free(profile.stacks);
	profile_data_release(&data);
	return r;
}

int profile_filter_read(const struct selection *selection, uint32_t arm,
			const struct profile_filter *filter, profile_filter_fn each, void *context,
			struct err *err)
{
	uint32_t profiles = 0;
	double unit = 0;

	for (uint32_t a = 0; a < selection->arm_count; a++)
		for (uint32_t i = 0; i < selection->arms[a].run_count; i++) {
			struct err own = {0};
			int r;

			if (arm != UINT32_MAX && arm != a)
				continue;
			r = read_run(selection, &selection->arms[a].runs[i], filter, &unit, each,
				     context, &own);
			if (r == -ENOENT && own.code == 0)
				continue;
			if (r < 0)
				return err_set(err, r, "%s", err_text(&own));
			profiles++;
		}
	return profiles > 0 ? 0 : err_set(err, -ENOENT, "%s has no profile", selection->word);
}
