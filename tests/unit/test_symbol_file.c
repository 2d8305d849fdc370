/*
 * symbolizer on programs that the system's compiler makes now: inlined functions and lines,
 * separate debug files, stripped ones, what is kept on disk, and what modules say of themselves.
 */
#include "symbol/symbol_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compile.h"
#include "symbol/symbolizer.h"
#include "tap.h"
#include "util/disk_cache.h"

/* Line numbers are those of this text. */
static const char program[] = "volatile int sink;\n"
			      "static inline __attribute__((always_inline)) void deep(int x)\n"
			      "{\n"
			      "	sink = x * 3;\n"
			      "}\n"
			      "static inline __attribute__((always_inline)) void shallow(int x)\n"
			      "{\n"
			      "	deep(x + 1);\n"
			      "}\n"
			      "__attribute__((noinline)) void outer(int x)\n"
			      "{\n"
			      "	shallow(x);\n"
			      "}\n"
			      "int main(int argc, char **argv)\n"
			      "{\n"
			      "	(void)argv;\n"
			      "	outer(argc);\n"
			      "	return 0;\n"
			      "}\n";

static uint64_t find_function(const struct compile *compile, const char *name, uint64_t *ret_size)
{
	scoped_free char *command = alloc_printf("nm -S '%s/full'", compile->dir);
	FILE *pipe = popen(command, "r");
	uint64_t svma = 0;
	char line[256], found[128];

	while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
		uint64_t start, size;

		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %*c %127s", &start, &size, found) == 3 &&
		    strcmp(found, name) == 0) {
			svma = start;
			*ret_size = size;
		}
	}
	if (pipe != NULL)
		pclose(pipe);
	return svma;
}

/* "deep:4 < shallow:8 < outer:12"; "" = nothing is known. Valid until the next call. */
static const char *describe(const struct symbol_place *place)
{
	static char text[512];
	size_t length = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < place->frame_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s:%u",
					   i > 0 ? " < " : "", place->frames[i].function,
					   place->frames[i].line);
	return text;
}

struct module_test {
	const struct compile *compile;
	struct symbolizer *symbolizer;
	uint32_t id;
};

static struct module_test open_module(const struct compile *compile, const char *name,
				      const struct symbolizer_config *config)
{
	scoped_free char *path = compile_path(compile, name);
	struct symbol_source source = {.kind = MODULE_FILE, .path = path, .fd = -1};
	struct module_test test = {compile, symbolizer_new(config), 0};

	test.id = symbolizer_add_module(test.symbolizer, &source);
	return test;
}

/* Whether any address of the function is described so. */
static bool has_place(const struct module_test *test, uint64_t svma, uint64_t size,
		      const char *wanted)
{
	struct symbol_query queries[256] = {{0}};
	struct symbol_place places[256];
	size_t count = size < 256 ? size : 256;
	bool is_found = false;

	for (size_t i = 0; i < count; i++)
		queries[i] = (struct symbol_query){test->id, svma + i, 0};
	symbolizer_find(test->symbolizer, queries, count, places);
	for (size_t i = 0; i < count; i++)
		is_found = is_found || strcmp(describe(&places[i]), wanted) == 0;
	if (!is_found && count > 0)
		printf("# at its start: %s\n", describe(&places[0]));
	return is_found;
}

static void test_inlined(const struct compile *compile, uint64_t svma, uint64_t size)
{
	struct module_test test = open_module(compile, "full", NULL);
	scoped_free char *source = compile_path(compile, "program.c");
	const struct symbol_line *lines;
	size_t line_count;
	uint8_t code[256], byte = 0;
	struct symbol_query query = {test.id, svma, 0};
	struct symbol_place place;
	bool has_line = false, is_ascending = true;

	ok(has_place(&test, svma, size, "deep:4 < shallow:8 < outer:12"),
	   "inlined functions, and where each is called");
	symbolizer_find(test.symbolizer, &query, 1, &place);
	ok(place.function_svma == svma && place.function_size == size, "where the code is");
	ok(place.frame_count > 0 && strcmp(place.frames[place.frame_count - 1].file, source) == 0,
	   "the file by its whole path");
	symbolizer_get_lines(test.symbolizer, test.id, svma, size, &lines, &line_count);
	for (size_t i = 0; i < line_count; i++) {
		has_line = has_line || (lines[i].line == 4 && strcmp(lines[i].file, source) == 0);
		is_ascending = is_ascending && (i == 0 || lines[i - 1].svma <= lines[i].svma);
	}
	ok(has_line && is_ascending, "the lines of its code");
	ok(size <= sizeof(code) && symbolizer_read_code(test.symbolizer, test.id, svma, size, code),
	   "its machine code");
	ok(!symbolizer_read_code(test.symbolizer, test.id, UINT64_MAX - 4, 1, &byte),
	   "but not where there is none");
	is_int(symbolizer_get_flags(test.symbolizer, test.id), 0, "an optimised program is whole");
	is_str(symbolizer_get_trouble(test.symbolizer, test.id), "", "nothing is in the way");
	symbolizer_free(test.symbolizer);
}

static void test_names_only(const struct compile *compile, uint64_t svma, uint64_t size)
{
	static const struct symbolizer_config config = {.has_lines = false};
	struct module_test test = open_module(compile, "full", &config);

	ok(has_place(&test, svma, size, "outer:0"), "names only: no lines, nothing inlined");
	is_str(symbolizer_get_trouble(test.symbolizer, test.id), "", "no trouble");
	symbolizer_free(test.symbolizer);
}

static void check_flags(const struct compile *compile, const char *command, const char *name,
			uint8_t flags, const char *trouble, const char *what)
{
	struct module_test test;
	uint64_t size = 0, svma = find_function(compile, "outer", &size);
	struct symbol_query query = {0, svma, 0};
	struct symbol_place place;

	if (!compile_run(compile, command)) {
		printf("ok %d - %s # SKIP failed: %s\n", ++tap_count, what, command);
		return;
	}
	test = open_module(compile, name, NULL);
	query.module = test.id;
	symbolizer_find(test.symbolizer, &query, 1, &place);
	is_int(symbolizer_get_flags(test.symbolizer, test.id), flags, what);
	ok(strstr(symbolizer_get_trouble(test.symbolizer, test.id), trouble) != NULL,
	   "and its sentence");
	printf("# %s\n", symbolizer_get_trouble(test.symbolizer, test.id));
	symbolizer_free(test.symbolizer);
}

static void test_flags(const struct compile *compile)
{
	check_flags(compile, "cc -g -O0 -o O0 program.c", "O0", MODULE_UNOPTIMIZED, "",
		    "a program without optimisation");
	check_flags(compile, "cc -g0 -O1 -o bare program.c", "bare", MODULE_WITHOUT_LINES,
		    "build it with -g", "one without debug information");
	check_flags(compile, "strip -o stripped full", "stripped",
		    MODULE_WITHOUT_SYMBOLS | MODULE_WITHOUT_LINES, "is stripped", "a stripped one");
	check_flags(compile, "cc -g -O1 -fsanitize=address -o asan program.c", "asan",
		    MODULE_SANITIZED, "", "one with a sanitizer");
}

static void test_separate(const struct compile *compile, uint64_t svma, uint64_t size)
{
	struct module_test test;

	if (!compile_run(compile,
			 "mkdir .debug && objcopy --only-keep-debug full .debug/linked.debug "
			 "&& strip -o linked full && "
			 "objcopy --add-gnu-debuglink=.debug/linked.debug linked")) {
		printf("ok %d - a separate file # SKIP no objcopy\n", ++tap_count);
		return;
	}
	test = open_module(compile, "linked", NULL);
	ok(has_place(&test, svma, size, "deep:4 < shallow:8 < outer:12"),
	   "a stripped program with a separate file");
	is_int(symbolizer_get_flags(test.symbolizer, test.id), 0, "is whole");
	symbolizer_free(test.symbolizer);
}

/* The one file of the cache; NULL = there is none, or several. Without "symbols-". */
static char *find_kept(const char *dir)
{
	DIR *folder = opendir(dir);
	const struct dirent *entry;
	char *name = NULL;
	int count = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, "symbols-", 8) == 0 && count++ == 0)
			name = alloc_strdup(entry->d_name + 8);
	if (folder != NULL)
		closedir(folder);
	return count == 1 ? name : NULL;
}

static void test_kept(const struct compile *compile, uint64_t svma, uint64_t size)
{
	scoped_free char *dir = compile_path(compile, "cache");
	struct symbolizer_config config = {.has_lines = true, .cache_dir = dir};
	struct module_test test = open_module(compile, "full", &config);
	struct strbuf bytes;
	char *at;

	has_place(&test, svma, size, "deep:4 < shallow:8 < outer:12");
	symbolizer_free(test.symbolizer);
	scoped_free char *name = find_kept(dir);
	if (!ok(name != NULL, "answers are kept on disk"))
		return;
	test = open_module(compile, "full", &config);
	ok(has_place(&test, svma, size, "deep:4 < shallow:8 < outer:12"), "and found again");
	is_int(symbolizer_get_flags(test.symbolizer, test.id), 0, "with their flags");
	symbolizer_free(test.symbolizer);

	strbuf_init(&bytes, 1 << 20);
	disk_cache_read(dir, "symbols", name, &bytes);
	at = memmem(bytes.data, bytes.length, "shallow", 7);
	if (ok(at != NULL, "the bytes have the names")) {
		memcpy(at, "SHALLOW", 7);
		disk_cache_write(dir, "symbols", name, bytes.data, bytes.length);
		test = open_module(compile, "full", &config);
		ok(has_place(&test, svma, size, "deep:4 < SHALLOW:8 < outer:12"),
		   "it is they that answer");
		symbolizer_free(test.symbolizer);
		disk_cache_write(dir, "symbols", name, bytes.data, bytes.length / 2);
		test = open_module(compile, "full", &config);
		ok(has_place(&test, svma, size, "deep:4 < shallow:8 < outer:12"),
		   "damaged ones are not used");
		symbolizer_free(test.symbolizer);
	}
	strbuf_release(&bytes);
}

/* C++ with templates, lambdas and folded functions. */
static void test_cxx(const struct compile *compile)
{
	static const char text[] =
		"namespace shop { template <class T> struct cart { T n; \n"
		"__attribute__((noinline)) T sum(T x) { return n += x; } }; }\n"
		"template <class F> __attribute__((noinline)) int apply(F f) { return f(3); }\n"
		"int main(int argc, char **) { shop::cart<long> c{argc}; volatile int v = argc;\n"
		"return apply([&](int x) { return v * x; }) + (int)c.sum(4); }\n";
	static const struct symbolizer_config names_only = {.has_lines = false};
	struct module_test test;
	uint64_t size = 0, svma;

	if (!compile_write(compile, "cart.cc", text) ||
	    !compile_run(compile, "c++ -g -O1 -o full cart.cc")) {
		printf("ok %d - a C++ program # SKIP no c++\n", ++tap_count);
		return;
	}
	svma = find_function(compile, "_ZN4shop4cartIlE3sumEl", &size);
	test = open_module(compile, "full", NULL);
	ok(has_place(&test, svma, size, "shop::cart<long>::sum:2"), "a member of a template");
	symbolizer_free(test.symbolizer);
	svma = find_function(compile, "_Z5applyIZ4mainEUliE_EiT_", &size);
	test = open_module(compile, "full", &names_only);
	ok(svma == 0 || has_place(&test, svma, size, "apply<main::{lambda(int)#1}>:0"),
	   "an instance for a lambda");
	symbolizer_free(test.symbolizer);
}

int main(void)
{
	struct compile compile;
	uint64_t size = 0, svma;

	if (!compile_init(&compile) || !compile_write(&compile, "program.c", program) ||
	    !compile_run(&compile,
			 "cc -g -O1 -Wl,--build-id=sha1 -o full \"$PWD/program.c\" && nm full")) {
		printf("1..0 # SKIP no compiler, or no nm\n");
		compile_release(&compile);
		return 0;
	}
	svma = find_function(&compile, "outer", &size);
	test_inlined(&compile, svma, size);
	test_names_only(&compile, svma, size);
	test_flags(&compile);
	test_separate(&compile, svma, size);
	test_kept(&compile, svma, size);
	test_cxx(&compile);
	compile_release(&compile);
	return tap_done();
}
