/*
 * Names from programs and files as JSON text. They may hold any bytes, JSON only UTF-8: what is not
 * becomes U+FFFD.
 */
#ifndef EXPORT_JSON_TEXT_H
#define EXPORT_JSON_TEXT_H

#include <jansson.h>

#include "util/strbuf.h"

/* A new reference, never NULL. `text` NULL is null. */
json_t *json_text_make(const char *text);

/* Appends a document, indented by two blanks or on one line, and a newline; takes the reference. */
void json_text_write(struct strbuf *json, json_t *document, bool is_indented);

#endif
