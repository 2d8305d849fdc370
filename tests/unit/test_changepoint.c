/*
 * The divisive detector held against Apache Otava's published series and against Q as it is
 * defined; the fit against asv's results; both together on series with planted changes.
 */
#include "stats/changepoint.h"

#include <stdlib.h>

#include "stats/changepoint_divisive.h"
#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

enum { MOST = 400 };

static double normal_number(struct rng *rng)
{
	double u = 1.0 - rng_next_double(rng);

	return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_next_double(rng));
}

static bool is_equal(const uint32_t *got, uint32_t got_count, const uint32_t *want,
		     uint32_t want_count)
{
	bool equal = got_count == want_count;

	for (uint32_t i = 0; equal && i < got_count; i++)
		equal = got[i] == want[i];
	for (uint32_t i = 0; !equal && i < got_count; i++)
		printf("%s%" PRIu32 "%s", i == 0 ? "# got " : " ", got[i],
		       i + 1 == got_count ? "\n" : "");
	return equal;
}

/* One series of tests/data/changepoint/series.txt; the file says what its lines are. */
struct series {
	char name[64];
	double values[MOST];
	uint32_t count;
};

static uint32_t read_points(const char *text, uint32_t *points)
{
	uint32_t count = 0;
	char *end;

	for (;; text = end) {
		unsigned long point = strtoul(text, &end, 10);

		if (end == text || count == MOST)
			return count;
		points[count++] = (uint32_t)point;
	}
}

static void check_divisive(const struct series *series, const char *options)
{
	struct changepoint_rules rules = {.is_otava = true};
	uint32_t want[MOST], got[MOST], count, found;
	char *text;

	rules.window = (uint32_t)strtoul(options, &text, 10);
	rules.p = strtod(text, &text);
	rules.size = strtod(text, &text);
	count = read_points(text + 1, want);
	found = changepoint_divisive_find(series->values, series->count, &rules, got);
	printf("# %s, window %" PRIu32 ", p %g, size %g\n", series->name, rules.window, rules.p,
	       rules.size);
	ok(is_equal(got, found, want, count), "Otava's change points");
}

/* A window of all, and nothing that merging would take away. */
static void check_first_pass(const struct series *series, const char *options)
{
	struct changepoint_rules rules = {.window = series->count, .is_otava = true};
	uint32_t want[MOST], got[MOST], count, found;
	char *text;

	rules.p = 0.1 * strtod(options, &text);
	count = read_points(text + 1, want);
	found = changepoint_divisive_find(series->values, series->count, &rules, got);
	ok(is_equal(got, found, want, count), "the detector's change points in one window");
}

static void check_fit(const struct series *series, const char *text)
{
	uint32_t want[MOST], got[MOST], count = read_points(text, want);
	uint32_t found = changepoint_fit(series->values, series->count, got);

	printf("# %s\n", series->name);
	ok(is_equal(got, found, want, count), "asv's steps");
}

static void add_values(struct series *series, const char *text)
{
	char *end;

	for (;; text = end) {
		double value = strtod(text, &end);

		if (end == text || series->count == MOST)
			return;
		series->values[series->count++] = value;
	}
}

static void test_published(void)
{
	const char *data = getenv("SONDE_TEST_DATA");
	scoped_free char *path =
		alloc_printf("%s/changepoint/series.txt", data != NULL ? data : "tests/data");
	FILE *file = fopen(path, "re");
	struct series series = {.name = ""};
	uint32_t checks = 0;
	char line[512];

	if (!ok(file != NULL, "the file of series"))
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "series ", 7) == 0) {
			series = (struct series){.count = 0};
			snprintf(series.name, sizeof(series.name), "%.60s", line + 7);
		} else if (strncmp(line, "values ", 7) == 0) {
			add_values(&series, line + 7);
		} else if (strncmp(line, "divisive ", 9) == 0) {
			check_divisive(&series, line + 9);
			checks++;
		} else if (strncmp(line, "first_pass ", 11) == 0) {
			check_first_pass(&series, line + 11);
			checks++;
		} else if (strncmp(line, "fit:", 4) == 0) {
			check_fit(&series, line + 4);
			checks++;
		}
	}
	fclose(file);
	is_int(checks, 27, "all lines of the file were tried");
}

static double distances_between(const double *x, uint32_t n, const double *y, uint32_t m)
{
	double sum = 0.0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < m; j++)
			sum += fabs(x[i] - y[j]);
	}
	return sum;
}

/* Q by its definition: every split of every beginning, every pair of points. */
static double split_slowly(const double *values, uint32_t count, uint32_t *ret_at)
{
	double best = -(double)INFINITY;

	for (uint32_t at = 1; at < count; at++) {
		for (uint32_t until = at + 1; until <= count; until++) {
			const double *y = values + at;
			uint32_t n = at, m = until - at;
			double sum = n + m;
			double q = 2.0 / sum * distances_between(values, n, y, m);

			if (n > 1)
				q -= m / sum / (n - 1) * distances_between(values, n, values, n);
			if (m > 1)
				q -= n / sum / (m - 1) * distances_between(y, m, y, m);
			if (q > best) {
				best = q;
				*ret_at = at;
			}
		}
	}
	return best;
}

static void test_divergence(void)
{
	struct rng rng;
	bool same = true;

	rng_init(&rng, 5);
	for (int round = 0; round < 40; round++) {
		uint32_t count = 2 + (uint32_t)rng_next_below(&rng, 28), at = 0, slow_at = 0;
		double values[30], fast, slow;

		for (uint32_t i = 0; i < count; i++)
			values[i] = normal_number(&rng) + (i >= count / 3 ? 2.0 : 0.0);
		fast = changepoint_divisive_split(values, count, &at);
		slow = split_slowly(values, count, &slow_at);
		same = same && at == slow_at && fabs(fast - slow) < 1e-10 * (1.0 + fabs(slow));
	}
	ok(same, "the greatest Q and where, of 40 series");
}

/* R: t.test(x, y, var.equal = TRUE); scipy: ttest_ind_from_stats with numpy's std. */
static void test_t_test(void)
{
	static const double values[] = {1.00, 1.02, 1.05, 0.95, 0.98, 0.80, 0.82, 0.85, 0.79, 0.77};
	static const double zero[] = {0, 0, 0, 5, 5, 5},
			    same[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	struct changepoint_contrast contrast;

	changepoint_divisive_compare(values, 5, values + 5, 5, false, &contrast);
	is_near(contrast.p / 2.0249770329333628e-05, 1.0, 1e-9, "R's t-test");
	is_near(contrast.before, 1.0, 1e-15, "before");
	is_near(contrast.behind, 0.806, 1e-15, "behind");
	is_near(contrast.size, 1.0 / 0.806 - 1.0, 1e-15, "relative to the smaller one");
	changepoint_divisive_compare(values, 5, values + 5, 5, true, &contrast);
	is_near(contrast.p / 8.867907052957251e-06, 1.0, 1e-9, "Otava's, which is smaller");
	changepoint_divisive_compare(zero, 3, zero + 3, 3, false, &contrast);
	ok(contrast.p <= 0.0 && contrast.size >= 1.0, "without noise every change is certain");
	changepoint_divisive_compare(same, 3, same + 3, 4, false, &contrast);
	ok(contrast.p >= 1.0, "rounding is no change");
	changepoint_divisive_compare(zero, 1, zero + 3, 1, false, &contrast);
	ok(contrast.p >= 1.0, "two points say nothing");
}

static void test_fit_small(void)
{
	static const double step[] = {10, 10, 10, 10, 10, 12, 12, 12, 12, 12};
	uint32_t at[10];

	is_int(changepoint_fit(step, 10, at), 1, "a step without noise");
	is_int(at[0], 5, "where it is");
	is_int(changepoint_fit(step, 5, at), 0, "a constant");
	is_int(changepoint_fit(step, 1, at), 0, "one point");
	is_int(changepoint_fit(step, 0, at), 0, "no points");
}

static void fill_step(struct rng *rng, double *values, uint32_t count, uint32_t at, double step)
{
	for (uint32_t i = 0; i < count; i++)
		values[i] = 100.0 + normal_number(rng) + (i >= at ? step : 0.0);
}

static void test_both(void)
{
	const struct changepoint_options options = CHANGEPOINT_OPTIONS_DEFAULT;
	struct changepoint points[8];
	double values[100];
	struct rng rng;

	rng_init(&rng, 9);
	fill_step(&rng, values, 100, 60, 5.0);
	is_int(changepoint_find(values, 100, &options, points, 8), 1, "one change");
	is_int(points[0].at, 60, "at its place");
	ok(points[0].is_confirmed, "both detectors name it");
	is_near(points[0].before, 100.0, 0.5, "from");
	is_near(points[0].behind, 105.0, 0.5, "to");
	ok(points[0].p < 1e-20, "without doubt");
	is_int(changepoint_find(values, 100, &options, points, 0), 0, "no room");
	is_int(changepoint_find(values, 60, &options, points, 8), 0, "before it, nothing");
	is_int(changepoint_find(values, 62, &options, points, 8), 1, "two points behind it");
	ok(points[0].at == 60 && !points[0].is_confirmed, "are a suspicion");
	is_int(changepoint_find(values, 61, &options, points, 8), 0, "one is not");
	values[30] = 150.0;
	is_int(changepoint_find(values, 60, &options, points, 8), 0, "an outlier is no level");
	fill_step(&rng, values, 100, 50, 1.5);
	is_int(changepoint_find(values, 100, &options, points, 8), 0, "what does not matter");
}

static void test_many(void)
{
	enum { COUNT = 1300 };
	const struct changepoint_options options = CHANGEPOINT_OPTIONS_DEFAULT;
	scoped_free double *values = alloc_array(COUNT, sizeof(*values));
	struct changepoint points[8];
	uint32_t at[CHANGEPOINT_MAX_POINTS];
	struct rng rng;

	rng_init(&rng, 21);
	fill_step(&rng, values, COUNT, 1000, 8.0);
	for (int i = 0; i < 200; i++)
		values[i] += 20.0;
	is_int(changepoint_find(values, COUNT, &options, points, 8), 1,
	       "only the last 1000 points");
	ok(points[0].at == 1000 && points[0].is_confirmed, "counted from the first one of all");
	is_int(changepoint_fit(values, COUNT, at), 1, "the fit too");
	is_int(at[0], 1000, "and there");
	for (uint32_t i = 0; i < COUNT; i++)
		values[i] = 100.0 + normal_number(&rng) + 10.0 * (i / 100 % 2);
	is_int(changepoint_find(values, COUNT, &options, points, 2), 2,
	       "more than there is room for");
	ok(points[0].at == 1100 && points[1].at == 1200, "the latest");
}

static void test_bad_values(void)
{
	const struct changepoint_options options = CHANGEPOINT_OPTIONS_DEFAULT;
	const struct changepoint_options narrow = {
		.window = 0, .p = 1e-4, .size = 0.02, .after = 2};
	struct changepoint points[8];
	double values[40];
	uint32_t at[40];

	for (int i = 0; i < 40; i++)
		values[i] = 0.1;
	is_int(changepoint_fit(values, 40, at), 0, "what has no exact sum");
	is_int(changepoint_find(values, 40, &options, points, 8), 0, "all equal");
	is_int(changepoint_find(values, 1, &options, points, 8), 0, "one point");
	is_int(changepoint_find(values, 0, &options, points, 8), 0, "none");
	is_int(changepoint_find(values, 40, &narrow, points, 8), 0, "no window is one of two");
	for (int i = 0; i < 40; i++)
		values[i] = i < 20 ? 0.0 : 3.0;
	is_int(changepoint_find(values, 40, &options, points, 8), 1, "from nothing to something");
	for (int i = 0; i < 40; i++)
		values[i] = i < 20 ? -1e150 : 1e150;
	is_int(changepoint_find(values, 40, &options, points, 8), 1, "great numbers");
}

int main(void)
{
	test_published();
	test_divergence();
	test_t_test();
	test_fit_small();
	test_both();
	test_many();
	test_bad_values();
	return tap_done();
}
