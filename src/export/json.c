#include "export/json.h"

#include <math.h>
#include <string.h>

#include "export/json_text.h"
#include "model/metric.h"
#include "model/verdict.h"
#include "util/alloc.h"
#include "view/latency_summary.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *make_count(uint64_t count)
{
	return json_integer((json_int_t)count);
}

/* 0 stands for "unknown". */
static json_t *make_known(uint64_t count)
{
	return count > 0 ? make_count(count) : json_null();
}

static json_t *make_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *make_ratio(double part, double whole)
{
	return whole > 0 ? json_real(part / whole) : json_null();
}

/* Samples are whole but for hidden kernel time, which is in sample-equivalents. */
static json_t *make_samples(double samples)
{
	return samples == floor(samples) && samples < 1e15 ? json_integer((json_int_t)samples)
							   : make_real(samples);
}

/* One text a line becomes a list of texts. */
static json_t *make_lines(const char *text)
{
	json_t *list = json_array();

	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, "\n");

		if (length > 0) {
			scoped_free char *line = alloc_strndup(text, length);

			json_array_append_new(list, json_text_make(line));
		}
		text += length + (text[length] == '\n' ? 1 : 0);
	}
	return list;
}

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

static json_t *make_errors(const struct load_counts *counts)
{
	json_t *errors = json_object();

	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		set(errors, load_error_name((enum load_error)i), make_count(counts->errors[i]));
	return errors;
}

static json_t *make_latency(const struct latency_summary *summary)
{
	json_t *latency = json_object();
	bool has_any = summary->count > 0;

	set(latency, "count", make_count(summary->count));
	set(latency, "min_ns", has_any ? make_count(summary->min_ns) : json_null());
	set(latency, "mean_ns",
	    has_any ? json_integer((json_int_t)llround(summary->mean_ns)) : json_null());
	set(latency, "max_ns", has_any ? make_count(summary->max_ns) : json_null());
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *quantile = &summary->quantiles[i];

		set(latency, quantile->key,
		    quantile->is_earned ? make_count(quantile->value_ns) : json_null());
	}
	return latency;
}

static json_t *make_lower_bounds(const struct latency_summary *summary)
{
	json_t *bounds = json_object();

	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (summary->quantiles[i].is_lower_bound)
			set(bounds, summary->quantiles[i].key,
			    make_count(summary->quantiles[i].bound_ns));
	return bounds;
}

static json_t *make_status(const uint64_t status[static LOAD_STATUS_SLOTS])
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LOAD_STATUS_SLOTS; i++) {
		if (status[i] > 0) {
			scoped_free char *key = alloc_printf("%u", i);

			set(object, key, make_count(status[i]));
		}
	}
	return object;
}

static json_t *make_send_lag(const struct histogram *send_lag)
{
	struct latency_summary summary;
	json_t *object;

	if (send_lag == NULL)
		return json_null();
	latency_summary_make(&summary, send_lag, NULL, 0);
	object = json_object();
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *quantile = &summary.quantiles[i];

		if (quantile->q == 0.5 || quantile->q == 0.99)
			set(object, quantile->key,
			    quantile->is_earned ? make_count(quantile->value_ns) : json_null());
	}
	set(object, "max_ns", summary.count > 0 ? make_count(summary.max_ns) : json_null());
	return object;
}

/* What the total and each request name have in common. */
static void set_name(json_t *object, const struct load_view_name *name,
		     const struct load_view *view)
{
	const struct load_counts *counts = &name->counts;
	double seconds = (double)view->duration_ns / 1e9;
	struct latency_summary summary;

	set(object, "offered", make_count(counts->offered));
	set(object, "requests", make_count(counts->answered));
	set(object, "errors", make_errors(counts));
	set(object, "success_ratio",
	    make_ratio((double)counts->offered - (double)load_counts_failures(counts),
		       (double)counts->offered));
	set(object, "rate_rps", make_ratio((double)counts->completed, seconds));
	set(object, "offered_rps", make_ratio((double)counts->offered, seconds));
	set(object, "bytes_in", make_count(counts->bytes_in));
	set(object, "bytes_in_per_s", make_ratio((double)counts->bytes_in, seconds));
	set(object, "bytes_out", make_count(counts->bytes_out));
	latency_summary_make(&summary, name->response, counts, view->timeout_ns);
	set(object, "latency", make_latency(&summary));
	set(object, "lower_bounds", make_lower_bounds(&summary));
	latency_summary_make(&summary, name->service, counts, 0);
	set(object, "service_time", make_latency(&summary));
	set(object, "status", make_status(name->status));
}

static json_t *make_names(const struct load_view *view)
{
	json_t *names = json_object();

	for (uint32_t i = 0; i < view->name_count; i++) {
		const struct load_view_name *name = &view->names[i];
		json_t *key = json_text_make(name->name), *object = json_object();

		set(object, "method", json_text_make(name->method));
		set_name(object, name, view);
		set(names, json_string_value(key), object);
		json_decref(key);
	}
	return names;
}

static json_t *make_seconds(const struct load_view *view)
{
	json_t *seconds = json_array();

	for (uint32_t i = 0; i < view->second_count; i++) {
		const struct load_view_second *second = &view->seconds[i];
		json_t *object = json_object();

		set(object, "second", make_count(second->second));
		set(object, "offered", make_count(second->counts.offered));
		set(object, "requests", make_count(second->counts.answered));
		set(object, "errors", make_errors(&second->counts));
		set(object, "bytes_in", make_count(second->counts.bytes_in));
		set(object, "p50_ns", make_known(second->p50_ns));
		set(object, "p99_ns", make_known(second->p99_ns));
		json_array_append_new(seconds, object);
	}
	return seconds;
}

static json_t *make_failures(const struct load_view *view)
{
	json_t *failures = json_array();

	for (uint32_t i = 0; i < view->failure_count; i++) {
		const struct load_failure *failure = &view->failures[i];
		json_t *object = json_object();

		set(object, "name",
		    failure->name < view->name_count
			    ? json_text_make(view->names[failure->name].name)
			    : json_null());
		set(object, "error", json_string(load_error_name(failure->error)));
		set(object, "count", make_count(failure->count));
		set(object, "text", json_text_make(failure->text));
		json_array_append_new(failures, object);
	}
	return failures;
}

static void set_load(json_t *object, const struct load_view *view)
{
	set(object, "url", json_text_make(view->url));
	set(object, "mode", json_text_make(view->mode));
	set(object, "connections", make_count(view->connections));
	set(object, "threads", make_count(view->threads));
	set(object, "target_rps", view->rate_hz > 0 ? make_real(view->rate_hz) : json_null());
	set(object, "run_count", make_count(view->run_count));
	set(object, "duration_ns", make_count(view->duration_ns));
	set_name(object, &view->total, view);
	set(object, "send_lag", make_send_lag(view->send_lag));
	set(object, "client_cpu_ns", make_count(view->client_cpu_ns));
	set(object, "client_wait_ns", make_count(view->client_wait_ns));
	set(object, "in_flight_max", make_count(view->in_flight_max));
	set(object, "reconnects", make_count(view->reconnects));
	set(object, "verdict",
	    view->is_judged ? json_string(validity_name(view->validity)) : json_null());
	set(object, "reasons", make_lines(view->reasons));
	set(object, "names", make_names(view));
	set(object, "seconds", make_seconds(view));
	set(object, "failures", make_failures(view));
}

void json_write_load(struct strbuf *json, const struct load_view *view,
		     const struct selection *selection)
{
	json_t *document = json_object();

	set(document, "schema", json_string("sonde.load/1"));
	set(document, "run", make_selection_id(selection));
	set_load(document, view);
	json_text_write(json, document, true);
}

/* ---- report ---- */

static json_t *make_profile(const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	json_t *profile = json_object();

	set(profile, "samples", make_count(quality->sample_count));
	set(profile, "samples_with_hidden", make_samples(summary->samples_with_hidden));
	set(profile, "weight_ns", make_count(summary->weight_ns));
	set(profile, "cpu_ns", make_known(quality->cpu_ns));
	set(profile, "complete", make_count(quality->complete_count));
	set(profile, "joined", make_count(quality->joined_count));
	set(profile, "truncated", make_count(quality->truncated_count));
	set(profile, "lost", make_count(quality->lost_count));
	set(profile, "throttled", make_count(quality->throttled_count));
	set(profile, "stacks", make_count(summary->stacks));
	set(profile, "frames", make_count(summary->frames));
	set(profile, "frames_unsymbolized", make_count(summary->frames_unsymbolized));
	set(profile, "is_kernel_hidden", json_boolean(quality->is_kernel_hidden));
	set(profile, "kernel_hidden_ns", make_count(quality->kernel_hidden_ns));
	set(profile, "bytes_from_kernel", make_count(quality->bytes_from_kernel));
	set(profile, "frequency_hz", make_real(summary->frequency_hz));
	set(profile, "event", json_text_make(summary->event));
	set(profile, "sampler", json_text_make(summary->sampler));
	set(profile, "run_count", make_count(summary->run_count));
	return profile;
}

static json_t *make_functions(const struct hot_functions *view)
{
	json_t *functions = json_array();

	for (uint32_t i = 0; i < view->function_count; i++) {
		const struct hot_function *function = &view->functions[i];
		bool has_file = function->file != NULL && function->file[0] != '\0';
		json_t *object = json_object();

		set(object, "name", json_text_make(function->name));
		set(object, "module", json_text_make(function->module));
		set(object, "file", has_file ? json_text_make(function->file) : json_null());
		set(object, "line", make_known(function->line));
		set(object, "is_kernel", json_boolean(function->is_kernel));
		set(object, "self", make_samples(function->self));
		set(object, "total", make_samples(function->total));
		json_array_append_new(functions, object);
	}
	return functions;
}

static json_t *make_threads(const struct hot_functions *view)
{
	json_t *threads = json_array();

	for (uint32_t i = 0; i < view->thread_count; i++) {
		const struct hot_threads_row *thread = &view->threads[i];
		json_t *object = json_object();

		set(object, "comm", json_text_make(thread->comm));
		set(object, "role", json_text_make(thread->role));
		set(object, "pid", make_count(thread->pid));
		set(object, "tid", make_count(thread->tid));
		set(object, "samples", make_count(thread->samples));
		json_array_append_new(threads, object);
	}
	return threads;
}

void json_write_report(struct strbuf *json, const struct hot_functions *view,
		       const struct selection *selection)
{
	json_t *document = json_object();

	set(document, "schema", json_string("sonde.report/1"));
	set(document, "run", make_selection_id(selection));
	set(document, "profile", make_profile(&view->summary));
	set(document, "functions", make_functions(view));
	set(document, "threads", make_threads(view));
	json_text_write(json, document, true);
}

/* ---- show ---- */

static json_t *make_runs(const struct selection *selection)
{
	json_t *runs = json_array();

	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct stored_run *run = &selection->runs[i];
		json_t *object = json_object();

		set(object, "id", make_run_id(selection->experiment.id, run->record.number));
		set(object, "arm", json_text_make(run->record.arm));
		set(object, "pair", make_count(run->record.pair));
		set(object, "state", json_string(run_state_name(run->record.state)));
		set(object, "started_wall_ns", make_known(run->record.started_wall_ns));
		set(object, "failure",
		    run->record.failure[0] != '\0' ? json_text_make(run->record.failure)
						   : json_null());
		set(object, "verdict",
		    run->has_validity ? json_string(validity_name(run->validity)) : json_null());
		set(object, "reasons", make_lines(run->reasons));
		json_array_append_new(runs, object);
	}
	return runs;
}

static json_t *make_metric(const struct arm_metric *metric)
{
	json_t *object = json_object();

	set(object, "name", json_text_make(metric->info->name));
	set(object, "scope", json_text_make(metric->scope));
	set(object, "unit", json_string(metric_unit_name(metric->info->unit)));
	set(object, "median", make_real(metric->median));
	set(object, "min", make_real(metric->min));
	set(object, "max", make_real(metric->max));
	set(object, "n", make_count(metric->value_count));
	return object;
}

static json_t *make_arms(const struct run_summary *summary)
{
	json_t *arms = json_array();

	for (uint32_t i = 0; i < summary->side_count; i++) {
		const struct run_summary_side *side = &summary->sides[i];
		json_t *object = json_object(), *metrics = json_array();

		for (uint32_t m = 0; m < side->metrics.metric_count; m++)
			json_array_append_new(metrics, make_metric(&side->metrics.metrics[m]));
		set(object, "name", json_text_make(side->label));
		set(object, "metrics", metrics);
		set(object, "profile",
		    side->has_profile ? make_profile(&side->profile.summary) : json_null());
		json_array_append_new(arms, object);
	}
	return arms;
}

/* "process.cpu_user_ratio/gateway"; a series without a scope is its name. */
static json_t *make_monitors(const struct series_view *series)
{
	json_t *monitors = json_object();

	for (uint32_t i = 0; series != NULL && i < series->row_count; i++) {
		const struct series_view_row *row = &series->rows[i];
		scoped_free char *name = alloc_printf("%s%s%s", row->name,
						      row->scope[0] != '\0' ? "/" : "", row->scope);
		json_t *key = json_text_make(name), *object = json_object();

		set(object, "unit", json_string(series_unit_name(row->unit)));
		set(object, "mean", make_real(row->mean));
		set(object, "min", make_real(row->min));
		set(object, "max", make_real(row->max));
		set(object, "points", make_count(row->point_count));
		set(monitors, json_string_value(key), object);
		json_decref(key);
	}
	return monitors;
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
		     const struct load_view *load, const struct series_view *series)
{
	const struct selection *selection = summary->sides[0].selection;
	const struct stored_experiment *experiment = &selection->experiment;
	json_t *document = json_object(), *object = json_null();

	if (load != NULL) {
		object = json_object();
		set_load(object, load);
	}
	set(document, "schema", json_string("sonde.show/1"));
	set(document, "experiment", json_text_make(experiment->id));
	set(document, "name", json_text_make(experiment->name));
	set(document, "kind", json_text_make(experiment->kind));
	set(document, "state", json_string(run_state_name(experiment->state)));
	set(document, "tags", json_text_make(experiment->tags));
	set(document, "command_line", json_text_make(experiment->command_line));
	set(document, "created_wall_ns", make_known(experiment->created_wall_ns));
	set(document, "primary", json_text_make(experiment->primary_metric));
	set(document, "runs", make_runs(selection));
	set(document, "plan", make_plan(experiment->plan));
	set(document, "environment", make_environment(experiment->environment));
	set(document, "arms", make_arms(summary));
	set(document, "load", object);
	set(document, "monitors", make_monitors(series));
	json_text_write(json, document, true);
}

/* ---- compare ---- */

static json_t *make_comparison(const struct run_diff_metric *metric)
{
	bool is_ratio = metric->info->scale == METRIC_LOG_RATIO;
	json_t *object = json_object();

	set(object, "name", json_text_make(metric->info->name));
	set(object, "scope", json_text_make(metric->scope));
	set(object, "unit", json_string(metric_unit_name(metric->info->unit)));
	set(object, "better",
	    metric->info->better == 0 ? json_null()
				      : json_string(metric->info->better > 0 ? "higher" : "lower"));
	set(object, "base", make_real(metric->base));
	set(object, "head", make_real(metric->head));
	set(object, "ratio",
	    metric->has_estimate && is_ratio ? make_real(metric->estimate) : json_null());
	set(object, "difference",
	    metric->has_estimate && !is_ratio ? make_real(metric->estimate) : json_null());
	set(object, "lo", metric->has_interval ? make_real(metric->lo) : json_null());
	set(object, "hi", metric->has_interval ? make_real(metric->hi) : json_null());
	set(object, "level", metric->has_interval ? make_real(metric->level) : json_null());
	set(object, "n_base", make_count(metric->n_base));
	set(object, "n_head", make_count(metric->n_head));
	set(object, "method", metric->has_estimate ? json_text_make(metric->method) : json_null());
	set(object, "verdict",
	    metric->verdict == VERDICT_NONE ? json_null()
					    : json_string(verdict_name(metric->verdict)));
	return object;
}

void json_write_compare(struct strbuf *json, const struct run_diff *diff)
{
	json_t *document = json_object(), *metrics = json_array();
	bool has_reason = diff->why_none != NULL && diff->why_none[0] != '\0';

	for (uint32_t i = 0; i < diff->metric_count; i++)
		json_array_append_new(metrics, make_comparison(&diff->metrics[i]));
	set(document, "schema", json_string("sonde.compare/1"));
	set(document, "base", json_text_make(diff->base_label));
	set(document, "head", json_text_make(diff->head_label));
	set(document, "design", json_text_make(diff->design));
	set(document, "pair_count", make_count(diff->pair_count));
	set(document, "primary", json_text_make(diff->primary));
	set(document, "metrics", metrics);
	set(document, "verdict",
	    diff->verdict == VERDICT_NONE ? json_null() : json_string(verdict_name(diff->verdict)));
	set(document, "why_none", has_reason ? json_text_make(diff->why_none) : json_null());
	json_text_write(json, document, true);
}
