#include "lab/threshold.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "stats/quantile.h"
#include "stats/survival.h"
#include "util/parse.h"

static const char *const metric_names[] = {"failures", "success", "rate", "mean", "max",   "p50",
					   "p75",      "p90",	  "p95",  "p99",  "p99.9", NULL};

/*
 * By enum threshold_operator; where one begins with another the longer one is found first, see
 * threshold_find_operator().
 */
static const char *const operators[] = {"<", "<=", ">", ">=", "==", "!="};

const char *threshold_metric_name(enum threshold_metric metric)
{
	return metric_names[metric];
}

double threshold_get_quantile(enum threshold_metric metric)
{
	static const double quantiles[THRESHOLD_METRIC_COUNT] = {
		[THRESHOLD_P50] = 0.5,	[THRESHOLD_P75] = 0.75, [THRESHOLD_P90] = 0.9,
		[THRESHOLD_P95] = 0.95, [THRESHOLD_P99] = 0.99, [THRESHOLD_P999] = 0.999,
	};

	return quantiles[metric];
}

const char *threshold_find_operator(const char *text, enum threshold_operator *ret_operator,
				    const char **ret_value)
{
	const char *last = NULL;

	for (const char *at = strpbrk(text, "<>=!"); at != NULL; at = strpbrk(at + 1, "<>=!"))
		last = at;
	if (last == NULL)
		return NULL;
	if (*last == '=' && last > text && strchr("<>=!", last[-1]) != NULL)
		last--;
	for (size_t length = 2; length > 0; length--) {
		for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
			if (strlen(operators[i]) == length &&
			    strncmp(last, operators[i], length) == 0) {
				*ret_operator = (enum threshold_operator)i;
				*ret_value = last + length;
				return last;
			}
		}
	}
	return NULL;
}

bool threshold_copy_trimmed(char *out, size_t out_bytes, const char *begin, const char *end)
{
	while (begin < end && *begin == ' ')
		begin++;
	while (end > begin && end[-1] == ' ')
		end--;
	if ((size_t)(end - begin) >= out_bytes)
		return false;
	memcpy(out, begin, (size_t)(end - begin));
	out[end - begin] = '\0';
	return true;
}

/* The longest one, since "p99.9" has a dot of its own. */
size_t threshold_find_metric(const char *text, enum threshold_metric *ret_metric)
{
	size_t length = strlen(text), best = 0;

	for (size_t i = 0; metric_names[i] != NULL; i++) {
		size_t own = strlen(metric_names[i]);

		if (own <= best || own > length ||
		    strcmp(text + length - own, metric_names[i]) != 0 ||
		    (own < length && text[length - own - 1] != '.'))
			continue;
		best = own;
		*ret_metric = (enum threshold_metric)i;
	}
	return best;
}

/* Splits "NAME.METRIC". */
static int parse_left(struct threshold *threshold, const char *text, char *left, struct err *err)
{
	size_t length = strlen(left), best = threshold_find_metric(left, &threshold->metric);
	const char *word, *nearest;

	if (best == 0) {
		word = strrchr(left, '.') != NULL ? strrchr(left, '.') + 1 : left;
		nearest = parse_find_nearest(word, metric_names);
		if (nearest != NULL)
			return err_set(err, -EINVAL,
				       "'%s': unknown metric '%s'; did you mean '%s'?", text, word,
				       nearest);
		return err_set(
			err, -EINVAL,
			"'%s': unknown metric '%s'; known are failures, success, rate, mean, "
			"max, p50, p75, p90, p95, p99 and p99.9",
			text, word);
	}
	if (best < length)
		left[length - best - 1] = '\0';
	else
		left[0] = '\0';
	if (best + 1 == length || strlen(left) >= sizeof(threshold->scope))
		return err_set(err, -EINVAL, "'%s': the name of a request has 1 to %zu bytes", text,
			       sizeof(threshold->scope) - 1);
	memcpy(threshold->scope, left, strlen(left) + 1);
	return 0;
}

int threshold_parse_share(const char *value, double *ret_ratio)
{
	char digits[32];
	size_t length = strlen(value);
	bool is_percent = length > 0 && value[length - 1] == '%';
	double ratio;

	if (!threshold_copy_trimmed(digits, sizeof(digits), value,
				    value + length - (is_percent ? 1 : 0)) ||
	    parse_double(digits, &ratio) < 0)
		return -EINVAL;
	ratio /= is_percent ? 100 : 1;
	if (ratio < 0 || ratio > 1)
		return -EINVAL;
	*ret_ratio = ratio;
	return 0;
}

static int parse_right(struct threshold *threshold, const char *text, const char *value,
		       struct err *err)
{
	const char *name = threshold_metric_name(threshold->metric);
	uint64_t whole;

	switch (threshold->metric) {
	case THRESHOLD_FAILURES:
		if (parse_u64(value, &whole) < 0)
			return err_set(err, -EINVAL,
				       "'%s': 'failures' is compared with a whole number, not "
				       "'%s'; for a share write "
				       "success >= 99.9%%",
				       text, value);
		threshold->value = (double)whole;
		return 0;
	case THRESHOLD_SUCCESS:
		if (threshold_parse_share(value, &threshold->value) < 0)
			return err_set(err, -EINVAL,
				       "'%s': 'success' is compared with a share like 99.9%% or "
				       "0.999, not '%s'",
				       text, value);
		return 0;
	case THRESHOLD_RATE:
		if (parse_rate_hz(value, &threshold->value) < 0)
			return err_set(err, -EINVAL,
				       "'%s': 'rate' is compared with a rate like 5000/s, not '%s'",
				       text, value);
		return 0;
	case THRESHOLD_MEAN:
	case THRESHOLD_MAX:
	case THRESHOLD_P50:
	case THRESHOLD_P75:
	case THRESHOLD_P90:
	case THRESHOLD_P95:
	case THRESHOLD_P99:
	case THRESHOLD_P999:
		if (parse_double(value, &threshold->value) == 0)
			return err_set(err, -EINVAL, "'%s': '%s' needs a unit: %sms or %ss", text,
				       value, value, value);
		if (parse_duration_ns(value, &whole) < 0)
			return err_set(
				err, -EINVAL,
				"'%s': '%s' is compared with a duration like 50ms or 2s, not '%s'",
				text, name, value);
		threshold->value = (double)whole;
		return 0;
	case THRESHOLD_METRIC_COUNT:
		break;
	}
	return -EINVAL;
}

int threshold_parse(struct threshold *ret_threshold, const char *text, struct err *err)
{
	struct threshold threshold = {0};
	const char *end, *value;
	char left[256], right[64];
	int r;

	end = threshold_find_operator(text, &threshold.operator, & value);
	if (end == NULL || !threshold_copy_trimmed(left, sizeof(left), text, end) ||
	    left[0] == '\0' ||
	    !threshold_copy_trimmed(right, sizeof(right), value, value + strlen(value)) ||
	    right[0] == '\0')
		return err_set(err, -EINVAL,
			       "'%.200s' is not METRIC OP VALUE, like 'p99 < 50ms' or 'failures == "
			       "0' (OP: < <= > >= == !=)",
			       text);
	r = parse_left(&threshold, text, left, err);
	if (r == 0)
		r = parse_right(&threshold, text, right, err);
	if (r == 0)
		*ret_threshold = threshold;
	return r;
}

bool threshold_is_met(const struct threshold *threshold, double measured)
{
	switch (threshold->operator) {
	case THRESHOLD_LESS:
		return measured < threshold->value;
	case THRESHOLD_AT_MOST:
		return measured <= threshold->value;
	case THRESHOLD_MORE:
		return measured > threshold->value;
	case THRESHOLD_AT_LEAST:
		return measured >= threshold->value;
	case THRESHOLD_EQUAL:
		return measured == threshold->value;
	case THRESHOLD_UNEQUAL:
		return measured != threshold->value;
	}
	return false;
}

static double measure_quantile(double q, const struct histogram *response,
			       const struct histogram *censored, bool *is_lower_bound)
{
	uint64_t count = response->count + (censored != NULL ? censored->count : 0), value_ns;

	if (!quantile_is_earned(count, q))
		return (double)NAN;
	*is_lower_bound = !survival_find_quantile(response, censored, q, &value_ns);
	return (double)value_ns;
}

/* With requests that were given up on, each counted at its age: both are that, or more. */
static double measure_whole(enum threshold_metric metric, const struct histogram *response,
			    const struct histogram *censored, bool *is_lower_bound)
{
	bool has_censored = censored != NULL && censored->count > 0;
	uint64_t max_ns = response->max_ns, sum_ns = response->sum_ns, count = response->count;

	if (has_censored) {
		max_ns = censored->max_ns > max_ns ? censored->max_ns : max_ns;
		sum_ns += censored->sum_ns;
		count += censored->count;
	}
	*is_lower_bound = has_censored;
	if (count == 0)
		return (double)NAN;
	return metric == THRESHOLD_MAX ? (double)max_ns : (double)sum_ns / (double)count;
}

double threshold_measure(const struct threshold *threshold, const struct load_counts *counts,
			 const struct histogram *response, const struct histogram *censored,
			 double seconds, bool *ret_is_lower_bound)
{
	double q = threshold_get_quantile(threshold->metric), value = (double)NAN;
	bool is_lower_bound = false;

	if (q > 0)
		value = measure_quantile(q, response, censored, &is_lower_bound);
	else if (threshold->metric == THRESHOLD_FAILURES)
		value = (double)load_counts_failures(counts);
	else if (threshold->metric == THRESHOLD_SUCCESS && counts->offered > 0)
		value = 1 - (double)load_counts_failures(counts) / (double)counts->offered;
	else if (threshold->metric == THRESHOLD_RATE && seconds > 0)
		value = (double)counts->completed / seconds;
	else if (threshold->metric == THRESHOLD_MEAN || threshold->metric == THRESHOLD_MAX)
		value = measure_whole(threshold->metric, response, censored, &is_lower_bound);
	if (ret_is_lower_bound != NULL)
		*ret_is_lower_bound = is_lower_bound;
	return value;
}
