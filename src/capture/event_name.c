#include "capture/event_name.h"

#include <ctype.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/event_device.h"
#include "util/parse.h"
#include "util/strbuf.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define MODIFIERS "ukhGHpPI"

enum { TEXT_BYTES = 512, CACHE_NAMES = 7 * 3 * 2, TRACEPOINT_ID_BYTES = 64 };

struct known_event {
	const char *name;
	uint32_t type;
	uint32_t config;
};

static const struct known_event known_events[] = {
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
	{"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
	{"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
	{"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
	{"stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
	{"idle-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
	{"stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
	{"idle-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
	{"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
	{"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
	{"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
	{"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
	{"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
	{"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
	{"dummy", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY},
	{"bpf-output", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT},
};

/* PERF_TYPE_HW_CACHE's config is cache | operation << 8 | result << 16, by these positions. */
static const char *const caches[] = {"L1-dcache", "L1-icache", "LLC", "dTLB",
				     "iTLB",	  "branch",    "node"};
static const char *const operations[] = {"load", "store", "prefetch"};

_Static_assert(LENGTH(caches) * LENGTH(operations) * 2 == CACHE_NAMES, "all combinations");

/* The name of one of CACHE_NAMES; returns its config. */
static uint64_t format_cache_name(char name[static 64], unsigned index)
{
	unsigned result = index % 2, operation = index / 2 % LENGTH(operations);
	unsigned cache = index / 2 / LENGTH(operations);

	snprintf(name, 64, "%s-%s%s", caches[cache], operations[operation],
		 result == 1	  ? "-misses"
		 : operation == 2 ? "es"
				  : "s");
	return cache | operation << 8 | result << 16;
}

static bool parse_known(struct event_name *name, const char *text)
{
	char cache_name[64];

	for (size_t i = 0; i < LENGTH(known_events); i++) {
		if (strcmp(text, known_events[i].name) != 0)
			continue;
		name->type = known_events[i].type;
		name->config = known_events[i].config;
		return true;
	}
	for (unsigned i = 0; i < CACHE_NAMES; i++) {
		uint64_t config = format_cache_name(cache_name, i);

		if (strcasecmp(text, cache_name) != 0)
			continue;
		name->type = PERF_TYPE_HW_CACHE;
		name->config = config;
		return true;
	}
	return false;
}

/* "r" and 1 to 16 hexadecimal digits. */
static bool parse_raw(struct event_name *name, const char *text)
{
	size_t digits = strspn(text + (text[0] != '\0'), "0123456789abcdefABCDEF");

	if (text[0] != 'r' || digits == 0 || digits > 16 || text[1 + digits] != '\0')
		return false;
	name->type = PERF_TYPE_RAW;
	name->config = strtoull(text + 1, NULL, 16);
	return true;
}

static int refuse_unknown(const char *text, struct err *err)
{
	char cache_names[CACHE_NAMES][64];
	const char *names[LENGTH(known_events) + CACHE_NAMES + 1], *nearest;
	size_t count = 0;

	for (size_t i = 0; i < LENGTH(known_events); i++)
		names[count++] = known_events[i].name;
	for (unsigned i = 0; i < CACHE_NAMES; i++) {
		format_cache_name(cache_names[i], i);
		names[count++] = cache_names[i];
	}
	names[count] = NULL;
	nearest = parse_find_nearest(text, names);
	if (nearest != NULL)
		return err_set(err, -EINVAL, "'%s' is not an event: did you mean %s?", text,
			       nearest);
	return err_set(err, -EINVAL,
		       "'%s' is not an event: cpu-clock, cycles, page-faults, "
		       "L1-dcache-load-misses, r01c0, cpu/event=0xc0/ and sched:sched_switch are",
		       text);
}

/* Its number, from whichever of the two places is mounted. */
static int parse_tracepoint(struct event_name *name, const char *text, const struct procfs *fs,
			    struct err *err)
{
	static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	const char *colon = strchr(text, ':');
	scoped(strbuf_release) struct strbuf id;
	int results[LENGTH(roots)];

	strbuf_init(&id, TRACEPOINT_ID_BYTES);
	if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:") !=
		    strlen(text) ||
	    colon == text || colon[1] == '\0' || strchr(colon + 1, ':') != NULL)
		return err_set(err, -EINVAL,
			       "'%s' is not an event: a tracepoint is group:name, as "
			       "sched:sched_switch",
			       text);
	for (size_t i = 0; i < LENGTH(roots); i++) {
		results[i] = proc_file_read(fs, &id, "%s/events/%.*s/%s/id", roots[i],
					    (int)(colon - text), text, colon + 1);
		if (results[i] < 0)
			continue;
		name->type = PERF_TYPE_TRACEPOINT;
		name->config = strtoull(strbuf_text(&id), NULL, 10);
		name->is_of_kernel = true;
		return 0;
	}
	if (results[0] == -EACCES || results[0] == -EPERM)
		return err_set(err, -EACCES,
			       "tracepoints like '%s' may only be looked up by root: sudo sonde …",
			       text);
	if (proc_file_read(fs, &id, "%s/events/header_page", roots[0]) == -ENOENT &&
	    proc_file_read(fs, &id, "%s/events/header_page", roots[1]) == -ENOENT)
		return err_set(err, -ENOENT,
			       "'%s': the list of tracepoints is not mounted here: sudo mount -t "
			       "tracefs tracefs /sys/kernel/tracing",
			       text);
	return err_set(err, -ENOENT, "this kernel has no tracepoint '%s'", text);
}

/* What only the kernel's code does: without it the event would silently count nothing. */
static bool is_of_kernel(const struct event_name *name)
{
	return name->type == PERF_TYPE_SOFTWARE &&
	       (name->config == PERF_COUNT_SW_CONTEXT_SWITCHES ||
		name->config == PERF_COUNT_SW_CPU_MIGRATIONS ||
		name->config == PERF_COUNT_SW_BPF_OUTPUT);
}

/* False for a letter that is no modifier. */
static bool parse_modifiers(struct event_name *name, const char *modifiers)
{
	bool has_user = strchr(modifiers, 'u') != NULL, has_kernel = strchr(modifiers, 'k') != NULL;
	bool has_hypervisor = strchr(modifiers, 'h') != NULL;
	bool has_guest = strchr(modifiers, 'G') != NULL, has_host = strchr(modifiers, 'H') != NULL;
	unsigned precise = 0;

	if (modifiers[strspn(modifiers, MODIFIERS)] != '\0')
		return false;
	for (const char *at = modifiers; *at != '\0'; at++)
		precise += *at == 'p';
	if (precise > 3)
		return false;
	name->precise = (uint8_t)precise;
	name->is_precise_at_best = strchr(modifiers, 'P') != NULL;
	name->exclude_idle = strchr(modifiers, 'I') != NULL;
	name->has_privilege = has_user || has_kernel || has_hypervisor;
	if (name->has_privilege) {
		name->exclude_user = !has_user;
		name->exclude_kernel = !has_kernel;
		name->exclude_hypervisor = !has_hypervisor;
	}
	if (has_guest || has_host) {
		name->exclude_guest = !has_guest;
		name->exclude_host = !has_host;
	}
	return true;
}

/* A colon alone may be a tracepoint's, unless letters that modify follow, or an event precedes. */
static bool is_of_tracepoint(const char *text, const char *colon)
{
	struct event_name ignored;
	char before[TEXT_BYTES];

	snprintf(before, sizeof(before), "%.*s", (int)(colon - text), text);
	return strchr(text, ':') == colon && colon[1] != '\0' &&
	       colon[1 + strspn(colon + 1, MODIFIERS)] != '\0' && !parse_known(&ignored, before) &&
	       !parse_raw(&ignored, before);
}

/* Cuts the modifiers off the copied text, at its last ":" or "/". */
static const char *cut_modifiers(char *text)
{
	char *slash = strrchr(text, '/'), *colon = strrchr(text, ':');

	if (slash != NULL && slash == strchr(text, '/'))
		return ""; /* the second is missing: event_device says so */
	if (slash != NULL) {
		char *modifiers = slash + 1 + (slash[1] == ':');

		memmove(slash + 2, modifiers, strlen(modifiers) + 1);
		slash[1] = '\0';
		return slash + 2;
	}
	if (colon == NULL || is_of_tracepoint(text, colon))
		return "";
	*colon = '\0';
	return colon + 1;
}

static int parse_body(struct event_name *name, const char *text, const struct procfs *fs,
		      struct err *err)
{
	if (strchr(text, '/') != NULL)
		return event_device_parse(name, text, fs, err);
	if (strchr(text, ':') != NULL)
		return parse_tracepoint(name, text, fs, err);
	return parse_known(name, text) || parse_raw(name, text) ? 0 : refuse_unknown(text, err);
}

int event_name_parse(struct event_name *ret_name, const char *text, const struct procfs *fs,
		     struct err *err)
{
	struct event_name name = {.exclude_hypervisor = true, .exclude_guest = true};
	char body[TEXT_BYTES + 1]; /* cut_modifiers may need one more */
	const char *modifiers;
	int result;

	if (strlen(text) >= TEXT_BYTES)
		return err_set(err, -EINVAL, "'%.40s…' is too long for an event", text);
	if (strpbrk(text, "{}") != NULL)
		return err_set(err, -EINVAL,
			       "'%s': groups of events are not sampled: leave the braces out",
			       text);
	snprintf(body, sizeof(body), "%s", text);
	snprintf(name.name, sizeof(name.name), "%s", text);
	modifiers = cut_modifiers(body);
	if (!parse_modifiers(&name, modifiers))
		return err_set(err, -EINVAL,
			       "'%s': '%s' is not understood: u k h G H p pp ppp P I are what may "
			       "stand there",
			       text, modifiers);
	result = parse_body(&name, body, fs, err);
	if (result < 0)
		return result;
	name.is_clock =
		name.type == PERF_TYPE_SOFTWARE &&
		(name.config == PERF_COUNT_SW_CPU_CLOCK || name.config == PERF_COUNT_SW_TASK_CLOCK);
	name.is_steady = name.type == PERF_TYPE_HARDWARE && name.config == PERF_COUNT_HW_CPU_CYCLES;
	name.is_of_kernel |= is_of_kernel(&name);
	if (name.is_of_kernel && name.exclude_kernel)
		return err_set(err, -EINVAL,
			       "'%s' happens in the kernel: '%s' would leave none of them", text,
			       modifiers);
	*ret_name = name;
	return 0;
}

bool event_name_is_same(const struct event_name *a, const struct event_name *b)
{
	return a->type == b->type && a->config == b->config && a->config1 == b->config1 &&
	       a->config2 == b->config2 && a->period == b->period && a->precise == b->precise &&
	       a->is_precise_at_best == b->is_precise_at_best &&
	       a->exclude_user == b->exclude_user && a->exclude_kernel == b->exclude_kernel &&
	       a->exclude_hypervisor == b->exclude_hypervisor &&
	       a->exclude_idle == b->exclude_idle && a->exclude_guest == b->exclude_guest &&
	       a->exclude_host == b->exclude_host;
}

bool event_name_next(const char **list, const char **ret_name, size_t *ret_length)
{
	const char *start = *list, *at = start;
	bool is_inside = false; /* of a pair of slashes */

	if (start == NULL)
		return false;
	for (; *at != '\0' && (*at != ',' || is_inside); at++)
		is_inside ^= *at == '/';
	*ret_name = start;
	*ret_length = (size_t)(at - start);
	*list = *at == ',' ? at + 1 : NULL;
	return true;
}
