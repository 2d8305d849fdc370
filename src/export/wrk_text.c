#include "export/wrk_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/hgrm.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/clock.h"
#include "view/response_times.h"

enum { FIELD_BYTES = 64, WRK2_QUANTILES = 8, WRK_QUANTILES = 4 };

/*
 * A unit is left for the next one at 0.85 of it, but for the last one named here. Long doubles as
 * in wrk: 3.185 ms is 3.18 there, and would be 3.19 of a double.
 */
struct units {
	long double scale, base; /* of what is given, to make one base unit */
	const char *names[5];	 /* from the base unit up */
	int count;
};

static const struct units units_us = {1000, 1000, {"us", "ms"}, 2};
static const struct units units_s = {60, 1000000000, {"s", "m"}, 2};
static const struct units units_metric = {1000, 1, {"", "k", "M", "G", "T"}, 5};
static const struct units units_binary = {1024, 1, {"", "K", "M", "G", "T"}, 5};

static const char *format_units(char field[static FIELD_BYTES], double value,
				const struct units *units, int digits)
{
	long double amount = (long double)value / units->base;
	int i = 0;

	for (; i + 1 < units->count && amount >= 0.85L * units->scale; i++)
		amount /= units->scale;
	snprintf(field, FIELD_BYTES, "%.*Lf%s", digits, amount, units->names[i]);
	return field;
}

static const char *format_time(char field[static FIELD_BYTES], double ns)
{
	return ns >= 1e9 ? format_units(field, ns, &units_s, 2)
			 : format_units(field, ns, &units_us, 2);
}

static const char *format_rate(char field[static FIELD_BYTES], double rate)
{
	return format_units(field, rate, &units_metric, 2);
}

/* Right-aligned so that numbers end in one column: a unit of fewer than two letters gets blanks. */
static void add_padded(struct strbuf *text, const char *field, int width)
{
	size_t length = strlen(field);
	int blanks = 2;

	blanks -= length >= 1 && isalpha((unsigned char)field[length - 1]) != 0;
	blanks -= length >= 2 && isalpha((unsigned char)field[length - 2]) != 0;
	strbuf_addf(text, "%*s%.*s", width - blanks, field, blanks, "  ");
}

struct row {
	double mean, stdev, max;
	double within_ratio; /* NAN: of nothing */
};

static void add_row(struct strbuf *text, const char *label, const struct row *row,
		    const char *(*format)(char field[static FIELD_BYTES], double value))
{
	char field[FIELD_BYTES];

	strbuf_addf(text, "    %-10s", label);
	add_padded(text, format(field, row->mean), 8);
	add_padded(text, format(field, row->stdev), 10);
	add_padded(text, format(field, row->max), 9);
	if (isnan(row->within_ratio))
		strbuf_add_text(text, "    -nan%\n");
	else
		strbuf_addf(text, "%8.2f%%\n", 100.0 * row->within_ratio);
}

static double seconds_of(const struct load_view *view)
{
	return (double)view->duration_ns / 1e9;
}

static double count_or_one(uint32_t count)
{
	return count > 0 ? (double)count : 1.0;
}

static struct row find_latency(const struct load_view *view, double within_of_nothing)
{
	static const double all = 1.0;
	struct survival_quantile greatest;
	struct response_spread spread;

	response_times_find_quantiles(&view->total, &all, 1, &greatest);
	response_times_find_spread(view->total.response, &spread);
	return (struct row){spread.mean_ns, spread.stdev_ns, (double)greatest.value_ns,
			    view->total.response->count > 0 ? spread.within_ratio
							    : within_of_nothing};
}

static struct row find_rate(const struct load_view *view)
{
	double whole = floor(seconds_of(view) / count_or_one(view->run_count) + 1e-6);
	double parts = count_or_one(view->threads) * count_or_one(view->run_count);
	uint32_t count = view->second_count < whole ? view->second_count : (uint32_t)whole;
	scoped_free double *rates = alloc_array(count + 1, sizeof(*rates));
	struct row row = {.within_ratio = (double)NAN};
	uint32_t within = 0;

	if (count == 0)
		return row;
	for (uint32_t i = 0; i < count; i++) {
		rates[i] = (double)view->seconds[i].counts.completed / parts;
		row.mean += rates[i] / count;
		row.max = fmax(row.max, rates[i]);
	}
	for (uint32_t i = 0; i < count && count > 1; i++)
		row.stdev += (rates[i] - row.mean) * (rates[i] - row.mean) / (count - 1);
	row.stdev = sqrt(row.stdev);
	/* the last factor: equal rates may differ from their mean by a rounding */
	for (uint32_t i = 0; i < count; i++)
		within += fabs(rates[i] - row.mean) <= row.stdev + 1e-9 * row.mean;
	row.within_ratio = (double)within / count;
	return row;
}

static void add_head(struct strbuf *text, const struct load_view *view, const struct row *latency)
{
	double seconds = seconds_of(view) / count_or_one(view->run_count);
	struct row rate = find_rate(view);
	char field[FIELD_BYTES];

	strbuf_addf(text, "Running %s test @ ",
		    format_units(field, 1e9 * nearbyint(seconds), &units_s, 0));
	/* of someone's store, perhaps */
	clean_add_percent(text, view->url, "");
	strbuf_addf(text, "\n  %u threads and %u connections\n", view->threads, view->connections);
	strbuf_addf(text, "  Thread Stats%6s%11s%8s%12s\n", "Avg", "Stdev", "Max", "+/- Stdev");
	add_row(text, "Latency", latency, format_time);
	add_row(text, "Req/Sec", &rate, format_rate);
}

static void add_quantiles(struct strbuf *text, const struct load_view *view, const double *q,
			  size_t count, int digits)
{
	struct survival_quantile quantiles[WRK2_QUANTILES];
	char field[FIELD_BYTES];

	response_times_find_quantiles(&view->total, q, count, quantiles);
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(text, "%7.*f%%", digits, 100.0 * q[i]);
		add_padded(text, format_time(field, (double)quantiles[i].value_ns), 10);
		strbuf_add_char(text, '\n');
	}
}

static uint64_t count_failed_status(const struct load_view *view)
{
	uint64_t count = 0;

	for (int status = 400; status < LOAD_STATUS_SLOTS; status++)
		count += view->total.status[status];
	return count;
}

static void add_foot(struct strbuf *text, const struct load_view *view)
{
	const struct load_counts *counts = &view->total.counts;
	const uint64_t *errors = counts->errors;
	uint64_t failed = count_failed_status(view);
	double seconds = seconds_of(view);
	char time[FIELD_BYTES], bytes[FIELD_BYTES];

	strbuf_addf(text, "  %llu requests in %s, %sB read\n",
		    (unsigned long long)counts->completed,
		    format_time(time, (double)view->duration_ns),
		    format_units(bytes, (double)counts->bytes_in, &units_binary, 2));
	if (errors[LOAD_ERROR_CONNECT] + errors[LOAD_ERROR_PROTOCOL] + errors[LOAD_ERROR_TIMEOUT] >
	    0)
		strbuf_addf(text,
			    "  Socket errors: connect %llu, read %llu, write 0, timeout %llu\n",
			    (unsigned long long)errors[LOAD_ERROR_CONNECT],
			    (unsigned long long)errors[LOAD_ERROR_PROTOCOL],
			    (unsigned long long)errors[LOAD_ERROR_TIMEOUT]);
	if (failed > 0)
		strbuf_addf(text, "  Non-2xx or 3xx responses: %llu\n", (unsigned long long)failed);
	strbuf_addf(text, "Requests/sec: %9.2f\n",
		    seconds > 0 ? (double)counts->completed / seconds : 0.0);
	strbuf_addf(text, "Transfer/sec: %10sB\n",
		    format_units(bytes, seconds > 0 ? (double)counts->bytes_in / seconds : 0.0,
				 &units_binary, 2));
}

void wrk_text_write(struct strbuf *text, const struct load_view *view, bool has_latency)
{
	static const double q[WRK_QUANTILES] = {0.5, 0.75, 0.9, 0.99};
	struct row latency = find_latency(view, (double)NAN);

	add_head(text, view, &latency);
	if (has_latency) {
		strbuf_add_text(text, "  Latency Distribution\n");
		add_quantiles(text, view, q, WRK_QUANTILES, 0);
	}
	add_foot(text, view);
}

void wrk_text_write_wrk2(struct strbuf *text, const struct load_view *view, bool has_latency)
{
	static const double q[WRK2_QUANTILES] = {0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0};
	struct row latency = find_latency(view, 0.0);

	add_head(text, view, &latency);
	if (has_latency) {
		strbuf_add_text(text, "  Latency Distribution (HdrHistogram - Recorded Latency)\n");
		add_quantiles(text, view, q, WRK2_QUANTILES, 3);
		strbuf_add_text(text, "\n  Detailed Percentile spectrum:\n");
		hgrm_write_c(text, &view->total);
		strbuf_add_text(text,
				"----------------------------------------------------------\n");
	}
	add_foot(text, view);
}
