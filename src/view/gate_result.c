#include "view/gate_result.h"

#include <string.h>

const char *gate_result_get_word(const struct gate_result *gate, enum verdict *ret_mark)
{
	*ret_mark = gate->has_regressed ? VERDICT_REGRESSED : gate->verdict;
	if (*ret_mark == VERDICT_REGRESSED)
		return "REGRESSED";
	if (gate->exit_status == 1) {
		*ret_mark = VERDICT_REGRESSED;
		return "FAILED";
	}
	if (*ret_mark == VERDICT_NONE)
		return "NO VERDICT";
	if (gate->exit_status != 0 && *ret_mark != VERDICT_INCONCLUSIVE) {
		*ret_mark = VERDICT_INCONCLUSIVE;
		return "NO ANSWER";
	}
	return verdict_name(*ret_mark);
}

const struct gate_row *gate_result_find(const struct gate_side *side, const char *metric)
{
	for (uint32_t i = 0; i < side->row_count; i++)
		if (strcmp(side->rows[i].metric->info->name, metric) == 0)
			return &side->rows[i];
	return NULL;
}

const struct gate_row *gate_result_find_primary(const struct gate_side *side)
{
	return gate_result_find(side, side->diff->primary);
}

const char *gate_result_name_row(const struct gate_result *gate, const struct gate_side *side,
				 const struct gate_row *row, struct arena *arena)
{
	if (gate->side_count < 2 || side->name[0] == '\0')
		return row->metric->info->name;
	return arena_printf(arena, "%s.%s", side->name, row->metric->info->name);
}
