/*
 * Whether two sides may be compared, and what else than the change differs between them: machine,
 * kernel, settings, sonde itself, the load. Arms of one experiment ran on one machine, alternating,
 * and differ on purpose: of them only the quality of their runs is looked at.
 *
 * REFUSED: the figures would be of another thing, and no verdict is given: another machine, a load
 * that is closed here and open there, another amount of it, other requests, or another mix of them.
 * FLAGGED: it may explain a difference, and is said. What neither side says (an imported file knows
 * no kernel) does not differ; what one side does not say is flagged as unknown.
 */
#ifndef VIEW_COMPARABILITY_H
#define VIEW_COMPARABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

/* Shares of a request in the mix that lie further apart than this are another mix. */
#define COMPARABILITY_MIX_RATIO 0.05

enum comparability_severity { COMPARABILITY_FLAGGED, COMPARABILITY_REFUSED };

struct comparability_difference {
	const char *what;	 /* "machine" "load" "requests" "kernel" "governor" "sonde" … */
	const char *base, *head; /* in words; "not known" */
	enum comparability_severity severity;
};

struct comparability {
	/* REFUSED ones first */
	struct comparability_difference *differences;
	uint32_t count, refused_count;
};

/* Texts are the arena's or the selections'. Errors are those of the store. */
int comparability_read(struct comparability *ret_comparability, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm, struct err *err);

/* A text of an environment; "" when it has none of that name. The arena's. */
const char *comparability_get_text(struct arena *arena, const char *environment_json,
				   const char *key);

/*
 * "host, CPU model, 8 CPUs": the same for all runs of one machine. `environment_json` as the store
 * has it; "" when it does not say (imported, damaged).
 */
const char *comparability_get_machine(struct arena *arena, const char *environment_json);

/* "incomparable: machine (b, 8 CPUs against a, 2 CPUs); load (…)", head first; "" = it is not. */
const char *comparability_explain_refusal(struct arena *arena,
					  const struct comparability *comparability);

#endif
