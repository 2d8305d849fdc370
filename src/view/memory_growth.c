#include "view/memory_growth.h"

#include <math.h>
#include <string.h>

#include "stats/steady.h"
#include "stats/trend.h"
#include "util/alloc.h"
#include "util/fmt.h"

/* docs/method.md, "Memory growth", has the reasons and what simulations gave. */
enum {
	MIN_POINTS = 24,     /* behind the warm-up */
	MIN_SECONDS = 20,    /* that they span */
	FEW_POINTS = 8,	     /* fewer say nothing of the warming-up, */
	VERY_FEW_POINTS = 3, /* … nor of their interval */
	BLOCKS = 8,
};

#define WARMUP_RATIO 0.25    /* is never judged */
#define MOST_CUT_RATIO 0.5   /* is as much as find_cut() takes of many points */
#define USUAL_INTERVAL_S 1   /* of monitors */
#define MATTERS_RATIO 0.01   /* of the level, a minute … */
#define MATTERS_BYTES 102400 /* … or so many a second, whichever is less */
#define NOISE_BYTES 131072   /* in all: a few pages are no growth */
#define SLOWING_RATIO 0.8    /* of the second half's slope to the first's */
#define SLOWING_ERRORS 0.8   /* … less so many standard errors: 0.4 of the difference's */
#define LAST_RATIO 0.5	     /* of the last third's slope to the whole */
/* Student's t, 97.5 %, of the BLOCKS - 1 differences between neighbouring blocks. */
#define STUDENT_T 2.4469
/*
 * Variance of the median slope for that of the blocks' differences, of a random walk: 3/2, because
 * differences of neighbouring means go together, and 6/5, because a fitted line uses the points of
 * a walk worse than its two ends.
 */
#define WALK_VARIANCE 1.8
#define LONGEST_SECONDS 3600 /* a longer run is nothing that one is told to make */

const char *memory_verdict_name(enum memory_verdict verdict)
{
	switch (verdict) {
	case MEMORY_STEADY:
		return "STEADY";
	case MEMORY_GROWING:
		return "GROWING";
	case MEMORY_NOT_KNOWN:
		break;
	}
	return "not known";
}

/*
 * Where the warming-up ends: a quarter at least, and what steady_find() cuts off the rates of
 * growth. Of the level itself it would cut as much as it may, as soon as there is a leak.
 */
static size_t find_cut(const double *values, size_t count)
{
	scoped_free double *rates = alloc_array(count, sizeof(*rates));
	size_t quarter = (size_t)ceil((double)count * WARMUP_RATIO), cut = 0;

	for (size_t i = 0; i + 1 < count; i++)
		rates[i] = values[i + 1] - values[i];
	if (steady_find(rates, count - 1, &cut) == STEADY_NOT_REACHED)
		cut = count / 2;
	return cut > quarter ? cut : quarter;
}

static double mean_of(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

/* How much the level rises from one block to the next, in the noise of a walk. */
struct block_rises {
	double deviation; /* of the rises */
	double residual;  /* the same about a line: what is left when the rise itself changes */
	size_t size;
};

static struct block_rises find_rises(const double *values, size_t count)
{
	enum { RISES = BLOCKS - 1 };
	struct block_rises rises = {.size = count / BLOCKS};
	double mean = 0, squares = 0, along = 0, places = 0, rise[RISES];

	values += count - rises.size * BLOCKS;
	for (size_t i = 0; i < RISES; i++) {
		rise[i] = mean_of(values + (i + 1) * rises.size, rises.size) -
			  mean_of(values + i * rises.size, rises.size);
		mean += rise[i] / RISES;
	}
	for (size_t i = 0; i < RISES; i++) {
		double place = (double)i - (RISES - 1) / 2.0;

		squares += (rise[i] - mean) * (rise[i] - mean);
		along += place * rise[i];
		places += place * place;
	}
	rises.deviation = sqrt(squares / (RISES - 1));
	rises.residual = sqrt(fmax(squares - along * along / places, 0) / (RISES - 2));
	return rises;
}

/* Standard error of the slope per step, from the deviation of the blocks' rises. */
static double get_error(const struct block_rises *rises, double deviation)
{
	return sqrt(WALK_VARIANCE / (BLOCKS - 1)) * deviation / (double)rises->size;
}

static double find_slope(const double *values, size_t count)
{
	struct trend trend;

	trend_find(values, count, &trend);
	return trend.slope;
}

/*
 * Whether it grew to the end as it did before: a cache that fills up grows ever slower. The slopes
 * of halves have twice the variance of the whole's, their difference four times.
 */
static bool is_lasting(const double *values, size_t count, double slope, double error)
{
	size_t half = count / 2, third = count / 3;

	return find_slope(values + (count - half), half) >=
		       SLOWING_RATIO * find_slope(values, half) - SLOWING_ERRORS * error &&
	       find_slope(values + (count - third), third) >= LAST_RATIO * slope;
}

/* "-d 45s", "-d 20m" */
static const char *format_duration(struct arena *arena, double seconds)
{
	if (seconds < 120)
		return arena_printf(arena, "-d %.0fs", ceil(seconds));
	return arena_printf(arena, "-d %.0fm", ceil(seconds / 60));
}

static const char *explain_short(struct arena *arena, size_t count, size_t cut, double interval_s)
{
	double points = fmax(MIN_POINTS, ceil(MIN_SECONDS / interval_s)), cut_ratio = WARMUP_RATIO;
	double needed_s;
	char had[FMT_BYTES];

	/* Cut was what the points there are suggest; of more it may be as large a part. */
	if (count >= FEW_POINTS && (double)cut > ceil((double)count * WARMUP_RATIO))
		cut_ratio = fmin((double)cut / (double)count, MOST_CUT_RATIO);
	needed_s = ceil(ceil(points / (1 - cut_ratio)) * interval_s);
	return arena_printf(arena, "needs %.0f s, had %s: %s", needed_s,
			    fmt_duration(had, (double)count * interval_s * 1e9),
			    format_duration(arena, needed_s));
}

/* No verdict: what stood against one, and how long a run would have to be. */
static const char *explain(struct arena *arena, const struct memory_growth *growth, double matters,
			   double seconds)
{
	double half_width = (growth->hi - growth->lo) / 2;
	/* A walk's interval narrows with the square root of its length. */
	double wanted = seconds / (1 - WARMUP_RATIO) *
			fmin(fmax(pow(half_width / matters, 2), 2), LONGEST_SECONDS);
	char text[FMT_BYTES];

	if (growth->lo > matters)
		return arena_printf(arena,
				    "it grew, and ever slower: a cache that fills up, or a leak; "
				    "a longer run tells: %s",
				    format_duration(arena, 2 * seconds / (1 - WARMUP_RATIO)));
	if (growth->hi < -matters)
		return arena_printf(arena, "it fell, and had not settled: %s",
				    format_duration(arena, 2 * seconds / (1 - WARMUP_RATIO)));
	if (wanted > LONGEST_SECONDS)
		return arena_printf(arena, "it goes up and down too much to see a growth of %s/s",
				    fmt_bytes(text, matters));
	return arena_printf(arena, "to see a growth of %s/s in what goes up and down takes %s",
			    fmt_bytes(text, matters), format_duration(arena, wanted));
}

static void judge(struct memory_growth *growth, struct arena *arena, const double *values,
		  size_t count, double interval_s)
{
	double seconds = (double)count * interval_s;
	struct block_rises rises = find_rises(values, count);
	double slope = find_slope(values, count);
	double half_width = STUDENT_T * get_error(&rises, rises.deviation);
	double matters = fmax(fmin(growth->level_bytes * MATTERS_RATIO / 60, MATTERS_BYTES),
			      NOISE_BYTES / seconds);

	growth->slope_bytes_per_s = slope / interval_s;
	growth->lo = (slope - half_width) / interval_s;
	growth->hi = (slope + half_width) / interval_s;
	if (growth->lo >= -matters && growth->hi <= matters)
		growth->verdict = MEMORY_STEADY;
	else if (growth->lo > 0 && growth->slope_bytes_per_s > matters &&
		 is_lasting(values, count, slope, get_error(&rises, rises.residual)))
		growth->verdict = MEMORY_GROWING;
	else
		growth->why = explain(arena, growth, matters, seconds);
}

void memory_growth_find(struct memory_growth *ret_growth, struct arena *arena,
			const struct series_view_row *row, double interval_s)
{
	size_t count = row != NULL ? row->point_count : 0, cut;

	*ret_growth = (struct memory_growth){.slope_bytes_per_s = (double)NAN,
					     .lo = (double)NAN,
					     .hi = (double)NAN,
					     .level_bytes = (double)NAN,
					     .why = ""};
	if (count == 0) {
		ret_growth->why = "memory was not watched";
		return;
	}
	ret_growth->level_bytes = mean_of(row->values + (count - (count + 7) / 8), (count + 7) / 8);
	if (!(interval_s > 0) || (count < VERY_FEW_POINTS && interval_s > USUAL_INTERVAL_S))
		interval_s = USUAL_INTERVAL_S;
	cut = find_cut(row->values, count);
	ret_growth->point_count = (uint32_t)(count - cut);
	if (count - cut < MIN_POINTS || (double)(count - cut) * interval_s < MIN_SECONDS)
		ret_growth->why = explain_short(arena, count, cut, interval_s);
	else
		judge(ret_growth, arena, row->values + cut, count - cut, interval_s);
}

static double get_window_s(const struct stored_run *run)
{
	uint64_t begin_ns = run->record.phase_begin_ns[PHASE_MEASURE];
	uint64_t end_ns = run->record.phase_end_ns[PHASE_MEASURE];

	return end_ns > begin_ns ? (double)(end_ns - begin_ns) / 1e9 : 0;
}

void memory_growth_find_last(struct memory_growth *ret_growth, struct arena *arena,
			     const struct run_summary_side *side,
			     const struct machine_view *machine)
{
	const struct series_view_row *row = machine_view_find(machine, "process.rss", "");
	const struct series_view_row *processes =
		machine_view_find(machine, "process.processes", "");
	uint32_t run_count = side->metrics.run_count;
	double all_s = 0, last_s = machine->window_ns / 1e9, count;
	struct series_view_row last;

	for (uint32_t i = 0; i < run_count; i++) {
		last_s = get_window_s(side->metrics.runs[i]);
		all_s += last_s;
	}
	/* Zeros of nobody: a load without a service. */
	if (processes != NULL && !(processes->max > 0))
		row = NULL;
	if (row == NULL || row->point_count == 0 || !(last_s > 0)) {
		memory_growth_find(ret_growth, arena, NULL, 1);
		return;
	}
	/* The runs stand one after the other: one point less is surely the last one's alone. */
	last = *row;
	count = (double)row->point_count * (all_s > 0 ? last_s / all_s : 1);
	if (run_count > 1)
		last.point_count = count > 2 ? (uint64_t)count - 1 : 1;
	last.values = row->values + (row->point_count - last.point_count);
	memory_growth_find(ret_growth, arena, &last, last_s / count);
}
