#include "export/series_csv.h"

#include <math.h>

#include "util/field_text.h"

static void add_series(struct strbuf *csv, const struct series_run *run,
		       const struct series *series)
{
	for (size_t i = 0; i < series->points.count; i++) {
		const struct series_point *point = &series->points.items[i];
		bool is_before = point->time_ns < run->begin_ns;
		uint64_t ns =
			is_before ? run->begin_ns - point->time_ns : point->time_ns - run->begin_ns;

		if (!isfinite(point->value))
			continue;
		strbuf_addf(csv, "%u,", run->run->record.number);
		field_text_add_csv(csv, run->run->record.arm);
		strbuf_addf(csv, ",%s%llu.%09llu,", is_before ? "-" : "",
			    (unsigned long long)(ns / 1000000000),
			    (unsigned long long)(ns % 1000000000));
		field_text_add_csv(csv, series->name);
		strbuf_add_char(csv, ',');
		field_text_add_csv(csv, series->scope);
		strbuf_addf(csv, ",%s,", series_unit_name(series->unit));
		field_text_add_number(csv, point->value);
		strbuf_add_char(csv, '\n');
	}
}

void series_csv_write(struct strbuf *csv, const struct series_runs *runs)
{
	strbuf_add_text(csv, "run,arm,time_s,name,scope,unit,value\n");
	for (uint32_t i = 0; i < runs->run_count; i++)
		for (size_t s = 0; s < runs->runs[i].list.count; s++)
			add_series(csv, &runs->runs[i], &runs->runs[i].list.items[s]);
}
