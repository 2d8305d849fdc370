/*
 * The DWARF reader on damaged files. The input is a row of sections: a byte that says which one
 * (enum dwarf_section_kind, + 16 for the alternate file, + 32 for the package, + 48 for the .dwo),
 * 3 bytes of length, the bytes. tests/data/dwarf/make_corpus.py makes such inputs from the
 * fixtures. Whatever they say, all addresses are answered, with texts that end.
 */
#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_COUNT = 4, ADDRESS_COUNT = 160, FIRST_ADDRESS = 0x1000, ADDRESS_STEP = 3 };

static const struct dwarf_file *open_dwo(void *arg, const char *dwo_name, const char *comp_dir,
					 uint64_t dwo_id)
{
	(void)dwo_id;
	return strlen(dwo_name) + strlen(comp_dir) < 4096 ? arg : NULL;
}

static void check_place(const struct dwarf_place *place)
{
	for (uint32_t i = 0; i < place->frame_count; i++) {
		const struct dwarf_frame *frame = &place->frames[i];

		if (strlen(frame->function) + strlen(frame->file) +
			    strlen(frame->declaration_file) >
		    1 << 20)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dwarf_file files[FILE_COUNT] = {0};
	uint64_t svmas[ADDRESS_COUNT];
	struct dwarf_place places[ADDRESS_COUNT];
	const struct dwarf_line *lines;
	struct dwarf_input input;
	struct dwarf_build build;
	struct dwarf *dwarf;
	struct arena arena;
	size_t count;

	while (size >= 4) {
		size_t length = data[1] | (size_t)data[2] << 8 | (size_t)data[3] << 16;
		uint32_t kind = data[0] % 16, file = data[0] / 16 % FILE_COUNT;

		data += 4;
		size -= 4;
		if (length > size)
			length = size;
		if (kind < DWARF_SECTION_COUNT)
			files[file].sections[kind] = (struct dwarf_section){data, length};
		data += length;
		size -= length;
	}
	input = (struct dwarf_input){.main = files[0], .open_dwo = open_dwo, .arg = &files[3]};
	input.alternate = files[1].sections[DWARF_INFO].bytes != NULL ? &files[1] : NULL;
	input.package = files[2].sections[DWARF_INFO].bytes != NULL ? &files[2] : NULL;
	if (dwarf_new(&dwarf, &input, NULL) < 0)
		return 0;
	arena_init(&arena);
	for (size_t i = 0; i < ADDRESS_COUNT; i++)
		svmas[i] = FIRST_ADDRESS + i * ADDRESS_STEP;
	dwarf_find(dwarf, svmas, ADDRESS_COUNT, places, &arena, 1);
	for (size_t i = 0; i < ADDRESS_COUNT; i++)
		check_place(&places[i]);
	dwarf_get_lines(dwarf, FIRST_ADDRESS, ADDRESS_COUNT * ADDRESS_STEP, &arena, &lines, &count);
	for (size_t i = 1; i < count; i++)
		if (lines[i].svma < lines[i - 1].svma)
			abort();
	dwarf_get_build(dwarf, &build);
	if (strlen(build.producer) > size + (1 << 20))
		abort();
	arena_release(&arena);
	dwarf_free(dwarf);
	return 0;
}
