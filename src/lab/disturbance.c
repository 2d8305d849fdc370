#include "lab/disturbance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats/quantile.h"
#include "util/alloc.h"

#define USUAL_FACTOR 3	 /* a disturbance is so many times what is usual */
#define UNKNOWN_FACTOR 5 /* and so many times the limit while nothing is known to be usual */

enum { USUAL_RUNS = 3, READINGS = 6 };

static const struct {
	double limit;
	bool is_of_arm; /* usual is what the same arm does */
} rules[READINGS] = {{0.01, false}, {0.1, false}, {0.1, true},
		     {0.02, true},  {0.1, false}, {0.05, true}};

/* The best that there was: how fast the machine can be. NAN where it is not known. */
struct best {
	double loop_ns;	     /* of all runs */
	double generator_ns; /* of the arm's */
};

static struct best find_best(const struct disturbance_log *log, uint32_t arm,
			     const struct disturbance_reading *reading)
{
	struct best best = {reading->shortest_loop_ns, reading->generator_ns};

	for (size_t i = 0; i < log->runs.count; i++) {
		const struct disturbance_reading *other = &log->runs.items[i].reading;

		best.loop_ns = fmin(best.loop_ns, other->shortest_loop_ns);
		if (log->runs.items[i].arm == arm)
			best.generator_ns = fmin(best.generator_ns, other->generator_ns);
	}
	return best;
}

static double get(const struct disturbance_reading *reading, const struct best *best, int rule)
{
	const double values[READINGS] = {reading->steal_ratio,
					 reading->others_cpus,
					 reading->pressure_ratio,
					 reading->generator_wait_ratio,
					 reading->loop_ns / best->loop_ns - 1,
					 reading->generator_ns / best->generator_ns - 1};

	return values[rule];
}

void disturbance_add(struct disturbance_log *log, uint32_t arm,
		     const struct disturbance_reading *reading)
{
	vec_push(&log->runs, ((typeof(*log->runs.items)){.arm = arm, .reading = *reading}));
}

/* The median so far; NAN with fewer than USUAL_RUNS. */
static double find_usual(const struct disturbance_log *log, uint32_t arm, const struct best *best,
			 int rule)
{
	double *values = alloc_array(log->runs.count + 1, sizeof(*values));
	double usual = (double)NAN;
	uint32_t count = 0;

	for (size_t i = 0; i < log->runs.count; i++) {
		double value = get(&log->runs.items[i].reading, best, rule);

		if (isfinite(value) && (!rules[rule].is_of_arm || log->runs.items[i].arm == arm))
			values[count++] = value;
	}
	if (count >= USUAL_RUNS)
		usual = quantile_of_values(values, count, 0.5);
	free(values);
	return usual;
}

static int format_value(int rule, double value, char text[static DISTURBANCE_TEXT_BYTES])
{
	switch (rule) {
	case 0:
		return snprintf(text, DISTURBANCE_TEXT_BYTES,
				"%.1f %% of the machine's CPU time was stolen", value * 100);
	case 1:
		return snprintf(text, DISTURBANCE_TEXT_BYTES, "other programs used %.2f CPUs",
				value);
	case 2:
		return snprintf(text, DISTURBANCE_TEXT_BYTES,
				"some task waited for a CPU %.0f %% of the time", value * 100);
	case 3:
		return snprintf(text, DISTURBANCE_TEXT_BYTES,
				"the load generator waited for a CPU %.1f %% of the time",
				value * 100);
	case 4:
		return snprintf(text, DISTURBANCE_TEXT_BYTES,
				"the services' CPUs took %.0f %% longer for a fixed loop than at "
				"their best",
				value * 100);
	default:
		return snprintf(text, DISTURBANCE_TEXT_BYTES,
				"the load generator used %.0f %% more CPU time per request than at "
				"its best",
				value * 100);
	}
}

static void describe(int rule, double value, double usual, char text[static DISTURBANCE_TEXT_BYTES])
{
	int used = format_value(rule, value, text);

	if (used < 0 || isnan(usual))
		return;
	snprintf(text + used, DISTURBANCE_TEXT_BYTES - (size_t)used, " (%.*f%s is usual)",
		 rule == 1 ? 2 : 1, rule == 1 ? usual : usual * 100, rule == 1 ? "" : " %");
}

bool disturbance_find(const struct disturbance_log *log, uint32_t arm,
		      const struct disturbance_reading *reading,
		      char text[static DISTURBANCE_TEXT_BYTES])
{
	const struct best best = find_best(log, arm, reading);

	for (int rule = 0; rule < READINGS; rule++) {
		double value = get(reading, &best, rule);
		double usual = find_usual(log, arm, &best, rule);
		double limit = isnan(usual) ? UNKNOWN_FACTOR * rules[rule].limit
					    : fmax(rules[rule].limit, USUAL_FACTOR * usual);

		/* what an arm does to itself is not known before it has done it a few times */
		if (!(value > limit) || (isnan(usual) && rules[rule].is_of_arm))
			continue;
		describe(rule, value, usual, text);
		return true;
	}
	return false;
}

void disturbance_release(struct disturbance_log *log)
{
	vec_release(&log->runs);
}
