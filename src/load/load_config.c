#include "load/load_config.h"

#include <errno.h>
#include <sched.h>

#include "load/feed.h"
#include "load/script.h"

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
	return 0;
}

static int check_requests(const struct load_config *config, struct err *err)
{
	if (config->request_count == 0)
		return err_set(err, -EINVAL, "there is no request to send");
	for (uint32_t i = 0; i < config->request_count; i++) {
		const struct load_request *request = &config->requests[i];

		if (request->weight == 0)
			return err_set(err, -EINVAL, "request '%s': the weight must be at least 1",
				       request->name);
		if (request->feed != NULL && request->feed_order == LOAD_FEED_PER_USER &&
		    feed_get_row_count(request->feed) < config->connections)
			return err_set(
				err, -EINVAL,
				"request '%s': a row for each user needs %u rows, and %s has "
				"%u",
				request->name, config->connections, feed_get_name(request->feed),
				feed_get_row_count(request->feed));
	}
	return 0;
}

static int check_rate(double rate_hz, struct err *err)
{
	if (rate_hz >= 0 && rate_hz <= 1e7)
		return 0;
	return err_set(err, -EINVAL,
		       "a rate of %.10g requests/s cannot be kept by one machine; at most "
		       "10,000,000",
		       rate_hz);
}

static int check_stages(const struct load_config *config, struct err *err)
{
	double most = config->stage_begin;
	int r = check_rate(config->stage_begin, err);

	for (uint32_t i = 0; i < config->stage_count && r == 0; i++) {
		r = check_rate(config->stages[i].target, err);
		if (config->stages[i].target > most)
			most = config->stages[i].target;
	}
	if (r == 0 && config->is_users && most > config->connections)
		return err_set(err, -EINVAL, "the stages go up to %.10g users, but there are %u",
			       most, config->connections);
	return r;
}

static int check_replay(const struct load_config *config, struct err *err)
{
	if (config->is_users || config->rate_hz > 0 || config->stage_count > 0)
		return err_set(err, -EINVAL,
			       "a replay has its own times: neither a rate, stages nor users");
	for (uint64_t i = 0; i < config->replay_count; i++)
		if (config->replay[i].request >= config->request_count ||
		    (i > 0 && config->replay[i].offset_ns < config->replay[i - 1].offset_ns))
			return err_set(err, -EINVAL, "item %llu of the replay is out of order",
				       (unsigned long long)i);
	return 0;
}

bool load_config_is_open_loop(const struct load_config *config)
{
	return config->replay != NULL || config->rate_hz > 0 ||
	       (config->stage_count > 0 && !config->is_users);
}

/* What excludes each other. */
static int check_schedule(const struct load_config *config, struct err *err)
{
	bool is_open = load_config_is_open_loop(config);
	uint32_t depth =
		config->script != NULL ? script_program_get_depth(config->script) : config->depth;

	if (config->is_users && config->stage_count == 0)
		return err_set(err, -EINVAL, "users need stages: how many there are when");
	if (is_open && config->is_users)
		return err_set(err, -EINVAL, "users send when they are answered, not at a rate");
	if (config->think.kind != LOAD_THINK_NONE && is_open)
		return err_set(err, -EINVAL, "a think time has no meaning at a rate");
	if (config->think.kind == LOAD_THINK_UNIFORM &&
	    config->think.high_ns < config->think.low_ns)
		return err_set(err, -EINVAL, "the think time's upper bound is below its lower one");
	if (config->think.kind != LOAD_THINK_NONE && depth > 1)
		return err_set(err, -EINVAL,
			       "a think time needs one request at a time on a connection");
	if (config->script != NULL && config->protocol == LOAD_HTTP2)
		return err_set(err, -EINVAL, "scripts make HTTP/1.1 requests; leave HTTP/2 out");
	if (config->script != NULL && depth > 1 && (is_open || config->iterations > 0))
		return err_set(err, -EINVAL,
			       "the script makes %u requests at a time, which neither a rate nor a "
			       "number of requests can count; a duration",
			       depth);
	if (config->is_closing && depth > 1)
		return err_set(err, -EINVAL,
			       "a connection for each request carries one request, not %u", depth);
	return 0;
}

int load_config_check(const struct load_config *config, struct err *err)
{
	bool has_end = config->is_once || config->iterations > 0 || config->replay != NULL;
	int r = check_requests(config, err);

	if (r < 0)
		return r;
	if (config->connections == 0)
		return err_set(err, -EINVAL, "at least one connection is needed");
	if (config->threads == 0 || config->threads > config->connections)
		return err_set(err, -EINVAL, "%u threads for %u connections: there must be 1 to %u",
			       config->threads, config->connections, config->connections);
	if (config->depth == 0)
		return err_set(err, -EINVAL, "a connection carries at least one request");
	if (config->timeout_ns == 0)
		return err_set(err, -EINVAL, "the timeout must be above 0");
	if (config->duration_ns == 0 && !has_end)
		return err_set(err, -EINVAL, "the duration must be above 0");
	if (has_end && config->warmup_ns > 0)
		return err_set(
			err, -EINVAL,
			"a fixed amount of requests has no warm-up: some would be lost in it");
	r = check_rate(config->rate_hz, err);
	if (r == 0)
		r = check_stages(config, err);
	if (r == 0)
		r = check_schedule(config, err);
	if (r == 0 && config->replay != NULL)
		r = check_replay(config, err);
	return r == 0 && config->is_once ? check_once(config, err) : r;
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
