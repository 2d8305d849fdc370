#include "view/scaling.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_load.h"
#include "store/store_proof.h"
#include "util/parse.h"
#include "view/arm_metrics.h"

static const char *const metric_names[SCALING_METRIC_COUNT] = {
	[SCALING_RATE] = "rate_rps",
	[SCALING_P50] = "latency_p50",
	[SCALING_P95] = "latency_p95",
	[SCALING_P99] = "latency_p99",
	[SCALING_CPU_PER_REQUEST] = "cpu_per_request",
	[SCALING_CPU_MEAN] = "cpu_mean",
	[SCALING_RSS] = "rss_peak",
};

const struct metric_info *scaling_get_metric(enum scaling_metric metric)
{
	return metric_find(metric_names[metric]);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool scaling_is_constant(const struct scaling *scaling, uint32_t variable)
{
	for (uint32_t i = 1; i < scaling->row_count; i++)
		if (!is_same_text(scaling->rows[i].values[variable],
				  scaling->rows[0].values[variable]))
			return false;
	return true;
}

/* The variables of an arm; NULL when it is not known or has none. The caller's reference. */
static json_t *read_vars(const struct arm_source *sources, uint32_t count, const char *arm)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(sources[i].name, arm) == 0)
			return json_loads(sources[i].vars, 0, NULL);
	return NULL;
}

static uint32_t find_variable(const struct scaling *scaling, const char *name)
{
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (strcmp(scaling->variables[i], name) == 0)
			return i;
	return scaling->variable_count;
}

/* The variables of all arms, each once. */
static void list_variables(struct scaling *scaling, struct arena *arena, json_t *const *vars)
{
	size_t most = 0;
	const char *name;
	json_t *value;

	for (uint32_t i = 0; i < scaling->row_count; i++)
		most += json_object_size(vars[i]);
	scaling->variables = arena_alloc(arena, most + 1, sizeof(*scaling->variables));
	for (uint32_t i = 0; i < scaling->row_count; i++)
		json_object_foreach(vars[i], name, value) if (json_is_string(value) &&
							      find_variable(scaling, name) ==
								      scaling->variable_count)
			scaling->variables[scaling->variable_count++] = arena_strdup(arena, name);
}

static int read_variables(struct scaling *scaling, struct arena *arena,
			  const struct selection *selection, struct err *err)
{
	json_t **vars = arena_alloc(arena, scaling->row_count + 1, sizeof(json_t *));
	struct arm_source *sources;
	uint32_t count;
	int r = store_list_arms(selection->store, arena, selection->experiment.id, &sources, &count,
				err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < scaling->row_count; i++)
		vars[i] = read_vars(sources, count, selection->arms[scaling->rows[i].arm].name);
	list_variables(scaling, arena, vars);
	for (uint32_t i = 0; i < scaling->row_count; i++) {
		struct scaling_row *row = &scaling->rows[i];

		row->values = arena_alloc(arena, scaling->variable_count + 1, sizeof(char *));
		for (uint32_t j = 0; j < scaling->variable_count; j++) {
			const char *text =
				json_string_value(json_object_get(vars[i], scaling->variables[j]));

			row->values[j] = text != NULL ? arena_strdup(arena, text) : NULL;
		}
		json_decref(vars[i]);
	}
	return 0;
}

static void judge_row(struct scaling_row *row, const struct selected_arm *arm)
{
	row->is_judged = true;
	for (uint32_t i = 0; i < arm->run_count; i++) {
		row->is_judged = row->is_judged && arm->runs[i].has_validity;
		if (arm->runs[i].has_validity && arm->runs[i].validity > row->validity)
			row->validity = arm->runs[i].validity;
	}
}

static int read_row(struct scaling_row *row, struct arena *arena, const struct selection *selection,
		    struct err *err)
{
	const struct selected_arm *arm = &selection->arms[row->arm];
	const struct arm_metric *failed;
	struct stored_load_summary load;
	struct arm_metrics metrics;
	int r = arm_metrics_read(&metrics, arena, selection, row->arm, ARM_RUNS_ALL, err);

	if (r < 0)
		return r;
	row->label = selection_arm_label(selection, row->arm);
	row->run_count = metrics.run_count;
	for (uint32_t i = 0; i < SCALING_METRIC_COUNT; i++) {
		const struct arm_metric *metric = arm_metrics_find(&metrics, metric_names[i], "");

		row->metrics[i] = metric != NULL ? metric->median : (double)NAN;
	}
	failed = arm_metrics_find(&metrics, "failures_per_request", "");
	row->failed_ratio = failed != NULL ? failed->max : (double)NAN;
	judge_row(row, arm);
	r = store_read_load_summary(selection->store, arena, arm->runs[0].key, &load, NULL);
	if (r == 0) {
		row->is_open = strcmp(load.mode, "open") == 0;
		store_release_load_summary(&load);
	}
	return 0;
}

static bool parse_level(const char *text, double *ret_n)
{
	return text != NULL && parse_double(text, ret_n) == 0 && *ret_n > 0;
}

/* How many different numbers above 0 it takes; 0 when a row has anything else. */
static uint32_t count_levels(const struct scaling *scaling, uint32_t variable)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scaling->row_count; i++) {
		double n, other = 0;
		bool is_new = true;

		if (!parse_level(scaling->rows[i].values[variable], &n))
			return 0;
		for (uint32_t j = 0; j < i && is_new; j++)
			is_new = !parse_level(scaling->rows[j].values[variable], &other) ||
				 n < other || n > other;
		count += is_new;
	}
	return count;
}

static void choose_axis(struct scaling *scaling)
{
	static const char *const preferred[] = {"users", "workers", "connections", "threads"};
	uint32_t most = USL_MIN_LEVELS - 1;

	scaling->no_axis = "no variable takes three different numbers";
	for (size_t i = 0; i < sizeof(preferred) / sizeof(preferred[0]); i++) {
		uint32_t variable = find_variable(scaling, preferred[i]);

		if (variable < scaling->variable_count &&
		    count_levels(scaling, variable) >= USL_MIN_LEVELS) {
			scaling->axis = scaling->variables[variable];
			return;
		}
	}
	for (uint32_t i = 0; i < scaling->variable_count; i++) {
		uint32_t count = count_levels(scaling, i);

		if (count <= most)
			continue;
		most = count;
		scaling->axis = scaling->variables[i];
	}
}

static int take_axis(struct scaling *scaling, struct arena *arena, const char *axis,
		     struct err *err)
{
	uint32_t variable = find_variable(scaling, axis);
	const char *known = "";

	if (variable < scaling->variable_count &&
	    count_levels(scaling, variable) >= USL_MIN_LEVELS) {
		scaling->axis = scaling->variables[variable];
		return 0;
	}
	if (variable < scaling->variable_count)
		return err_set(err, -EINVAL,
			       "'%s' takes fewer than %d different numbers above 0: nothing can "
			       "be said of how throughput grows with it",
			       axis, USL_MIN_LEVELS);
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		known = arena_printf(arena, "%s%s%s", known, i > 0 ? ", " : "",
				     scaling->variables[i]);
	return err_set(err, -EINVAL, "the arms have no variable '%s'; there is %s", axis,
		       scaling->variable_count > 0 ? known : "none");
}

static bool is_same_group(const struct scaling *scaling, const struct scaling_row *a,
			  const struct scaling_row *b, uint32_t axis)
{
	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (i != axis && !is_same_text(a->values[i], b->values[i]))
			return false;
	return true;
}

static const char *make_label(struct arena *arena, const struct scaling *scaling,
			      const struct scaling_row *row, uint32_t axis)
{
	const char *label = "";

	for (uint32_t i = 0; i < scaling->variable_count; i++)
		if (i != axis && row->values[i] != NULL && !scaling_is_constant(scaling, i))
			label = arena_printf(arena, "%s%s%s=%s", label, label[0] != '\0' ? " " : "",
					     scaling->variables[i], row->values[i]);
	return label;
}

static int compare_levels(const void *a, const void *b)
{
	const struct scaling_level *left = a, *right = b;

	return left->n < right->n ? -1 : left->n > right->n;
}

/* Gunther's law, see stats/usl.h. */
static double find_rate(const struct usl *fit, double n)
{
	return fit->gamma.value * n /
	       (1 + fit->alpha.value * (n - 1) + fit->beta.value * n * (n - 1));
}

/* The throughput of each run that counts. */
static int collect_points(const struct scaling_group *group, struct arena *arena,
			  const struct selection *selection, struct usl_point **ret_points,
			  uint32_t *ret_count, struct err *err)
{
	uint32_t most = 0, count = 0;
	struct usl_point *points;

	for (uint32_t i = 0; i < group->level_count; i++)
		most += group->levels[i].row->run_count;
	points = arena_alloc(arena, most + 1, sizeof(*points));
	for (uint32_t i = 0; i < group->level_count; i++) {
		const struct arm_metric *rate;
		struct arm_metrics metrics;
		int r = arm_metrics_read(&metrics, arena, selection, group->levels[i].row->arm,
					 ARM_RUNS_COMPARABLE, err);

		if (r < 0)
			return r;
		rate = arm_metrics_find(&metrics, metric_names[SCALING_RATE], "");
		for (uint32_t j = 0; rate != NULL && j < metrics.run_count; j++)
			if (rate->values[j] > 0)
				points[count++] =
					(struct usl_point){group->levels[i].n, rate->values[j]};
	}
	*ret_points = points;
	*ret_count = count;
	return 0;
}

static int fit_group(struct scaling_group *group, struct arena *arena,
		     const struct selection *selection, struct err *err)
{
	struct usl_point *points;
	uint32_t count;
	int r;

	group->why_no_fit = "";
	for (uint32_t i = 0; i < group->level_count; i++) {
		group->levels[i].fitted_rate = (double)NAN;
		if (group->levels[i].row->is_open)
			group->why_no_fit = "open loop: throughput is what was offered, up to what "
					    "the service can do";
	}
	if (group->why_no_fit[0] != '\0')
		return 0;
	r = collect_points(group, arena, selection, &points, &count, err);
	if (r < 0)
		return r;
	if (usl_fit(points, count, selection->experiment.seed, &group->fit) < 0) {
		group->why_no_fit = "fewer than three levels have a run that counts";
		return 0;
	}
	group->has_fit = true;
	for (uint32_t i = 0; i < group->level_count; i++)
		group->levels[i].fitted_rate = find_rate(&group->fit, group->levels[i].n);
	return 0;
}

/* Each row into the group of the first one that differs from it in nothing but the axis. */
static int make_groups(struct scaling *scaling, struct arena *arena,
		       const struct selection *selection, struct err *err)
{
	uint32_t axis = find_variable(scaling, scaling->axis);
	int r = 0;

	scaling->groups = arena_alloc(arena, scaling->row_count, sizeof(*scaling->groups));
	for (uint32_t i = 0; i < scaling->row_count; i++) {
		const struct scaling_row *row = &scaling->rows[i];
		struct scaling_level level = {.row = row};
		uint32_t place = 0;

		while (place < scaling->group_count &&
		       !is_same_group(scaling, scaling->groups[place].levels[0].row, row, axis))
			place++;
		if (place == scaling->group_count) {
			scaling->groups[place].label = make_label(arena, scaling, row, axis);
			scaling->groups[place].levels = arena_alloc(
				arena, scaling->row_count, sizeof(*scaling->groups->levels));
			scaling->group_count++;
		}
		parse_level(row->values[axis], &level.n);
		scaling->groups[place].levels[scaling->groups[place].level_count++] = level;
	}
	for (uint32_t i = 0; i < scaling->group_count && r == 0; i++) {
		struct scaling_group *group = &scaling->groups[i];

		qsort(group->levels, group->level_count, sizeof(*group->levels), compare_levels);
		r = fit_group(group, arena, selection, err);
	}
	return r;
}

int scaling_read(struct scaling *ret_scaling, struct arena *arena,
		 const struct selection *selection, const char *axis, struct err *err)
{
	struct scaling scaling = {.no_axis = ""};
	int r = 0;

	scaling.rows = arena_alloc(arena, selection->arm_count + 1, sizeof(*scaling.rows));
	for (uint32_t arm = 0; arm < selection->arm_count && r == 0; arm++) {
		struct scaling_row *row = &scaling.rows[scaling.row_count];

		if (selection->arms[arm].run_count == 0)
			continue;
		row->arm = arm;
		scaling.row_count++;
		r = read_row(row, arena, selection, err);
	}
	if (r == 0 && scaling.row_count == 0)
		return err_set(err, -ENODATA, "nothing was measured in %s",
			       selection->experiment.id);
	if (r == 0)
		r = read_variables(&scaling, arena, selection, err);
	if (r == 0 && axis == NULL)
		choose_axis(&scaling);
	else if (r == 0)
		r = take_axis(&scaling, arena, axis, err);
	if (r == 0 && scaling.axis != NULL)
		r = make_groups(&scaling, arena, selection, err);
	if (r == 0)
		*ret_scaling = scaling;
	return r;
}
