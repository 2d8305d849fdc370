/*
 * Names without marks of clones, rows matched over builds, modules that one side has no names of.
 */
#include "view/function_samples.h"

#include "function_profile.h"

static struct sample_view view;

static void is_name(const char *name, const char *want)
{
	is_int(function_samples_measure_name(name), strlen(want), name);
	is_int(strncmp(name, want, strlen(want)), 0, "… is its begin");
}

static void test_names(void)
{
	is_name("parse", "parse");
	is_name("parse.cold", "parse");
	is_name("parse.cold.3", "parse");
	is_name("parse.part.0", "parse");
	is_name("parse.isra.12", "parse");
	is_name("parse.constprop.0.isra.0", "parse");
	is_name("parse.part.0.cold", "parse");
	is_name("parse.llvm.1234567890", "parse");
	is_name("parse.lto_priv.0", "parse");
	is_name("parse.localalias", "parse");
	is_name("parse.localalias.1", "parse");
	is_name("http::parse(int) [clone .cold]", "http::parse(int)");
	is_name("http::parse(int) [clone .isra.0] [clone .part.1]", "http::parse(int)");
	is_name("main.func1", "main.func1"); /* Go's */
	is_name("main.isra", "main.isra");   /* a mark has a number */
	is_name("net/http.(*conn).serve", "net/http.(*conn).serve");
	is_name("operator[]", "operator[]");
	is_name("v8.1", "v8.1");
	is_name(".cold", ".cold"); /* a name is not empty */
	is_name("", "");
}

static const struct function_samples_row *find(const struct function_samples *samples,
					       const char *name, const char *module, double *base,
					       double *head, uint32_t base_count, uint32_t count)
{
	for (uint32_t i = 0; i < samples->count; i++) {
		const double *counts = samples->counts + (size_t)i * count;

		if (strcmp(samples->rows[i].name, name) != 0 ||
		    strcmp(samples->rows[i].module, module) != 0)
			continue;
		*base = *head = 0;
		for (uint32_t r = 0; r < count; r++)
			*(r < base_count ? base : head) += counts[r];
		return &samples->rows[i];
	}
	return NULL;
}

static struct function_samples read_samples(struct profile_replicates *replicates, bool is_total)
{
	struct function_samples samples;
	struct err err = {0};

	sample_check(profile_replicates_choose(replicates, &view.arena, &view.selection, 0,
					       &view.selection, 1, NULL, &err),
		     &err);
	sample_check(function_samples_read(&samples, &view.arena, replicates, is_total, &err),
		     &err);
	return samples;
}

static void is_row(const struct function_samples *samples,
		   const struct profile_replicates *replicates, const char *name,
		   const char *module, double want_base, double want_head)
{
	double base = 0, head = 0;
	const struct function_samples_row *row =
		find(samples, name, module, &base, &head, replicates->sides[PROFILE_BASE].count,
		     replicates->count);

	if (!ok(row != NULL, name))
		return;
	is_near(base, want_base, 1e-9, "… in the base");
	is_near(head, want_head, 1e-9, "… in the head");
}

/* Two runs a side: clones, another build's addresses, and libc named on one side only. */
static void fill(void)
{
	static const struct function_count base[] = {{"parse.isra.0", "/old/app", 30},
						     {"parse.cold", "/old/app", 3},
						     {"gone", "/old/app", 12},
						     {"", "/old/app", 9},
						     {"", "/old/app", 6},
						     {"", "/lib/libc.so.6", 60},
						     {"write", "[kernel]", 15}};
	static const struct function_count head[] = {
		{"parse", "/new/app", 42},	  {"", "/new/app", 21},
		{"memcpy", "/lib/libc.so.6", 45}, {"memset", "/lib/libc.so.6", 12},
		{"", "/lib/libc.so.6", 3},	  {"write", "[kernel]", 18}};

	sample_add_experiment(&view.sample, "ffff0000", 5000);
	for (uint32_t pair = 1; pair <= 2; pair++) {
		function_add_run(&view.sample, "ffff0000", 2 * pair - 1, 0, pair, base,
				 sizeof(base) / sizeof(base[0]), 7 * SAMPLE_WEIGHT_NS);
		function_add_run(&view.sample, "ffff0000", 2 * pair, 1, pair, head,
				 sizeof(head) / sizeof(head[0]), 0);
	}
	sample_view_select(&view, "ffff0000");
}

static void test_rows(void)
{
	struct profile_replicates replicates;
	struct function_samples samples = read_samples(&replicates, false);
	double base, head;

	is_row(&samples, &replicates, "parse", "app", 66, 84);
	is_row(&samples, &replicates, "gone", "app", 24, 0);
	is_row(&samples, &replicates, "[app]", "app", 30, 42);
	is_row(&samples, &replicates, "[libc.so.6]", "libc.so.6", 120, 120);
	is_row(&samples, &replicates, "write", "[kernel]", 30, 36);
	is_row(&samples, &replicates, "[kernel, hidden]", "[kernel]", 14, 0);
	ok(find(&samples, "memcpy", "libc.so.6", &base, &head, 2, 4) == NULL,
	   "functions of a module that one side has no names of");
	is_int(samples.merged_count, 1, "are one row, and are counted");
	is_int(samples.count, 7, "main has no samples of its own, but is a row");
	is_near(samples.rows[0].seen[PROFILE_BASE], 2 * 135, 1e-9,
		"seen as a caller, if never as a leaf");
}

static void test_total(void)
{
	struct profile_replicates replicates;
	struct function_samples samples = read_samples(&replicates, true);

	is_row(&samples, &replicates, "main", "app", 270, 282);
	is_row(&samples, &replicates, "parse", "app", 66, 84);
	is_row(&samples, &replicates, "[libc.so.6]", "libc.so.6", 120, 120);
}

int main(void)
{
	test_names();
	sample_view_open(&view);
	fill();
	test_rows();
	test_total();
	sample_view_close(&view);
	return tap_done();
}
