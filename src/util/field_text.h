/* Fields of text formats for programs. */
#ifndef UTIL_FIELD_TEXT_H
#define UTIL_FIELD_TEXT_H

#include "util/strbuf.h"

/* A field of comma-separated values: in quotes when it holds what would end it (RFC 4180). */
void field_text_add_csv(struct strbuf *text, const char *field);

/* A finite number in the fewest digits that read back as the same one. */
void field_text_add_number(struct strbuf *text, double value);

#endif
