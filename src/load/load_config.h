/* What a load is asked to do: can it be done? */
#ifndef LOAD_LOAD_CONFIG_H
#define LOAD_LOAD_CONFIG_H

#include "load/load.h"

/* Everything but the target and the texts of the requests. -EINVAL names what is wrong. */
int load_config_check(const struct load_config *config, struct err *err);

/* Requests are due by a schedule, whatever the answers do. */
bool load_config_is_open_loop(const struct load_config *config);

/* Whether this process may run on the CPUs that the threads are to be pinned to. */
int load_config_check_cpus(const struct load_config *config, struct err *err);

#endif
