/* elf_debug in a folder of its own below TMPDIR, with the files of tests/data/elf. */
#include "elf/elf_debug.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_xz.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static char folder[512];

static char *path_of(const char *name)
{
	return alloc_printf("%s/%s", folder, name);
}

/* Makes the folders above a path. */
static void make_parents(const char *path)
{
	scoped_free char *copy = alloc_strdup(path);

	for (char *slash = copy + 1; *slash != '\0'; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
}

/* Copies a file of tests/data/elf into the folder, or to an absolute path there. */
static void place(const char *name, const char *target)
{
	const char *data = getenv("SONDE_TEST_DATA");
	scoped_free char *source =
		alloc_printf("%s/elf/%s", data != NULL ? data : "tests/data", name);
	scoped_free char *path = target[0] == '/' ? alloc_strdup(target) : path_of(target);
	struct strbuf bytes;

	strbuf_init(&bytes, 1 << 20);
	make_parents(path);
	unlink(path);
	if (fd_read_file(AT_FDCWD, source, &bytes) < 0 ||
	    fd_replace_file(path, bytes.data, bytes.length, NULL) < 0)
		printf("Bail out! cannot copy %s to %s\n", source, path);
	strbuf_release(&bytes);
}

static void take_away(const char *target)
{
	scoped_free char *path = target[0] == '/' ? alloc_strdup(target) : path_of(target);

	unlink(path);
}

static struct elf_file *open_placed(const char *target)
{
	scoped_free char *path = path_of(target);
	struct elf_file *file = NULL;

	if (elf_file_open(&file, AT_FDCWD, path, NULL) < 0)
		printf("Bail out! cannot open %s\n", path);
	return file;
}

/* debug/.build-id/… of a placed file. */
static char *get_build_id_path(const struct elf_file *file)
{
	uint8_t id[ELF_BUILD_ID_BYTES] = {0}, length = 0;
	struct strbuf path;

	elf_image_find_build_id(elf_file_get_image(file), id, &length);
	strbuf_init(&path, 4096);
	strbuf_addf(&path, "debug/.build-id/%02x/", id[0]);
	for (uint8_t i = 1; i < length; i++)
		strbuf_addf(&path, "%02x", id[i]);
	strbuf_add_text(&path, ".debug");
	return strbuf_take(&path);
}

/* Not there, then there, then gone again: where it stands is what counts. */
static void check_debug(const char *stripped, const char *debug_name, const char *target,
			const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_placed(stripped);
	scoped(elf_file_cleanup) struct elf_file *debug = NULL;
	scoped_free char *path = path_of(stripped), *debug_dir = path_of("debug");
	struct elf_symbol_table table;

	is_int(elf_debug_open(&debug, file, path, debug_dir, NULL), -ENOENT, "no debug file yet");
	place(debug_name, target);
	is_int(elf_debug_open(&debug, file, path, debug_dir, NULL), 0, what);
	ok(debug != NULL && elf_file_load_symbols(debug, NULL) == 0 &&
		   elf_image_find_symbol_table(elf_file_get_image(debug), SHT_SYMTAB, &table),
	   "it has the symbols");
	take_away(target);
}

static void test_open(void)
{
	static const char by_id[] =
		"debug/.build-id/21/877c3e9b91a4f97908dd28d9014422b645a4f9.debug";
	scoped_free char *global = alloc_printf("debug%s/app/tiny64.debug", folder);
	scoped_free char *path = path_of("app/tiny"), *debug_dir = path_of("debug");
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	struct elf_file *debug = NULL;
	struct err err = {0};

	place("tiny64.stripped", "app/tiny");
	check_debug("app/tiny", "tiny64.debug", by_id, "by build id");
	check_debug("app/tiny", "tiny64.debug", "app/tiny64.debug", "by link, beside it");
	check_debug("app/tiny", "tiny64.debug", "app/.debug/tiny64.debug", "by link, in .debug/");
	check_debug("app/tiny", "tiny64.debug", global, "by link, under its path");
	place("linked.so", "app/linked");
	check_debug("app/linked", "linked.debug", "app/linked.debug", "by link, by its CRC");

	file = open_placed("app/tiny");
	place("tiny32.so", "app/tiny64.debug");
	place("tiny32.so", by_id);
	is_int(elf_debug_open(&debug, file, path, debug_dir, &err), -ENOENT,
	       "other files of these names: build ids differ");
	ok(strstr(err.text, path) != NULL, "the sentence names the file");
	place("shop.so", "app/linked.debug");
	elf_file_close(file);
	file = open_placed("app/linked");
	is_int(elf_debug_open(&debug, file, path, debug_dir, &err), -ENOENT,
	       "another file of that name: CRC differs");
}

/* The strings that both files had are now in the third. */
static void check_alternate(const struct elf_file *file, const char *path, const char *target,
			    const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *alternate = NULL;
	scoped_free char *debug_dir = path_of("debug");
	scoped(elf_file_cleanup) struct elf_file *again = NULL;
	struct elf_bytes strings = {0};

	elf_file_open(&again, AT_FDCWD, elf_file_get_name(file), NULL);
	is_int(elf_debug_open_alternate(&alternate, again, path, debug_dir, NULL), -ENOENT,
	       "not there yet");
	place("dwz_common.debug", target);
	is_int(elf_debug_open_alternate(&alternate, again, path, debug_dir, NULL), 0, what);
	ok(alternate != NULL &&
		   elf_file_get_section(alternate, ".debug_str", &strings, NULL) == 0 &&
		   memmem(strings.bytes, strings.size, "delivery_address", 17) != NULL,
	   "it has the common strings");
	take_away(target);
}

static void test_alternate(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *common = NULL;
	scoped(elf_file_cleanup) struct elf_file *plain = NULL;
	scoped_free char *path = path_of("lib/shop/dwz_a.so"), *link = path_of("id/link.debug");
	scoped_free char *debug_dir = path_of("debug");
	struct elf_file *none = NULL;
	struct err err = {0};

	place("dwz_a.so", "lib/shop/dwz_a.so");
	place("dwz_common.debug", "common");
	file = open_placed("lib/shop/dwz_a.so");
	common = open_placed("common");
	if (file == NULL || common == NULL)
		return;
	scoped_free char *by_id = get_build_id_path(common);
	check_alternate(file, path, by_id, "by build id");
	check_alternate(file, path, "lib/.dwz/shop/dwz_common.debug", "relative to the file");
	check_alternate(file, path, "debug/.dwz/shop/dwz_common.debug", "below debug_dir/.dwz");
	make_parents(link);
	is_int(symlink(path, link), 0, "(a link to the file, elsewhere)");
	check_alternate(file, link, "lib/.dwz/shop/dwz_common.debug",
			"relative to where a link leads");
	place("shop.so", "lib/.dwz/shop/dwz_common.debug");
	is_int(elf_debug_open_alternate(&none, file, path, debug_dir, &err), -ENOENT,
	       "another file of that name");
	ok(strstr(err.text, "../.dwz/shop/dwz_common.debug") != NULL, "the sentence names it");
	place("shop.so", "plain");
	plain = open_placed("plain");
	is_int(elf_debug_open_alternate(&none, plain, path, debug_dir, NULL), -ENODATA,
	       "a file without such a link");
}

static bool has_symbol(struct elf_file *file, const char *name)
{
	struct elf_symbol_table table;
	struct elf_symbol symbol;

	if (elf_file_load_symbols(file, NULL) < 0 ||
	    !elf_image_find_symbol_table(elf_file_get_image(file), SHT_SYMTAB, &table))
		return false;
	for (uint32_t i = 0; i < table.count; i++)
		if (elf_image_find_symbol(&table, i, &symbol) && strcmp(symbol.name, name) == 0)
			return true;
	return false;
}

static void test_mini(void)
{
	scoped_free char *path = path_of("mini");
	scoped(elf_file_cleanup) struct elf_file *mini = NULL;
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *damaged = NULL;
	scoped(elf_file_cleanup) struct elf_file *plain = NULL;
	struct elf_section section = {0};
	struct err err = {0};

	place("shop_mini.so", "mini");
	place("tiny64.so", "plain");
	file = open_placed("mini");
	plain = open_placed("plain");
	ok(!has_symbol(file, "shop_sum"), "a stripped file");
	is_int(elf_debug_open_mini(&mini, file, NULL), 0, "has a small one inside");
	ok(mini != NULL && has_symbol(mini, "shop_sum"), "with its symbols");
	ok(mini != NULL && strstr(elf_file_get_name(mini), path) != NULL, "and its name");
	is_int(elf_debug_open_mini(&damaged, plain, NULL), -ENODATA, "another has none");

	elf_image_find_section(elf_file_get_image(file), ".gnu_debugdata", &section);
	scoped(fd_cleanup) int fd = open(path, O_RDWR | O_CLOEXEC);
	if (pwrite(fd, "oops", 4, (off_t)(section.file_offset + section.size / 2)) != 4)
		printf("Bail out! cannot write %s\n", path);
	elf_file_close(file);
	file = open_placed("mini");
	is_int(elf_debug_open_mini(&damaged, file, &err), -EBADMSG, "a damaged one");
	ok(strstr(err.text, path) != NULL && strstr(err.text, "xz data is damaged") != NULL,
	   "the sentence says what and where");
}

/* `xz -9e` of "sonde sonde sonde sonde sonde sonde\n": a stream by the tool itself. */
static const uint8_t xz_text[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02,
	0x00, 0x21, 0x01, 0x1c, 0x00, 0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0xe0, 0x00,
	0x23, 0x00, 0x0e, 0x5d, 0x00, 0x39, 0x9b, 0xca, 0x18, 0x59, 0xea, 0x2d, 0x84,
	0x32, 0x88, 0xa5, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3e, 0xfa, 0xdc, 0x0b,
	0x67, 0xd4, 0xa1, 0x1d, 0x00, 0x01, 0x2a, 0x24, 0xd2, 0x9d, 0xee, 0x73, 0x1f,
	0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
};

static void test_xz(void)
{
	static const char text[] = "sonde sonde sonde sonde sonde sonde\n";
	uint8_t changed[sizeof(xz_text)];
	struct strbuf got;
	int found = 0;

	strbuf_init(&got, 1000);
	is_int(elf_xz_decode(&got, xz_text, sizeof(xz_text), NULL), 0, "xz");
	is_str(strbuf_text(&got), text, "what it holds");
	for (size_t length = 0; length < sizeof(xz_text); length++) {
		strbuf_clear(&got);
		found += elf_xz_decode(&got, xz_text, length, NULL) != -EBADMSG;
	}
	is_int(found, 0, "cut anywhere");
	for (size_t at = 0; at < sizeof(xz_text); at++) {
		memcpy(changed, xz_text, sizeof(changed));
		changed[at] ^= 0x41;
		strbuf_clear(&got);
		found += elf_xz_decode(&got, changed, sizeof(changed), NULL) != -EBADMSG;
	}
	is_int(found, 0, "changed anywhere");
	strbuf_release(&got);
	strbuf_init(&got, sizeof(text) - 2);
	is_int(elf_xz_decode(&got, xz_text, sizeof(xz_text), NULL), -EFBIG,
	       "more than there is room for");
	strbuf_release(&got);
}

static void check_dwo(const char *target, const char *name, const char *comp_dir, int result,
		      const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *dwo = NULL;
	scoped_free char *path = path_of("bin/app");

	place("shop_object.elf", target);
	is_int(elf_debug_open_dwo(&dwo, name, comp_dir, path, NULL), result, what);
	take_away(target);
}

static void test_split(void)
{
	scoped(elf_file_cleanup) struct elf_file *package = NULL;
	scoped_free char *path = path_of("bin/app"), *comp_dir = path_of("build");
	scoped_free char *absolute = path_of("build/sub/a.dwo");
	struct err err = {0};

	is_int(elf_debug_open_package(&package, path, &err), -ENOENT, "no package");
	place("shop_object.elf", "bin/app.dwp");
	is_int(elf_debug_open_package(&package, path, NULL), 0, "a package beside the file");
	check_dwo("build/sub/a.dwo", "sub/a.dwo", comp_dir, 0, "relative to the compiler's folder");
	check_dwo("build/sub/a.dwo", absolute, "/", 0, "absolute");
	check_dwo("bin/sub/a.dwo", "sub/a.dwo", comp_dir, 0, "relative to the file");
	check_dwo("bin/a.dwo", "sub/a.dwo", comp_dir, 0, "beside the file");
	check_dwo("bin/a.dwo", absolute, "", 0, "the build folder is gone");
	check_dwo("bin/b.dwo", absolute, "", -ENOENT, "another's");
}

static void test_fetch_refused(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *without = NULL;
	struct elf_file *debug = NULL;
	struct err err = {0};

	place("tiny64.stripped", "app/tiny");
	place("linked.so", "app/linked");
	file = open_placed("app/tiny");
	without = open_placed("app/linked");
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1", 1);
	is_int(elf_debug_fetch(&debug, without, UINT64_MAX, NULL, NULL, &err), -ENODATA,
	       "without a build id nothing can be asked for");
	is_int(elf_debug_fetch(&debug, file, 0, NULL, NULL, &err), -ENOTSUP,
	       "nor without a deadline");
	setenv("DEBUGINFOD_URLS", " ", 1);
	is_int(elf_debug_fetch(&debug, file, UINT64_MAX, NULL, NULL, &err), -ENOTSUP, "nor nobody");
	ok(strstr(err.text, "DEBUGINFOD_URLS") != NULL, "the sentence says what to set");
}

int main(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sonde_debug_XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! cannot make %s\n", folder);
		return 1;
	}
	test_open();
	test_alternate();
	test_mini();
	test_xz();
	test_split();
	test_fetch_refused();
	scoped_free char *command = alloc_printf("rm -rf '%s'", folder);
	if (system(command) != 0)
		printf("# %s was left behind\n", folder);
	return tap_done();
}
