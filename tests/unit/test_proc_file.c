/* The one opener of procfs/, over a folder of copies and over this machine's own /proc. */
#include "procfs/proc_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/fd.h"

static void test_root(void)
{
	char long_root[PROCFS_ROOT_BYTES + 2];
	struct procfs fs;

	memset(long_root, 'x', sizeof(long_root) - 1);
	long_root[sizeof(long_root) - 1] = '\0';
	is_int(proc_file_init(&fs, long_root), -ENAMETOOLONG,
	       "a root that does not fit is refused");
	is_int(proc_file_init(&fs, NULL), 0, "no root");
	is_str(fs.root, "", "no root is this machine");
	is_int(proc_file_init(&fs, "/"), 0, "the root folder");
	is_str(fs.root, "", "the root folder is this machine");
	is_int(proc_file_init(&fs, "/tmp/copy//"), 0, "a folder");
	is_str(fs.root, "/tmp/copy", "final slashes are dropped");
}

static void test_copies(const struct procfs *fs)
{
	struct proc_ids ids = {0};
	struct strbuf buffer;

	strbuf_init(&buffer, 4096);
	is_int(proc_file_read(fs, &buffer, "/proc/%s", "loadavg"), 0, "a file is read");
	is_str(strbuf_text(&buffer), "0.17 1.08 12.02 1/94 14334\n", "its whole content");
	is_int(proc_file_read(fs, &buffer, "/proc/loadavg"), 0, "a file is read again");
	is_int(buffer.length, 27, "the buffer is replaced, not extended");
	is_int(proc_file_read(fs, &buffer, "/proc/%d/stat", 77), -ENOENT, "no such process");
	is_int(buffer.length, 0, "a failed read leaves nothing in the buffer");
	is_int(proc_file_read_link(fs, &buffer, "/proc/%d/fd/%d", 200, 6), 0, "a link is read");
	is_str(strbuf_text(&buffer), "socket:[4242]", "its target");
	is_int(proc_file_read_link(fs, &buffer, "/proc/loadavg"), -EINVAL, "a file is no link");
	is_int(proc_file_list_ids(fs, &ids, "/proc/200/fd"), 0, "a folder is listed");
	is_int(ids.count, 3, "all its numbers");
	ok(ids.count == 3 && ids.items[0] == 0 && ids.items[1] == 6 && ids.items[2] == 10,
	   "in ascending order, as numbers");
	is_int(proc_file_list_ids(fs, &ids, "/proc"), 0, "/proc is listed");
	is_int(ids.count, 6, "names that are no number are left out");
	is_int(proc_file_list_ids(fs, &ids, "/proc/77/task"), -ENOENT,
	       "a folder that is not there");
	vec_release(&ids);
	strbuf_release(&buffer);
}

static void test_limit(const struct procfs *fs)
{
	struct strbuf buffer;

	strbuf_init(&buffer, 8);
	is_int(proc_file_read(fs, &buffer, "/proc/loadavg"), -EFBIG,
	       "more than the buffer may hold");
	strbuf_release(&buffer);
}

static void test_kept_open(void)
{
	struct procfs here = {0};
	struct strbuf buffer;
	int fd = -1;

	strbuf_init(&buffer, 65536);
	is_int(proc_file_open(&here, &fd, "/proc/%d/status", (int)getpid()), 0, "a file is opened");
	for (int i = 0; i < 2; i++) {
		is_int(proc_file_read_again(fd, &buffer), 0, "it is read whole, again and again");
		ok(strncmp(strbuf_text(&buffer), "Name:", 5) == 0, "from its beginning");
	}
	fd_close(fd);
	is_int(proc_file_open(&here, &fd, "/proc/0/status"), -ENOENT, "there is no process 0");
	strbuf_release(&buffer);
}

/* Of a damaged copy: nobody writes to it. */
static void test_pipe(void)
{
	char folder[] = "/tmp/test_proc_file.XXXXXX", path[64];
	struct procfs here = {0};
	struct strbuf buffer;

	if (mkdtemp(folder) == NULL) {
		ok(false, "a folder for the pipe");
		return;
	}
	snprintf(path, sizeof(path), "%s/pipe", folder);
	strbuf_init(&buffer, 65536);
	is_int(mkfifo(path, 0600), 0, "a pipe in a file's place");
	is_int(proc_file_read(&here, &buffer, "%s", path), -ESPIPE, "refused, not waited for");
	unlink(path);
	rmdir(folder);
	strbuf_release(&buffer);
}

int main(void)
{
	struct procfs fs;
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	test_root();
	if (ok(proc_file_init(&fs, root) == 0, "the root of the copies")) {
		test_copies(&fs);
		test_limit(&fs);
	}
	test_kept_open();
	test_pipe();
	return tap_done();
}
