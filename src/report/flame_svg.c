#include "report/flame_svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/flame_difference.h"
#include "report/flame_page.h"
#include "report/svg_text.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "util/hashmap.h"

enum { FILL_BYTES = 8 }; /* "#rrggbb" */

struct flame_picture {
	struct strbuf *svg;
	const struct call_tree *tree;
	const struct flame_svg_options *options;
	struct flame_layout layout;
	double y_bottom; /* of the root's row */
};

/* ---- frames ---- */

static void set_rgb(char fill[static FILL_BYTES], unsigned int red, unsigned int green,
		    unsigned int blue)
{
	snprintf(fill, FILL_BYTES, "#%02x%02x%02x", red & 0xff, green & 0xff, blue & 0xff);
}

/*
 * Light enough for black text in every case; which one of a kind's colours a name has is its hash.
 * What was inlined is the paler for it: it is no call.
 */
static void format_fill(char fill[static FILL_BYTES], const struct call_node *node)
{
	uint64_t hash = hashmap_hash_bytes(node->name, strlen(node->name));
	unsigned int a = (unsigned int)(hash >> 8) % 64, b = (unsigned int)(hash >> 24) % 64;

	switch (node->kind) {
	case CALL_USER:
		if (node->is_inlined)
			set_rgb(fill, 244 + a / 8, 202 + a / 2, 167 + b / 2);
		else
			set_rgb(fill, 232 + a / 4, 150 + a, 80 + b);
		return;
	case CALL_KERNEL:
		set_rgb(fill, 110 + a, 180 + b / 2, 225 + b / 4);
		return;
	case CALL_HIDDEN:
		set_rgb(fill, 0xb4, 0xb4, 0xb4);
		return;
	case CALL_UNKNOWN:
		set_rgb(fill, 200 + a / 4, 192 + a / 4, 170 + b / 4);
		return;
	case CALL_THREAD:
		set_rgb(fill, 0xdd, 0xdd, 0xdd);
		return;
	}
}

/*
 * Name, module and figures, a line each; the first line is the whole name, which flame_svg.js
 * relies on.
 */
static void add_title(struct flame_picture *picture, const struct call_node *node)
{
	double all = picture->tree->nodes[0].total;
	struct strbuf *svg = picture->svg;
	char count[FMT_BYTES], share[FMT_BYTES];

	strbuf_add_text(svg, "<title>");
	flame_page_add_name(svg, node);
	strbuf_addf(svg, "\n%s samples, %s", fmt_count(count, round(node->total)),
		    fmt_percent(share, all > 0 ? node->total / all : 0));
	if (node->self > 0 && node->first_child != CALL_TREE_NONE)
		strbuf_addf(svg, ", self %s", fmt_count(count, round(node->self)));
	strbuf_add_text(svg, "</title>");
}

static void add_frames(struct flame_picture *picture)
{
	const struct flame_layout *layout = &picture->layout;
	uint32_t drawn = 0;

	for (uint32_t at = 0; at != CALL_TREE_NONE; at = flame_layout_next_drawn(layout, at)) {
		const struct call_node *node = &picture->tree->nodes[at];
		const struct flame_place *place = &layout->places[at];
		char fill[FILL_BYTES];

		strbuf_addf(picture->svg, "<g class=\"f\" id=\"f%u\" data-d=\"%u\">", drawn++,
			    place->depth);
		add_title(picture, node);
		format_fill(fill, node);
		flame_page_add_frame(picture->svg, place,
				     picture->y_bottom - (double)place->depth * FLAME_FRAME_HEIGHT,
				     fill, node->name);
		strbuf_add_text(picture->svg, "</g>\n");
	}
}

/* ---- the document ---- */

static void add_cut_line(struct flame_picture *picture, double y)
{
	const struct flame_layout *layout = &picture->layout;
	char frames[FMT_BYTES], samples[FMT_BYTES];

	if (layout->cut_count == 0)
		return;
	flame_page_begin_line(picture->svg, y);
	strbuf_addf(picture->svg, "Too narrow to draw: %s frames with %s samples.",
		    fmt_count(frames, layout->cut_count), fmt_count(samples, round(layout->cut)));
	flame_page_end_line(picture->svg);
}

static void add_document(struct flame_picture *picture)
{
	const struct flame_svg_options *options = picture->options;
	double y_frames = FLAME_PAGE_TOP + (options->summary != NULL) * FLAME_LINE_HEIGHT;
	struct strbuf *svg = picture->svg;
	double y;

	picture->y_bottom = y_frames + picture->layout.depth_max * (double)FLAME_FRAME_HEIGHT;
	y = picture->y_bottom + FLAME_FRAME_HEIGHT + 14;
	flame_page_begin(svg, options->title, y + 3 * FLAME_LINE_HEIGHT);
	if (options->summary != NULL)
		flame_page_add_quality(svg, FLAME_PAGE_TOP, NULL, options->summary);
	add_frames(picture);
	flame_page_add_details(svg, y, y);
	y += FLAME_LINE_HEIGHT;
	flame_page_add_key(svg, y, 0, "#f0b070", "program (paler: inlined)");
	flame_page_add_key(svg, y, 1, "#90c4e8", "kernel");
	flame_page_add_key(svg, y, 2, "#d0c8b2", "no symbol");
	flame_page_add_key(svg, y, 3, "#b4b4b4", "kernel, hidden by rights");
	add_cut_line(picture, y + FLAME_LINE_HEIGHT);
	flame_page_end(svg);
}

void flame_svg_write(struct strbuf *svg, const struct call_tree *tree,
		     const struct flame_svg_options *options)
{
	struct flame_picture picture = {.svg = svg, .tree = tree, .options = options};
	double all = tree->nodes[0].total;
	scoped_free double *values = NULL;

	if (tree->diff != NULL) {
		flame_difference_write(svg, tree, options);
		return;
	}
	values = alloc_array(tree->count, sizeof(*values));
	for (uint32_t i = 0; i < tree->count; i++)
		values[i] = tree->nodes[i].total;
	flame_layout_init(&picture.layout, tree, values, all > 0 ? FLAME_WIDTH / all : 0);
	add_document(&picture);
	flame_layout_release(&picture.layout);
}
