#include "util/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/scoped.h"

static char folder[] = "/tmp/test_fd.XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[2][256];
	static int next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static bool holds(const char *name, const char *want)
{
	struct strbuf text;
	bool same;

	strbuf_init(&text, 4096);
	same = fd_read_file(AT_FDCWD, path_of(name), &text) == 0 &&
	       strcmp(strbuf_text(&text), want) == 0;
	strbuf_release(&text);
	return same;
}

static void test_read(void)
{
	scoped(fd_cleanup) int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char large[100000];
	struct strbuf text;

	memset(large, 'q', sizeof(large));
	is_int(fd_replace_file(path_of("large"), large, sizeof(large), NULL), 0, "written");
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	is_int(fd_read_file(dir_fd, "large", &text), 0, "read, relative to a folder");
	ok(text.length == sizeof(large) && memcmp(text.data, large, sizeof(large)) == 0,
	   "all of it");
	is_int(fd_read_file(dir_fd, "absent", &text), -ENOENT, "no such file");
	strbuf_release(&text);
	strbuf_init(&text, 1000);
	is_int(fd_read_file(dir_fd, "large", &text), -EFBIG, "more than the buffer may hold");
	strbuf_release(&text);
	unlink(path_of("large"));
}

static void test_replace(void)
{
	struct err err = {0};

	is_int(fd_replace_file(path_of("file"), "one", 3, &err), 0, "a new file");
	ok(holds("file", "one"), "is there");
	ok(access(path_of("file.old"), F_OK) < 0, "and nothing else");
	is_int(fd_replace_file(path_of("file"), "two", 3, &err), 0, "an existing one");
	ok(holds("file", "two") && holds("file.old", "one"), "is kept as .old");
	is_int(fd_replace_file(path_of("no/such"), "x", 1, &err), -ENOENT, "no such folder");
	ok(strstr(err_text(&err), "cannot write ") != NULL &&
		   strstr(err_text(&err), "no/such") != NULL,
	   "the sentence names the path");
	is_int(fd_replace_file("/dev/null", "x", 1, &err), 0, "a device is written to");
	unlink(path_of("file"));
	unlink(path_of("file.old"));
}

static void test_write_and_close(void)
{
	int ends[2], fd = -1;
	char got[8] = {0};

	if (pipe(ends) < 0)
		return;
	is_int(fd_write_all(ends[1], "hello", 5), 0, "into a pipe");
	ok(read(ends[0], got, sizeof(got)) == 5 && strcmp(got, "hello") == 0, "comes out of it");
	is_int(fd_write_all(-1, "x", 1), -EBADF, "into nothing");
	is_int(fd_set_nonblocking(ends[0]), 0, "nonblocking");
	ok(read(ends[0], got, sizeof(got)) < 0 && errno == EAGAIN, "reads nothing at once");
	errno = EPIPE;
	fd_close(ends[0]);
	fd_close(ends[1]);
	fd_close(-1);
	fd_cleanup(&fd);
	is_int(errno, EPIPE, "closing keeps errno");
	is_int(fd_set_nonblocking(-1), -EBADF, "nothing to set");
}

int main(void)
{
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! no folder for files\n");
		return 1;
	}
	test_read();
	test_replace();
	test_write_and_close();
	is_int(rmdir(folder), 0, "no temporary file is left");
	return tap_done();
}
