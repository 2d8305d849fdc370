/*
 * The picture of `stat --live`: some lines of the machine, then who uses what. The state of it and
 * its reaction to keys are here, pure; cmd/ has the terminal and the clock.
 *
 *	c m w i		sorted by CPU, memory, waiting, I/O
 *	t		threads, or processes
 *	p or blank	the picture stands still
 *	arrows, PgUp PgDn Home	scroll
 *	q		the end
 */
#ifndef REPORT_LIVE_TEXT_H
#define REPORT_LIVE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/machine_sample.h"
#include "model/series.h"
#include "report/terminal_key.h"
#include "report/text.h"
#include "util/strbuf.h"
#include "view/task_rows.h"

/* Zeroed to begin with. */
struct live_text {
	const char *name; /* of what is watched; borrowed */
	enum task_order order;
	bool has_threads, is_paused;
	uint32_t first; /* row at the top */
	uint32_t body_rows;
};

/* False when the key ends it. */
bool live_text_press(struct live_text *live, const struct terminal_key *key);

/*
 * Adds the whole picture: `rows` lines of at most layout->columns columns, without a newline behind
 * the last.
 */
void live_text_draw(struct live_text *live, const struct machine_sample *last,
		    const struct machine_sample *now, const struct series_list *series,
		    double seconds, const struct text_layout *layout, uint32_t rows,
		    struct strbuf *text);

#endif
