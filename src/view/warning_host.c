/* CPU time that somebody else's rule took away: the hypervisor, a cgroup's limit, heat. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

#define SOME_STEAL 0.01
#define SOME_THROTTLING 0.01

bool warning_host_find_steal(const struct warning_input *input, struct warning *ret_warning)
{
	double steal = warning_input_get_mean(input, "cpu.steal_ratio", "host");
	double max = warning_input_get_max(input, "cpu.steal_ratio", "host");
	char percent[2][FMT_BYTES];

	if (isnan(steal))
		steal = max = warning_input_get_metric(input, "steal_ratio", "");
	if (!(steal > SOME_STEAL))
		return false;
	/* Of the CPU time that was wanted. */
	ret_warning->strength = steal / (steal + (input->busy > 0 ? input->busy : 1));
	ret_warning->text = arena_printf(
		input->arena, "the hypervisor gave %s of this machine's CPU time to others",
		fmt_percent(percent[0], steal));
	ret_warning->evidence =
		arena_printf(input->arena, "steal %s in mean, %s at most",
			     fmt_percent(percent[0], steal), fmt_percent(percent[1], max));
	ret_warning->next = warning_input_is_run(input) ? "sonde run --more 4" : "sonde doctor";
	return true;
}

bool warning_host_find_throttling(const struct warning_input *input, struct warning *ret_warning)
{
	const struct series_view_row *row =
		warning_input_find_highest(input, "cgroup.throttled_ratio");
	double limit, periods;
	char share[FMT_BYTES], text[FMT_BYTES];

	if (row == NULL || !(row->mean > SOME_THROTTLING))
		return false;
	limit = warning_input_get_mean(input, "cgroup.cpu_limit", row->scope);
	periods = warning_input_get_mean(input, "cgroup.throttled_periods_ratio", row->scope);
	ret_warning->strength = row->mean;
	ret_warning->text = arena_printf(
		input->arena, "the CPU limit of its cgroup stopped %s for %s of the time",
		warning_input_name_role(input, row->scope), fmt_percent(share, fmin(row->mean, 1)));
	ret_warning->evidence = arena_printf(
		input->arena, "throttled %s in mean, %.0f %% at most%s%s", share,
		fmin(row->max, 1) * 100,
		isnan(limit) ? "" : arena_printf(input->arena, "; limit %.2f CPUs", limit),
		isnan(periods) ? ""
			       : arena_printf(input->arena, "; in %s of its periods",
					      fmt_percent(text, periods)));
	ret_warning->next = "sonde show --all";
	return true;
}

/* Of the CPU that was throttled most: the share of its own highest frequency that it lost. */
static double get_loss(const struct series_view_row *frequency)
{
	return frequency != NULL && frequency->max > 0 ? 1 - frequency->mean / frequency->max : 0;
}

bool warning_host_find_thermal(const struct warning_input *input, struct warning *ret_warning)
{
	const struct series_view_row *row = warning_input_find_highest(input, "cpu.throttles");
	const struct series_view_row *frequency;
	double events;
	char count[FMT_BYTES];

	if (row == NULL || !(row->max > 0))
		return false;
	events = fmax(row->mean * input->window_s, 1);
	frequency = machine_view_find(input->machine, "cpu.frequency_hz", row->scope);
	ret_warning->strength = 0.1 + get_loss(frequency);
	ret_warning->text = arena_printf(input->arena,
					 "the CPU was slowed down because it became too hot "
					 "(%s): speeds of this run are of a hot machine",
					 warning_input_clean(input, row->scope));
	ret_warning->evidence = arena_printf(
		input->arena, "throttled %s times%s",
		fmt_count(count, round(isnan(events) ? 1 : events)),
		frequency == NULL ? ""
				  : arena_printf(input->arena,
						 "; %.2f GHz in mean, %.2f at least, %.2f at most",
						 frequency->mean / 1e9, frequency->min / 1e9,
						 frequency->max / 1e9));
	ret_warning->next = warning_input_is_run(input) ? "sonde run --more 4" : "sonde doctor";
	return true;
}
