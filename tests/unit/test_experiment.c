#include "model/experiment.h"

#include "tap.h"

int main(void)
{
	char ids[64][EXPERIMENT_ID_BYTES];
	int malformed = 0, same = 0;

	for (int i = 0; i < 64; i++) {
		experiment_id_make(ids[i]);
		malformed +=
			strlen(ids[i]) != EXPERIMENT_ID_CHARS || !experiment_id_is_prefix(ids[i]);
		for (int j = 0; j < i; j++)
			same += strcmp(ids[i], ids[j]) == 0;
	}
	is_int(malformed, 0, "ids are 8 characters of Crockford's base32");
	is_int(same, 0, "no two are the same");
	ok(experiment_id_is_prefix("k") && experiment_id_is_prefix("k7f3m9qa"),
	   "one to eight characters begin an id");
	ok(!experiment_id_is_prefix("") && !experiment_id_is_prefix("k7f3m9qab"),
	   "none and nine do not");
	ok(!experiment_id_is_prefix("ilou") && !experiment_id_is_prefix("K7") &&
		   !experiment_id_is_prefix("@last"),
	   "nor do other characters");
	is_str(run_state_name(RUN_INTERRUPTED), "interrupted", "a state's name");
	is_str(phase_name(PHASE_WARMUP), "warm-up", "a phase's name");
	is_str(phase_name(PHASE_COUNT), "unknown", "and no phase's");
	return tap_done();
}
