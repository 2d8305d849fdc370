/* What the rules about requests that wait have in common. */
#ifndef VIEW_WARNING_WAITING_H
#define VIEW_WARNING_WAITING_H

#include <stdbool.h>

#include "view/warning_input.h"

/* Where threads wait until there is work; for the reads below nobody knows whether it is that. */
bool warning_waiting_is_idle(const char *call);
/* Where a thread waits for its next request as well as for a peer that a request needs. */
bool warning_waiting_is_read(const char *call);

/* Of a request's service time: neither on a CPU nor waiting for one. NaN = not known. */
double warning_waiting_get_ns(const struct warning_input *input);

/* Whether something else than a wait inside the service may have made requests wait. */
bool warning_waiting_has_other_cause(const struct warning_input *input);

#endif
