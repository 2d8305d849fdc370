/*
 * elf_symbols on small files whose symbols are known, and against nm and objdump on real ones: this
 * program, libc, libstdc++ and a C++ program, whatever of them is there.
 */
#include "symbol/elf_symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/arena.h"
#include "util/vec.h"

static struct elf_file *open_loaded(const char *path)
{
	struct elf_file *file = NULL;

	if (elf_file_open(&file, AT_FDCWD, path, NULL) < 0)
		return NULL;
	if (elf_file_load_symbols(file, NULL) < 0) {
		elf_file_close(file);
		return NULL;
	}
	return file;
}

static struct elf_file *open_data(const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");
	scoped_free char *path =
		alloc_printf("%s/elf/%s", data != NULL ? data : "tests/data", name);

	return open_loaded(path);
}

static bool is_named(const struct elf_symbols *symbols, uint64_t address, const char *name,
		     uint64_t svma, uint64_t size)
{
	struct elf_function function;

	if (!elf_symbols_find(symbols, address, &function))
		return name == NULL;
	return name != NULL && strcmp(function.name, name) == 0 && function.svma == svma &&
	       function.size == size;
}

static void test_known(void)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_data("tiny64.so");
	scoped(elf_file_cleanup) struct elf_file *stripped = open_data("tiny64.stripped");
	scoped(elf_file_cleanup) struct elf_file *debug = open_data("tiny64.debug");
	struct elf_function function;

	if (!ok(file != NULL && stripped != NULL && debug != NULL, "the test's files open"))
		return;
	scoped(elf_symbols_cleanup) struct elf_symbols *full =
		elf_symbols_new(elf_file_get_image(file), NULL);
	scoped(elf_symbols_cleanup) struct elf_symbols *less =
		elf_symbols_new(elf_file_get_image(stripped), NULL);
	scoped(elf_symbols_cleanup) struct elf_symbols *both =
		elf_symbols_new(elf_file_get_image(stripped), elf_file_get_image(debug));

	ok(is_named(full, 0x2f0, "helper", 0x2f0, 0x12), "a local function's first byte");
	ok(is_named(full, 0x301, "helper", 0x2f0, 0x12), "its last byte");
	ok(is_named(full, 0x302, "shop_total", 0x302, 0x1a), "the next function");
	ok(is_named(full, 0x348, NULL, 0, 0), "behind the last function");
	ok(is_named(full, 0x2c0, NULL, 0, 0), "the head of the PLT has no name");
	ok(elf_symbols_find(full, 0x2db, &function) && function.is_plt &&
		   strcmp(function.name, "puts") == 0 && function.svma == 0x2d0 &&
		   function.size == 16,
	   "a PLT stub");
	ok(is_named(less, 0x2f5, NULL, 0, 0), "stripped: no local function");
	ok(is_named(less, 0x302, "shop_total", 0x302, 0x1a), "stripped: exported functions");
	ok(is_named(both, 0x2f5, "helper", 0x2f0, 0x12), "with the debug file: local functions");
	ok(elf_symbols_find(both, 0x2e4, &function) && function.is_plt,
	   "and the PLT of the stripped file");
}

/*
 * An image made of symbols only: section 1 holds code [0x1000, 0x2000), 2 the symbols, 3 their
 * names.
 */
struct synthetic {
	Elf64_Ehdr header;
	Elf64_Shdr sections[4];
	Elf64_Sym symbols[16];
	char names[256];
};

static void add_symbol(struct synthetic *file, const char *name, uint64_t svma, uint64_t size,
		       int binding, int type)
{
	size_t count = file->sections[2].sh_size / sizeof(Elf64_Sym);
	size_t names_bytes = file->sections[3].sh_size;

	file->symbols[count] = (Elf64_Sym){
		.st_name = (uint32_t)names_bytes,
		.st_info = (unsigned char)ELF64_ST_INFO(binding, type),
		.st_shndx = 1,
		.st_value = svma,
		.st_size = size,
	};
	memcpy(file->names + names_bytes, name, strlen(name) + 1);
	file->sections[2].sh_size += sizeof(Elf64_Sym);
	file->sections[3].sh_size += strlen(name) + 1;
}

static void test_choice(void)
{
	struct synthetic file = {
		.header = {.e_version = EV_CURRENT,
			   .e_shoff = offsetof(struct synthetic, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 4},
		.sections = {{0},
			     {.sh_type = SHT_PROGBITS,
			      .sh_flags = SHF_EXECINSTR,
			      .sh_addr = 0x1000,
			      .sh_size = 0x1000},
			     {.sh_type = SHT_SYMTAB,
			      .sh_offset = offsetof(struct synthetic, symbols),
			      .sh_link = 3},
			     {.sh_type = SHT_STRTAB,
			      .sh_offset = offsetof(struct synthetic, names),
			      .sh_size = 1}},
	};
	struct elf_image image;

	memcpy(file.header.e_ident, ELFMAG, SELFMAG);
	file.header.e_ident[EI_CLASS] = ELFCLASS64;
	file.header.e_ident[EI_DATA] = ELFDATA2LSB;
	add_symbol(&file, "weak_longest", 0x1000, 0x40, STB_WEAK, STT_FUNC);
	add_symbol(&file, "local", 0x1000, 0x40, STB_LOCAL, STT_FUNC);
	add_symbol(&file, "__global", 0x1000, 0x40, STB_GLOBAL, STT_FUNC);
	add_symbol(&file, "global", 0x1000, 0x40, STB_GLOBAL, STT_GNU_IFUNC);
	add_symbol(&file, "sizeless_global", 0x1000, 0, STB_GLOBAL, STT_FUNC);
	add_symbol(&file, "label", 0x1010, 0, STB_LOCAL, STT_NOTYPE);
	add_symbol(&file, "inner", 0x1020, 0x10, STB_LOCAL, STT_FUNC);
	add_symbol(&file, "assembly", 0x1100, 0, STB_GLOBAL, STT_NOTYPE);
	add_symbol(&file, "an_object", 0x1180, 8, STB_GLOBAL, STT_OBJECT);
	add_symbol(&file, "last", 0x1200, 0, STB_LOCAL, STT_FUNC);
	add_symbol(&file, "$x", 0x1300, 0, STB_LOCAL, STT_NOTYPE);
	add_symbol(&file, "endless", 0x1f00, UINT64_MAX - 8, STB_LOCAL, STT_FUNC);
	is_int(elf_image_parse(&image, &file, sizeof(file), NULL), 0,
	       "a file made of symbols parses");
	scoped(elf_symbols_cleanup) struct elf_symbols *symbols = elf_symbols_new(&image, NULL);

	ok(is_named(symbols, 0x1000, "global", 0x1000, 0x40), "sized, global, few underscores");
	ok(is_named(symbols, 0x1018, "global", 0x1000, 0x40),
	   "a label inside a function is not a function");
	ok(is_named(symbols, 0x1028, "inner", 0x1020, 0x10), "a function inside a function is");
	ok(is_named(symbols, 0x1030, "global", 0x1000, 0x40), "behind it the outer one goes on");
	ok(is_named(symbols, 0x1040, NULL, 0, 0), "nothing behind a known size");
	ok(is_named(symbols, 0x11ff, "assembly", 0x1100, 0x100),
	   "untyped code reaches to the next function");
	ok(is_named(symbols, 0x1350, "last", 0x1200, 0xd00), "mapping symbols are none");
	ok(is_named(symbols, 0x2000, NULL, 0, 0),
	   "nothing behind the section; absurd sizes are left out");
}

struct known_symbol {
	uint64_t svma, size; /* 0 = none stated */
	const char *name;
};

struct known_symbols {
	VEC_FIELDS(struct known_symbol);
};

static int compare_known(const void *a, const void *b)
{
	const struct known_symbol *left = a, *right = b;

	return (left->svma > right->svma) - (left->svma < right->svma);
}

/*
 * The functions in what `nm -S` prints: "ADDRESS [SIZE] TYPE NAME". Versions ("@GLIBC_2.14") stay.
 */
static bool run_nm(const char *path, const char *options, struct arena *arena,
		   struct known_symbols *known)
{
	scoped_free char *command =
		alloc_printf("nm -S --defined-only %s '%s' 2>/dev/null", options, path);
	FILE *pipe = popen(command, "r");
	char line[16384];

	while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
		struct known_symbol symbol = {0};
		char *at = line, type;

		line[strcspn(line, "\n")] = '\0';
		symbol.svma = strtoull(at, &at, 16);
		at += *at == ' ';
		if (at[0] != '\0' && at[1] != ' ') {
			symbol.size = strtoull(at, &at, 16);
			at += *at == ' ';
		}
		type = *at;
		if (type == '\0' || strchr("tTwWi", type) == NULL || at[1] != ' ')
			continue;
		if (strncmp(at + 2, "_.stapsdt.", 10) == 0) /* a weak mark in a note, no code */
			continue;
		symbol.name = arena_strdup(arena, at + 2);
		vec_push(known, symbol);
	}
	if (pipe != NULL)
		pclose(pipe);
	if (known->count > 0)
		qsort(known->items, known->count, sizeof(*known->items), compare_known);
	return known->count > 0;
}

static bool is_listed(const struct known_symbols *known, const struct elf_function *function)
{
	size_t low = 0, high = known->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (known->items[middle].svma < function->svma)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < known->count && known->items[low].svma == function->svma; low++) {
		/* nm -D adds the version, which .dynsym itself does not have. */
		size_t length = strcspn(known->items[low].name + 1, "@") + 1;

		if (strcmp(known->items[low].name, function->name) == 0 ||
		    (strlen(function->name) == length &&
		     memcmp(known->items[low].name, function->name, length) == 0))
			return true;
	}
	return false;
}

/*
 * Every function that nm lists with a size: its middle has a name that nm lists too, at the address
 * found.
 */
static void check_against_nm(const char *path, const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded(path);
	struct known_symbols known = {0};
	struct arena arena;
	size_t checked = 0, wrong = 0;

	arena_init(&arena);
	if (file == NULL ||
	    !(run_nm(path, "", &arena, &known) || run_nm(path, "-D", &arena, &known))) {
		printf("ok %d - %s # SKIP no such file, or no nm\n", ++tap_count, what);
		arena_release(&arena);
		return;
	}
	scoped(elf_symbols_cleanup) struct elf_symbols *symbols =
		elf_symbols_new(elf_file_get_image(file), NULL);
	for (size_t i = 0; i < known.count; i++) {
		const struct known_symbol *symbol = &known.items[i];
		uint64_t middle = symbol->svma + symbol->size / 2;
		struct elf_function function;

		if (symbol->size == 0)
			continue;
		checked++;
		if (elf_symbols_find(symbols, middle, &function) && function.svma >= symbol->svma &&
		    function.svma <= middle && middle - function.svma < function.size &&
		    !function.is_plt && is_listed(&known, &function))
			continue;
		if (wrong++ < 5)
			printf("# %s at %" PRIx64 "\n", symbol->name, symbol->svma);
	}
	printf("# %s: %zu functions\n", path, checked);
	ok(checked > 0 && wrong == 0, what);
	vec_release(&known);
	arena_release(&arena);
}

/* Every stub that objdump names ("0000000000001030 <puts@plt>:") has this name here. */
static void check_against_objdump(const char *path, const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *file = open_loaded(path);
	scoped_free char *command =
		alloc_printf("objdump -d -j .plt -j .plt.sec -j .plt.got '%s' 2>/dev/null", path);
	FILE *pipe = file != NULL ? popen(command, "r") : NULL;
	scoped(elf_symbols_cleanup) struct elf_symbols *symbols = NULL;
	char line[4096], name[2048];
	size_t checked = 0, wrong = 0;
	uint64_t address;

	if (file != NULL)
		symbols = elf_symbols_new(elf_file_get_image(file), NULL);
	while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
		struct elf_function function;
		char *plt;

		if (sscanf(line, "%" SCNx64 " <%2047[^>]>:", &address, name) != 2 || name[0] == '*')
			continue;
		plt = strstr(name, "@plt");
		if (plt == NULL || plt[4] != '\0')
			continue;
		*plt = '\0';
		checked++;
		wrong += !elf_symbols_find(symbols, address + 3, &function) || !function.is_plt ||
			 function.svma != address || strcmp(function.name, name) != 0;
	}
	if (pipe != NULL)
		pclose(pipe);
	printf("# %s: %zu stubs\n", path, checked);
	if (checked == 0)
		printf("ok %d - %s # SKIP no such file, no objdump or no stubs\n", ++tap_count,
		       what);
	else
		is_int(wrong, 0, what);
}

static const char cxx_program[] =
	"#include <map>\n"
	"#include <string>\n"
	"#include <iostream>\n"
	"namespace shop { template <class T> struct cart { std::map<std::string, T> items;\n"
	"T sum() { T n{}; for (auto &i : items) n += i.second; return n; } }; }\n"
	"int main() { shop::cart<int> c; c.items[\"x\"] = 1; std::cout << c.sum(); }\n";

static void check_compiled(const char *options, const char *what)
{
	char source[] = "/tmp/sonde_symbols_XXXXXX.cpp", binary[sizeof(source) + 4];
	int fd = mkstemps(source, 4);
	scoped_free char *command = NULL;

	snprintf(binary, sizeof(binary), "%s.out", source);
	command = alloc_printf("g++ %s -o '%s' '%s' 2>/dev/null", options, binary, source);
	if (fd < 0 || write(fd, cxx_program, strlen(cxx_program)) < 0 || system(command) != 0) {
		printf("ok %d - %s # SKIP no g++, or not with %s\n", ++tap_count, what, options);
	} else {
		check_against_nm(binary, what);
		check_against_objdump(binary, what);
	}
	close(fd);
	unlink(source);
	unlink(binary);
}

int main(void)
{
	scoped_free char *self = realpath("/proc/self/exe", NULL); /* nm's "self" would be nm */

	test_known();
	test_choice();
	elf_symbols_free(NULL);
	check_against_nm(self != NULL ? self : "", "this program as nm sees it");
	check_against_nm("/lib/x86_64-linux-gnu/libc.so.6", "libc as nm sees it");
	check_against_nm("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "libstdc++ as nm sees it");
	check_against_objdump(self != NULL ? self : "",
			      "the PLT of this program as objdump sees it");
	check_against_objdump("/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
			      "the PLT of libstdc++ as objdump sees it");
	check_compiled("-O1", "a C++ program");
	check_compiled("-O0 -static", "a static C++ program");
	check_compiled("-O1 -fcf-protection=full -Wl,-z,ibtplt", "a C++ program with .plt.sec");
	check_compiled("-O1 -fuse-ld=lld", "a C++ program by lld");
	return tap_done();
}
