#include "report/stat_lines.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "report/series_now.h"
#include "util/fmt.h"

struct stat_line_column {
	const char *title;
	const char *name;  /* of the series */
	const char *scope; /* NULL = all devices, added up */
	enum series_unit unit;
	int width;
};

static const struct stat_line_column service_columns[] = {
	{"CPU", "process.cpu_ratio", "", SERIES_RATIO, 8},
	{"user", "process.cpu_user_ratio", "", SERIES_RATIO, 8},
	{"system", "process.cpu_system_ratio", "", SERIES_RATIO, 8},
	{"wait", "process.wait_ratio", "", SERIES_RATIO, 8},
	{"vol/s", "process.switches_voluntary", "", SERIES_PER_SECOND, 9},
	{"invol/s", "process.switches_involuntary", "", SERIES_PER_SECOND, 9},
	{"faults/s", "process.faults_minor", "", SERIES_PER_SECOND, 9},
	{"RSS", "process.rss", "", SERIES_BYTES, 10},
	{"read/s", "process.read_bytes", "", SERIES_PER_SECOND, 10},
	{"write/s", "process.write_bytes", "", SERIES_PER_SECOND, 10},
	{"threads", "process.threads", "", SERIES_COUNT, 8},
	{"machine", "cpu.busy_ratio", "host", SERIES_RATIO, 8},
	{"steal", "cpu.steal_ratio", "host", SERIES_RATIO, 7},
};

static const struct stat_line_column machine_columns[] = {
	{"busy", "cpu.busy_ratio", "host", SERIES_RATIO, 8},
	{"steal", "cpu.steal_ratio", "host", SERIES_RATIO, 7},
	{"running", "system.running", "host", SERIES_COUNT, 8},
	{"blocked", "system.blocked", "host", SERIES_COUNT, 8},
	{"switch/s", "system.switches", "host", SERIES_PER_SECOND, 9},
	{"forks/s", "system.forks", "host", SERIES_PER_SECOND, 8},
	{"available", "memory.available", "host", SERIES_BYTES, 10},
	{"read/s", "disk.read_bytes", NULL, SERIES_PER_SECOND, 10},
	{"write/s", "disk.write_bytes", NULL, SERIES_PER_SECOND, 10},
	{"in/s", "network.in_bytes", NULL, SERIES_PER_SECOND, 10},
	{"out/s", "network.out_bytes", NULL, SERIES_PER_SECOND, 10},
	{"p.cpu", "pressure.cpu_some_ratio", "host", SERIES_RATIO, 7},
	{"p.io", "pressure.io_some_ratio", "host", SERIES_RATIO, 7},
	{"p.mem", "pressure.memory_some_ratio", "host", SERIES_RATIO, 7},
};

enum {
	SERVICE_COLUMNS = sizeof(service_columns) / sizeof(service_columns[0]),
	MACHINE_COLUMNS = sizeof(machine_columns) / sizeof(machine_columns[0]),
};

static const struct stat_line_column *get_columns(bool is_machine, size_t *ret_count)
{
	*ret_count = is_machine ? MACHINE_COLUMNS : SERVICE_COLUMNS;
	return is_machine ? machine_columns : service_columns;
}

static double get_value(const struct series_list *list, const struct stat_line_column *column)
{
	return column->scope == NULL ? series_now_get_sum(list, column->name)
				     : series_now_get(list, column->name, column->scope);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static const char *format_value(char text[static FMT_BYTES], const struct stat_line_column *column,
				double value)
{
	if (isnan(value))
		return "-";
	if (column->unit == SERIES_RATIO)
		return fmt_percent(text, value);
	if (column->unit == SERIES_BYTES || ends_with(column->name, "_bytes"))
		return fmt_bytes(text, value);
	return fmt_count(text, value);
}

void stat_lines_add_titles(struct strbuf *buffer, bool is_machine)
{
	size_t count;
	const struct stat_line_column *columns = get_columns(is_machine, &count);

	strbuf_addf(buffer, "%8s", "time");
	for (size_t i = 0; i < count; i++)
		strbuf_addf(buffer, " %*s", columns[i].width, columns[i].title);
	strbuf_add_char(buffer, '\n');
}

void stat_lines_add(struct strbuf *buffer, const struct series_list *series, bool is_machine,
		    double seconds)
{
	size_t count;
	const struct stat_line_column *columns = get_columns(is_machine, &count);

	strbuf_addf(buffer, "%6.1f s", seconds);
	for (size_t i = 0; i < count; i++) {
		char text[FMT_BYTES];

		strbuf_addf(buffer, " %*s", columns[i].width,
			    format_value(text, &columns[i], get_value(series, &columns[i])));
	}
	strbuf_add_char(buffer, '\n');
}

void stat_lines_add_csv_titles(struct strbuf *buffer, bool is_machine)
{
	size_t count;
	const struct stat_line_column *columns = get_columns(is_machine, &count);

	strbuf_add_text(buffer, "seconds");
	for (size_t i = 0; i < count; i++)
		strbuf_addf(buffer, ",%s%s%s", columns[i].name,
			    columns[i].unit == SERIES_RATIO ? "" : "_",
			    columns[i].unit == SERIES_RATIO ? ""
							    : series_unit_name(columns[i].unit));
	strbuf_add_char(buffer, '\n');
}

void stat_lines_add_csv(struct strbuf *buffer, const struct series_list *series, bool is_machine,
			double seconds)
{
	size_t count;
	const struct stat_line_column *columns = get_columns(is_machine, &count);

	strbuf_addf(buffer, "%.3f", seconds);
	for (size_t i = 0; i < count; i++) {
		double value = get_value(series, &columns[i]);

		if (isnan(value))
			strbuf_add_char(buffer, ',');
		else
			strbuf_addf(buffer, ",%.15g", value);
	}
	strbuf_add_char(buffer, '\n');
}
