/* /proc/net/softnet_stat: a copy, older kernels, and damaged ones. */
#include "procfs/proc_softnet.h"

#include <errno.h>
#include <stdlib.h>

#include "procfs/proc_file.h"
#include "tap.h"

static int parse(const char *text, struct proc_softnet *softnet)
{
	return proc_softnet_parse(text, strlen(text), softnet);
}

/* cpu0 and cpu2: cpu1 is offline. */
static void test_copy(void)
{
	struct proc_softnet softnet = {0};
	struct procfs machine;
	struct strbuf buffer;
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	strbuf_init(&buffer, 1 << 16);
	ok(proc_file_init(&machine, root) == 0 &&
		   proc_file_read(&machine, &buffer, "/proc/net/softnet_stat") == 0,
	   "the copy is read");
	is_int(proc_softnet_parse(strbuf_text(&buffer), buffer.length, &softnet), 0, "is parsed");
	if (ok(softnet.count == 2, "two CPUs")) {
		ok(softnet.items[0].cpu == 0 && softnet.items[1].cpu == 2, "0 and 2");
		is_int(softnet.items[0].processed, 0x1358ac15, "processed");
		is_int(softnet.items[0].dropped, 0x74f, "dropped");
		is_int(softnet.items[1].squeezed, 0x2c, "squeezed");
	}
	vec_release(&softnet);
	strbuf_release(&buffer);
}

int main(void)
{
	static const char *const damaged[] = {
		"",
		"\n",
		"00000001 00000002\n",
		"00000001 00000002 0000000g\n",
		"00000001 00000002 100000000\n",
		"00000001 00000002 00000003\n00000001\n",
		"00000001 00000002 00000003 -1\n",
	};
	struct proc_softnet softnet = {0};

	test_copy();
	is_int(parse("ffffffff 1 2 0 0 0 0 0 0 5\n3 4 5 0 0 0 0 0 0 6", &softnet), 0, "Linux 3");
	ok(softnet.count == 2 && softnet.items[0].processed == UINT32_MAX &&
		   softnet.items[1].cpu == 1 && softnet.items[1].squeezed == 5,
	   "CPUs are numbered by their lines");
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		is_int(parse(damaged[i], &softnet), -EBADMSG, damaged[i]);
		is_int(softnet.count, 0, "nothing of it is kept");
	}
	vec_release(&softnet);
	return tap_done();
}
