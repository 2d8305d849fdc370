/*
 * OpenMetrics text: known lines, and the whole held against the rules of the specification (1.0,
 * "Overall Structure" to "Timestamps") by a reader of its own.
 */
#include "export/openmetrics.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sample_series.h"
#include "util/alloc.h"

enum { FAMILIES_MAX = 32, LABELS_BYTES = 256 };

/* What the reader is in, and has seen. */
struct reader {
	char families[FAMILIES_MAX][96]; /* the last one is open */
	char unit[32];
	uint32_t family_count, sample_count;
	char labels[LABELS_BYTES]; /* of the sample before, and its time */
	double time;
	const char *wrong; /* NULL = nothing so far */
};

static void blame(struct reader *reader, const char *what, const char *line)
{
	printf("# %s: %.*s\n", what, (int)strcspn(line, "\n"), line);
	reader->wrong = what;
}

static bool is_suffix(const char *name, const char *unit)
{
	size_t length = strlen(name), unit_length = strlen(unit);

	return length > unit_length && name[length - unit_length - 1] == '_' &&
	       strcmp(name + length - unit_length, unit) == 0;
}

/* "# TYPE name gauge", then at most one UNIT and one HELP of the same name. */
static void read_comment(struct reader *reader, const char *line)
{
	char word[8], name[96], rest[32];

	if (sscanf(line, "# %7s %95s %31s", word, name, rest) != 3) {
		blame(reader, "a comment of another form", line);
	} else if (strcmp(word, "TYPE") == 0) {
		for (uint32_t i = 0; i < reader->family_count; i++)
			if (strcmp(reader->families[i], name) == 0)
				blame(reader, "a family in two pieces", line);
		if (strcmp(rest, "gauge") != 0 || reader->family_count == FAMILIES_MAX)
			blame(reader, "a type that is none of ours", line);
		else
			snprintf(reader->families[reader->family_count++], 96, "%s", name);
		reader->labels[0] = '\0';
	} else if (reader->family_count == 0 ||
		   strcmp(name, reader->families[reader->family_count - 1]) != 0) {
		blame(reader, "of another family", line);
	} else if (strcmp(word, "UNIT") == 0 && !is_suffix(name, rest)) {
		blame(reader, "a name that does not end in its unit", line);
	}
}

/* Behind `{`: name="escaped", … }. NULL when it is wrong. */
static const char *skip_labels(const char *at)
{
	while (*at != '}') {
		while (islower((unsigned char)*at))
			at++;
		if (at[0] != '=' || at[1] != '"')
			return NULL;
		for (at += 2; *at != '"'; at++)
			if (*at == '\n' || *at == '\0' ||
			    (*at == '\\' && strchr("\\\"n", *++at) == NULL))
				return NULL;
		at++;
		if (*at == ',')
			at++;
		else if (*at != '}')
			return NULL;
	}
	return at + 1;
}

static void read_sample(struct reader *reader, const char *line)
{
	size_t name_length = strcspn(line, "{");
	const char *family =
		reader->family_count > 0 ? reader->families[reader->family_count - 1] : "";
	const char *at = line[name_length] == '{' ? skip_labels(line + name_length + 1) : NULL;
	char labels[LABELS_BYTES], *end;
	double time;

	if (strlen(family) != name_length || strncmp(line, family, name_length) != 0) {
		blame(reader, "a sample outside of its family", line);
		return;
	}
	if (at == NULL || *at != ' ') {
		blame(reader, "labels that are not escaped", line);
		return;
	}
	snprintf(labels, sizeof(labels), "%.*s", (int)(at - line), line);
	strtod(at, &end);
	time = *end == ' ' ? strtod(end, &end) : -1;
	if (*end != '\n' || time < 0)
		blame(reader, "no value and time", line);
	if (strcmp(labels, reader->labels) == 0 && time <= reader->time)
		blame(reader, "times that do not rise", line);
	snprintf(reader->labels, sizeof(reader->labels), "%s", labels);
	reader->time = time;
	reader->sample_count++;
}

static void read_text(struct reader *reader, const char *text)
{
	const char *line = text;

	*reader = (struct reader){0};
	for (; *line != '\0' && strcmp(line, "# EOF\n") != 0; line = strchr(line, '\n') + 1) {
		if (strchr(line, '\n') == NULL) {
			blame(reader, "a line without an end", line);
			return;
		}
		if (line[0] == '#')
			read_comment(reader, line);
		else
			read_sample(reader, line);
	}
	if (strcmp(line, "# EOF\n") != 0)
		blame(reader, "no # EOF", line);
}

static void has(const char *text, const char *part, const char *what)
{
	ok(strstr(text, part) != NULL, what);
}

static void check_text(const char *text)
{
	has(text,
	    "# TYPE sonde_process_cpu_ratio gauge\n"
	    "# UNIT sonde_process_cpu_ratio ratio\n"
	    "# HELP sonde_process_cpu_ratio process.cpu_ratio\n"
	    "sonde_process_cpu_ratio{experiment=\"k7f3m9qa\",run=\"1\",arm=\"pro\\\"xy\",scope="
	    "\"\"} 0.5 1700000002.000000000\n"
	    "sonde_process_cpu_ratio{experiment=\"k7f3m9qa\",run=\"1\",arm=\"pro\\\"xy\",scope="
	    "\"\"} 1.5 1700000003.000000000\n"
	    "sonde_process_cpu_ratio{experiment=\"k7f3m9qa\",run=\"3\"",
	    "a family: points of the wall clock, then those of the next run");
	has(text,
	    "sonde_process_rss_bytes{experiment=\"k7f3m9qa\",run=\"1\",arm=\"pro\\\"xy\","
	    "scope=\"a, \\\"b\\\"\\\\\"} 100000000 ",
	    "names end in their unit, labels are escaped");
	has(text, "sonde_process_faults_major_per_second{", "a rate is a gauge");
	has(text, "# TYPE sonde_process_threads gauge\n# HELP", "a count has no unit");
	has(text, "sonde_disk_read_wait_seconds{", "other characters in a name");
	has(text, "scope=\"sda\"} 0.0025 ", "times in seconds");
	has(text, "# UNIT sonde_run_latency_p99_seconds seconds\n", "a metric of the run");
	has(text,
	    "sonde_run_latency_p99_seconds{experiment=\"k7f3m9qa\",run=\"3\",arm=\"pro\\\"xy\","
	    "scope=\"request:hello\"} 0.005 1700000504.000000000\n",
	    "at the window's end");
	has(text, "sonde_run_rate_per_second{", "requests per second");
	has(text, "sonde_run_bytes_in_per_second{", "bytes per second");
	ok(strstr(text, "nan") == NULL, "what is no number is left out");
}

int main(void)
{
	struct sample_series sample;
	const struct stored_run *stored[2] = {&sample.stored[0], &sample.stored[1]};
	double p99[2] = {(double)NAN, 5e6}, total[2] = {4e6, 6e6}, rate[2] = {1000, 2000};
	struct arm_metric metrics[] = {
		{.info = metric_find("rate_rps"), .scope = "", .values = rate},
		{.info = metric_find("latency_p99"), .scope = "", .values = total},
		{.info = metric_find("latency_p99"), .scope = "request:hello", .values = p99},
		{.info = metric_find("bytes_in_per_s"), .scope = "", .values = rate}};
	struct arm_metrics arm = {
		.runs = stored, .run_count = 2, .metrics = metrics, .metric_count = 4};
	struct arm_metrics no_metrics = {0};
	struct series_runs no_runs = {.experiment = "k7f3m9qa"};
	struct reader reader;
	struct strbuf text;

	sample_series_make(&sample);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	openmetrics_write(&text, &sample.runs, &arm);
	check_text(strbuf_text(&text));
	read_text(&reader, strbuf_text(&text));
	ok(reader.wrong == NULL, "all of it is as the format demands");
	is_int(reader.family_count, 3 + 5, "every family");
	is_int(reader.sample_count, 2 * (2 + 3 + 3 + 3) + 7, "every sample");
	/* two names that become one: the second would give its points twice */
	series_list_add(&sample.run[0].list, "process.cpu.ratio", "", SERIES_RATIO,
			100 * SAMPLE_SERIES_S, 9);
	series_list_add(&sample.run[0].list, "process_cpu_ratio", "", SERIES_RATIO,
			99 * SAMPLE_SERIES_S, 9);
	strbuf_clear(&text);
	openmetrics_write(&text, &sample.runs, &arm);
	read_text(&reader, strbuf_text(&text));
	ok(reader.wrong == NULL, "names that clash");
	is_int(reader.sample_count, 2 * (2 + 3 + 3 + 3) + 7, "are written once");
	strbuf_clear(&text);
	openmetrics_write(&text, &no_runs, &no_metrics);
	is_str(strbuf_text(&text), "# EOF\n", "of nothing the end");
	strbuf_release(&text);
	sample_series_release(&sample);
	return tap_done();
}
