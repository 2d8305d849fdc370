#include "import/locust_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "import/csv_read.h"
#include "import/locust_columns.h"
#include "util/alloc.h"
#include "util/clock.h"

#define CAVEAT                                                                                     \
	"Locust rounds response times to two digits, counts failed requests in them, and its "     \
	"users "                                                                                   \
	"wait for answers, so that a slow server is asked less often"

enum { HISTORY_SECONDS_MAX = 366 * 24 * 3600 }; /* what is farther away is no time of this run */

bool locust_read_recognizes(const char *text, size_t length)
{
	static const char *const words[] = {"Requests/s", "Error,Occurrences", "Message,Traceback",
					    "# requests"};
	const char *end = memchr(text, '\n', length);
	size_t line = end != NULL ? (size_t)(end - text) : length;
	bool is_header =
		text != NULL && line >= 9 &&
		(memmem(text, line, "Name", 4) != NULL || memmem(text, line, "Count", 5) != NULL);

	for (size_t i = 0; is_header && i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(text, line, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

static bool is_total(const char *name)
{
	return strcmp(name, "Aggregated") == 0 || strcmp(name, "Total") == 0;
}

struct stats_reader {
	struct import *import;
	struct csv_reader csv;
	struct locust_columns columns;
	uint64_t bad_rows, first_bad;
	bool has_total, is_full;
};

static double number(struct stats_reader *reader, enum locust_column column)
{
	return locust_columns_get_number(&reader->csv, &reader->columns, column);
}

static void add_row(struct stats_reader *reader, const char *scope)
{
	static const struct {
		enum locust_column column;
		const char *metric;
		double q;
	} quantiles[] = {{LOCUST_COLUMN_P50, "latency_p50", 0.5},
			 {LOCUST_COLUMN_P75, "latency_p75", 0.75},
			 {LOCUST_COLUMN_P90, "latency_p90", 0.9},
			 {LOCUST_COLUMN_P95, "latency_p95", 0.95},
			 {LOCUST_COLUMN_P99, "latency_p99", 0.99}};
	struct foreign_load *load = &reader->import->load;
	double requests = number(reader, LOCUST_COLUMN_REQUESTS),
	       rate = number(reader, LOCUST_COLUMN_RATE);
	double size = number(reader, LOCUST_COLUMN_SIZE);

	foreign_load_add_counts(load, scope, requests, requests,
				number(reader, LOCUST_COLUMN_FAILURES));
	foreign_load_add(load, "rate_rps", scope, rate);
	if (!(requests > 0))
		return;
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		foreign_load_add_quantile(load, quantiles[i].metric, scope, quantiles[i].q,
					  requests < 1e18 ? (uint64_t)requests : UINT64_MAX,
					  number(reader, quantiles[i].column) * NS_PER_MS);
	foreign_load_add(load, "latency_mean", scope,
			 number(reader, LOCUST_COLUMN_MEAN) * NS_PER_MS);
	foreign_load_add(load, "latency_min", scope, number(reader, LOCUST_COLUMN_MIN) * NS_PER_MS);
	foreign_load_add(load, "latency_max", scope, number(reader, LOCUST_COLUMN_MAX) * NS_PER_MS);
	foreign_load_add(load, "bytes_per_request", scope, size);
	foreign_load_add(load, "bytes_in_per_s", scope, size * rate);
}

/* Two methods of one name: the second one says its own. */
static void add_name(struct stats_reader *reader, const char *name, const char *method)
{
	struct import *import = reader->import;
	struct foreign_load *load = &import->load;
	scoped_free char *scope = alloc_printf("request:%s", name);

	if (load->names.count >= FOREIGN_NAMES_MAX) {
		reader->is_full = true;
		return;
	}
	for (size_t i = 0; i < load->names.count; i++) {
		if (strcmp(load->names.items[i].name, name) != 0)
			continue;
		free(scope);
		scope = alloc_printf("request:%s %s", method, name);
	}
	vec_push(&load->names, (struct foreign_name){arena_strdup(&import->arena, name),
						     arena_strdup(&import->arena, method)});
	add_row(reader, scope);
}

static void read_row(struct stats_reader *reader)
{
	const char *name = locust_columns_get(&reader->csv, &reader->columns, LOCUST_COLUMN_NAME);
	const char *method = locust_columns_get(&reader->csv, &reader->columns, LOCUST_COLUMN_TYPE);
	bool is_bad = !(number(reader, LOCUST_COLUMN_REQUESTS) >= 0) ||
		      !(number(reader, LOCUST_COLUMN_FAILURES) >= 0) || reader->csv.is_open;

	if (is_bad && reader->bad_rows++ == 0)
		reader->first_bad = reader->csv.line;
	if (is_bad)
		return;
	/* only the last row may be the total: a request may be called so, too */
	if (is_total(name) && (method[0] == '\0' || strcmp(method, "None") == 0)) {
		add_row(reader, "");
		reader->has_total = true;
	} else {
		add_name(reader, name, method);
	}
}

/* One request name is the total, once more. */
static void drop_only_name(struct foreign_load *load)
{
	size_t kept = 0;

	if (load->names.count != 1)
		return;
	for (size_t i = 0; i < load->metrics.count; i++)
		if (load->metrics.items[i].scope[0] == '\0')
			load->metrics.items[kept++] = load->metrics.items[i];
	load->metrics.count = kept;
}

static int read_stats(struct stats_reader *reader, struct err *err)
{
	struct foreign_load *load = &reader->import->load;
	double rate;

	if (!csv_reader_next(&reader->csv))
		return err_set(err, -ENODATA, "is empty");
	locust_columns_find(&reader->columns, &reader->csv);
	switch (locust_columns_recognize(&reader->columns)) {
	case LOCUST_STATS:
		break;
	case LOCUST_HISTORY:
		return err_set(err, -EBADMSG,
			       "is the history of a Locust run; give the file of its statistics, "
			       "PREFIX_stats.csv, and the history beside it is read, too");
	case LOCUST_OTHER:
	case LOCUST_NONE:
		return err_set(err, -EBADMSG,
			       "is one of Locust's files, but not the one of its statistics, "
			       "PREFIX_stats.csv (before Locust 0.14: PREFIX_requests.csv)");
	}
	while (csv_reader_next(&reader->csv))
		read_row(reader);
	if (!reader->has_total)
		return err_set(
			err, -EBADMSG,
			"ends before the last row of Locust's statistics, 'Aggregated': it was "
			"cut off, or is still being written");
	if (!(foreign_load_find(load, "requests") > 0))
		return err_set(err, -ENODATA, "is of a Locust run without requests");
	rate = foreign_load_find(load, "rate_rps");
	if (rate > 0)
		load->duration_ns =
			(uint64_t)fmin(foreign_load_find(load, "requests") / rate * NS_PER_S, 1e18);
	drop_only_name(load);
	return 0;
}

struct history {
	double users, last_rate;
	double first_time, last_time;
	double requests; /* of the last row */
};

/* Rows of times that go back, or of another age, say nothing. */
static void read_history_row(struct import *import, const struct csv_reader *csv,
			     const struct locust_columns *columns, struct history *history)
{
	struct foreign_load *load = &import->load;
	double time = locust_columns_get_number(csv, columns, LOCUST_COLUMN_TIMESTAMP);
	double users = locust_columns_get_number(csv, columns, LOCUST_COLUMN_USERS);
	double rate = locust_columns_get_number(csv, columns, LOCUST_COLUMN_RATE);
	double failures = locust_columns_get_number(csv, columns, LOCUST_COLUMN_FAILURE_RATE);
	uint64_t at_ns;

	if (!is_total(locust_columns_get(csv, columns, LOCUST_COLUMN_NAME)) || isnan(time) ||
	    isnan(rate) || !(time > history->last_time))
		return;
	if (history->first_time < 0)
		history->first_time = time;
	if (time - history->first_time > HISTORY_SECONDS_MAX)
		return;
	at_ns = FOREIGN_BEGIN_NS + (uint64_t)((time - history->first_time) * NS_PER_S);
	history->last_time = time;
	history->requests =
		fmax(history->requests,
		     locust_columns_get_number(csv, columns, LOCUST_COLUMN_TOTAL_REQUESTS));
	if (!isnan(users))
		history->users = fmax(history->users, users);
	if (rate > 0 && !(users <= 0)) /* when the users are gone the rate only fades */
		history->last_rate = rate;
	series_list_add(&load->series, "load.requests", "", SERIES_PER_SECOND, at_ns, rate);
	if (!isnan(failures))
		series_list_add(&load->series, "load.failures", "", SERIES_PER_SECOND, at_ns,
				failures);
	if (!isnan(users))
		series_list_add(&load->series, "load.users", "", SERIES_COUNT, at_ns, users);
}

void locust_read_history(struct import *import, struct import_input *input)
{
	struct foreign_load *load = &import->load;
	struct history history = {.first_time = -1, .last_time = -1};
	struct locust_columns columns;
	struct csv_reader csv;

	csv_reader_init(&csv, input);
	if (csv_reader_next(&csv))
		locust_columns_find(&columns, &csv);
	if (csv.fields.count == 0 || locust_columns_recognize(&columns) != LOCUST_HISTORY) {
		import_warn(import, "the history beside %s is none of Locust's, left out",
			    import->name);
		csv_reader_release(&csv);
		return;
	}
	while (csv_reader_next(&csv))
		if (!csv.is_open)
			read_history_row(import, &csv, &columns, &history);
	csv_reader_release(&csv);
	if (history.requests > foreign_load_find(load, "requests")) {
		import_warn(
			import,
			"the history beside %s counts more requests: it is of another run, left "
			"out",
			import->name);
		series_list_release(&load->series);
		return;
	}
	if (history.first_time > 0 && history.first_time < 1e10)
		load->begin_wall_ns = (uint64_t)(history.first_time * NS_PER_S);
	if (history.users < UINT32_MAX)
		load->users = (uint32_t)history.users;
	if (history.last_rate > 0)
		foreign_load_add(load, "rate_last_rps", "", history.last_rate);
}

/* X_stats.csv → X_stats_history.csv. Without such a file nothing is missing. */
static void read_history_beside(struct import *import, const char *path)
{
	static const char suffix[] = "_stats.csv";
	size_t length = strlen(path), own = sizeof(suffix) - 1;
	scoped_free char *beside = NULL;
	struct import_input input;
	struct err err = {0};

	if (length < own || strcmp(path + length - own, suffix) != 0)
		return;
	beside = alloc_printf("%.*s_stats_history.csv", (int)(length - own), path);
	if (access(beside, F_OK) < 0)
		return;
	if (import_input_open(&input, beside, &err) == 0)
		locust_read_history(import, &input);
	else
		import_warn(import, "%s", err_text(&err));
	import_input_release(&input);
}

int locust_read(struct import *import, struct import_input *input, const char *path,
		struct err *err)
{
	struct foreign_load *load = &import->load;
	struct stats_reader reader = {.import = import};
	int r;

	load->tool = "Locust";
	load->mode = "closed";
	load->url = "";
	load->caveat = CAVEAT;
	csv_reader_init(&reader.csv, input);
	r = read_stats(&reader, err);
	csv_reader_release(&reader.csv);
	if (r < 0)
		return r;
	if (reader.bad_rows > 0)
		import_warn(import,
			    "%s: %" PRIu64 " rows are none of Locust's statistics, left out; the "
			    "first is line %" PRIu64,
			    import->name, reader.bad_rows, reader.first_bad);
	if (reader.is_full)
		import_warn(import, "%s has more than %d request names: the last ones are left out",
			    import->name, FOREIGN_NAMES_MAX);
	if (path != NULL)
		read_history_beside(import, path);
	return 0;
}
