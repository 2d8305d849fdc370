#include "symbol/debug_info.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_debug.h"
#include "util/alloc.h"
#include "util/vec.h"

/* The sections of one ELF file, as dwarf.h wants them. */
struct section_source {
	struct elf_file *elf;
	struct elf_bytes sections[DWARF_SECTION_COUNT];
	struct dwarf_file dwarf;
};

struct debug_info {
	char *path, *debug_dir;
	struct section_source main;
	struct section_source *alternate, *package; /* NULL = none */
	struct dwarf *dwarf;
	bool was_tried;
	struct err trouble;

	pthread_mutex_t dwo_lock; /* over the list only; its items stay where they are */
	VEC(struct section_source *) dwos;
};

/* Names in .dwo and .dwp files have the suffix ".dwo", but for the index. */
static const char *const section_names[DWARF_SECTION_COUNT] = {
	[DWARF_INFO] = ".debug_info",	    [DWARF_TYPES] = ".debug_types",
	[DWARF_ABBREV] = ".debug_abbrev",   [DWARF_STR] = ".debug_str",
	[DWARF_LINE] = ".debug_line",	    [DWARF_LINE_STR] = ".debug_line_str",
	[DWARF_RANGES] = ".debug_ranges",   [DWARF_RNGLISTS] = ".debug_rnglists",
	[DWARF_ADDR] = ".debug_addr",	    [DWARF_STR_OFFSETS] = ".debug_str_offsets",
	[DWARF_ARANGES] = ".debug_aranges", [DWARF_CU_INDEX] = ".debug_cu_index",
};

bool debug_info_exists(const struct elf_image *image)
{
	struct elf_section section;

	return elf_image_find_section(image, ".debug_info", &section) ||
	       elf_image_find_section(image, ".zdebug_info", &section);
}

static int load_section(void *arg, enum dwarf_section_kind kind, uint64_t offset, uint64_t size)
{
	const struct section_source *source = arg;

	return elf_file_load_section(source->elf, &source->sections[kind], offset, size, NULL);
}

static void fill_source(struct section_source *source, struct elf_file *elf, bool is_split)
{
	source->elf = elf;
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++) {
		struct elf_bytes *section = &source->sections[kind];
		scoped_free char *name =
			alloc_printf("%s%s", section_names[kind],
				     is_split && kind != DWARF_CU_INDEX ? ".dwo" : "");

		if (elf_file_reserve_section(elf, name, section, NULL) < 0)
			continue;
		source->dwarf.sections[kind] =
			(struct dwarf_section){section->bytes, section->size};
	}
	source->dwarf.load = load_section;
	source->dwarf.arg = source;
}

/* Takes the file. */
static struct section_source *new_source_take(struct elf_file *elf, bool is_split)
{
	struct section_source *source = alloc_new(struct section_source);

	fill_source(source, elf, is_split);
	return source;
}

static void free_source(struct section_source *source)
{
	if (source == NULL)
		return;
	elf_file_close(source->elf);
	free(source);
}

struct debug_info *debug_info_new(struct elf_file *file, const char *path, const char *debug_dir)
{
	struct debug_info *info = alloc_new(struct debug_info);
	struct elf_file *found;

	info->path = alloc_strdup(path);
	info->debug_dir = alloc_strdup(debug_dir);
	info->main.elf = file;
	pthread_mutex_init(&info->dwo_lock, NULL);
	if (elf_debug_open_alternate(&found, file, elf_file_get_name(file), debug_dir, NULL) == 0)
		info->alternate = new_source_take(found, false);
	if (elf_debug_open_package(&found, path, NULL) == 0)
		info->package = new_source_take(found, true);
	return info;
}

void debug_info_free(struct debug_info *info)
{
	if (info == NULL)
		return;
	dwarf_free(info->dwarf);
	for (size_t i = 0; i < info->dwos.count; i++)
		free_source(info->dwos.items[i]);
	vec_release(&info->dwos);
	free_source(info->alternate);
	free_source(info->package);
	pthread_mutex_destroy(&info->dwo_lock);
	free(info->path);
	free(info->debug_dir);
	free(info);
}

const struct elf_file *debug_info_get_alternate(const struct debug_info *info)
{
	return info->alternate != NULL ? info->alternate->elf : NULL;
}

const struct elf_file *debug_info_get_package(const struct debug_info *info)
{
	return info->package != NULL ? info->package->elf : NULL;
}

/* Any thread. Each unit asks once, so that nothing is opened twice. */
static const struct dwarf_file *open_dwo(void *arg, const char *dwo_name, const char *comp_dir,
					 uint64_t dwo_id)
{
	struct debug_info *info = arg;
	struct section_source *source;
	struct elf_file *found;

	(void)dwo_id; /* the reader compares it */
	if (elf_debug_open_dwo(&found, dwo_name, comp_dir, info->path, NULL) < 0)
		return NULL;
	source = new_source_take(found, true);
	pthread_mutex_lock(&info->dwo_lock);
	vec_push(&info->dwos, source);
	pthread_mutex_unlock(&info->dwo_lock);
	return &source->dwarf;
}

struct dwarf *debug_info_get_dwarf(struct debug_info *info, struct err *err)
{
	struct dwarf_input input = {.open_dwo = open_dwo, .arg = info};

	if (!info->was_tried) {
		info->was_tried = true;
		fill_source(&info->main, info->main.elf, false);
		input.main = info->main.dwarf;
		input.alternate = info->alternate != NULL ? &info->alternate->dwarf : NULL;
		input.package = info->package != NULL ? &info->package->dwarf : NULL;
		dwarf_new(&info->dwarf, &input, &info->trouble);
	}
	if (info->dwarf == NULL && err != NULL)
		*err = info->trouble;
	return info->dwarf;
}
