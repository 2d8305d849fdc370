#include "lab/plan_load.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lab/plan_request.h"
#include "lab/plan_schedule.h"
#include "lab/plan_target.h"
#include "lab/threshold.h"
#include "util/clock.h"
#include "util/fmt.h"
#include "util/parse.h"

enum { THRESHOLDS_MAX = 100, SCRIPT_ARGS_MAX = 100 };

#define LOAD(member) offsetof(struct plan_load, member)

/* What is PLAN_OTHER is read by one of the parts, or below. */
static const struct plan_field load_fields[] = {
	{"target", PLAN_OTHER},
	{"connect_to", PLAN_OTHER},
	{"sources", PLAN_OTHER},
	{"protocol", PLAN_OTHER},
	{"pipeline", PLAN_OTHER},
	{"streams", PLAN_OTHER},
	{"close", PLAN_OTHER},
	{"tls", PLAN_OTHER},
	{"connections", PLAN_OTHER},
	{"threads", PLAN_U32, LOAD(threads), 1, 1024},
	{"users", PLAN_OTHER},
	{"spawn_rate", PLAN_OTHER},
	{"think_time", PLAN_OTHER},
	{"rate", PLAN_OTHER},
	{"arrivals", PLAN_OTHER},
	{"stages", PLAN_OTHER},
	{"warmup", PLAN_OTHER},
	{"duration", PLAN_DURATION, LOAD(duration_ns), 1e6, 366.0 * 24 * 3600e9},
	{"iterations", PLAN_OTHER},
	{"timeout", PLAN_DURATION, LOAD(timeout_ns), 1e6, 3600e9},
	{"abort_on", PLAN_OTHER},
	{"script", PLAN_TEXT, LOAD(script)},
	{"script_args", PLAN_OTHER},
	{"targets", PLAN_TEXT, LOAD(targets)},
	{"replay", PLAN_TEXT, LOAD(replay)},
	{"speed", PLAN_NUMBER, LOAD(replay_speed), 0.01, 1000},
	{"requests", PLAN_OTHER},
	{NULL},
};

struct rule {
	const char *key, *other;
	const char *why;
};

static const struct rule clashes[] = {
	{"users", "rate",
	 "users wait for their answers, requests at a rate do not; take one of them"},
	{"users", "connections", "each user has a connection of its own"},
	{"users", "pipeline", "a user has one request in flight"},
	{"users", "streams", "a user has one request in flight"},
	{"spawn_rate", "stages", "the stages say how fast the users come"},
	{"think_time", "rate", "at a rate nobody waits for answers, and so nobody thinks"},
	{"think_time", "pipeline", "who thinks has one request in flight"},
	{"think_time", "streams", "who thinks has one request in flight"},
	{"pipeline", "streams", "the first is of HTTP/1.1, the second of HTTP/2"},
	{"close", "pipeline", "a connection that is closed after its request has no second one"},
	{"close", "streams", "a connection that is closed after its request has no second one"},
	{"replay", "rate", "the file says when each request is due"},
	{"replay", "users", "the file says when each request is due"},
	{"replay", "stages", "the file says when each request is due"},
	{"replay", "arrivals", "the file says when each request is due"},
	{"replay", "think_time", "the file says when each request is due"},
	{"replay", "iterations", "each request of the file is sent once; 'duration' cuts it short"},
	{"replay", "targets", "both are files of requests"},
	{"replay", "script", "the file has the requests"},
	{"targets", "script", "the file has the requests"},
	{"script", "pipeline", "a request() of the script that returns several is its pipelining"},
	{"script", "streams", "a script makes requests of HTTP/1.1"},
	{"warmup", "iterations", "each of the requests counts"},
	{"warmup", "replay", "each of the requests counts"},
};

static const struct rule needs[] = {
	{"spawn_rate", "users", "it is how many of them begin in a second"},
	{"speed", "replay", "it is how many times as fast the file is sent"},
	{"script_args", "script", "they are what its init() is given"},
};

/* Keys that exclude or need each other. */
static int check_rules(const struct plan_reader *reader, const struct plan_node *node,
		       struct plan_load *load)
{
	(void)load;
	for (size_t i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
		const struct rule *rule = &clashes[i];

		if (plan_node_find(node, rule->key) != NULL &&
		    plan_node_find(node, rule->other) != NULL)
			return plan_reader_fail(reader, plan_node_find(node, rule->other),
						"'%s' and '%s' exclude each other: %s", rule->key,
						rule->other, rule->why);
	}
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const struct rule *rule = &needs[i];

		if (plan_node_find(node, rule->key) != NULL &&
		    plan_node_find(node, rule->other) == NULL)
			return plan_reader_fail(reader, plan_node_find(node, rule->key),
						"'%s' needs '%s': %s", rule->key, rule->other,
						rule->why);
	}
	return 0;
}

/* What depends on whether the stages are of rates or of users. */
static int check_schedule(const struct plan_reader *reader, const struct plan_node *node,
			  struct plan_load *load)
{
	const struct plan_node *connections = plan_node_find(node, "connections"),
			       *think = plan_node_find(node, "think_time"),
			       *arrivals = plan_node_find(node, "arrivals");

	if (arrivals != NULL && !load->is_open)
		return plan_reader_fail(
			reader, arrivals,
			"'arrivals' needs a 'rate', or 'stages' of rates: elsewhere a request "
			"follows an answer");
	if (think != NULL && load->is_open)
		return plan_reader_fail(
			reader, think,
			"'think_time' and 'stages' of rates exclude each other: at a rate nobody "
			"waits for answers, and so nobody thinks");
	if (think != NULL && !load->is_users && connections == NULL)
		return plan_reader_fail(reader, think,
					"'think_time' needs 'users' (or 'connections'): it is what "
					"each of them does between an answer and the next request");
	if (connections != NULL && load->is_users)
		return plan_reader_fail(
			reader, connections,
			"'connections' and 'stages' of users exclude each other: each user has a "
			"connection of its own");
	if (reader->arm != NULL && load->threads > load->connections)
		return plan_reader_fail(reader, plan_node_find(node, "threads"),
					"%u 'threads' cannot share %u '%s': each needs one",
					load->threads, load->connections,
					load->is_users ? "users" : "connections");
	return 0;
}

static int read_warmup(const struct plan_reader *reader, const struct plan_node *node,
		       struct plan_load *load)
{
	static const struct plan_field field = {"warmup", PLAN_DURATION, LOAD(warmup_ns), 0,
						24 * 3600e9};
	const struct plan_node *warmup = plan_node_find(node, "warmup");

	if (warmup == NULL)
		return 0;
	load->is_warmup_auto = warmup->kind == PLAN_NODE_TEXT && strcmp(warmup->text, "auto") == 0;
	if (!load->is_warmup_auto)
		return plan_reader_read_field(reader, warmup, &field, load);
	if (plan_schedule_get_stages_ns(load) > 0)
		return plan_reader_fail(
			reader, warmup,
			"'warmup: auto' looks for where the load has become steady, and a load "
			"that changes by plan (stages, spawn_rate) never does; write a duration");
	return 0;
}

/* Rows of one file that all requests share, each of them once. */
static int check_once(const struct plan_reader *reader, const struct plan_node *node,
		      const struct plan_load *load)
{
	const struct plan_node *iterations = plan_node_find(node, "iterations");
	const struct plan_request *first = &load->requests[0];

	for (uint32_t i = 0; i < load->request_count; i++) {
		const struct plan_request *request = &load->requests[i];

		if (request->data == NULL)
			return plan_reader_fail(
				reader, iterations,
				"'iterations: once' sends each line of 'data' once, "
				"but request %s has no 'data'",
				plan_reader_quote(reader, request->name));
		if (reader->arm != NULL && strcmp(request->data, first->data) != 0)
			return plan_reader_fail(
				reader, iterations,
				"'iterations: once' sends each line of one file once, but the "
				"requests have %s and %s",
				plan_reader_quote(reader, first->data),
				plan_reader_quote(reader, request->data));
		if (request->order != LOAD_FEED_SEQUENTIAL)
			return plan_reader_fail(reader, iterations,
						"'iterations: once' sends the lines in their "
						"order; request %s has another 'order'",
						plan_reader_quote(reader, request->name));
	}
	return 0;
}

static int read_iterations(const struct plan_reader *reader, const struct plan_node *node,
			   struct plan_load *load)
{
	static const struct plan_field field = {"iterations", PLAN_TEXT};
	const struct plan_node *iterations = plan_node_find(node, "iterations");
	const char *text = NULL;
	int r;

	if (iterations == NULL)
		return 0;
	r = plan_reader_read_field(reader, iterations, &field, &text);
	if (r < 0 || plan_reader_is_deferred(reader, text))
		return r;
	load->is_once = strcmp(text, "once") == 0;
	if (load->is_once)
		return check_once(reader, node, load);
	if (parse_u64(text, &load->iterations) < 0 || load->iterations == 0 ||
	    load->iterations > (uint64_t)1 << 48)
		return plan_reader_refuse(reader, iterations, "iterations",
					  "a number of requests from 1 on, or once");
	return 0;
}

/*
 * What ends by itself has no limit unless one is stated. The stages begin with the warm-up, and the
 * window is the rest of them.
 */
static int set_duration(const struct plan_reader *reader, const struct plan_node *node,
			struct plan_load *load)
{
	const struct plan_node *stages = plan_node_find(node, "stages");
	uint64_t total_ns = plan_schedule_get_stages_ns(load);
	char warmup[FMT_BYTES], total[FMT_BYTES];

	if (plan_node_find(node, "duration") != NULL)
		return 0;
	if (load->iterations > 0 || load->is_once || load->replay != NULL) {
		load->duration_ns = 0;
		return 0;
	}
	if (stages == NULL)
		return 0;
	if (total_ns > load->warmup_ns)
		load->duration_ns = total_ns - load->warmup_ns;
	else if (reader->arm != NULL)
		return plan_reader_fail(
			reader, stages,
			"'stages' begin with the warm-up, and %s of warm-up leave nothing of their "
			"%s to be measured; lengthen them, or give a 'duration'",
			fmt_duration(warmup, (double)load->warmup_ns),
			fmt_duration(total, (double)total_ns));
	return 0;
}

/* What a request may say beside the file that has the requests. */
static int check_file_request(const struct plan_reader *reader, const struct plan_node *requests,
			      const char *file)
{
	const struct plan_node *only = requests->count == 1 ? requests->entries[0].node : NULL;

	if (only == NULL || only->kind != PLAN_NODE_MAP)
		return plan_reader_fail(reader, requests,
					"'%s' has the requests: 'requests' may hold one, whose "
					"'headers' and 'expect' go for all of them",
					file);
	for (uint32_t i = 0; i < only->count; i++) {
		const struct plan_entry *entry = &only->entries[i];

		if (strcmp(entry->key, "headers") != 0 && strcmp(entry->key, "expect") != 0)
			return plan_reader_fail(reader, entry->node,
						"'%.60s' stands in the file of '%s'; here only "
						"'headers' and 'expect' go for all its requests",
						entry->key, file);
	}
	return 0;
}

/* Who makes the requests: a script, a file, or the list. */
static int check_makers(const struct plan_reader *reader, const struct plan_node *node,
			struct plan_load *load)
{
	const struct plan_node *requests = plan_node_find(node, "requests");
	const char *file = load->targets != NULL  ? "targets"
			   : load->replay != NULL ? "replay"
						  : NULL;

	if (load->script != NULL && load->protocol == LOAD_HTTP2)
		return plan_reader_fail(reader, plan_node_find(node, "protocol"),
					"a 'script' makes requests of HTTP/1.1: 'protocol: http1'");
	if (load->script != NULL)
		load->protocol = LOAD_HTTP1;
	if (requests == NULL)
		return 0;
	if (file != NULL)
		return check_file_request(reader, requests, file);
	if (load->script != NULL && (load->request_count > 1 || load->requests[0].data != NULL))
		return plan_reader_fail(reader, requests,
					"'script' makes the requests: 'requests' may hold one "
					"without 'data', from which wrk.method, path, headers and "
					"body come");
	return 0;
}

int plan_load_check_keys(const struct plan_reader *reader, const struct plan_node *node)
{
	return plan_reader_check_keys(reader, node, "load", load_fields);
}

int plan_load_check_threshold(const struct plan_reader *reader, const struct plan_node *node,
			      const struct plan_load *load, const char *text)
{
	struct threshold threshold;
	struct err why = {0};
	const char **names;

	if (plan_reader_is_deferred(reader, text))
		return 0;
	if (threshold_parse(&threshold, text, &why) < 0)
		return plan_reader_fail(reader, node, "threshold %s", err_text(&why));
	/* the names of requests in files are known when those are read */
	if (threshold.scope[0] == '\0' || load->targets != NULL || load->replay != NULL ||
	    plan_request_find(load, threshold.scope) != NULL)
		return 0;
	names = arena_alloc(reader->arena, load->request_count + 1, sizeof(*names));
	for (uint32_t i = 0; i < load->request_count; i++)
		names[i] = load->requests[i].name;
	return plan_reader_fail(reader, node, "threshold %s: no request is named '%s'%s",
				plan_reader_quote(reader, text), threshold.scope,
				plan_reader_suggest(reader, threshold.scope, names));
}

static int check_abort(const struct plan_reader *reader, const struct plan_node *node,
		       const struct plan_load *load, const char *text)
{
	if (!plan_reader_is_deferred(reader, text) && hypothesis_is_meant(text))
		return plan_reader_fail(reader, node,
					"'abort_on' looks at one run while it goes on; %s compares "
					"arms and belongs into 'thresholds'",
					plan_reader_quote(reader, text));
	return plan_load_check_threshold(reader, node, load, text);
}

static int read_lists(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan_load *load)
{
	const struct plan_node *arguments = plan_node_find(node, "script_args"),
			       *abort_on = plan_node_find(node, "abort_on");
	int r = 0;

	if (arguments != NULL)
		r = plan_reader_read_texts(reader, arguments, "script_args", SCRIPT_ARGS_MAX,
					   &load->script_args, &load->script_arg_count);
	if (r == 0 && abort_on != NULL)
		r = plan_reader_read_texts(reader, abort_on, "abort_on", THRESHOLDS_MAX,
					   &load->abort_on, &load->abort_count);
	for (uint32_t i = 0; r == 0 && i < load->abort_count; i++)
		r = check_abort(reader, abort_on->entries[i].node, load, load->abort_on[i]);
	return r;
}

static int read_requests(const struct plan_reader *reader, const struct plan_node *node,
			 struct plan_load *load)
{
	return plan_request_read_all(reader, plan_node_find(node, "requests"), load);
}

int plan_load_read(const struct plan_reader *reader, const struct plan_node *node,
		   struct plan *plan)
{
	/* in this order: each looks at what those before it have read */
	static int (*const parts[])(const struct plan_reader *, const struct plan_node *,
				    struct plan_load *) = {
		check_rules,  plan_target_read, plan_schedule_read, check_schedule, read_requests,
		check_makers, read_warmup,	read_iterations,    set_duration,   read_lists,
	};
	int r;

	plan->load = (struct plan_load){
		.connections = 10,
		.duration_ns = 10 * (uint64_t)NS_PER_S,
		.timeout_ns = 30 * (uint64_t)NS_PER_S,
		.replay_speed = 1,
	};
	r = plan_reader_read_map(reader, node, "load", load_fields, &plan->load);
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](reader, node, &plan->load);
	plan->has_load = r == 0;
	return r;
}
