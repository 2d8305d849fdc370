#include "lab/lab_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/run.h"
#include "store/store_proof.h"
#include "util/alloc.h"
#include "util/clock.h"

enum {
	/*
	 * What a run costs beside its warm-up and window: start, drain, stop; for estimates only.
	 */
	RUN_OVERHEAD_NS = 700 * 1000 * 1000,
	PADDING_BYTES = 4096,
	EARLY_PAIRS = 5, /* judged once more, when they are there */
};

/* One arm's run of the pair that is being made. */
struct pair_run {
	int64_t key; /* in the store */
	struct disturbance_reading reading;
	char why[DISTURBANCE_TEXT_BYTES]; /* "" = it was not disturbed */
};

uint64_t lab_pairs_expect_ns(const struct plan *plan)
{
	return plan->load.duration_ns == 0
		       ? 0
		       : plan->load.warmup_ns + plan->load.duration_ns + (uint64_t)RUN_OVERHEAD_NS;
}

/* How many pairs are to count, those of before included. */
static uint32_t get_pair_goal(const struct lab_options *options)
{
	const struct lab_proof *proof = &options->proof;

	return proof->max_pairs > 0 ? proof->max_pairs : proof->counted + options->plan->repeat;
}

/* Of all runs; 0 = open-ended. */
static uint64_t expect_all_ns(const struct experiment_loop *loop)
{
	const struct lab_options *options = loop->options;
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < loop->variant_count; i++) {
		uint64_t one_ns = lab_pairs_expect_ns(&loop->variants[i].plan);

		if (one_ns == 0)
			return 0;
		sum_ns += one_ns;
	}
	return sum_ns * (get_pair_goal(options) - options->proof.counted);
}

static int run_one(struct experiment_loop *loop, uint32_t arm, uint32_t pair,
		   struct pair_run *ret_run, struct err *err)
{
	const struct variant *variant = &loop->variants[arm];
	struct run run = {.options = loop->options,
			  .plan = &variant->plan,
			  .outcome = loop->outcome,
			  .experiment_begin_ns = loop->begin_ns};
	int r;

	if (loop->options->proof.has_padding)
		run.padding_bytes = (uint32_t)rng_next_below(&loop->order, PADDING_BYTES);
	memcpy(run.record.experiment, loop->outcome->experiment, sizeof(run.record.experiment));
	run.record.number = loop->next_number++;
	run.record.arm_place = arm;
	run.record.pair = pair;
	snprintf(run.record.arm, sizeof(run.record.arm), "%s", variant->name);
	run.progress = (struct lab_progress){.arm = variant->name,
					     .run = loop->outcome->runs_done + 1,
					     .run_total = loop->outcome->runs_total,
					     .expected_ns = expect_all_ns(loop)};
	r = run_execute(&run, err);
	if (r == 0)
		loop->outcome->runs_done++;
	ret_run->key = run.key;
	run_read_disturbance(&run, &ret_run->reading);
	run_release(&run);
	return r;
}

/* In random order: what drifts hits all alike. */
static int run_pair(struct experiment_loop *loop, uint32_t pair, struct pair_run *runs,
		    struct err *err)
{
	uint32_t count = loop->variant_count;
	uint32_t *order = alloc_array(count, sizeof(*order));
	int r = 0;

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	rng_shuffle(&loop->order, order, count);
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = run_one(loop, order[i], pair, &runs[order[i]], err);
	free(order);
	return r;
}

static bool is_pair_disturbed(const struct experiment_loop *loop, struct pair_run *runs)
{
	bool is_found = false;

	for (uint32_t i = 0; i < loop->variant_count; i++) {
		runs[i].why[0] = '\0';
		is_found |= disturbance_find(&loop->disturbances, i, &runs[i].reading, runs[i].why);
	}
	return is_found;
}

/* All runs of the pair, for a pair with one side left is none. */
static int reject_pair(struct experiment_loop *loop, uint32_t pair, const struct pair_run *runs,
		       struct err *err)
{
	const struct lab_options *options = loop->options;
	const struct pair_run *first = runs;
	scoped_free char *note = NULL;
	int r = 0;

	while (first->why[0] == '\0')
		first++;
	for (uint32_t i = 0; i < loop->variant_count && r == 0; i++) {
		const char *why = runs[i].why;
		scoped_free char *partner =
			alloc_printf("the other run of its pair was disturbed: %s", first->why);

		r = store_set_rejected(options->store, runs[i].key, why[0] != '\0' ? why : partner,
				       err);
	}
	loop->outcome->pairs_rejected++;
	loop->outcome->runs_total += loop->variant_count;
	note = alloc_printf("pair %u does not count: %s (%s); another one is made", pair,
			    first->why, loop->variants[first - runs].name);
	options->progress(options->context, &(struct lab_progress){0}, note);
	return r;
}

/* Once: a machine that is never quiet does not keep a proof forever. */
static void note_limit(struct experiment_loop *loop)
{
	scoped_free char *note = NULL;

	if (loop->is_limit_noted)
		return;
	loop->is_limit_noted = true;
	note = alloc_printf("%u pairs were thrown away, and the machine is not quieter: from here "
			    "on disturbed ones count",
			    loop->outcome->pairs_rejected);
	loop->options->progress(loop->options->context, &(struct lab_progress){0}, note);
}

/* Whether another pair, as long as those so far, would end too late. */
static bool is_time_over(const struct experiment_loop *loop, uint32_t made)
{
	uint64_t limit_ns = loop->options->proof.max_time_ns;
	uint64_t elapsed_ns = clock_now_ns() - loop->begin_ns;
	uint64_t pair_ns = 0;

	if (limit_ns == 0)
		return false;
	for (uint32_t i = 0; i < loop->variant_count; i++)
		pair_ns += lab_pairs_expect_ns(&loop->variants[i].plan);
	if (made > 0)
		pair_ns = elapsed_ns / made;
	return elapsed_ns + pair_ns > limit_ns;
}

static int ask(const struct experiment_loop *loop, uint32_t counted, enum lab_next *next,
	       struct err *err)
{
	const struct lab_proof *proof = &loop->options->proof;

	return proof->decide == NULL ? 0 : proof->decide(proof->context, counted, next, err);
}

/* A pair that counts so far, and was judged before it was known what is usual. */
struct early_pair {
	uint32_t pair;
	struct pair_run *runs;
};

static void keep_early(const struct experiment_loop *loop, struct early_pair *early, uint32_t pair,
		       const struct pair_run *runs)
{
	size_t bytes = loop->variant_count * sizeof(*runs);

	early->pair = pair;
	early->runs = alloc_array(loop->variant_count, sizeof(*runs));
	memcpy(early->runs, runs, bytes);
}

/* Once, by what all of them did; the later ones were judged by that already. */
static int judge_early(struct experiment_loop *loop, struct early_pair *early, uint32_t *counted,
		       struct err *err)
{
	const struct lab_proof *proof = &loop->options->proof;
	int r = 0;

	for (uint32_t i = 0; i < EARLY_PAIRS && r == 0; i++) {
		if (early[i].runs == NULL || !is_pair_disturbed(loop, early[i].runs) ||
		    loop->outcome->pairs_rejected >= proof->max_rejected)
			continue;
		r = reject_pair(loop, early[i].pair, early[i].runs, err);
		(*counted)--;
	}
	return r;
}

int lab_pairs_run(struct experiment_loop *loop, struct err *err)
{
	const struct lab_proof *proof = &loop->options->proof;
	struct pair_run *runs = alloc_array(loop->variant_count, sizeof(*runs));
	struct early_pair early[EARLY_PAIRS] = {0};
	uint32_t pair = loop->options->first_pair, counted = proof->counted, made = 0;
	uint32_t asked = counted; /* also early pairs that no longer count are told */
	uint32_t goal = get_pair_goal(loop->options);
	enum lab_next next = LAB_GO_ON;
	bool is_disturbed, counts;
	int r = 0;

	while (counted < goal && next == LAB_GO_ON && r == 0) {
		loop->outcome->is_out_of_time = is_time_over(loop, made);
		if (loop->outcome->is_out_of_time)
			break;
		r = run_pair(loop, pair, runs, err);
		if (r < 0)
			break;
		made++;
		loop->outcome->measured_ns = clock_now_ns() - loop->begin_ns;
		is_disturbed = is_pair_disturbed(loop, runs);
		for (uint32_t i = 0; i < loop->variant_count; i++)
			disturbance_add(&loop->disturbances, i, &runs[i].reading);
		counts = !is_disturbed || loop->outcome->pairs_rejected >= proof->max_rejected;
		if (!counts)
			r = reject_pair(loop, pair, runs, err);
		else if (is_disturbed && proof->max_rejected > 0)
			note_limit(loop);
		counted += counts;
		if (counts && made <= EARLY_PAIRS)
			keep_early(loop, &early[made - 1], pair, runs);
		if (made == EARLY_PAIRS && r == 0)
			r = judge_early(loop, early, &counted, err);
		pair++;
		if (counted != asked && r == 0)
			r = ask(loop, counted, &next, err);
		asked = counted;
	}
	for (uint32_t i = 0; i < EARLY_PAIRS; i++)
		free(early[i].runs);
	free(runs);
	return r;
}
