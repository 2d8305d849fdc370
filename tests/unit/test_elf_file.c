/* elf_file and elf_debug in a folder of their own below TMPDIR. */
#include "elf/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_debug.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static char folder[512];

static char *data_path(const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");

	return alloc_printf("%s/elf/%s", data != NULL ? data : "tests/data", name);
}

/* Copies a file of tests/data/elf into the folder; the path is valid until the next call. */
static const char *place(const char *name, const char *target)
{
	static char path[1024];
	scoped_free char *source = data_path(name);
	struct strbuf bytes;

	strbuf_init(&bytes, 1 << 20);
	snprintf(path, sizeof(path), "%s/%s", folder, target);
	if (fd_read_file(AT_FDCWD, source, &bytes) < 0 ||
	    fd_replace_file(path, bytes.data, bytes.length, NULL) < 0)
		printf("Bail out! cannot copy %s to %s\n", source, path);
	strbuf_release(&bytes);
	return path;
}

static void make_folder(const char *name)
{
	scoped_free char *path = alloc_printf("%s/%s", folder, name);

	mkdir(path, 0755);
}

static void test_open(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped_free char *path = data_path("tiny64.so");
	const struct elf_image *image;
	struct elf_symbol_table table;
	struct elf_symbol symbol;
	uint8_t id[ELF_BUILD_ID_BYTES], length;

	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	if (file == NULL)
		return;
	image = elf_file_get_image(file);
	is_int(image->section_count, 17, "headers are there");
	ok(elf_image_find_build_id(image, id, &length) && id[0] == 0x21, "the build id is there");
	is_int(elf_file_load_symbols(file, NULL), 0, "symbols load");
	ok(elf_image_find_symbol_table(image, SHT_SYMTAB, &table), "and are there");
	ok(elf_image_find_symbol(&table, table.count - 1, &symbol) && symbol.name[0] != '\0',
	   "with names");
	is_int(elf_file_load(file, 0, 64, NULL), 0, "any range can be loaded");
	is_int(elf_file_load(file, UINT64_MAX, 64, NULL), -EBADMSG, "but none outside of the file");
}

static void test_refused(void)
{
	scoped_free char *fifo = alloc_printf("%s/fifo", folder);
	scoped_free char *text = alloc_printf("%s/text", folder);
	scoped_free char *empty = alloc_printf("%s/empty", folder);
	struct elf_file *file = NULL;
	struct err err = {0};

	is_int(elf_file_open(&file, AT_FDCWD, "/nonexistent", &err), -ENOENT,
	       "a file that is not there");
	ok(strstr(err.text, "/nonexistent") != NULL, "the sentence names it");
	is_int(elf_file_open(&file, AT_FDCWD, "/", NULL), -EINVAL, "a folder");
	is_int(mkfifo(fifo, 0600), 0, "(a fifo is made)");
	is_int(elf_file_open(&file, AT_FDCWD, fifo, NULL), -EINVAL, "a fifo does not block");
	fd_replace_file(text, "hello, world, this is no ELF file at all, sorry", 47, NULL);
	is_int(elf_file_open(&file, AT_FDCWD, text, &err), -EBADMSG, "a text");
	ok(strstr(err.text, text) != NULL && strstr(err.text, "not an ELF file") != NULL,
	   "the sentence says so");
	fd_replace_file(empty, "", 0, NULL);
	is_int(elf_file_open(&file, AT_FDCWD, empty, NULL), -EBADMSG, "an empty file");
	is_int(elf_file_open_fd(&file, -1, "nothing", NULL), -EBADF, "no descriptor");
	elf_file_close(NULL);
}

/* What `cp` and linkers do to a running binary. */
static void test_overwritten(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *same = NULL;
	const char *path = place("tiny64.so", "victim");
	scoped(fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elf_symbol_table table;

	is_int(elf_file_open_fd(&file, fd, path, NULL), 0, "opens from a descriptor");
	is_int(elf_file_open(&same, AT_FDCWD, path, NULL), 0, "and again");
	is_int(truncate(path, 700), 0, "(the file is cut)");
	is_int(elf_file_load_symbols(file, NULL), -EBADMSG,
	       "reading past the new end is an error, not a signal");
	ok(!elf_image_find_symbol_table(elf_file_get_image(file), SHT_SYMTAB, &table) ||
		   table.count > 0,
	   "and the image stays safe to ask");
	is_int(truncate(path, 5720), 0, "(the file grows to its old size, as zeros)");
	is_int(elf_file_load_symbols(same, NULL), -ESTALE,
	       "overwritten: other symbols than those of the headers");
}

/* A file of 8 GiB that is nearly all hole costs what its headers cost. */
static void test_huge(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	const char *path = place("tiny64.so", "huge");

	is_int(truncate(path, (off_t)8 << 30), 0, "(a file of 8 GiB)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	is_int(elf_file_load(file, 0, (uint64_t)1 << 30, NULL), -EFBIG,
	       "but is not held in memory");
	elf_file_close(file);
	file = NULL;
	is_int(truncate(path, (off_t)17 << 30), 0, "(a file of 17 GiB)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), -EFBIG, "is refused");
	unlink(path);
}

/* Where `debug` stands is told by removing it and asking again. */
static void check_debug(const struct elf_file *file, const char *path, const char *target,
			const char *what)
{
	scoped_free char *debug_dir = alloc_printf("%s/debug", folder);
	struct elf_file *debug = NULL;
	struct elf_symbol_table table;

	is_int(elf_debug_open(&debug, file, path, debug_dir, NULL), -ENOENT, "no debug file yet");
	place("tiny64.debug", target);
	is_int(elf_debug_open(&debug, file, path, debug_dir, NULL), 0, what);
	ok(debug != NULL && elf_file_load_symbols(debug, NULL) == 0 &&
		   elf_image_find_symbol_table(elf_file_get_image(debug), SHT_SYMTAB, &table),
	   "it has the symbols");
	elf_file_close(debug);
	unlinkat(AT_FDCWD, place("tiny64.debug", target), 0);
	scoped_free char *old = alloc_printf("%s/%s.old", folder, target);
	unlink(old);
}

static void test_debug(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped_free char *path = alloc_printf("%s/app", folder);
	scoped_free char *global = alloc_printf("debug%s/tiny64.debug", folder);
	scoped_free char *debug_dir = alloc_printf("%s/debug", folder);
	struct elf_file *debug = NULL;
	struct err err = {0};

	place("tiny64.stripped", "app");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "a stripped file opens");
	make_folder("debug");
	make_folder("debug/.build-id");
	make_folder("debug/.build-id/21");
	make_folder(".debug");
	for (size_t i = 1; i < strlen(folder); i++) {
		char parent[1100];

		if (folder[i] != '/')
			continue;
		snprintf(parent, sizeof(parent), "debug%.*s", (int)i, folder);
		make_folder(parent);
	}
	char last[1100];
	snprintf(last, sizeof(last), "debug%s", folder);
	make_folder(last);

	check_debug(file, path, "debug/.build-id/21/877c3e9b91a4f97908dd28d9014422b645a4f9.debug",
		    "by build id");
	check_debug(file, path, "tiny64.debug", "by link, beside it");
	check_debug(file, path, ".debug/tiny64.debug", "by link, in .debug/");
	check_debug(file, path, global, "by link, under its path in the debug folder");

	place("tiny32.so", "tiny64.debug");
	is_int(elf_debug_open(&debug, file, path, debug_dir, &err), -ENOENT,
	       "another file of that name: CRC differs");
	place("tiny32.so", "debug/.build-id/21/877c3e9b91a4f97908dd28d9014422b645a4f9.debug");
	is_int(elf_debug_open(&debug, file, path, debug_dir, &err), -ENOENT,
	       "another file there: build id differs");
	ok(strstr(err.text, path) != NULL, "the sentence names the file");
}

static void remove_folder(void)
{
	scoped_free char *command = alloc_printf("rm -rf '%s'", folder);

	if (system(command) != 0)
		printf("# %s was left behind\n", folder);
}

int main(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sonde_elf_XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! cannot make %s\n", folder);
		return 1;
	}
	test_open();
	test_refused();
	test_overwritten();
	test_huge();
	test_debug();
	remove_folder();
	return tap_done();
}
