#include "export/stat_csv.h"

#include <math.h>

#include "util/field_text.h"

void stat_csv_write_head(struct strbuf *csv, const struct stat_table *table)
{
	strbuf_add_text(csv, "begin_wall_ns,end_wall_ns,seconds");
	for (uint32_t i = 0; i < table->column_count; i++)
		strbuf_addf(csv, ",%s", table->columns[i].key);
	strbuf_add_char(csv, '\n');
}

void stat_csv_write_rows(struct strbuf *csv, const struct stat_table *table)
{
	const struct stat_cell *cell = table->cells;

	for (uint32_t row = 0; row < table->row_count; row++) {
		strbuf_addf(csv, "%llu,%llu,%.2f", (unsigned long long)table->begin_wall_ns,
			    (unsigned long long)table->end_wall_ns, table->seconds);
		for (uint32_t i = 0; i < table->column_count; i++, cell++) {
			strbuf_add_char(csv, ',');
			if (cell->text != NULL)
				field_text_add_csv(csv, cell->text);
			else if (!isnan(cell->value))
				strbuf_addf(csv, "%.15g", cell->value);
		}
		strbuf_add_char(csv, '\n');
	}
}
