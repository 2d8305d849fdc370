#include "report/latency_shift_svg.h"

#include "fake_shift.h"
#include "tap.h"

static bool has(const struct strbuf *svg, const char *part)
{
	bool is_there = strstr(strbuf_text(svg), part) != NULL;

	if (!is_there)
		printf("# no '%s'\n", part);
	return is_there;
}

static uint32_t count(const struct strbuf *svg, const char *part)
{
	uint32_t found = 0;

	for (const char *at = strbuf_text(svg); (at = strstr(at, part)) != NULL; at++)
		found++;
	return found;
}

static void test_picture(struct strbuf *svg)
{
	struct latency_shift_labels labels = {"a & b", "<head>\x01\xff", 0};
	struct latency_shift shift = fake_shift_make();
	struct strbuf again;

	latency_shift_svg_write(svg, &shift, &labels);
	strbuf_init(&again, STRBUF_MAX_DEFAULT);
	latency_shift_svg_write(&again, &shift, &labels);
	is_str(strbuf_text(svg), strbuf_text(&again), "the same bytes again");
	strbuf_release(&again);
	ok(has(svg, "role=\"img\" aria-labelledby=\"title summary\""), "accessible");
	ok(has(svg, "<desc id=\"summary\">beyond noise: p10 to p50 -10.0 to -4.0 %, p90"),
	   "in words");
	ok(has(svg, "a &#38; b") && has(svg, "&#60;head&#62;\xef\xbf\xbd\xef\xbf\xbd") &&
		   strpbrk(strbuf_text(svg), "\x01\xff") == NULL,
	   "labels may hold anything");
	is_int(count(svg, "<circle"), 11, "a dot for each known quantile");
	is_int(count(svg, "<g class=\"less\">"), 5, "faster, beyond noise");
	is_int(count(svg, "<g class=\"more\">"), 1, "slower, beyond noise");
	is_int(count(svg, "<polygon"), 1, "a band");
	/* 10 intervals, of which one is cut at both ends */
	is_int(count(svg, "class=\"whisker\""), 10 + 2 * 9, "whiskers");
	ok(has(svg, "<title>p90: 1.65 ms, before 1.50 ms: +10.0 % (+6.0 … +14.0 %), beyond noise"),
	   "a title says it in words");
	ok(has(svg, "<title>p70: 1.00 ms, before 1.00 ms: no change that can be seen (-2.0"),
	   "below resolution");
	ok(has(svg, ">p99.9 needs 10,000 answers, base had 5,000</text>"), "what is missing");
	ok(has(svg, ">0 %</text>"), "zero has no sign");
	ok(has(svg, "class=\"delta\"") && has(svg, "stripe ± 2 %"), "the stripe of delta");
	ok(strstr(strbuf_text(svg), "script") == NULL && strstr(strbuf_text(svg), "nan") == NULL,
	   "no script, no number that is none");
}

static void test_nothing(struct strbuf *svg)
{
	struct latency_shift_labels labels = {"a", "b", 0.1};
	struct latency_shift shift = fake_shift_make();

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		shift.rows[i] = fake_shift_make().rows[11];
		shift.rows[i].q = fake_shift_make().rows[i].q;
	}
	strbuf_clear(svg);
	latency_shift_svg_write(svg, &shift, &labels);
	ok(count(svg, "<circle") == 0 && count(svg, "<polygon") == 0 &&
		   has(svg, "no quantile has an interval") &&
		   strstr(strbuf_text(svg), "nan") == NULL,
	   "nothing known");
}

/* The dots of higher quantiles lie further right, those of more change further up. */
static void test_places(struct strbuf *svg)
{
	struct latency_shift_labels labels = {"a", "b", 0.02};
	struct latency_shift shift = fake_shift_make();
	double x_before = 0, y_before = 1e9;
	int wrong = 0;

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		shift.rows[i] =
			fake_shift_row("p", fake_shift_make().rows[i].q, 1e6, 0.01 * i, 0.001);
	strbuf_clear(svg);
	latency_shift_svg_write(svg, &shift, &labels);
	for (const char *at = strbuf_text(svg); (at = strstr(at, "<circle")) != NULL; at++) {
		double x = 0, y = 0;

		wrong += sscanf(at, "<circle cx=\"%lf\" cy=\"%lf\"", &x, &y) != 2 ||
			 x <= x_before || y >= y_before;
		x_before = x;
		y_before = y;
	}
	is_int(wrong, 0, "dots from left to right, and upwards");
	ok(x_before > 700 && y_before > 60, "up to the right border, below the titles");
}

int main(void)
{
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	test_picture(&svg);
	test_nothing(&svg);
	test_places(&svg);
	strbuf_release(&svg);
	return tap_done();
}
