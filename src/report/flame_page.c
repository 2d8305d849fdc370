#include "report/flame_page.h"

#include <inttypes.h>
#include <math.h>

#include "report/svg_text.h"
#include "util/fmt.h"

extern const char flame_svg_script[];

const char *flame_page_get_label(const char *label, const char *otherwise)
{
	return label != NULL && label[0] != '\0' ? label : otherwise;
}

void flame_page_begin(struct strbuf *svg, const char *title, double height)
{
	title = flame_page_get_label(title, "flame graph");
	strbuf_addf(svg,
		    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		    "height=\"%.0f\" "
		    "viewBox=\"0 0 %d %.0f\" font-family=\"ui-monospace,'DejaVu Sans "
		    "Mono',Consolas,monospace\" "
		    "font-size=\"11\" fill=\"#111\" xml:space=\"preserve\">\n<title>",
		    FLAME_PAGE_WIDTH, height, FLAME_PAGE_WIDTH, height);
	svg_text_add(svg, title);
	strbuf_add_text(svg, "</title>\n<style>\n"
			     "text{pointer-events:none;white-space:pre}\n"
			     ".live .f{cursor:pointer}\n"
			     ".f:hover rect,.f:focus rect{stroke:#000;stroke-width:1.5}\n"
			     ".f:focus{outline:none}\n"
			     ".t rect{stroke:#000;stroke-width:1.5;stroke-dasharray:4 2}\n"
			     ".m rect{fill:#ee66ee}\n"
			     ".b{display:none}\n"
			     ".live "
			     ".b{display:inline;cursor:pointer;pointer-events:all;text-decoration:"
			     "underline;fill:#0b3d91}\n"
			     "</style>\n"
			     "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
	strbuf_addf(svg, "<text x=\"%d\" y=\"22\" font-size=\"16\" font-weight=\"bold\">",
		    FLAME_LEFT);
	svg_text_add_clipped(svg, title, 90);
	strbuf_add_text(
		svg,
		"</text>\n<text class=\"b\" id=\"search\" x=\"1010\" y=\"22\">search (/)</text>\n"
		"<text class=\"b\" id=\"reset\" x=\"1110\" y=\"22\">reset (r)</text>\n");
}

void flame_page_end(struct strbuf *svg)
{
	strbuf_add_text(svg, "<script><![CDATA[\n");
	strbuf_add_text(svg, flame_svg_script);
	strbuf_add_text(svg, "]]></script>\n</svg>\n");
}

void flame_page_begin_line(struct strbuf *svg, double y)
{
	strbuf_addf(svg, "<text x=\"%d\" y=\"%.0f\">", FLAME_LEFT, y);
}

void flame_page_end_line(struct strbuf *svg)
{
	strbuf_add_text(svg, "</text>\n");
}

void flame_page_add_details(struct strbuf *svg, double y_details, double y_matched)
{
	strbuf_addf(svg,
		    "<text id=\"details\" x=\"%d\" y=\"%.0f\"> </text>\n"
		    "<text id=\"matched\" x=\"%d\" y=\"%.0f\" text-anchor=\"end\"> </text>\n",
		    FLAME_LEFT, y_details, FLAME_PAGE_WIDTH - FLAME_LEFT, y_matched);
}

static void add_part(struct strbuf *svg, uint64_t part, uint64_t whole, const char *what)
{
	char share[FMT_BYTES];

	strbuf_addf(svg, ", %s %s",
		    fmt_percent(share, whole > 0 ? (double)part / (double)whole : 0), what);
}

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

void flame_page_add_quality(struct strbuf *svg, double y, const char *label,
			    const struct profile_summary *summary)
{
	flame_page_begin_line(svg, y);
	if (label != NULL) {
		svg_text_add(svg, label);
		strbuf_add_text(svg, ": ");
	}
	add_quality(svg, summary);
	flame_page_end_line(svg);
}

void flame_page_add_key(struct strbuf *svg, double y, unsigned int place, const char *fill,
			const char *what)
{
	double x = FLAME_LEFT + place * 290.0;

	strbuf_addf(svg,
		    "<rect x=\"%.0f\" y=\"%.0f\" width=\"11\" height=\"11\" fill=\"%s\"/><text "
		    "x=\"%.0f\" y=\"%.0f\">%s</text>\n",
		    x, y - 10, fill, x + 16, y, what);
}

void flame_page_add_name(struct strbuf *svg, const struct call_node *node)
{
	svg_text_add(svg, node->name);
	if (node->module[0] == '\0')
		return;
	strbuf_add_char(svg, '\n');
	svg_text_add(svg, node->module);
	strbuf_add_text(svg, node->is_inlined ? " (inlined)" : "");
}

void flame_page_add_frame(struct strbuf *svg, const struct flame_place *place, double y,
			  const char *fill, const char *name)
{
	double room = floor((place->width - 6) / FLAME_CHAR_WIDTH);

	strbuf_addf(svg,
		    "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/>"
		    "<text x=\"%.2f\" y=\"%.0f\">",
		    place->x, y, place->width, FLAME_FRAME_HEIGHT - 1, fill, place->x + 3, y + 12);
	if (room >= 3)
		svg_text_add_clipped(svg, name, (size_t)room);
	strbuf_add_text(svg, "</text>");
}
