#include "import/hey_read.h"

#include <errno.h>

#include "import_load.h"

static void test_real(void)
{
	struct import import;

	is_int(import_load_read(&import, "hey.txt"), 0, "a real one");
	is_int(import.format, IMPORT_HEY, "is recognized");
	is_int(import.load.duration_ns, 2787500000, "duration");
	import_load_check(&import.load,
			  "requests 2000.000\nsuccess_ratio 1.000\nfailures_per_request 0.000\n"
			  "rate_rps 717.489\nbytes_per_request 244.000\nbytes_in_per_s 175067.265\n"
			  "latency_mean 10400000.000\nlatency_min 400000.000\n"
			  "latency_max 2034700000.000\nlatency_p50 5900000.000\n"
			  "latency_p75 9000000.000\nlatency_p90 12000000.000\n"
			  "latency_p95 13500000.000\nlatency_p99 18900000.000\n",
			  "its figures");
	import_release(&import);
	is_int(import_load_read(&import, "hey_refused.txt"), 0, "nobody answered");
	import_load_check(&import.load,
			  "requests 0.000\nsuccess_ratio 0.000\nfailures_per_request 1.000\n"
			  "rate_rps 0.000\n",
			  "its failures are no rate");
	import_release(&import);
}

static void fails(const char *text, int want, const char *word)
{
	struct import import;
	struct err err = {0};

	is_int(import_text_read(&import, hey_read, text, &err), want, word);
	ok(strstr(err_text(&err), word) != NULL, "… in a sentence");
	import_release(&import);
}

static void test_damage(void)
{
	fails("Summary:\n  Total:	2.7 secs\n  Requests/sec:	717.4\n", -EBADMSG,
	      "cut off");
	fails("Summary:\n  Total:	0.1 secs\n  Requests/sec:	0\nStatus code "
	      "distribution:\n"
	      "  [two hundred]	x\n",
	      -ENODATA, "sent nothing");
}

int main(void)
{
	test_real();
	test_damage();
	return tap_done();
}
