#include "export/json_load.h"

#include <math.h>
#include <string.h>

#include "export/json_text.h"
#include "export/json_value.h"
#include "util/alloc.h"
#include "view/latency_summary.h"

static json_t *make_errors(const struct load_counts *counts)
{
	json_t *errors = json_object();

	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		json_value_set(errors, load_error_name((enum load_error)i),
			       json_value_make_count(counts->errors[i]));
	return errors;
}

static json_t *make_effective_counts(const struct latency_summary *summary)
{
	json_t *counts = json_object();

	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (summary->quantiles[i].effective_count > 0)
			json_value_set(
				counts, summary->quantiles[i].key,
				json_value_make_count(summary->quantiles[i].effective_count));
	return counts;
}

static json_t *make_latency(const struct latency_summary *summary)
{
	json_t *latency = json_object();
	bool has_any = summary->count > 0;

	json_value_set(latency, "count", json_value_make_count(summary->count));
	json_value_set(latency, "min_ns",
		       has_any ? json_value_make_count(summary->min_ns) : json_null());
	json_value_set(latency, "mean_ns",
		       has_any ? json_integer((json_int_t)llround(summary->mean_ns)) : json_null());
	json_value_set(latency, "max_ns",
		       has_any ? json_value_make_count(summary->max_ns) : json_null());
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *quantile = &summary->quantiles[i];

		json_value_set(latency, quantile->key,
			       quantile->is_earned ? json_value_make_count(quantile->value_ns)
						   : json_null());
	}
	json_value_set(latency, "effective_count", make_effective_counts(summary));
	return latency;
}

static json_t *make_lower_bounds(const struct latency_summary *summary)
{
	json_t *bounds = json_object();

	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (summary->quantiles[i].is_lower_bound)
			json_value_set(bounds, summary->quantiles[i].key,
				       json_value_make_count(summary->quantiles[i].bound_ns));
	return bounds;
}

static json_t *make_status(const uint64_t status[static LOAD_STATUS_SLOTS])
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LOAD_STATUS_SLOTS; i++) {
		if (status[i] > 0) {
			scoped_free char *key = alloc_printf("%u", i);

			json_value_set(object, key, json_value_make_count(status[i]));
		}
	}
	return object;
}

/* The short form, of times that are not requests'; null without any. */
static json_t *make_times(const struct histogram *histogram)
{
	struct latency_summary summary;
	json_t *object;

	latency_summary_make(&summary, histogram, NULL);
	if (summary.count == 0)
		return json_null();
	object = json_object();
	json_value_set(object, "count", json_value_make_count(summary.count));
	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *quantile = &summary.quantiles[i];

		if (quantile->q <= 0.5 || (quantile->q >= 0.99 && quantile->q < 0.999))
			json_value_set(object, quantile->key,
				       quantile->is_earned
					       ? json_value_make_count(quantile->value_ns)
					       : json_null());
	}
	json_value_set(object, "max_ns", json_value_make_count(summary.max_ns));
	return object;
}

/* What the total and each request name have in common. */
static void set_name(json_t *object, const struct load_view_name *name,
		     const struct load_view *view)
{
	const struct load_counts *counts = &name->counts;
	double seconds = (double)view->duration_ns / 1e9;
	struct latency_summary latency, service;

	json_value_set(object, "offered", json_value_make_count(counts->offered));
	json_value_set(object, "requests", json_value_make_count(counts->answered));
	json_value_set(object, "errors", make_errors(counts));
	json_value_set(object, "success_ratio",
		       json_value_make_ratio((double)counts->offered -
						     (double)load_counts_failures(counts),
					     (double)counts->offered));
	json_value_set(object, "rate_rps",
		       json_value_make_ratio((double)counts->completed, seconds));
	json_value_set(object, "offered_rps",
		       json_value_make_ratio((double)counts->offered, seconds));
	json_value_set(object, "bytes_in", json_value_make_count(counts->bytes_in));
	json_value_set(object, "bytes_in_per_s",
		       json_value_make_ratio((double)counts->bytes_in, seconds));
	json_value_set(object, "bytes_out", json_value_make_count(counts->bytes_out));
	latency_summary_make_response(&latency, name);
	latency_summary_make_service(&service, name, &latency);
	json_value_set(object, "latency", make_latency(&latency));
	json_value_set(object, "lower_bounds", make_lower_bounds(&latency));
	json_value_set(object, "service_time", make_latency(&service));
	json_value_set(object, "status", make_status(name->status));
}

static json_t *make_names(const struct load_view *view)
{
	json_t *names = json_object();

	for (uint32_t i = 0; i < view->name_count; i++) {
		const struct load_view_name *name = &view->names[i];
		json_t *key = json_text_make(name->name), *object = json_object();

		json_value_set(object, "method", json_text_make(name->method));
		set_name(object, name, view);
		json_value_set(names, json_string_value(key), object);
		json_decref(key);
	}
	return names;
}

/* What the generator did in a second; null in a store that does not know it. */
static void set_generator(json_t *object, const struct load_view *view,
			  const struct load_view_second *second)
{
	const struct {
		const char *key;
		uint64_t value;
		bool is_open_only;
	} figures[] = {
		{"in_flight", second->in_flight, false},
		{"waiting", second->waiting, false},
		{"client_cpu_ns", second->client_cpu_ns, false},
		{"client_wait_ns", second->client_wait_ns, false},
		{"lag_p50_ns", second->lag_p50_ns, true},
		{"lag_max_ns", second->lag_max_ns, true},
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		bool is_known = view->has_generator &&
				(!figures[i].is_open_only || strcmp(view->mode, "open") == 0);

		json_value_set(object, figures[i].key,
			       is_known ? json_value_make_count(figures[i].value) : json_null());
	}
}

static json_t *make_seconds(const struct load_view *view)
{
	json_t *seconds = json_array();

	for (uint32_t i = 0; i < view->second_count; i++) {
		const struct load_view_second *second = &view->seconds[i];
		json_t *object = json_object();

		json_value_set(object, "second", json_value_make_count(second->second));
		json_value_set(object, "offered", json_value_make_count(second->counts.offered));
		json_value_set(object, "requests", json_value_make_count(second->counts.answered));
		json_value_set(object, "completed",
			       json_value_make_count(second->counts.completed));
		json_value_set(object, "errors", make_errors(&second->counts));
		json_value_set(object, "bytes_in", json_value_make_count(second->counts.bytes_in));
		json_value_set(object, "p50_ns", json_value_make_known(second->p50_ns));
		json_value_set(object, "p99_ns", json_value_make_known(second->p99_ns));
		json_value_set(object, "max_ns", json_value_make_known(second->max_ns));
		set_generator(object, view, second);
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

		json_value_set(object, "name",
			       failure->name < view->name_count
				       ? json_text_make(view->names[failure->name].name)
				       : json_null());
		json_value_set(object, "error", json_string(load_error_name(failure->error)));
		json_value_set(object, "count", json_value_make_count(failure->count));
		json_value_set(object, "text", json_text_make(failure->text));
		json_array_append_new(failures, object);
	}
	return failures;
}

static json_t *make_breakdown(const struct load_view *view)
{
	json_t *breakdown = json_object();

	json_value_set(breakdown, "resolve_ns", json_value_make_count(view->resolve_ns));
	for (int i = LOAD_HISTOGRAM_CONNECT; i <= LOAD_HISTOGRAM_TRANSFER; i++)
		json_value_set(breakdown, load_histogram_name((enum load_histogram)i),
			       make_times(view->histograms[i]));
	return breakdown;
}

static json_t *make_tls(const struct load_view *view)
{
	json_t *tls;

	if (view->tls_cipher[0] == '\0')
		return json_null();
	tls = json_object();
	json_value_set(tls, "cipher", json_text_make(view->tls_cipher));
	json_value_set(tls, "resumed", json_value_make_count(view->tls_resumed));
	return tls;
}

static json_t *make_warmup(const struct load_view *view)
{
	json_t *warmup;

	if (view->warmup[0] == '\0')
		return json_null();
	warmup = json_object();
	json_value_set(warmup, "cut_ns",
		       json_value_make_count(view->cut_seconds * UINT64_C(1000000000)));
	json_value_set(warmup, "findings", json_value_make_lines(view->warmup));
	return warmup;
}

/* Texts that are not known yet while a load runs are null. */
static json_t *make_known_text(const char *text)
{
	return text[0] != '\0' ? json_text_make(text) : json_null();
}

static void set_settings(json_t *object, const struct load_view *view)
{
	json_value_set(object, "url", json_text_make(view->url));
	json_value_set(object, "mode", json_text_make(view->mode));
	json_value_set(object, "schedule", make_known_text(view->schedule));
	json_value_set(object, "protocol", make_known_text(view->protocol));
	json_value_set(object, "tls", make_tls(view));
	json_value_set(object, "connections", json_value_make_count(view->connections));
	json_value_set(object, "depth", json_value_make_known(view->depth));
	json_value_set(object, "threads", json_value_make_count(view->threads));
	json_value_set(object, "target_rps",
		       view->rate_hz > 0 ? json_value_make_real(view->rate_hz) : json_null());
	json_value_set(object, "run_count", json_value_make_count(view->run_count));
	json_value_set(object, "duration_ns", json_value_make_count(view->duration_ns));
	json_value_set(object, "warmup", make_warmup(view));
}

void json_load_set(json_t *object, const struct load_view *view)
{
	const struct {
		const char *key;
		uint64_t count;
	} counts[] = {{"client_cpu_ns", view->client_cpu_ns},
		      {"client_wait_ns", view->client_wait_ns},
		      {"in_flight_max", view->in_flight_max},
		      {"reconnects", view->reconnects},
		      {"resent", view->resent}};

	set_settings(object, view);
	set_name(object, &view->total, view);
	for (int i = LOAD_HISTOGRAM_SEND_LAG; i <= LOAD_HISTOGRAM_SENT_GAP; i++)
		json_value_set(object, load_histogram_name((enum load_histogram)i),
			       make_times(view->histograms[i]));
	json_value_set(object, "breakdown", make_breakdown(view));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_value_set(object, counts[i].key, json_value_make_count(counts[i].count));
	json_value_set(object, "connects", json_value_make_known(view->connects));
	json_value_set(object, "verdict",
		       view->is_judged ? json_string(validity_name(view->validity)) : json_null());
	json_value_set(object, "reasons", json_value_make_lines(view->reasons));
	json_value_set(object, "names", make_names(view));
	json_value_set(object, "seconds", make_seconds(view));
	json_value_set(object, "failures", make_failures(view));
}
