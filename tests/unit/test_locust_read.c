/* Locust's files: a real pair (tests/data/load), other versions by their titles, and damage. */
#include "import/locust_read.h"

#include <errno.h>

#include "import_load.h"
#include "util/alloc.h"

#define HEAD                                                                                       \
	"Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min "    \
	"Response Time,Max Response Time,Average Content "                                         \
	"Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n"

static int read_text(struct import *import, struct import_input *input, struct err *err)
{
	return locust_read(import, input, NULL, err);
}

static void fails(const char *text, int want, const char *word, const char *what)
{
	struct import import;
	struct err err = {0};

	is_int(import_text_read(&import, read_text, text, &err), want, what);
	if (!ok(strstr(err_text(&err), word) != NULL, "… and says so"))
		printf("# %s\n", err_text(&err));
	import_release(&import);
}

static void test_real(void)
{
	struct import import;
	const struct series *series;

	is_int(import_load_read(&import, "locust_stats.csv"), 0, "a real one");
	is_int(import.format, IMPORT_LOCUST, "is recognized");
	is_int(import.warnings.count, 0, "nothing to warn of");
	is_int(import.load.users, 5, "users, of the history");
	is_int(import.load.names.count, 2, "request names");
	is_str(import.load.names.items[1].name, "/missing, \"x\"", "one in quotes");
	is_int(import.load.begin_wall_ns / 1000000000, 1795269689, "when it began");
	is_near((double)import.load.duration_ns, 8014 / 348.27578061632585 * 1e9, 1,
		"how long it was");
	series = series_list_find(&import.load.series, "load.requests", "");
	ok(series != NULL && series->points.count > 20, "its rate over time");
	is_near(foreign_load_find(&import.load, "requests"), 8014, 0, "requests");
	is_near(foreign_load_find(&import.load, "success_ratio"), 1 - 2005.0 / 8014, 1e-12,
		"success");
	is_near(foreign_load_find(&import.load, "rate_rps"), 348.27578061632585, 1e-12,
		"of the whole run");
	is_near(foreign_load_find(&import.load, "latency_p95"), 9e6, 0, "p95");
	is_near(foreign_load_find(&import.load, "latency_p99"), 14e6, 0, "p99");
	is_near(foreign_load_find(&import.load, "latency_mean"), 3650918.1994, 1e-3, "mean");
	ok(foreign_load_find(&import.load, "rate_last_rps") > 300, "and of the last window");
	import_release(&import);
}

static void test_figures(void)
{
	struct import import;

	is_int(import_text_read(
		       &import, read_text,
		       HEAD
		       "GET,/a,900,0,2,2.5,1,9,10.0,90.0,0,2,3,4,5,6,7,8,9,9,9,9\r\n"
		       "POST,/a,100,100,3,3.5,1,9,10.0,10.0,10,N/A,3,4,5,6,7,8,9,9,9,9\r\n"
		       ",Aggregated,1000,100,2,2.6,1,9,10.0,100.0,10,2,3,4,5,6,7,8,9,9,9,9\r\n",
		       NULL),
	       0, "without a history");
	import_load_check(
		&import.load,
		"requests@request:/a 900.000\nsuccess_ratio@request:/a 1.000\n"
		"failures_per_request@request:/a 0.000\nrate_rps@request:/a 90.000\n"
		"latency_p50@request:/a 2000000.000\nlatency_p75@request:/a 4000000.000\n"
		"latency_p90@request:/a 6000000.000\nlatency_p95@request:/a 7000000.000\n"
		"latency_mean@request:/a 2500000.000\nlatency_min@request:/a 1000000.000\n"
		"latency_max@request:/a 9000000.000\nbytes_per_request@request:/a 10.000\n"
		"bytes_in_per_s@request:/a 900.000\n"
		"requests@request:POST /a 100.000\nsuccess_ratio@request:POST /a 0.000\n"
		"failures_per_request@request:POST /a 1.000\n"
		"rate_rps@request:POST /a 10.000\nlatency_p50@request:POST /a 3000000.000\n"
		"latency_p75@request:POST /a 4000000.000\n"
		"latency_p90@request:POST /a 6000000.000\n"
		"latency_mean@request:POST /a 3500000.000\n"
		"latency_min@request:POST /a 1000000.000\n"
		"latency_max@request:POST /a 9000000.000\n"
		"bytes_per_request@request:POST /a 10.000\n"
		"bytes_in_per_s@request:POST /a 100.000\n"
		"requests 1000.000\nsuccess_ratio 0.900\nfailures_per_request 0.100\n"
		"rate_rps 100.000\nlatency_p50 2000000.000\nlatency_p75 4000000.000\n"
		"latency_p90 6000000.000\nlatency_p95 7000000.000\n"
		"latency_p99 9000000.000\nlatency_mean 2600000.000\n"
		"latency_min 1000000.000\nlatency_max 9000000.000\n"
		"bytes_per_request 10.000\nbytes_in_per_s 1000.000\n",
		"quantiles that are earned; two methods of one name");
	is_int(import.load.duration_ns, 10000000000, "duration");
	import_release(&import);
}

static void test_versions(void)
{
	struct import import;

	is_int(import_text_read(
		       &import, read_text,
		       "\"Method\",\"Name\",\"# requests\",\"# failures\",\"Median response "
		       "time\",\"Average response time\",\"Min response time\",\"Max response "
		       "time\",\"Average Content Size\",\"Requests/s\"\n"
		       "\"GET\",\"/\",100,0,5,6,1,20,12,10.00\n"
		       "\"None\",\"Total\",100,0,5,6,1,20,12,10.00\n",
		       NULL),
	       0, "Locust 0.8");
	import_load_check(&import.load,
			  "requests 100.000\nsuccess_ratio 1.000\nfailures_per_request 0.000\n"
			  "rate_rps 10.000\nlatency_p50 5000000.000\nlatency_mean 6000000.000\n"
			  "latency_min 1000000.000\nlatency_max 20000000.000\n"
			  "bytes_per_request 12.000\nbytes_in_per_s 120.000\n",
			  "its only name is the total");
	import_release(&import);
	is_int(import_text_read(
		       &import, read_text,
		       "\xef\xbb\xbfType;Name;Request Count;Failure Count;Average Response "
		       "Time;Requests/s;50%\r\n;Aggregated;40;0;4,25;1,5;3\r\n",
		       NULL),
	       0, "saved by a spreadsheet");
	import_load_check(&import.load,
			  "requests 40.000\nsuccess_ratio 1.000\nfailures_per_request 0.000\n"
			  "rate_rps 1.500\nlatency_p50 3000000.000\nlatency_mean 4250000.000\n",
			  "semicolons and decimal commas");
	import_release(&import);
}

static void test_damage(void)
{
	struct import import;
	struct err err = {0};

	fails("", -ENODATA, "is empty", "empty");
	fails(HEAD, -EBADMSG, "Aggregated", "no rows");
	fails(HEAD "GET,/a,900,0,2,2.5,1,9,10.0,90.0,0,2,3,4,5,6,7,8,9,9,9,9\r\n", -EBADMSG,
	      "cut off", "no last row");
	fails(HEAD "GET,/a,9", -EBADMSG, "cut off", "cut in a row");
	fails(HEAD
	      ",Aggregated,0,0,0,0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n",
	      -ENODATA, "without requests", "no requests");
	fails("Timestamp,User "
	      "Count,Type,Name,Requests/s,Failures/s,50%\r\n1,5,,Aggregated,1,0,3\r\n",
	      -EBADMSG, "PREFIX_stats.csv", "the history");
	fails("Method,Name,Error,Occurrences\nGET,/,x,3\n", -EBADMSG, "PREFIX_stats.csv",
	      "the failures");
	fails("Count,Message,Traceback,Nodes\n", -EBADMSG, "PREFIX_stats.csv", "the exceptions");
	is_int(import_text_read(&import, read_text,
				HEAD "GET,/a,many,0,2\r\nGET,/b,-4,0,2\r\n"
				     ",Aggregated,1e300,nan,2\r\n,Aggregated,20,30,2,2.5\r\n",
				&err),
	       0, "nonsense");
	ok(import.warnings.count == 1 && strstr(import.warnings.items[0], "3 rows") != NULL &&
		   strstr(import.warnings.items[0], "line 2") != NULL,
	   "is counted");
	is_near(foreign_load_find(&import.load, "failures_per_request"), 1, 0,
		"more failures than requests are all of them");
	import_release(&import);
}

static void read_history(struct import *import, double requests, const char *text)
{
	struct import_input input;

	*import = (struct import){.name = "text"};
	arena_init(&import->arena);
	profile_data_init(&import->data);
	foreign_load_add(&import->load, "requests", "", requests);
	if (perf_file_open_bytes(&input, text, strlen(text)) < 0)
		printf("Bail out! no memory file\n");
	locust_read_history(import, &input);
	import_input_release(&input);
}

static void test_history(void)
{
	static const char head[] = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,Total "
				   "Request Count\r\n";
	scoped_free char *good = alloc_printf(
		"%s100,0,,Aggregated,0.0,0.0,0\r\n101,7,,Aggregated,5.0,1.0,5\r\n101,9,GET,/,5.0,"
		"1.0,5\r\n100,7,,Aggregated,99.0,1.0,9\r\n103,8,,Aggregated,6.5,0.0,18\r\n"
		"104,0,,Aggregated,3.0,0.0,20\r\n99999999999,1,,Aggregated,3.0,0.0,20\r\n105,\"",
		head);
	struct import import;

	read_history(&import, 20, good);
	is_int(import.load.users, 8, "the most users of all requests' rows");
	is_near(foreign_load_find(&import.load, "rate_last_rps"), 6.5, 0,
		"the last rate while there were users");
	is_int(series_list_find(&import.load.series, "load.users", "")->points.count, 4,
	       "rows whose time goes on");
	is_int(import.load.begin_wall_ns, 100000000000, "the begin");
	import_release(&import);
	read_history(&import, 10, good);
	ok(import.warnings.count == 1 && import.load.series.count == 0 &&
		   isnan(foreign_load_find(&import.load, "rate_last_rps")),
	   "of another run");
	import_release(&import);
	read_history(&import, 10, "hello\n");
	is_int(import.warnings.count, 1, "something else");
	import_release(&import);
	read_history(&import, 10, "");
	is_int(import.warnings.count, 1, "nothing");
	import_release(&import);
}

int main(void)
{
	test_real();
	test_figures();
	test_versions();
	test_damage();
	test_history();
	return tap_done();
}
