/* Series as comma-separated values: a line a point, against the whole text. */
#include "export/series_csv.h"

#include <stdlib.h>
#include <string.h>

#include "sample_series.h"

static const char of_run_1[] = "1,\"pro\"\"xy\",0.000000000,process.cpu_ratio,,ratio,0.5\n"
			       "1,\"pro\"\"xy\",1.000000000,process.cpu_ratio,,ratio,1.5\n";
static const char quoted[] =
	"1,\"pro\"\"xy\",0.000000000,process.rss,\"a, \"\"b\"\"\\\",bytes,100000000\n";
static const char before[] = "3,\"pro\"\"xy\",-0.500000000,process.cpu_ratio,gateway,ratio,0.1\n";

static uint32_t count_lines(const char *text)
{
	uint32_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

int main(void)
{
	static const char head[] = "run,arm,time_s,name,scope,unit,value\n";
	struct series_runs nothing = {.experiment = "k7f3m9qa"};
	struct sample_series sample;
	struct strbuf csv;

	sample_series_make(&sample);
	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	series_csv_write(&csv, &sample.runs);
	ok(strncmp(strbuf_text(&csv), head, sizeof(head) - 1) == 0, "a line of titles");
	ok(strstr(strbuf_text(&csv), of_run_1) != NULL, "a line a point");
	ok(strstr(strbuf_text(&csv), quoted) != NULL, "names in quotes where they have to be");
	ok(strstr(strbuf_text(&csv), before) != NULL, "points before the window");
	ok(strstr(strbuf_text(&csv), "nan") == NULL, "what is no number is left out");
	is_int(count_lines(strbuf_text(&csv)), 1 + 2 * (2 + 3 + 3 + 3), "nothing else is");
	strbuf_clear(&csv);
	series_csv_write(&csv, &nothing);
	is_str(strbuf_text(&csv), head, "no runs: the titles alone");
	strbuf_release(&csv);
	sample_series_release(&sample);
	return tap_done();
}
