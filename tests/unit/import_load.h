/* A foreign load as text, a line each figure, to hold the readers against. */
#ifndef IMPORT_LOAD_H
#define IMPORT_LOAD_H

#include <stdlib.h>

#include "import_text.h"
#include "tap.h"
#include "util/alloc.h"

/* import_read() of a file of tests/data/load. */
static inline int import_load_read(struct import *import, const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");
	scoped_free char *path = alloc_printf("%s/load/%s", data != NULL ? data : ".", name);
	struct err err = {0};
	int r = import_read(import, path, &(struct import_options){0}, &err);

	if (r < 0)
		printf("# %s\n", err_text(&err));
	return r;
}

/*
 * "requests 8014\nrate_rps 348.28\n…", with "name@scope" of request names. Three digits behind the
 * point.
 */
static inline void import_load_format(struct strbuf *text, const struct foreign_load *load)
{
	for (size_t i = 0; i < load->metrics.count; i++) {
		const struct metric_value *metric = &load->metrics.items[i];

		strbuf_addf(text, "%s%s%s %.3f\n", metric->name,
			    metric->scope[0] != '\0' ? "@" : "", metric->scope, metric->value);
	}
}

static inline void import_load_check(const struct foreign_load *load, const char *want,
				     const char *what)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	import_load_format(&text, load);
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

#endif
