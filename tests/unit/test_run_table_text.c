#include "report/run_table_text.h"

#include "tap.h"

static const struct run_table_row own = {.label = "@last/proxy",
					 .experiment = "k7f3m9qa",
					 .tool = "",
					 .profile = "gateway",
					 .users = "100",
					 .configuration = "proxy",
					 .quality = "",
					 .run_count = 6,
					 .requests = 48000,
					 .failures = 0,
					 .p50_ns = 1.2e6,
					 .p95_ns = 2.4e6,
					 .p99_ns = 9.6e6,
					 .mean_ns = 1.8e6,
					 .rate_rps = 4010,
					 .last_rate_rps = 4100};

static struct run_table_row make_foreign(void)
{
	struct run_table_row row = own;

	row.label = "x_stats.csv";
	row.tool = "Locust";
	row.profile = "x|y";
	row.configuration = "";
	row.run_count = 1;
	row.failures = 12;
	row.p95_ns = (double)NAN;
	row.quality = "SUSPECT";
	return row;
}

static void check(const struct run_table *table, uint32_t width, const char *want, const char *what)
{
	const struct text_layout layout = {.columns = width};
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	run_table_text_add(&text, table, &layout);
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

static void test_text(void)
{
	struct run_table table = {0};

	check(&table, 0, "", "no rows");
	vec_push(&table.rows, own);
	vec_push(&table.rows, own);
	table.rows.items[1].label = "@-1/proxy";
	check(&table, 0,
	      "all rows: profile gateway, users 100, configuration proxy, runs 6\n"
	      "run          requests  fails      p50      p95      p99     mean    RPS  last RPS\n"
	      "@last/proxy    48,000      0  1.20 ms  2.40 ms  9.60 ms  1.80 ms  4,010     4,100\n"
	      "@-1/proxy      48,000      0  1.20 ms  2.40 ms  9.60 ms  1.80 ms  4,010     4,100\n",
	      "what is the same stands above");
	table.rows.items[1] = make_foreign();
	vec_push(&table.notes, "with care");
	check(&table, 0,
	      "all rows: users 100\n"
	      "run          from    profile  configuration  n  requests  fails      p50      p95  "
	      "    p99     mean    RPS  last RPS  quality\n"
	      "@last/proxy  sonde   gateway  proxy          6    48,000      0  1.20 ms  2.40 ms  "
	      "9.60 ms  1.80 ms  4,010     4,100\n"
	      "x_stats.csv  Locust  x|y                     1    48,000     12  1.20 ms        -  "
	      "9.60 ms  1.80 ms  4,010     4,100  SUSPECT\n"
	      "with care\n",
	      "another tool's");
	check(&table, 90,
	      "all rows: users 100\n"
	      "run         from   n requests fails     p50     p95     p99    mean   RPS last RPS "
	      "quality\n"
	      "@last/proxy sonde  6   48,000     0 1.20 ms 2.40 ms 9.60 ms 1.80 ms 4,010    4,100\n"
	      "x_stats.csv Locust 1   48,000    12 1.20 ms       - 9.60 ms 1.80 ms 4,010    4,100 "
	      "SUSPECT\n"
	      "no room for configuration, profile: --markdown and --json have all columns\nwith "
	      "care\n",
	      "a narrow terminal");
	run_table_release(&table);
}

static void test_markdown(void)
{
	struct run_table table = {0};
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	vec_push(&table.rows, make_foreign());
	vec_push(&table.notes, "with care");
	run_table_text_add_markdown(&text, &table);
	is_str(strbuf_text(&text),
	       "| run | from | profile | users | configuration | n | requests | fails | p50 | p95 "
	       "| "
	       "p99 | mean | RPS | last RPS | quality |\n"
	       "|---|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n"
	       "| x\\_stats.csv | Locust | x\\|y | 100 |  | 1 | 48,000 | 12 | 1.20 ms | - | 9.60 "
	       "ms | "
	       "1.80 ms | 4,010 | 4,100 | SUSPECT |\n"
	       "\n- with care\n",
	       "Markdown has every column");
	strbuf_release(&text);
	run_table_release(&table);
}

int main(void)
{
	test_text();
	test_markdown();
	return tap_done();
}
