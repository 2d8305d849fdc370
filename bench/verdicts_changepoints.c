/*
 * Histories of 100 results: how often a change is named where there is none, and how often a step
 * of 3 % is found within two points of its place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "stats/changepoint.h"
#include "verdicts.h"
#include "verdicts_functions.h"

enum { POINTS = 100, NEAR = 2, MOST = 32 };

static const double STEP = 0.03;

enum history { WHITE, AUTOCORRELATED, HEAVY_TAILED, BIMODAL, HISTORIES };

static const char *const history_names[] = {"white", "AR(.5)", "t3", "bimodal"};

/* About 1, with a standard deviation of `sd` but for t3, whose middle is that of sd. */
static void draw_history(struct rng *rng, enum history history, double sd, double *values)
{
	double before = noise_next_normal(rng);

	noise_fill(rng, history == HEAVY_TAILED ? NOISE_T3 : NOISE_NORMAL,
		   history == HEAVY_TAILED ? 1.7320508 : 1.0, values, POINTS);
	for (uint32_t i = 0; i < POINTS; i++) {
		if (history == AUTOCORRELATED)
			values[i] = before = 0.5 * before + 0.8660254 * values[i];
		else if (history == BIMODAL)
			values[i] = 0.4 * values[i] + (rng_next_double(rng) < 0.3 ? 2.0 : 0.0);
		values[i] = 1.0 + sd * values[i];
	}
}

struct shares {
	uint32_t named, confirmed;
};

/* Any change at all, or with `at` one near it. */
static void look(const double *values, uint32_t at, struct shares *shares)
{
	const struct changepoint_options options = CHANGEPOINT_OPTIONS_DEFAULT;
	struct changepoint points[MOST];
	uint32_t count = changepoint_find(values, POINTS, &options, points, MOST);
	uint32_t named = 0, confirmed = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (at > 0 && (points[i].at + NEAR < at || points[i].at > at + NEAR))
			continue;
		named = 1;
		confirmed |= points[i].is_confirmed;
	}
	shares->named += named;
	shares->confirmed += confirmed;
}

static void print_row(enum history history, double sd, uint32_t trials)
{
	static const uint32_t places[] = {0, 50, POINTS - 6, POINTS - 2}; /* 0: no step */
	enum { PLACES = sizeof(places) / sizeof(places[0]) };
	struct shares shares[PLACES] = {{0}};
	struct rng rng;

	rng_init(&rng, 100 + history);
	for (uint32_t trial = 0; trial < trials; trial++) {
		double values[POINTS], stepped[POINTS];

		draw_history(&rng, history, sd, values);
		for (uint32_t place = 0; place < PLACES; place++) {
			uint32_t at = places[place];

			for (uint32_t i = 0; i < POINTS; i++)
				stepped[i] = values[i] * (at > 0 && i >= at ? 1.0 + STEP : 1.0);
			look(stepped, at, &shares[place]);
		}
	}
	printf("%-10s %2.0f %%", history_names[history], 100.0 * sd);
	for (uint32_t place = 0; place < PLACES; place++)
		printf("   %7.1f %7.1f", 100.0 * shares[place].named / trials,
		       100.0 * shares[place].confirmed / trials);
	printf("\n");
}

void verdicts_print_changepoints(uint32_t trials)
{
	static const double sds[] = {0.01, 0.02, 0.05};

	printf("\nchange points: histories of %d; %u a row; named and confirmed, %%\n"
	       "                     no change        +3 %% in middle     6 points behind   "
	       "2 points behind\n",
	       POINTS, trials);
	for (size_t sd = 0; sd < sizeof(sds) / sizeof(sds[0]); sd++) {
		for (int history = 0; history < HISTORIES; history++)
			print_row((enum history)history, sds[sd], trials);
	}
}
