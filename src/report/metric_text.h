/*
 * A metric's values, changes and intervals in its unit: what tables and the conclusion say alike.
 */
#ifndef REPORT_METRIC_TEXT_H
#define REPORT_METRIC_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_diff.h"

/* "12,345" "1.23 ms" "99.8 %" "1.42 CPU" "12.3 MB/s"; "-" for what is not finite. */
void metric_text_add_value(struct strbuf *buffer, const struct metric_info *info, double value);

/* "-30.6 % (-34.1 … -27.9 %)", "+1.20 (+0.80 … +1.60 points)"; nothing without an estimate. */
void metric_text_add_change(struct strbuf *buffer, const struct run_diff_metric *metric);

enum { METRIC_TEXT_TITLE_BYTES = 40 };

/* "change (95 % interval)": the title of a column of changes. */
const char *metric_text_format_title(char text[static METRIC_TEXT_TITLE_BYTES],
				     const struct run_diff *diff);

/*
 * The size of a change without its sign: of a ratio "30.6 %", else in the unit. `change` as in
 * run_diff_metric.
 */
void metric_text_add_size(struct strbuf *buffer, const struct metric_info *info, double change);

/* "27.9 to 34.1 %" */
void metric_text_add_sizes(struct strbuf *buffer, const struct metric_info *info, double near,
			   double far);

/* Whether it is a rise; a ratio is compared with 1, a difference with 0. */
bool metric_text_is_rise(const struct metric_info *info, double change);

/*
 * Whether the short table has it: what a run is judged by in total, and what each role costs. With
 * is_all everything, per role and request name too.
 */
bool metric_text_is_shown(const struct metric_info *info, const char *scope, bool is_all);

/*
 * "CPU per request", and below it "  gateway"; a scope without its total says what it is of.
 * `previous` is the row above, NULL = none.
 */
void metric_text_add_label(struct strbuf *buffer, const struct metric_info *info, const char *scope,
			   const struct metric_info *previous);

enum text_style metric_text_get_style(enum verdict verdict);

#endif
