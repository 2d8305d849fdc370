/*
 * symbolizer on this very process: its own functions, libc's, the vdso's, and a perf map that it
 * writes.
 */
#include "symbol/symbolizer.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <search.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "symbol/vdso.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static struct elf_file *open_loaded(const char *path)
{
	struct elf_file *file = NULL;

	if (elf_file_open(&file, AT_FDCWD, path, NULL) == 0)
		elf_file_load_symbols(file, NULL);
	return file;
}

static uint64_t find_symbol(const struct elf_image *image, uint32_t type, const char *name)
{
	struct elf_symbol_table table;
	struct elf_symbol symbol;

	if (!elf_image_find_symbol_table(image, type, &table))
		return 0;
	for (uint32_t i = 0; i < table.count; i++)
		if (elf_image_find_symbol(&table, i, &symbol) && strcmp(symbol.name, name) == 0)
			return symbol.svma;
	return 0;
}

static void test_own_file(struct symbolizer *symbolizer)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded("/proc/self/exe");
	scoped(fd_cleanup) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct symbol_source source = {.kind = MODULE_FILE, .path = "/gone (deleted)", .fd = fd};
	struct symbol_name name = {0}, again = {0};
	uint64_t svma, allocated;
	uint32_t id;

	if (!ok(file != NULL, "this program opens"))
		return;
	svma = find_symbol(elf_file_get_image(file), SHT_SYMTAB, "symbolizer_find");
	id = symbolizer_add_module(symbolizer, &source);
	close(fd);
	fd = -1;
	ok(symbolizer_find(symbolizer, id, svma + 5, &name),
	   "a function is found through a descriptor closed since");
	is_str(name.name, "symbolizer_find", "its name");
	is_int(name.svma, svma, "its start");
	ok(name.size > 5, "its size");
	is_str(symbolizer_get_trouble(symbolizer, id), "", "no trouble");
	allocated = alloc_get_count();
	ok(symbolizer_find(symbolizer, id, svma + 6, &again) && again.name == name.name &&
		   alloc_get_count() == allocated,
	   "the second time it is remembered");
	ok(!symbolizer_find(symbolizer, id, 1, &name), "the ELF header is no function");
}

static void test_build_id(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_FILE, .path = "/proc/self/exe", .fd = -1};
	struct symbol_name name;
	uint32_t id;

	source.build_id_length = 20;
	memset(source.build_id, 0xab, sizeof(source.build_id));
	id = symbolizer_add_module(symbolizer, &source);
	ok(!symbolizer_find(symbolizer, id, 0x1000, &name),
	   "another file than the one that ran gives no names");
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "build id") != NULL, "and says so");
}

static void test_libc(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_FILE, .fd = -1};
	uint64_t avma = (uint64_t)(uintptr_t)&lfind; /* a function that no sanitizer replaces */
	struct symbol_name name = {0};
	struct link_map *map = NULL;
	Dl_info info;

	if (dladdr1((const void *)(uintptr_t)avma, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 ||
	    map->l_name[0] != '/') {
		printf("ok %d - libc # SKIP not linked dynamically\n", ++tap_count);
		return;
	}
	source.path = map->l_name;
	ok(symbolizer_find(symbolizer, symbolizer_add_module(symbolizer, &source),
			   avma - map->l_addr + 4, &name),
	   "a function of libc is found");
	is_str(name.name, "lfind", "its name");
	is_int(name.svma, avma - map->l_addr, "its start");
}

/* Stubs and C++ names, by way of libstdc++'s own symbols when it is there. */
static void test_cxx(struct symbolizer *symbolizer)
{
	static const char path[] = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded(path);
	struct symbol_source source = {.kind = MODULE_FILE, .path = path, .fd = -1};
	struct symbol_name name = {0};
	uint64_t svma;

	if (file == NULL) {
		printf("ok %d - libstdc++ # SKIP not installed\n", ++tap_count);
		return;
	}
	svma = find_symbol(elf_file_get_image(file), SHT_DYNSYM,
			   "_ZNSt13random_device9_M_getvalEv");
	ok(symbolizer_find(symbolizer, symbolizer_add_module(symbolizer, &source), svma, &name),
	   "a C++ function is found");
	is_str(name.name, "std::random_device::_M_getval", "demangled, without parameters");
}

static void test_vdso(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_VDSO, .path = "[vdso]", .fd = -1};
	struct symbol_name name = {0};
	struct elf_image image;
	uint64_t svma, mapped = 0;
	int r = vdso_read_image(&image, NULL);

	if (r == -ENOENT) {
		printf("ok %d - vdso # SKIP this machine has none\n", ++tap_count);
		return;
	}
	is_int(r, 0, "the vdso is an ELF image in memory");
	svma = find_symbol(&image, SHT_DYNSYM, "__vdso_gettimeofday");
	ok(symbolizer_find(symbolizer, symbolizer_add_module(symbolizer, &source), svma + 4, &name),
	   "a function of it is found");
	ok(name.name != NULL && strstr(name.name, "gettimeofday") != NULL, "its name");
	ok(elf_image_file_offset_to_svma(&image, svma, &mapped) && mapped == svma,
	   "offset and svma are the same");
}

static void test_kernel(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_KERNEL, .path = "[kernel]", .fd = -1};
	uint32_t id = symbolizer_add_module(symbolizer, &source);
	struct symbol_name name;

	ok(!symbolizer_find(symbolizer, id, 0x1000, &name), "no kernel function at a user address");
	printf("# kernel: %s\n", symbolizer_get_trouble(symbolizer, id));
}

static void test_perf_map(struct symbolizer *symbolizer)
{
	struct symbol_source source = {
		.kind = MODULE_ANON, .path = "[anon]", .fd = -1, .pid = getpid()};
	scoped_free char *path = alloc_printf("/tmp/perf-%d.map", (int)getpid());
	struct symbol_name name = {0};
	uint32_t id = symbolizer_add_module(symbolizer, &source), fifo;

	fd_replace_file(path, "7f0000001000 40 LazyCompile:main\n", 33, NULL);
	ok(symbolizer_find(symbolizer, id, 0x7f0000001010, &name), "generated code is found");
	is_str(name.name, "LazyCompile:main", "its name");
	is_int(name.svma, 0x7f0000001000, "its start");
	unlink(path);
	is_int(mkfifo(path, 0600), 0, "(a fifo in its place)");
	fifo = symbolizer_add_module(symbolizer, &source);
	ok(!symbolizer_find(symbolizer, fifo, 0x7f0000001010, &name), "a fifo does not block");
	ok(strstr(symbolizer_get_trouble(symbolizer, fifo), path) != NULL, "and is named");
	unlink(path);
}

static void test_trouble(struct symbolizer *symbolizer)
{
	struct symbol_source gone = {.kind = MODULE_FILE, .path = "/nonexistent/app", .fd = -1};
	struct symbol_source odd = {.kind = MODULE_FILE, .path = "memfd:jit", .fd = -1};
	struct symbol_source unknown = {.kind = MODULE_UNKNOWN, .path = "[unknown]", .fd = -1};
	struct symbol_source jit = {.kind = MODULE_ANON, .path = "[anon]", .fd = -1};
	struct symbol_name name;
	uint32_t id = symbolizer_add_module(symbolizer, &gone);

	ok(!symbolizer_find(symbolizer, id, 1, &name), "a file that is gone gives no names");
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "/nonexistent/app") != NULL,
	   "and is named");
	id = symbolizer_add_module(symbolizer, &odd);
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "memfd:jit") != NULL,
	   "what is no path is never opened");
	id = symbolizer_add_module(symbolizer, &unknown);
	ok(symbolizer_get_trouble(symbolizer, id)[0] != '\0', "unknown memory has a reason too");
	id = symbolizer_add_module(symbolizer, &jit);
	ok(symbolizer_get_trouble(symbolizer, id)[0] != '\0', "and code of an unknown process");
}

int main(void)
{
	scoped(symbolizer_cleanup) struct symbolizer *symbolizer = symbolizer_new();

	test_own_file(symbolizer);
	test_build_id(symbolizer);
	test_libc(symbolizer);
	test_cxx(symbolizer);
	test_vdso(symbolizer);
	test_kernel(symbolizer);
	test_perf_map(symbolizer);
	test_trouble(symbolizer);
	symbolizer_free(NULL);
	return tap_done();
}
