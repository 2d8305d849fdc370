/*
 * cfi_table: what real files' tables say is what their programs say, at the edges of every row.
 * The two are evaluated on made-up registers and memory: the table by cfi_rule_apply(), the
 * program with all registers and expressions by cfi_frame_step().
 *
 * With files as arguments, all functions of those are compared (a development run); without, a
 * sample of this program's and of libc's.
 */
#include "unwind/cfi_table.h"

#include <dlfcn.h>
#include <errno.h>

#include "cfi_file.h"
#include "cfi_maker.h"
#include "tap.h"
#include "unwind/cfi_frame.h"
#include "unwind/cfi_layout.h"
#include "unwind/cfi_rule.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct range {
	uint64_t start, end;
};

struct comparison {
	const struct cfi_table *table;
	const struct cfi_fde *fde;
	struct cfi_program rows, steps;
	VEC(struct range) ranges;
	uint64_t compared, programs, wrong, overlapped;
};

/* Every address has a word, the same each time. */
static bool read_anything(void *arg, uint64_t avma, uint64_t *ret_word)
{
	(void)arg;
	*ret_word = hashmap_hash_u64(avma) >> 16;
	return true;
}

static const struct unwind_memory anything = {.read = read_anything};

static struct unwind_registers make_registers(const struct unwind_arch *arch, uint64_t svma)
{
	struct unwind_registers registers;

	for (unsigned i = 0; i < UNWIND_REGISTER_COUNT; i++)
		registers.values[i] = hashmap_hash_u64(svma + i * 0x1001) >> 20;
	registers.values[arch->pc] = svma;
	registers.known = ((uint64_t)1 << UNWIND_REGISTER_COUNT) - 1;
	return registers;
}

static bool both_agree(struct comparison *comparison, const struct cfi_rule *rule, uint64_t svma)
{
	const struct unwind_arch *arch = unwind_arch_get(comparison->fde->section->arch);
	struct unwind_registers all = make_registers(arch, svma);
	struct cfi_registers few = {
		.pc = svma,
		.sp = all.values[arch->sp],
		.fp = all.values[arch->fp],
		.lr = all.values[arch->return_addr],
		.has_fp = true,
		.has_lr = true,
	};
	uint64_t cfa_by_rule, cfa_by_program;
	int by_rule = cfi_rule_apply(rule, arch, &anything, &few, &cfa_by_rule);
	int by_program = cfi_frame_step(&comparison->steps, comparison->fde, svma, 0, &anything,
					&all, &cfa_by_program);

	if (by_rule != by_program || cfa_by_rule != cfa_by_program)
		return false;
	if (by_rule != 0)
		return true;
	return few.pc == all.values[arch->pc] && few.sp == all.values[arch->sp] &&
	       few.has_fp == ((all.known >> arch->fp & 1) != 0) &&
	       (!few.has_fp || few.fp == all.values[arch->fp]) &&
	       few.is_return == !comparison->fde->cie.is_signal;
}

static void compare_at(struct comparison *comparison, uint64_t svma)
{
	const struct cfi_fde *fde = comparison->fde;
	const struct cfi_rule *rule = cfi_table_find(comparison->table, svma);
	uint64_t function = cfi_table_get_function(comparison->table, svma);
	struct cfi_rule wanted;
	struct cfi_fde found = {0};

	if (function > fde->start && function <= svma) {
		comparison->overlapped++;
		return;
	}
	cfi_rule_from_state(&wanted, &comparison->rows.state, fde);
	comparison->compared++;
	if (memcmp(&wanted, rule, sizeof(wanted)) != 0 || function != fde->start ||
	    !cfi_table_find_fde(comparison->table, svma, &found) || found.start != fde->start)
		comparison->wrong++;
	else if (rule->cfa == CFI_CFA_PROGRAM)
		comparison->programs++;
	else if (!both_agree(comparison, rule, svma)) {
		printf("# rule and program differ at %#" PRIx64 "\n", svma);
		comparison->wrong++;
	}
}

static bool compare_row(void *arg, uint64_t start, uint64_t end)
{
	compare_at(arg, start);
	if (end > start + 1)
		compare_at(arg, end - 1);
	return true;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Between functions there is no rule. */
static void compare_gaps(struct comparison *comparison)
{
	const struct range *ranges = comparison->ranges.items;
	size_t count = comparison->ranges.count;
	uint64_t end = 0;

	qsort(comparison->ranges.items, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i <= count; i++) {
		uint64_t next = i < count ? ranges[i].start : UINT64_MAX;

		if (end < next) {
			comparison->compared += 2;
			comparison->wrong +=
				cfi_table_find(comparison->table, end)->cfa != CFI_CFA_NONE;
			comparison->wrong +=
				cfi_table_find(comparison->table, next - 1)->cfa != CFI_CFA_NONE;
			comparison->wrong += cfi_table_get_function(comparison->table, end) != end;
		}
		if (i < count && ranges[i].end > end)
			end = ranges[i].end;
	}
}

/* Every `every`-th function of a file's sections. */
static void compare_file(struct comparison *comparison, const struct cfi_table *table,
			 const struct cfi_sections *sections, uint64_t every)
{
	struct cfi_section section;
	uint64_t number = 0;

	memset(comparison, 0, sizeof(*comparison));
	comparison->table = table;
	cfi_program_init(&comparison->rows);
	cfi_program_init(&comparison->steps);
	for (int is_debug_frame = 0; is_debug_frame < 2; is_debug_frame++) {
		struct cfi_fde fde = {0};
		uint64_t offset = 0;
		int result;

		cfi_section_init(&section, sections, is_debug_frame != 0);
		while ((result = cfi_section_next(&section, &offset, &fde)) != -ENODATA) {
			if (result != 1)
				continue;
			vec_push(&comparison->ranges, (struct range){fde.start, fde.end});
			comparison->fde = &fde;
			if (number++ % every == 0 &&
			    cfi_program_run(&comparison->rows, &fde, compare_row, comparison) < 0)
				comparison->wrong++;
		}
	}
	compare_gaps(comparison);
	vec_release(&comparison->ranges);
}

static void test_file(const char *path, uint64_t every)
{
	struct comparison *comparison = alloc_new(struct comparison);
	struct cfi_table *table;
	struct cfi_file file;
	struct err err = {0};

	printf("# %s\n", path);
	if (!ok(cfi_file_open(&file, path), "the file has call frame information") ||
	    !ok(cfi_table_new(&table, &file.sections, &err) == 0, "it compiles")) {
		printf("# %s\n", err_text(&err));
		free(comparison);
		return;
	}
	compare_file(comparison, table, &file.sections, every);
	printf("# %" PRIu64 " addresses compared, %" PRIu64 " run programs, %" PRIu64
	       " overlapped\n",
	       comparison->compared, comparison->programs, comparison->overlapped);
	is_int(comparison->wrong, 0, "table and programs agree");
	ok(comparison->compared > 20, "on many addresses");
	is_int(cfi_table_get_counts(table).damaged, 0, "nothing is damaged");
	cfi_table_free(table);
	cfi_file_close(&file);
	free(comparison);
}

static const char *find_libc(void)
{
	Dl_info info;

	return dladdr(dlsym(RTLD_DEFAULT, "__libc_start_main"), &info) != 0 ? info.dli_fname : "";
}

static void test_pages(void)
{
	/* pushes rbp at the second byte, then leaves alone what matters, then pops */
	static const uint8_t program[] = {0x41, 0x0e, 16,  0x86, 2, 0x43, 0x83,
					  3,	0x02, 100, 0x0e, 8, 0xc6};
	struct cfi_maker maker = {0};
	struct cfi_sections sections;
	struct cfi_table *table;
	struct cfi_counts counts;
	const struct cfi_rule *rule;

	cfi_maker_put_cie(&maker);
	cfi_maker_put_fde(&maker, 0x10000, 0x100, program, sizeof(program));
	cfi_maker_put_fde(&maker, 0x10100, 0x100, program, 0);
	/* 0x1fff0 to 0x50010 */
	cfi_maker_put_fde(&maker, 0x1fff0, 0x30020, program, sizeof(program));
	/* a page to its end */
	cfi_maker_put_fde(&maker, 0x70000, 0x10000, program, 0);
	sections = cfi_maker_sections(&maker);
	is_int(cfi_table_new(&table, &sections, NULL), 0, "functions over several pages compile");
	counts = cfi_table_get_counts(table);
	is_int(counts.fdes, 4, "functions");
	is_int(counts.rules, 3, "rules: none, two");
	is_int(counts.pages, 6, "pages: 1 2 3 4 5 and 7");
	/* 1: 0, 1, 104, 200 | fff0 fff1; 2: 0, 55; 3, 4, 5: 0 and 10 behind; 7: 0 */
	is_int(counts.rows, 4 + 2 + 2 + 1 + 1 + 2 + 1, "rows only where something changes");
	rule = cfi_table_find(table, 0x10001);
	ok(rule->cfa == CFI_CFA_SP && rule->cfa_offset == 16 && rule->fp == CFI_AT_CFA &&
		   rule->fp_offset == -16 && rule->return_addr == CFI_AT_CFA &&
		   rule->return_addr_offset == -8,
	   "rbp was pushed");
	ok(cfi_table_find(table, 0x10000)->cfa_offset == 8 &&
		   cfi_table_find(table, 0x10000)->fp == CFI_SAME,
	   "and not before");
	ok(cfi_table_find(table, 0x10067)->cfa_offset == 16 &&
		   cfi_table_find(table, 0x10068)->cfa_offset == 8,
	   "popped");
	is_int(cfi_table_find(table, 0x101ff)->cfa, CFI_CFA_SP, "to the function's last byte");
	is_int(cfi_table_find(table, 0x10200)->cfa, CFI_CFA_NONE, "and no further");
	is_int(cfi_table_find(table, 0xffff)->cfa, CFI_CFA_NONE, "nor before the first");
	is_int(cfi_table_find(table, 0x45678)->cfa_offset, 8, "a page that a function fills");
	is_int(cfi_table_find(table, 0x50010)->cfa, CFI_CFA_NONE, "its end in the last page");
	is_int(cfi_table_find(table, 0x60000)->cfa, CFI_CFA_NONE, "a page without code");
	is_int(cfi_table_find(table, 0x7ffff)->cfa, CFI_CFA_SP, "a page's last byte");
	is_int(cfi_table_find(table, 0x80000)->cfa, CFI_CFA_NONE, "behind the last page");
	is_int(cfi_table_find(table, UINT64_MAX)->cfa, CFI_CFA_NONE, "the highest address");
	is_int(cfi_table_get_function(table, 0x10150), 0x10100, "a function's start");
	is_int(cfi_table_get_function(table, 0x45678), 0x1fff0, "three pages above it");
	is_int(cfi_table_get_function(table, 0x10200), 0x10200, "of no function: the address");
	is_int(cfi_table_get_function(table, 5), 5, "below all");
	cfi_table_free(table);
}

static void test_damage(void)
{
	static const uint8_t good[] = {0x41, 0x0e, 16}, bad[] = {0x44, 0x0e, 16, 0x44, 0x3f};
	struct cfi_maker maker = {0};
	struct cfi_sections sections;
	struct cfi_table *table;

	cfi_maker_put_cie(&maker);
	cfi_maker_put_fde(&maker, 0x1000, 0x100, good, sizeof(good));
	cfi_maker_put_fde(&maker, 0x1100, 0x100, bad, sizeof(bad));
	cfi_maker_put_fde(&maker, 0x1200, 0x100, good, sizeof(good));
	cfi_maker_put_fde(&maker, 0x1240, 0x10, good, sizeof(good)); /* inside the one before */
	cfi_maker_put_fde(&maker, 0x1200, 0x80, bad, sizeof(bad));   /* known already */
	cfi_maker_put_fde(&maker, 0x2000, (uint64_t)1 << 33, good, sizeof(good));
	cfi_maker_put_fde(&maker, (uint64_t)1 << 50, 1, good, sizeof(good));
	/* what linkers leave of what they drop */
	cfi_maker_put_fde(&maker, 0, 0x100, good, sizeof(good));
	sections = cfi_maker_sections(&maker);
	is_int(cfi_table_new(&table, &sections, NULL), 0,
	       "damaged functions do not spoil the rest");
	is_int(cfi_table_get_counts(table).fdes, 3, "three are left");
	is_int(cfi_table_get_counts(table).damaged, 3, "three are counted");
	is_int(cfi_table_find(table, 0x10ff)->cfa_offset, 16, "the one before");
	is_int(cfi_table_find(table, 0x1100)->cfa, CFI_CFA_NONE, "nothing of the damaged one");
	is_int(cfi_table_find(table, 0x1105)->cfa, CFI_CFA_NONE, "not even its good rows");
	is_int(cfi_table_find(table, 0x1201)->cfa_offset, 16, "the one behind");
	is_int(cfi_table_get_function(table, 0x1241), 0x1240, "overlap: the later start wins");
	is_int(cfi_table_find(table, 0x1250)->cfa, CFI_CFA_NONE, "and ends where it says");
	cfi_table_free(table);
	sections.debug_frame_size = 0;
	is_int(cfi_table_new(&table, &sections, NULL), -ENODATA, "no functions, no table");
}

/* Functions that are stated twice, side by side, and over each other. */
static void test_overlaps(void)
{
	static const uint8_t first[] = {0x0e, 16}, second[] = {0x0e, 24};
	struct cfi_maker maker = {0};
	struct cfi_sections sections;
	struct cfi_table *table, *again;
	const void *bytes;
	size_t length;

	cfi_maker_put_cie(&maker);
	cfi_maker_put_fde(&maker, 0x1000, 0x100, first, sizeof(first));
	cfi_maker_put_fde(&maker, 0x1000, 0x80, second, sizeof(second));
	cfi_maker_put_fde(&maker, 0x1100, 0x100, second, sizeof(second));
	cfi_maker_put_fde(&maker, 0x1200, 0x1000, first, sizeof(first));
	cfi_maker_put_fde(&maker, 0x1300, (uint64_t)1 << 33, second, sizeof(second));
	sections = cfi_maker_sections(&maker);
	is_int(cfi_table_new(&table, &sections, NULL), 0, "overlapping functions compile");
	is_int(cfi_table_find(table, 0x10ff)->cfa_offset, 16, "of two, the first that is stated");
	is_int(cfi_table_find(table, 0x1100)->cfa_offset, 24, "its neighbour");
	is_int(cfi_table_find(table, 0x12ff)->cfa_offset, 16, "up to another's start");
	is_int(cfi_table_find(table, 0x1300)->cfa, CFI_CFA_NONE, "even of one that was left out");
	bytes = cfi_table_encode(table, &length);
	is_int(cfi_table_decode(&again, &sections, bytes, length, NULL), 0, "and are read again");
	cfi_table_free(again);
	cfi_table_free(table);
}

static int decode_changed(const struct cfi_sections *sections, const uint8_t *bytes, size_t length,
			  size_t at, uint8_t value)
{
	struct cfi_table *table = NULL;
	uint8_t *copy = alloc_array(1, length + 1);
	int result;

	memcpy(copy, bytes, length);
	if (at < length)
		copy[at] = value;
	result = cfi_table_decode(&table, sections, copy, length, NULL);
	cfi_table_free(table);
	free(copy);
	return result;
}

static void test_codec(void)
{
	static const uint8_t program[] = {0x41, 0x0e, 16, 0x42, 0x0e, 24};
	struct cfi_sections sections;
	struct cfi_maker maker = {0};
	struct cfi_table *table, *again;
	const uint8_t *bytes;
	scoped_free uint8_t *shifted = NULL;
	size_t length, shorter = 0, rows;

	cfi_maker_put_cie(&maker);
	cfi_maker_put_fde(&maker, 0x11000, 0x100, program, sizeof(program));
	cfi_maker_put_fde(&maker, 0x22000, 0x100, program, sizeof(program));
	sections = cfi_maker_sections(&maker);
	is_int(cfi_table_new(&table, &sections, NULL), 0, "a small table");
	bytes = cfi_table_encode(table, &length);
	shifted = alloc_array(1, length + 1);
	memcpy(shifted + 1, bytes, length);
	is_int(cfi_table_decode(&again, &sections, shifted + 1, length, NULL), 0,
	       "decodes, at any alignment");
	is_int(cfi_table_find(again, 0x22002)->cfa_offset, 16, "to the same rules");
	is_int(cfi_table_get_function(again, 0x22002), 0x22000, "and functions");
	cfi_table_free(again);
	for (size_t cut = 0; cut < length; cut++)
		shorter += decode_changed(&sections, bytes, cut, length, 0) < 0;
	is_int(shorter, length, "cut anywhere it does not");
	is_int(decode_changed(&sections, bytes, length, 0, 'X'), -EBADMSG, "another magic");
	is_int(decode_changed(&sections, bytes, length, 8, 99), -ESTALE, "another version");
	is_int(decode_changed(&sections, bytes, length, 16, 1), -ESTALE, "another file");
	is_int(decode_changed(&sections, bytes, length, sizeof(struct cfi_layout_header) + 4, 1),
	       -EBADMSG, "a first page that does not begin at the first row");
	is_int(decode_changed(&sections, bytes, length,
			      sizeof(struct cfi_layout_header) + 2 * sizeof(struct cfi_page), 1),
	       -EBADMSG, "a rule 0 that is one");
	rows = length - cfi_table_get_counts(table).rows * sizeof(struct cfi_row);
	is_int(decode_changed(&sections, bytes, length, rows, 1), -EBADMSG,
	       "a page without a first row");
	is_int(decode_changed(&sections, bytes, length, rows + 2, 200), -EBADMSG,
	       "a row with a rule that is none");
	is_int(decode_changed(&sections, bytes, length, rows - 1, 0x7f), -EBADMSG,
	       "a function outside of the section");
	cfi_table_free(table);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			test_file(argv[i], 1);
		return tap_done();
	}
	test_pages();
	test_damage();
	test_overlaps();
	test_codec();
	test_file("/proc/self/exe", 1);
	test_file(find_libc(), 11);
	return tap_done();
}
