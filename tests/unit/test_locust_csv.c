#include "export/locust_csv.h"

#include "tap.h"

#define MS 1000000u

static const char header[] = "Type,Name,Request Count,Failure Count,Median Response Time,Average "
			     "Response Time,Min Response Time,"
			     "Max Response Time,Average Content Size,Requests/s,Failures/s,"
			     "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n";

static bool has(const struct strbuf *text, const char *part)
{
	bool found = strstr(strbuf_text(text), part) != NULL;

	if (!found)
		printf("# in:\n# %s\n", strbuf_text(text));
	return found;
}

/* 1 to 100 ms, once each: Locust's percentile p is the value with at most int(100 p) below it. */
static void test_stats(void)
{
	struct load_view_name names[2] = {{.name = "b, \"quoted\"", .method = "POST"},
					  {.name = "a", .method = "GET"}};
	struct load_view view = {
		.duration_ns = 4000000000, .names = names, .name_count = 2, .run_count = 1};
	struct histogram *histogram = histogram_new();
	struct strbuf csv;

	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	for (uint64_t i = 1; i <= 100; i++)
		histogram_record(histogram, i * MS);
	view.total.name = "";
	view.total.method = "";
	view.total.response = names[1].response = histogram;
	names[1].counts = (struct load_counts){.offered = 103, .answered = 100, .bytes_in = 12750};
	names[1].counts.errors[LOAD_ERROR_CONNECT] = 1;
	names[1].counts.errors[LOAD_ERROR_TIMEOUT] = 1;
	names[1].counts.errors[LOAD_ERROR_UNANSWERED] = 1;
	view.total.counts = names[1].counts;
	locust_csv_write_stats(&csv, &view);
	ok(strncmp(strbuf_text(&csv), header, sizeof(header) - 1) == 0, "the header");
	ok(has(&csv, "GET,a,102,2,50,50.5,1.0,100.0,125.0,25.5,0.5,51,67,76,81,91,96,99,100,100,"
		     "100,100\r\n"),
	   "a row by Locust's rules; what was in flight at the end is not in it");
	ok(has(&csv, "\r\n,Aggregated,102,2,50,50.5,"), "the total's type is empty");
	ok(has(&csv, "\r\nPOST,\"b, \"\"quoted\"\"\",0,0,0,0.0,0,0,0,0.0,0.0"
		     ",N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n"),
	   "no request: no percentiles; quotes as Python's");
	ok(strstr(strbuf_text(&csv), "GET,a") < strstr(strbuf_text(&csv), "POST,"), "rows by name");
	histogram_free(histogram);
	strbuf_release(&csv);
}

static void check_float(uint64_t ns, const char *want)
{
	struct load_view_name name = {
		.name = "a", .method = "GET", .counts = {.offered = 1, .answered = 1}};
	struct load_view view = {
		.names = &name, .name_count = 1, .total = {.name = "", .method = ""}};
	char part[128];
	struct strbuf csv;

	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	name.response = histogram_new();
	histogram_record(name.response, ns);
	locust_csv_write_stats(&csv, &view);
	snprintf(part, sizeof(part), ",%s,%s,%s,0.0,0.0,0.0,", want, want, want);
	ok(has(&csv, part), want);
	histogram_free(name.response);
	strbuf_release(&csv);
}

/* As Python 3's repr() prints the number of milliseconds. */
static void test_floats(void)
{
	check_float(1, "1e-06");
	check_float(123, "0.000123");
	check_float(100000000, "100.0");
	check_float(1234567, "1.234567");
	check_float(3600000000001, "3600000.000001");
}

static void test_history(void)
{
	struct load_view_second seconds[2] = {
		{.second = 0, .counts = {.offered = 10, .answered = 10, .bytes_in = 30}},
		{.second = 1, .counts = {.offered = 7, .answered = 2, .bytes_in = 6}},
	};
	struct load_view_name names[2] = {
		{.name = "b", .method = "GET", .second_count = 1}, /* nothing in the second one */
		{.name = "a", .method = "POST"}};
	struct load_view view = {.connections = 7,
				 .run_count = 1,
				 .begin_wall_ns = 1700000000 * UINT64_C(1000000000) + 999,
				 .seconds = seconds,
				 .second_count = 2};
	struct histogram *response = histogram_new();
	struct strbuf csv, encoded[2];

	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	seconds[1].counts.errors[LOAD_ERROR_TIMEOUT] = 5;
	for (int i = 0; i < 2; i++) {
		strbuf_init(&encoded[i], 1 << 20);
		histogram_clear(response);
		histogram_record_count(response, i == 0 ? 2 * MS : 20 * MS, i == 0 ? 10 : 2);
		histogram_encode(response, &encoded[i]);
		seconds[i].response = encoded[i].data;
		seconds[i].response_length = encoded[i].length;
		seconds[i].sum_ns = response->sum_ns;
		seconds[i].min_ns = response->min_ns;
		seconds[i].max_ns = response->max_ns;
	}
	locust_csv_write_history(&csv, &view, false);
	is_str(strbuf_text(&csv),
	       "Timestamp,User "
	       "Count,Type,Name,Requests/s,Failures/"
	       "s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
	       "Total Request Count,Total Failure Count,Total Median Response Time,Total Average "
	       "Response Time,"
	       "Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n"
	       "1700000000,7,,Aggregated,10.000000,0.000000,2,2,2,2,2,2,2,2,2,2,2,10,0,2,2.0,2.0,"
	       "2.0,3.0\r\n"
	       "1700000001,7,,Aggregated,7.000000,5.000000,2,2,2,2,20,20,20,20,20,20,20,17,5,2,5.0,"
	       "2.0,20.0,2.1176470588235294\r\n",
	       "a row a second: rates of the second, all else of the run so far");
	strbuf_clear(&csv);
	names[0].seconds = seconds;
	view.names = names;
	view.name_count = 2;
	locust_csv_write_history(&csv, &view, true);
	ok(has(&csv,
	       "Total Average Content Size\r\n"
	       "1700000000,7,POST,a,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,"
	       "N/A,0,0,0,0.0,0,0,0\r\n"
	       "1700000000,7,GET,b,10.000000,0.000000,2,2,2,2,2,2,2,2,2,2,2,10,0,2,2.0,2.0,"
	       "2.0,3.0\r\n"
	       "1700000000,7,,Aggregated,10.000000,"),
	   "full: a row for each name, too, by name");
	ok(has(&csv, "1700000001,7,GET,b,0.000000,0.000000,2,2,2,2,2,2,2,2,2,2,2,10,0,2,2.0,2.0,"
		     "2.0,3.0\r\n"
		     "1700000001,7,,Aggregated,7.000000,5.000000,2,2,2,2,20,"),
	   "a second without a record of it has a row, too");
	for (int i = 0; i < 2; i++)
		strbuf_release(&encoded[i]);
	histogram_free(response);
	strbuf_release(&csv);
}

/* In the full history percentiles are those of the last ten seconds. */
static void test_full_history(void)
{
	struct load_view_second seconds[12];
	struct load_view view = {.run_count = 1, .seconds = seconds, .second_count = 12};
	struct histogram *response = histogram_new();
	struct strbuf csv, encoded;

	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	strbuf_init(&encoded, 1 << 20);
	histogram_record(response, 900 * MS);
	histogram_encode(response, &encoded);
	for (uint32_t i = 0; i < 12; i++)
		seconds[i] = (struct load_view_second){.second = i};
	seconds[0] = (struct load_view_second){.counts = {.offered = 1, .answered = 1},
					       .response = encoded.data,
					       .response_length = encoded.length,
					       .sum_ns = 900 * MS,
					       .min_ns = 900 * MS,
					       .max_ns = 900 * MS};
	locust_csv_write_history(&csv, &view, true);
	ok(has(&csv, "\r\n9,0,,Aggregated,0.000000,0.000000,900,900,"), "the tenth second");
	ok(has(&csv, "\r\n10,0,,Aggregated,0.000000,0.000000,N/A,N/A,"), "the eleventh");
	ok(has(&csv, ",N/A,1,0,900,900.0,900.0,900.0,0.0\r\n"), "totals are of the run so far");
	histogram_free(response);
	strbuf_release(&csv);
	strbuf_release(&encoded);
}

static void test_failures(void)
{
	struct load_view_name name = {.name = "a", .method = "GET"};
	struct load_failure failures[2] = {
		{.error = LOAD_ERROR_STATUS,
		 .count = 3,
		 .first_ns = 5000000000,
		 .last_ns = 65000000000,
		 .text = "HTTP 500, \"oops\"\nmore"},
		{.name = 9, .error = LOAD_ERROR_CONNECT, .count = 1},
	};
	struct load_view view = {.names = &name,
				 .name_count = 1,
				 .failures = failures,
				 .failure_count = 2,
				 .begin_ns = 4000000000,
				 .begin_wall_ns = 1700000000 * UINT64_C(1000000000)};
	struct strbuf csv;

	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	locust_csv_write_failures(&csv, &view);
	is_str(strbuf_text(&csv),
	       "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
	       "GET,a,\"HTTP 500, \"\"oops\"\"\nmore\",3,2023-11-14 22:13:21,2023-11-14 "
	       "22:14:21\r\n"
	       ",,connect,1,,\r\n",
	       "failures");
	strbuf_clear(&csv);
	locust_csv_write_exceptions(&csv, &view);
	is_str(strbuf_text(&csv), "Count,Message,Traceback,Nodes\r\n", "no exceptions");
	strbuf_release(&csv);
}

int main(void)
{
	test_stats();
	test_floats();
	test_history();
	test_full_history();
	test_failures();
	return tap_done();
}
