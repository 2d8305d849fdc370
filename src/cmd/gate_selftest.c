/*
 * `gate --selftest`: a gate that can never fail, or always does, is worse than none. The same arm
 * twice must not be REGRESSED, and the arm with a tenth more CPU time must be: beside its services
 * a program is run that burns as much, as one of them.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/gate.h"
#include "lab/target.h"
#include "report/metric_text.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/parse.h"
#include "view/arm_metrics.h"

#define MORE 0.1 /* of the services' CPU time */

enum { SLICE_NS = 10 * 1000 * 1000, BURN_SECONDS = 3600, BURNERS_MOST = 256 };

/* One thread, for `ratio` of a CPU. */
static void *burn(void *argument)
{
	double ratio = *(const double *)argument;

	for (uint64_t end_ns = clock_now_ns() + BURN_SECONDS * (uint64_t)NS_PER_S;
	     clock_now_ns() < end_ns;) {
		uint64_t until_ns = clock_thread_cpu_ns() + (uint64_t)(ratio * SLICE_NS);
		struct timespec rest = {.tv_nsec = (long)((1 - ratio) * SLICE_NS)};

		while (clock_thread_cpu_ns() < until_ns)
			;
		nanosleep(&rest, NULL);
	}
	return NULL;
}

int gate_burn(const char *text)
{
	struct err err = {0};
	double cpus, ratio;

	if (parse_double(text, &cpus) < 0 || !(cpus > 0) || cpus > BURNERS_MOST) {
		err_set(&err, -EINVAL, "--self-burn takes a number of CPUs up to %d, not '%s'",
			BURNERS_MOST, text);
		return cmd_fail(&err);
	}
	ratio = cpus / ceil(cpus);
	for (double started = 1; started < cpus; started++) {
		pthread_t thread; /* ends with the process */
		int code = pthread_create(&thread, NULL, burn, &ratio);

		if (code != 0) {
			err_set(&err, -code, "cannot start a thread: %s", strerror(code));
			return cmd_fail(&err);
		}
	}
	burn(&ratio);
	return CMD_OK;
}

/* CPUs that the services used in the proof's runs; 0 = not known. */
static double read_cpus(const struct proof *proof)
{
	const struct run_diff_metric *metric =
		run_diff_find(&proof->summary.diffs[0], "cpu_mean", "");

	return metric != NULL && metric->base > 0 ? metric->base : 0;
}

/* The plan with one more service, which burns CPU time where the first one runs. */
static int add_burner(struct plan *plan, double cpus, struct err *err)
{
	scoped_free char *name = alloc_printf("services/%u/name", plan->service_count);
	scoped_free char *command = alloc_printf("services/%u/command", plan->service_count);
	scoped_free char *pins = alloc_printf("services/%u/cpus", plan->service_count);
	scoped_free char *burn = alloc_printf("/proc/self/exe gate --self-burn %.4f", cpus);
	int r = plan_set(plan, name, "slowdown", err);

	if (r == 0)
		r = plan_set(plan, command, burn, err);
	if (r == 0 && plan->services[0].cpus != NULL)
		r = plan_set(plan, pins, plan->services[0].cpus, err);
	return r < 0 ? r : plan_update(plan, err);
}

static void print(const char *what, const struct proof *proof, const char *judgement)
{
	const struct run_diff *diff = &proof->summary.diffs[0];
	const struct run_diff_metric *metric = run_diff_find(diff, diff->primary, "");
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_addf(&text, "%-4s %s: %s", judgement, what,
		    metric != NULL ? metric->info->label : "no primary metric");
	if (metric != NULL) {
		strbuf_add_char(&text, ' ');
		metric_text_add_change(&text, metric);
		strbuf_addf(&text, " %s after %u pairs", verdict_name(metric->verdict),
			    proof->record.pairs);
	}
	printf("%s\n", strbuf_text(&text));
	strbuf_release(&text);
}

/* Both sides are the same arm. Its proof stays in gate->proof. */
static int prove_same(struct gate *gate, const char *word, bool *ret_is_good)
{
	const struct side_setup setup = {.plan = &gate->plan, .store = gate->session.store_path};
	struct proof_settings settings =
		prove_args_make_settings(&gate->args->prove, "gate", gate->command_line);
	const char *const words[2] = {word, word};
	struct err err = {0};
	enum verdict verdict;
	int status;

	settings.plan = &gate->plan;
	if (side_make_all(gate->sides, words, 2, &setup, &err) < 0)
		return cmd_fail(&err);
	status = proof_run(&gate->session, gate->sides, &settings, &gate->proof);
	if (status != CMD_OK || !gate->proof.has_result)
		return status != CMD_OK ? status : CMD_NO_ANSWER;
	verdict = gate->proof.summary.diffs[0].verdict;
	*ret_is_good = verdict == VERDICT_EQUIVALENT ||
		       (verdict == VERDICT_INCONCLUSIVE && gate->args->inconclusive == GATE_PASS);
	print("the same twice", &gate->proof,
	      *ret_is_good			? "good"
	      : verdict == VERDICT_INCONCLUSIVE ? "open"
						: "BAD");
	return CMD_OK;
}

static int prove_slower(struct gate *gate, const char *word, double cpus, bool *ret_is_good)
{
	const struct side_setup setup = {.plan = &gate->plan, .store = gate->session.store_path};
	struct proof_settings settings =
		prove_args_make_settings(&gate->args->prove, "gate", gate->command_line);
	struct side sides[2] = {0};
	struct proof proof = {0};
	struct err err = {0};
	int status = CMD_OK, r = side_parse(&sides[0], &setup, word, &err);

	settings.plan = &gate->plan;
	if (r == 0)
		r = side_make(&sides[0], &setup, &err);
	if (r == 0)
		r = side_parse(&sides[1], &setup, word, &err);
	if (r == 0)
		r = side_make(&sides[1], &setup, &err);
	if (r == 0)
		r = add_burner(&sides[1].plan, cpus, &err);
	if (r == 0) {
		sides[1].source.name = "slowed down";
		status = proof_run(&gate->session, sides, &settings, &proof);
	} else {
		status = cmd_fail(&err);
	}
	if (status == CMD_OK && proof.has_result) {
		*ret_is_good = proof.summary.diffs[0].verdict == VERDICT_REGRESSED;
		print("with a tenth more CPU time", &proof, *ret_is_good ? "good" : "BAD");
	}
	proof_release(&proof);
	side_release_all(sides, 2, false);
	return status;
}

static int conclude(enum verdict same, bool passes, bool fails)
{
	if (passes && fails)
		printf("the gate passes what is the same and fails what is slower\n");
	else if (!fails)
		printf("the gate does not see a tenth more CPU time: more pairs (--pairs), longer "
		       "runs (-d), or a primary metric that CPU time moves\n");
	else if (same == VERDICT_INCONCLUSIVE)
		printf("the gate fails what is slower, and cannot say that the same is the same: "
		       "it ends with 3 then; more pairs (--pairs), longer runs (-d), a greater "
		       "--delta, or --inconclusive pass\n");
	else
		printf("the gate calls the same program %s: the machine is too noisy for it as it "
		       "is; `sonde doctor` says what would help\n",
		       same == VERDICT_REGRESSED  ? "slower"
		       : same == VERDICT_IMPROVED ? "faster"
						  : "nothing at all");
	if (passes && fails)
		return CMD_OK;
	return fails && same == VERDICT_INCONCLUSIVE ? CMD_NO_ANSWER : CMD_BAD_ANSWER;
}

int gate_run_selftest(struct gate *gate)
{
	const char *arm =
		gate->args->prove.arm != NULL ? gate->args->prove.arm : gate->plan.arms[0].name;
	scoped_free char *word = alloc_printf("arm:%s", arm);
	bool passes = false, fails = false;
	enum verdict same;
	struct err err = {0};
	double cpus;
	int status;

	if (proof_pin(&gate->plan, &err) < 0 || target_check_arms(&gate->plan, &err) < 0)
		return cmd_fail(&err);
	status = prove_same(gate, word, &passes);
	if (status != CMD_OK)
		return status;
	same = gate->proof.summary.diffs[0].verdict;
	cpus = read_cpus(&gate->proof) * MORE;
	if (cpus <= 0) {
		err_set(&err, -EIO, "the services' CPU time is not known: nothing can be added");
		return cmd_fail(&err);
	}
	lab_outcome_release(&gate->session.outcome);
	gate->session.outcome = (struct lab_outcome){0};
	status = prove_slower(gate, word, cpus, &fails);
	return status != CMD_OK ? status : conclude(same, passes, fails);
}
