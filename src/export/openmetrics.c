#include "export/openmetrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/field_text.h"
#include "util/vec.h"

enum { NAME_BYTES = 160 };

/* One series of one run, under the name that it has here. */
struct source {
	char name[NAME_BYTES];
	const struct series_run *run;
	const struct series *series;
};

/* What a family of metrics has in its head. */
struct family {
	const char *name;
	const char *unit; /* "" = none */
	const char *help;
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/*
 * "sonde_PREFIX" + the name, other characters as "_", and "_UNIT" if it does not end so. `cut` is
 * the end that the unit takes the place of.
 */
static void make_name(char out[static NAME_BYTES], const char *prefix, const char *name,
		      const char *unit, const char *cut)
{
	size_t length = strlen(name);

	if (cut[0] != '\0' && ends_with(name, cut))
		length -= strlen(cut);
	snprintf(out, NAME_BYTES, "sonde_%s%.*s", prefix, (int)length, name);
	for (char *at = out; *at != '\0'; at++)
		if (!is_name_char(*at))
			*at = '_';
	length = strlen(out);
	if (unit[0] != '\0' && !(ends_with(out, unit) && out[length - strlen(unit) - 1] == '_'))
		snprintf(out + length, NAME_BYTES - length, "_%s", unit);
}

/* In quotes, of a label, or of a help text. */
static void add_escaped(struct strbuf *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			strbuf_add_text(text, "\\n");
		else if (*value == '\\' || *value == '"')
			strbuf_addf(text, "\\%c", *value);
		else
			strbuf_add_char(text, *value);
	}
}

static void add_head(struct strbuf *text, const struct family *family)
{
	strbuf_addf(text, "# TYPE %s gauge\n", family->name);
	if (family->unit[0] != '\0')
		strbuf_addf(text, "# UNIT %s %s\n", family->name, family->unit);
	strbuf_addf(text, "# HELP %s ", family->name);
	add_escaped(text, family->help);
	strbuf_add_char(text, '\n');
}

static void add_labels(struct strbuf *text, const char *name, const char *experiment,
		       const struct run_record *run, const char *scope)
{
	strbuf_addf(text, "%s{experiment=\"", name);
	add_escaped(text, experiment);
	strbuf_addf(text, "\",run=\"%u\",arm=\"", run->number);
	add_escaped(text, run->arm);
	strbuf_add_text(text, "\",scope=\"");
	add_escaped(text, scope);
	strbuf_add_text(text, "\"} ");
}

static void add_value(struct strbuf *text, double value, uint64_t wall_ns)
{
	field_text_add_number(text, value);
	strbuf_addf(text, " %llu.%09llu\n", (unsigned long long)(wall_ns / 1000000000),
		    (unsigned long long)(wall_ns % 1000000000));
}

/* ---- series ---- */

static const char *get_series_unit(enum series_unit unit)
{
	switch (unit) {
	case SERIES_RATIO:
		return "ratio";
	case SERIES_PER_SECOND:
		return "per_second";
	case SERIES_BYTES:
		return "bytes";
	case SERIES_NS:
		return "seconds";
	case SERIES_COUNT:
		break;
	}
	return "";
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order == 0)
		order = strcmp(left->series->scope, right->series->scope);
	if (order != 0)
		return order;
	return left->run->run->record.number < right->run->run->record.number
		       ? -1
		       : left->run->run->record.number > right->run->run->record.number;
}

static void add_points(struct strbuf *text, const char *experiment, const struct source *source)
{
	const struct series *series = source->series;

	for (size_t i = 0; i < series->points.count; i++) {
		const struct series_point *point = &series->points.items[i];

		if (!isfinite(point->value))
			continue;
		add_labels(text, source->name, experiment, &source->run->run->record,
			   series->scope);
		add_value(text, series->unit == SERIES_NS ? point->value / 1e9 : point->value,
			  series_runs_get_wall_ns(source->run, point->time_ns));
	}
}

/*
 * All of a family stands together, and of it all of a set of labels. Names that become the same one
 * here (a.b and a_b) would give points twice: the first has it.
 */
static void add_all_series(struct strbuf *text, const struct series_runs *runs)
{
	VEC(struct source) sources = {0};

	for (uint32_t i = 0; i < runs->run_count; i++)
		for (size_t s = 0; s < runs->runs[i].list.count; s++) {
			struct source source = {.run = &runs->runs[i],
						.series = &runs->runs[i].list.items[s]};

			make_name(source.name, "", source.series->name,
				  get_series_unit(source.series->unit), "");
			vec_push(&sources, source);
		}
	if (sources.count > 0)
		qsort(sources.items, sources.count, sizeof(*sources.items), compare_sources);
	for (size_t i = 0; i < sources.count; i++) {
		const struct source *source = &sources.items[i];
		struct family family = {.name = source->name,
					.unit = get_series_unit(source->series->unit),
					.help = source->series->name};

		if (i > 0 && compare_sources(source - 1, source) == 0)
			continue;
		if (i == 0 || strcmp(source[-1].name, source->name) != 0)
			add_head(text, &family);
		add_points(text, runs->experiment, source);
	}
	vec_release(&sources);
}

/* ---- metrics ---- */

/* The unit, and the end of sonde's own names that it takes the place of. */
static const char *get_metric_unit(const struct metric_info *info, const char **ret_cut)
{
	*ret_cut = "";
	switch (info->unit) {
	case METRIC_NS:
		return "seconds";
	case METRIC_RATIO:
		return "ratio";
	case METRIC_BYTES:
		return "bytes";
	case METRIC_BYTES_PER_SECOND:
	case METRIC_PER_SECOND:
		*ret_cut = ends_with(info->name, "_rps") ? "_rps" : "_per_s";
		return "per_second";
	case METRIC_COUNT:
		break;
	}
	return "";
}

static const struct series_run *find_run(const struct series_runs *runs, int64_t key)
{
	for (uint32_t i = 0; i < runs->run_count; i++)
		if (runs->runs[i].run->key == key)
			return &runs->runs[i];
	return NULL;
}

static void add_metric(struct strbuf *text, const char *name, const struct series_runs *runs,
		       const struct arm_metrics *metrics, const struct arm_metric *metric)
{
	for (uint32_t i = 0; i < metrics->run_count; i++) {
		const struct stored_run *stored = metrics->runs[i];
		const struct series_run *run = find_run(runs, stored->key);
		double value = metric->values[i];
		uint64_t time_ns;

		if (run == NULL || !isfinite(value))
			continue;
		time_ns = run->end_ns != UINT64_MAX ? run->end_ns : run->begin_ns;
		add_labels(text, name, runs->experiment, &stored->record, metric->scope);
		add_value(text, metric->info->unit == METRIC_NS ? value / 1e9 : value,
			  series_runs_get_wall_ns(run, time_ns));
	}
}

static void add_all_metrics(struct strbuf *text, const struct series_runs *runs,
			    const struct arm_metrics *metrics)
{
	for (uint32_t i = 0; i < metrics->metric_count; i++) {
		const struct arm_metric *metric = &metrics->metrics[i];
		char name[NAME_BYTES];
		const char *cut;
		struct family family = {.name = name,
					.unit = get_metric_unit(metric->info, &cut),
					.help = metric->info->label};

		make_name(name, "run_", metric->info->name, family.unit, cut);
		if (i == 0 || metrics->metrics[i - 1].info != metric->info)
			add_head(text, &family);
		add_metric(text, name, runs, metrics, metric);
	}
}

void openmetrics_write(struct strbuf *text, const struct series_runs *runs,
		       const struct arm_metrics *metrics)
{
	add_all_metrics(text, runs, metrics);
	add_all_series(text, runs);
	strbuf_add_text(text, "# EOF\n");
}
