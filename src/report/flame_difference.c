#include "report/flame_difference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/flame_page.h"
#include "report/function_diff_text.h"
#include "report/svg_text.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "view/tree_diff.h"

enum {
	HALF_BASE, /* as PROFILE_BASE */
	HALF_HEAD,
	FILL_BYTES = 24, /* "#rrggbb", "url(#only-more)" */
	BETWEEN_LINES = 3,
};

#define GREY "#d4d4d4"
#define FULL_RED "#fa6e6e"
#define FULL_BLUE "#6e82fa"

struct half {
	const char *label;
	char mark;	/* of its frames' ids, which flame_svg.js knows */
	double *values; /* by node: CPU time per request */
	struct flame_layout layout;
	double y_root;
};

struct difference {
	struct strbuf *svg;
	const struct call_tree *tree;
	const struct tree_diff *diff;
	const struct flame_svg_options *options;
	struct half halves[2];
};

/* ---- colours ---- */

/* How great a change is at least, from 0 to 1: the double or half of the base. */
static double get_strength(const struct tree_change *change)
{
	double bound = change->theta > 0 ? change->lo : -change->hi;

	return fmin(fmax(bound / log(2), 0), 1);
}

static void format_fill(char fill[static FILL_BYTES], const struct tree_change *change)
{
	bool is_only = change->base <= 0 || change->head <= 0;
	unsigned int pale = (unsigned int)(215 - 105 * get_strength(change));

	if (!change->is_significant)
		snprintf(fill, FILL_BYTES, is_only ? "url(#only-same)" : GREY);
	else if (is_only)
		snprintf(fill, FILL_BYTES,
			 change->base <= 0 ? "url(#only-more)" : "url(#only-less)");
	else if (change->theta > 0)
		snprintf(fill, FILL_BYTES, "#fa%02x%02x", pale & 0xff, pale & 0xff);
	else
		snprintf(fill, FILL_BYTES, "#%02x%02xfa", pale & 0xff, (pale + 20) & 0xff);
}

static void add_hatching(struct strbuf *svg, const char *id, const char *color)
{
	strbuf_addf(
		svg,
		"<pattern id=\"%s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"%s\"/>"
		"<rect width=\"2\" height=\"6\" fill=\"#fff\" fill-opacity=\"0.65\"/></pattern>\n",
		id, color);
}

/* ---- frames ---- */

static void add_value(const struct difference *difference, double value)
{
	char text[FMT_BYTES];

	strbuf_add_text(difference->svg, value > 0 ? function_diff_text_format_value(
							     text, difference->diff->work,
							     difference->diff->is_clock, value)
						   : "none");
}

/* "+12.3 % (+4.0 … +21.2 %)", "new", "gone", or why that is not said. */
static void add_change(const struct difference *difference, const struct tree_change *change)
{
	struct strbuf *svg = difference->svg;
	bool is_both = change->base > 0 && change->head > 0;
	char text[FMT_BYTES];

	if (isnan(change->p)) {
		strbuf_add_text(svg, "not tested: ");
		if (difference->diff->can_test)
			strbuf_add_text(svg, "too few samples");
		else if (is_both)
			function_diff_text_add_change(svg, exp(change->theta), (double)NAN,
						      (double)NAN);
		else
			strbuf_add_text(svg,
					change->head > 0 ? "only in the head" : "only in the base");
		return;
	}
	if (!change->is_significant)
		strbuf_add_text(svg, "not significant: ");
	if (is_both)
		function_diff_text_add_change(svg, exp(change->theta), exp(change->lo),
					      exp(change->hi));
	else if (change->is_significant)
		strbuf_add_text(svg, change->head > 0 ? "new" : "gone");
	else
		strbuf_add_text(svg, change->head > 0 ? "only in the head" : "only in the base");
	if (!change->is_significant && isfinite(change->visible))
		strbuf_addf(svg, "; sees changes of %s",
			    function_diff_text_format_visible(text, change->visible));
	if (difference->diff->is_within_run)
		strbuf_add_text(svg, " (within-run)");
}

static void add_side(const struct difference *difference, const struct half *half, uint32_t id,
		     double samples)
{
	struct strbuf *svg = difference->svg;
	char text[FMT_BYTES];

	strbuf_add_char(svg, '\n');
	svg_text_add(svg, half->label);
	strbuf_add_text(svg, ": ");
	add_value(difference, half->values[id]);
	if (half->values[0] > 0)
		strbuf_addf(svg, ", %s", fmt_percent(text, half->values[id] / half->values[0]));
	strbuf_addf(svg, ", %s samples", fmt_count(text, round(samples)));
}

/* The first line is the whole name, which flame_svg.js relies on. */
static void add_title(const struct difference *difference, uint32_t id)
{
	const struct call_node *node = &difference->tree->nodes[id];
	struct strbuf *svg = difference->svg;

	strbuf_add_text(svg, "<title>");
	flame_page_add_name(svg, node);
	strbuf_add_char(svg, '\n');
	svg_text_add(svg, difference->diff->measure);
	strbuf_add_text(svg, ": ");
	add_change(difference, &difference->diff->changes[id]);
	add_side(difference, &difference->halves[HALF_BASE], id, node->base_total);
	add_side(difference, &difference->halves[HALF_HEAD], id, node->total);
	strbuf_add_text(svg, "</title>");
}

/* The head's frames stand on their callers, the base's hang from them. */
static void add_half(const struct difference *difference, const struct half *half, int step)
{
	const struct flame_layout *layout = &half->layout;
	struct strbuf *svg = difference->svg;

	for (uint32_t at = 0; at != CALL_TREE_NONE; at = flame_layout_next_drawn(layout, at)) {
		const struct flame_place *place = &layout->places[at];
		double y = half->y_root + step * (double)place->depth * FLAME_FRAME_HEIGHT;
		char fill[FILL_BYTES];

		strbuf_addf(svg, "<g class=\"f\" id=\"%c%u\" data-d=\"%u\"", half->mark, at,
			    place->depth);
		if (at == 0) {
			strbuf_add_text(svg, " data-side=\"");
			svg_text_add(svg, half->label);
			strbuf_add_char(svg, '"');
		}
		strbuf_add_char(svg, '>');
		add_title(difference, at);
		format_fill(fill, &difference->diff->changes[at]);
		flame_page_add_frame(svg, place, y, fill, difference->tree->nodes[at].name);
		strbuf_add_text(svg, "</g>\n");
	}
}

/* ---- lines ---- */

/* Between the halves: what the whole changed, and which half is which. */
static void add_between(const struct difference *difference, double y)
{
	struct strbuf *svg = difference->svg;

	flame_page_begin_line(svg, y);
	strbuf_add_text(svg, "▲ ");
	svg_text_add(svg, difference->halves[HALF_HEAD].label);
	strbuf_add_text(svg, "  ▼ ");
	svg_text_add(svg, difference->halves[HALF_BASE].label);
	strbuf_add_text(svg, "   ");
	svg_text_add(svg, difference->diff->measure);
	strbuf_add_text(svg, ": ");
	add_value(difference, difference->halves[HALF_BASE].values[0]);
	strbuf_add_text(svg, " → ");
	add_value(difference, difference->halves[HALF_HEAD].values[0]);
	strbuf_add_text(svg, ", ");
	add_change(difference, &difference->diff->changes[0]);
	flame_page_end_line(svg);
	flame_page_add_details(svg, y + FLAME_LINE_HEIGHT, y);
}

static void add_legend(const struct difference *difference, double y)
{
	struct strbuf *svg = difference->svg;

	flame_page_add_key(svg, y, 0, FULL_RED, "more (strongest: at least the double)");
	flame_page_add_key(svg, y, 1, FULL_BLUE, "less (strongest: at most half)");
	flame_page_add_key(svg, y, 2, GREY, "no significant change");
	flame_page_add_key(svg, y, 3, "url(#only-same)", "only on this side");
}

static double get_share(const struct half *half)
{
	return half->values[0] > 0 ? half->layout.cut / half->values[0] : 0;
}

static void add_foot(const struct difference *difference, double y)
{
	const struct half *base = &difference->halves[HALF_BASE];
	const struct half *head = &difference->halves[HALF_HEAD];
	const struct tree_diff *diff = difference->diff;
	struct strbuf *svg = difference->svg;
	char count[FMT_BYTES], shares[2][FMT_BYTES];

	flame_page_begin_line(svg, y);
	if (!diff->can_test)
		strbuf_add_text(svg, FUNCTION_DIFF_TEXT_NO_TEST);
	else if (diff->is_within_run)
		strbuf_add_text(svg, "One run each, held against its own seconds: within-run only, "
				     "no verdict.");
	else
		strbuf_addf(svg, "%u runs against %u.", diff->head_run_count, diff->base_run_count);
	if (base->layout.cut_count + head->layout.cut_count > 0)
		strbuf_addf(
			svg,
			" Too narrow to draw: %s frames with %s of the head and %s of the base.",
			fmt_count(count, base->layout.cut_count + head->layout.cut_count),
			fmt_percent(shares[0], get_share(head)),
			fmt_percent(shares[1], get_share(base)));
	flame_page_end_line(svg);
}

static double add_quality(const struct difference *difference, double y)
{
	const struct flame_svg_options *options = difference->options;

	if (options->summary != NULL) {
		flame_page_add_quality(difference->svg, y, difference->halves[HALF_HEAD].label,
				       options->summary);
		y += FLAME_LINE_HEIGHT;
	}
	if (options->base_summary != NULL) {
		flame_page_add_quality(difference->svg, y, difference->halves[HALF_BASE].label,
				       options->base_summary);
		y += FLAME_LINE_HEIGHT;
	}
	return y;
}

/* ---- the document ---- */

static void add_document(struct difference *difference)
{
	const struct flame_svg_options *options = difference->options;
	struct half *base = &difference->halves[HALF_BASE], *head = &difference->halves[HALF_HEAD];
	struct strbuf *svg = difference->svg;
	double y = FLAME_PAGE_TOP + FLAME_LINE_HEIGHT * ((options->summary != NULL) +
							 (options->base_summary != NULL));
	double y_end;

	head->y_root = y + head->layout.depth_max * (double)FLAME_FRAME_HEIGHT;
	base->y_root =
		head->y_root + FLAME_FRAME_HEIGHT + BETWEEN_LINES * (double)FLAME_LINE_HEIGHT;
	y_end = base->y_root + (base->layout.depth_max + 1.0) * FLAME_FRAME_HEIGHT;
	flame_page_begin(svg, options->title, y_end + 3 * FLAME_LINE_HEIGHT);
	strbuf_add_text(svg, "<defs>\n");
	add_hatching(svg, "only-more", FULL_RED);
	add_hatching(svg, "only-less", FULL_BLUE);
	add_hatching(svg, "only-same", "#c0c0c0");
	strbuf_add_text(svg, "</defs>\n");
	add_quality(difference, FLAME_PAGE_TOP);
	add_half(difference, head, -1);
	add_between(difference, head->y_root + FLAME_FRAME_HEIGHT + 16);
	add_half(difference, base, 1);
	add_legend(difference, y_end + 14);
	add_foot(difference, y_end + 14 + FLAME_LINE_HEIGHT);
	flame_page_end(svg);
}

void flame_difference_write(struct strbuf *svg, const struct call_tree *tree,
			    const struct flame_svg_options *options)
{
	struct difference difference = {
		.svg = svg,
		.tree = tree,
		.diff = tree->diff,
		.options = options,
		.halves = {
			[HALF_BASE] = {.label = flame_page_get_label(options->base_label, "base"),
				       .mark = 'b'},
			[HALF_HEAD] = {.label = flame_page_get_label(options->head_label, "head"),
				       .mark = 'h'}}};
	double widest;

	for (int i = 0; i < 2; i++)
		difference.halves[i].values = alloc_array(tree->count, sizeof(double));
	for (uint32_t i = 0; i < tree->count; i++) {
		difference.halves[HALF_BASE].values[i] = tree->diff->changes[i].base;
		difference.halves[HALF_HEAD].values[i] = tree->diff->changes[i].head;
	}
	widest = fmax(tree->diff->changes[0].base, tree->diff->changes[0].head);
	for (int i = 0; i < 2; i++)
		flame_layout_init(&difference.halves[i].layout, tree, difference.halves[i].values,
				  widest > 0 ? FLAME_WIDTH / widest : 0);
	add_document(&difference);
	for (int i = 0; i < 2; i++) {
		flame_layout_release(&difference.halves[i].layout);
		free(difference.halves[i].values);
	}
}
