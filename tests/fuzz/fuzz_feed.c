/*
 * Any bytes are a feed, of CSV or of JSON lines, or are refused with a sentence; every cell can be
 * read, and a template over all columns rendered.
 */
#include <stdlib.h>
#include <string.h>

#include "load/feed.h"
#include "load/template.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render_all(const struct feed *feed)
{
	struct template template;
	uint32_t rows = feed_get_row_count(feed) < 64 ? feed_get_row_count(feed) : 64;

	template_init(&template, feed);
	for (uint32_t column = 0; column < feed_get_column_count(feed) && column < 64; column++) {
		scoped_free char *text = alloc_printf("x${%s}", feed_get_column_name(feed, column));

		if (template_add(&template, text, strlen(text), TEMPLATE_IN_PATH, NULL) < 0 &&
		    strchr(feed_get_column_name(feed, column), '}') == NULL)
			abort();
	}
	{
		scoped_free char *out = alloc_array(template.max_bytes + 1, 1);

		for (uint32_t row = 0; row < rows; row++) {
			if (template_render(&template, row, out) > template.max_bytes)
				abort();
		}
	}
	template_release(&template);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed *feed = NULL;
	struct err err = {0};
	size_t total = 0;

	if (feed_new(&feed, "f", (const char *)data, size, '\0', &err) < 0) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	for (uint32_t row = 0; row < feed_get_row_count(feed); row++) {
		for (uint32_t column = 0; column < feed_get_column_count(feed); column++) {
			size_t length;
			const char *cell = feed_get_cell(feed, row, column, &length);

			for (size_t i = 0; i < length; i++)
				total += (unsigned char)cell[i] != 0;
		}
	}
	if (total > size)
		abort();
	if (feed_check_template(feed, "/${n}?ip=${ip}", &err) < 0 && err.text[0] == '\0')
		abort();
	render_all(feed);
	feed_free(feed);
	return 0;
}
