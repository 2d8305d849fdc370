/* What changed, what did not, what is new and gone: planted, with Poisson noise, seeded. */
#include "view/function_diff.h"

#include <errno.h>

#include "function_profile.h"

enum { PAIRS = 5, BACKGROUND = 20 };

static struct sample_view view;
static char names[BACKGROUND][16];

struct planted {
	const char *name, *module;
	double base, head;
};

static const struct planted plants[] = {
	{"grown", "/srv/app", 400, 520},
	{"shrunk", "/srv/app", 300, 210},
	{"fresh.isra.0", "/srv/app", 0, 60},
	{"gone", "/srv/app", 60, 0},
	{"", "/srv/app", 0, 80},
	{"tiny", "/srv/app", 2, 5},
	{"same", "[kernel]", 500, 500},
};

enum { PLANTS = sizeof(plants) / sizeof(plants[0]) };

/* `is_changed` false: the same program twice. */
static void fill(const char *id, uint64_t seed, uint32_t pairs, bool is_changed)
{
	struct function_count functions[PLANTS + BACKGROUND];
	struct rng rng;

	rng_init(&rng, seed);
	sample_add_experiment(&view.sample, id, 5000 + seed);
	for (uint32_t number = 1; number <= 2 * pairs; number++) {
		uint32_t place = number % 2;

		for (uint32_t i = 0; i < PLANTS + BACKGROUND; i++) {
			const struct planted *plant = i < PLANTS ? &plants[i] : NULL;
			double mean = plant == NULL		 ? 20 + 10 * i
				      : place == 1 && is_changed ? plant->head
								 : plant->base;

			if (plant == NULL)
				snprintf(names[i - PLANTS], sizeof(names[0]), "f%u", i - PLANTS);
			functions[i] = (struct function_count){
				.name = plant != NULL ? plant->name : names[i - PLANTS],
				.module = plant != NULL ? plant->module : "/srv/app",
				.samples = (uint32_t)function_draw_poisson(&rng, mean)};
		}
		function_add_run(&view.sample, id, number, place, (number + 1) / 2, functions,
				 PLANTS + BACKGROUND, 10 * SAMPLE_WEIGHT_NS);
	}
	sample_view_select(&view, id);
}

static struct function_diff read_diff(const struct function_diff_options *options)
{
	struct function_diff diff;
	struct err err = {0};

	sample_check(function_diff_read(&diff, &view.arena, &view.selection, 0, &view.selection, 1,
					options, &err),
		     &err);
	return diff;
}

static const struct function_diff_row *find(const struct function_diff *diff, const char *name)
{
	static const struct function_diff_row none = {.name = "none"};

	for (uint32_t i = 0; i < diff->count; i++)
		if (strcmp(diff->rows[i].name, name) == 0)
			return &diff->rows[i];
	return &none;
}

static void test_planted(const struct function_diff *diff)
{
	const struct function_diff_row *row = find(diff, "grown");

	ok(row->is_significant && !row->is_new, "grown");
	ok(row->lo < 1.3 && 1.3 < row->hi && row->lo > 1, "… by 30 %, which is in its interval");
	is_near(row->base, row->base_samples * SAMPLE_WEIGHT_NS / (PAIRS * FUNCTION_REQUESTS), 1e-6,
		"… CPU per request");
	ok(row->q >= row->p && row->visible > 0.02 && row->visible < 0.3, "… q and what is seen");
	row = find(diff, "shrunk");
	ok(row->is_significant && row->hi < 1 && row->ratio < 1, "shrunk");
	row = find(diff, "fresh");
	ok(row->is_significant && row->is_new && isinf(row->ratio) && row->lo > 1,
	   "new, without its clone's mark");
	row = find(diff, "gone");
	ok(row->is_significant && row->is_vanished && row->ratio <= 0 && row->hi < 1, "vanished");
	row = find(diff, "[app]");
	ok(row->is_significant && !row->is_new, "what has no name changed, but is never new");
	row = find(diff, "same");
	ok(row->is_tested && !row->is_significant && row->is_kernel, "the same");
	row = find(diff, "tiny");
	ok(!row->is_tested && isnan(row->q) && row->base_samples > 0, "too few samples");
	row = find(diff, "[kernel, hidden]");
	ok(row->is_hidden && row->is_tested && !row->is_significant, "hidden time is a row");
}

static void test_order(const struct function_diff *diff)
{
	uint32_t wrong = 0, significant = 0;

	for (uint32_t i = 0; i < diff->count; i++) {
		const struct function_diff_row *row = &diff->rows[i];

		significant += row->is_significant;
		if (i == 0)
			continue;
		wrong += row->is_significant && !row[-1].is_significant;
		wrong += row->is_tested && !row[-1].is_tested;
		wrong +=
			row->is_significant == row[-1].is_significant &&
			row->is_tested == row[-1].is_tested &&
			fabs(function_diff_get_moved(row)) > fabs(function_diff_get_moved(row - 1));
	}
	is_int(wrong, 0, "significant first, then tested, each by what it moved");
	is_int(diff->significant_count, significant, "counted");
	is_str(diff->rows[0].name, "grown", "what moved most stands first");
}

static void test_paired_runs(void)
{
	struct function_diff diff, total;
	double base = 0;

	fill("ffff0001", 20, PAIRS, true);
	diff = read_diff(NULL);
	ok(diff.work == PROFILE_PER_REQUEST && diff.is_clock && !diff.is_within_run, "per request");
	ok(diff.base_run_count == PAIRS && diff.head_run_count == PAIRS, "of all runs");
	test_planted(&diff);
	test_order(&diff);
	for (uint32_t i = 0; i < diff.count; i++)
		base += diff.rows[i].base;
	is_near(diff.base, base, 1e-6, "self times are all of it");
	is_int(diff.significant_count, 5, "and nothing else changed");
	total = read_diff(&(struct function_diff_options){.is_total = true});
	ok(total.is_total && find(&total, "main")->base > 0.9 * diff.base - diff.base / 50,
	   "total: main is all but hidden time");
}

static void test_rejected(void)
{
	struct function_diff diff;

	sample_store_sql(&view.sample,
			 "UPDATE run SET rejected='steal' WHERE experiment='ffff0001' "
			 "AND arm_place=0 AND pair=1");
	sample_view_select(&view, "ffff0001");
	diff = read_diff(NULL);
	is_int(diff.base_run_count, PAIRS - 1, "a rejected run does not count");
	ok(strncmp(diff.left_out, "base: run", 9) == 0, "and is said");
}

static void test_within_run(void)
{
	struct function_diff diff;

	fill("ffff0002", 3, 1, true);
	diff = read_diff(NULL);
	ok(diff.is_within_run && diff.base_run_count == 1, "one run a side: within-run");
	ok(find(&diff, "grown")->is_tested, "its seconds stand in for runs");
	ok(find(&diff, "gone")->is_vanished, "a function that vanished is seen");
	ok(!find(&diff, "[kernel, hidden]")->is_tested && find(&diff, "[kernel, hidden]")->base > 0,
	   "hidden time is shown, but known of the whole run only");
}

/* Of the same program twice: five per cent of comparisons may find something. */
static void test_same(void)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < 20; i++) {
		char id[9];

		snprintf(id, sizeof(id), "ffff01%02u", i);
		fill(id, 100 + i, PAIRS, false);
		found += read_diff(NULL).significant_count > 0;
	}
	ok(found <= 3, "hardly ever is anything found where nothing changed");
}

static void test_refused(void)
{
	struct function_diff diff;
	struct err err = {0};

	sample_store_sql(&view.sample,
			 "DELETE FROM profile WHERE run IN (SELECT key FROM run WHERE "
			 "experiment='ffff0002' AND arm_place=1)");
	sample_view_select(&view, "ffff0002");
	is_int(function_diff_read(&diff, &view.arena, &view.selection, 0, &view.selection, 1, NULL,
				  &err),
	       -ENOENT, "a side without a profile is refused");
	ok(strstr(err_text(&err), "no profile") != NULL, "in words");
}

int main(void)
{
	sample_view_open(&view);
	test_paired_runs();
	test_rejected();
	test_within_run();
	test_same();
	test_refused();
	sample_view_close(&view);
	return tap_done();
}
