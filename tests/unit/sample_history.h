/*
 * A plan that was run again and again: experiments with four runs each of the arm "proxy", in a
 * sample store of their own (sample_store.h). Ids are in the order in which they were made:
 * h0000001, h0000002, …
 */
#ifndef SAMPLE_HISTORY_H
#define SAMPLE_HISTORY_H

#include "sample_view.h"
#include "store/store_proof.h"

enum { SAMPLE_HISTORY_RUNS = 4 };

struct sample_experiment {
	double cpu_ns, rate;	 /* of the middle of the runs; 0 = not measured */
	const char *environment; /* NULL = of a machine called "here", kernel 6.1 */
	const char *name;	 /* NULL = "gateway" */
	const char *kind;	 /* NULL = "run" */
	enum run_state state;	 /* RUN_RUNNING (0) = RUN_DONE */
	uint32_t runs;		 /* 0 = SAMPLE_HISTORY_RUNS */
};

static inline const char *sample_history_id(char id[static EXPERIMENT_ID_BYTES], uint32_t number)
{
	snprintf(id, EXPERIMENT_ID_BYTES, "h%07u", number % 10000000u);
	return id;
}

/* The runs of an experiment scatter by half a percent to either side of what was asked for. */
static inline void sample_history_add_runs(struct sample_store *sample, const char *id,
					   const struct sample_experiment *what, uint32_t runs)
{
	for (uint32_t i = 0; i < runs; i++) {
		double factor = 1 + 0.005 * (i - 0.5 * (runs - 1)) / runs;
		int64_t key = sample_add_run(sample, id, i + 1, 0, i + 1);
		struct err err = {0};

		if (what->cpu_ns > 0)
			sample_add_metric(sample, key, "cpu_per_request", "",
					  what->cpu_ns * factor);
		if (what->rate > 0)
			sample_add_metric(sample, key, "rate_rps", "", what->rate * factor);
		sample_add_metric(sample, key, "success_ratio", "", 1.0);
		sample_check(store_set_validity(sample->store, key, VALIDITY_VALID, "", &err),
			     &err);
	}
}

/* `number` from 1 names it and is its day. */
static inline void sample_history_add(struct sample_store *sample, uint32_t number,
				      const struct sample_experiment *what)
{
	char id[EXPERIMENT_ID_BYTES], environment[128];
	struct store_experiment experiment = {
		.id = sample_history_id(id, number),
		.kind = what->kind != NULL ? what->kind : "run",
		.name = what->name != NULL ? what->name : "gateway",
		.command_line = "sonde track",
		.plan = "name: gateway\n",
		.plan_path = "/srv/gateway/sonde.yaml",
		.environment = environment,
		.primary_metric = "cpu_per_request",
		.created_wall_ns = (UINT64_C(1700000000) + 86400 * number) * SAMPLE_SECOND_NS,
		.seed = number};
	struct err err = {0};

	snprintf(environment, sizeof(environment),
		 "{\"host\": \"here\", \"kernel\": \"6.1\", \"git_revision\": \"%040u\"}", number);
	if (what->environment != NULL)
		experiment.environment = what->environment;
	sample_check(store_add_experiment(sample->store, &experiment, &err), &err);
	sample_history_add_runs(sample, id, what,
				what->runs > 0 ? what->runs : SAMPLE_HISTORY_RUNS);
	sample_check(store_end_experiment(sample->store, id,
					  what->state != RUN_RUNNING ? what->state : RUN_DONE,
					  &err),
		     &err);
}

static inline void sample_history_accept(struct sample_store *sample, uint32_t number,
					 const char *note)
{
	char id[EXPERIMENT_ID_BYTES];
	struct stored_baseline row = {.plan = "gateway",
				      .experiment = sample_history_id(id, number),
				      .arm = "",
				      .who = "ada",
				      .note = note,
				      .revision = "0123456789abcdef0123456789abcdef01234567",
				      .machine = "here",
				      .wall_ns = UINT64_C(1800000000) * SAMPLE_SECOND_NS + number};
	struct err err = {0};

	sample_check(store_add_baseline(sample->store, &row, &err), &err);
}

#endif
