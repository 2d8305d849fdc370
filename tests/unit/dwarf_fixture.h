/*
 * The files of tests/data/dwarf as dwarf.h wants them: whole sections, in allocations of their own,
 * so that AddressSanitizer sees a read past one's end.
 */
#ifndef DWARF_FIXTURE_H
#define DWARF_FIXTURE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_file.h"
#include "symbol/dwarf.h"
#include "tap.h"
#include "util/alloc.h"

struct dwarf_fixture {
	struct dwarf_file file;
	uint8_t *bytes[DWARF_SECTION_COUNT];
};

static inline char *dwarf_fixture_find(const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");

	return alloc_printf("%s/dwarf/%s", data != NULL ? data : "tests/data", name);
}

/* `suffix` is ".dwo" for split files and packages, else "". */
static inline void dwarf_fixture_open(struct dwarf_fixture *fixture, const char *file_name,
				      const char *suffix)
{
	static const char *const names[DWARF_SECTION_COUNT] = {
		".debug_info", ".debug_types",	     ".debug_abbrev",  ".debug_str",
		".debug_line", ".debug_line_str",    ".debug_ranges",  ".debug_rnglists",
		".debug_addr", ".debug_str_offsets", ".debug_aranges", ".debug_cu_index",
	};
	scoped_free char *path = dwarf_fixture_find(file_name);
	scoped(elf_file_cleanup) struct elf_file *elf = NULL;

	*fixture = (struct dwarf_fixture){0};
	if (elf_file_open(&elf, AT_FDCWD, path, NULL) < 0) {
		printf("Bail out! cannot open %s\n", path);
		exit(1);
	}
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++) {
		scoped_free char *name =
			alloc_printf("%s%s", names[kind], kind == DWARF_CU_INDEX ? "" : suffix);
		struct elf_bytes section;

		if (elf_file_get_section(elf, name, &section, NULL) < 0)
			continue;
		fixture->bytes[kind] = alloc_array(section.size + (section.size == 0), 1);
		memcpy(fixture->bytes[kind], section.bytes, section.size);
		fixture->file.sections[kind] =
			(struct dwarf_section){fixture->bytes[kind], section.size};
	}
}

static inline void dwarf_fixture_close(struct dwarf_fixture *fixture)
{
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++)
		free(fixture->bytes[kind]);
}

#endif
