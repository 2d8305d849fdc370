#include "view/run_table.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/clean.h"
#include "util/fmt.h"
#include "view/arm_metrics.h"
#include "view/run_table_rows.h"

static const char *get_text(struct arena *arena, const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	char *copy = arena_strdup(arena, value != NULL ? value : "");

	clean_text(copy, '?');
	return copy;
}

static double get_median(const struct arm_metrics *metrics, const char *name)
{
	const struct arm_metric *metric = arm_metrics_find(metrics, name, "");

	return metric != NULL ? metric->median : (double)NAN;
}

/* What is wrong with the worst of the runs. */
static const char *find_quality(const struct arm_metrics *metrics)
{
	const char *quality = "";

	for (uint32_t i = 0; i < metrics->run_count; i++) {
		const struct stored_run *run = metrics->runs[i];

		if (run->record.state != RUN_DONE)
			return run_state_name(run->record.state);
		if (run->has_validity && run->validity == VALIDITY_REFUSED)
			quality = validity_name(VALIDITY_REFUSED);
		else if (run->has_validity && run->validity == VALIDITY_SUSPECT &&
			 quality[0] == '\0')
			quality = validity_name(VALIDITY_SUSPECT);
	}
	return quality;
}

/* "path" of "http://host:80/path?x"; the whole text when it is no URL. */
static const char *find_path(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL ? path : url;
}

static const char *make_count(struct arena *arena, double count, const char *unit)
{
	char text[FMT_BYTES];

	return count > 0 ? arena_printf(arena, "%s%s", fmt_count(text, count), unit) : "";
}

static void add_note(struct run_table *table, struct arena *arena, const char *note)
{
	for (size_t i = 0; i < table->notes.count; i++)
		if (strcmp(table->notes.items[i], note) == 0)
			return;
	if (note[0] != '\0')
		vec_push(&table->notes, arena_strdup(arena, note));
}

/* Another tool's load: import/foreign_store.h says what stands there. */
static void describe_foreign(struct run_table *table, struct run_table_row *row,
			     struct arena *arena, const json_t *load)
{
	double users = (double)json_integer_value(json_object_get(load, "users"));
	double connections = (double)json_integer_value(json_object_get(load, "connections"));
	double threads = (double)json_integer_value(json_object_get(load, "threads"));

	const json_t *failures = json_object_get(load, "failures");

	row->tool = get_text(arena, load, "tool");
	if (json_is_integer(failures))
		row->failures = (double)json_integer_value(failures);
	if (get_text(arena, load, "url")[0] != '\0')
		row->profile = find_path(get_text(arena, load, "url"));
	row->users = make_count(arena, users > 0 ? users : connections, "");
	if (threads > 0)
		row->configuration =
			make_count(arena, threads, threads > 1 ? " threads" : " thread");
	add_note(table, arena, get_text(arena, load, "caveat"));
}

/* Requests and failures of sonde's own runs, and the rate of the last window. */
static int read_loads(struct run_table_row *row, struct arena *arena,
		      const struct selection *selection, const struct arm_metrics *metrics,
		      struct err *err)
{
	double *rates = arena_alloc(arena, metrics->run_count + 1, sizeof(*rates));
	double answered = 0, failed = 0;
	uint32_t rate_count = 0;
	bool has_load = false;

	for (uint32_t i = 0; i < metrics->run_count; i++) {
		struct run_table_load load;
		int r = run_table_rows_read_load(&load, arena, selection->store,
						 metrics->runs[i]->key, err);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		has_load = true;
		answered += (double)load.answered;
		failed += (double)load.failed;
		if (!isnan(load.last_rate_rps))
			rates[rate_count++] = load.last_rate_rps;
		row->users = load.rate_hz > 0 ? make_count(arena, load.rate_hz, "/s")
					      : make_count(arena, load.connections, "");
	}
	if (has_load) {
		row->requests = answered;
		row->failures = failed;
	}
	if (rate_count > 0)
		row->last_rate_rps = quantile_of_values(rates, rate_count, 0.5);
	return 0;
}

static void take_metrics(struct run_table_row *row, const struct arm_metrics *metrics)
{
	row->run_count = metrics->run_count;
	row->quality = find_quality(metrics);
	row->requests = get_median(metrics, "requests");
	row->failures = (double)NAN;
	row->p50_ns = get_median(metrics, "latency_p50");
	row->p95_ns = get_median(metrics, "latency_p95");
	row->p99_ns = get_median(metrics, "latency_p99");
	row->mean_ns = get_median(metrics, "latency_mean");
	row->rate_rps = get_median(metrics, "rate_rps");
	row->last_rate_rps = get_median(metrics, "rate_last_rps");
}

static const char *make_label(struct arena *arena, const struct selection *selection, uint32_t arm)
{
	return selection->arm_count == 1
		       ? selection->word
		       : arena_printf(arena, "%s/%s", selection->word, selection->arms[arm].name);
}

static int add_arm(struct run_table *table, struct arena *arena, const struct selection *selection,
		   uint32_t arm, const json_t *environment, struct err *err)
{
	const json_t *foreign = json_object_get(environment, "load");
	const char *name = selection->arms[arm].name;
	struct run_table_row row = {.label = make_label(arena, selection, arm),
				    .experiment = selection->experiment.id,
				    .tool = "",
				    .profile = selection->experiment.name,
				    .users = "",
				    .configuration = strcmp(name, "default") == 0 ? "" : name};
	struct arm_metrics metrics;
	int r = arm_metrics_read(&metrics, arena, selection, arm, ARM_RUNS_COMPARABLE, err);

	if (r == 0 && metrics.run_count == 0) /* then what there is, marked as what it is */
		r = arm_metrics_read(&metrics, arena, selection, arm, ARM_RUNS_ALL, err);
	if (r < 0 || metrics.run_count == 0)
		return r;
	if (metrics.left_out[0] != '\0')
		add_note(table, arena,
			 arena_printf(arena, "left out of %s: %s", row.label, metrics.left_out));
	take_metrics(&row, &metrics);
	if (json_is_object(foreign))
		describe_foreign(table, &row, arena, foreign);
	else
		r = read_loads(&row, arena, selection, &metrics, err);
	if (r == 0)
		vec_push(&table->rows, row);
	return r;
}

int run_table_add(struct run_table *table, struct arena *arena, const struct selection *selection,
		  struct err *err)
{
	json_t *environment = json_loads(selection->experiment.environment, 0, NULL);
	size_t before = table->rows.count;
	int r = 0;

	for (uint32_t arm = 0; arm < selection->arm_count && r == 0; arm++)
		r = add_arm(table, arena, selection, arm, environment, err);
	json_decref(environment);
	if (r == 0 && table->rows.count == before)
		return err_set(err, -ENOENT, "nothing was measured in %s", selection->word);
	return r;
}

void run_table_release(struct run_table *table)
{
	vec_release(&table->rows);
	vec_release(&table->notes);
}
