#include "report/flame_svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/fmt.h"
#include "util/hashmap.h"

/*
 * Pixels. The labels are monospaced, so that what fits can be counted; flame_svg.js knows LEFT,
 * FRAMES and CHAR, too.
 */
#define PAGE_WIDTH 1200
#define LEFT 10
#define FRAMES_WIDTH 1180.0
#define FRAME_HEIGHT 17
#define LINE_HEIGHT 16
#define CHAR_WIDTH 6.63
#define NARROWEST 0.1 /* what is narrower is not drawn */

#define SAME_RATIO 0.05	    /* a change within ±5 % is none */
#define SURE_DEVIATIONS 2.0 /* and so is one that counting samples explains */

enum { VANISHED_LISTED = 10 };

extern const char flame_svg_script[];

struct flame_place {
	double x; /* in samples from the left */
	uint32_t depth;
	bool is_drawn;
};

struct flame_picture {
	struct strbuf *svg;
	const struct call_tree *tree;
	const struct flame_svg_options *options;
	struct flame_place *places; /* by node */
	double pixels_per_sample;
	/* samples of the base × this = what the head would have, had nothing changed */
	double base_scale;
	uint32_t depth_max, drawn_count, cut_count;
	double cut_samples; /* of the widest cut frames: nothing counts twice */
	double y_bottom;    /* of the root's row */
};

/* ---- text ---- */

/* Bytes of the character at `text` if XML 1.0 takes it as it is, else 0. */
static size_t measure_character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length = c[0] < 0x80   ? 1
			: c[0] < 0xc2 ? 0
			: c[0] < 0xe0 ? 2
			: c[0] < 0xf0 ? 3
			: c[0] < 0xf5 ? 4
				      : 0;

	if (c[0] < ' ' || c[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f) ||
	    (c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe))
		return 0; /* overlong, surrogate, too great, control, not a character */
	return length;
}

/*
 * At most `room` characters of a text; a longer one ends in "…". Anything that XML cannot hold
 * becomes U+FFFD.
 */
static void add_clipped(struct strbuf *svg, const char *text, size_t room)
{
	size_t count = 0, written = 0;

	for (const char *c = text; *c != '\0'; count++)
		c += measure_character(c) > 0 ? measure_character(c) : 1;
	for (const char *c = text; *c != '\0'; written++) {
		size_t length = measure_character(c);

		if (count > room && written + 1 >= room) {
			strbuf_add_text(svg, "…");
			return;
		}
		if (length == 0)
			strbuf_add_text(svg, "\xef\xbf\xbd");
		else if (*c == '&' || *c == '<' || *c == '>' || *c == '"' || *c == '\'')
			strbuf_addf(svg, "&#%d;", *c);
		else
			strbuf_add(svg, c, length);
		c += length > 0 ? length : 1;
	}
}

static void add_text(struct strbuf *svg, const char *text)
{
	add_clipped(svg, text, SIZE_MAX);
}

/* ---- layout ---- */

static uint32_t next_node(const struct call_tree *tree, uint32_t at, bool is_skipping)
{
	if (!is_skipping && tree->nodes[at].first_child != CALL_TREE_NONE)
		return tree->nodes[at].first_child;
	while (at != 0 && tree->nodes[at].next_sibling == CALL_TREE_NONE)
		at = tree->nodes[at].parent;
	return at == 0 ? CALL_TREE_NONE : tree->nodes[at].next_sibling;
}

static bool is_base_only(const struct call_node *node)
{
	return node->total <= 0;
}

/*
 * Callers come before callees and siblings in their order, so that a place follows from the one
 * before.
 */
static void place_frames(struct flame_picture *picture)
{
	const struct call_tree *tree = picture->tree;
	/* by node, samples of its placed children */
	double *filled = alloc_array(tree->count, sizeof(*filled));

	for (uint32_t at = 0; at != CALL_TREE_NONE; at = next_node(tree, at, false)) {
		const struct call_node *node = &tree->nodes[at];
		struct flame_place *place = &picture->places[at];
		bool is_wide = at == 0 || node->total * picture->pixels_per_sample >= NARROWEST;

		if (at != 0) {
			const struct flame_place *caller = &picture->places[node->parent];

			place->x = caller->x + filled[node->parent];
			place->depth = caller->depth + 1;
			filled[node->parent] += node->total;
			is_wide = is_wide && caller->is_drawn;
			if (!is_wide && caller->is_drawn)
				picture->cut_samples += node->total;
		}
		place->is_drawn = is_wide;
		if (is_wide && place->depth > picture->depth_max)
			picture->depth_max = place->depth;
		if (!is_wide && !is_base_only(node))
			picture->cut_count++;
	}
	free(filled);
}

/* ---- colour ---- */

/*
 * The head's samples over what they would be had nothing changed; 1 where the difference is small
 * or may be chance: both sides are counts, with a variance of as many samples.
 */
static double find_change(const struct flame_picture *picture, const struct call_node *node)
{
	double expected = node->base_total * picture->base_scale;
	double deviation =
		sqrt(node->total + node->base_total * picture->base_scale * picture->base_scale);

	if (fabs(node->total - expected) <= SURE_DEVIATIONS * deviation)
		return 1;
	if (expected > 0 && fabs(node->total / expected - 1) <= SAME_RATIO)
		return 1;
	return expected > 0 ? node->total / expected : HUGE_VAL;
}

static void add_rgb(struct strbuf *svg, unsigned int red, unsigned int green, unsigned int blue)
{
	strbuf_addf(svg, "#%02x%02x%02x", red, green, blue);
}

/* From nearly grey to full at a change by half or to the double. */
static void add_change_color(struct flame_picture *picture, const struct call_node *node)
{
	double change = find_change(picture, node);
	double strength = fmin(fabs(log2(change)), 1);
	unsigned int pale = (unsigned int)(215 - 105 * strength);

	if (change > 1)
		add_rgb(picture->svg, 250, pale, pale);
	else if (change < 1)
		add_rgb(picture->svg, pale, pale + 20, 250);
	else
		add_rgb(picture->svg, 0xd4, 0xd4, 0xd4);
}

/*
 * Light enough for black text in every case; which one of a kind's colours a name has is its hash.
 * What was inlined is the paler for it: it is no call.
 */
static void add_name_color(struct strbuf *svg, const struct call_node *node)
{
	uint64_t hash = hashmap_hash_bytes(node->name, strlen(node->name));
	unsigned int a = (unsigned int)(hash >> 8) % 64, b = (unsigned int)(hash >> 24) % 64;

	switch (node->kind) {
	case CALL_USER:
		if (node->is_inlined)
			add_rgb(svg, 244 + a / 8, 202 + a / 2, 167 + b / 2);
		else
			add_rgb(svg, 232 + a / 4, 150 + a, 80 + b);
		return;
	case CALL_KERNEL:
		add_rgb(svg, 110 + a, 180 + b / 2, 225 + b / 4);
		return;
	case CALL_HIDDEN:
		add_rgb(svg, 0xb4, 0xb4, 0xb4);
		return;
	case CALL_UNKNOWN:
		add_rgb(svg, 200 + a / 4, 192 + a / 4, 170 + b / 4);
		return;
	case CALL_THREAD:
		add_rgb(svg, 0xdd, 0xdd, 0xdd);
		return;
	}
}

/* ---- frames ---- */

/*
 * Name, module and figures, a line each; the first line is the whole name, which flame_svg.js
 * relies on.
 */
static void add_title(struct flame_picture *picture, const struct call_node *node)
{
	const struct call_tree *tree = picture->tree;
	struct strbuf *svg = picture->svg;
	char count[FMT_BYTES], share[FMT_BYTES];

	strbuf_add_text(svg, "<title>");
	add_text(svg, node->name);
	if (node->module[0] != '\0') {
		strbuf_add_char(svg, '\n');
		add_text(svg, node->module);
		strbuf_add_text(svg, node->is_inlined ? " (inlined)" : "");
	}
	strbuf_addf(svg, "\n%s samples, %s", fmt_count(count, round(node->total)),
		    fmt_percent(share,
				tree->nodes[0].total > 0 ? node->total / tree->nodes[0].total : 0));
	if (node->self > 0 && node->first_child != CALL_TREE_NONE)
		strbuf_addf(svg, ", self %s", fmt_count(count, round(node->self)));
	if (tree->is_difference) {
		double expected = node->base_total * picture->base_scale;

		strbuf_addf(svg, "\nbase %s samples", fmt_count(count, round(node->base_total)));
		if (tree->work > 0 && tree->base_work > 0)
			strbuf_addf(svg, ", per 1,000 requests %.3g → %.3g",
				    node->base_total / tree->base_work * 1000,
				    node->total / tree->work * 1000);
		if (expected > 0)
			strbuf_addf(svg, ", %s", fmt_change(share, node->total / expected));
		else
			strbuf_add_text(svg, ", new");
		if (expected > 0 && find_change(picture, node) == 1)
			strbuf_add_text(svg, " (the same, or too few samples)");
	}
	strbuf_add_text(svg, "</title>");
}

static void add_frame(struct flame_picture *picture, uint32_t id)
{
	const struct call_node *node = &picture->tree->nodes[id];
	const struct flame_place *place = &picture->places[id];
	double x = LEFT + place->x * picture->pixels_per_sample,
	       width = node->total * picture->pixels_per_sample;
	double y = picture->y_bottom - (double)place->depth * FRAME_HEIGHT;
	double room = floor((width - 6) / CHAR_WIDTH);
	struct strbuf *svg = picture->svg;

	strbuf_addf(svg, "<g class=\"f\" id=\"f%u\" data-d=\"%u\">", picture->drawn_count++,
		    place->depth);
	add_title(picture, node);
	strbuf_addf(svg, "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"", x, y,
		    width, FRAME_HEIGHT - 1);
	if (picture->tree->is_difference)
		add_change_color(picture, node);
	else
		add_name_color(svg, node);
	strbuf_addf(svg, "\"/><text x=\"%.2f\" y=\"%.0f\">", x + 3, y + 12);
	if (room >= 3)
		add_clipped(svg, node->name, (size_t)room);
	strbuf_add_text(svg, "</text></g>\n");
}

static void add_frames(struct flame_picture *picture)
{
	for (uint32_t at = 0; at != CALL_TREE_NONE;) {
		bool is_drawn = picture->places[at].is_drawn;

		if (is_drawn)
			add_frame(picture, at);
		at = next_node(picture->tree, at, !is_drawn);
	}
}

/* ---- lines above and below ---- */

static void begin_line(struct strbuf *svg, double y)
{
	strbuf_addf(svg, "<text x=\"%d\" y=\"%.0f\">", LEFT, y);
}

static void end_line(struct strbuf *svg)
{
	strbuf_add_text(svg, "</text>\n");
}

static void add_part(struct strbuf *svg, uint64_t part, uint64_t whole, const char *what)
{
	char share[FMT_BYTES];

	strbuf_addf(svg, ", %s %s",
		    fmt_percent(share, whole > 0 ? (double)part / (double)whole : 0), what);
}

/* How whole the profile is: before any of its figures. */
static void add_quality(struct strbuf *svg, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	char text[FMT_BYTES];

	strbuf_addf(svg, "%s samples", fmt_count(text, (double)quality->sample_count));
	add_part(svg, quality->complete_count, quality->sample_count, "complete");
	if (quality->joined_count > 0) {
		add_part(svg, quality->joined_count, quality->sample_count, "joined");
		strbuf_addf(svg, " (audited %" PRIu64 ", %" PRIu64 " wrong)",
			    quality->audited_count, quality->audit_mismatch_count);
	}
	add_part(svg, quality->truncated_count, quality->sample_count, "truncated");
	strbuf_addf(svg, ", %s lost", fmt_count(text, (double)quality->lost_count));
	if (quality->throttled_count > 0)
		strbuf_addf(svg, ", throttled %s times",
			    fmt_count(text, (double)quality->throttled_count));
	if (quality->kernel_hidden_ns > 0)
		strbuf_addf(svg, ", kernel hidden: %s",
			    fmt_duration(text, (double)quality->kernel_hidden_ns));
	else if (quality->is_kernel_hidden)
		strbuf_add_text(svg, ", kernel hidden");
	if (summary->frames_unsymbolized > 0)
		add_part(svg, summary->frames_unsymbolized, summary->frames,
			 "of frames without a name");
	if (quality->stop_count > 0)
		strbuf_add_text(svg, ", by stopping threads");
	if (summary->is_partial || summary->event_count > 1)
		strbuf_addf(svg, ", %s of them shown",
			    fmt_count(text, (double)summary->selected_count));
}

static const char *get_label(const char *label, const char *otherwise)
{
	return label != NULL && label[0] != '\0' ? label : otherwise;
}

static double add_quality_lines(struct flame_picture *picture, double y)
{
	const struct flame_svg_options *options = picture->options;
	struct strbuf *svg = picture->svg;

	if (options->base_summary != NULL) {
		begin_line(svg, y);
		add_text(svg, get_label(options->base_label, "base"));
		strbuf_add_text(svg, ": ");
		add_quality(svg, options->base_summary);
		end_line(svg);
		y += LINE_HEIGHT;
	}
	if (options->summary != NULL) {
		begin_line(svg, y);
		if (picture->tree->is_difference) {
			add_text(svg, get_label(options->head_label, "head"));
			strbuf_add_text(svg, ": ");
		}
		add_quality(svg, options->summary);
		end_line(svg);
		y += LINE_HEIGHT;
	}
	return y;
}

static void add_key(struct strbuf *svg, double y, unsigned int place, const char *color,
		    const char *what)
{
	double x = LEFT + place * 290.0;

	strbuf_addf(svg,
		    "<rect x=\"%.0f\" y=\"%.0f\" width=\"11\" height=\"11\" fill=\"%s\"/><text "
		    "x=\"%.0f\" y=\"%.0f\">%s</text>\n",
		    x, y - 10, color, x + 16, y, what);
}

static double add_legend(struct flame_picture *picture, double y)
{
	bool has_work = picture->tree->work > 0 && picture->tree->base_work > 0;
	struct strbuf *svg = picture->svg;

	if (!picture->tree->is_difference) {
		add_key(svg, y, 0, "#f0b070", "program (paler: inlined)");
		add_key(svg, y, 1, "#90c4e8", "kernel");
		add_key(svg, y, 2, "#d0c8b2", "no symbol");
		add_key(svg, y, 3, "#b4b4b4", "kernel, hidden by rights");
		return y + LINE_HEIGHT;
	}
	begin_line(svg, y);
	strbuf_add_text(svg, "Width: ");
	add_text(svg, get_label(picture->options->head_label, "head"));
	strbuf_addf(svg, ". Colour: its samples %s, against ",
		    has_work ? "per request" : "as a share of all");
	add_text(svg, get_label(picture->options->base_label, "base"));
	end_line(svg);
	y += LINE_HEIGHT;
	add_key(svg, y, 0, "#fa6e6e", "more (strongest: the double)");
	add_key(svg, y, 1, "#6e82fa", "less (strongest: half)");
	add_key(svg, y, 2, "#d4d4d4", "the same within 5 %, or too few samples");
	return y + LINE_HEIGHT;
}

static double add_cut_line(struct flame_picture *picture, double y)
{
	char count[FMT_BYTES], samples[FMT_BYTES];

	if (picture->cut_count == 0)
		return y;
	begin_line(picture->svg, y);
	strbuf_addf(picture->svg, "Too narrow to draw: %s frames with %s samples.",
		    fmt_count(count, picture->cut_count),
		    fmt_count(samples, round(picture->cut_samples)));
	end_line(picture->svg);
	return y + LINE_HEIGHT;
}

/* ---- what only the base has ---- */

struct vanished {
	uint32_t nodes[VANISHED_LISTED]; /* by base samples, descending */
	uint32_t listed, count;
};

static void add_vanished(struct vanished *vanished, const struct call_tree *tree, uint32_t node)
{
	uint32_t at;

	vanished->count++;
	if (vanished->listed < VANISHED_LISTED)
		at = vanished->listed++;
	else if (tree->nodes[node].base_total >
		 tree->nodes[vanished->nodes[VANISHED_LISTED - 1]].base_total)
		at = VANISHED_LISTED - 1;
	else
		return;
	for (; at > 0 &&
	       tree->nodes[vanished->nodes[at - 1]].base_total < tree->nodes[node].base_total;
	     at--)
		vanished->nodes[at] = vanished->nodes[at - 1];
	vanished->nodes[at] = node;
}

/* The topmost ones: a call that vanished took its callees with it. */
static void find_vanished(struct vanished *vanished, const struct call_tree *tree)
{
	*vanished = (struct vanished){0};
	for (uint32_t at = 0; tree->is_difference && at != CALL_TREE_NONE;) {
		bool is_gone = at != 0 && is_base_only(&tree->nodes[at]);

		if (is_gone)
			add_vanished(vanished, tree, at);
		at = next_node(tree, at, is_gone);
	}
}

static double add_vanished_lines(struct flame_picture *picture, const struct vanished *vanished,
				 double y)
{
	const struct call_tree *tree = picture->tree;
	struct strbuf *svg = picture->svg;
	char count[FMT_BYTES];

	if (vanished->count == 0)
		return y;
	begin_line(svg, y);
	strbuf_addf(svg, "Only in the base, calls: %s", fmt_count(count, vanished->count));
	strbuf_add_text(svg, vanished->count > vanished->listed ? " (the greatest)" : "");
	end_line(svg);
	for (uint32_t i = 0; i < vanished->listed; i++) {
		const struct call_node *node = &tree->nodes[vanished->nodes[i]];

		y += LINE_HEIGHT;
		begin_line(svg, y);
		strbuf_addf(svg, "%8s samples  ", fmt_count(count, round(node->base_total)));
		add_clipped(svg, node->name, 80);
		strbuf_add_text(svg, " ← ");
		add_clipped(svg, tree->nodes[node->parent].name, 60);
		end_line(svg);
	}
	return y + LINE_HEIGHT;
}

/* ---- the document ---- */

static double measure_height(const struct flame_picture *picture, const struct vanished *vanished,
			     double y_frames)
{
	double lines = 4; /* details, legend (two in a difference), cut frames */

	if (vanished->count > 0)
		lines += vanished->listed + 1;
	return y_frames + (picture->depth_max + 1.0) * FRAME_HEIGHT + lines * LINE_HEIGHT + 10;
}

static void add_head(struct flame_picture *picture, double height)
{
	const char *title = get_label(picture->options->title, "flame graph");
	struct strbuf *svg = picture->svg;

	strbuf_addf(svg,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		    "height=\"%.0f\" "
		    "viewBox=\"0 0 %d %.0f\" font-family=\"ui-monospace,'DejaVu Sans "
		    "Mono',Consolas,monospace\" "
		    "font-size=\"11\" fill=\"#111\" xml:space=\"preserve\">\n<title>",
		    PAGE_WIDTH, height, PAGE_WIDTH, height);
	add_text(svg, title);
	strbuf_add_text(svg, "</title>\n<style>\n"
			     "text{pointer-events:none;white-space:pre}\n"
			     ".live .f{cursor:pointer}\n"
			     ".f:hover rect,.f:focus rect{stroke:#000;stroke-width:1.5}\n"
			     ".f:focus{outline:none}\n"
			     ".m rect{fill:#ee66ee}\n"
			     ".b{display:none}\n"
			     ".live "
			     ".b{display:inline;cursor:pointer;pointer-events:all;text-decoration:"
			     "underline;fill:#0b3d91}\n"
			     "</style>\n"
			     "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
	strbuf_addf(svg, "<text x=\"%d\" y=\"22\" font-size=\"16\" font-weight=\"bold\">", LEFT);
	add_clipped(svg, title, 90);
	strbuf_add_text(
		svg,
		"</text>\n<text class=\"b\" id=\"search\" x=\"1010\" y=\"22\">search (/)</text>\n"
		"<text class=\"b\" id=\"reset\" x=\"1110\" y=\"22\">reset (r)</text>\n");
}

static void add_document(struct flame_picture *picture)
{
	const struct flame_svg_options *options = picture->options;
	double y = 40, y_frames = 40 + LINE_HEIGHT * ((options->summary != NULL) +
						      (options->base_summary != NULL));
	struct strbuf *svg = picture->svg;
	struct vanished vanished;

	find_vanished(&vanished, picture->tree);
	picture->y_bottom = y_frames + picture->depth_max * (double)FRAME_HEIGHT;
	add_head(picture, measure_height(picture, &vanished, y_frames));
	add_quality_lines(picture, y);
	add_frames(picture);
	y = picture->y_bottom + FRAME_HEIGHT + 14;
	strbuf_addf(svg,
		    "<text id=\"details\" x=\"%d\" y=\"%.0f\"> </text>\n"
		    "<text id=\"matched\" x=\"%d\" y=\"%.0f\" text-anchor=\"end\"> </text>\n",
		    LEFT, y, PAGE_WIDTH - LEFT, y);
	y = add_legend(picture, y + LINE_HEIGHT);
	y = add_cut_line(picture, y);
	add_vanished_lines(picture, &vanished, y);
	strbuf_add_text(svg, "<script><![CDATA[\n");
	strbuf_add_text(svg, flame_svg_script);
	strbuf_add_text(svg, "]]></script>\n</svg>\n");
}

void flame_svg_write(struct strbuf *svg, const struct call_tree *tree,
		     const struct flame_svg_options *options)
{
	const struct call_node *root = &tree->nodes[0];
	struct flame_picture picture = {.svg = svg, .tree = tree, .options = options};

	picture.places = alloc_array(tree->count, sizeof(*picture.places));
	picture.pixels_per_sample = root->total > 0 ? FRAMES_WIDTH / root->total : 0;
	if (tree->work > 0 && tree->base_work > 0)
		picture.base_scale = tree->work / tree->base_work;
	else
		picture.base_scale = root->base_total > 0 ? root->total / root->base_total : 0;
	place_frames(&picture);
	add_document(&picture);
	free(picture.places);
}
