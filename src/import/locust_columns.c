#include "import/locust_columns.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "util/parse.h"

enum { NUMBER_BYTES = 64, NO_COLUMN = -1 };

/* Titles of all versions, without regard to case. */
static const struct {
	enum locust_column column;
	const char *title;
} titles[] = {
	{LOCUST_COLUMN_TYPE, "Type"},
	{LOCUST_COLUMN_TYPE, "Method"},
	{LOCUST_COLUMN_NAME, "Name"},
	{LOCUST_COLUMN_REQUESTS, "Request Count"},
	{LOCUST_COLUMN_REQUESTS, "# requests"},
	{LOCUST_COLUMN_FAILURES, "Failure Count"},
	{LOCUST_COLUMN_FAILURES, "# failures"},
	{LOCUST_COLUMN_MEAN, "Average Response Time"},
	{LOCUST_COLUMN_MIN, "Min Response Time"},
	{LOCUST_COLUMN_MAX, "Max Response Time"},
	{LOCUST_COLUMN_SIZE, "Average Content Size"},
	{LOCUST_COLUMN_RATE, "Requests/s"},
	{LOCUST_COLUMN_P50, "50%"},
	{LOCUST_COLUMN_P50, "Median Response Time"},
	{LOCUST_COLUMN_P75, "75%"},
	{LOCUST_COLUMN_P90, "90%"},
	{LOCUST_COLUMN_P95, "95%"},
	{LOCUST_COLUMN_P99, "99%"},
	{LOCUST_COLUMN_TIMESTAMP, "Timestamp"},
	{LOCUST_COLUMN_USERS, "User Count"},
	{LOCUST_COLUMN_FAILURE_RATE, "Failures/s"},
	{LOCUST_COLUMN_FAILURE_RATE, "Requests Failed/s"},
	{LOCUST_COLUMN_TOTAL_REQUESTS, "Total Request Count"},
	{LOCUST_COLUMN_ERROR, "Error"},
	{LOCUST_COLUMN_ERROR, "Message"},
	{LOCUST_COLUMN_TRACEBACK, "Traceback"},
};

void locust_columns_find(struct locust_columns *columns, const struct csv_reader *reader)
{
	for (int i = 0; i < LOCUST_COLUMN_COUNT; i++)
		columns->at[i] = NO_COLUMN;
	for (size_t field = 0; field < reader->fields.count; field++)
		for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
			if (columns->at[titles[i].column] == NO_COLUMN &&
			    strcasecmp(reader->fields.items[field], titles[i].title) == 0)
				columns->at[titles[i].column] = (int)field;
}

static bool has(const struct locust_columns *columns, enum locust_column column)
{
	return columns->at[column] != NO_COLUMN;
}

const char *locust_columns_get(const struct csv_reader *reader,
			       const struct locust_columns *columns, enum locust_column column)
{
	return has(columns, column) ? csv_reader_get(reader, (size_t)columns->at[column]) : "";
}

double locust_columns_get_number(const struct csv_reader *reader,
				 const struct locust_columns *columns, enum locust_column column)
{
	const char *field = locust_columns_get(reader, columns, column);
	size_t length = strlen(field);
	char text[NUMBER_BYTES];
	char *comma;
	double value;

	if (length >= sizeof(text))
		return (double)NAN;
	memcpy(text, field, length + 1);
	comma = reader->separator != ',' ? strchr(text, ',') : NULL;
	if (comma != NULL)
		*comma = '.';
	return parse_double(text, &value) == 0 && value >= 0 ? value : (double)NAN;
}

enum locust_file locust_columns_recognize(const struct locust_columns *columns)
{
	bool is_of_requests =
		has(columns, LOCUST_COLUMN_NAME) && has(columns, LOCUST_COLUMN_REQUESTS);

	if (has(columns, LOCUST_COLUMN_TIMESTAMP) && has(columns, LOCUST_COLUMN_NAME) &&
	    has(columns, LOCUST_COLUMN_RATE))
		return LOCUST_HISTORY;
	if (is_of_requests && has(columns, LOCUST_COLUMN_MEAN))
		return LOCUST_STATS;
	/* 0.8 to 0.13: the distribution */
	if ((is_of_requests && has(columns, LOCUST_COLUMN_P50)) ||
	    (has(columns, LOCUST_COLUMN_ERROR) &&
	     (has(columns, LOCUST_COLUMN_TRACEBACK) || has(columns, LOCUST_COLUMN_NAME))))
		return LOCUST_OTHER;
	return LOCUST_NONE;
}
