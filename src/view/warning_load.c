/* What the answers themselves say. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/fmt.h"
#include "view/warning_rules.h"

/*
 * The slowest hundredth takes at least p99 / mean hundredths of all response times: ten times the
 * mean is a tenth. Exponential times have 4.6, and what a busy machine's scheduler does to short
 * ones stays below the milliseconds.
 */
#define TAIL_MEANS 10
#define TAIL_NS 10e6

#define MAXIMUM_NS 500e6
#define MAXIMUM_MEDIANS 3 /* where the median itself is slow, the maximum is no exception */

/* ---- tail_latency ---- */

struct tail {
	const char *name; /* of the request; "" = the only one */
	double p99_ns, mean_ns;
};

static bool is_tail(const struct tail *tail)
{
	return tail->p99_ns >= TAIL_NS && tail->p99_ns > TAIL_MEANS * tail->mean_ns;
}

/* A mix of light and heavy requests has a tail without any fault: each name by itself. */
static struct tail find_tail(const struct warning_input *input)
{
	const struct arm_metrics *metrics = &input->side->metrics;
	struct tail total = {"", warning_input_get_metric(input, "latency_p99", ""),
			     warning_input_get_metric(input, "latency_mean", "")};
	struct tail worst = {.name = NULL};

	for (uint32_t i = 0; i < metrics->metric_count; i++) {
		const struct arm_metric *metric = &metrics->metrics[i];
		struct tail tail = {.name = metric->scope};

		if (strncmp(metric->scope, "request:", 8) != 0)
			continue;
		if (worst.name == NULL)
			worst.name = ""; /* there are names: the total is a mix */
		tail.name += 8;
		tail.p99_ns = warning_input_get_metric(input, "latency_p99", metric->scope);
		tail.mean_ns = warning_input_get_metric(input, "latency_mean", metric->scope);
		if (is_tail(&tail) &&
		    (!is_tail(&worst) || tail.p99_ns / tail.mean_ns > worst.p99_ns / worst.mean_ns))
			worst = tail;
	}
	return worst.name != NULL ? worst : total;
}

bool warning_load_find_tail(const struct warning_input *input, struct warning *ret_warning)
{
	struct tail tail = find_tail(input);
	double share = tail.p99_ns / tail.mean_ns / 100;
	double p50_ns = tail.name[0] == '\0' ? warning_input_get_metric(input, "latency_p50", "")
					     : (double)NAN;
	char p99[FMT_BYTES], mean[FMT_BYTES], p50[FMT_BYTES];

	if (!is_tail(&tail))
		return false;
	ret_warning->strength = share;
	ret_warning->text = arena_printf(
		input->arena,
		"the slowest 1 %% of %s take %.0f times the mean: at least %.0f %% of all their "
		"response time",
		tail.name[0] != '\0' ? arena_printf(input->arena, "the requests %s",
						    warning_input_clean(input, tail.name))
				     : "the requests",
		tail.p99_ns / tail.mean_ns, share * 100);
	ret_warning->evidence =
		arena_printf(input->arena, "p99 %s, mean %s%s%s", fmt_duration(p99, tail.p99_ns),
			     fmt_duration(mean, tail.mean_ns), isnan(p50_ns) ? "" : ", p50 ",
			     isnan(p50_ns) ? "" : fmt_duration(p50, p50_ns));
	ret_warning->next = "sonde show";
	return true;
}

/* ---- slow_maximum ---- */

/* The second in which the slowest answer was due; NULL = not known. */
static const struct load_view_second *find_slowest_second(const struct load_view *load)
{
	const struct load_view_second *slowest = NULL;

	for (uint32_t i = 0; i < load->second_count; i++)
		if (load->seconds[i].max_ns > 0 &&
		    (slowest == NULL || load->seconds[i].max_ns > slowest->max_ns))
			slowest = &load->seconds[i];
	return slowest;
}

static const char *find_slowest_name(const struct warning_input *input, uint64_t max_ns)
{
	const struct load_view *load = &input->side->load;

	for (uint32_t i = 0; i < load->name_count && load->name_count > 1; i++)
		if (load->names[i].response != NULL && load->names[i].response->max_ns == max_ns)
			return arena_printf(input->arena, " (%s)",
					    warning_input_clean(input, load->names[i].name));
	return "";
}

bool warning_load_find_maximum(const struct warning_input *input, struct warning *ret_warning)
{
	const struct load_view *load = &input->side->load;
	const struct histogram *response = input->side->has_load ? load->total.response : NULL;
	const struct load_view_second *second;
	double share, median_ns, max_ns;
	char max[FMT_BYTES], count[FMT_BYTES], median[FMT_BYTES];

	if (response == NULL || response->count == 0)
		return false;
	max_ns = (double)response->max_ns;
	median_ns = (double)quantile_of_histogram(response, 0.5);
	if (!(max_ns > MAXIMUM_NS && max_ns > MAXIMUM_MEDIANS * median_ns))
		return false;
	share = quantile_share_above(response, (uint64_t)MAXIMUM_NS);
	second = find_slowest_second(load);
	/* What the slow ones take of all response time, at the least. */
	ret_warning->strength = 0.05 + share * MAXIMUM_NS / input->response_ns;
	ret_warning->text =
		arena_printf(input->arena, "the slowest answer%s took %s",
			     find_slowest_name(input, response->max_ns), fmt_duration(max, max_ns));
	ret_warning->evidence = arena_printf(
		input->arena, "%s of %" PRIu64 " answers over 500 ms, p50 %s%s",
		fmt_count(count, round(share * (double)response->count)), response->count,
		fmt_duration(median, median_ns),
		second == NULL
			? ""
			: arena_printf(input->arena,
				       "; the slowest was due in second %" PRIu32 " of the window",
				       second->second));
	ret_warning->next = "sonde show";
	if (input->side->has_profile && second != NULL)
		ret_warning->next =
			arena_printf(input->arena, "sonde report --time %" PRIu32 "s-%.0fs",
				     second->second, second->second + ceil(max_ns / 1e9));
	return true;
}

/* ---- failures ---- */

/* "12 status, 3 timeout" */
static const char *list_classes(const struct warning_input *input, const struct load_counts *counts)
{
	const char *list = "";

	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		char count[FMT_BYTES];

		if (counts->errors[i] == 0 || i == LOAD_ERROR_UNANSWERED)
			continue;
		list = arena_printf(input->arena, "%s%s%s %s", list, list[0] != '\0' ? ", " : "",
				    fmt_count(count, (double)counts->errors[i]),
				    load_error_name((enum load_error)i));
	}
	return list;
}

bool warning_load_find_failures(const struct warning_input *input, struct warning *ret_warning)
{
	const struct load_view *load = &input->side->load;
	const struct load_counts *counts = &load->total.counts;
	const struct load_failure *example = load->failure_count > 0 ? load->failures : NULL;
	uint64_t failures;
	double share;
	char count[FMT_BYTES], offered[FMT_BYTES], percent[FMT_BYTES];

	if (!input->side->has_load || counts->offered == 0)
		return false;
	/* Of a run that was cut short nobody waited for the last answers. */
	failures = load_counts_failures(counts) - counts->errors[LOAD_ERROR_UNANSWERED];
	if (failures == 0)
		return false;
	share = (double)failures / (double)counts->offered;
	ret_warning->strength = 0.1 + sqrt(share);
	ret_warning->text = arena_printf(
		input->arena, "%s of %s requests failed (%s)", fmt_count(count, (double)failures),
		fmt_count(offered, (double)counts->offered), fmt_percent(percent, share));
	ret_warning->evidence =
		arena_printf(input->arena, "%s%s%s", list_classes(input, counts),
			     example != NULL && example->text[0] != '\0' ? "; most often: " : "",
			     example != NULL ? warning_input_clean(input, example->text) : "");
	ret_warning->next = "sonde show";
	return true;
}
