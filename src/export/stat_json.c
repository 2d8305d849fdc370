#include "export/stat_json.h"

#include <math.h>

#include "export/json_text.h"
#include "export/json_value.h"

static json_t *make_cell(const struct stat_column *column, const struct stat_cell *cell)
{
	if (cell->text != NULL)
		return json_text_make(cell->text);
	/* what has no decimals is a whole number: ids and counts */
	if (column->decimals == 0 && !isnan(cell->value))
		return json_integer((json_int_t)cell->value);
	return json_value_make_real(cell->value);
}

json_t *stat_json_make(const struct stat_table *table)
{
	json_t *document = json_object(), *rows = json_array();
	const struct stat_cell *cell = table->cells;

	json_value_set(document, "like", json_string(stat_table_kind_name(table->kind)));
	json_value_set(document, "begin_wall_ns", json_value_make_count(table->begin_wall_ns));
	json_value_set(document, "end_wall_ns", json_value_make_count(table->end_wall_ns));
	json_value_set(document, "seconds", json_value_make_real(table->seconds));
	json_value_set(document, "is_average", json_boolean(table->is_average));
	for (uint32_t row = 0; row < table->row_count; row++) {
		json_t *object = json_object();

		for (uint32_t i = 0; i < table->column_count; i++, cell++)
			json_value_set(object, table->columns[i].key,
				       make_cell(&table->columns[i], cell));
		json_array_append_new(rows, object);
	}
	json_value_set(document, "rows", rows);
	return document;
}
