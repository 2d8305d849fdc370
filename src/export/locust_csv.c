#include "export/locust_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/field_text.h"

#define LINE_END "\r\n"
#define PERCENTILE_COLUMNS "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"

enum {
	PERCENTILES = 11,
	CURRENT_SECONDS = 10, /* Locust's CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW */
};

static const double percentiles[PERCENTILES] = {0.5,  0.66, 0.75,  0.8,	   0.9, 0.95,
						0.98, 0.99, 0.999, 0.9999, 1.0};

/*
 * ",12.5" as Python's repr(): the fewest digits that read back as the same number, and always a
 * point.
 */
static void add_float(struct strbuf *csv, double value)
{
	char text[64];
	int digits = 1, exponent;

	do
		snprintf(text, sizeof(text), "%.*e", digits - 1, value);
	while (strtod(text, NULL) != value && ++digits <= 17);
	exponent = value == 0 ? 0 : (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 16)
		snprintf(text, sizeof(text), "%.*g", digits, value);
	else
		snprintf(text, sizeof(text), "%.*f",
			 digits - 1 > exponent ? digits - 1 - exponent : 1, value);
	strbuf_addf(csv, ",%s", text);
}

static void add_count(struct strbuf *csv, uint64_t count)
{
	strbuf_addf(csv, ",%llu", (unsigned long long)count);
}

static uint64_t round_to_ms(uint64_t ns)
{
	return (ns + 500000) / 1000000;
}

/*
 * Requests that ended, as Locust counts them: what was still in flight at the end is in neither
 * figure.
 */
static uint64_t count_ended(const struct load_counts *counts)
{
	return counts->answered + counts->errors[LOAD_ERROR_CONNECT] +
	       counts->errors[LOAD_ERROR_TIMEOUT] + counts->errors[LOAD_ERROR_PROTOCOL];
}

static uint64_t count_failed(const struct load_counts *counts)
{
	return load_counts_failures(counts) - counts->errors[LOAD_ERROR_UNANSWERED];
}

static bool has_answers(const struct histogram *histogram)
{
	return histogram != NULL && histogram->count > 0;
}

/* The slot of the value that `below` others (0 .. count - 1) are not greater than. */
static uint64_t find_value_ns(const struct histogram *histogram, uint64_t below)
{
	uint64_t seen = 0;

	for (uint32_t slot = histogram->first_slot; slot < histogram->end_slot; slot++) {
		seen += histogram->slots[slot];
		if (seen > below) {
			uint64_t ns = histogram_slot_highest_ns(slot);

			return ns < histogram->max_ns ? ns : histogram->max_ns;
		}
	}
	return histogram->max_ns;
}

/*
 * Locust's rule (calculate_response_time_percentile): the greatest value that has at most int(count
 * * share) values below it. For the share 1 that is the maximum.
 */
static uint64_t find_percentile_ns(const struct histogram *histogram, double share)
{
	uint64_t below = (uint64_t)((double)histogram->count * share);

	return below >= histogram->count ? histogram->max_ns : find_value_ns(histogram, below);
}

/* ",N/A" or ",12" for each percentile. */
static void add_percentiles(struct strbuf *csv, const struct histogram *histogram)
{
	for (int i = 0; i < PERCENTILES; i++) {
		if (has_answers(histogram))
			add_count(csv, round_to_ms(find_percentile_ns(histogram, percentiles[i])));
		else
			strbuf_add_text(csv, ",N/A");
	}
}

/* ",median,average,min,max,size" */
static void add_response_times(struct strbuf *csv, const struct load_view_name *name)
{
	const struct histogram *histogram = name->response;
	uint64_t ended = count_ended(&name->counts);

	if (has_answers(histogram)) {
		add_count(csv, round_to_ms(find_value_ns(histogram, (histogram->count - 1) / 2)));
		add_float(csv, (double)histogram->sum_ns / (double)histogram->count / 1e6);
		add_float(csv, (double)histogram->min_ns / 1e6);
		add_float(csv, (double)histogram->max_ns / 1e6);
	} else {
		strbuf_add_text(csv, ",0,0.0,0,0");
	}
	if (ended > 0)
		add_float(csv, (double)name->counts.bytes_in / (double)ended);
	else
		strbuf_add_text(csv, ",0");
}

static void add_stats_row(struct strbuf *csv, const char *type, const char *label,
			  const struct load_view_name *name, double seconds)
{
	uint64_t ended = count_ended(&name->counts), failed = count_failed(&name->counts);

	field_text_add_csv(csv, type);
	strbuf_add_char(csv, ',');
	field_text_add_csv(csv, label);
	add_count(csv, ended);
	add_count(csv, failed);
	add_response_times(csv, name);
	add_float(csv, seconds > 0 ? (double)ended / seconds : 0);
	add_float(csv, seconds > 0 ? (double)failed / seconds : 0);
	add_percentiles(csv, name->response);
	strbuf_add_text(csv, LINE_END);
}

static int compare_names(const void *a, const void *b)
{
	const struct load_view_name *left = *(const struct load_view_name *const *)a;
	const struct load_view_name *right = *(const struct load_view_name *const *)b;
	int by_name = strcmp(left->name, right->name);

	return by_name != 0 ? by_name : strcmp(left->method, right->method);
}

/* Locust's order: by name, then method. Caller frees. */
static const struct load_view_name **sort_names(const struct load_view *view)
{
	const struct load_view_name **names = alloc_array(view->name_count + 1, sizeof(*names));

	for (uint32_t i = 0; i < view->name_count; i++)
		names[i] = &view->names[i];
	qsort(names, view->name_count, sizeof(*names), compare_names);
	return names;
}

void locust_csv_write_stats(struct strbuf *csv, const struct load_view *view)
{
	scoped_free const struct load_view_name **names = sort_names(view);
	double seconds = (double)view->duration_ns / 1e9;

	strbuf_add_text(
		csv,
		"Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
		"Min Response Time,Max Response Time,Average Content "
		"Size,Requests/s,Failures/s," PERCENTILE_COLUMNS LINE_END);
	for (uint32_t i = 0; i < view->name_count; i++)
		add_stats_row(csv, names[i]->method, names[i]->name, names[i], seconds);
	add_stats_row(csv, "", "Aggregated", &view->total, seconds);
}

/* What the history has rows of: a request name, or the total. */
struct history_entry {
	const struct load_view_second *seconds;
	uint32_t second_count;
	struct load_view_name so_far; /* of the run */
};

static struct history_entry make_entry(const char *method, const char *label,
				       const struct load_view_second *seconds, uint32_t count)
{
	return (struct history_entry){
		.seconds = seconds,
		.second_count = count,
		.so_far = {.name = label, .method = method, .response = histogram_new()}};
}

/* The answers of the last ten seconds up to `at`. */
static void find_current(const struct history_entry *entry, uint32_t at, struct histogram *current)
{
	uint32_t first = at < CURRENT_SECONDS ? 0 : at + 1 - CURRENT_SECONDS;

	histogram_clear(current);
	for (uint32_t i = first; i <= at && i < entry->second_count; i++)
		load_view_add_second(&entry->seconds[i], current);
}

/*
 * Rates are the second's own (Locust's are means of its last ten seconds). Totals are of the whole
 * run so far, and so are percentiles but in the full history, as Locust has it.
 */
static void add_history_row(struct strbuf *csv, const struct load_view *view,
			    struct history_entry *entry, uint32_t at, struct histogram *current)
{
	double runs = view->run_count > 0 ? (double)view->run_count : 1;
	struct load_view_name *so_far = &entry->so_far;
	struct load_counts counts = {0};

	if (at < entry->second_count) {
		counts = entry->seconds[at].counts;
		load_counts_add(&so_far->counts, &counts);
		load_view_add_second(&entry->seconds[at], so_far->response);
	}
	strbuf_addf(csv, "%llu,%u,",
		    (unsigned long long)(view->begin_wall_ns / NS_PER_S + view->seconds[at].second),
		    view->connections);
	field_text_add_csv(csv, so_far->method);
	strbuf_add_char(csv, ',');
	field_text_add_csv(csv, so_far->name);
	strbuf_addf(csv, ",%.6f,%.6f", (double)count_ended(&counts) / runs,
		    (double)count_failed(&counts) / runs);
	if (current != NULL)
		find_current(entry, at, current);
	add_percentiles(csv, current != NULL ? current : so_far->response);
	add_count(csv, count_ended(&so_far->counts));
	add_count(csv, count_failed(&so_far->counts));
	add_response_times(csv, so_far);
	strbuf_add_text(csv, LINE_END);
}

void locust_csv_write_history(struct strbuf *csv, const struct load_view *view, bool is_full)
{
	uint32_t count = is_full ? view->name_count : 0;
	scoped_free struct history_entry *entries = alloc_array(count + 1, sizeof(*entries));
	scoped_free const struct load_view_name **names = sort_names(view);
	scoped(histogram_cleanup) struct histogram *current = is_full ? histogram_new() : NULL;

	for (uint32_t i = 0; i < count; i++)
		entries[i] = make_entry(names[i]->method, names[i]->name, names[i]->seconds,
					names[i]->seconds != NULL ? names[i]->second_count : 0);
	entries[count] = make_entry("", "Aggregated", view->seconds, view->second_count);
	strbuf_add_text(
		csv, "Timestamp,User Count,Type,Name,Requests/s,Failures/s," PERCENTILE_COLUMNS
		     ",Total Request Count,Total Failure Count,Total Median Response Time,"
		     "Total Average Response Time,Total Min Response Time,Total Max Response Time,"
		     "Total Average Content Size" LINE_END);
	for (uint32_t at = 0; at < view->second_count; at++)
		for (uint32_t i = 0; i <= count; i++)
			add_history_row(csv, view, &entries[i], at, current);
	for (uint32_t i = 0; i <= count; i++)
		histogram_free(entries[i].so_far.response);
}

/* ",2026-11-21 01:12:24" in UTC; empty for a time that is not of the view's first run. */
static void add_wall_time(struct strbuf *csv, const struct load_view *view, uint64_t time_ns)
{
	time_t seconds;
	struct tm utc;
	char text[32];

	strbuf_add_char(csv, ',');
	if (view->begin_wall_ns == 0 || time_ns < view->begin_ns)
		return;
	seconds = (time_t)((view->begin_wall_ns + (time_ns - view->begin_ns)) / NS_PER_S);
	gmtime_r(&seconds, &utc);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
	strbuf_add_text(csv, text);
}

void locust_csv_write_failures(struct strbuf *csv, const struct load_view *view)
{
	strbuf_add_text(csv, "Method,Name,Error,Occurrences,First Seen,Last Seen" LINE_END);
	for (uint32_t i = 0; i < view->failure_count; i++) {
		const struct load_failure *failure = &view->failures[i];
		bool is_known = failure->name < view->name_count;

		if (failure->error == LOAD_ERROR_UNANSWERED)
			continue; /* not in Locust's failure count, either */
		field_text_add_csv(csv, is_known ? view->names[failure->name].method : "");
		strbuf_add_char(csv, ',');
		field_text_add_csv(csv, is_known ? view->names[failure->name].name : "");
		strbuf_add_char(csv, ',');
		field_text_add_csv(csv, failure->text[0] != '\0' ? failure->text
								 : load_error_name(failure->error));
		add_count(csv, failure->count);
		add_wall_time(csv, view, failure->first_ns);
		add_wall_time(csv, view, failure->last_ns);
		strbuf_add_text(csv, LINE_END);
	}
}

void locust_csv_write_exceptions(struct strbuf *csv, const struct load_view *view)
{
	(void)view;
	strbuf_add_text(csv, "Count,Message,Traceback,Nodes" LINE_END);
}
