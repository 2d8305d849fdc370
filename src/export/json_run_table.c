#include "export/json_run_table.h"

#include <jansson.h>
#include <math.h>

#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_text(const char *text)
{
	return text[0] != '\0' ? json_text_make(text) : json_null();
}

static json_t *make_count(double count)
{
	return isnan(count) ? json_null() : json_integer((json_int_t)llround(count));
}

static json_t *make_row(const struct run_table_row *row)
{
	json_t *object = json_object(), *latency = json_object();

	json_value_set(latency, "p50_ns", make_count(row->p50_ns));
	json_value_set(latency, "p95_ns", make_count(row->p95_ns));
	json_value_set(latency, "p99_ns", make_count(row->p99_ns));
	json_value_set(latency, "mean_ns", make_count(row->mean_ns));
	json_value_set(object, "run", json_text_make(row->label));
	json_value_set(object, "experiment", json_text_make(row->experiment));
	json_value_set(object, "tool", make_text(row->tool));
	json_value_set(object, "profile", make_text(row->profile));
	json_value_set(object, "users", make_text(row->users));
	json_value_set(object, "configuration", make_text(row->configuration));
	json_value_set(object, "runs", json_value_make_count(row->run_count));
	json_value_set(object, "requests", make_count(row->requests));
	json_value_set(object, "failures", make_count(row->failures));
	json_value_set(object, "latency", latency);
	json_value_set(object, "rate_rps", json_value_make_real(row->rate_rps));
	json_value_set(object, "last_rate_rps", json_value_make_real(row->last_rate_rps));
	json_value_set(object, "quality", make_text(row->quality));
	return object;
}

void json_run_table_write(struct strbuf *json, const struct run_table *table)
{
	json_t *document = json_object(), *rows = json_array(), *notes = json_array();

	for (size_t i = 0; i < table->rows.count; i++)
		json_array_append_new(rows, make_row(&table->rows.items[i]));
	for (size_t i = 0; i < table->notes.count; i++)
		json_array_append_new(notes, json_text_make(table->notes.items[i]));
	json_value_set(document, "schema", json_string("sonde.table/1"));
	json_value_set(document, "rows", rows);
	json_value_set(document, "notes", notes);
	json_text_write(json, document, true);
}
