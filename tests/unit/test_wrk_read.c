/* What wrk and wrk2 print: real ones (tests/data/load), a script's words between, and damage. */
#include "import/wrk_read.h"

#include <errno.h>

#include "import_load.h"

#define HEAD                                                                                       \
	"Running 2s test @ http://127.0.0.1:8080/\n  1 threads and 4 connections\n  Thread Stats " \
	"  Avg      Stdev     Max   +/- Stdev\n"

static void test_real(void)
{
	struct import import;

	is_int(import_load_read(&import, "wrk.txt"), 0, "wrk.txt");
	is_int(import.format, IMPORT_WRK, "wrk is recognized");
	is_str(import.load.tool, "wrk", "by its name");
	is_str(import.load.mode, "closed", "closed loop");
	is_str(import.load.url, "http://127.0.0.1:18231/a.py", "where it went");
	ok(import.load.threads == 1 && import.load.connections == 4, "threads and connections");
	is_int(import.load.duration_ns, 2100000000, "duration");
	import_load_check(
		&import.load,
		"requests 4717.000\nsuccess_ratio 1.000\nfailures_per_request 0.000\n"
		"rate_rps 2246.530\nbytes_in_per_s 973677.714\nbytes_per_request 433.480\n"
		"latency_mean 1730000.000\nlatency_max 6400000.000\n",
		"without --latency");
	import_release(&import);
	is_int(import_load_read(&import, "wrk_latency.txt"), 0, "wrk_latency.txt");
	is_near(foreign_load_find(&import.load, "latency_p50"), 1480000, 1e-3, "p50");
	is_near(foreign_load_find(&import.load, "latency_p99"), 3100000, 1e-3, "p99");
	is_near(foreign_load_find(&import.load, "success_ratio"), 0, 0, "Non-2xx are failures");
	import_release(&import);
}

static void test_wrk2(void)
{
	struct import import;

	is_int(import_load_read(&import, "wrk2.txt"), 0, "wrk2.txt");
	is_str(import.load.tool, "wrk2", "wrk2");
	is_str(import.load.mode, "open", "open loop");
	is_near(foreign_load_find(&import.load, "latency_p50"), 1070000, 1e-3,
		"the recorded distribution, not the uncorrected one");
	is_near(foreign_load_find(&import.load, "latency_p99"), 2290000, 1e-3, "p99");
	is_near(foreign_load_find(&import.load, "failures_per_request"), 8.0 / 9995, 1e-12,
		"broken connections come beside the answers, late answers are among them");
	import_release(&import);
}

static void test_words(void)
{
	struct import import;

	is_int(import_text_read(&import, wrk_read,
				"a script says hello\r\n" HEAD
				"    Latency     0.85m     1.00us   1.50h    73.36%\r\n"
				"  12 requests in 1.00m, 12.00B read\r\n"
				"Requests/sec:      0.20\r\nTransfer/sec:       0.20B\r\ndone\r\n"
				"Running 2s test @ http://[::1]/\n  9 threads and 9 connections\n",
				NULL),
	       0, "CRLF, a script's words, a second result");
	is_near(foreign_load_find(&import.load, "latency_mean"), 51e9, 1, "minutes");
	is_near(foreign_load_find(&import.load, "latency_max"), 5400e9, 1, "hours");
	is_int(import.load.connections, 4, "of the first");
	ok(import.warnings.count == 1 && strstr(import.warnings.items[0], "2 results") != NULL,
	   "the second is said");
	import_release(&import);
}

static void fails(const char *text, int want, const char *word)
{
	struct import import;
	struct err err = {0};

	is_int(import_text_read(&import, wrk_read, text, &err), want, word);
	ok(strstr(err_text(&err), word) != NULL, "… in a sentence");
	import_release(&import);
}

static void test_damage(void)
{
	struct import import;

	fails(HEAD, -EBADMSG, "cut off");
	fails(HEAD "  12 requests in 1.00s, 12.00B read\n", -EBADMSG, "cut off");
	fails(HEAD "  x requests in 1.00s, 12.00B read\nRequests/sec: 1\n", -EBADMSG, "cut off");
	fails(HEAD "  0 requests in 1.00s, 0.00B read\nRequests/sec: 0.00\n", -ENODATA,
	      "sent nothing");
	is_int(import_text_read(&import, wrk_read,
				HEAD "    Latency     0.00us    0.00us   0.00us    -nan%\n"
				     "  0 requests in 10.00s, 0.00B read\n"
				     "  Socket errors: connect 0, read 0, write 0, timeout 10\n"
				     "Requests/sec:      0.00\n",
				NULL),
	       0, "timeouts only");
	import_load_check(&import.load,
			  "requests 0.000\nsuccess_ratio 0.000\nfailures_per_request 1.000\n"
			  "rate_rps 0.000\nbytes_in_per_s 0.000\n",
			  "are failures, without times");
	import_release(&import);
	ok(!wrk_read_recognizes("Running away\n", 13) &&
		   !wrk_read_recognizes("x Running 2s test @ http://a/\n", 30),
	   "what is not wrk");
}

int main(void)
{
	test_real();
	test_wrk2();
	test_words();
	test_damage();
	return tap_done();
}
