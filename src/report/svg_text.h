/* Text in SVG: escaped, and without what XML 1.0 cannot hold. */
#ifndef REPORT_SVG_TEXT_H
#define REPORT_SVG_TEXT_H

#include <stddef.h>

#include "util/strbuf.h"

/* Bytes that are no character of XML become U+FFFD. */
void svg_text_add(struct strbuf *svg, const char *text);

/* At most `room` characters of it; a longer one ends in "…". */
void svg_text_add_clipped(struct strbuf *svg, const char *text, size_t room);

#endif
