#include "import/hey_read.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "util/clock.h"
#include "util/parse.h"

#define CAVEAT                                                                                     \
	"hey's workers wait for answers, so that a slow server is asked less often; its times "    \
	"have "                                                                                    \
	"steps of 0.1 ms"

enum hey_part { HEY_BEFORE, HEY_SUMMARY, HEY_STATUS, HEY_ERRORS };

struct hey_reader {
	enum hey_part part;
	bool has_status;
	double total_s, max_s, min_s, mean_s, rate, size;
	double answered, failed_status, errors;
	double quantiles[5]; /* s; NAN = not printed */
};

static const struct {
	double percent;
	const char *metric;
} quantile_names[5] = {{50, "latency_p50"},
		       {75, "latency_p75"},
		       {90, "latency_p90"},
		       {95, "latency_p95"},
		       {99, "latency_p99"}};

bool hey_read_recognizes(const char *text, size_t length)
{
	const char *summary = memmem(text, length, "Summary:\n  Total:", 17);

	if (summary == NULL)
		summary = memmem(text, length, "Summary:\r\n  Total:", 18);
	return summary != NULL &&
	       memmem(summary, length - (size_t)(summary - text), "  Requests/sec:", 15) != NULL;
}

static void read_summary(struct hey_reader *reader, const char *text)
{
	const struct {
		const char *name;
		double *into;
	} fields[] = {{"Total:", &reader->total_s},	{"Slowest:", &reader->max_s},
		      {"Fastest:", &reader->min_s},	{"Average:", &reader->mean_s},
		      {"Requests/sec:", &reader->rate}, {"Size/request:", &reader->size}};
	const char *in = strstr(text, "% in ");
	double percent;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strncmp(text, fields[i].name, strlen(fields[i].name)) == 0)
			*fields[i].into = foreign_load_parse_number(text + strlen(fields[i].name));
	if (in == NULL)
		return;
	percent = foreign_load_parse_number(text);
	for (int i = 0; i < 5; i++)
		if (fabs(percent - quantile_names[i].percent) < 1e-6)
			reader->quantiles[i] = foreign_load_parse_number(in + 5);
}

/* "[200]	2000 responses"; "[50]	Get "http://…": refused", the number being how many. */
static void read_code(struct hey_reader *reader, const char *text)
{
	double code = text[0] == '[' ? foreign_load_parse_number(text + 1) : (double)NAN, count;
	const char *behind = strchr(text, ']');

	if (isnan(code) || behind == NULL)
		return;
	if (reader->part == HEY_ERRORS) {
		reader->errors += code;
		return;
	}
	count = foreign_load_parse_number(behind + 1);
	if (isnan(count))
		return;
	reader->answered += count;
	if (code >= 400)
		reader->failed_status += count;
}

static void read_line(struct hey_reader *reader, const char *line)
{
	const char *text = line + strspn(line, " \t");

	if (strcmp(line, "Summary:") == 0) {
		reader->part = HEY_SUMMARY;
	} else if (strcmp(line, "Status code distribution:") == 0) {
		reader->part = HEY_STATUS;
		reader->has_status = true;
	} else if (strcmp(line, "Error distribution:") == 0) {
		reader->part = HEY_ERRORS;
	} else if (reader->part == HEY_SUMMARY) {
		read_summary(reader, text);
	} else if (reader->part != HEY_BEFORE) {
		read_code(reader, text);
	}
}

/* hey's rate counts requests that failed, too: the answers' is what sonde calls by that name. */
static void add_metrics(const struct hey_reader *reader, struct foreign_load *load)
{
	double offered = reader->answered + reader->errors;
	uint64_t count = reader->answered < 1e18 ? (uint64_t)reader->answered : 0;

	load->duration_ns = (uint64_t)fmin(reader->total_s * NS_PER_S, 1e18);
	foreign_load_add_counts(load, "", reader->answered, offered,
				reader->failed_status + reader->errors);
	foreign_load_add(load, "rate_rps", "", reader->answered / reader->total_s);
	if (count == 0)
		return;
	foreign_load_add(load, "bytes_per_request", "", reader->size);
	foreign_load_add(load, "bytes_in_per_s", "",
			 reader->size * reader->answered / reader->total_s);
	foreign_load_add(load, "latency_mean", "", reader->mean_s * NS_PER_S);
	foreign_load_add(load, "latency_min", "", reader->min_s * NS_PER_S);
	foreign_load_add(load, "latency_max", "", reader->max_s * NS_PER_S);
	for (int i = 0; i < 5; i++)
		foreign_load_add_quantile(load, quantile_names[i].metric, "",
					  quantile_names[i].percent / 100, count,
					  reader->quantiles[i] * NS_PER_S);
}

int hey_read(struct import *import, struct import_input *input, struct err *err)
{
	struct foreign_load *load = &import->load;
	struct hey_reader reader = {.mean_s = (double)NAN, .size = (double)NAN};
	size_t length;
	char *line;

	for (int i = 0; i < 5; i++)
		reader.quantiles[i] = (double)NAN;
	load->tool = "hey";
	load->mode = "closed";
	load->url = "";
	load->caveat = CAVEAT;
	while (import_input_next_line(input, &line, &length))
		read_line(&reader, line);
	if (!reader.has_status || !(reader.total_s > 0))
		return err_set(err, -EBADMSG,
			       "begins like the output of hey, but has no 'Status code "
			       "distribution:': it was cut off");
	if (!(reader.answered + reader.errors > 0))
		return err_set(err, -ENODATA, "is the output of a hey that sent nothing");
	add_metrics(&reader, load);
	return 0;
}
