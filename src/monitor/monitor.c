#include "monitor/monitor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_account.h"
#include "monitor/service_sockets.h"
#include "monitor/system_reading.h"
#include "util/clock.h"

enum { MISSING_MAX_BYTES = 16 << 10 };

/* The order of the series in a run. A new monitor is one file and one line here. */
static const struct monitor_ops *const all_monitors[] = {
	&process_monitor_ops,	 &self_monitor_ops,	&cpu_monitor_ops,    &frequency_monitor_ops,
	&system_monitor_ops,	 &pressure_monitor_ops, &memory_monitor_ops, &disk_monitor_ops,
	&network_monitor_ops,	 &softnet_monitor_ops,	&cgroup_monitor_ops, &listener_monitor_ops,
	&connection_monitor_ops,
};

enum { MONITOR_COUNT = sizeof(all_monitors) / sizeof(all_monitors[0]) };

struct monitor_set {
	struct monitor_context context;
	struct strbuf missing;
	void *states[MONITOR_COUNT]; /* NULL = nothing to say */
	uint64_t cost_ns;
};

struct monitor_set *monitor_set_new(const struct monitor_config *config)
{
	struct monitor_set *set = alloc_new(struct monitor_set);

	strbuf_init(&set->missing, MISSING_MAX_BYTES);
	set->context.missing = &set->missing;
	set->context.self = config->self;
	if (config->target_count > 0) {
		set->context.service = config->targets[0].pid;
		memcpy(set->context.service_role, config->targets[0].role,
		       sizeof(set->context.service_role));
	}
	if (proc_file_init(&set->context.fs, config->root) < 0)
		monitor_add_missing(&set->missing,
				    "the root of /proc is too long; reading this machine's");
	set->context.services = process_account_new(config, &set->context.fs, &set->missing);
	set->context.system = system_reading_new(&set->context.fs, &set->missing);
	set->context.sockets = service_sockets_new(&set->context);
	for (size_t i = 0; i < MONITOR_COUNT; i++)
		set->states[i] = all_monitors[i]->start(&set->context);
	return set;
}

void monitor_set_free(struct monitor_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < MONITOR_COUNT; i++)
		if (set->states[i] != NULL)
			all_monitors[i]->stop(set->states[i]);
	system_reading_free(set->context.system);
	service_sockets_free(set->context.sockets);
	process_account_free(set->context.services);
	strbuf_release(&set->missing);
	free(set);
}

void monitor_set_sample(struct monitor_set *set, uint64_t now_ns, struct series_list *series)
{
	uint64_t start_ns = clock_thread_cpu_ns();

	system_reading_update(set->context.system, now_ns);
	for (size_t i = 0; i < MONITOR_COUNT; i++)
		if (set->states[i] != NULL)
			all_monitors[i]->sample(set->states[i], now_ns, series);
	set->cost_ns += clock_thread_cpu_ns() - start_ns;
}

void monitor_set_tick(struct monitor_set *set, uint64_t now_ns)
{
	uint64_t start_ns = clock_thread_cpu_ns();

	for (size_t i = 0; i < MONITOR_COUNT; i++)
		if (set->states[i] != NULL && all_monitors[i]->tick != NULL)
			all_monitors[i]->tick(set->states[i], now_ns);
	set->cost_ns += clock_thread_cpu_ns() - start_ns;
}

uint64_t monitor_set_get_cost_ns(const struct monitor_set *set)
{
	return set->cost_ns;
}

uint32_t monitor_set_get_usage(const struct monitor_set *set,
			       struct monitor_usage usage[static MONITOR_USAGE_MAX])
{
	return process_account_get_usage(set->context.services, usage);
}

void monitor_set_list_pids(const struct monitor_set *set, struct proc_ids *pids)
{
	process_account_list_pids(set->context.services, pids);
}

const char *monitor_set_get_role(const struct monitor_set *set, pid_t pid)
{
	return process_account_get_role(set->context.services, pid);
}

bool monitor_set_is_alive(const struct monitor_set *set, uint32_t target)
{
	return process_account_is_alive(set->context.services, target);
}

const char *monitor_set_get_missing(const struct monitor_set *set)
{
	return strbuf_text(&set->missing);
}

/* Whether one of the lines is `line`. */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, line, length) == 0 &&
		    (text[length] == '\n' || text[length] == '\0'))
			return true;
	return false;
}

void monitor_add_missing(struct strbuf *missing, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (has_line(strbuf_text(missing), line))
		return;
	strbuf_addf(missing, "%s%s", missing->length > 0 ? "\n" : "", line);
}
