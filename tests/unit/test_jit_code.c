/* jit_code: which files are found, and which are believed. */
#include "symbol/jit_code.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jit_dump.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static void test_names(void)
{
	pid_t pid = 0;

	ok(jit_code_is_dump("/tmp/jit-4711.dump", &pid) && pid == 4711, "a jitdump's name");
	ok(jit_code_is_dump("jit-1.dump", &pid) && pid == 1, "without a folder");
	ok(!jit_code_is_dump("/tmp/jit-.dump", &pid), "without a number");
	ok(!jit_code_is_dump("/tmp/jit-12x.dump", &pid), "with another one");
	ok(!jit_code_is_dump("/tmp/jit-4711.dump.so", &pid), "with more behind it");
	ok(!jit_code_is_dump("/jit-4711.dump/libc.so", &pid), "a folder");
}

static int read_own(struct jit_code *code, const char *dump_path, struct err *err)
{
	struct jit_process process;
	int r;

	jit_code_init(code);
	jit_process_init(&process, getpid(), 0);
	r = jit_code_read(code, &process, dump_path, -1, err);
	jit_process_release(&process);
	return r;
}

static void test_map(void)
{
	scoped_free char *path = alloc_printf("/tmp/perf-%d.map", (int)getpid());
	struct jit_function function;
	struct jit_code code;
	struct err err = {0};

	unlink(path);
	is_int(read_own(&code, NULL, &err), -ENOENT, "no map");
	ok(strstr(err_text(&err), path) != NULL, "is named, with what would make it");
	jit_code_release(&code);
	fd_replace_file(path, "1000 40 main\n", 13, NULL);
	is_int(read_own(&code, NULL, &err), 0, "a map");
	ok(code.map != NULL && code.dump == NULL && perf_map_find(code.map, 0x1010, &function),
	   "is read");
	jit_code_release(&code);
	if (geteuid() == 0 && chown(path, 12345, 12345) == 0) {
		is_int(read_own(&code, NULL, &err), -EPERM, "somebody else's map");
		ok(strstr(err_text(&err), "not believed") != NULL, "is not believed");
		jit_code_release(&code);
	} else {
		printf("ok %d - somebody else's map # SKIP not root\n", ++tap_count);
	}
	unlink(path);
	is_int(mkfifo(path, 0600), 0, "(a fifo in its place)");
	is_int(read_own(&code, NULL, &err), -EINVAL, "does not block");
	jit_code_release(&code);
	unlink(path);
}

static void test_dump(void)
{
	char dir[] = "/tmp/sonde_jit_XXXXXX";
	struct jit_code code;
	struct err err = {0};
	struct strbuf bytes;

	if (mkdtemp(dir) == NULL)
		return;
	scoped_free char *path = alloc_printf("%s/jit-1.dump", dir);
	strbuf_init(&bytes, 1 << 20);
	jit_put_header(&bytes, 0);
	jit_put_load(&bytes, 100, 0x1000, 0x40, "first");
	fd_replace_file(path, bytes.data, bytes.length, NULL);
	is_int(read_own(&code, path, &err), 0, "a jitdump without a map");
	ok(code.dump != NULL && code.map == NULL, "is enough");
	jit_code_release(&code);
	fd_replace_file(path, "something else", 14, NULL);
	is_int(read_own(&code, path, &err), -EBADMSG, "a file that is none");
	ok(strstr(err_text(&err), path) != NULL, "is named");
	jit_code_release(&code);
	strbuf_release(&bytes);
	scoped_free char *old = alloc_printf("%s.old", path);
	unlink(old);
	unlink(path);
	rmdir(dir);
}

static void test_none(void)
{
	struct jit_process process;
	struct jit_code code;
	struct err err = {0};

	jit_code_init(&code);
	jit_process_init(&process, 0, 0);
	is_int(jit_code_read(&code, &process, NULL, -1, &err), -ENOENT, "no process, no names");
	jit_process_release(&process);
	jit_code_release(&code);
}

int main(void)
{
	test_names();
	test_map();
	test_dump();
	test_none();
	return tap_done();
}
