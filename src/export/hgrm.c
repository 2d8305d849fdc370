#include "export/hgrm.h"

#include "view/response_times.h"

static double to_ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void add_foot(struct strbuf *text, const struct load_view_name *name,
		     const struct response_row *rows, size_t count)
{
	struct response_spread spread;

	response_times_find_spread(name->response, &spread);
	strbuf_addf(text, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", spread.mean_ns / 1e6,
		    spread.stdev_ns / 1e6);
	strbuf_addf(text, "#[Max     = %12.3f, Total count    = %12llu]\n",
		    count > 0 ? to_ms(rows[count - 1].value_ns) : 0.0,
		    (unsigned long long)name->response->count);
	strbuf_addf(text, "#[Buckets = %12d, SubBuckets     = %12d]\n", (int)HISTOGRAM_BUCKETS,
		    (int)HISTOGRAM_SUB_BUCKETS);
}

void hgrm_write(struct strbuf *text, const struct load_view_name *name)
{
	struct response_row rows[RESPONSE_TIMES_MAX_ROWS];
	size_t count = response_times_list_rows(name, rows);

	strbuf_addf(text, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		    "1/(1-Percentile)");
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(text, "%12.3f %2.12f %10llu", to_ms(rows[i].value_ns), rows[i].q,
			    (unsigned long long)rows[i].answers);
		if (i + 1 < count)
			strbuf_addf(text, " %14.2f", 1.0 / (1.0 - rows[i].q));
		strbuf_add_char(text, '\n');
	}
	add_foot(text, name, rows, count);
}

void hgrm_write_c(struct strbuf *text, const struct load_view_name *name)
{
	struct response_row rows[RESPONSE_TIMES_MAX_ROWS];
	size_t count = response_times_list_rows(name, rows);

	strbuf_addf(text, "%12s %12s %12s %12s\n\n", "Value", "Percentile", "TotalCount",
		    "1/(1-Percentile)");
	for (size_t i = 0; i < count; i++) {
		strbuf_addf(text, "%12.3f %12f %12llu ", to_ms(rows[i].value_ns), rows[i].q,
			    (unsigned long long)rows[i].answers);
		if (i + 1 < count)
			strbuf_addf(text, "%12.2f\n", 1.0 / (1.0 - rows[i].q));
		else
			strbuf_addf(text, "%12s\n", "inf");
	}
	add_foot(text, name, rows, count);
}
