/* Disks. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

#define BUSY 0.9     /* of the time with at least one request */
#define SLOW_NS 10e6 /* a request: waited for others before it */
#define STALLED 0.2  /* of the time some thread waited for I/O */
#define UNKNOWN_SHARE 0.5

static double get_await_ns(const struct warning_input *input, const char *device)
{
	return fmax(warning_input_get_mean(input, "disk.read_await", device),
		    warning_input_get_mean(input, "disk.write_await", device));
}

/* Of the services' cgroup where that is known, else of the machine. */
static double get_stall(const struct warning_input *input)
{
	const struct series_view_row *row =
		warning_input_find_highest(input, "cgroup.io_some_ratio");

	return row != NULL ? row->mean
			   : warning_input_get_mean(input, "pressure.io_some_ratio", "host");
}

bool warning_disk_find_saturated(const struct warning_input *input, struct warning *ret_warning)
{
	const struct series_view_row *row = warning_input_find_highest(input, "disk.busy_ratio");
	double bytes = warning_input_get_mean(input, "process.read_bytes", "") +
		       warning_input_get_mean(input, "process.write_bytes", "");
	double await_ns, stall = get_stall(input);
	bool is_others;
	char await[FMT_BYTES], percent[FMT_BYTES], rate[FMT_BYTES];

	if (row == NULL || !(row->mean >= BUSY))
		return false;
	await_ns = get_await_ns(input, row->scope);
	/* A device that does many requests at once can be busy all the time and have room. */
	if (!(await_ns >= SLOW_NS) && !(stall >= STALLED))
		return false;
	ret_warning->strength = isnan(stall) ? UNKNOWN_SHARE : fmax(stall, 0.1);
	is_others = !input->is_load_alone && bytes <= 0;
	if (is_others)
		ret_warning->strength *= 0.3;
	ret_warning->text = arena_printf(
		input->arena, "the disk %s had work for %s of the time, and its requests wait%s",
		warning_input_clean(input, row->scope), fmt_percent(percent, row->mean),
		is_others ? " (the services read and wrote nothing there: another program's)" : "");
	ret_warning->evidence = arena_printf(
		input->arena, "%s a request%s%s",
		isnan(await_ns) ? "unknown time" : fmt_duration(await, await_ns),
		isnan(stall) ? ""
			     : arena_printf(input->arena,
					    "; something stalled on I/O %.0f %% of the time",
					    stall * 100),
		isnan(bytes) || input->is_load_alone
			? ""
			: arena_printf(input->arena, "; the services read and wrote %s/s",
				       fmt_bytes(rate, bytes)));
	ret_warning->next = "sonde stat --like iostat 1";
	return true;
}
