/*
 * A matrix as `sonde run` leaves it: modes a and b, each with 1 to 16 workers, three runs of each
 * in interleaved pairs. Throughput follows the universal scalability law exactly but for 1 % up in
 * one run and down in another; mode b has twice the contention of a.
 */
#ifndef SAMPLE_MATRIX_H
#define SAMPLE_MATRIX_H

#include "sample_view.h"
#include "store/store_proof.h"

enum { MATRIX_LEVELS = 5, MATRIX_ARMS = 10, MATRIX_PAIRS = 3 };

#define MATRIX_ID "m4tr1x00"
#define MATRIX_GAMMA 1000.0
#define MATRIX_ALPHA 0.05 /* of mode a */
#define MATRIX_BETA 0.01

static const double matrix_workers[MATRIX_LEVELS] = {1, 2, 4, 8, 16};

static inline double matrix_rate(uint32_t place)
{
	double n = matrix_workers[place % MATRIX_LEVELS];
	double alpha = place < MATRIX_LEVELS ? MATRIX_ALPHA : 2 * MATRIX_ALPHA;

	return MATRIX_GAMMA * n / (1 + alpha * (n - 1) + MATRIX_BETA * n * (n - 1));
}

static inline void matrix_name(char name[static ARM_BYTES], uint32_t place)
{
	snprintf(name, ARM_BYTES, "%s workers=%.0f", place < MATRIX_LEVELS ? "a" : "b",
		 matrix_workers[place % MATRIX_LEVELS]);
}

static inline void matrix_add_arms(struct sample_store *sample)
{
	struct arm_source arms[MATRIX_ARMS];
	char names[MATRIX_ARMS][ARM_BYTES], vars[MATRIX_ARMS][128];
	struct err err = {0};

	for (uint32_t place = 0; place < MATRIX_ARMS; place++) {
		matrix_name(names[place], place);
		snprintf(vars[place], sizeof(vars[place]),
			 "{\"mode\": \"%s\", \"workers\": \"%.0f\", \"port\": \"8080\"}",
			 place < MATRIX_LEVELS ? "a" : "b", matrix_workers[place % MATRIX_LEVELS]);
		arms[place] = (struct arm_source){.place = place,
						  .name = names[place],
						  .kind = ARM_PLAN,
						  .word = "",
						  .revision = "",
						  .subject = "",
						  .content = "",
						  .patch = "",
						  .vars = vars[place]};
	}
	sample_check(store_set_arms(sample->store, MATRIX_ID, arms, MATRIX_ARMS, &err), &err);
}

static inline void matrix_add_run(struct sample_store *sample, uint32_t number, uint32_t place,
				  uint32_t pair)
{
	struct run_record run = sample_run(MATRIX_ID, number, place, pair);
	struct err err = {0};
	int64_t key = 0;

	matrix_name(run.arm, place);
	sample_check(store_add_run(sample->store, &run, &key, &err), &err);
	sample_check(store_update_run(sample->store, key, &run, &err), &err);
	sample_add_metric(sample, key, "rate_rps", "",
			  matrix_rate(place) * (1 + 0.01 * ((double)pair - 2)));
	sample_add_metric(sample, key, "latency_p50", "", 1e6 * (place + 1));
	sample_add_metric(sample, key, "latency_p95", "", 2e6 * (place + 1));
	sample_add_metric(sample, key, "latency_p99", "", 3e6 * (place + 1) + 1e5 * pair);
	sample_add_metric(sample, key, "cpu_per_request", "", 1e5);
	sample_add_metric(sample, key, "cpu_mean", "", 1.5);
	sample_add_metric(sample, key, "rss_peak", "", 1e7);
	sample_add_metric(sample, key, "failures_per_request", "",
			  pair == 2 && place == 4 ? 0.02 : 0);
	sample_check(store_set_validity(sample->store, key,
					place == 9 && pair == 1 ? VALIDITY_SUSPECT : VALIDITY_VALID,
					"", &err),
		     &err);
}

static inline void matrix_open(struct sample_view *view)
{
	uint32_t number = 0;

	*view = (struct sample_view){0};
	arena_init(&view->arena);
	sample_store_open(&view->sample);
	sample_add_experiment(&view->sample, MATRIX_ID, 1700000000 * SAMPLE_SECOND_NS);
	matrix_add_arms(&view->sample);
	for (uint32_t pair = 1; pair <= MATRIX_PAIRS; pair++)
		for (uint32_t i = 0; i < MATRIX_ARMS; i++)
			matrix_add_run(&view->sample, ++number, (i * 7 + pair) % MATRIX_ARMS, pair);
	sample_view_select(view, "@last");
}

#endif
