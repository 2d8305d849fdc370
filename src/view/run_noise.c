#include "view/run_noise.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stats/bootstrap.h"
#include "stats/quantile.h"
#include "store/store_load.h"
#include "util/alloc.h"
#include "view/arm_metrics.h"
#include "view/run_pieces.h"
#include "view/series_runs.h"

#define NOISE_SEED 1 /* any; the same for all */
#define SECOND_NS 1e9

/* In the order of `ret_noise`. */
enum { NOISE_RATE, NOISE_P50, NOISE_P95, NOISE_P99, NOISE_MEAN, NOISE_CPU };

static const struct {
	const char *metric;
	double q; /* of a latency; 0 = no quantile */
} metrics[RUN_NOISE_METRICS] = {
	[NOISE_RATE] = {"rate_rps", 0},	     [NOISE_P50] = {"latency_p50", 0.5},
	[NOISE_P95] = {"latency_p95", 0.95}, [NOISE_P99] = {"latency_p99", 0.99},
	[NOISE_MEAN] = {"latency_mean", 0},  [NOISE_CPU] = {"cpu_per_request", 0},
};

/* The values of the time in its order, and how much each counts. */
struct noise_series {
	double *values, *weights;
	uint32_t count;
};

static void find_mean(struct run_noise *noise, const struct noise_series *series)
{
	uint32_t block = bootstrap_choose_block(series->values, series->count);

	noise->is_known = bootstrap_mean(series->values, series->weights, series->count, block,
					 RUN_DIFF_LEVEL, NOISE_SEED, &noise->lo, &noise->hi) &&
			  noise->lo > 0;
}

static struct noise_series make_series(struct arena *arena, size_t count)
{
	return (struct noise_series){.values = arena_alloc(arena, count + 1, sizeof(double)),
				     .weights = arena_alloc(arena, count + 1, sizeof(double))};
}

static void find_rate(struct run_noise *noise, struct arena *arena, const struct run_pieces *pieces)
{
	struct noise_series series = make_series(arena, pieces->second_count);

	for (uint32_t i = 0; i < pieces->second_count; i++) {
		if (pieces->lengths[i] <= 0)
			continue;
		series.values[series.count] = pieces->completed[i] / pieces->lengths[i];
		series.weights[series.count++] = pieces->lengths[i];
	}
	find_mean(noise, &series);
}

static void find_latency_mean(struct run_noise *noise, struct arena *arena,
			      const struct run_pieces *pieces)
{
	struct noise_series series = make_series(arena, pieces->count);

	for (uint32_t i = 0; i < pieces->count; i++) {
		series.values[i] = quantile_mean_ns(pieces->responses[i]);
		series.weights[i] = (double)pieces->responses[i]->count;
	}
	series.count = pieces->count;
	find_mean(noise, &series);
}

static void find_quantile(struct run_noise *noise, const struct run_pieces *pieces, double q)
{
	struct bootstrap_run run = {.seconds = (const struct histogram *const *)pieces->responses,
				    .second_count = pieces->count,
				    .block_seconds = run_pieces_choose_block(pieces)};

	noise->is_known = quantile_is_earned(pieces->answers->count, q) &&
			  !run_pieces_is_moved(pieces->answers, pieces->censored, q) &&
			  bootstrap_quantile_of_run(&run, q, RUN_DIFF_LEVEL, NOISE_SEED, &noise->lo,
						    &noise->hi);
}

/* Answers that came between two times, ns since the load's window began; even within a second. */
static double count_completed(const struct run_pieces *pieces, double begin_ns, double end_ns)
{
	double sum = 0, begin = fmax(begin_ns / SECOND_NS, 0), end = end_ns / SECOND_NS;

	for (uint32_t i = (uint32_t)fmin(begin, pieces->second_count);
	     i < pieces->second_count && i < end; i++) {
		double length = pieces->lengths[i];
		double share = fmin(end, i + length) - fmax(begin, i);

		if (length > 0 && share > 0)
			sum += pieces->completed[i] * share / length;
	}
	return sum;
}

/* The services' CPU time between two samples, by what was answered in between. */
static void find_cpu(struct run_noise *noise, struct arena *arena, const struct run_pieces *pieces,
		     const struct series_run *run, uint64_t load_begin_ns)
{
	const struct series *cpu = series_list_find(&run->list, "process.cpu_ratio", "");
	struct series_window window;
	struct noise_series series;
	uint64_t since_ns;

	if (cpu == NULL)
		return;
	window = series_runs_get_window(run, cpu);
	series = make_series(arena, window.count);
	since_ns = window.begin_ns;
	for (size_t i = 0; i < window.count; i++) {
		const struct series_point *point = &window.points[i];
		double begin_ns = (double)since_ns - (double)load_begin_ns;
		double end_ns = (double)point->time_ns - (double)load_begin_ns;
		double completed = count_completed(pieces, begin_ns, end_ns);

		since_ns = point->time_ns;
		if (completed <= 0)
			continue;
		series.values[series.count] = point->value * (end_ns - begin_ns) / completed;
		series.weights[series.count++] = completed;
	}
	find_mean(noise, &series);
}

static int find_all(struct run_noise *noise, struct arena *arena, struct store *store,
		    const struct stored_run *run, uint64_t begin_ns, uint64_t end_ns,
		    struct err *err)
{
	struct series_run series = {0};
	struct run_pieces pieces;
	int r = run_pieces_read(&pieces, arena, store, run, "",
				end_ns > begin_ns ? end_ns - begin_ns : 0, RUN_PIECES_MOST, err);

	if (r == 0)
		r = series_runs_read_one(&series, arena, store, run, err);
	if (r == 0) {
		find_rate(&noise[NOISE_RATE], arena, &pieces);
		find_latency_mean(&noise[NOISE_MEAN], arena, &pieces);
		find_cpu(&noise[NOISE_CPU], arena, &pieces, &series, begin_ns);
		for (int i = NOISE_P50; i <= NOISE_P99; i++)
			find_quantile(&noise[i], &pieces, metrics[i].q);
	}
	series_list_release(&series.list);
	run_pieces_release(&pieces);
	return r;
}

int run_noise_find(struct run_noise ret_noise[static RUN_NOISE_METRICS], struct arena *arena,
		   const struct selection *selection, const struct stored_run *run, struct err *err)
{
	struct stored_load_summary summary;
	int r = store_read_load_summary(selection->store, arena, run->key, &summary, err);

	for (int i = 0; i < RUN_NOISE_METRICS; i++)
		ret_noise[i] = (struct run_noise){.metric = metrics[i].metric};
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	store_release_load_summary(&summary);
	return find_all(ret_noise, arena, selection->store, run, summary.begin_ns, summary.end_ns,
			err);
}

/* ---- of a comparison ---- */

/* Half the width on the logarithm's scale. */
static double get_half(const struct run_noise *noise)
{
	return (log(noise->hi) - log(noise->lo)) / 2;
}

static void mark(struct run_diff_metric *row, const struct run_noise *base,
		 const struct run_noise *head)
{
	double half;

	if (!base->is_known || !head->is_known || !row->has_estimate)
		return;
	half = hypot(get_half(base), get_half(head));
	row->noise = expm1(half);
	row->is_within_noise = fabs(log(row->estimate)) <= half;
}

static const struct run_noise *find_noise(const struct run_noise *noise, const char *metric)
{
	for (int i = 0; i < RUN_NOISE_METRICS; i++)
		if (strcmp(noise[i].metric, metric) == 0)
			return &noise[i];
	return NULL;
}

/* The only run that counts; NULL = there is none, or several. */
static int find_only_run(const struct stored_run **ret_run, struct arena *arena,
			 const struct selection *selection, uint32_t arm, struct err *err)
{
	struct arm_metrics runs;
	int r = arm_metrics_read(&runs, arena, selection, arm, ARM_RUNS_COMPARABLE, err);

	*ret_run = r == 0 && runs.run_count == 1 ? runs.runs[0] : NULL;
	return r;
}

int run_noise_mark(struct run_diff *diff, struct arena *arena, const struct selection *base,
		   uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		   struct err *err)
{
	struct run_noise base_noise[RUN_NOISE_METRICS], head_noise[RUN_NOISE_METRICS];
	const struct stored_run *base_run, *head_run = NULL;
	int r = find_only_run(&base_run, arena, base, base_arm, err);

	for (uint32_t i = 0; i < diff->metric_count; i++) {
		diff->metrics[i].noise = (double)NAN;
		diff->metrics[i].is_within_noise = false;
	}
	if (r == 0)
		r = find_only_run(&head_run, arena, head, head_arm, err);
	if (r < 0 || base_run == NULL || head_run == NULL)
		return r;
	r = run_noise_find(base_noise, arena, base, base_run, err);
	if (r == 0)
		r = run_noise_find(head_noise, arena, head, head_run, err);
	for (uint32_t i = 0; i < diff->metric_count && r == 0; i++) {
		struct run_diff_metric *row = &diff->metrics[i];
		const struct run_noise *noise = find_noise(base_noise, row->info->name);

		if (noise != NULL && row->scope[0] == '\0')
			mark(row, noise, &head_noise[noise - base_noise]);
	}
	return r;
}
