/* What the store keeps for deciding: arms, proofs, A/A estimates, baselines, rejected runs. */
#include <errno.h>
#include <string.h>

#include "sample_store.h"
#include "store/store_proof.h"
#include "store/store_write.h"
#include "tap.h"

static struct sample_store sample;
static struct arena arena;

static void test_arms(void)
{
	struct arm_source arms[2] = {{.place = 0,
				      .name = "main~2",
				      .kind = ARM_REVISION,
				      .word = "rev:main~2",
				      .revision = "0123456789abcdef0123456789abcdef01234567",
				      .subject = "say 'hello' twice",
				      .content = "aa",
				      .patch = "",
				      .vars = "{}"},
				     {.place = 1,
				      .name = "working tree",
				      .kind = ARM_TREE,
				      .word = ".",
				      .revision = "",
				      .subject = "",
				      .content = "bb",
				      .patch = "--- a\n+++ b\n",
				      .vars = "{\"workers\": \"12\"}"}};
	struct arm_source *read = NULL;
	struct err err = {0};
	uint32_t count = 9;

	sample_check(store_list_arms(sample.store, &arena, SAMPLE_ID, &read, &count, &err), &err);
	is_int(count, 0, "an experiment without arms of its own has none");
	sample_check(store_set_arms(sample.store, SAMPLE_ID, arms, 2, &err), &err);
	arms[1].subject = "later";
	sample_check(store_set_arms(sample.store, SAMPLE_ID, arms, 2, &err), &err);
	sample_check(store_list_arms(sample.store, &arena, SAMPLE_ID, &read, &count, &err), &err);
	is_int(count, 2, "said again they are replaced");
	is_str(read[0].name, "main~2", "the base first");
	ok(read[0].kind == ARM_REVISION && read[1].kind == ARM_TREE, "of what kind each is");
	is_str(read[0].subject, "say 'hello' twice", "the commit's subject");
	is_str(read[1].patch, "--- a\n+++ b\n", "what was changed");
	is_str(read[1].subject, "later", "the later word counts");
	is_str(read[1].vars, "{\"workers\": \"12\"}", "and the variables");
}

static void test_proof(void)
{
	struct proof_record proof = {.experiment = SAMPLE_ID,
				     .command = "prove",
				     .delta = 0.03,
				     .first = 8,
				     .step = 2,
				     .last = 20,
				     .max_time_ns = 600000000000,
				     .is_null = true,
				     .pairs = 8,
				     .rejected = 1,
				     .measured_ns = 70000000000,
				     .extended = 2,
				     .verdict = VERDICT_EQUIVALENT,
				     .end = ""};
	scoped_free char *file = NULL;
	struct proof_record read;
	struct err err = {0};

	is_int(store_read_proof(sample.store, &arena, SAMPLE_ID, &read, &err), -ENOENT,
	       "an experiment that is no proof");
	sample_check(store_set_proof(sample.store, &proof, &err), &err);
	proof.end = "conclusive";
	proof.pairs = 10;
	sample_check(store_set_proof(sample.store, &proof, &err), &err);
	sample_check(store_read_proof(sample.store, &arena, SAMPLE_ID, &read, &err), &err);
	ok(read.pairs == 10 && read.rejected == 1 && read.last == 20 && read.is_null &&
		   read.measured_ns == 70000000000 && read.extended == 2,
	   "a proof as it was written last");
	ok(read.verdict == VERDICT_EQUIVALENT && strcmp(read.end, "conclusive") == 0 &&
		   read.delta == 0.03,
	   "with its verdict");
	file = alloc_printf("%s/sonde.db", sample.path);
	sample_sql(file, "UPDATE proof SET verdict='MARVELLOUS'");
	sample_check(store_read_proof(sample.store, &arena, SAMPLE_ID, &read, &err), &err);
	ok(read.verdict == VERDICT_NONE, "a verdict that is none is none");
}

static void test_nulls(void)
{
	const struct stored_null nulls[3] = {
		{"box, 2 CPUs", "gateway", "cpu_per_request", "", 10, -0.004, 1},
		{"box, 2 CPUs", "gateway", "rate_rps", "", 10, 0.01, 1},
		{"another", "gateway", "rate_rps", "", 10, 0.5, 1}};
	struct stored_null *read = NULL;
	struct err err = {0};
	uint32_t count = 9;

	sample_check(store_add_nulls(sample.store, nulls, 3, &err), &err);
	sample_check(store_list_nulls(sample.store, &arena, "box, 2 CPUs", "gateway", &read, &count,
				      &err),
		     &err);
	is_int(count, 2, "estimates of one machine");
	ok(strcmp(read[0].metric, "cpu_per_request") == 0 && read[0].estimate == -0.004 &&
		   read[1].pairs == 10,
	   "as they were found");
	sample_check(
		store_list_nulls(sample.store, &arena, "box, 2 CPUs", "other", &read, &count, &err),
		&err);
	is_int(count, 0, "none of another plan");
}

static void test_baselines(void)
{
	struct stored_baseline baseline = {.plan = "gateway",
					   .experiment = SAMPLE_ID,
					   .arm = "",
					   .who = "somebody",
					   .note = "the release's",
					   .revision = "",
					   .machine = "box",
					   .verdict = VERDICT_NONE,
					   .wall_ns = 5};
	struct stored_baseline *list = NULL;
	struct err err = {0};
	uint32_t count = 9;

	sample_check(store_add_baseline(sample.store, &baseline, &err), &err);
	baseline.verdict = VERDICT_REGRESSED;
	baseline.is_forced = true;
	sample_check(store_add_baseline(sample.store, &baseline, &err), &err);
	baseline.plan = "other";
	sample_check(store_add_baseline(sample.store, &baseline, &err), &err);
	sample_check(store_list_baselines(sample.store, &arena, "gateway", &list, &count, &err),
		     &err);
	is_int(count, 2, "baselines of a plan");
	ok(list[0].is_forced && list[0].verdict == VERDICT_REGRESSED && !list[1].is_forced,
	   "the newest first");
	is_str(list[1].note, "the release's", "and why");
	sample_check(store_list_baselines(sample.store, &arena, NULL, &list, &count, &err), &err);
	is_int(count, 3, "or of all plans");
}

static void test_rejected(void)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 1);
	struct stored_run *runs = NULL;
	struct err err = {0};
	uint32_t count = 0;

	sample_check(store_set_rejected(sample.store, key, "5 % of the time was stolen", &err),
		     &err);
	sample_check(store_list_runs(sample.store, &arena, SAMPLE_ID, &runs, &count, &err), &err);
	is_str(runs[0].rejected, "5 % of the time was stolen", "a run that does not count");
	sample_check(store_set_rejected(sample.store, key, "", &err), &err);
	sample_check(store_list_runs(sample.store, &arena, SAMPLE_ID, &runs, &count, &err), &err);
	is_str(runs[0].rejected, "", "counts again");
}

int main(void)
{
	sample_store_open(&sample);
	sample_fill(&sample, SAMPLE_ID, 1000);
	arena_init(&arena);
	test_arms();
	test_proof();
	test_nulls();
	test_baselines();
	test_rejected();
	arena_release(&arena);
	sample_store_close(&sample);
	return tap_done();
}
