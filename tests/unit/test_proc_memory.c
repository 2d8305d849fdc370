/* /proc/vmstat: a copy, kernels that count less, and damaged ones. */
#include "procfs/proc_memory.h"

#include <errno.h>
#include <stdlib.h>

#include "procfs/proc_file.h"
#include "tap.h"

static int parse(const char *text, struct proc_memory_events *ret_events)
{
	return proc_memory_parse_events(text, strlen(text), ret_events);
}

static void test_copy(void)
{
	struct proc_memory_events events = {0};
	struct procfs machine;
	struct strbuf buffer;
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	strbuf_init(&buffer, 1 << 16);
	ok(proc_file_init(&machine, root) == 0 &&
		   proc_file_read(&machine, &buffer, "/proc/vmstat") == 0,
	   "the copy is read");
	is_int(proc_memory_parse_events(strbuf_text(&buffer), buffer.length, &events), 0,
	       "is parsed");
	is_int(events.swap_in_pages, 12, "pages from swap");
	is_int(events.swap_out_pages, 340, "pages to swap");
	is_int(events.faults_major, 38636, "major faults, not all of them");
	strbuf_release(&buffer);
}

int main(void)
{
	static const char *const damaged[] = {
		"",
		"pgfault 5\n",
		"pgmajfault\n",
		"pgmajfault x\n",
		"pgmajfault 5x\n",
		"pgmajfault 5\npswpin 99999999999999999999\n",
		"pgmajfault 5\n\n",
		"pgmajfault 5\nnr_free_pages\n",
	};
	struct proc_memory_events events = {1, 2, 3};

	test_copy();
	is_int(parse("pgmajfault 7", &events), 0, "a kernel without swap");
	ok(events.swap_in_pages == SAMPLE_UNKNOWN && events.swap_out_pages == SAMPLE_UNKNOWN &&
		   events.faults_major == 7,
	   "does not know of it");
	is_int(parse("nr_free -3\npswpin 1\npswpout 2\npgmajfault -1\n", &events), 0,
	       "values below 0");
	ok(events.swap_in_pages == 1 && events.swap_out_pages == 2 && events.faults_major == 0,
	   "are 0");
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		is_int(parse(damaged[i], &events), -EBADMSG, damaged[i]);
	is_int(events.swap_in_pages, 1, "a failure writes nothing");
	return tap_done();
}
