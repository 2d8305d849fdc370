#include "lab/plan_service.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lab/command_line.h"
#include "util/clock.h"
#include "util/parse.h"
#include "wire/url.h"

enum { SERVICES_MAX = 64, CPU_LIMIT = 4096 };

static const struct {
	const char *name;
	int number;
} signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"HUP", SIGHUP},
	       {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};

/* One number of a list of CPUs; moves `at` behind it. */
static int parse_cpu(const char **at, uint32_t *ret_cpu)
{
	uint32_t cpu = 0;

	if (!isdigit((unsigned char)**at))
		return -EINVAL;
	for (; isdigit((unsigned char)**at); (*at)++) {
		cpu = cpu * 10 + (uint32_t)(**at - '0');
		if (cpu >= CPU_LIMIT)
			return -ERANGE;
	}
	*ret_cpu = cpu;
	return 0;
}

int plan_service_parse_cpus(const char *text, uint32_t *ret_cpus, uint32_t max)
{
	bool is_named[CPU_LIMIT] = {false};
	const char *at = text;
	uint32_t count = 0;

	for (;;) {
		uint32_t first, last;
		int r = parse_cpu(&at, &first);

		if (r < 0)
			return r;
		last = first;
		if (*at == '-') {
			at++;
			r = parse_cpu(&at, &last);
			if (r < 0)
				return r;
		}
		for (uint32_t cpu = first; cpu <= last; cpu++) {
			if (is_named[cpu])
				return -EINVAL;
			if (count == max)
				return -ERANGE;
			is_named[cpu] = true;
			if (ret_cpus != NULL)
				ret_cpus[count] = cpu;
			count++;
		}
		if (last < first)
			return -EINVAL;
		if (*at == '\0')
			return (int)count;
		if (*at++ != ',')
			return -EINVAL;
	}
}

static int read_cpus(const struct plan_reader *reader, const struct plan_node *node,
		     const char *cpus)
{
	if (cpus == NULL || plan_reader_is_deferred(reader, cpus) ||
	    plan_service_parse_cpus(cpus, NULL, CPU_LIMIT) > 0)
		return 0;
	return plan_reader_refuse(reader, plan_node_find(node, "cpus"), "cpus",
				  "a list of CPUs like \"0\" or \"0,2-3\", each once");
}

/* A command that cannot be split would only fail when the run has begun. */
static int check_command(const struct plan_reader *reader, const struct plan_node *node,
			 const char *key)
{
	const struct plan_node *command = plan_node_find(node, key);
	struct err why = {0};
	char **argv;

	if (command == NULL || plan_reader_is_deferred(reader, command->text) ||
	    command_line_split(command->text, reader->arena, &argv, &why) == 0)
		return 0;
	return plan_reader_fail(reader, command, "'%s': %s", key, err_text(&why));
}

static int read_signal(const struct plan_reader *reader, const struct plan_node *node,
		       const char *text, int *ret_signal)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;

	if (plan_reader_is_deferred(reader, text))
		return 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (strcasecmp(signals[i].name, name) == 0) {
			*ret_signal = signals[i].number;
			return 0;
		}
	}
	return plan_reader_refuse(reader, plan_node_find(node, "signal"), "signal",
				  "TERM, INT, QUIT, HUP, KILL, USR1 or USR2");
}

static int read_stop(const struct plan_reader *reader, const struct plan_node *node,
		     struct plan_service *service)
{
	struct stop {
		const char *signal;
		uint64_t grace_ns;
	} stop = {.grace_ns = service->stop_grace_ns};
	static const struct plan_field fields[] = {
		{"signal", PLAN_TEXT, offsetof(struct stop, signal)},
		{"grace", PLAN_DURATION, offsetof(struct stop, grace_ns), 0, 600e9},
		{NULL},
	};
	int r;

	if (node == NULL)
		return 0;
	r = plan_reader_read_map(reader, node, "'stop'", fields, &stop);
	if (r == 0 && stop.signal != NULL)
		r = read_signal(reader, node, stop.signal, &service->stop_signal);
	service->stop_grace_ns = stop.grace_ns;
	return r;
}

/*
 * The keys of `ready:` that say what is asked, in the order of enum plan_ready_kind from HTTP on.
 */
static const char *const ready_keys[] = {"http", "tcp", "log", "exec"};
enum { READY_KINDS = sizeof(ready_keys) / sizeof(ready_keys[0]) };

struct ready_texts {
	const char *what[READY_KINDS];
	struct plan_ready ready;
};

static const struct plan_field ready_fields[] = {
	{"http", PLAN_TEXT, offsetof(struct ready_texts, what[0])},
	{"tcp", PLAN_TEXT, offsetof(struct ready_texts, what[1])},
	{"log", PLAN_TEXT, offsetof(struct ready_texts, what[2])},
	{"exec", PLAN_TEXT, offsetof(struct ready_texts, what[3])},
	{"status", PLAN_U16, offsetof(struct ready_texts, ready.status), 100, 599},
	{"attempts", PLAN_U32, offsetof(struct ready_texts, ready.attempts), 1, 1e6},
	{"every", PLAN_DURATION, offsetof(struct ready_texts, ready.every_ns), 1e6, 3600e9},
	{NULL},
};

static int check_ready(const struct plan_reader *reader, const struct plan_node *node,
		       const struct plan_ready *ready)
{
	const struct plan_node *what;
	struct url url;

	if (ready->kind != PLAN_READY_HTTP && plan_node_find(node, "status") != NULL)
		return plan_reader_fail(reader, plan_node_find(node, "status"),
					"'status' in 'ready' needs 'http'");
	if (plan_reader_is_deferred(reader, ready->what))
		return 0;
	what = plan_node_find(node, ready_keys[ready->kind - PLAN_READY_HTTP]);
	if (ready->kind == PLAN_READY_HTTP && url_parse(&url, ready->what, NULL) == 0 && url.is_tls)
		return plan_reader_fail(reader, what,
					"'http': readiness is not asked over https; wait for the "
					"port with 'tcp', or ask with 'exec'");
	if (ready->kind == PLAN_READY_HTTP)
		return plan_reader_check_url(reader, what, "http", true);
	if (ready->kind == PLAN_READY_TCP)
		return plan_reader_check_address(reader, what, "tcp");
	return check_command(reader, node, "exec");
}

static int read_ready(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan_service *service)
{
	struct ready_texts texts = {.ready = service->ready};
	int r;

	if (node == NULL)
		return 0;
	r = plan_reader_read_map(reader, node, "'ready'", ready_fields, &texts);
	if (r < 0)
		return r;
	for (size_t i = 0; i < READY_KINDS; i++) {
		if (texts.what[i] == NULL)
			continue;
		if (texts.ready.kind != PLAN_READY_NONE)
			return plan_reader_fail(
				reader, node, "'ready' asks one thing: '%s' or '%s', not both",
				ready_keys[texts.ready.kind - PLAN_READY_HTTP], ready_keys[i]);
		texts.ready.kind = (enum plan_ready_kind)(PLAN_READY_HTTP + i);
		texts.ready.what = texts.what[i];
	}
	if (texts.ready.kind == PLAN_READY_NONE)
		return plan_reader_fail(
			reader, node, "'ready' needs what to ask: 'http', 'tcp', 'log' or 'exec'");
	service->ready = texts.ready;
	return check_ready(reader, node, &texts.ready);
}

static int read_env(const struct plan_reader *reader, const struct plan_node *node,
		    struct plan_service *service)
{
	if (node == NULL)
		return 0;
	for (uint32_t i = 0; node->kind == PLAN_NODE_MAP && i < node->count; i++)
		if (node->entries[i].key[0] == '\0' || strchr(node->entries[i].key, '=') != NULL)
			return plan_reader_fail(reader, node->entries[i].node,
						"%s cannot be the name of an environment variable",
						plan_reader_quote(reader, node->entries[i].key));
	return plan_reader_read_pairs(reader, node, "env", &service->env, &service->env_count);
}

static const struct plan_field service_fields[] = {
	{"name", PLAN_FIXED, offsetof(struct plan_service, name)},
	{"command", PLAN_TEXT, offsetof(struct plan_service, command)},
	{"attach", PLAN_TEXT, offsetof(struct plan_service, attach)},
	{"build", PLAN_BLOCK, offsetof(struct plan_service, build)},
	{"directory", PLAN_TEXT, offsetof(struct plan_service, directory)},
	{"env", PLAN_OTHER},
	{"cpus", PLAN_TEXT, offsetof(struct plan_service, cpus)},
	{"ready", PLAN_OTHER},
	{"stop", PLAN_OTHER},
	{"profile", PLAN_BOOL, offsetof(struct plan_service, is_profiled)},
	{NULL},
};

static int check_service(const struct plan_reader *reader, const struct plan_node *node,
			 const struct plan_service *service)
{
	static const char *const command_only[] = {"build", "directory", "env", "cpus", "stop"};
	const struct plan_entry *entry;

	if (service->name == NULL)
		return plan_reader_fail(reader, node, "a service needs a 'name'");
	if (service->command == NULL && service->attach == NULL)
		return plan_reader_fail(reader, node,
					"service '%s' needs a 'command' (or 'attach')",
					service->name);
	if (service->command != NULL && service->attach != NULL)
		return plan_reader_fail(
			reader, node,
			"service '%s' has a 'command' and 'attach'; it takes one of them",
			service->name);
	if (service->attach == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(command_only) / sizeof(command_only[0]); i++) {
		entry = plan_node_find_entry(node, command_only[i]);
		if (entry != NULL)
			return plan_reader_fail(
				reader, entry->node,
				"'%s' needs a 'command'; what '%s' attaches to already runs",
				entry->key, service->name);
	}
	return 0;
}

static int read_one(const struct plan_reader *reader, const struct plan_node *node,
		    struct plan_service *service)
{
	int r;

	*service = (struct plan_service){
		.ready = {.status = 200, .attempts = 30, .every_ns = 500 * (uint64_t)NS_PER_MS},
		.stop_signal = SIGTERM,
		.stop_grace_ns = 5 * (uint64_t)NS_PER_S,
		.is_profiled = true,
		.line = node->line,
	};
	r = plan_reader_read_map(reader, node, "a service", service_fields, service);
	if (r == 0)
		r = check_service(reader, node, service);
	if (r == 0)
		r = plan_reader_check_name(reader, plan_node_find(node, "name"), "a service",
					   service->name);
	if (r == 0)
		r = read_env(reader, plan_node_find(node, "env"), service);
	if (r == 0)
		r = check_command(reader, node, "command");
	if (r == 0)
		r = read_cpus(reader, node, service->cpus);
	if (r == 0)
		r = read_ready(reader, plan_node_find(node, "ready"), service);
	if (r == 0)
		r = read_stop(reader, plan_node_find(node, "stop"), service);
	return r;
}

int plan_service_read(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan *plan)
{
	int r = plan_reader_check_list(reader, node, "services", SERVICES_MAX);

	if (r < 0)
		return r;
	plan->services = arena_alloc(reader->arena, node->count, sizeof(*plan->services));
	for (uint32_t i = 0; i < node->count; i++) {
		r = read_one(reader, node->entries[i].node, &plan->services[i]);
		if (r < 0)
			return r;
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(plan->services[i].name, plan->services[j].name) == 0)
				return plan_reader_fail(reader, node->entries[i].node,
							"two services are named '%s'",
							plan->services[i].name);
	}
	plan->service_count = node->count;
	return 0;
}
