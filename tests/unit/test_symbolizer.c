/*
 * symbolizer on this very process (its own functions, libc's, the vdso's), on code that it says to
 * have generated, and on what cannot be named. test_symbol_file has programs with inlined
 * functions.
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
#include "jit_dump.h"
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

static struct symbol_place find_at(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
				   uint64_t time_ns)
{
	struct symbol_query query = {module, address, time_ns};
	struct symbol_place place = {0};

	symbolizer_find(symbolizer, &query, 1, &place);
	return place;
}

/* Of the function that has code of its own; "(none)". */
static const char *name_at(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
			   uint64_t time_ns)
{
	struct symbol_place place = find_at(symbolizer, module, address, time_ns);

	return place.frame_count > 0 ? place.frames[place.frame_count - 1].function : "(none)";
}

static void test_own_file(struct symbolizer *symbolizer)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded("/proc/self/exe");
	scoped(fd_cleanup) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct symbol_source source = {.kind = MODULE_FILE, .path = "/gone (deleted)", .fd = fd};
	struct symbol_place places[4];
	struct symbol_query queries[4] = {{0}};
	uint64_t svma;
	uint32_t id;

	if (!ok(file != NULL, "this program opens"))
		return;
	svma = find_symbol(elf_file_get_image(file), SHT_SYMTAB, "symbolizer_find");
	id = symbolizer_add_module(symbolizer, &source);
	close(fd);
	fd = -1;
	for (int i = 0; i < 4; i++)
		queries[i].module = id;
	queries[0].lookup_addr = queries[2].lookup_addr = svma + 1;
	queries[1].lookup_addr = 1;
	queries[3].lookup_addr =
		find_symbol(elf_file_get_image(file), SHT_SYMTAB, "symbolizer_free") + 1;
	symbolizer_find(symbolizer, queries, 4, places);
	if (ok(places[0].frame_count > 0,
	       "a function is found through a descriptor closed since")) {
		const struct symbol_frame *outer = &places[0].frames[places[0].frame_count - 1];

		is_str(outer->function, "symbolizer_find", "its name");
		ok(strstr(outer->file, "symbolizer.c") != NULL && outer->line > 0, "its line");
	}
	is_int(places[0].function_svma, svma, "its start");
	ok(places[0].function_size > 5, "its size");
	is_int(places[1].frame_count, 0, "the ELF header is no function");
	ok(places[2].frames == places[0].frames, "the same address twice is one answer");
	ok(places[3].frame_count > 0 && strcmp(places[3].frames[places[3].frame_count - 1].function,
					       "symbolizer_free") == 0,
	   "answers are in the order of the questions");
	ok(find_at(symbolizer, id, svma + 1, 77).frames == places[0].frames,
	   "it is remembered; a file's functions do not move with time");
	is_str(symbolizer_get_trouble(symbolizer, id), "", "no trouble");
	is_int(symbolizer_get_flags(symbolizer, id) &
		       (MODULE_WITHOUT_SYMBOLS | MODULE_WITHOUT_LINES),
	       0, "nothing is missing");
}

static void test_build_id(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_FILE, .path = "/proc/self/exe", .fd = -1};
	uint32_t id;

	source.build_id_length = 20;
	memset(source.build_id, 0xab, sizeof(source.build_id));
	id = symbolizer_add_module(symbolizer, &source);
	is_str(name_at(symbolizer, id, 0x1000, 0), "(none)",
	       "another file than the one that ran gives no names");
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "build id") != NULL, "and says so");
}

static void test_libc(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_FILE, .fd = -1};
	uint64_t avma = (uint64_t)(uintptr_t)&lfind; /* a function that no sanitizer replaces */
	struct link_map *map = NULL;
	uint32_t id;
	Dl_info info;

	if (dladdr1((const void *)(uintptr_t)avma, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 ||
	    map->l_name[0] != '/') {
		printf("ok %d - libc # SKIP not linked dynamically\n", ++tap_count);
		return;
	}
	source.path = map->l_name;
	id = symbolizer_add_module(symbolizer, &source);
	is_str(name_at(symbolizer, id, avma - map->l_addr + 4, 0), "lfind",
	       "a function of libc is found");
	is_int(find_at(symbolizer, id, avma - map->l_addr + 4, 0).function_svma, avma - map->l_addr,
	       "its start");
	printf("# libc: %s\n", symbolizer_get_trouble(symbolizer, id));
}

/* C++ names, by way of libstdc++'s own symbols when it is there. */
static void test_cxx(struct symbolizer *symbolizer)
{
	static const char path[] = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded(path);
	struct symbol_source source = {.kind = MODULE_FILE, .path = path, .fd = -1};
	uint64_t svma;

	if (file == NULL) {
		printf("ok %d - libstdc++ # SKIP not installed\n", ++tap_count);
		return;
	}
	svma = find_symbol(elf_file_get_image(file), SHT_DYNSYM,
			   "_ZNSt13random_device9_M_getvalEv");
	is_str(name_at(symbolizer, symbolizer_add_module(symbolizer, &source), svma, 0),
	       "std::random_device::_M_getval", "a C++ name, without parameters");
}

static void test_vdso(struct symbolizer *symbolizer)
{
	struct symbol_source source = {.kind = MODULE_VDSO, .path = "[vdso]", .fd = -1};
	struct elf_image image;
	uint64_t svma, mapped = 0;
	int r = vdso_read_image(&image, NULL);

	if (r == -ENOENT) {
		printf("ok %d - vdso # SKIP this machine has none\n", ++tap_count);
		return;
	}
	is_int(r, 0, "the vdso is an ELF image in memory");
	svma = find_symbol(&image, SHT_DYNSYM, "__vdso_gettimeofday");
	ok(strstr(name_at(symbolizer, symbolizer_add_module(symbolizer, &source), svma + 4, 0),
		  "gettimeofday") != NULL,
	   "a function of it is found");
	ok(elf_image_file_offset_to_svma(&image, svma, &mapped) && mapped == svma,
	   "offset and svma are the same");
}

static void test_kernel(struct symbolizer *symbolizer)
{
	static const struct symbolizer_config config = {
		.kallsyms = "ffffffff81000000 T startup_64\n"
			    "ffffffffc0001000 t nft_do_chain\t[nf_tables]\n"};
	scoped(symbolizer_cleanup) struct symbolizer *imported = symbolizer_new(&config);
	struct symbol_source source = {.kind = MODULE_KERNEL, .path = "[kernel]", .fd = -1};
	uint32_t id = symbolizer_add_module(symbolizer, &source);

	is_str(name_at(symbolizer, id, 0x1000, 0), "(none)",
	       "no kernel function at a user address");
	printf("# kernel: %s\n", symbolizer_get_trouble(symbolizer, id));
	id = symbolizer_add_module(imported, &source);
	is_str(name_at(imported, id, 0xffffffff81000010, 0), "startup_64",
	       "another machine's kernel, by its text");
	is_str(name_at(imported, id, 0xffffffffc0001010, 0), "nft_do_chain [nf_tables]",
	       "a function of a kernel module");
	is_str(symbolizer_get_trouble(imported, id), "", "no trouble");
}

static void test_perf_map(struct symbolizer *symbolizer)
{
	struct symbol_source source = {
		.kind = MODULE_ANON, .path = "[anon]", .fd = -1, .pid = getpid()};
	scoped_free char *path = alloc_printf("/tmp/perf-%d.map", (int)getpid());
	uint32_t id = symbolizer_add_module(symbolizer, &source), fifo;

	fd_replace_file(path, "7f0000001000 40 LazyCompile:main\n", 33, NULL);
	is_str(name_at(symbolizer, id, 0x7f0000001010, 0), "LazyCompile:main",
	       "generated code is found");
	is_int(find_at(symbolizer, id, 0x7f0000001010, 0).function_svma, 0x7f0000001000,
	       "its start");
	unlink(path);
	is_int(mkfifo(path, 0600), 0, "(a fifo in its place)");
	fifo = symbolizer_add_module(symbolizer, &source);
	is_str(name_at(symbolizer, fifo, 0x7f0000001010, 0), "(none)", "a fifo does not block");
	ok(strstr(symbolizer_get_trouble(symbolizer, fifo), path) != NULL, "and is named");
	unlink(path);
}

static void test_jitdump(struct symbolizer *symbolizer)
{
	static const struct jit_row rows[] = {{0x1000, 10, "/a.js"}, {0x1010, 11, "\xff"}};
	char dir[] = "/tmp/sonde_jit_XXXXXX";
	struct symbol_source memory = {
		.kind = MODULE_ANON, .path = "[anon]", .fd = -1, .pid = getpid()};
	struct symbol_source mapped = {.kind = MODULE_FILE, .fd = -1, .pid = getpid()};
	const struct symbol_line *lines;
	struct symbol_place place;
	struct strbuf bytes;
	uint8_t code[4] = {0};
	size_t line_count;
	uint32_t id;

	if (mkdtemp(dir) == NULL)
		return;
	scoped_free char *path = alloc_printf("%s/jit-%d.dump", dir, (int)getpid());
	strbuf_init(&bytes, 1 << 20);
	jit_put_header(&bytes, 0);
	jit_put_lines(&bytes, 100, 0x1000, rows, 2);
	jit_put_load(&bytes, 100, 0x1000, 0x40, "early");
	jit_put_load(&bytes, 200, 0x1000, 0x40, "late");
	jit_put_load(&bytes, 200, 0x2000, 0x40, "other");
	fd_replace_file(path, bytes.data, bytes.length, NULL);
	mapped.path = path;
	id = symbolizer_add_module(symbolizer, &memory);
	symbolizer_add_module(symbolizer, &mapped);
	place = find_at(symbolizer, id, 0x1018, 150);
	if (ok(place.frame_count == 1, "code in a jitdump that was mapped")) {
		is_str(place.frames[0].function, "early", "by the time of the sample");
		ok(strcmp(place.frames[0].file, "/a.js") == 0 && place.frames[0].line == 11,
		   "with its line");
	}
	is_str(name_at(symbolizer, id, 0x1018, 250), "late", "later another one");
	is_str(name_at(symbolizer, id, 0x1018, 0), "late", "which is there at the end");
	ok(symbolizer_read_code(symbolizer, id, 0x2004, 4, code) && code[0] == 4 && code[3] == 7,
	   "its machine code");
	ok(!symbolizer_read_code(symbolizer, id, 0x203e, 4, code), "as far as there is any");
	symbolizer_get_lines(symbolizer, id, 0x2000, 0x40, &lines, &line_count);
	is_int(line_count, 0, "code without lines");
	strbuf_release(&bytes);
	unlink(path);
	rmdir(dir);
}

/* The same questions to one symbolizer at once, and to others one by one. */
static void test_batch(void)
{
	static const struct symbolizer_config config = {.thread_count = 4, .has_lines = true};
	static const char *const paths[] = {"/proc/self/exe", "/lib/x86_64-linux-gnu/libc.so.6",
					    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
					    "/nonexistent/app"};
	scoped(symbolizer_cleanup) struct symbolizer *all = symbolizer_new(&config);
	enum { MODULES = 4, EACH = 200 };
	static struct symbol_query queries[MODULES * EACH];
	static struct symbol_place places[MODULES * EACH];
	uint32_t named = 0, wrong = 0;

	for (uint32_t i = 0; i < MODULES; i++) {
		struct symbol_source source = {.kind = MODULE_FILE, .path = paths[i], .fd = -1};

		symbolizer_add_module(all, &source);
	}
	for (uint32_t i = 0; i < MODULES * EACH; i++)
		queries[i] =
			(struct symbol_query){i % MODULES, 0x3000 + (i * 126704) % 0x180000, 0};
	symbolizer_find(all, queries, MODULES * EACH, places);
	for (uint32_t i = 0; i < MODULES; i++) {
		struct symbol_source source = {.kind = MODULE_FILE, .path = paths[i], .fd = -1};
		struct symbolizer *one = symbolizer_new(NULL);

		symbolizer_add_module(one, &source);
		for (uint32_t k = i; k < MODULES * EACH; k += MODULES) {
			const char *alone = name_at(one, 0, queries[k].lookup_addr, 0);
			const struct symbol_place *place = &places[k];

			named += place->frame_count > 0;
			wrong += strcmp(alone,
					place->frame_count > 0
						? place->frames[place->frame_count - 1].function
						: "(none)") != 0;
		}
		symbolizer_free(one);
	}
	printf("# %u of %u have names\n", named, MODULES * EACH);
	ok(named > 0, "several modules at once");
	is_int(wrong, 0, "are answered as one by one");
}

static void test_trouble(struct symbolizer *symbolizer)
{
	struct symbol_source gone = {.kind = MODULE_FILE, .path = "/nonexistent/app", .fd = -1};
	struct symbol_source odd = {.kind = MODULE_FILE, .path = "memfd:jit", .fd = -1};
	struct symbol_source unknown = {.kind = MODULE_UNKNOWN, .path = "[unknown]", .fd = -1};
	struct symbol_source jit = {.kind = MODULE_ANON, .path = "[anon]", .fd = -1};
	uint32_t id = symbolizer_add_module(symbolizer, &gone);

	is_str(name_at(symbolizer, id, 1, 0), "(none)", "a file that is gone gives no names");
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "/nonexistent/app") != NULL,
	   "and is named");
	id = symbolizer_add_module(symbolizer, &odd);
	ok(strstr(symbolizer_get_trouble(symbolizer, id), "memfd:jit") != NULL,
	   "what is no path is never opened");
	id = symbolizer_add_module(symbolizer, &unknown);
	is_str(name_at(symbolizer, id, 1, 0), "(none)", "unknown memory has no names");
	ok(symbolizer_get_trouble(symbolizer, id)[0] != '\0', "but a reason");
	id = symbolizer_add_module(symbolizer, &jit);
	ok(symbolizer_get_trouble(symbolizer, id)[0] != '\0', "and code of an unknown process");
	symbolizer_find(symbolizer, NULL, 0, NULL);
	ok(true, "no questions, no answers");
}

int main(void)
{
	scoped(symbolizer_cleanup) struct symbolizer *symbolizer = symbolizer_new(NULL);

	test_own_file(symbolizer);
	test_build_id(symbolizer);
	test_libc(symbolizer);
	test_cxx(symbolizer);
	test_vdso(symbolizer);
	test_kernel(symbolizer);
	test_perf_map(symbolizer);
	test_jitdump(symbolizer);
	test_batch();
	test_trouble(symbolizer);
	symbolizer_free(NULL);
	return tap_done();
}
