#include "symbol/go_binary.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

/* What is searched of a file without section names, and of its data for moduledata. */
enum { MAX_SEARCH_BYTES = 128 << 20, MAX_TRIES = 16 };

/* Where pclntab was found. */
struct location {
	uint64_t svma, file_offset, size;
};

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static const uint8_t *load(struct elf_file *file, uint64_t file_offset, uint64_t size)
{
	if (elf_file_load(file, file_offset, size, NULL) < 0)
		return NULL;
	return elf_image_find_bytes(elf_file_get_image(file), file_offset, size);
}

static bool is_go(const struct elf_image *image)
{
	struct elf_section section;

	return elf_image_find_section(image, ".note.go.buildid", &section) ||
	       elf_image_find_section(image, ".go.buildinfo", &section) ||
	       elf_image_find_section(image, ".gopclntab", &section);
}

/* A file without sections: the note with Go's own build id. */
static bool has_go_note(struct elf_file *file)
{
	const struct elf_image *image = elf_file_get_image(file);
	struct elf_segment segment;

	for (uint32_t i = 0; i < image->segment_count && i < ELF_MAX_NOTES; i++) {
		const uint8_t *bytes;

		elf_image_get_segment(image, i, &segment);
		if (segment.type != PT_NOTE || segment.file_bytes < 16 ||
		    segment.file_bytes > ELF_MAX_NOTE_BYTES)
			continue;
		bytes = load(file, segment.file_offset, segment.file_bytes);
		if (bytes != NULL && memmem(bytes, segment.file_bytes, "\4\0\0\0Go\0\0", 8) != NULL)
			return true;
	}
	return false;
}

static bool find_section(const struct elf_image *image, struct location *ret_location)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	struct elf_section section;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (elf_image_find_section(image, names[i], &section) &&
		    section.type != SHT_NOBITS) {
			*ret_location =
				(struct location){section.svma, section.file_offset, section.size};
			return true;
		}
	return false;
}

/* A table starts at a multiple of 32; its header must make sense too. */
static bool search_segment(struct elf_file *file, const struct elf_segment *segment,
			   struct location *ret_location)
{
	uint64_t size =
		segment->file_bytes < MAX_SEARCH_BYTES ? segment->file_bytes : MAX_SEARCH_BYTES;
	const uint8_t *bytes = load(file, segment->file_offset, size);
	struct go_pclntab table;

	for (uint64_t at = (0 - segment->svma) & 31; bytes != NULL && at < size; at += 32) {
		if (!go_pclntab_has_magic(bytes + at, size - at) ||
		    go_pclntab_parse(&table, bytes + at, size - at, 0, NULL) < 0)
			continue;
		*ret_location =
			(struct location){segment->svma + at, segment->file_offset + at, size - at};
		return true;
	}
	return false;
}

static bool find_table(struct elf_file *file, struct location *ret_location)
{
	const struct elf_image *image = elf_file_get_image(file);
	struct elf_segment segment;

	if (find_section(image, ret_location))
		return true;
	for (uint32_t i = 0; i < image->segment_count; i++) {
		elf_image_get_segment(image, i, &segment);
		if (segment.type == PT_LOAD && (segment.flags & PF_X) == 0 &&
		    search_segment(file, &segment, ret_location))
			return true;
	}
	return false;
}

/*
 * Position-independent programs have their pointers in relocations: the section of those that only
 * add the load address.
 */
static const uint8_t *load_relocations(struct elf_file *file, uint64_t *ret_count)
{
	const struct elf_image *image = elf_file_get_image(file);
	static const char *const names[] = {".rela.dyn", ".rela"};
	struct elf_section section;

	*ret_count = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (elf_image_find_section(image, names[i], &section) && section.type == SHT_RELA) {
			*ret_count = section.size / sizeof(Elf64_Rela);
			return load(file, section.file_offset, section.size);
		}
	return NULL;
}

/* The pointer at `svma` after relocation; 0 = none is known. */
static uint64_t find_relocated(struct elf_file *file, uint64_t svma)
{
	uint64_t count;
	const uint8_t *bytes = load_relocations(file, &count);

	for (uint64_t i = 0; bytes != NULL && i < count; i++)
		if (get_u64(bytes + i * sizeof(Elf64_Rela)) == svma)
			return get_u64(bytes + i * sizeof(Elf64_Rela) +
				       offsetof(Elf64_Rela, r_addend));
	return 0;
}

/* The bytes at an address, up to the end of its segment in the file. */
static const uint8_t *load_svma(struct elf_file *file, uint64_t svma, uint64_t size_max,
				uint64_t *ret_size)
{
	struct elf_segment segment;
	uint64_t at;

	if (!elf_image_find_segment_at(elf_file_get_image(file), svma, &segment))
		return NULL;
	at = svma - segment.svma;
	if (at >= segment.file_bytes)
		return NULL;
	*ret_size = segment.file_bytes - at < size_max ? segment.file_bytes - at : size_max;
	return load(file, segment.file_offset + at, *ret_size);
}

/*
 * moduledata starts with a pointer to pclntab, then one to the names in it: first the pointers as
 * the file has them, then as relocations.
 */
static uint64_t find_moduledata(struct elf_file *file, const struct location *location,
				uint64_t names_svma)
{
	static const char *const names[] = {".noptrdata", ".data", ".go.module"};
	const struct elf_image *image = elf_file_get_image(file);
	struct elf_section section;
	const uint8_t *bytes;
	uint64_t count, tries = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!elf_image_find_section(image, names[i], &section) ||
		    section.type == SHT_NOBITS || section.size > MAX_SEARCH_BYTES)
			continue;
		bytes = load(file, section.file_offset, section.size);
		for (uint64_t at = 0; bytes != NULL && at + 16 <= section.size; at += 8)
			if (get_u64(bytes + at) == location->svma &&
			    get_u64(bytes + at + 8) == names_svma)
				return section.svma + at;
	}
	bytes = load_relocations(file, &count);
	for (uint64_t i = 0; bytes != NULL && i < count && tries < MAX_TRIES; i++) {
		const uint8_t *rela = bytes + i * sizeof(Elf64_Rela);
		uint64_t svma = get_u64(rela);

		if (get_u64(rela + offsetof(Elf64_Rela, r_addend)) != location->svma)
			continue;
		if (find_relocated(file, svma + 8) == names_svma)
			return svma;
		tries++;
	}
	return 0;
}

static void set_inline_trees(struct go_pclntab *table, struct elf_file *file,
			     const struct location *location, const uint8_t *table_bytes)
{
	uint64_t offset = go_pclntab_get_gofunc_offset(table);
	uint64_t names_svma = location->svma + (uint64_t)(table->names.bytes - table_bytes);
	uint64_t moduledata, trees, size = 0;
	const uint8_t *bytes;

	if (offset == 0 || table->pointer_bytes != 8)
		return;
	moduledata = find_moduledata(file, location, names_svma);
	if (moduledata == 0)
		return;
	bytes = load_svma(file, moduledata + offset, 8, &size);
	trees = bytes != NULL && size == 8 ? get_u64(bytes) : 0;
	if (trees == 0)
		trees = find_relocated(file, moduledata + offset);
	bytes = trees != 0 ? load_svma(file, trees, MAX_SEARCH_BYTES, &size) : NULL;
	if (bytes != NULL)
		go_pclntab_set_inline_trees(table, bytes, size);
}

int go_binary_read(struct go_pclntab *ret_table, struct elf_file *file, struct err *err)
{
	const struct elf_image *image = elf_file_get_image(file);
	struct elf_section text;
	struct location location;
	struct go_pclntab table;
	const uint8_t *bytes;
	uint64_t text_svma;
	int r;

	if (!image->is_64 || (!is_go(image) && !has_go_note(file)) || !find_table(file, &location))
		return err_set(err, -ENODATA, "%s is no Go program", elf_file_get_name(file));
	bytes = load(file, location.file_offset, location.size);
	if (bytes == NULL)
		return err_set(err, -EBADMSG, "%s: Go's table of functions cannot be read",
			       elf_file_get_name(file));
	/* the third number of the header, from Go 1.18 on */
	text_svma = find_relocated(file, location.svma + 24);
	if (text_svma == 0 && elf_image_find_section(image, ".text", &text))
		text_svma = text.svma;
	r = go_pclntab_parse(&table, bytes, location.size, text_svma, err);
	if (r < 0)
		return err_prefix(err, r, "%s: ", elf_file_get_name(file));
	set_inline_trees(&table, file, &location, bytes);
	*ret_table = table;
	return 0;
}
