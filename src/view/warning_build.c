/* What the programs are made of, and what looking at them did to them. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

#define DEBUG_SHARE 0.05     /* of the CPU time in such a module */
#define SANITIZER_SHARE 0.01 /* its own code is the smaller part of what it costs */
#define STOPPED 0.05
/* What of such a module's time may be the build's: -O0 is about twice to four times as slow. */
#define UNOPTIMIZED_COST 0.6
#define SANITIZER_COST 0.8

/* ---- debug_build ---- */

static double get_share(const struct profile_summary *summary, const struct hot_module *module)
{
	return summary->samples_with_hidden > 0 ? module->self / summary->samples_with_hidden : 0;
}

static double get_cost(const struct profile_summary *summary, const struct hot_module *module)
{
	double share = get_share(summary, module);

	if ((module->flags & MODULE_SANITIZED) != 0 && share >= SANITIZER_SHARE)
		return share * SANITIZER_COST;
	if ((module->flags & MODULE_UNOPTIMIZED) != 0 && share >= DEBUG_SHARE)
		return share * UNOPTIMIZED_COST;
	return 0;
}

bool warning_build_find_debug(const struct warning_input *input, struct warning *ret_warning)
{
	const struct profile_summary *summary = &input->side->profile.summary;
	const struct hot_module *worst = NULL;
	double all = 0;
	bool is_sanitized;
	char percent[FMT_BYTES];

	if (!input->side->has_profile)
		return false;
	for (uint32_t i = 0; i < summary->module_count; i++) {
		double cost = get_cost(summary, &summary->modules[i]);

		all += cost;
		if (cost > 0 && (worst == NULL || cost > get_cost(summary, worst)))
			worst = &summary->modules[i];
	}
	if (worst == NULL)
		return false;
	is_sanitized = (worst->flags & MODULE_SANITIZED) != 0;
	ret_warning->strength = all;
	ret_warning->text = arena_printf(
		input->arena,
		is_sanitized ? "%s runs under a sanitizer: its speed is not that of the program "
			       "without it"
			     : "%s was built without optimisation: its speed is not that of a "
			       "build with -O2",
		warning_input_clean(input, worst->name));
	ret_warning->evidence = arena_printf(input->arena, "%s of the CPU time in it",
					     fmt_percent(percent, get_share(summary, worst)));
	ret_warning->next = "sonde report --by module";
	return true;
}

/* ---- profiler_stops ---- */

bool warning_build_find_stops(const struct warning_input *input, struct warning *ret_warning)
{
	const struct profile_summary *summary = &input->side->profile.summary;
	const char *who = "the profiler", *next = "sudo sysctl kernel.perf_event_paranoid=1";
	double share = 0;
	char percent[FMT_BYTES], stopped[FMT_BYTES];

	if (input->side->has_profile && summary->duration_ns > 0)
		share = (double)summary->quality.stop_ns / (double)summary->duration_ns;
	for (uint32_t i = 0; i < input->machine->lens_count; i++) {
		const struct lens *lens = &input->machine->lenses[i];
		double ratio = (double)lens->stop_ns / 1e9 / input->window_s;

		if (!lens->is_on || !(ratio > share))
			continue;
		share = ratio;
		if (strcmp(lens->name, "syscalls") == 0) {
			who = "counting system calls by ptrace";
			next = "sonde doctor";
		}
	}
	if (!(share > STOPPED))
		return false;
	ret_warning->strength = fmin(share, 0.9);
	ret_warning->text = arena_printf(
		input->arena,
		"%s stopped threads of the services for %s of the time: the figures are of a "
		"slower service",
		who, fmt_percent(percent, share));
	ret_warning->evidence = arena_printf(input->arena, "stopped for %s of %s",
					     fmt_duration(stopped, share * input->window_s * 1e9),
					     fmt_duration(percent, input->window_s * 1e9));
	if (isnan(input->window_s))
		ret_warning->evidence = "";
	ret_warning->next = next;
	return true;
}
