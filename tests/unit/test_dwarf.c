/*
 * The DWARF reader on the fixtures of tests/data/dwarf: the same code described in every form has
 * the same answers, which are llvm-symbolizer's (*.txt, see generate.sh).
 */
#include "symbol/dwarf.h"

#include <errno.h>
#include <stdatomic.h>

#include "dwarf_fixture.h"
#include "util/fd.h"
#include "util/strbuf.h"
#include "util/vec.h"

struct question {
	uint64_t svma;
	const char *answer; /* pairs of lines: function, file:line:column */
	size_t length;
};

static struct {
	struct strbuf text;
	VEC(struct question) questions;
} expected;

/* Reads "0xADDRESS", then lines up to an empty one. */
static void read_expected(const char *name)
{
	scoped_free char *path = dwarf_fixture_find(name);
	const char *at;

	strbuf_init(&expected.text, STRBUF_MAX_DEFAULT);
	expected.questions.count = 0;
	if (fd_read_file(AT_FDCWD, path, &expected.text) < 0)
		printf("Bail out! cannot read %s\n", path);
	for (at = strbuf_text(&expected.text); *at == '0';) {
		struct question question = {.svma = strtoull(at, NULL, 16)};
		const char *end = strstr(at, "\n\n");

		question.answer = strchr(at, '\n') + 1;
		question.length = (size_t)(end + 1 - question.answer);
		vec_push(&expected.questions, question);
		at = end + 2;
	}
}

static void release_expected(void)
{
	strbuf_release(&expected.text);
	vec_release(&expected.questions);
}

/* Names without linkage names are qualified by us, and bare in llvm-symbolizer. */
static const char *find_plain_name(const char *function)
{
	const char *last = strrchr(function, ':');

	return last != NULL ? last + 1 : function;
}

static void add_place(struct strbuf *text, const struct dwarf_place *place)
{
	for (uint32_t i = 0; i < place->frame_count; i++) {
		const struct dwarf_frame *frame = &place->frames[i];

		strbuf_addf(text, "%s\n%s:%u:%u\n", find_plain_name(frame->function), frame->file,
			    frame->line, frame->column);
	}
}

/* clang's include path has a "/./" or not, depending on how it was called. */
static char *without_dots(const char *text, size_t length)
{
	char *copy = alloc_strndup(text, length), *found;

	while ((found = strstr(copy, "/./")) != NULL)
		memmove(found, found + 2, strlen(found + 2) + 1);
	return copy;
}

static bool is_shown; /* the first wrong answer, where none is expected */

/* How many of the expected answers `input` gives. */
static size_t count_right(const struct dwarf_input *input, uint32_t thread_count,
			  struct dwarf_build *ret_build)
{
	scoped(dwarf_cleanup) struct dwarf *dwarf = NULL;
	size_t count = expected.questions.count, right = 0;
	scoped_free uint64_t *svmas = alloc_array(count + 1, sizeof(*svmas));
	scoped_free struct dwarf_place *places = alloc_array(count + 1, sizeof(*places));
	struct arena arena;

	if (dwarf_new(&dwarf, input, NULL) < 0)
		return 0;
	arena_init(&arena);
	for (size_t i = 0; i < count; i++)
		svmas[i] = expected.questions.items[i].svma;
	dwarf_find(dwarf, svmas, count, places, &arena, thread_count);
	for (size_t i = 0; i < count; i++) {
		const struct question *question = &expected.questions.items[i];
		scoped_free char *wanted = without_dots(question->answer, question->length);
		scoped_free char *got = NULL;
		struct strbuf text;

		strbuf_init(&text, 1 << 20);
		add_place(&text, &places[i]);
		got = without_dots(strbuf_text(&text), text.length);
		if (strcmp(got, wanted) == 0)
			right++;
		else if (is_shown && right == i)
			printf("# 0x%llx: got\n# %s\n# want\n# %s\n",
			       (unsigned long long)question->svma, got, wanted);
		strbuf_release(&text);
	}
	dwarf_get_build(dwarf, ret_build);
	arena_release(&arena);
	return right;
}

static const struct dwarf_file *open_nothing(void *arg, const char *dwo_name, const char *comp_dir,
					     uint64_t dwo_id)
{
	(void)arg;
	(void)dwo_name;
	(void)comp_dir;
	(void)dwo_id;
	return NULL;
}

/* All expected answers come from the file `name`, on one thread and on several. */
static void check(const struct dwarf_input *input, const char *name)
{
	struct dwarf_build build;
	size_t right;

	is_shown = true;
	right = count_right(input, 1, &build);
	is_shown = false;
	if (!ok(right == expected.questions.count && right > 0, name))
		printf("# %zu of %zu answers\n", right, expected.questions.count);
	is_int(build.damaged_count, 0, "nothing of it is damaged");
	is_int(build.missing_dwo_count, 0, "or missing");
	is_int(build.unit_count, 2, "both units are hot");
	is_int(count_right(input, 4, &build), (int64_t)right, "threads change nothing");
}

static void test_forms(const char *answers, const char *const *names)
{
	read_expected(answers);
	for (; *names != NULL; names++) {
		struct dwarf_input input = {.open_dwo = open_nothing};
		struct dwarf_fixture fixture;

		dwarf_fixture_open(&fixture, *names, "");
		input.main = fixture.file;
		check(&input, *names);
		dwarf_fixture_close(&fixture);
	}
	release_expected();
}

static void test_alternate(void)
{
	struct dwarf_fixture fixture, common;
	struct dwarf_input input = {0};
	struct dwarf_build build;

	read_expected("gcc.txt");
	dwarf_fixture_open(&fixture, "gcc_dwz", "");
	dwarf_fixture_open(&common, "gcc_common", "");
	input.main = fixture.file;
	input.alternate = &common.file;
	check(&input, "dwz: names are in a second file");
	input.alternate = NULL;
	ok(count_right(&input, 1, &build) < expected.questions.count,
	   "and are not known without it");
	is_int(build.damaged_count, 0, "which is not damage");
	dwarf_fixture_close(&common);
	dwarf_fixture_close(&fixture);
	release_expected();
}

/* The .dwo files of one program. */
struct split_files {
	struct dwarf_fixture shop, night;
	atomic_bool has_comp_dir; /* set by any thread */
};

static const struct dwarf_file *open_dwo(void *arg, const char *dwo_name, const char *comp_dir,
					 uint64_t dwo_id)
{
	struct split_files *files = arg;

	files->has_comp_dir = strcmp(comp_dir, "/split") == 0 && dwo_id != 0;
	return strcmp(dwo_name, "shop.dwo") == 0    ? &files->shop.file
	       : strcmp(dwo_name, "night.dwo") == 0 ? &files->night.file
						    : NULL;
}

static void test_split(const char *name)
{
	scoped_free char *shop = alloc_printf("%s.shop.dwo", name);
	scoped_free char *night = alloc_printf("%s.night.dwo", name);
	struct split_files files = {.has_comp_dir = false};
	struct dwarf_fixture fixture;
	struct dwarf_input input = {.open_dwo = open_dwo, .arg = &files};
	struct dwarf_build build;

	read_expected("gcc.txt");
	dwarf_fixture_open(&fixture, name, "");
	dwarf_fixture_open(&files.shop, shop, ".dwo");
	dwarf_fixture_open(&files.night, night, ".dwo");
	input.main = fixture.file;
	check(&input, name);
	ok(files.has_comp_dir, "the folder and the id are told");
	input.open_dwo = open_nothing;
	count_right(&input, 1, &build);
	is_int(build.missing_dwo_count, 2, "units without their .dwo are counted");
	is_int(build.damaged_count, 0, "and not as damaged");
	dwarf_fixture_close(&files.night);
	files.night = files.shop;
	input.open_dwo = open_dwo;
	count_right(&input, 1, &build);
	is_int(build.missing_dwo_count, 1, "a .dwo with another id is none");
	dwarf_fixture_close(&files.shop);
	dwarf_fixture_close(&fixture);
	release_expected();
}

static void test_package(const char *name)
{
	scoped_free char *package_name = alloc_printf("%s.dwp", name);
	struct dwarf_fixture fixture, package;
	struct dwarf_input input = {0};
	struct dwarf_build build;

	read_expected("clang.txt");
	dwarf_fixture_open(&fixture, name, "");
	dwarf_fixture_open(&package, package_name, ".dwo");
	input.main = fixture.file;
	input.package = &package.file;
	check(&input, package_name);
	input.package = NULL;
	count_right(&input, 1, &build);
	is_int(build.missing_dwo_count, 2, "without the package both are missing");
	dwarf_fixture_close(&package);
	dwarf_fixture_close(&fixture);
	release_expected();
}

/* One address of a fixture; frames stay with the arena. */
static struct dwarf_place find_one(const char *name, uint64_t svma, struct arena *arena)
{
	scoped(dwarf_cleanup) struct dwarf *dwarf = NULL;
	struct dwarf_fixture fixture;
	struct dwarf_input input = {0};
	struct dwarf_place place;

	dwarf_fixture_open(&fixture, name, "");
	input.main = fixture.file;
	if (dwarf_new(&dwarf, &input, NULL) < 0) {
		printf("Bail out! %s has no DWARF\n", name);
		exit(1);
	}
	dwarf_find(dwarf, &svma, 1, &place, arena, 1);
	dwarf_fixture_close(&fixture);
	return place;
}

/* An empty one where there is none, so that a test fails instead of crashing. */
static const struct dwarf_frame *get_frame(const struct dwarf_place *place, uint32_t index)
{
	static const struct dwarf_frame none = {
		.function = "(none)", .file = "(none)", .declaration_file = "(none)"};

	return index < place->frame_count ? &place->frames[index] : &none;
}

static void test_details(void)
{
	struct dwarf_place place;
	struct arena arena;

	arena_init(&arena);
	place = find_one("gcc5", 0x1066, &arena);
	is_int(place.frame_count, 1, "a function that was not inlined");
	is_str(get_frame(&place, 0)->function, "shop::(anonymous namespace)::secret_discount",
	       "without a linkage name it is put into its namespaces");
	is_str(get_frame(&place, 0)->declaration_file, "/src/shop.cpp",
	       "the file of its declaration");
	is_int(get_frame(&place, 0)->declaration_line, 8, "and the line");
	is_int(place.function_svma, 0x1060, "where it begins");
	is_int(place.function_size, 0x1d, "and how long it is");

	place = find_one("gcc5", 0x10ad, &arena);
	is_int(place.frame_count, 4, "three functions inlined into one another");
	is_str(get_frame(&place, 0)->function, "_ZN4shop4till3addEii",
	       "the innermost is the first");
	is_str(get_frame(&place, 0)->declaration_file, "/src/shop.h", "from a header");
	is_int(get_frame(&place, 0)->declaration_line, 8, "its line there");
	is_str(get_frame(&place, 1)->function, "shop::sell", "which is called by");
	is_str(get_frame(&place, 2)->function, "shop::sell_all", "which is called by");
	is_str(get_frame(&place, 3)->function, "_ZN4shop8open_dayEPKii", "the one with the code");

	place = find_one("nested", 0x1003, &arena);
	is_int(place.frame_count, 1, "a function nested in another is not part of it");
	is_str(get_frame(&place, 0)->function, "inner_function", "and has C's name");

	place = find_one("gcc5", 0x10ff, &arena);
	is_int(place.frame_count, 0, "between functions there is nothing");
	place = find_one("gcc5", 0xffffffffffffffff, &arena);
	is_int(place.frame_count, 0, "nor at the end of all addresses");
	for (uint64_t svma = 0; svma < 0x40; svma += 4) {
		if (find_one("gone_bfd", svma, &arena).frame_count > 0 ||
		    find_one("gone_lld", svma, &arena).frame_count > 0)
			place.frame_count++;
	}
	is_int(place.frame_count, 0, "code that the linker has dropped is nowhere");
	arena_release(&arena);
}

static void test_cold(void)
{
	struct dwarf_place place;
	struct arena arena;

	arena_init(&arena);
	place = find_one("gcc5", 0x1044, &arena);
	is_int(place.frame_count, 2, "the cold part of a function");
	is_str(get_frame(&place, 0)->function, "shop::sell_all", "with what is inlined there");
	is_str(get_frame(&place, 1)->function, "_ZN4shop8open_dayEPKii", "belongs to it");
	ok(place.function_svma == 0x1040 && place.function_size == 0x11,
	   "where it is, is that of this part");
	arena_release(&arena);
}

static void test_lines(void)
{
	scoped(dwarf_cleanup) struct dwarf *dwarf = NULL;
	static const struct dwarf_line wanted[] = {
		{0x111c, "/src/shop.h", 7},  {0x1120, "/src/night.cpp", 19},
		{0x1124, "/src/shop.h", 10}, {0x112c, "/src/shop.h", 10},
		{0x1130, "/src/shop.h", 11},
	};
	const struct dwarf_line *lines;
	struct dwarf_fixture fixture;
	struct dwarf_input input = {0};
	struct arena arena;
	size_t count;

	arena_init(&arena);
	dwarf_fixture_open(&fixture, "gcc5", "");
	input.main = fixture.file;
	is_int(dwarf_new(&dwarf, &input, NULL), 0, "opens");
	dwarf_get_lines(dwarf, 0x111c, 0x18, &arena, &lines, &count);
	is_int(count, 5, "a stretch of code has lines, each address one");
	for (size_t i = 0; i < count && i < 5; i++) {
		is_int(lines[i].svma, wanted[i].svma, "from its first byte on, where one begins");
		is_int(lines[i].line, wanted[i].line, "the last row there counts");
		is_str(lines[i].file, wanted[i].file, "and its file");
	}
	dwarf_get_lines(dwarf, 0x10, 0x10, &arena, &lines, &count);
	is_int(count, 0, "no code, no lines");
	dwarf_get_lines(dwarf, 0x1062, UINT64_MAX, &arena, &lines, &count);
	is_int(count, 0, "nor where addresses end");
	dwarf_fixture_close(&fixture);
	arena_release(&arena);
}

static void test_build(void)
{
	scoped(dwarf_cleanup) struct dwarf *dwarf = NULL;
	const uint64_t svmas[] = {0x1066, 0x1067, 0x1112};
	struct dwarf_place places[3];
	struct dwarf_fixture fixture;
	struct dwarf_input input = {0};
	struct dwarf_build build;
	struct arena arena;

	arena_init(&arena);
	dwarf_fixture_open(&fixture, "gcc5", "");
	input.main = fixture.file;
	is_int(dwarf_new(&dwarf, &input, NULL), 0, "opens");
	dwarf_get_build(dwarf, &build);
	is_str(build.producer, "", "nothing asked, nothing known");
	dwarf_find(dwarf, svmas, 2, places, &arena, 1);
	dwarf_get_build(dwarf, &build);
	is_int(build.unit_count, 1, "one unit is hot");
	ok(strncmp(build.producer, "GNU C++17 12", strlen("GNU C++17 12")) == 0 &&
		   strstr(build.producer, " -O2") != NULL,
	   "and was made by");
	is_int(build.unit_count_unoptimized, 0, "with optimisation");
	is_int(build.unit_count_sanitized, 0, "without a sanitizer");
	dwarf_find(dwarf, svmas, 3, places, &arena, 1);
	dwarf_get_build(dwarf, &build);
	is_int(build.unit_count, 2, "the second question finds another unit");
	dwarf_fixture_close(&fixture);
	arena_release(&arena);
}

static int load_nothing(void *arg, enum dwarf_section_kind kind, uint64_t offset, uint64_t size)
{
	(void)arg;
	(void)offset;
	(void)size;
	return kind == DWARF_LINE || kind == DWARF_RNGLISTS ? -EIO : 0;
}

static void test_unreadable(void)
{
	scoped(dwarf_cleanup) struct dwarf *dwarf = NULL;
	const uint64_t svma = 0x1066;
	struct dwarf_fixture fixture;
	struct dwarf_input input = {0};
	struct dwarf_place place;
	struct dwarf_build build;
	struct arena arena;
	struct err err;

	is_int(dwarf_new(&dwarf, &input, &err), -ENODATA, "no .debug_info");
	arena_init(&arena);
	dwarf_fixture_open(&fixture, "gcc5", "");
	input.main = fixture.file;
	input.main.sections[DWARF_INFO].size = 8;
	is_int(dwarf_new(&dwarf, &input, &err), -ENODATA, "none that is readable");
	input.main = fixture.file;
	input.main.load = load_nothing;
	is_int(dwarf_new(&dwarf, &input, &err), 0, "only some sections cannot be read");
	dwarf_find(dwarf, &svma, 1, &place, &arena, 1);
	dwarf_get_build(dwarf, &build);
	is_int(place.frame_count, 1, "the function is found");
	is_str(get_frame(&place, 0)->file, "", "its line is not");
	ok(build.damaged_count > 0, "which counts as damage");
	dwarf_fixture_close(&fixture);
	arena_release(&arena);
}

/* Each section cut, and each of its bytes changed: no answer is right or wrong, all must end. */
static void test_damaged(const char *name)
{
	struct dwarf_fixture fixture;
	struct dwarf_input input = {0};
	struct dwarf_build build;
	size_t tried = 0;

	read_expected("gcc.txt");
	dwarf_fixture_open(&fixture, name, "");
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++) {
		uint64_t size = fixture.file.sections[kind].size;

		for (uint64_t at = 0; at < size; at += 1 + size / 64) {
			uint8_t *cut = alloc_array(at + 1, 1), *byte = &fixture.bytes[kind][at];
			uint8_t old = *byte;

			memcpy(cut, fixture.bytes[kind], at);
			input.main = fixture.file;
			input.main.sections[kind] = (struct dwarf_section){cut, at};
			count_right(&input, 1, &build);
			free(cut);
			for (int i = 0; i < 3; i++) {
				*byte = i == 0 ? 0xff : i == 1 ? 0 : (uint8_t)(old ^ 0x81);
				input.main = fixture.file;
				count_right(&input, 1, &build);
			}
			*byte = old;
			tried++;
		}
	}
	ok(tried > 100, "damaged files end");
	dwarf_fixture_close(&fixture);
	release_expected();
}

int main(void)
{
	static const char *const gcc[] = {"gcc2",     "gcc3",	   "gcc4", "gcc5",
					  "gcc_wide", "gcc_types", NULL};
	static const char *const clang[] = {"clang2", "clang3", "clang4", "clang5", NULL};
	static const char *const narrow[] = {"narrow", NULL};

	test_forms("gcc.txt", gcc);
	test_forms("clang.txt", clang);
	test_forms("narrow.txt", narrow);
	test_alternate();
	test_split("gcc_split4");
	test_split("gcc_split5");
	test_package("clang_split4");
	test_package("clang_split5");
	test_details();
	test_cold();
	test_lines();
	test_build();
	test_unreadable();
	test_damaged("gcc5");
	test_damaged("clang4");
	return tap_done();
}
