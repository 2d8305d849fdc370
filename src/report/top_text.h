/*
 * What `sonde top` shows: functions of the last seconds, again and again. As a table on paper
 * (top_text_format), or as a picture with keys; the state of that and its reaction to keys are
 * here, pure; cmd/ has the terminal and the clock.
 *
 *	s t		sorted by own time, by total
 *	f		functions of one thread: choose it, Enter
 *	p or blank	the picture stands still (samples go on)
 *	Enter		who calls the selected function
 *	arrows, PgUp PgDn Home End	select
 *	q		the end
 */
#ifndef REPORT_TOP_TEXT_H
#define REPORT_TOP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "report/terminal_key.h"
#include "report/text.h"
#include "util/scoped.h"
#include "view/hot_functions.h"

struct top_text_options {
	struct text_layout layout;
	uint32_t function_count; /* most rows; 0 = 20 */
	bool is_by_total;
};

/*
 * The quality line, then "self % | total % | function | module". Functions without samples are left
 * out.
 */
void top_text_format(struct strbuf *text, const struct hot_functions *view,
		     const struct top_text_options *options);

struct top_text;

/* `name`: of what is watched; copied. */
struct top_text *top_text_new(const char *name, bool is_by_total);
void top_text_free(struct top_text *top); /* NULL accepted */
SCOPED_POINTER(top_text, top_text_free)

/* The thread that functions are to be read of; 0 = all. */
uint32_t top_text_get_thread(const struct top_text *top);
bool top_text_is_paused(const struct top_text *top);

/*
 * The function whose callers were asked for; NULL = none is selected. Valid until the next press.
 */
const struct hot_function *top_text_get_selected(const struct top_text *top,
						 const struct hot_functions *view);

enum top_text_wish {
	TOP_TEXT_NOTHING,
	TOP_TEXT_READ, /* the thread is another one: the view is to be read again */
	TOP_TEXT_CALLERS,
	TOP_TEXT_QUIT,
};
enum top_text_wish top_text_press(struct top_text *top, const struct hot_functions *view,
				  const struct terminal_key *key);

/*
 * Adds the whole picture: `rows` lines of at most layout->columns columns, without a newline behind
 * the last. `span_ns`: how long the view looks back.
 */
void top_text_draw(struct top_text *top, const struct hot_functions *view, uint64_t span_ns,
		   const struct text_layout *layout, uint32_t rows, struct strbuf *text);

#endif
