#include "model/metric.h"

#include <stddef.h>

#include "model/verdict.h"
#include "tap.h"

int main(void)
{
	const struct metric_info *cpu = metric_find("cpu_per_request"),
				 *success = metric_find("success_ratio");
	uint32_t count = 0;
	const struct metric_info *all = metric_list(&count);
	int unfound = 0, doubled = 0, unnamed = 0, too_long = 0;

	ok(cpu != NULL && cpu->better == -1 && cpu->scale == METRIC_LOG_RATIO &&
		   cpu->unit == METRIC_NS,
	   "CPU per request: ns, less is better, compared as a ratio");
	ok(success != NULL && success->better == 1 && success->scale == METRIC_DIFFERENCE,
	   "success: more is better, compared by difference");
	ok(metric_find("cpu_per_reques") == NULL && metric_find("") == NULL, "no such metric");
	for (uint32_t i = 0; i < count; i++) {
		unfound += metric_find(all[i].name) != &all[i];
		unnamed += all[i].label[0] == '\0' || all[i].better < -1 || all[i].better > 1;
		too_long += strlen(all[i].name) >= sizeof(((struct metric_value *)NULL)->name);
		for (uint32_t j = 0; j < i; j++)
			doubled += strcmp(all[i].label, all[j].label) == 0;
	}
	ok(count > 20, "there are many");
	is_int(unfound, 0, "each is found by its name");
	is_int(doubled, 0, "no two have the same label");
	is_int(unnamed, 0, "each has a label and a direction");
	is_int(too_long, 0, "each name fits a run's record");
	is_str(metric_unit_name(METRIC_BYTES_PER_SECOND), "bytes_per_s", "a unit's name");
	is_str(verdict_name(VERDICT_REGRESSED), "REGRESSED", "a verdict's name");
	is_str(verdict_name(VERDICT_NONE), "-", "no verdict's name");
	is_str(validity_name(VALIDITY_SUSPECT), "SUSPECT", "a validity's name");
	return tap_done();
}
