/*
 * The columns of Locust's CSV files, by their titles, which have changed since Locust 0.8; which
 * file it is; and its numbers.
 */
#ifndef IMPORT_LOCUST_COLUMNS_H
#define IMPORT_LOCUST_COLUMNS_H

#include "import/csv_read.h"

enum locust_column {
	LOCUST_COLUMN_TYPE,
	LOCUST_COLUMN_NAME,
	LOCUST_COLUMN_REQUESTS,
	LOCUST_COLUMN_FAILURES,
	LOCUST_COLUMN_MEAN,
	LOCUST_COLUMN_MIN,
	LOCUST_COLUMN_MAX,
	LOCUST_COLUMN_SIZE,
	LOCUST_COLUMN_RATE,
	LOCUST_COLUMN_P50,
	LOCUST_COLUMN_P75,
	LOCUST_COLUMN_P90,
	LOCUST_COLUMN_P95,
	LOCUST_COLUMN_P99,
	LOCUST_COLUMN_TIMESTAMP,
	LOCUST_COLUMN_USERS,
	LOCUST_COLUMN_FAILURE_RATE,
	LOCUST_COLUMN_TOTAL_REQUESTS,
	LOCUST_COLUMN_ERROR,
	LOCUST_COLUMN_TRACEBACK,
	LOCUST_COLUMN_COUNT
};

struct locust_columns {
	int at[LOCUST_COLUMN_COUNT]; /* below 0 = not in this file */
};

/* From the first record, which the reader has just read. */
void locust_columns_find(struct locust_columns *columns, const struct csv_reader *reader);

enum locust_file { LOCUST_NONE, LOCUST_STATS, LOCUST_HISTORY, LOCUST_OTHER };

enum locust_file locust_columns_recognize(const struct locust_columns *columns);

/* The field of the record that was read last; "" when there is none. */
const char *locust_columns_get(const struct csv_reader *reader,
			       const struct locust_columns *columns, enum locust_column column);

/*
 * NAN for "N/A", "None", what is below 0, and what is no number. Tables that were saved with
 * semicolons or tabs may have decimal commas.
 */
double locust_columns_get_number(const struct csv_reader *reader,
				 const struct locust_columns *columns, enum locust_column column);

#endif
