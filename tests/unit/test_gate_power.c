/* What a gate could have seen: planted scatter, and what that must mean. */
#include "view/gate_power.h"

#include "sample_view.h"

/*
 * Pairs whose logarithms differ by sd * (-1, +1, -1, …) about 0: their standard deviation is known.
 */
static void make_pairs(double *base, double *head, uint32_t count, double sd)
{
	double size = sd * sqrt((count - 1.0) / count);

	for (uint32_t i = 0; i < count; i++) {
		base[i] = 1000 + i;
		head[i] = base[i] * exp(i % 2 == 0 ? -size : size);
	}
}

static void compute(struct gate_power *power, struct arena *arena, uint32_t count, double sd,
		    const struct sequential *looks)
{
	double base[64], head[64];

	make_pairs(base, head, count, sd);
	gate_power_compute(power, arena,
			   &(struct gate_power_input){.base = base,
						      .head = head,
						      .n_base = count,
						      .n_head = count,
						      .is_paired = true,
						      .delta = 0.02,
						      .looks = looks});
}

static void test_paired(struct arena *arena)
{
	struct sequential looks = {.first = 8, .step = 2, .last = 20};
	struct gate_power power, noisy, growing;

	compute(&power, arena, 10, 0.015, NULL);
	ok(power.is_known, "known from ten pairs");
	is_near(power.sd, 0.015, 1e-12, "the scatter of a pair");
	is_int(power.n_base, 10, "of so many");

	ok(power.seen_ratio > 0.95, "5 % is seen nearly always at 1.5 %");
	ok(power.false_ratio < 0.03, "and no change hardly ever called REGRESSED");
	ok(power.visible > 0.025 && power.visible < 0.05, "what is seen in 4 of 5 cases is less");
	ok(strncmp(power.sentence, "sees 5 % in ", 12) == 0, "in a sentence");
	ok(strstr(power.sentence, "false alarm ") != NULL, "with the false alarms");
	compute(&noisy, arena, 10, 0.06, NULL);
	ok(noisy.seen_ratio < 0.5 && noisy.visible > power.visible,
	   "four times the scatter sees less");
	compute(&growing, arena, 20, 0.03, &looks);
	compute(&noisy, arena, 8, 0.03, NULL);
	ok(growing.seen_ratio > noisy.seen_ratio, "up to 20 pairs see more than 8");
}

static void test_unpaired(struct arena *arena)
{
	const double base[] = {100, 101, 99, 100.5, 99.5, 100};
	const double head[] = {110, 111, 109, 110.5, 109.5, 110};
	struct gate_power power;

	gate_power_compute(
		&power, arena,
		&(struct gate_power_input){
			.base = base, .head = head, .n_base = 6, .n_head = 6, .delta = 0.02});
	ok(power.is_known && power.n_base == 6 && power.n_head == 6, "unpaired");
	is_near(power.sd, 0.0068, 0.0008, "of one run, whatever lies between the sides");
	ok(power.seen_ratio > 0.95, "5 % are seen");
}

static void test_unknown(struct arena *arena)
{
	const double one = 1, zero[] = {0, 0, 0};
	struct gate_power power;

	gate_power_compute(
		&power, arena,
		&(struct gate_power_input){
			.base = &one, .head = &one, .n_base = 1, .n_head = 1, .delta = 0.02});
	ok(!power.is_known && strstr(power.sentence, "not known") != NULL, "one run a side");
	gate_power_compute(&power, arena,
			   &(struct gate_power_input){.base = zero,
						      .head = zero,
						      .n_base = 3,
						      .n_head = 3,
						      .is_paired = true,
						      .delta = 0.02});
	ok(!power.is_known && power.n_base == 0, "zeros have no logarithm");
}

/* From a store: the pairs of the sample, whose scatter is known. */
static void test_store(struct arena *arena)
{
	struct gate_power power;
	struct sample_view view;
	struct run_diff diff;
	struct err err = {0};

	sample_view_open(&view);
	sample_check(
		run_diff_read(&diff, arena, &view.selection, 0, &view.selection, 1, NULL, &err),
		&err);
	sample_check(gate_power_read(&power, arena, &view.selection, 0, &view.selection, 1, &diff,
				     NULL, &err),
		     &err);
	ok(power.is_known && power.n_base == 6, "of six pairs");
	is_near(power.sd, 0.0263610488070482, 1e-12, "sd(log(b / a)), by Python's statistics");
	sample_view_close(&view);
}

int main(void)
{
	struct arena arena;

	arena_init(&arena);
	test_paired(&arena);
	test_unpaired(&arena);
	test_unknown(&arena);
	test_store(&arena);
	arena_release(&arena);
	return tap_done();
}
