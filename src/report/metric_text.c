#include "report/metric_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/fmt.h"

/* Ratios that count CPUs, and may be above 1. */
static bool is_cpu_count(const struct metric_info *info)
{
	return strcmp(info->name, "cpu_mean") == 0 || strcmp(info->name, "cpu_peak") == 0;
}

static void add_in_unit(struct strbuf *buffer, const struct metric_info *info, double value)
{
	char text[FMT_BYTES];

	switch (info->unit) {
	case METRIC_PER_SECOND:
	case METRIC_COUNT:
		strbuf_add_text(buffer, fmt_count(text, value));
		return;
	case METRIC_NS:
		strbuf_add_text(buffer, fmt_duration(text, value));
		return;
	case METRIC_RATIO:
		if (is_cpu_count(info))
			strbuf_addf(buffer, "%.2f CPU", value);
		else
			strbuf_add_text(buffer, fmt_percent(text, value));
		return;
	case METRIC_BYTES:
		strbuf_add_text(buffer, fmt_bytes(text, value));
		return;
	case METRIC_BYTES_PER_SECOND:
		strbuf_addf(buffer, "%s/s", fmt_bytes(text, value));
		return;
	}
}

void metric_text_add_value(struct strbuf *buffer, const struct metric_info *info, double value)
{
	if (isfinite(value))
		add_in_unit(buffer, info, value);
	else
		strbuf_add_char(buffer, '-');
}

static double get_percent(double ratio)
{
	return (ratio - 1) * 100;
}

/* Nothing falls by "100.0 %" that is still there. */
static int get_decimals(double percent)
{
	return percent < -99.85 ? 2 : 1;
}

void metric_text_add_size(struct strbuf *buffer, const struct metric_info *info, double change)
{
	double percent = get_percent(change);

	if (info->scale == METRIC_LOG_RATIO)
		strbuf_addf(buffer, "%.*f %%", get_decimals(percent), fabs(percent));
	else if (info->unit == METRIC_RATIO && !is_cpu_count(info))
		strbuf_addf(buffer, "%.2f points", fabs(change) * 100);
	else
		add_in_unit(buffer, info, fabs(change));
}

bool metric_text_is_rise(const struct metric_info *info, double change)
{
	return info->scale == METRIC_LOG_RATIO ? change > 1 : change > 0;
}

static void add_signed(struct strbuf *buffer, const struct metric_info *info, double change)
{
	strbuf_add_char(buffer, change < (info->scale == METRIC_LOG_RATIO ? 1 : 0) ? '-' : '+');
	metric_text_add_size(buffer, info, change);
}

/* Without its unit where `last`, which ends the interval, says the same one: tables are narrow. */
static void add_before(struct strbuf *buffer, const char *text, const char *last)
{
	const char *own = strchr(text, ' '), *unit = strchr(last, ' ');

	if (own != NULL && unit != NULL && strcmp(own, unit) == 0)
		strbuf_add(buffer, text, (size_t)(own - text));
	else
		strbuf_add_text(buffer, text);
}

void metric_text_add_sizes(struct strbuf *buffer, const struct metric_info *info, double near,
			   double far)
{
	struct strbuf first, last;

	strbuf_init(&first, STRBUF_MAX_DEFAULT);
	strbuf_init(&last, STRBUF_MAX_DEFAULT);
	metric_text_add_size(&first, info, near);
	metric_text_add_size(&last, info, far);
	add_before(buffer, strbuf_text(&first), strbuf_text(&last));
	strbuf_addf(buffer, " to %s", strbuf_text(&last));
	strbuf_release(&first);
	strbuf_release(&last);
}

static void add_signed_before(struct strbuf *buffer, const struct metric_info *info, double change,
			      const char *last)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	add_signed(&text, info, change);
	add_before(buffer, strbuf_text(&text), last);
	strbuf_release(&text);
}

void metric_text_add_change(struct strbuf *buffer, const struct run_diff_metric *metric)
{
	const struct metric_info *info = metric->info;
	struct strbuf first, last;

	if (!metric->has_estimate)
		return;
	if (!metric->has_interval) {
		add_signed(buffer, info, metric->estimate);
		return;
	}
	strbuf_init(&first, STRBUF_MAX_DEFAULT);
	strbuf_init(&last, STRBUF_MAX_DEFAULT);
	add_signed(&last, info, metric->hi);
	add_signed_before(&first, info, metric->lo, strbuf_text(&last));
	/* "+1.2 (+774 kB/s … +1.6 MB/s)" would leave open of what */
	if (info->scale == METRIC_LOG_RATIO || strchr(strbuf_text(&first), ' ') != NULL)
		add_signed(buffer, info, metric->estimate);
	else
		add_signed_before(buffer, info, metric->estimate, strbuf_text(&last));
	strbuf_addf(buffer, " (%s … %s)", strbuf_text(&first), strbuf_text(&last));
	strbuf_release(&first);
	strbuf_release(&last);
}

bool metric_text_is_shown(const struct metric_info *info, const char *scope, bool is_all)
{
	bool is_role = scope[0] != '\0' && strncmp(scope, "request:", 8) != 0;

	if (is_all)
		return true;
	return info->is_main &&
	       (scope[0] == '\0' || (is_role && strcmp(info->name, "cpu_per_request") == 0));
}

void metric_text_add_label(struct strbuf *buffer, const struct metric_info *info, const char *scope,
			   const struct metric_info *previous)
{
	if (scope[0] == '\0') {
		strbuf_add_text(buffer, info->label);
		return;
	}
	if (info == previous)
		strbuf_add_text(buffer, "  ");
	else
		strbuf_addf(buffer, "%s: ", info->label);
	text_add_clean(buffer, scope);
}

enum text_style metric_text_get_style(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_REGRESSED:
		return TEXT_BAD;
	case VERDICT_IMPROVED:
		return TEXT_GOOD;
	case VERDICT_INCONCLUSIVE:
		return TEXT_WARN;
	case VERDICT_EQUIVALENT:
	case VERDICT_NONE:
		break;
	}
	return TEXT_PLAIN;
}

const char *metric_text_format_title(char text[static METRIC_TEXT_TITLE_BYTES],
				     const struct run_diff *diff)
{
	snprintf(text, METRIC_TEXT_TITLE_BYTES, "change (%.3g %% interval)", 100 * diff->level);
	return text;
}
