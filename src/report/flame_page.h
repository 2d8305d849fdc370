/* The sheet that flame graphs are drawn on: title, lines of text, legend, frames, script. */
#ifndef REPORT_FLAME_PAGE_H
#define REPORT_FLAME_PAGE_H

#include "report/flame_layout.h"
#include "util/strbuf.h"
#include "view/hot_functions.h"

#define FLAME_PAGE_WIDTH 1200
#define FLAME_LINE_HEIGHT 16

/* Where the first line below the title stands. */
#define FLAME_PAGE_TOP 40

void flame_page_begin(struct strbuf *svg, const char *title, double height);

/* With the script. */
void flame_page_end(struct strbuf *svg);

/* A line of text at the left; what is added between is escaped by the caller (svg_text.h). */
void flame_page_begin_line(struct strbuf *svg, double y);
void flame_page_end_line(struct strbuf *svg);

/*
 * Lines that the script fills: what the pointer is on, at the left of a line, and what a search
 * found, at the right.
 */
void flame_page_add_details(struct strbuf *svg, double y_details, double y_matched);

/* "LABEL: 9,876 samples, …": how whole a profile is, before any of its figures. */
void flame_page_add_quality(struct strbuf *svg, double y, const char *label,
			    const struct profile_summary *summary);

/* A coloured square and what it means, the `place`-th of its line. */
void flame_page_add_key(struct strbuf *svg, double y, unsigned int place, const char *fill,
			const char *what);

/*
 * Of a frame's title: the name, which the script takes for it, and the module on a line of its own.
 */
void flame_page_add_name(struct strbuf *svg, const struct call_node *node);

/* The rectangle of a frame, filled as the caller says ("#rrggbb", "url(#id)"), and its label. */
void flame_page_add_frame(struct strbuf *svg, const struct flame_place *place, double y,
			  const char *fill, const char *name);

/* The label, or what stands for none. */
const char *flame_page_get_label(const char *label, const char *otherwise);

#endif
