/* The table of a matrix and its growth, at the widths that terminals have. */
#include "report/scaling_text.h"

#include <math.h>

#include "sample_matrix.h"

static struct sample_view view;
static struct scaling scaling;

static uint32_t widest(const char *text)
{
	uint32_t most = 0;

	for (const char *at = text; *at != '\0';) {
		size_t length = strcspn(at, "\n");
		scoped_free char *line = alloc_strndup(at, length);

		if (text_width(line) > most)
			most = text_width(line);
		at += length + (at[length] == '\n');
	}
	return most;
}

static void is_table(uint32_t columns, const char *begin, const char *end)
{
	const struct text_layout layout = {.columns = columns};
	const char *text;
	struct strbuf buffer;

	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	scaling_text_format_table(&buffer, &scaling, &layout);
	text = strbuf_text(&buffer);
	if (!ok(strncmp(text, begin, strlen(begin)) == 0, "the table begins"))
		printf("# %s\n", text);
	if (!ok(strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0,
		"and ends"))
		printf("# %s\n", text);
	ok(columns == 0 || widest(text) <= columns, "no line is wider than the terminal");
	ok(strchr(text, '\033') == NULL, "without colours");
	strbuf_release(&buffer);
}

static void test_table(void)
{
	is_table(120,
		 "in all rows: port=8080\n"
		 "mode  workers  requests/s      p50      p95      p99  CPU/req   CPU      RSS  "
		 "failed  n  verdict\n"
		 "   a        1       1,000  1.00 ms  2.00 ms  3.20 ms   100 us  1.50  10.0 MB  "
		 "     0  3  VALID\n",
		 "   b       16       3,265  10.0 ms  20.0 ms  30.2 ms   100 us  1.50  10.0 MB  "
		 "     0  3  SUSPECT\n");
	is_table(80,
		 "in all rows: port=8080\n"
		 "mode workers requests/s     p50     p99 CPU/req  CPU     RSS failed n verdict\n",
		 "no room for: p95\n");
	is_table(70,
		 "in all rows: port=8080\n"
		 "mode workers requests/s     p50     p99 CPU/req  CPU failed n verdict\n",
		 "no room for: p95, RSS\n");
}

static void is_growth(const char *part)
{
	const struct text_layout layout = {.columns = 80};
	struct strbuf buffer;

	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	scaling_text_format_growth(&buffer, &scaling, &layout);
	if (!ok(strstr(strbuf_text(&buffer), part) != NULL, part))
		printf("# %s\n", strbuf_text(&buffer));
	ok(widest(strbuf_text(&buffer)) <= 80, "it fits");
	strbuf_release(&buffer);
}

static void set_fit(double peak_n, double peak_rate, double r_squared, bool has_range)
{
	struct usl *fit = &scaling.groups[0].fit;
	double lo = has_range ? 0.9 : (double)NAN, hi = has_range ? 1.1 : (double)NAN;

	*fit = (struct usl){.gamma = {1000, 1000 * lo, 1000 * hi},
			    .alpha = {0.03, 0.03 * lo, 0.03 * hi},
			    .beta = {0.0004, 0.0004 * lo, 0.0004 * hi},
			    .peak_n = {peak_n, peak_n * lo, peak_n * hi},
			    .peak_rate = {peak_rate, peak_rate * lo, peak_rate * hi},
			    .r_squared = r_squared,
			    .is_peak_in_range = peak_n <= 16};
}

static void test_growth(void)
{
	struct scaling_group *group = &scaling.groups[0];

	is_growth("throughput against workers: mode=a\n"
		  "workers  requests/s ");
	is_growth("throughput against workers: mode=b\n");
	set_fit(12, 4000, 0.99, true);
	is_growth("peak at about workers=12 (11 … 13) with 4,000 requests/s (3,600 … 4,400);\n"
		  "  contention 3.0 % (2.7 … 3.3 %); coherency 0.04 % (0.04 … 0.04 %).\n");
	set_fit(40, 8000, 0.99, false);
	is_growth("peak at about workers=40 with 8,000 requests/s, which lies outside of what "
		  "was\n  measured; contention 3.0 %; coherency 0.04 %. One run each: how sure "
		  "that is\n  cannot be said.\n");
	set_fit((double)INFINITY, 8000, 0.99, true);
	is_growth("no peak: throughput levels off towards 8,000 requests/s (7,200 … 8,800);");
	set_fit((double)INFINITY, (double)INFINITY, 0.99, true);
	is_growth("throughput grows in proportion to workers: no limit in sight;");
	set_fit(12, 4000, 0.5, true);
	is_growth("the law explains only 50 % of the differences between runs.");
	for (uint32_t i = 0; i < group->level_count; i++)
		group->levels[i].fitted_rate = 2 * group->levels[i].row->metrics[SCALING_RATE];
	is_growth("The law does not describe this: levels lie 50 % off it in the mean, so that\n"
		  "  nothing is said of a peak.");
	group->has_fit = false;
	group->why_no_fit = "open loop";
	is_growth("not fitted: open loop\n");
	scaling.axis = NULL;
	scaling.no_axis = "no variable takes three different numbers";
	is_growth("no scaling view: no variable takes three different numbers\n");
}

int main(void)
{
	struct err err = {0};

	matrix_open(&view);
	sample_check(scaling_read(&scaling, &view.arena, &view.selection, NULL, &err), &err);
	test_table();
	test_growth();
	sample_view_close(&view);
	return tap_done();
}
