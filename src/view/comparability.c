#include "view/comparability.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "store/store_load.h"
#include "util/clean.h"
#include "util/fmt.h"
#include "util/strbuf.h"
#include "util/vec.h"
#include "view/arm_metrics.h"
#include "view/plan_sections.h"

#define WINDOW_RATIO 1.1 /* windows that differ by less are as long as each other */
#define NOT_KNOWN "not known"

struct side {
	const struct selection *selection;
	const struct selected_arm *arm;
	uint32_t place;
	json_t *environment; /* an object */
};

struct finder {
	struct arena *arena;
	struct side base, head;
	VEC(struct comparability_difference) found;
};

/*
 * What is set on one machine and tells on its figures. "machine", "sonde" and git have own rules.
 */
static const struct {
	const char *key, *what;
} settings[] = {
	{"kernel", "kernel"},
	{"system", "system"},
	{"memory", "memory"},
	{"governor", "governor"},
	{"no_turbo", "turbo"},
	{"smt", "SMT"},
	{"clocksource", "clock source"},
	{"transparent_hugepage", "transparent hugepages"},
	{"somaxconn", "somaxconn"},
	{"limit_nofile", "limit of open files"},
	{"uid", "user id"},
	{"tuned", "sonde tune"},
	{"sonde", "sonde"},
	{"imported_from", "tool"},
};

static json_t *parse_environment(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	return json_object();
}

/* A value in words that may be shown on a terminal; NULL when it is not there. */
static const char *get_text(struct arena *arena, const json_t *environment, const char *key)
{
	const json_t *value = json_object_get(environment, key);
	char *dumped = NULL, *copy;

	if (json_is_string(value))
		copy = arena_strdup(arena, json_string_value(value));
	else if (value == NULL ||
		 (dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)) == NULL)
		return NULL;
	else
		copy = arena_strdup(arena, dumped);
	free(dumped);
	clean_text(copy, '?');
	return copy[0] != '\0' ? copy : NULL;
}

static const char *make_machine(struct arena *arena, const json_t *environment)
{
	const char *host = get_text(arena, environment, "host");
	const char *model = get_text(arena, environment, "cpu_model");
	json_int_t cpus = json_integer_value(json_object_get(environment, "cpus"));
	struct strbuf text;
	const char *machine;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_addf(&text, "%s%s%s", host != NULL ? host : "",
		    host != NULL && model != NULL ? ", " : "", model != NULL ? model : "");
	if (cpus > 0)
		strbuf_addf(&text, "%s%lld CPU%s", text.length > 0 ? ", " : "", (long long)cpus,
			    cpus == 1 ? "" : "s");
	machine = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return machine;
}

const char *comparability_get_text(struct arena *arena, const char *environment_json,
				   const char *key)
{
	json_t *environment = parse_environment(environment_json);
	const char *text = json_string_value(json_object_get(environment, key));
	const char *copy = text != NULL ? arena_strdup(arena, text) : "";

	json_decref(environment);
	return copy;
}

const char *comparability_get_machine(struct arena *arena, const char *environment_json)
{
	json_t *environment = parse_environment(environment_json);
	const char *machine = make_machine(arena, environment);

	json_decref(environment);
	return machine;
}

static void add(struct finder *finder, enum comparability_severity severity, const char *what,
		const char *base, const char *head)
{
	vec_push(&finder->found, (struct comparability_difference){what, base, head, severity});
}

/* Of what only one side says nothing can be refused. */
static void add_unless_same(struct finder *finder, enum comparability_severity severity,
			    const char *what, const char *base, const char *head)
{
	if (base == NULL && head == NULL)
		return;
	if (base == NULL || head == NULL)
		add(finder, COMPARABILITY_FLAGGED, what, base != NULL ? base : NOT_KNOWN,
		    head != NULL ? head : NOT_KNOWN);
	else if (strcmp(base, head) != 0)
		add(finder, severity, what, base, head);
}

static const char *null_if_empty(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* A setting in words; what is absent because it is not so has its own. */
static const char *get_setting(struct arena *arena, const json_t *environment, const char *key)
{
	const char *text = get_text(arena, environment, key);

	if (strcmp(key, "no_turbo") == 0 && text != NULL)
		return strcmp(text, "0") == 0 ? "on" : "off";
	if (strcmp(key, "tuned") == 0 && text == NULL)
		return "nothing set";
	if (strcmp(key, "imported_from") == 0 && text == NULL)
		return "sonde";
	return text;
}

static void find_environment(struct finder *finder)
{
	const json_t *base = finder->base.environment, *head = finder->head.environment;
	struct arena *arena = finder->arena;

	add_unless_same(finder, COMPARABILITY_REFUSED, "machine",
			null_if_empty(make_machine(arena, base)),
			null_if_empty(make_machine(arena, head)));
	add_unless_same(finder, COMPARABILITY_REFUSED, "architecture",
			get_text(arena, base, "machine"), get_text(arena, head, "machine"));
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		add_unless_same(finder, COMPARABILITY_FLAGGED, settings[i].what,
				get_setting(arena, base, settings[i].key),
				get_setting(arena, head, settings[i].key));
}

static bool is_dirty(const struct side *side)
{
	return json_is_true(json_object_get(side->environment, "git_dirty"));
}

static void find_dirty(struct finder *finder)
{
	static const char *const words[] = {"clean", "changes that were not committed"};

	if (is_dirty(&finder->base) || is_dirty(&finder->head))
		add(finder, COMPARABILITY_FLAGGED, "working tree", words[is_dirty(&finder->base)],
		    words[is_dirty(&finder->head)]);
}

static void find_plan(struct finder *finder)
{
	const struct stored_experiment *base = &finder->base.selection->experiment;
	const struct stored_experiment *head = &finder->head.selection->experiment;
	const char *keys;

	if (base->plan[0] == '\0' || head->plan[0] == '\0')
		return;
	keys = plan_sections_compare(finder->arena, base->plan, head->plan);
	if (keys[0] != '\0')
		add(finder, COMPARABILITY_FLAGGED, "plan", arena_strdup(finder->arena, base->name),
		    arena_printf(finder->arena, "%s; other under %s", head->name, keys));
}

struct load_words {
	bool is_foreign;
	const char *path;			/* another tool's only target; NULL = not known */
	const char *mode, *schedule, *protocol; /* NULL = not known */
	const char *depth;
};

/* "/path" of "http://host/path": ports and hosts differ without a meaning. */
static const char *find_path(const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL ? path : url;
}

/* What another tool's load was; the schedule only as far as it says so (import/foreign_store.h). */
static void read_foreign_load(struct finder *finder, const struct side *side,
			      struct load_words *words)
{
	const json_t *load = json_object_get(side->environment, "load");

	words->is_foreign = true;
	words->mode = get_text(finder->arena, load, "mode");
	words->schedule = get_text(finder->arena, load, "schedule");
	words->path = find_path(get_text(finder->arena, load, "url"));
}

/* What the load was: of the arm's first run. All NULL without load. */
static int read_load(struct finder *finder, const struct side *side, struct load_words *words,
		     struct err *err)
{
	struct stored_load_summary summary;
	int r;

	*words = (struct load_words){0};
	if (side->arm->run_count == 0)
		return 0;
	r = store_read_load_summary(side->selection->store, finder->arena, side->arm->runs[0].key,
				    &summary, err);
	if (r == -ENOENT) {
		read_foreign_load(finder, side, words);
		return 0;
	}
	if (r < 0)
		return r;
	store_release_load_summary(&summary);
	words->mode = null_if_empty(summary.mode);
	words->schedule = null_if_empty(summary.schedule);
	words->protocol = null_if_empty(summary.protocol);
	words->depth = arena_printf(finder->arena, "%u", summary.depth);
	return 0;
}

static const char *describe_load(struct finder *finder, const struct load_words *load)
{
	if (load->mode == NULL)
		return NULL;
	return load->schedule == NULL
		       ? arena_printf(finder->arena, "%s loop", load->mode)
		       : arena_printf(finder->arena, "%s loop, %s", load->mode, load->schedule);
}

/* Two tools have different words for the same load: of them only the loop can be held together. */
static int find_load(struct finder *finder, struct err *err)
{
	struct load_words base, head;
	bool is_same_loop, is_same_tool;
	int r = read_load(finder, &finder->base, &base, err);

	if (r == 0)
		r = read_load(finder, &finder->head, &head, err);
	if (r < 0)
		return r;
	is_same_loop = base.mode != NULL && head.mode != NULL && strcmp(base.mode, head.mode) == 0;
	is_same_tool = !base.is_foreign && !head.is_foreign;
	add_unless_same(finder,
			is_same_loop && !is_same_tool ? COMPARABILITY_FLAGGED
						      : COMPARABILITY_REFUSED,
			"load", describe_load(finder, &base), describe_load(finder, &head));
	if (is_same_tool) {
		add_unless_same(finder, COMPARABILITY_FLAGGED, "protocol", base.protocol,
				head.protocol);
		add_unless_same(finder, COMPARABILITY_FLAGGED, "requests at once on a connection",
				base.depth, head.depth);
	}
	if (base.path != NULL && head.path != NULL)
		add_unless_same(finder, COMPARABILITY_REFUSED, "requests", base.path, head.path);
	return 0;
}

static bool has_name(const struct stored_name *names, uint32_t count,
		     const struct stored_name *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i].name, name->name) == 0 &&
		    strcmp(names[i].method, name->method) == 0)
			return true;
	return false;
}

/* "log, upload": those of `names` that `others` lacks; "" = none. */
static const char *list_own_names(struct arena *arena, const struct stored_name *names,
				  uint32_t count, const struct stored_name *others,
				  uint32_t other_count)
{
	struct strbuf text;
	const char *list;

	strbuf_init(&text, 256);
	for (uint32_t i = 0; i < count; i++) {
		if (has_name(others, other_count, &names[i]))
			continue;
		strbuf_add_text(&text, text.length > 0 ? ", " : "");
		clean_add(&text, names[i].name);
	}
	list = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return list;
}

static int find_names(struct finder *finder, struct err *err)
{
	const struct side *base = &finder->base, *head = &finder->head;
	struct stored_name *a = NULL, *b = NULL;
	uint32_t count_a = 0, count_b = 0;
	const char *only_a, *only_b;
	int r = 0;

	if (base->arm->run_count == 0 || head->arm->run_count == 0)
		return 0;
	r = store_list_names(base->selection->store, finder->arena, base->arm->runs[0].key, &a,
			     &count_a, err);
	if (r == 0)
		r = store_list_names(head->selection->store, finder->arena, head->arm->runs[0].key,
				     &b, &count_b, err);
	if (r < 0 || count_a == 0 || count_b == 0)
		return r;
	only_a = list_own_names(finder->arena, a, count_a, b, count_b);
	only_b = list_own_names(finder->arena, b, count_b, a, count_a);
	if (only_a[0] == '\0' && only_b[0] == '\0')
		return 0;
	add(finder, COMPARABILITY_REFUSED, "requests",
	    only_a[0] != '\0' ? arena_printf(finder->arena, "also %s", only_a) : "none of these",
	    only_b[0] != '\0' ? arena_printf(finder->arena, "also %s", only_b) : "none of these");
	return 0;
}

/* Requests of all names, answered; 0 when there are no names. */
static double sum_requests(const struct arm_metrics *metrics)
{
	double sum = 0;

	for (uint32_t i = 0; i < metrics->metric_count; i++)
		if (strcmp(metrics->metrics[i].info->name, "requests") == 0 &&
		    strncmp(metrics->metrics[i].scope, "request:", 8) == 0)
			sum += metrics->metrics[i].median;
	return sum;
}

/* The request whose share of the mix differs most; found when that is more than chance. */
static void find_mix(struct finder *finder, const struct arm_metrics *base,
		     const struct arm_metrics *head)
{
	double all_base = sum_requests(base), all_head = sum_requests(head);
	double widest = COMPARABILITY_MIX_RATIO, share_base = 0, share_head = 0;
	const char *scope = NULL;
	char text[2][FMT_BYTES];

	if (all_base <= 0 || all_head <= 0)
		return;
	for (uint32_t i = 0; i < base->metric_count; i++) {
		const struct arm_metric *metric = &base->metrics[i], *other;
		double a, b;

		if (strcmp(metric->info->name, "requests") != 0 ||
		    strncmp(metric->scope, "request:", 8) != 0)
			continue;
		other = arm_metrics_find(head, "requests", metric->scope);
		a = metric->median / all_base;
		b = other != NULL ? other->median / all_head : 0;
		if (fabs(a - b) <= widest)
			continue;
		widest = fabs(a - b);
		share_base = a;
		share_head = b;
		scope = metric->scope;
	}
	if (scope != NULL)
		add(finder, COMPARABILITY_REFUSED,
		    arena_printf(finder->arena, "share of %s in the requests", scope + 8),
		    arena_strdup(finder->arena, fmt_percent(text[0], share_base)),
		    arena_strdup(finder->arena, fmt_percent(text[1], share_head)));
}

static double find_window_ns(const struct arm_metrics *metrics, double *scratch)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < metrics->run_count; i++) {
		const struct run_record *run = &metrics->runs[i]->record;

		if (run->phase_end_ns[PHASE_MEASURE] > run->phase_begin_ns[PHASE_MEASURE])
			scratch[count++] = (double)(run->phase_end_ns[PHASE_MEASURE] -
						    run->phase_begin_ns[PHASE_MEASURE]);
	}
	return count > 0 ? quantile_of_values(scratch, count, 0.5) : 0;
}

static void find_window(struct finder *finder, const struct arm_metrics *base,
			const struct arm_metrics *head)
{
	uint32_t most = base->run_count > head->run_count ? base->run_count : head->run_count;
	double *scratch = arena_alloc(finder->arena, most + 1, sizeof(*scratch));
	double a = find_window_ns(base, scratch), b = find_window_ns(head, scratch);
	char text[2][FMT_BYTES];

	if (a > 0 && b > 0 && fmax(a, b) > fmin(a, b) * WINDOW_RATIO)
		add(finder, COMPARABILITY_FLAGGED, "measured time of a run",
		    arena_strdup(finder->arena, fmt_duration(text[0], a)),
		    arena_strdup(finder->arena, fmt_duration(text[1], b)));
}

static uint32_t count_suspect(const struct arm_metrics *metrics)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < metrics->run_count; i++)
		count += metrics->runs[i]->has_validity &&
			 metrics->runs[i]->validity == VALIDITY_SUSPECT;
	return count;
}

/* "2 of 6 SUSPECT: the generator used 95 % of its CPUs", with the first reason there is. */
static const char *describe_quality(struct finder *finder, const struct arm_metrics *metrics)
{
	uint32_t suspect = count_suspect(metrics);
	const char *reason = "";
	char *text;

	if (suspect == 0)
		return "none SUSPECT";
	for (uint32_t i = 0; i < metrics->run_count && reason[0] == '\0'; i++)
		if (metrics->runs[i]->has_validity &&
		    metrics->runs[i]->validity == VALIDITY_SUSPECT &&
		    metrics->runs[i]->reasons != NULL)
			reason = metrics->runs[i]->reasons;
	text = arena_printf(finder->arena, "%u of %u SUSPECT%s%.*s", suspect, metrics->run_count,
			    reason[0] != '\0' ? ": " : "", (int)strcspn(reason, "\n"), reason);
	clean_text(text, '?');
	return text;
}

static void find_suspect(struct finder *finder, const struct arm_metrics *base,
			 const struct arm_metrics *head)
{
	if (count_suspect(base) + count_suspect(head) > 0)
		add(finder, COMPARABILITY_FLAGGED, "runs", describe_quality(finder, base),
		    describe_quality(finder, head));
}

static int find_all(struct finder *finder, bool is_within, struct err *err)
{
	struct arm_metrics base, head;
	int r = arm_metrics_read(&base, finder->arena, finder->base.selection, finder->base.place,
				 ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&head, finder->arena, finder->head.selection,
				     finder->head.place, ARM_RUNS_COMPARABLE, err);
	if (r < 0)
		return r;
	if (!is_within) {
		find_environment(finder);
		r = find_load(finder, err);
		if (r == 0)
			r = find_names(finder, err);
		find_mix(finder, &base, &head);
		find_plan(finder);
		find_window(finder, &base, &head);
		find_dirty(finder);
	}
	find_suspect(finder, &base, &head);
	return r;
}

/* REFUSED ones first, else as they were found. */
static void settle(struct finder *finder, struct comparability *result)
{
	result->differences =
		arena_alloc(finder->arena, finder->found.count + 1, sizeof(*result->differences));
	for (int severity = COMPARABILITY_REFUSED; severity >= COMPARABILITY_FLAGGED; severity--) {
		for (size_t i = 0; i < finder->found.count; i++)
			if ((int)finder->found.items[i].severity == severity)
				result->differences[result->count++] = finder->found.items[i];
		if (severity == COMPARABILITY_REFUSED)
			result->refused_count = result->count;
	}
}

int comparability_read(struct comparability *ret_comparability, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm, struct err *err)
{
	bool is_within = strcmp(base->experiment.id, head->experiment.id) == 0;
	struct finder finder = {
		.arena = arena,
		.base = {base, &base->arms[base_arm], base_arm,
			 parse_environment(base->experiment.environment)},
		.head = {head, &head->arms[head_arm], head_arm,
			 parse_environment(head->experiment.environment)},
	};
	int r = find_all(&finder, is_within, err);

	*ret_comparability = (struct comparability){0};
	if (r == 0)
		settle(&finder, ret_comparability);
	json_decref(finder.base.environment);
	json_decref(finder.head.environment);
	vec_release(&finder.found);
	return r;
}

const char *comparability_explain_refusal(struct arena *arena,
					  const struct comparability *comparability)
{
	struct strbuf text;
	const char *copy;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < comparability->refused_count; i++) {
		const struct comparability_difference *one = &comparability->differences[i];

		strbuf_addf(&text, "%s%s (%s against %s)",
			    i > 0 ? "; " : "incomparable: ", one->what, one->head, one->base);
	}
	copy = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return copy;
}
