#include "import/wrk_read.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "util/clean.h"
#include "util/clock.h"
#include "util/parse.h"

#define WRK_CAVEAT                                                                                 \
	"wrk leaves answers that took longer than its timeout (2 s) out of its times, and what "   \
	"was "                                                                                     \
	"in flight at the end out of everything; its connections wait for answers, so that a "     \
	"slow "                                                                                    \
	"server is asked less often"
#define WRK2_CAVEAT                                                                                \
	"wrk2 counts times from when a request was due, in whole milliseconds of its timer, and "  \
	"leaves out what was in flight at the end"

enum { FAILURES = 4 };

struct wrk_reader {
	struct import *import;
	bool has_latency; /* the distribution goes on in the next line */
	bool has_distribution, has_end;
	uint32_t results;
	double requests, duration_ns, rate, bytes, mean_ns, max_ns, non_2xx;
	double errors[FAILURES]; /* connect, read, write, timeout */
	double quantiles[4];	 /* p50 p75 p90 p99, ns; NAN = not printed */
};

static const struct {
	double percent;
	const char *metric;
} quantile_names[4] = {
	{50, "latency_p50"}, {75, "latency_p75"}, {90, "latency_p90"}, {99, "latency_p99"}};

/* Where a line's text begins, behind blanks. */
static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

static bool is_first_line(const char *line)
{
	return strncmp(line, "Running ", 8) == 0 && strstr(line, " test @ ") != NULL;
}

bool wrk_read_recognizes(const char *text, size_t length)
{
	const char *end = text + length, *next;

	for (const char *at = text; at < end; at = next) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((line_end != NULL ? line_end : end) - at);

		if (line > 16 && memcmp(at, "Running ", 8) == 0 &&
		    memmem(at, line, " test @ ", 8) != NULL)
			return true;
		next = line_end != NULL ? line_end + 1 : end;
	}
	return false;
}

static double read_time(const char *text)
{
	return foreign_load_parse_time(text, strcspn(text, " ,\t\r"));
}

static uint32_t to_count(double value)
{
	return value >= 0 && value < UINT32_MAX ? (uint32_t)value : 0;
}

static void read_first_line(struct wrk_reader *reader, const char *line)
{
	struct import *import = reader->import;
	char *url = arena_strdup(&import->arena, strstr(line, " test @ ") + 8);

	clean_text(url, '?');
	import->load.url = url;
}

/* "    Latency     1.73ms  543.16us   6.40ms   73.36%" */
static void read_latency(struct wrk_reader *reader, const char *values)
{
	const char *mean = skip_blanks(values);
	const char *deviation = skip_blanks(mean + strcspn(mean, " "));
	const char *max = skip_blanks(deviation + strcspn(deviation, " "));

	reader->mean_ns = read_time(mean);
	reader->max_ns = read_time(max);
}

/* "     99%    3.10ms", "  99.000%    3.10ms"; false when the distribution has ended. */
static bool read_quantile(struct wrk_reader *reader, const char *line)
{
	double percent = foreign_load_parse_number(line);
	const char *sign = line + strspn(line, "0123456789.");

	if (isnan(percent) || sign[0] != '%')
		return false;
	for (int i = 0; i < 4; i++)
		if (fabs(percent - quantile_names[i].percent) < 1e-6)
			reader->quantiles[i] = read_time(skip_blanks(sign + 1));
	return true;
}

/* "  4717 requests in 2.10s, 1.95MB read" */
static void read_requests(struct wrk_reader *reader, const char *line)
{
	const char *in = strstr(line, " requests in ");
	const char *comma = strchr(in, ',');

	reader->requests = foreign_load_parse_number(line);
	reader->duration_ns = read_time(in + 13);
	if (comma != NULL) {
		const char *bytes = skip_blanks(comma + 1);
		size_t length = strcspn(bytes, "B");

		reader->bytes = foreign_load_parse_amount(bytes, length, 1024);
	}
}

static void read_errors(struct wrk_reader *reader, const char *line)
{
	static const char *const names[FAILURES] = {"connect ", "read ", "write ", "timeout "};

	for (int i = 0; i < FAILURES; i++) {
		const char *at = strstr(line, names[i]);
		double count = at != NULL ? foreign_load_parse_number(at + strlen(names[i])) : 0;

		reader->errors[i] = isnan(count) ? 0 : count;
	}
}

static void set_wrk2(struct wrk_reader *reader)
{
	reader->import->load.tool = "wrk2";
	reader->import->load.mode = "open";
	reader->import->load.caveat = WRK2_CAVEAT;
}

/* The distribution's head: wrk2 -U prints a second one, of times that are not what it is about. */
static void begin_distribution(struct wrk_reader *reader, const char *line)
{
	if (strstr(line, "HdrHistogram") != NULL)
		set_wrk2(reader);
	reader->has_latency = !reader->has_distribution;
	reader->has_distribution = true;
}

static void read_line(struct wrk_reader *reader, const char *line)
{
	const char *text = skip_blanks(line);

	if (reader->has_latency) {
		reader->has_latency = read_quantile(reader, text);
		if (reader->has_latency)
			return;
	}
	if (strncmp(text, "Latency Distribution", 20) == 0)
		begin_distribution(reader, text);
	else if (strncmp(text, "Latency ", 8) == 0 && isnan(reader->mean_ns))
		read_latency(reader, text + 8);
	else if (strncmp(text, "Thread calibration:", 19) == 0)
		set_wrk2(reader);
	else if (strstr(text, " threads and ") != NULL && strstr(text, " connections") != NULL) {
		reader->import->load.threads = to_count(foreign_load_parse_number(text));
		reader->import->load.connections =
			to_count(foreign_load_parse_number(strstr(text, " threads and ") + 13));
	} else if (strstr(text, " requests in ") != NULL && strstr(text, " read") != NULL)
		read_requests(reader, text);
	else if (strncmp(text, "Socket errors:", 14) == 0)
		read_errors(reader, text);
	else if (strncmp(text, "Non-2xx or 3xx responses:", 25) == 0)
		reader->non_2xx = foreign_load_parse_number(skip_blanks(text + 25));
	else if (strncmp(text, "Requests/sec:", 13) == 0) {
		reader->rate = foreign_load_parse_number(skip_blanks(text + 13));
		reader->has_end = true;
	}
}

static int check(const struct wrk_reader *reader, struct err *err)
{
	if (!reader->has_end || !(reader->requests >= 0) || !(reader->duration_ns > 0) ||
	    isnan(reader->rate))
		return err_set(err, -EBADMSG,
			       "begins like the output of wrk, but has no 'N requests in …' and "
			       "'Requests/sec:': it was cut off");
	if (reader->requests <= 0 && reader->errors[0] + reader->errors[3] <= 0)
		return err_set(err, -ENODATA, "is the output of a wrk that sent nothing");
	return 0;
}

/*
 * Answers beyond the timeout and those of status 400 and above are in `requests`; a connection that
 * could not be opened, or broke, has none.
 */
static void add_metrics(const struct wrk_reader *reader)
{
	struct foreign_load *load = &reader->import->load;
	double broken = reader->errors[0] + reader->errors[1] + reader->errors[2];
	double failed = broken + reader->errors[3] + reader->non_2xx;
	double seconds = reader->duration_ns / NS_PER_S;
	uint64_t count = reader->requests < 1e18 ? (uint64_t)reader->requests : 0;

	load->duration_ns = reader->duration_ns < 1e18 ? (uint64_t)reader->duration_ns : 0;
	foreign_load_add_counts(load, "", reader->requests, fmax(reader->requests + broken, failed),
				failed);
	foreign_load_add(load, "rate_rps", "", reader->rate);
	foreign_load_add(load, "bytes_in_per_s", "", reader->bytes / seconds);
	if (count == 0)
		return;
	foreign_load_add(load, "bytes_per_request", "", reader->bytes / reader->requests);
	foreign_load_add(load, "latency_mean", "", reader->mean_ns);
	foreign_load_add(load, "latency_max", "", reader->max_ns);
	for (int i = 0; i < 4; i++)
		foreign_load_add_quantile(load, quantile_names[i].metric, "",
					  quantile_names[i].percent / 100, count,
					  reader->quantiles[i]);
}

int wrk_read(struct import *import, struct import_input *input, struct err *err)
{
	struct wrk_reader reader = {
		.import = import,
		.requests = (double)NAN,
		.rate = (double)NAN,
		.bytes = (double)NAN,
		.mean_ns = (double)NAN,
		.max_ns = (double)NAN,
		.quantiles = {(double)NAN, (double)NAN, (double)NAN, (double)NAN}};
	struct foreign_load *load = &import->load;
	size_t length;
	char *line;
	int r;

	load->tool = "wrk";
	load->mode = "closed";
	load->url = "";
	load->caveat = WRK_CAVEAT;
	while (import_input_next_line(input, &line, &length)) {
		if (is_first_line(line) && ++reader.results == 1)
			read_first_line(&reader, line);
		else if (reader.results == 1)
			read_line(&reader, line);
	}
	r = check(&reader, err);
	if (r < 0)
		return r;
	add_metrics(&reader);
	if (reader.results > 1)
		import_warn(import, "%s holds %u results of wrk: only the first is taken",
			    import->name, reader.results);
	return 0;
}
