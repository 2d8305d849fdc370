#include "capture/counter_event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture/perf_open.h"
#include "capture/perf_refusal.h"
#include "procfs/proc_file.h"
#include "util/fd.h"
#include "util/scoped.h"

static struct perf_event_attr make_attr(const struct event_name *name,
					const struct counter_event_config *config)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = name->type,
		.config = name->config,
		.config1 = name->config1,
		.config2 = name->config2,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = 1,
		.inherit = config->cpu < 0,
		.enable_on_exec = config->is_started_by_exec,
		.exclude_user = name->exclude_user,
		.exclude_kernel = name->exclude_kernel,
		.exclude_hv = name->exclude_hypervisor,
		.exclude_idle = name->exclude_idle,
		.exclude_guest = name->exclude_guest,
		.exclude_host = name->exclude_host,
	};
}

/* 0 or negative errno. */
static int try_event(const struct perf_event_attr *attr, int cpu)
{
	scoped(fd_cleanup) int fd = perf_open_event(attr, cpu < 0 ? 0 : -1, cpu);

	return fd < 0 ? fd : 0;
}

/* "cycles:u", "cycles:pu", "cpu/event=0xc0/u": as perf spells it. */
static void hide_kernel(struct counter_event *event)
{
	const char *suffix = strpbrk(event->name.name, "/:") != NULL ? "u" : ":u";
	int room = (int)(sizeof(event->label) - 1 - strlen(suffix));

	event->attr.exclude_kernel = 1;
	if (!event->name.is_clock) /* a clock goes on in the kernel, whatever is excluded */
		snprintf(event->label, sizeof(event->label), "%.*s%s", room, event->name.name,
			 suffix);
}

/*
 * Why an event is not for this user, by what else is: nothing at all, nothing of the whole machine,
 * or nothing of the kernel.
 */
static int explain(int code, int cpu, struct err *err)
{
	const struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	scoped(fd_cleanup) int fd = perf_open_event(&attr, 0, -1);

	if (fd < 0)
		return perf_refusal_explain(code, err);
	if (cpu >= 0)
		return err_set(err, code,
			       "this user may not count on the whole machine: sudo sonde …, or for "
			       "this boot: sudo sysctl kernel.perf_event_paranoid=0");
	return err_set(err, code,
		       "what happens in the kernel is not for this user: sudo sonde …, or for this "
		       "boot: sudo sysctl kernel.perf_event_paranoid=1");
}

static int probe(struct counter_event *event, int cpu, struct err *err)
{
	int result = try_event(&event->attr, cpu);
	bool has_wish = event->name.has_privilege;

	if (perf_refusal_is(result) && !has_wish && !event->name.is_of_kernel) {
		struct counter_event attempt = *event;

		hide_kernel(&attempt);
		if (try_event(&attempt.attr, cpu) == 0) {
			*event = attempt;
			return 0;
		}
	}
	/* devices beside the CPUs cannot tell who caused an event, and refuse to be asked */
	if ((result == -EINVAL || result == -EOPNOTSUPP) && !has_wish) {
		event->attr.exclude_hv = 0;
		event->attr.exclude_guest = 0;
		result = try_event(&event->attr, cpu);
	}
	if (result == -EMFILE || result == -ENFILE || result == -ENOMEM)
		return err_set(err, result, "cannot count '%s': %s", event->label,
			       strerror(-result));
	if (perf_refusal_is(result)) {
		event->state = COUNTER_NOT_PERMITTED;
		explain(result, cpu, &event->refusal);
	} else if (result < 0) {
		event->state = COUNTER_NOT_SUPPORTED;
	}
	return 0;
}

int counter_event_probe(struct counter_event *ret_event, const char *text,
			const struct counter_event_config *config, struct err *err)
{
	struct counter_event event = {.state = COUNTER_COUNTED};
	struct procfs fs = {0};
	int result = event_name_parse(&event.name, text, &fs, &event.refusal);

	snprintf(event.label, sizeof(event.label), "%s", result == 0 ? event.name.name : text);
	if (strchr(text, '/') != NULL)
		snprintf(event.device, sizeof(event.device), "%.*s", (int)strcspn(text, "/"), text);
	if (result == -EACCES) {
		event.state = COUNTER_NOT_PERMITTED;
	} else if (result == -ENOENT) {
		event.state = COUNTER_NOT_SUPPORTED;
	} else if (result < 0) {
		return err_set(err, result, "%s", err_text(&event.refusal));
	} else {
		event.attr = make_attr(&event.name, config);
		result = probe(&event, config->cpu, err);
		if (result < 0)
			return result;
	}
	*ret_event = event;
	return 0;
}
