#include "view/core_speed.h"

#include <math.h>

#include "stats/quantile.h"
#include "util/fmt.h"
#include "view/arm_metrics.h"

/* Those of the arm's runs that have it, behind what is there; how many there are then. */
static uint32_t add_values(double *values, uint32_t count, const struct arm_metrics *metrics)
{
	const struct arm_metric *loop = arm_metrics_find(metrics, "core_loop", "");

	for (uint32_t i = 0; loop != NULL && i < metrics->run_count; i++)
		if (isfinite(loop->values[i]) && loop->values[i] > 0)
			values[count++] = loop->values[i];
	return count;
}

static const char *describe(struct arena *arena, const double *values, uint32_t count)
{
	double least = count > 0 ? quantile_of_values(values, count, 0) : 0;
	double most = count > 0 ? quantile_of_values(values, count, 1) : 0;
	char fastest[FMT_BYTES], median[FMT_BYTES], slowest[FMT_BYTES];

	if (!(most > CORE_SPEED_SPREAD * least))
		return "";
	return arena_printf(arena,
			    "the services' CPUs were not equally fast: a fixed loop took %s in one "
			    "run, %s in the median and %s in another; the machine shares its cores "
			    "with something that it does not see, or its clock changes",
			    fmt_duration(fastest, least),
			    fmt_duration(median, quantile_of_values(values, count, 0.5)),
			    fmt_duration(slowest, most));
}

int core_speed_describe(const char **ret_sentence, struct arena *arena,
			const struct selection *selection, struct err *err)
{
	double *values = arena_alloc(arena, selection->run_count + 1ull, sizeof(*values));
	uint32_t count = 0;
	int r = 0;

	for (uint32_t i = 0; i < selection->arm_count && r == 0; i++) {
		struct arm_metrics metrics;

		r = arm_metrics_read(&metrics, arena, selection, i, ARM_RUNS_COMPARABLE, err);
		if (r == 0)
			count = add_values(values, count, &metrics);
	}
	if (r == 0)
		*ret_sentence = describe(arena, values, count);
	return r;
}
