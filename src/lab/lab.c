#include "lab/lab.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/environment.h"
#include "lab/lab_pairs.h"
#include "lab/load_words.h"
#include "lab/run.h"
#include "store/store_proof.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"
#include "util/strbuf.h"

void lab_outcome_release(struct lab_outcome *outcome)
{
	for (size_t i = 0; i < outcome->notes.count; i++)
		free(outcome->notes.items[i]);
	vec_release(&outcome->notes);
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

static const char *get_folder(const struct plan *plan)
{
	return plan->directory != NULL ? plan->directory : ".";
}

/* The command that builds service i, when none before it in any variant was the same. */
static const char *find_build(const struct experiment_loop *loop, uint32_t variant, uint32_t i)
{
	const struct plan *plan = &loop->variants[variant].plan;
	const char *command = plan->services[i].build;

	for (uint32_t v = 0; v <= variant && command != NULL; v++) {
		const struct plan *other = &loop->variants[v].plan;
		uint32_t count = v == variant ? i : other->service_count;

		for (uint32_t j = 0; j < count; j++)
			if (other->services[j].build != NULL &&
			    strcmp(other->services[j].build, command) == 0 &&
			    strcmp(get_folder(other), get_folder(plan)) == 0)
				return NULL;
	}
	return command;
}

/* Two builds of one service in one folder: the second one's program would run on both sides. */
static int check_builds(const struct experiment_loop *loop, uint32_t v, struct err *err)
{
	const struct plan *plan = &loop->variants[v].plan;

	for (uint32_t other = 0; other < v; other++) {
		const struct plan *before = &loop->variants[other].plan;

		if (strcmp(get_folder(before), get_folder(plan)) != 0)
			continue;
		for (uint32_t i = 0; i < plan->service_count && i < before->service_count; i++)
			if (plan->services[i].build != NULL && before->services[i].build != NULL &&
			    strcmp(plan->services[i].build, before->services[i].build) != 0)
				return err_set(
					err, -EINVAL,
					"'build:' of service '%s' differs between %s and %s, and "
					"both would be built in %s: the last one would run as "
					"both; give them programs of different names, or prove "
					"revisions (rev:)",
					plan->services[i].name, loop->variants[other].name,
					loop->variants[v].name, get_folder(plan));
	}
	return 0;
}

/* Each different build command once in each folder, before the first start. */
static int build_all(struct experiment_loop *loop, struct err *err)
{
	const struct lab_options *options = loop->options;
	int r = 0;

	for (uint32_t v = 1; v < loop->variant_count && r == 0; v++)
		r = check_builds(loop, v, err);
	for (uint32_t v = 0; v < loop->variant_count && r == 0; v++) {
		const struct variant *variant = &loop->variants[v];

		for (uint32_t i = 0; i < variant->plan.service_count && r == 0; i++) {
			const char *command = find_build(loop, v, i);
			scoped_free char *name = NULL;

			if (command == NULL)
				continue;
			name = options->proof.side_count == 0
				       ? alloc_printf("%s.build.log", loop->outcome->experiment)
				       : alloc_printf("%s.build.%u.log", loop->outcome->experiment,
						      v);
			r = service_run_build(&variant->plan, command, options->keeper,
					      options->store, name, err);
			if (r < 0 && options->proof.side_count > 0)
				err_prefix(err, r, "%s: ", variant->name);
		}
	}
	return r;
}

/* {"workers": "12"}; caller frees. */
static char *format_vars(const struct plan_arm *arm)
{
	json_t *object = json_object();
	char *text;

	for (uint32_t i = 0; i < arm->var_count; i++)
		json_object_set_new(object, arm->vars[i].name, json_string(arm->vars[i].value));
	text = json_dumps(object, 0);
	json_decref(object);
	return text != NULL ? text : alloc_strdup("{}");
}

static void name_source(struct variant *variant, uint32_t place, const struct plan_arm *arm)
{
	variant->vars = format_vars(arm);
	variant->source = (struct arm_source){.place = place,
					      .name = variant->name,
					      .kind = ARM_PLAN,
					      .word = "",
					      .revision = "",
					      .subject = "",
					      .content = "",
					      .patch = "",
					      .vars = variant->vars};
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
		name_source(variant, loop->variant_count - 1, &plan->arms[i]);
	}
	return r;
}

static int add_sides(struct experiment_loop *loop, struct err *err)
{
	const struct lab_proof *proof = &loop->options->proof;
	int r = 0;

	loop->variants = alloc_array(proof->side_count, sizeof(*loop->variants));
	for (uint32_t i = 0; i < proof->side_count && r == 0; i++) {
		const struct lab_side *side = &proof->sides[i];
		struct variant *variant = &loop->variants[i];

		r = plan_expand(side->plan, side->arm, &variant->plan, err);
		if (r < 0)
			break;
		loop->variant_count++;
		variant->name = alloc_strdup(side->source.name);
		variant->source = side->source;
		variant->source.place = i;
	}
	return r;
}

static int add_variants(struct experiment_loop *loop, struct err *err)
{
	const struct plan *plan = loop->options->plan;
	uint32_t loads = loop->options->has_all_loads ? plan->load_count : 1;
	int r = 0;

	if (loop->options->proof.side_count > 0)
		return add_sides(loop, err);

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
		free(loop->variants[i].vars);
		plan_release(&loop->variants[i].plan);
	}
	free(loop->variants);
}

static int store_arms(const struct experiment_loop *loop, struct err *err)
{
	struct arm_source *arms = alloc_array(loop->variant_count, sizeof(*arms));
	int r;

	for (uint32_t i = 0; i < loop->variant_count; i++)
		arms[i] = loop->variants[i].source;
	r = store_set_arms(loop->options->store, loop->outcome->experiment, arms,
			   loop->variant_count, err);
	free(arms);
	return r;
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
	r = store_arms(loop, err);
	if (r == 0 && loop->options->proof.begin != NULL)
		r = loop->options->proof.begin(loop->options->proof.context, err);
	if (r == 0)
		r = build_all(loop, err);
	loop->begin_ns = clock_now_ns();
	if (r == 0)
		r = lab_pairs_run(loop, err);
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
	ret_outcome->runs_total =
		(options->proof.max_pairs > 0 ? options->proof.max_pairs - options->proof.counted
					      : options->plan->repeat) *
		loop.variant_count;
	if (r == 0)
		r = run_experiment(&loop, err);
	disturbance_release(&loop.disturbances);
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
	fmt_duration(total, (double)(lab_pairs_expect_ns(plan) * plan->repeat * plan->arm_count));
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
