/* elf_file in a folder of their own below TMPDIR. */
#include "elf/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
	struct err err = {0};

	is_int(truncate(path, 100000), 0, "(a longer file)");
	scoped(fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
	is_int(elf_file_open_fd(&file, fd, path, NULL), 0, "opens from a descriptor");
	is_int(elf_file_open(&same, AT_FDCWD, path, NULL), 0, "and again");
	is_int(truncate(path, 700), 0, "(the file is cut)");
	is_int(elf_file_load(file, 90000, 100, &err), -EBADMSG,
	       "reading past the new end is an error, not a signal");
	ok(strstr(err.text, "shorter") != NULL, "the sentence says so");
	is_int(elf_file_load_symbols(file, NULL), -ESTALE, "symbols are another file's");
	is_int(truncate(path, 100000), 0, "(the file grows to its old size, as zeros)");
	is_int(elf_file_load_symbols(same, NULL), -ESTALE,
	       "overwritten: other symbols than those of the headers");
	is_int(elf_file_load(same, 90000, 100, NULL), -ESTALE, "and other bytes");
	is_int(elf_file_load(same, 0, 64, NULL), 0, "but what is there is there");
}

/* A file of 8 GiB that is nearly all hole costs what its headers cost. */
static void test_huge(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	const char *path = place("tiny64.so", "huge");

	is_int(truncate(path, (off_t)8 << 30), 0, "(a file of 8 GiB)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	is_int(elf_file_get_memory_bytes(file), 2 * 4096, "two pages are held");
	is_int(elf_file_load(file, 0, (uint64_t)5 << 30, NULL), -EFBIG,
	       "but not all of it would be");
	is_int(elf_file_load(file, ((uint64_t)8 << 30) - 1, 1, NULL), 0, "the last byte can be");
	elf_file_close(file);
	file = NULL;
	is_int(truncate(path, (off_t)17 << 30), 0, "(a file of 17 GiB)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), -EFBIG, "is refused");
	unlink(path);
}

enum { PAGES_BYTES = 6 << 20, PAGES_THREADS = 4, PAGES_LOADS = 3000 };

/* Every byte of the file behind its ELF header tells where it is. */
static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)((offset * 0x9e3779b97f4a7c15u) >> 56);
}

struct reader {
	struct elf_file *file;
	uint64_t seed;
	int wrong;
};

static void *run_reader(void *arg)
{
	struct reader *reader = arg;
	const uint8_t *bytes = elf_file_get_image(reader->file)->bytes;

	for (int i = 0; i < PAGES_LOADS; i++) {
		uint64_t offset, size;

		reader->seed = reader->seed * 6364136223846793005u + 1442695040888963407u;
		offset = 8192 + (reader->seed >> 33) % (PAGES_BYTES - 8192);
		size = (reader->seed >> 20) % (i % 100 == 0 ? 700000 : 300);
		if (size > PAGES_BYTES - offset)
			size = PAGES_BYTES - offset;
		if (elf_file_load(reader->file, offset, size, NULL) < 0)
			reader->wrong++;
		for (uint64_t at = offset; at<offset + size; at += size> 1000 ? 97 : 1)
			reader->wrong += bytes[at] != byte_at(at);
	}
	return NULL;
}

static void test_pages(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	const char *path = place("tiny64.so", "pages");
	scoped(fd_cleanup) int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	scoped_free uint8_t *bytes = alloc_array(PAGES_BYTES, 1);
	struct reader readers[PAGES_THREADS];
	pthread_t threads[PAGES_THREADS];
	int wrong = 0, missing = 0;

	for (uint64_t i = 0; i < PAGES_BYTES; i++)
		bytes[i] = byte_at(i);
	is_int(fd_write_all(fd, bytes + 5720, PAGES_BYTES - 5720), 0, "(a file of 6 MiB)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	if (file == NULL)
		return;
	is_int(elf_file_load(file, 3 * 4096 + 5, 4096, NULL), 0, "a page's length is loaded");
	is_int(elf_file_get_memory_bytes(file), 4 * 4096, "it touches two pages");
	ok(elf_file_get_image(file)->bytes[5 * 4096] == 0 &&
		   elf_file_get_image(file)->bytes[5 * 4096 - 1] == byte_at(5 * 4096 - 1),
	   "and no more");
	is_int(elf_file_load(file, 4 * 4096, 4096, NULL), 0, "one of them again");
	is_int(elf_file_get_memory_bytes(file), 4 * 4096, "costs nothing");
	for (int i = 0; i < PAGES_THREADS; i++) {
		readers[i] = (struct reader){.file = file, .seed = (uint64_t)i * 77 + 1};
		if (pthread_create(&threads[i], NULL, run_reader, &readers[i]) != 0)
			printf("Bail out! no thread\n");
	}
	for (int i = 0; i < PAGES_THREADS; i++) {
		pthread_join(threads[i], NULL);
		wrong += readers[i].wrong;
	}
	is_int(wrong, 0, "several threads read what is in the file");
	is_int(elf_file_load(file, 0, PAGES_BYTES, NULL), 0, "all the rest");
	for (uint64_t i = 8192; i < PAGES_BYTES; i++)
		missing += elf_file_get_image(file)->bytes[i] != byte_at(i);
	is_int(missing, 0, "is there");
	is_int(elf_file_get_memory_bytes(file), PAGES_BYTES, "each page once");
}

static bool is_same_section(struct elf_file *a, struct elf_file *b, const char *name)
{
	struct elf_bytes first, second;

	return elf_file_get_section(a, name, &first, NULL) == 0 &&
	       elf_file_get_section(b, name, &second, NULL) == 0 && first.size > 0 &&
	       first.is_loaded && second.is_loaded && first.size == second.size &&
	       memcmp(first.bytes, second.bytes, first.size) == 0;
}

/* objcopy compressed them; the uncompressed file is the reference. */
static void test_compressed(const char *name)
{
	scoped_free char *path = data_path(name), *plain_path = data_path("shop.so");
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *plain = NULL;
	struct elf_bytes first, again;
	uint64_t held;

	printf("# %s\n", name);
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	is_int(elf_file_open(&plain, AT_FDCWD, plain_path, NULL), 0, "(so does the plain one)");
	if (file == NULL || plain == NULL)
		return;
	ok(is_same_section(file, plain, ".debug_info"), ".debug_info");
	ok(is_same_section(file, plain, ".debug_abbrev"), ".debug_abbrev");
	ok(is_same_section(file, plain, ".debug_str"), ".debug_str");
	ok(is_same_section(file, plain, ".debug_line"), ".debug_line");
	ok(is_same_section(file, plain, ".debug_rnglists"), ".debug_rnglists, not compressed");
	ok(is_same_section(file, plain, ".eh_frame"), ".eh_frame");
	elf_file_reserve_section(file, ".debug_info", &first, NULL);
	held = elf_file_get_memory_bytes(file);
	is_int(elf_file_reserve_section(file, ".debug_info", &again, NULL), 0, "again");
	ok(first.is_loaded && again.bytes == first.bytes && elf_file_get_memory_bytes(file) == held,
	   "it is uncompressed once");
	is_int(elf_file_load_section(file, &first, first.size, 0, NULL), 0, "its end");
	is_int(elf_file_load_section(file, &first, first.size, 1, NULL), -EBADMSG, "not beyond");
}

static void test_sections(void)
{
	scoped_free char *path = data_path("shop.so");
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *object = NULL;
	scoped(elf_file_cleanup) struct elf_file *debug = NULL;
	scoped_free char *object_path = data_path("shop_object.elf");
	scoped_free char *debug_path = data_path("linked.debug");
	struct elf_section eh_frame = {0};
	struct elf_bytes section;
	struct err err = {0};

	elf_file_open(&file, AT_FDCWD, path, NULL);
	elf_file_open(&object, AT_FDCWD, object_path, NULL);
	elf_file_open(&debug, AT_FDCWD, debug_path, NULL);
	if (file == NULL || object == NULL || debug == NULL) {
		printf("Bail out! cannot open shop.so and others\n");
		return;
	}
	elf_image_find_section(elf_file_get_image(file), ".eh_frame", &eh_frame);
	is_int(elf_file_get_section(file, ".eh_frame", &section, NULL), 0, ".eh_frame");
	ok(section.svma == eh_frame.svma && section.svma != 0 && section.size == eh_frame.size &&
		   section.is_loaded,
	   "where it is in memory");
	is_int(elf_file_reserve_section(file, ".debug_info", &section, NULL), 0, "reserved");
	ok(!section.is_loaded && section.size > 16, "not read");
	is_int(elf_file_load_section(file, &section, 4, 12, NULL), 0, "a part is");
	is_int(elf_file_load_section(file, &section, UINT64_MAX, 12, NULL), -EBADMSG,
	       "none outside");
	is_int(elf_file_get_section(file, ".debug_none", &section, &err), -ENOENT,
	       "no such section");
	ok(strstr(err.text, ".debug_none") != NULL && strstr(err.text, path) != NULL,
	   "the sentence names both");
	is_int(elf_file_get_section(debug, ".text", &section, NULL), -ENOENT,
	       "the code of a file with the symbols");
	is_int(elf_file_get_section(object, ".debug_info", &section, &err), -ENOTSUP,
	       "one that is not linked");
	is_int(elf_file_get_section(object, ".debug_str", &section, &err), 0,
	       "its strings need no relocation");
}

/* A section header that promises more than the file has. */
static void test_beyond(void)
{
	const char *path = place("shop.so", "beyond");
	scoped(fd_cleanup) int fd = open(path, O_RDWR | O_CLOEXEC);
	scoped(elf_file_cleanup) struct elf_file *whole = NULL;
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	const uint64_t size = (uint64_t)1 << 62;
	struct elf_section info = {0};
	struct elf_bytes section;
	struct err err = {0};

	elf_file_open(&whole, AT_FDCWD, path, NULL);
	if (whole == NULL)
		return;
	const struct elf_image *image = elf_file_get_image(whole);
	elf_image_find_section(image, ".debug_info", &info);
	is_int(pwrite(fd, &size, sizeof(size),
		      (off_t)(image->sections_file_offset + info.index * sizeof(Elf64_Shdr) +
			      offsetof(Elf64_Shdr, sh_size))),
	       sizeof(size), "(.debug_info gets another size)");
	is_int(elf_file_open(&file, AT_FDCWD, path, NULL), 0, "opens");
	is_int(elf_file_reserve_section(file, ".debug_info", &section, &err), -EBADMSG, "but");
	ok(strstr(err.text, "beyond the file's end") != NULL, "the sentence says so");
}

/* Any byte of a compressed section changed: an error, or the same bytes (zstd has no check). */
static void test_damaged(void)
{
	const char *path = place("shop_zlib.so", "damaged");
	scoped(fd_cleanup) int fd = open(path, O_RDWR | O_CLOEXEC);
	scoped(elf_file_cleanup) struct elf_file *whole = NULL;
	struct elf_section info = {0};
	int accepted = 0, other = 0;
	struct err err = {0};

	elf_file_open(&whole, AT_FDCWD, path, NULL);
	if (whole == NULL ||
	    !elf_image_find_section(elf_file_get_image(whole), ".debug_info", &info)) {
		printf("Bail out! no .debug_info in %s\n", path);
		return;
	}
	for (uint64_t at = info.file_offset + 24; at < info.file_offset + info.size; at++) {
		scoped(elf_file_cleanup) struct elf_file *file = NULL;
		struct elf_bytes section;
		uint8_t byte = 0, changed;
		int r;

		r = pread(fd, &byte, 1, (off_t)at) == 1 ? 0 : -1;
		changed = byte ^ 0x41;
		if (r < 0 || pwrite(fd, &changed, 1, (off_t)at) != 1 ||
		    elf_file_open(&file, AT_FDCWD, path, NULL) < 0)
			continue;
		r = elf_file_get_section(file, ".debug_info", &section, &err);
		accepted += r == 0;
		other += r != -EBADMSG;
		if (pwrite(fd, &byte, 1, (off_t)at) != 1)
			printf("Bail out! cannot write %s\n", path);
	}
	is_int(accepted, 0, "nothing changed is accepted");
	is_int(other, 0, "it is bad");
	ok(strstr(err.text, ".debug_info: the stream") != NULL, "the sentence says where");
}

static void test_take(void)
{
	scoped_free char *path = data_path("shop_zstd.so");
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	struct elf_file *none = NULL;
	struct elf_symbol_table table;
	struct elf_bytes section;
	struct strbuf bytes;
	uint8_t tail[16];
	size_t length;

	strbuf_init(&bytes, 1 << 20);
	fd_read_file(AT_FDCWD, path, &bytes);
	length = bytes.length;
	is_int(elf_file_open_take(&file, (uint8_t *)strbuf_take(&bytes), length, "memory", NULL), 0,
	       "a file in memory");
	if (file == NULL)
		return;
	is_int(elf_file_load_symbols(file, NULL), 0, "has its symbols");
	ok(elf_image_find_symbol_table(elf_file_get_image(file), SHT_SYMTAB, &table), "there");
	is_int(elf_file_get_section(file, ".debug_info", &section, NULL), 0, "its sections");
	is_int(elf_file_read(file, length - 10, tail, sizeof(tail)), 10, "its end");
	is_int(elf_file_read(file, length, tail, sizeof(tail)), 0, "nothing beyond");
	is_int(elf_file_load(file, length, 1, NULL), -EBADMSG, "nothing to load there");
	is_int(elf_file_open_take(&none, (uint8_t *)alloc_strdup("no ELF"), 6, "text", NULL),
	       -EBADMSG, "what is none is freed all the same");
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
	test_pages();
	test_compressed("shop_zlib.so");
	test_compressed("shop_zlib-gnu.so");
	test_compressed("shop_zstd.so");
	test_sections();
	test_beyond();
	test_damaged();
	test_take();
	remove_folder();
	return tap_done();
}
