/* gzip (RFC 1952), without a time or a name, so that the same bytes make the same file. */
#ifndef EXPORT_GZIP_H
#define EXPORT_GZIP_H

#include "util/strbuf.h"

/* Appends the compressed bytes to `packed`. */
void gzip_write(struct strbuf *packed, const void *bytes, size_t length);

#endif
