#include "lab/lab.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/environment.h"
#include "lab/interrupt.h"
#include "lab/load_words.h"
#include "lab/run.h"
#include "stats/rng.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"
#include "util/strbuf.h"

/*
 * What a run costs beside its warm-up and window: start, drain, stop; only for the estimate of the
 * time left.
 */
enum { RUN_OVERHEAD_NS = 700 * 1000 * 1000 };

/* What is compared: the plan's arms, or its named loads, or each arm under each load. */
struct variant {
	char *name;
	struct plan plan; /* expanded */
};

struct experiment_loop {
	const struct lab_options *options; /* with the seed drawn */
	struct lab_outcome *outcome;
	struct variant *variants;
	uint32_t variant_count;
	struct rng order;
	uint64_t begin_ns;
	uint32_t next_number;
};

void lab_outcome_release(struct lab_outcome *outcome)
{
	for (size_t i = 0; i < outcome->notes.count; i++)
		free(outcome->notes.items[i]);
	vec_release(&outcome->notes);
}

/* Of one run; 0 = open-ended. */
static uint64_t expected_ns(const struct plan *plan)
{
	return plan->load.duration_ns == 0
		       ? 0
		       : plan->load.warmup_ns + plan->load.duration_ns + (uint64_t)RUN_OVERHEAD_NS;
}

/* Of all runs; 0 = open-ended. */
static uint64_t expected_all_ns(const struct experiment_loop *loop)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < loop->variant_count; i++) {
		uint64_t one_ns = expected_ns(&loop->variants[i].plan);

		if (one_ns == 0)
			return 0;
		sum_ns += one_ns;
	}
	return sum_ns * loop->options->plan->repeat;
}

/* What decides: without a service that is watched there is no CPU per request. */
static const char *choose_primary(const struct plan *plan)
{
	if (!plan->has_load)
		return NULL;
	if (plan->service_count > 0 || strcmp(plan->primary, "cpu_per_request") != 0)
		return plan->primary;
	return plan->load.is_open ? "latency_p99" : "rate_rps";
}

int lab_add_experiment(const struct lab_options *options, struct lab_outcome *outcome,
		       struct err *err)
{
	const struct plan *plan = options->plan;
	const char *directory = plan->directory != NULL ? plan->directory : ".";
	scoped_free char *environment = NULL;
	struct store_experiment experiment;

	if (options->experiment != NULL) {
		snprintf(outcome->experiment, sizeof(outcome->experiment), "%s",
			 options->experiment);
		return store_reopen_experiment(options->store, options->experiment, err);
	}
	environment = environment_read(directory, options->version);
	experiment_id_make(outcome->experiment);
	experiment = (struct store_experiment){.id = outcome->experiment,
					       .kind = options->kind,
					       .name = plan->name,
					       .command_line = options->command_line,
					       .plan = plan->source,
					       .plan_path = plan->path,
					       .environment = environment,
					       .primary_metric = choose_primary(plan),
					       .created_wall_ns = clock_wall_ns(),
					       .seed = options->seed};
	return store_add_experiment(options->store, &experiment, err);
}

/* Each different build command once, before the first start. */
static int build_all(struct experiment_loop *loop, struct err *err)
{
	const struct lab_options *options = loop->options;
	VEC(const char *) done = {0};
	int r = 0;

	for (uint32_t arm = 0; arm < loop->variant_count && r == 0; arm++) {
		const struct plan *plan = &loop->variants[arm].plan;

		for (uint32_t i = 0; i < plan->service_count && r == 0; i++) {
			const char *command = plan->services[i].build;
			scoped_free char *name = NULL;
			bool is_done = command == NULL;

			for (size_t j = 0; j < done.count && !is_done; j++)
				is_done = strcmp(done.items[j], command) == 0;
			if (is_done)
				continue;
			vec_push(&done, command);
			name = alloc_printf("%s.build.log", loop->outcome->experiment);
			r = service_run_build(plan, command, options->keeper, options->store, name,
					      err);
		}
	}
	vec_release(&done);
	return r;
}

static int run_one(struct experiment_loop *loop, uint32_t arm, uint32_t pair, struct err *err)
{
	const struct variant *variant = &loop->variants[arm];
	struct run run = {.options = loop->options,
			  .plan = &variant->plan,
			  .outcome = loop->outcome,
			  .experiment_begin_ns = loop->begin_ns};
	int r;

	memcpy(run.record.experiment, loop->outcome->experiment, sizeof(run.record.experiment));
	run.record.number = loop->next_number++;
	run.record.arm_place = arm;
	run.record.pair = pair;
	snprintf(run.record.arm, sizeof(run.record.arm), "%s", variant->name);
	run.progress = (struct lab_progress){.arm = variant->name,
					     .run = loop->outcome->runs_done + 1,
					     .run_total = loop->outcome->runs_total,
					     .expected_ns = expected_all_ns(loop)};
	r = run_execute(&run, err);
	if (r == 0)
		loop->outcome->runs_done++;
	run_release(&run);
	return r;
}

/* Arms of a pair in random order: what drifts hits all alike. */
static int run_pairs(struct experiment_loop *loop, struct err *err)
{
	const struct lab_options *options = loop->options;
	uint32_t arm_count = loop->variant_count;
	uint32_t *order = alloc_array(arm_count, sizeof(*order));
	int r = 0;

	for (uint32_t pair = options->first_pair;
	     pair < options->first_pair + options->plan->repeat && r == 0; pair++) {
		for (uint32_t i = 0; i < arm_count; i++)
			order[i] = i;
		rng_shuffle(&loop->order, order, arm_count);
		for (uint32_t i = 0; i < arm_count && r == 0; i++)
			r = run_one(loop, order[i], pair, err);
	}
	free(order);
	return r;
}

/* `load` is the name of a named load, NULL = the plan as it is. */
static int add_arms(struct experiment_loop *loop, const struct plan *plan, const char *load,
		    struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < plan->arm_count && r == 0; i++) {
		struct variant *variant = &loop->variants[loop->variant_count];
		const char *arm = plan->arms[i].name;

		r = plan_expand(plan, i, &variant->plan, err);
		if (r < 0)
			break;
		loop->variant_count++;
		if (load == NULL)
			variant->name = alloc_strdup(arm);
		else if (plan->arm_count == 1)
			variant->name = alloc_strdup(load);
		else
			variant->name = alloc_printf("%s:%s", arm, load);
	}
	return r;
}

static int add_variants(struct experiment_loop *loop, struct err *err)
{
	const struct plan *plan = loop->options->plan;
	uint32_t loads = loop->options->has_all_loads ? plan->load_count : 1;
	int r = 0;

	loop->variants = alloc_array((size_t)plan->arm_count * loads, sizeof(*loop->variants));
	if (!loop->options->has_all_loads)
		return add_arms(loop, plan, NULL, err);
	for (uint32_t i = 0; i < loads && r == 0; i++) {
		struct plan chosen = {0};

		r = plan_choose_load(plan, plan->load_names[i], &chosen, err);
		if (r == 0)
			r = add_arms(loop, &chosen, plan->load_names[i], err);
		plan_release(&chosen);
	}
	return r;
}

static void release_variants(struct experiment_loop *loop)
{
	for (uint32_t i = 0; i < loop->variant_count; i++) {
		free(loop->variants[i].name);
		plan_release(&loop->variants[i].plan);
	}
	free(loop->variants);
}

static int run_experiment(struct experiment_loop *loop, struct err *err)
{
	struct err second = {0};
	enum run_state state;
	int r = lab_add_experiment(loop->options, loop->outcome, err);
	int stored;

	if (r < 0) {
		loop->outcome->experiment[0] = '\0';
		return r;
	}
	r = build_all(loop, err);
	loop->begin_ns = clock_now_ns();
	if (r == 0)
		r = run_pairs(loop, err);
	state = r == 0 ? RUN_DONE : r == -ECANCELED ? RUN_INTERRUPTED : RUN_FAILED;
	loop->outcome->state = state;
	stored = store_end_experiment(loop->options->store, loop->outcome->experiment, state,
				      &second);
	return r == 0 && stored < 0 ? err_set(err, stored, "%s", err_text(&second)) : r;
}

int lab_run(const struct lab_options *options, struct lab_outcome *ret_outcome, struct err *err)
{
	struct lab_options seeded = *options;
	struct experiment_loop loop = {
		.options = &seeded, .outcome = ret_outcome, .next_number = options->first_number};
	int r;

	*ret_outcome = (struct lab_outcome){.state = RUN_FAILED};
	if (seeded.seed == 0)
		seeded.seed = (clock_now_ns() ^ clock_wall_ns() << 20) & INT64_MAX;
	rng_init(&loop.order, seeded.seed + options->first_pair);
	r = add_variants(&loop, err);
	ret_outcome->runs_total = options->plan->repeat * loop.variant_count;
	if (r == 0)
		r = run_experiment(&loop, err);
	release_variants(&loop);
	return r;
}

static int check_arm(const struct plan *plan, uint32_t arm, struct err *err)
{
	struct load_setup setup = {0};
	struct plan expanded = {0};
	struct load *load = NULL;
	int r = plan_expand(plan, arm, &expanded, err);

	if (r == 0)
		r = load_setup_make(&setup, &expanded, 1, err);
	if (r == 0)
		r = load_new(&load, &setup.config, err);
	load_free(load);
	load_setup_release(&setup);
	plan_release(&expanded);
	return r;
}

int lab_check(const struct plan *plan, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < plan->service_count; i++)
		if (plan->services[i].build != NULL)
			return 0;
	for (uint32_t arm = 0; arm < plan->arm_count && r == 0; arm++)
		r = check_arm(plan, arm, err);
	return r;
}

static void describe_service(const struct plan_service *service, struct strbuf *text)
{
	static const char *const kinds[] = {"", "http", "tcp", "log", "exec"};

	if (service->attach != NULL)
		strbuf_addf(text, "  attach to %s ('%s'), never stop it\n", service->attach,
			    service->name);
	else
		strbuf_addf(text, "  start '%s': %s\n", service->name, service->command);
	if (service->build != NULL)
		strbuf_addf(text, "    built first, once: %s\n", service->build);
	if (service->cpus != NULL)
		strbuf_addf(text, "    pinned to CPUs %s\n", service->cpus);
	if (service->ready.kind != PLAN_READY_NONE)
		strbuf_addf(text, "    ready when %s %s answers\n", kinds[service->ready.kind],
			    service->ready.what);
}

static void describe_load(const struct plan_load *load, struct strbuf *text)
{
	scoped_free char *schedule = load_words_make(load);
	scoped_free char *length = load_words_length(load);

	strbuf_addf(text, "  load %s: %s (%s loop), %s\n", load->target, schedule,
		    load->is_open ? "open" : "closed", length);
	for (uint32_t i = 0; i < load->request_count; i++)
		strbuf_addf(text, "    %s: %s %s (weight %u)\n", load->requests[i].name,
			    load->requests[i].method, load->requests[i].path,
			    load->requests[i].weight);
}

char *lab_describe(const struct plan *plan, struct err *err)
{
	struct strbuf text;
	char total[FMT_BYTES];
	int r = 0;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	fmt_duration(total, (double)(expected_ns(plan) * plan->repeat * plan->arm_count));
	strbuf_addf(&text, "%s: %u arm(s), %u run(s) each, interleaved in random order, about %s\n",
		    plan->name, plan->arm_count, plan->repeat, total);
	for (uint32_t arm = 0; arm < plan->arm_count && r == 0; arm++) {
		struct plan expanded = {0};

		r = plan_expand(plan, arm, &expanded, err);
		if (r == 0) {
			strbuf_addf(&text, "arm %s:\n", plan->arms[arm].name);
			for (uint32_t i = 0; i < expanded.service_count; i++)
				describe_service(&expanded.services[i], &text);
			if (expanded.has_load)
				describe_load(&expanded.load, &text);
		}
		plan_release(&expanded);
	}
	if (r == 0)
		return strbuf_take(&text);
	strbuf_release(&text);
	return NULL;
}
