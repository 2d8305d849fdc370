#include "view/arm_change.h"

#include <math.h>

#include "view/arm_metrics.h"
#include "view/run_diff.h"

int arm_change_read(struct rank_estimate *ret_estimate, struct arena *arena,
		    const struct selection *selection, const struct arm_change_question *question,
		    struct err *err)
{
	struct arm_metrics base, head;
	const struct arm_metric *before, *after;
	double *differences;
	uint32_t count = 0;
	int r = arm_metrics_read(&base, arena, selection, question->base, ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&head, arena, selection, question->head, ARM_RUNS_COMPARABLE,
				     err);
	if (r < 0)
		return r;
	before = arm_metrics_find(&base, question->metric, question->scope);
	after = arm_metrics_find(&head, question->metric, question->scope);
	differences = arena_alloc(arena, base.run_count + 1, sizeof(*differences));
	for (uint32_t i = 0; before != NULL && after != NULL && i < base.run_count; i++) {
		double from = before->values[i];
		double to =
			arm_metrics_get_of_pair(&head, after->values, base.runs[i]->record.pair);

		if (!isfinite(from) || !isfinite(to) ||
		    (question->is_ratio && (from <= 0 || to <= 0)))
			continue;
		differences[count++] = question->is_ratio ? log(to) - log(from) : to - from;
	}
	rank_estimate_paired(differences, count, RUN_DIFF_LEVEL, ret_estimate);
	return 0;
}
