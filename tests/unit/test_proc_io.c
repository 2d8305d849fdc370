/* /proc/PID/io: as kernels write it, and damaged. */
#include "procfs/proc_io.h"

#include <errno.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "tap.h"

static const char sample[] = "rchar: 6976\nwchar: 12\nsyscr: 10\nsyscw: 3\nread_bytes: 4096\n"
			     "write_bytes: 8192\ncancelled_write_bytes: 512\n";

static void test_values(void)
{
	static const char odd[] = "future: 7\nrchar: 18446744073709551615\nwchar: 0\nsyscr: 0\n"
				  "syscw: 0\nread_bytes: 1\nwrite_bytes: 2\n"
				  "cancelled_write_bytes: -5";
	struct proc_io io;

	is_int(proc_io_parse(sample, sizeof(sample) - 1, &io), 0, "a file of io");
	ok(io.rchar == 6976 && io.wchar == 12, "characters");
	ok(io.syscr == 10 && io.syscw == 3, "calls");
	ok(io.read_bytes == 4096 && io.write_bytes == 8192, "storage");
	is_int(io.cancelled_write_bytes, 512, "taken back");
	is_int(proc_io_parse(odd, sizeof(odd) - 1, &io), 0, "an unknown line, no last newline");
	ok(io.rchar == UINT64_MAX && io.cancelled_write_bytes == 0, "the largest, and a negative");
}

static void test_damaged(void)
{
	static const char *const damaged[] = {
		"", "rchar: 1\n",
		"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: many\nwrite_bytes: 6\n"
		"cancelled_write_bytes: 7\n",
		"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nread_bytes: 5\n"
		"cancelled_write_bytes: 7\n",
		"rchar: 18446744073709551616\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n"
		"write_bytes: 6\ncancelled_write_bytes: 7\n"};
	struct proc_io io = {.rchar = 9};
	size_t cut;

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		if (!ok(proc_io_parse(damaged[i], strlen(damaged[i]), &io) == -EBADMSG,
			"damaged io"))
			printf("# '%s'\n", damaged[i]);
	for (cut = 0; cut < sizeof(sample) - 5; cut++)
		if (proc_io_parse(sample, cut, &io) == 0)
			break;
	is_int(cut, sizeof(sample) - 5, "cut anywhere before the last value");
	is_int(io.rchar, 9, "nothing is written");
}

static void test_own(void)
{
	struct procfs here = {0};
	struct strbuf buffer;
	struct proc_io io;
	int r;

	strbuf_init(&buffer, 4096);
	r = proc_file_read(&here, &buffer, "/proc/%d/io", (int)getpid());
	if (r == 0)
		is_int(proc_io_parse(strbuf_text(&buffer), buffer.length, &io), 0,
		       "this process's io");
	else
		ok(r == -ENOENT || r == -EACCES, "a kernel without it # SKIP");
	strbuf_release(&buffer);
}

int main(void)
{
	test_values();
	test_damaged();
	test_own();
	return tap_done();
}
