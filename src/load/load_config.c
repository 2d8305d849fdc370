#include "load/load_config.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static int check_once(const struct load_config *config, struct err *err)
{
	const struct feed *feed = config->requests[0].feed;

	for (uint32_t i = 0; i < config->request_count; i++) {
		if (config->requests[i].feed == NULL || config->requests[i].feed != feed)
			return err_set(err, -EINVAL,
				       "'iterations: once' needs one data file for all requests; "
				       "'%s' has %s",
				       config->requests[i].name,
				       config->requests[i].feed == NULL ? "none" : "another");
	}
	if (config->warmup_ns > 0)
		return err_set(err, -EINVAL,
			       "'iterations: once' has no warm-up: its rows would be lost in it");
	return 0;
}

static int check_requests(const struct load_config *config, struct err *err)
{
	if (config->request_count == 0)
		return err_set(err, -EINVAL, "there is no request to send");
	for (uint32_t i = 0; i < config->request_count; i++) {
		const char *name = config->requests[i].name;

		if (config->requests[i].weight == 0)
			return err_set(err, -EINVAL, "request '%s': the weight must be at least 1",
				       name);
		for (uint32_t j = 0; j < i; j++) {
			if (strcmp(config->requests[j].name, name) == 0)
				return err_set(err, -EINVAL, "two requests are called '%s'", name);
		}
	}
	return 0;
}

int load_config_check(const struct load_config *config, struct err *err)
{
	int r = check_requests(config, err);

	if (r < 0)
		return r;
	if (config->connections == 0)
		return err_set(err, -EINVAL, "at least one connection is needed");
	if (config->threads == 0 || config->threads > config->connections)
		return err_set(err, -EINVAL, "%u threads for %u connections: there must be 1 to %u",
			       config->threads, config->connections, config->connections);
	if (!(config->rate_hz >= 0) || config->rate_hz > 1e7)
		return err_set(err, -EINVAL,
			       "a rate of %.10g requests/s cannot be kept by one machine; at most "
			       "10,000,000",
			       config->rate_hz);
	if (config->timeout_ns == 0)
		return err_set(err, -EINVAL, "the timeout must be above 0");
	if (config->duration_ns == 0 && !config->is_once)
		return err_set(err, -EINVAL, "the duration must be above 0");
	return config->is_once ? check_once(config, err) : 0;
}

int load_config_check_cpus(const struct load_config *config, struct err *err)
{
	cpu_set_t allowed;

	if (config->cpu_count == 0 || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return 0;
	for (uint32_t i = 0; i < config->cpu_count; i++) {
		if (config->cpus[i] >= CPU_SETSIZE || !CPU_ISSET(config->cpus[i], &allowed))
			return err_set(
				err, -EINVAL,
				"cannot pin the load to CPU %u: this process may not run there",
				config->cpus[i]);
	}
	return 0;
}
