#include "export/seconds_csv.h"

#include "view/response_times.h"

enum { QUANTILES = 3 };

static const double quantiles[QUANTILES] = {0.5, 0.9, 0.99};

static void add_count(struct strbuf *csv, uint64_t count)
{
	strbuf_addf(csv, ",%llu", (unsigned long long)count);
}

/* 0 is what no response time is. */
static void add_ns(struct strbuf *csv, uint64_t ns)
{
	if (ns > 0)
		add_count(csv, ns);
	else
		strbuf_add_char(csv, ',');
}

/* The last second of the window may be shorter than one; none of the drain belongs to it. */
static double find_rate(const struct load_view *view, const struct load_view_second *second)
{
	double runs = view->run_count > 0 ? view->run_count : 1;
	double left = (double)view->duration_ns / 1e9 / runs - second->second;

	return (double)second->counts.completed / runs / (left > 0.0 && left < 1.0 ? left : 1.0);
}

static void add_row(struct strbuf *csv, const struct load_view *view, uint32_t at,
		    struct histogram *scratch)
{
	const struct load_view_second *second = &view->seconds[at];
	const struct load_counts *counts = &second->counts;
	uint64_t found_ns[QUANTILES];

	strbuf_addf(csv, "%u", second->second);
	add_count(csv, counts->offered);
	add_count(csv, counts->answered);
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		add_count(csv, counts->errors[i]);
	strbuf_addf(csv, ",%.3f", find_rate(view, second));
	add_count(csv, counts->bytes_in);
	add_count(csv, counts->bytes_out);
	response_times_find_in_second(second, quantiles, QUANTILES, scratch, found_ns);
	for (int i = 0; i < QUANTILES; i++)
		add_ns(csv, found_ns[i]);
	add_ns(csv, second->response_length > 0 ? second->max_ns : 0);
	strbuf_add_char(csv, ',');
	if (view->has_generator)
		strbuf_addf(csv, "%llu", (unsigned long long)second->in_flight);
	strbuf_add_char(csv, '\n');
}

void seconds_csv_write(struct strbuf *csv, const struct load_view *view)
{
	scoped(histogram_cleanup) struct histogram *scratch = histogram_new();

	strbuf_add_text(csv, "second,offered,answered");
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		strbuf_addf(csv, ",%s", load_error_name((enum load_error)i));
	strbuf_add_text(csv,
			",rate_rps,bytes_in,bytes_out,p50_ns,p90_ns,p99_ns,max_ns,in_flight\n");
	for (uint32_t i = 0; i < view->second_count; i++)
		add_row(csv, view, i, scratch);
}
