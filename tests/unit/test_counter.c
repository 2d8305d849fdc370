#include "sample_counters.h"
#include "tap.h"

int main(void)
{
	struct counters counters = {0};

	sample_counters_add(&counters, "cycles:u", 1);
	sample_counters_add(&counters, "cycles", 2);
	sample_counters_add(&counters, "instructions:k", 3);
	sample_counters_add(&counters, "branches:u", 4);
	sample_counters_add(&counters, "L1-dcache-loads", 5);
	sample_counters_add_other(&counters, "cache-misses", COUNTER_NOT_SUPPORTED);
	is_near(counters_find(&counters, "cycles")->value, 2, 0, "the name itself comes first");
	is_near(counters_find(&counters, "cycles:u")->value, 1, 0, "with what is asked for");
	is_near(counters_find(&counters, "branches")->value, 4, 0, "else the user's part");
	is_near(counters_find(&counters, "l1-dcache-LOADS")->value, 5, 0, "caches in any case");
	ok(counters_find(&counters, "instructions") == NULL, "the kernel's part is not all");
	ok(counters_find(&counters, "branch") == NULL, "a beginning is not the name");
	ok(counters_find(&counters, "cache-misses") == NULL, "what was not counted is not there");
	is_str(counter_state_name(COUNTER_COUNTED), "counted", "names of states");
	is_str(counter_state_name(COUNTER_NOT_COUNTED), "not counted", "names of states");
	is_str(counter_state_name(COUNTER_NOT_SUPPORTED), "not supported", "names of states");
	is_str(counter_state_name(COUNTER_NOT_PERMITTED), "not permitted", "names of states");
	vec_release(&counters);
	return tap_done();
}
