#include "report/latency_shift_svg.h"

#include <math.h>

#include "report/svg_text.h"
#include "util/fmt.h"
#include "view/run_diff.h"

/* Pixels. */
#define PAGE_WIDTH 860.0
#define LEFT 70.0
#define RIGHT 20.0
#define TOP 72.0
#define PLOT_HEIGHT 300.0
#define LINE_HEIGHT 17.0
#define DOT_RADIUS 4.5
#define MARGIN 0.03   /* above and below what is drawn, of its height */
#define LABEL_ROOM 40 /* characters */

struct plot {
	struct strbuf *svg;
	const struct latency_shift *shift;
	const struct latency_shift_labels *labels;
	double lo, hi, delta; /* changes */
};

static double get_logit(double q)
{
	return log(q / (1 - q));
}

static double get_x(const struct plot *plot, double q)
{
	double first = get_logit(plot->shift->rows[0].q);
	double last = get_logit(plot->shift->rows[LATENCY_SHIFT_ROWS - 1].q);
	double room = PAGE_WIDTH - LEFT - RIGHT - 40;

	return LEFT + 20 + room * (get_logit(q) - first) / (last - first);
}

static double get_y(const struct plot *plot, double change)
{
	double place = (change - plot->lo) / (plot->hi - plot->lo);

	return TOP + PLOT_HEIGHT * (1 - fmin(fmax(place, 0), 1));
}

/* A step of 1, 2 or 5 times a power of ten, with some six of them on the scale. */
static double find_step(double range)
{
	double power = pow(10, floor(log10(range / 6)));
	double rest = range / 6 / power;

	return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
}

/* ---- parts ---- */

static void add_line(const struct plot *plot, const char *class, double x1, double y1, double x2,
		     double y2)
{
	strbuf_addf(plot->svg,
		    "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
		    x1, y1, x2, y2);
}

static void add_head(const struct plot *plot, double height)
{
	struct strbuf *svg = plot->svg;

	strbuf_addf(svg,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		    "viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"title summary\">\n"
		    "<title id=\"title\">Response times: ",
		    PAGE_WIDTH, height, PAGE_WIDTH, height);
	svg_text_add(svg, plot->labels->head);
	strbuf_add_text(svg, " against ");
	svg_text_add(svg, plot->labels->base);
	strbuf_add_text(svg, "</title>\n<desc id=\"summary\">");
	latency_shift_text_add_summary(svg, plot->shift);
	strbuf_add_text(svg, "</desc>\n<style>\n"
			     "text{font:12px sans-serif;fill:#24292f}\n"
			     ".big{font-size:16px;font-weight:bold}.small{fill:#57606a}\n"
			     ".grid{stroke:#e3e6ea}.zero{stroke:#24292f}\n"
			     ".delta{fill:#eef1f4}.band{fill:#4078c0;fill-opacity:.16}\n"
			     ".path{fill:none;stroke:#4078c0;stroke-opacity:.5}\n"
			     ".same{stroke:#6e7781;stroke-width:1.6;fill:#fff}\n"
			     ".less{stroke:#1a7f37;stroke-width:1.6;fill:#1a7f37}\n"
			     ".more{stroke:#cf222e;stroke-width:1.6;fill:#cf222e}\n"
			     "</style>\n"
			     "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
}

static void add_titles(const struct plot *plot)
{
	struct strbuf *svg = plot->svg;
	const struct latency_shift *shift = plot->shift;

	strbuf_addf(svg, "<text class=\"big\" x=\"%.0f\" y=\"26\">Response times", LEFT);
	if (shift->request[0] != '\0') {
		strbuf_add_text(svg, " of ");
		svg_text_add_clipped(svg, shift->request, LABEL_ROOM);
	}
	strbuf_add_text(svg, ": ");
	svg_text_add_clipped(svg, plot->labels->head, LABEL_ROOM);
	strbuf_add_text(svg, " against ");
	svg_text_add_clipped(svg, plot->labels->base, LABEL_ROOM);
	strbuf_addf(svg, "</text>\n<text class=\"small\" x=\"%.0f\" y=\"46\">", LEFT);
	strbuf_addf(svg,
		    "change of each quantile; whiskers %.0f %%, area %.0f %% of all at once; %s, "
		    "%u and %u runs; stripe ± %.3g %%",
		    100 * shift->level, 100 * shift->level, shift->design, shift->base_runs,
		    shift->head_runs, 100 * plot->delta);
	strbuf_add_text(svg, "</text>\n");
}

static void add_axes(const struct plot *plot)
{
	double step = find_step(plot->hi - plot->lo), right = PAGE_WIDTH - RIGHT;
	double delta_top = get_y(plot, plot->delta);
	int decimals = step < 0.01 ? 1 : 0;

	strbuf_addf(
		plot->svg,
		"<rect class=\"delta\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		LEFT, delta_top, right - LEFT, get_y(plot, -plot->delta) - delta_top);
	for (double at = ceil(plot->lo / step) * step; at <= plot->hi + step / 1e6; at += step) {
		bool is_zero = fabs(at) < step / 2;

		if (!is_zero)
			add_line(plot, "grid", LEFT, get_y(plot, at), right, get_y(plot, at));
		strbuf_addf(plot->svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8,
			    get_y(plot, at) + 4);
		if (is_zero)
			strbuf_add_text(plot->svg, "0 %</text>\n");
		else
			strbuf_addf(plot->svg, "%+.*f %%</text>\n", decimals, 100 * at);
	}
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		const struct latency_shift_row *row = &plot->shift->rows[i];

		strbuf_addf(plot->svg,
			    "<text%s x=\"%.1f\" y=\"%.1f\" "
			    "text-anchor=\"middle\">%s</text>\n",
			    isfinite(row->change) ? "" : " class=\"small\"", get_x(plot, row->q),
			    TOP + PLOT_HEIGHT + 20, row->name);
	}
	add_line(plot, "zero", LEFT, get_y(plot, 0), right, get_y(plot, 0));
}

/* Rows from `first` on that have a band and stand side by side: one area. */
static int add_area(const struct plot *plot, int first)
{
	const struct latency_shift_row *rows = plot->shift->rows;
	int end = first;

	while (end < LATENCY_SHIFT_ROWS && isfinite(rows[end].band_lo))
		end++;
	if (end - first < 2)
		return end;
	strbuf_add_text(plot->svg, "<polygon class=\"band\" points=\"");
	for (int i = first; i < end; i++)
		strbuf_addf(plot->svg, "%.1f,%.1f ", get_x(plot, rows[i].q),
			    get_y(plot, rows[i].band_hi));
	for (int i = end - 1; i >= first; i--)
		strbuf_addf(plot->svg, "%.1f,%.1f ", get_x(plot, rows[i].q),
			    get_y(plot, rows[i].band_lo));
	strbuf_add_text(plot->svg, "\"/>\n");
	return end;
}

static void add_path(const struct plot *plot)
{
	const struct latency_shift_row *rows = plot->shift->rows;

	strbuf_add_text(plot->svg, "<polyline class=\"path\" points=\"");
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		if (isfinite(rows[i].change))
			strbuf_addf(plot->svg, "%.1f,%.1f ", get_x(plot, rows[i].q),
				    get_y(plot, rows[i].change));
	strbuf_add_text(plot->svg, "\"/>\n");
}

static void add_row_title(const struct plot *plot, const struct latency_shift_row *row)
{
	char base[FMT_BYTES], head[FMT_BYTES];

	strbuf_addf(plot->svg, "<title>%s: %s, before %s: ", row->name,
		    fmt_duration(head, row->head), fmt_duration(base, row->base));
	if (row->is_below_resolution)
		strbuf_add_text(plot->svg, "no change that can be seen");
	else
		strbuf_addf(plot->svg, "%+.1f %%", 100 * row->change);
	if (isfinite(row->lo))
		strbuf_addf(plot->svg, " (%+.1f … %+.1f %%)%s", 100 * row->lo, 100 * row->hi,
			    row->is_apart_in_band ? ", beyond noise" : "");
	strbuf_add_text(plot->svg, "</title>\n");
}

static void add_row(const struct plot *plot, const struct latency_shift_row *row)
{
	double x = get_x(plot, row->q);

	strbuf_addf(plot->svg, "<g class=\"%s\">",
		    !row->is_apart_in_band ? "same"
		    : row->change < 0	   ? "less"
					   : "more");
	add_row_title(plot, row);
	if (isfinite(row->lo)) {
		add_line(plot, "whisker", x, get_y(plot, row->lo), x, get_y(plot, row->hi));
		if (row->lo >= plot->lo)
			add_line(plot, "whisker", x - 4, get_y(plot, row->lo), x + 4,
				 get_y(plot, row->lo));
		if (row->hi <= plot->hi)
			add_line(plot, "whisker", x - 4, get_y(plot, row->hi), x + 4,
				 get_y(plot, row->hi));
	}
	strbuf_addf(plot->svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/></g>\n", x,
		    get_y(plot, row->change), DOT_RADIUS);
}

static void add_sentence(const struct plot *plot, double y, const char *sentence)
{
	strbuf_addf(plot->svg, "<text class=\"small\" x=\"%.0f\" y=\"%.0f\">", LEFT, y);
	svg_text_add(plot->svg, sentence);
	strbuf_add_text(plot->svg, "</text>\n");
}

/* Below the picture, from `y` on. */
static void add_sentences(const struct plot *plot, double y)
{
	const struct latency_shift *shift = plot->shift;

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		if (shift->rows[i].why_not[0] == '\0')
			continue;
		add_sentence(plot, y, shift->rows[i].why_not);
		y += LINE_HEIGHT;
	}
	for (uint32_t i = 0; i < shift->note_count; i++) {
		add_sentence(plot, y, shift->notes[i]);
		y += LINE_HEIGHT;
	}
}

static uint32_t count_sentences(const struct latency_shift *shift)
{
	uint32_t count = shift->note_count;

	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		count += shift->rows[i].why_not[0] != '\0';
	return count;
}

void latency_shift_svg_write(struct strbuf *svg, const struct latency_shift *shift,
			     const struct latency_shift_labels *labels)
{
	struct plot plot = {.svg = svg,
			    .shift = shift,
			    .labels = labels,
			    .delta = labels->delta > 0 ? labels->delta : RUN_DIFF_DELTA};
	double below = TOP + PLOT_HEIGHT + 48, margin;

	latency_shift_text_find_scale(shift, plot.delta, &plot.lo, &plot.hi);
	margin = MARGIN * (plot.hi - plot.lo);
	plot.lo -= margin;
	plot.hi += margin;
	add_head(&plot, below + LINE_HEIGHT * (count_sentences(shift) + 1));
	add_titles(&plot);
	add_axes(&plot);
	for (int i = 0; i < LATENCY_SHIFT_ROWS;)
		i = add_area(&plot, i) + 1;
	add_path(&plot);
	for (int i = 0; i < LATENCY_SHIFT_ROWS; i++)
		if (isfinite(shift->rows[i].change))
			add_row(&plot, &shift->rows[i]);
	strbuf_addf(svg, "<text x=\"%.0f\" y=\"%.0f\">", LEFT, below);
	latency_shift_text_add_summary(svg, shift);
	strbuf_add_text(svg, "</text>\n");
	add_sentences(&plot, below + LINE_HEIGHT);
	strbuf_add_text(svg, "</svg>\n");
}
