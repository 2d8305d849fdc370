#include "view/profile_replicates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_load.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/vec.h"
#include "view/arm_metrics.h"

/* A run's answers by second of its window. */
struct answers {
	VEC(double) seconds;
};

enum { SECONDS_MAX = 1000000 }; /* twelve days: a later one is a damaged row, left out */

static int add_second(void *context, const struct load_second *second)
{
	struct answers *answers = context;

	if (second->second >= SECONDS_MAX)
		return 0;
	while (answers->seconds.count <= second->second)
		vec_push(&answers->seconds, 0.0);
	answers->seconds.items[second->second] += (double)second->counts.completed;
	return 0;
}

/*
 * Answers in [from, to) seconds of a window that is `length` seconds long; of a second that is cut,
 * its share.
 */
static double count_answers(const struct answers *answers, double length, double from, double to)
{
	double sum = 0;

	for (size_t i = 0; i < answers->seconds.count; i++) {
		double begin = (double)i, end = fmin((double)i + 1, length);
		double part = fmin(end, to) - fmax(begin, from);

		if (part > 0 && end > begin)
			sum += answers->seconds.items[i] * part / (end - begin);
	}
	return sum;
}

/* ---- choosing ---- */

static bool is_part(const struct profile_filter *filter)
{
	return filter != NULL && (filter->begin_ns > 0 || filter->end_ns > 0);
}

/* The window, or the part of it that the filter leaves; empty where it is not known. */
static void find_window(const struct run_record *run, const struct profile_filter *filter,
			uint64_t *ret_begin_ns, uint64_t *ret_end_ns)
{
	uint64_t begin_ns = run->phase_begin_ns[PHASE_MEASURE];
	uint64_t end_ns = run->phase_end_ns[PHASE_MEASURE];

	*ret_begin_ns = begin_ns;
	*ret_end_ns = end_ns > begin_ns ? end_ns : begin_ns;
	if (filter == NULL)
		return;
	*ret_begin_ns += filter->begin_ns;
	if (filter->end_ns > 0 && begin_ns + filter->end_ns < *ret_end_ns)
		*ret_end_ns = begin_ns + filter->end_ns;
	if (*ret_end_ns < *ret_begin_ns)
		*ret_end_ns = *ret_begin_ns;
}

static uint32_t count_slices(const struct profile_side *side, const struct profile_filter *filter)
{
	uint64_t begin_ns, end_ns, seconds;

	find_window(&side->replicates[0].run->record, filter, &begin_ns, &end_ns);
	seconds = (end_ns - begin_ns + NS_PER_S / 2) / NS_PER_S;
	if (seconds < 1)
		return 1;
	return seconds < PROFILE_SLICES_MAX ? (uint32_t)seconds : PROFILE_SLICES_MAX;
}

/* The only run in equal slices. */
static void slice(struct profile_side *side, struct arena *arena,
		  const struct profile_filter *filter)
{
	const struct stored_run *run = side->replicates[0].run;
	uint32_t count = count_slices(side, filter);
	uint64_t begin_ns, end_ns;

	find_window(&run->record, filter, &begin_ns, &end_ns);
	side->replicates = arena_alloc(arena, count, sizeof(*side->replicates));
	side->count = count;
	for (uint32_t i = 0; i < count; i++)
		side->replicates[i] = (struct profile_replicate){
			.run = run,
			.begin_ns = begin_ns + (end_ns - begin_ns) * i / count,
			.end_ns = begin_ns + (end_ns - begin_ns) * (i + 1) / count,
			.hidden_ratio = 1.0 / count};
}

static int choose_side(struct profile_side *side, struct arena *arena,
		       const struct selection *selection, uint32_t arm,
		       const struct profile_filter *filter, double *requests, struct err *err)
{
	const struct arm_metric *metric;
	struct arm_metrics metrics;
	int r = arm_metrics_read(&metrics, arena, selection, arm, ARM_RUNS_COMPARABLE, err);

	if (r < 0)
		return r;
	if (metrics.run_count == 0)
		return err_set(err, -ENOENT, "%s has no run that counts in a comparison%s%s",
			       selection->word, metrics.left_out[0] != '\0' ? ": " : "",
			       metrics.left_out);
	*side = (struct profile_side){.selection = selection,
				      .arm = arm,
				      .count = metrics.run_count,
				      .left_out = metrics.left_out};
	side->replicates = arena_alloc(arena, side->count, sizeof(*side->replicates));
	metric = arm_metrics_find(&metrics, "requests", "");
	for (uint32_t i = 0; i < side->count; i++) {
		struct profile_replicate *replicate = &side->replicates[i];

		replicate->run = metrics.runs[i];
		replicate->hidden_ratio = 1;
		find_window(&replicate->run->record, filter, &replicate->begin_ns,
			    &replicate->end_ns);
		if (metric != NULL && metric->values[i] > 0) {
			replicate->work = metric->values[i];
			*requests += metric->values[i];
		}
	}
	return 0;
}

/* Answers of the parts of runs, and of all parts together. */
static int count_parts(struct profile_side *side, double *ret_requests, struct err *err)
{
	const struct stored_run *run = NULL;
	struct answers answers = {0};
	int r = 0;

	*ret_requests = 0;
	for (uint32_t i = 0; i < side->count && r == 0; i++) {
		struct profile_replicate *replicate = &side->replicates[i];
		const struct run_record *record = &replicate->run->record;
		uint64_t begin_ns = record->phase_begin_ns[PHASE_MEASURE];

		if (replicate->run != run) {
			vec_clear(&answers.seconds);
			run = replicate->run;
			r = store_read_seconds(side->selection->store, run->key, add_second,
					       &answers, err);
		}
		replicate->work = count_answers(
			&answers,
			(double)(record->phase_end_ns[PHASE_MEASURE] - begin_ns) / NS_PER_S,
			(double)(replicate->begin_ns - begin_ns) / NS_PER_S,
			(double)(replicate->end_ns - begin_ns) / NS_PER_S);
		*ret_requests += replicate->work;
	}
	vec_release(&answers.seconds);
	return r;
}

/* Seconds of each window; false where one is not known. */
static bool find_seconds(struct profile_side *side)
{
	bool is_known = true;

	for (uint32_t i = 0; i < side->count; i++) {
		struct profile_replicate *replicate = &side->replicates[i];

		replicate->work = (double)(replicate->end_ns - replicate->begin_ns) / NS_PER_S;
		is_known = is_known && replicate->work > 0;
	}
	return is_known;
}

int profile_replicates_choose(struct profile_replicates *ret_replicates, struct arena *arena,
			      const struct selection *base, uint32_t base_arm,
			      const struct selection *head, uint32_t head_arm,
			      const struct profile_filter *filter, struct err *err)
{
	struct profile_replicates replicates = {.filter = filter, .event = ""};
	struct profile_side *sides = replicates.sides;
	double requests[PROFILE_SIDES] = {0, 0};
	int r = choose_side(&sides[PROFILE_BASE], arena, base, base_arm, filter,
			    &requests[PROFILE_BASE], err);

	if (r == 0)
		r = choose_side(&sides[PROFILE_HEAD], arena, head, head_arm, filter,
				&requests[PROFILE_HEAD], err);
	if (r < 0)
		return r;
	replicates.is_within_run = sides[PROFILE_BASE].count == 1 && sides[PROFILE_HEAD].count == 1;
	for (int side = 0; side < PROFILE_SIDES && r == 0; side++) {
		if (replicates.is_within_run)
			slice(&sides[side], arena, filter);
		if (requests[side] > 0 && (replicates.is_within_run || is_part(filter)))
			r = count_parts(&sides[side], &requests[side], err);
	}
	if (requests[PROFILE_BASE] <= 0 || requests[PROFILE_HEAD] <= 0) {
		bool is_known = find_seconds(&sides[PROFILE_BASE]);

		replicates.work = find_seconds(&sides[PROFILE_HEAD]) && is_known
					  ? PROFILE_PER_SECOND
					  : PROFILE_SHARE;
	}
	replicates.count = sides[PROFILE_BASE].count + sides[PROFILE_HEAD].count;
	*ret_replicates = replicates;
	return r;
}

/* ---- reading ---- */

struct reading {
	struct profile_replicates *replicates;
	struct arena *arena;
	uint32_t side;
	profile_replicates_fn each;
	void *context;
};

uint32_t profile_replicates_find(const struct replicated_profile *profile,
				 const struct sample *sample)
{
	uint32_t low = 0, high = profile->count - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (sample->time_ns < profile->replicates[middle].end_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int note_event(struct reading *reading, const struct filtered_profile *profile,
		      struct err *err)
{
	struct profile_replicates *replicates = reading->replicates;
	const struct profile_data *data = profile->data;
	const char *event = "";

	if (data->events.count > 0)
		event = string_table_get(&data->strings, data->events.items[profile->event].name);
	if (replicates->event[0] != '\0' && strcmp(replicates->event, event) != 0)
		return err_set(err, -EINVAL,
			       "the sides were sampled by different events, %s and %s; --event "
			       "names one that both have",
			       replicates->event, event);
	replicates->event = arena_strdup(reading->arena, event);
	replicates->is_clock = profile->is_clock;
	return 0;
}

static void count_samples(struct profile_replicate *replicates,
			  const struct replicated_profile *replicated)
{
	const struct filtered_profile *profile = replicated->profile;
	const struct profile_data *data = profile->data;

	for (size_t i = 0; i < data->samples.count; i++)
		replicates[profile_replicates_find(replicated, &data->samples.items[i])].samples +=
			profile_filter_get_weight(profile, &data->samples.items[i]);
	for (uint32_t i = 0; i < replicated->count; i++) {
		replicates[i].samples += profile->hidden * replicates[i].hidden_ratio;
		replicates[i].has_profile = true;
	}
}

static int read_profile(void *context, const struct filtered_profile *profile, struct err *err)
{
	struct reading *reading = context;
	struct profile_side *side = &reading->replicates->sides[reading->side];
	struct replicated_profile replicated = {.profile = profile, .side = reading->side};
	uint32_t at = 0;
	int r;

	while (at < side->count && side->replicates[at].run->key != profile->run->key)
		at++;
	if (at == side->count)
		return 0; /* a run that does not count */
	r = note_event(reading, profile, err);
	if (r < 0)
		return r;
	replicated.replicates = &side->replicates[at];
	while (at + replicated.count < side->count &&
	       side->replicates[at + replicated.count].run->key == profile->run->key)
		replicated.count++;
	replicated.first =
		at + (reading->side == PROFILE_HEAD ? reading->replicates->sides[PROFILE_BASE].count
						    : 0);
	side->unit = profile->unit;
	side->run_count++;
	count_samples(&side->replicates[at], &replicated);
	return reading->each(reading->context, &replicated, err);
}

/* Returns how many replicates count. */
static uint32_t settle_exposures(struct profile_side *side, enum profile_work work)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < side->count; i++) {
		struct profile_replicate *replicate = &side->replicates[i];

		if (replicate->has_profile)
			replicate->exposure = work == PROFILE_SHARE ? replicate->samples
								    : replicate->work / side->unit;
		side->exposure += replicate->exposure;
		count += replicate->exposure > 0;
	}
	return count;
}

int profile_replicates_read(struct profile_replicates *replicates, struct arena *arena,
			    profile_replicates_fn each, void *context, struct err *err)
{
	struct reading reading = {
		.replicates = replicates, .arena = arena, .each = each, .context = context};
	uint32_t count = 0;

	for (uint32_t i = 0; i < PROFILE_SIDES; i++) {
		struct profile_side *side = &replicates->sides[i];
		int r;

		reading.side = i;
		r = profile_filter_read(side->selection, side->arm, replicates->filter,
					read_profile, &reading, err);
		if (r < 0)
			return r;
		if (side->run_count == 0)
			return err_set(err, -ENOENT,
				       "%s has no profile of a run that counts in a comparison%s%s",
				       side->selection->word, side->left_out[0] != '\0' ? ": " : "",
				       side->left_out);
		count += settle_exposures(side, replicates->work);
		if (side->exposure <= 0)
			return err_set(err, -ENOENT,
				       "%s has neither requests nor samples to compare",
				       side->selection->word);
	}
	replicates->can_test = count > PROFILE_SIDES;
	return 0;
}

const char *profile_replicates_get_measure(const struct profile_replicates *replicates,
					   struct arena *arena)
{
	const char *what = replicates->is_clock ? "CPU" : replicates->event;

	switch (replicates->work) {
	case PROFILE_PER_REQUEST:
		return arena_printf(arena, "%s per request", what);
	case PROFILE_PER_SECOND:
		return arena_printf(arena, "%s per second", what);
	case PROFILE_SHARE:
		break;
	}
	return "share of samples";
}

/* ---- testing ---- */

/* The exposures of the replicates that have one; both sides' counts of all rows, row by row. */
struct testing {
	const struct profile_replicates *replicates;
	double *exposures; /* the base's first */
	double *counts;
	uint32_t run_counts[PROFILE_SIDES];
	uint32_t width;				       /* of a row */
	struct rate_change_side *sides[PROFILE_SIDES]; /* by row */
};

static void testing_init(struct testing *testing, const struct profile_replicates *replicates,
			 uint32_t row_count)
{
	*testing = (struct testing){.replicates = replicates};
	testing->exposures = alloc_array(replicates->count, sizeof(double));
	for (int s = 0; s < PROFILE_SIDES; s++) {
		const struct profile_side *side = &replicates->sides[s];

		for (uint32_t i = 0; i < side->count; i++)
			if (side->replicates[i].exposure > 0) {
				testing->exposures[testing->width++] = side->replicates[i].exposure;
				testing->run_counts[s]++;
			}
		testing->sides[s] = alloc_array(row_count + 1, sizeof(*testing->sides[s]));
	}
	testing->counts = alloc_array((size_t)row_count * testing->width + 1, sizeof(double));
}

static void testing_release(struct testing *testing)
{
	for (int s = 0; s < PROFILE_SIDES; s++)
		free(testing->sides[s]);
	free(testing->counts);
	free(testing->exposures);
}

/* Row `row` of the tested gets counts; returns their sum. */
static double fill_row(struct testing *testing, uint32_t row, const double *counts)
{
	double *own = testing->counts + (size_t)row * testing->width, sum = 0;
	uint32_t at = 0, skipped = 0;

	for (int s = 0; s < PROFILE_SIDES; s++) {
		const struct profile_side *side = &testing->replicates->sides[s];

		testing->sides[s][row] =
			(struct rate_change_side){.counts = own + at,
						  .exposures = testing->exposures + at,
						  .run_count = testing->run_counts[s]};
		for (uint32_t i = 0; i < side->count; i++)
			if (side->replicates[i].exposure > 0) {
				own[at++] = counts[i + skipped];
				sum += counts[i + skipped];
			}
		skipped += side->count;
	}
	return sum;
}

void profile_replicates_test(const struct profile_replicates *replicates, const double *counts,
			     uint32_t row_count, struct rate_change *ret_changes)
{
	bool *is_tested = alloc_array(row_count + 1, sizeof(*is_tested));
	struct rate_change_prior prior;
	struct testing testing;
	uint32_t tested = 0;

	testing_init(&testing, replicates, row_count);
	for (uint32_t i = 0; i < row_count; i++) {
		is_tested[i] = fill_row(&testing, tested, counts + (size_t)i * replicates->count) >=
			       RATE_CHANGE_MIN_COUNT;
		tested += is_tested[i];
	}
	rate_change_find_prior(testing.sides[PROFILE_BASE], testing.sides[PROFILE_HEAD], tested,
			       &prior);
	for (uint32_t i = 0; i < row_count; i++) {
		fill_row(&testing, 0, counts + (size_t)i * replicates->count);
		rate_change_test(&testing.sides[PROFILE_BASE][0], &testing.sides[PROFILE_HEAD][0],
				 &prior, &ret_changes[i]);
		if (!is_tested[i])
			ret_changes[i].p = (double)NAN;
	}
	testing_release(&testing);
	free(is_tested);
}
