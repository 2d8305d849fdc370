#include "export/json.h"

#include <math.h>
#include <string.h>

#include "export/json_compare.h"
#include "export/json_insight.h"
#include "export/json_load.h"
#include "export/json_machine.h"
#include "export/json_profile.h"
#include "export/json_text.h"
#include "export/json_value.h"
#include "model/metric.h"
#include "model/verdict.h"
#include "util/alloc.h"

static json_t *make_run_id(const char *experiment, uint32_t number)
{
	scoped_free char *id = alloc_printf("%s.%u", experiment, number);

	return json_text_make(id);
}

/* The experiment's id, or the run's when one is selected. */
static json_t *make_selection_id(const struct selection *selection)
{
	if (selection == NULL)
		return json_null();
	if (selection->run_count == 1)
		return make_run_id(selection->experiment.id, selection->runs[0].record.number);
	return json_text_make(selection->experiment.id);
}

/* ---- load ---- */

void json_write_load(struct strbuf *json, const struct load_view *view,
		     const struct selection *selection)
{
	json_t *document = json_object();

	json_value_set(document, "schema", json_string("sonde.load/1"));
	json_value_set(document, "run", make_selection_id(selection));
	json_load_set(document, view);
	json_text_write(json, document, true);
}

/* ---- report ---- */

void json_write_report(struct strbuf *json, const struct hot_functions *view,
		       const struct json_report_parts *parts, const struct selection *selection)
{
	json_t *document = json_object();

	json_value_set(document, "schema", json_string("sonde.report/1"));
	json_value_set(document, "run", make_selection_id(selection));
	json_profile_set_report(document, view, parts);
	json_text_write(json, document, true);
}

void json_write_annotate(struct strbuf *json, const struct code_view *view,
			 const struct profile_summary *summary, const struct selection *selection)
{
	json_t *document = json_object();

	json_value_set(document, "schema", json_string("sonde.annotate/1"));
	json_value_set(document, "run", make_selection_id(selection));
	json_profile_set_code(document, view, summary);
	json_text_write(json, document, true);
}

/* ---- show ---- */

static json_t *make_runs(const struct selection *selection)
{
	json_t *runs = json_array();

	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct stored_run *run = &selection->runs[i];
		json_t *object = json_object();

		json_value_set(object, "id",
			       make_run_id(selection->experiment.id, run->record.number));
		json_value_set(object, "arm", json_text_make(run->record.arm));
		json_value_set(object, "pair", json_value_make_count(run->record.pair));
		json_value_set(object, "state", json_string(run_state_name(run->record.state)));
		json_value_set(object, "started_wall_ns",
			       json_value_make_known(run->record.started_wall_ns));
		json_value_set(object, "failure",
			       run->record.failure[0] != '\0' ? json_text_make(run->record.failure)
							      : json_null());
		json_value_set(object, "verdict",
			       run->has_validity ? json_string(validity_name(run->validity))
						 : json_null());
		json_value_set(object, "reasons", json_value_make_lines(run->reasons));
		json_array_append_new(runs, object);
	}
	return runs;
}

static json_t *make_metric(const struct arm_metric *metric)
{
	json_t *object = json_object();

	json_value_set(object, "name", json_text_make(metric->info->name));
	json_value_set(object, "scope", json_text_make(metric->scope));
	json_value_set(object, "unit", json_string(metric_unit_name(metric->info->unit)));
	json_value_set(object, "median", json_value_make_real(metric->median));
	json_value_set(object, "min", json_value_make_real(metric->min));
	json_value_set(object, "max", json_value_make_real(metric->max));
	json_value_set(object, "n", json_value_make_count(metric->value_count));
	return object;
}

static json_t *make_arms(const struct run_summary *summary, const struct run_insight *insights)
{
	json_t *arms = json_array();

	for (uint32_t i = 0; i < summary->side_count; i++) {
		const struct run_summary_side *side = &summary->sides[i];
		json_t *object = json_object(), *metrics = json_array();

		for (uint32_t m = 0; m < side->metrics.metric_count; m++)
			json_array_append_new(metrics, make_metric(&side->metrics.metrics[m]));
		json_value_set(object, "name", json_text_make(side->label));
		json_value_set(object, "metrics", metrics);
		json_value_set(object, "profile",
			       side->has_profile ? json_profile_make(&side->profile.summary)
						 : json_null());
		if (insights != NULL)
			json_insight_set(object, &insights[i]);
		json_array_append_new(arms, object);
	}
	return arms;
}

/* The environment is stored as JSON; what is not (an old or damaged store) is null. */
static json_t *make_environment(const char *text)
{
	json_t *environment = text != NULL ? json_loads(text, 0, NULL) : NULL;

	return environment != NULL ? environment : json_null();
}

static json_t *make_plan(const char *plan)
{
	return plan != NULL && plan[0] != '\0' ? json_text_make(plan) : json_null();
}

void json_write_show(struct strbuf *json, const struct run_summary *summary,
		     const struct load_view *load, const struct machine_view *machine,
		     const struct run_insight *insights)
{
	const struct selection *selection = summary->sides[0].selection;
	const struct stored_experiment *experiment = &selection->experiment;
	json_t *document = json_object(), *object = json_null();

	if (load != NULL) {
		object = json_object();
		json_load_set(object, load);
	}
	json_value_set(document, "schema", json_string("sonde.show/1"));
	json_value_set(document, "experiment", json_text_make(experiment->id));
	json_value_set(document, "name", json_text_make(experiment->name));
	json_value_set(document, "kind", json_text_make(experiment->kind));
	json_value_set(document, "state", json_string(run_state_name(experiment->state)));
	json_value_set(document, "tags", json_text_make(experiment->tags));
	json_value_set(document, "command_line", json_text_make(experiment->command_line));
	json_value_set(document, "created_wall_ns",
		       json_value_make_known(experiment->created_wall_ns));
	json_value_set(document, "primary", json_text_make(experiment->primary_metric));
	json_value_set(document, "runs", make_runs(selection));
	json_value_set(document, "plan", make_plan(experiment->plan));
	json_value_set(document, "environment", make_environment(experiment->environment));
	json_value_set(document, "arms", make_arms(summary, insights));
	json_value_set(document, "load", object);
	json_machine_set(document, machine);
	if (insights != NULL && summary->side_count == 1)
		json_insight_set(document, &insights[0]);
	json_text_write(json, document, true);
}
