#include "lab/plan_build.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lab/plan_load.h"
#include "lab/plan_matrix.h"
#include "lab/plan_reader.h"
#include "lab/plan_service.h"
#include "model/metric.h"
#include "util/clock.h"

enum { ARMS_MAX = 64, LOADS_MAX = 16, THRESHOLDS_MAX = 100 };

static const struct plan_field plan_fields[] = {
	{"name", PLAN_FIXED, offsetof(struct plan, name)},
	{"services", PLAN_OTHER},
	{"load", PLAN_OTHER},
	{"profile", PLAN_OTHER},
	{"monitor", PLAN_OTHER},
	{"vars", PLAN_OTHER},
	{"arms", PLAN_OTHER},
	{"repeat", PLAN_COUNT, offsetof(struct plan, repeat), 1, 10000},
	{"primary", PLAN_FIXED, offsetof(struct plan, primary)},
	{"thresholds", PLAN_OTHER},
	{"loads", PLAN_OTHER},
	{"matrix", PLAN_OTHER},
	{"only", PLAN_OTHER},
	{NULL},
};

const char *plan_build_get_label(const struct plan *plan)
{
	return plan->path != NULL ? plan->path : "plan";
}

static int read_stacks(const struct plan_reader *reader, const struct plan_node *node,
		       const char *text, enum plan_stacks *ret_stacks)
{
	static const char *const names[] = {"auto", "dwarf", "fp", "none"};

	if (text == NULL || plan_reader_is_deferred(reader, text))
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_stacks = (enum plan_stacks)i;
			return 0;
		}
	}
	if (strcmp(text, "lbr") == 0)
		return plan_reader_fail(reader, plan_node_find(node, "stacks"),
					"'stacks: lbr' is not supported; use auto, dwarf, fp or "
					"none");
	return plan_reader_refuse(reader, plan_node_find(node, "stacks"), "stacks",
				  "auto, dwarf, fp or none");
}

/* `profile: false`, `profile: true`, or the settings. */
static int read_profile(const struct plan_reader *reader, const struct plan_node *node,
			struct plan *plan)
{
	static const struct plan_field fields[] = {
		{"frequency", PLAN_NUMBER, offsetof(struct plan, profile_hz), 1, 10000},
		{"stacks", PLAN_OTHER},
		{NULL},
	};
	static const struct plan_field alone = {"profile", PLAN_BOOL,
						offsetof(struct plan, is_profiled)};
	const struct plan_node *stacks = plan_node_find(node, "stacks");
	const char *text = NULL;
	int r;

	if (node->kind == PLAN_NODE_TEXT)
		return plan_reader_read_field(reader, node, &alone, plan);
	r = plan_reader_read_map(reader, node, "'profile'", fields, plan);
	if (r == 0 && stacks != NULL)
		r = plan_reader_read_text(reader, stacks, "stacks", &text);
	return r < 0 ? r : read_stacks(reader, node, text, &plan->stacks);
}

static int read_monitor(const struct plan_reader *reader, const struct plan_node *node,
			struct plan *plan)
{
	static const struct plan_field fields[] = {
		{"interval", PLAN_DURATION, offsetof(struct plan, monitor_interval_ns), 50e6,
		 3600e9},
		{"syscalls", PLAN_OTHER},
		{"counters", PLAN_OTHER},
		{NULL},
	};
	static const char *const words[] = {"false", "true", "ptrace", NULL};
	const struct plan_node *counters = plan_node_find(node, "counters");
	uint32_t word = 0;
	const char *text = NULL;
	int r = plan_reader_read_map(reader, node, "'monitor'", fields, plan);

	if (r == 0)
		r = plan_reader_read_word(reader, node, "syscalls", words, &word);
	if (r == 0 && counters != NULL)
		r = plan_reader_read_text(reader, counters, "counters", &text);
	plan->syscalls = (enum plan_syscalls)word;
	if (text != NULL && strcmp(text, "false") != 0)
		plan->counters = strcmp(text, "true") == 0 ? "" : text;
	return r;
}

/* Names of variables, or of arms: both appear in command lines. */
static int check_names(const struct plan_reader *reader, const struct plan_node *map,
		       const char *what)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && map->kind == PLAN_NODE_MAP && i < map->count; i++)
		r = plan_reader_check_name(reader, map->entries[i].node, what, map->entries[i].key);
	return r;
}

/* A variable that nothing uses would make two arms the same without a word. */
static int check_arm_variable(const struct plan_reader *reader, const struct plan *plan,
			      const struct plan_node *root, const char *arm,
			      const struct plan_entry *variable)
{
	const char **names;

	if (plan_node_uses_variable(root, variable->key))
		return 0;
	names = arena_alloc(reader->arena, plan->var_count + 1, sizeof(*names));
	for (uint32_t i = 0, count = 0; i < plan->var_count; i++)
		if (strcmp(plan->vars[i].name, variable->key) != 0)
			names[count++] = plan->vars[i].name;
	return plan_reader_fail(reader, variable->node,
				"arm '%s' sets '%s', but nothing uses ${%s}%s", arm, variable->key,
				variable->key, plan_reader_suggest(reader, variable->key, names));
}

static int read_arm(const struct plan_reader *reader, const struct plan *plan,
		    const struct plan_node *root, const struct plan_entry *entry,
		    struct plan_arm *arm)
{
	const struct plan_node *vars = entry->node;
	int r;

	arm->name = arena_strdup(reader->arena, entry->key);
	if (plan_node_is_null(vars)) /* the arm that changes nothing */
		return 0;
	r = plan_reader_read_pairs(reader, vars, entry->key, &arm->vars, &arm->var_count);
	if (r == 0)
		r = check_names(reader, vars, "a variable");
	for (uint32_t i = 0; r == 0 && reader->arm == NULL && i < vars->count; i++)
		r = check_arm_variable(reader, plan, root, entry->key, &vars->entries[i]);
	return r;
}

static int read_arms(const struct plan_reader *reader, const struct plan_node *root,
		     struct plan *plan)
{
	const struct plan_node *arms = plan_node_find(root, "arms");
	int r = 0;

	if (arms == NULL || (arms->kind == PLAN_NODE_MAP && arms->count == 0)) {
		plan->arms = arena_new(reader->arena, struct plan_arm);
		plan->arms[0].name = "default";
		plan->arm_count = 1;
		return 0;
	}
	if (arms->kind != PLAN_NODE_MAP)
		return plan_reader_refuse(reader, arms, "arms",
					  "a mapping (arm: {variable: value})");
	if (arms->count > ARMS_MAX)
		return plan_reader_fail(reader, arms, "'arms' has %u entries; the most is %d",
					arms->count, ARMS_MAX);
	plan->arms = arena_alloc(reader->arena, arms->count, sizeof(*plan->arms));
	plan->arm_count = arms->count;
	r = check_names(reader, arms, "an arm");
	for (uint32_t i = 0; r == 0 && i < arms->count; i++)
		r = read_arm(reader, plan, root, &arms->entries[i], &plan->arms[i]);
	return r;
}

/* Names and keys: what each of them makes of the load is checked as a plan (plan_choose_load()). */
static int read_loads(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan *plan)
{
	int r;

	if (node->kind != PLAN_NODE_MAP)
		return plan_reader_refuse(reader, node, "loads", "a mapping (name: {key: value})");
	if (!plan->has_load)
		return plan_reader_fail(reader, node,
					"'loads' are alternatives to the load; the plan has no "
					"'load'");
	if (node->count > LOADS_MAX)
		return plan_reader_fail(reader, node, "'loads' has %u entries; the most is %d",
					node->count, LOADS_MAX);
	r = check_names(reader, node, "a load");
	plan->load_names = arena_alloc(reader->arena, node->count, sizeof(*plan->load_names));
	for (uint32_t i = 0; r == 0 && i < node->count; i++) {
		const struct plan_entry *entry = &node->entries[i];

		if (strcmp(entry->key, "all") == 0)
			r = plan_reader_fail(reader, entry->node,
					     "'all' cannot be the name of a load: --load all runs "
					     "each of them");
		else if (entry->node->kind != PLAN_NODE_MAP && !plan_node_is_null(entry->node))
			r = plan_reader_refuse(reader, entry->node, entry->key,
					       "a mapping of keys of 'load' (connections: 500)");
		else
			r = plan_load_check_keys(reader, entry->node);
		plan->load_names[i] = arena_strdup(reader->arena, entry->key);
	}
	plan->load_count = node->count;
	return r;
}

/* The total, a service, its workers or a request: in the store's words. */
static int find_scope(const struct plan_reader *reader, const struct plan_node *node,
		      const struct plan *plan, struct hypothesis *hypothesis)
{
	bool is_of_services = hypothesis_is_of_services(hypothesis->metric);
	const char **names =
		arena_alloc(reader->arena, 2 * plan->service_count + plan->load.request_count + 2,
			    sizeof(*names));
	const char *scope = hypothesis->scope;
	uint32_t count = 0;

	if (scope[0] == '\0')
		return 0;
	for (uint32_t i = 0; is_of_services && i < plan->service_count; i++) {
		names[count++] = plan->services[i].name;
		names[count++] = plan->service_count == 1
					 ? "workers"
					 : arena_printf(reader->arena, "%.38s workers",
							plan->services[i].name);
	}
	for (uint32_t i = 0; !is_of_services && i < plan->load.request_count; i++)
		names[count++] = plan->load.requests[i].name;
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(names[i], scope) != 0)
			continue;
		if (!is_of_services)
			hypothesis->scope = arena_printf(reader->arena, "request:%s", scope);
		return 0;
	}
	return plan_reader_fail(reader, node, "threshold %s: '%s' is of %s, and none is named %s%s",
				plan_reader_quote(reader, hypothesis->text),
				hypothesis->metric->name, is_of_services ? "services" : "requests",
				plan_reader_quote(reader, scope),
				plan_reader_suggest(reader, scope, names));
}

static int read_hypothesis(const struct plan_reader *reader, const struct plan_node *node,
			   const char *text, struct plan *plan)
{
	struct hypothesis *hypothesis = &plan->hypotheses[plan->hypothesis_count];
	struct err why = {0};

	if (reader->arm != NULL && node->raw != NULL)
		return plan_reader_fail(reader, node,
					"threshold %s compares arms: it is the same for all of "
					"them and cannot hold a variable",
					plan_reader_quote(reader, node->raw));
	if (reader->arm != NULL)
		return 0;
	if (hypothesis_parse(hypothesis, reader->arena, text, plan->combinations, &why) < 0)
		return plan_reader_fail(reader, node, "threshold %s", err_text(&why));
	plan->hypothesis_count++;
	return find_scope(reader, node, plan, hypothesis);
}

static int read_threshold(const struct plan_reader *reader, const struct plan_node *node,
			  struct plan *plan, const char **ret_text)
{
	int r = plan_reader_read_text(reader, node, "thresholds", ret_text);

	if (r < 0 || plan_reader_is_deferred(reader, *ret_text))
		return r;
	if (hypothesis_is_meant(*ret_text))
		return read_hypothesis(reader, node, *ret_text, plan);
	return plan_load_check_threshold(reader, node, &plan->load, *ret_text);
}

static int read_thresholds(const struct plan_reader *reader, const struct plan_node *node,
			   struct plan *plan)
{
	int r = plan_reader_check_list(reader, node, "thresholds", THRESHOLDS_MAX);

	if (r < 0)
		return r;
	if (!plan->has_load && node->count > 0)
		return plan_reader_fail(reader, node,
					"'thresholds' are of the load; the plan has no 'load'");
	plan->thresholds = arena_alloc(reader->arena, node->count, sizeof(*plan->thresholds));
	plan->threshold_count = node->count;
	plan->hypotheses = arena_alloc(reader->arena, node->count, sizeof(*plan->hypotheses));
	for (uint32_t i = 0; r == 0 && i < node->count; i++)
		r = read_threshold(reader, node->entries[i].node, plan, &plan->thresholds[i]);
	return r;
}

static int check_primary(const struct plan_reader *reader, const struct plan_node *node,
			 const char *primary)
{
	const struct metric_info *metrics;
	const char **names, *suggestion;
	uint32_t count;

	if (metric_find(primary) != NULL)
		return 0;
	metrics = metric_list(&count);
	names = arena_alloc(reader->arena, count + 1, sizeof(*names));
	for (uint32_t i = 0; i < count; i++)
		names[i] = metrics[i].name;
	suggestion = plan_reader_suggest(reader, primary, names);
	return plan_reader_fail(
		reader, node, "'primary' is no metric: %s%s", plan_reader_quote(reader, primary),
		suggestion[0] != '\0' ? suggestion
				      : "; for example cpu_per_request or latency_p99");
}

static int read_sections(const struct plan_reader *reader, const struct plan_node *root,
			 struct plan *plan)
{
	/* in this order: thresholds look at the load, arms at the variables */
	static const struct {
		const char *key;
		int (*read)(const struct plan_reader *reader, const struct plan_node *node,
			    struct plan *plan);
	} sections[] = {
		{"services", plan_service_read}, {"load", plan_load_read},
		{"loads", read_loads},		 {"profile", read_profile},
		{"monitor", read_monitor},	 {"thresholds", read_thresholds},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(sections) / sizeof(sections[0]); i++) {
		const struct plan_node *node = plan_node_find(root, sections[i].key);

		if (node != NULL)
			r = sections[i].read(reader, node, plan);
	}
	return r;
}

int plan_build(struct plan *plan, const struct plan_node *root, const char *arm, struct err *err)
{
	struct plan_reader reader = {&plan->arena, plan_build_get_label(plan), arm, err};
	const struct plan_node *vars = plan_node_find(root, "vars");
	int r;

	*plan = (struct plan){
		.arena = plan->arena,
		.root = plan->root,
		.path = plan->path,
		.directory = plan->directory,
		.source = plan->source,
		.load_name = plan->load_name,
		.name = "sonde",
		.is_profiled = true,
		.profile_hz = 199,
		.monitor_interval_ns = NS_PER_S,
		.repeat = 1,
		.primary = "cpu_per_request",
	};
	r = plan_reader_read_map(&reader, root, "the plan", plan_fields, plan);
	if (r == 0 && vars != NULL)
		r = plan_reader_read_pairs(&reader, vars, "vars", &plan->vars, &plan->var_count);
	if (r == 0 && vars != NULL)
		r = check_names(&reader, vars, "a variable");
	if (r == 0)
		r = read_arms(&reader, root, plan);
	if (r == 0 && arm == NULL)
		r = plan_matrix_read(&reader, root, plan);
	if (r == 0)
		r = read_sections(&reader, root, plan);
	if (r == 0 && plan_node_find(root, "primary") != NULL)
		r = check_primary(&reader, plan_node_find(root, "primary"), plan->primary);
	if (r == 0 && plan->service_count == 0 && !plan->has_load)
		return plan_reader_fail(
			&reader, root, "nothing to do: the plan has neither 'services' nor 'load'");
	return r;
}
