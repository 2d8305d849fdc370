#include "lab/record_selftest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

enum {
	NO_FUNCTION = UINT8_MAX,
	RUNS_MAX = 16, /* of the same function, one above the other, in one stack */
	/* a thread's first sample comes after a whole period, on each CPU that it runs on */
	PERIODS_LOST = 3,
	THREADS = WORKLOAD_SHORT_THREADS + 3,
	NO_PATH = WORKLOAD_PATHS,
};

/* ---- the band ---- */

static double get_log_probability(double n, double p, double k)
{
	int sign;

	return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) +
	       (k > 0 ? k * log(p) : 0) + (n - k > 0 ? (n - k) * log1p(-p) : 0);
}

void record_selftest_get_band(uint64_t n, double p, double level, uint64_t *ret_low,
			      uint64_t *ret_high)
{
	double most = (1 - level) / 2, tail = 0;
	uint64_t low = 0, high = n;

	if (p > 0)
		for (; low < n; low++) {
			tail += exp(get_log_probability((double)n, p, (double)low));
			if (tail > most)
				break;
		}
	tail = 0;
	if (p < 1)
		for (; high > 0; high--) {
			tail += exp(get_log_probability((double)n, p, (double)high));
			if (tail > most)
				break;
		}
	*ret_low = p >= 1 ? n : low;
	*ret_high = p <= 0 ? 0 : high;
}

/* ---- stacks ---- */

/* A function of the workload and how many activations of it stand one above the other. */
struct function_run {
	uint8_t function; /* index into names */
	uint32_t count;
};

struct judge {
	const struct profile_data *data;
	const char *names[WORKLOAD_PATHS * WORKLOAD_FRAMES_MAX];
	uint8_t name_count;
	uint8_t *functions; /* of data->frames; NO_FUNCTION = not the workload's */
	double weights[WORKLOAD_PATHS];
	uint64_t counts[WORKLOAD_PATHS], leaves[WORKLOAD_PATHS];
	double weight_ns; /* of all samples, where the event is a clock */
	struct record_selftest *selftest;
};

/* Without the prefix, and without what compilers put behind ("x.constprop.0"). */
static uint8_t find_function(const struct judge *judge, const char *name)
{
	size_t length;

	if (strncmp(name, WORKLOAD_PREFIX, sizeof(WORKLOAD_PREFIX) - 1) != 0)
		return NO_FUNCTION;
	name += sizeof(WORKLOAD_PREFIX) - 1;
	length = strcspn(name, ".( ");
	for (uint8_t i = 0; i < judge->name_count; i++)
		if (strlen(judge->names[i]) == length &&
		    strncmp(judge->names[i], name, length) == 0)
			return i;
	return NO_FUNCTION;
}

static void collect_names(struct judge *judge)
{
	for (uint32_t i = 0; i < WORKLOAD_PATHS; i++) {
		const struct workload_path *path = &workload_paths[i];

		for (int j = 0; j < WORKLOAD_FRAMES_MAX && path->frames[j].function != NULL; j++) {
			bool is_known = false;

			for (uint8_t k = 0; k < judge->name_count; k++)
				is_known |= strcmp(judge->names[k], path->frames[j].function) == 0;
			if (!is_known)
				judge->names[judge->name_count++] = path->frames[j].function;
		}
	}
}

/* False when the profile has none of them. */
static bool find_functions(struct judge *judge)
{
	const struct profile_data *data = judge->data;
	bool is_any = false;

	judge->functions = alloc_array(data->frames.count + 1, sizeof(*judge->functions));
	for (size_t i = 0; i < data->frames.count; i++) {
		judge->functions[i] = find_function(
			judge, string_table_get(&data->strings, data->frames.items[i].function));
		is_any |= judge->functions[i] != NO_FUNCTION;
	}
	return is_any;
}

/* From the root on. Returns how many runs, RUNS_MAX + 1 for more than there is room for. */
static uint32_t read_runs(const struct judge *judge, uint32_t stack, struct function_run *runs)
{
	uint32_t frames[STACK_DEPTH_MAX], count = 0;
	uint32_t depth =
		stack_table_get_frames(&judge->data->stacks, stack, frames, STACK_DEPTH_MAX);

	while (depth-- > 0) {
		uint8_t function = judge->functions[frames[depth]];

		if (function == NO_FUNCTION)
			continue;
		if (count > 0 && runs[count - 1].function == function) {
			runs[count - 1].count++;
			continue;
		}
		if (count == RUNS_MAX)
			return RUNS_MAX + 1;
		runs[count++] = (struct function_run){function, 1};
	}
	return count;
}

/* Whether the runs are how this path begins, and whether they are all of it. */
static bool is_path(const struct judge *judge, uint32_t path, const struct function_run *runs,
		    uint32_t count, bool *ret_is_leaf)
{
	const struct workload_path *known = &workload_paths[path];
	uint32_t i = 0;

	for (; i < count; i++) {
		if (i == WORKLOAD_FRAMES_MAX || known->frames[i].function == NULL ||
		    strcmp(judge->names[runs[i].function], known->frames[i].function) != 0 ||
		    runs[i].count > known->frames[i].count)
			return false;
		if (i + 1 < count && runs[i].count != known->frames[i].count)
			return false;
	}
	*ret_is_leaf = i > 0 && runs[i - 1].count == known->frames[i - 1].count &&
		       (i == WORKLOAD_FRAMES_MAX || known->frames[i].function == NULL);
	return i > 0;
}

/*
 * The path that a stack is on, NO_PATH for those between the parts. False for one that does not
 * exist. A handler stands on top of any other path, and is what counts.
 */
static bool find_path(const struct judge *judge, const struct function_run *runs, uint32_t count,
		      uint32_t *ret_path, bool *ret_is_leaf)
{
	const char *handler = workload_paths[WORKLOAD_HANDLER].frames[0].function;
	bool is_leaf = false, is_handled = false, ignored;
	uint32_t below = 0, path = 0;

	while (below < count && strcmp(judge->names[runs[below].function], handler) != 0)
		below++;
	if (below < count) {
		is_handled = true;
		if (!is_path(judge, WORKLOAD_HANDLER, runs + below, count - below, &is_leaf))
			return false;
	}
	while (below > 0 && path < WORKLOAD_PATHS &&
	       !is_path(judge, path, runs, below, is_handled ? &ignored : &is_leaf))
		path++;
	if (below > 0 && path == WORKLOAD_PATHS)
		return false;
	*ret_path = is_handled ? WORKLOAD_HANDLER : below > 0 ? path : NO_PATH;
	*ret_is_leaf = is_leaf;
	return true;
}

static void keep_wrong(struct judge *judge, const struct function_run *runs, uint32_t count)
{
	struct record_selftest *selftest = judge->selftest;
	struct strbuf text;

	if (selftest->wrong_text[0] != '\0')
		return;
	strbuf_init(&text, sizeof(selftest->wrong_text));
	for (uint32_t i = 0; i < count && i < RUNS_MAX; i++) {
		strbuf_addf(&text, "%s%s", i > 0 ? " > " : "", judge->names[runs[i].function]);
		if (runs[i].count > 1)
			strbuf_addf(&text, " x%u", runs[i].count);
	}
	snprintf(selftest->wrong_text, sizeof(selftest->wrong_text), "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void judge_sample(struct judge *judge, const struct sample *sample)
{
	struct record_selftest *selftest = judge->selftest;
	struct function_run runs[RUNS_MAX];
	enum stack_root root = stack_table_get_root(&judge->data->stacks, sample->stack);
	uint32_t count = read_runs(judge, sample->stack, runs), path = NO_PATH;
	bool is_leaf = false, exists;

	exists = count <= RUNS_MAX && find_path(judge, runs, count, &path, &is_leaf);
	selftest->sample_count++;
	selftest->cut_count += root == STACK_TRUNCATED;
	judge->weight_ns += (double)sample->period;
	if (!exists && root != STACK_TRUNCATED) {
		selftest->wrong_whole_count += root == STACK_COMPLETE;
		selftest->wrong_joined_count += root == STACK_JOINED;
		keep_wrong(judge, runs, count);
	}
	if (!exists || path == NO_PATH)
		return;
	judge->counts[path]++;
	judge->weights[path] += (double)sample->period;
	judge->leaves[path] += is_leaf;
}

/* ---- verdicts ---- */

static void judge_share(struct judge *judge, uint32_t path, double truth_ratio, double weight)
{
	struct record_selftest *selftest = judge->selftest;
	struct record_selftest_share *share = &selftest->shares[path];
	uint64_t n = selftest->share_samples, low, high, taken;

	record_selftest_get_band(n, truth_ratio, 1 - (1 - RECORD_SELFTEST_LEVEL) / WORKLOAD_SHARES,
				 &low, &high);
	share->truth_ratio = truth_ratio;
	share->sampled_ratio = weight > 0 ? judge->weights[path] / weight : 0;
	share->low_ratio = (double)low / (double)n;
	share->high_ratio = (double)high / (double)n;
	share->sample_count = judge->counts[path];
	share->leaf_count = judge->leaves[path];
	/* by weight, for a sampler that is late by what each sample says */
	taken = (uint64_t)llround(share->sampled_ratio * (double)n);
	share->is_within = taken >= low && taken <= high;
	record_selftest_get_band(share->sample_count, RECORD_SELFTEST_CALLER_RATIO,
				 1 - (1 - RECORD_SELFTEST_LEVEL) / WORKLOAD_SHARES, &low, &high);
	share->is_leaf_found = share->sample_count - share->leaf_count <= high ||
			       (workload_paths[path].is_inlined && share->leaf_count == 0);
}

static int judge_shares(struct judge *judge, const struct workload_truth *truth, struct err *err)
{
	struct record_selftest *selftest = judge->selftest;
	double total = 0, weight = 0;

	for (uint32_t i = 0; i < WORKLOAD_SHARES; i++) {
		total += (double)truth->path_ns[i];
		weight += judge->weights[i];
		selftest->share_samples += judge->counts[i];
	}
	if (selftest->share_samples < RECORD_SELFTEST_SAMPLES_LEAST || total <= 0)
		return err_set(
			err, -ENODATA,
			"%llu samples are too few to tell, %d are needed: more time (-d), or "
			"a higher rate (-F)",
			(unsigned long long)selftest->share_samples, RECORD_SELFTEST_SAMPLES_LEAST);
	for (uint32_t i = 0; i < WORKLOAD_SHARES; i++)
		judge_share(judge, i, (double)truth->path_ns[i] / total, weight);
	return 0;
}

static void judge_time(struct record_selftest_time *time, double ns, double low_ns, double high_ns)
{
	*time = (struct record_selftest_time){
		.ns = (uint64_t)llround(ns),
		.low_ns = (uint64_t)llround(low_ns > 0 ? low_ns : 0),
		.high_ns = (uint64_t)llround(high_ns),
		.is_judged = true,
		.is_within = ns >= low_ns && ns <= high_ns,
	};
}

static void judge_times(struct judge *judge, const struct workload_truth *truth)
{
	const struct profile_data *data = judge->data;
	struct record_selftest *selftest = judge->selftest;
	const double part = RECORD_SELFTEST_TIME_RATIO, start_ns = 20 * NS_PER_MS;
	double whole_ns = (double)truth->process_ns;
	double brief_ns = (double)truth->path_ns[WORKLOAD_SHORT];
	double period_ns = (double)profile_data_get_weight_ns(data);

	selftest->truth_ns = truth->process_ns;
	/* before its exec and after its last look at the clock it has used some, too */
	if (data->quality.cpu_ns > 0)
		judge_time(&selftest->counted, (double)data->quality.cpu_ns, (1 - part) * whole_ns,
			   (1 + part) * whole_ns + start_ns);
	if (period_ns <= 0)
		return;
	judge_time(&selftest->sampled, judge->weight_ns + (double)data->quality.kernel_hidden_ns,
		   (1 - part) * whole_ns - THREADS * PERIODS_LOST * period_ns,
		   (1 + part) * whole_ns + start_ns + 2 * period_ns);
	judge_time(&selftest->brief, judge->weights[WORKLOAD_SHORT],
		   (1 - part) * brief_ns - WORKLOAD_SHORT_THREADS * PERIODS_LOST * period_ns,
		   (1 + part) * brief_ns + 5 * period_ns);
	/* below that nothing would be outside */
	selftest->brief.is_judged = selftest->brief.low_ns > 0;
}

static bool is_time_good(const struct record_selftest_time *time)
{
	return !time->is_judged || time->is_within;
}

static void conclude(struct record_selftest *selftest)
{
	double n = (double)selftest->sample_count;
	bool is_good = is_time_good(&selftest->counted) && is_time_good(&selftest->sampled) &&
		       is_time_good(&selftest->brief);

	selftest->is_paths_within =
		selftest->wrong_whole_count == 0 &&
		(double)selftest->wrong_joined_count <= RECORD_SELFTEST_WRONG_RATIO * n &&
		(double)selftest->cut_count <= RECORD_SELFTEST_CUT_RATIO * n;
	for (uint32_t i = 0; i < WORKLOAD_SHARES; i++)
		is_good &= selftest->shares[i].is_within && selftest->shares[i].is_leaf_found;
	selftest->is_within = is_good && selftest->is_paths_within;
}

int record_selftest_judge(struct record_selftest *ret_selftest, const struct profile_data *data,
			  const struct workload_truth *truth, struct err *err)
{
	struct record_selftest selftest = {0};
	struct judge judge = {.data = data, .selftest = &selftest};
	scoped_free uint8_t *functions = NULL;
	bool is_named;
	int result;

	collect_names(&judge);
	is_named = find_functions(&judge);
	functions = judge.functions;
	if (!is_named && data->samples.count > 0)
		return err_set(
			err, -ENOENT,
			"this sonde is stripped, so that the functions of its workload have no "
			"names; one with its symbols is needed for this");
	for (size_t i = 0; i < data->samples.count; i++)
		if (data->samples.items[i].event == 0)
			judge_sample(&judge, &data->samples.items[i]);
	result = judge_shares(&judge, truth, err);
	if (result < 0)
		return result;
	judge_times(&judge, truth);
	conclude(&selftest);
	*ret_selftest = selftest;
	return 0;
}
