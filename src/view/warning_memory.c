/* Memory that grows, and memory that is not there. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/memory_growth.h"
#include "view/warning_rules.h"

/* Pages read back, and waits for pages: a few are those of a program that starts. */
#define SOME_PAGES 10

bool warning_memory_find_growth(const struct warning_input *input, struct warning *ret_warning)
{
	const struct series_view_row *limit =
		warning_input_find_highest(input, "cgroup.memory_limit");
	struct memory_growth growth;
	double left_s = (double)NAN;
	char rate[FMT_BYTES], bytes[4][FMT_BYTES], text[FMT_BYTES];

	if (input->is_load_alone)
		return false;
	memory_growth_find_last(&growth, input->arena, input->side, input->machine);
	if (growth.verdict != MEMORY_GROWING)
		return false;
	if (limit != NULL)
		left_s = (limit->mean -
			  fmax(growth.level_bytes,
			       warning_input_get_max(input, "cgroup.memory", limit->scope))) /
			 growth.slope_bytes_per_s;
	/* It makes no request slow yet; more urgent the sooner it has doubled. */
	ret_warning->strength = fmin(0.2 + growth.slope_bytes_per_s * 60 / growth.level_bytes, 0.6);
	ret_warning->text =
		arena_printf(input->arena, "the services' memory grows by %s/s in steady state%s%s",
			     fmt_bytes(rate, growth.slope_bytes_per_s),
			     left_s > 0 ? ": its limit is reached in " : "",
			     left_s > 0 ? fmt_duration(text, left_s * 1e9) : "");
	ret_warning->evidence = arena_printf(
		input->arena, "RSS %s at the end, +%s/s (%s to %s, 95 %%) over %u points",
		fmt_bytes(bytes[0], growth.level_bytes),
		fmt_bytes(bytes[1], growth.slope_bytes_per_s), fmt_bytes(bytes[2], growth.lo),
		fmt_bytes(bytes[3], growth.hi), growth.point_count);
	ret_warning->next = "sonde record -e page-faults -p TARGET -d 30s";
	return true;
}

bool warning_memory_find_swapping(const struct warning_input *input, struct warning *ret_warning)
{
	double pages = warning_input_get_events(input, "memory.swap_in", "host");
	double faults = warning_input_get_events(input, "process.faults_major", "");
	double stalled = warning_input_get_mean(input, "pressure.memory_some_ratio", "host");
	char count[2][FMT_BYTES];

	if (input->is_load_alone || !(pages >= SOME_PAGES) || !(faults >= SOME_PAGES))
		return false;
	ret_warning->strength = fmax(0.2, stalled);
	ret_warning->text = arena_printf(input->arena,
					 "memory is short: the services waited %s times for pages "
					 "that had been swapped out or dropped",
					 fmt_count(count[0], round(faults)));
	ret_warning->evidence = arena_printf(
		input->arena, "%s major faults, %s pages swapped in%s", count[0],
		fmt_count(count[1], round(pages)),
		isnan(stalled) ? ""
			       : arena_printf(input->arena,
					      "; something stalled on memory %.1f %% of the time",
					      stalled * 100));
	ret_warning->next = "sonde show --all";
	return true;
}
