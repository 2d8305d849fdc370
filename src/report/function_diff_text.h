/*
 * What changed function by function, as a table: CPU time per request of both sides, the change
 * with its 95 % interval, how sure it is, and the smallest change that this comparison would have
 * seen ("sees"): without it "nothing changed" and "could not be seen" look the same.
 */
#ifndef REPORT_FUNCTION_DIFF_TEXT_H
#define REPORT_FUNCTION_DIFF_TEXT_H

#include <stdint.h>

#include "report/text.h"
#include "util/fmt.h"
#include "util/strbuf.h"
#include "view/function_diff.h"

/*
 * At most `most` rows in the view's order, then what they leave out, and what the comparison cannot
 * say.
 */
void function_diff_text_add(struct strbuf *buffer, const struct function_diff *diff, uint32_t most,
			    const struct text_layout *layout);

/* "41 functions tested, 3 changed (q <= 5 %), 120 with fewer than 50 samples not tested" */
void function_diff_text_add_summary(struct strbuf *buffer, const struct function_diff *diff);

/* "1.20 us" per request, "12.3 %" of a CPU or of all samples, "1,234" of other events. */
char *function_diff_text_format_value(char text[static FMT_BYTES], enum profile_work work,
				      bool is_clock, double value);

/* The smallest change that is seen: "12.3 %", ">999 %". */
char *function_diff_text_format_visible(char text[static FMT_BYTES], double visible);

/* Where there is nothing to hold a change against. */
#define FUNCTION_DIFF_TEXT_NO_TEST                                                                 \
	"One run each, too short or without times to be held against its own seconds: no change "  \
	"is tested."

/* "+50.0 % (+44.1 … +56.2 %)"; without the interval where `lo` is NAN. Ratios of head to base. */
void function_diff_text_add_change(struct strbuf *buffer, double ratio, double lo, double hi);

#endif
