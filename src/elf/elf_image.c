#include "elf/elf_image.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

/*
 * Reads a field of an ELF structure that lies somewhere in the bytes, aligned or not, and is named
 * alike in both.
 */
#define FIELD(image, at, kind, field)                                                              \
	((image)->is_64 ? read_field((at) + offsetof(Elf64_##kind, field),                         \
				     sizeof(((Elf64_##kind *)0)->field))                           \
			: read_field((at) + offsetof(Elf32_##kind, field),                         \
				     sizeof(((Elf32_##kind *)0)->field)))
#define STRUCT_BYTES(image, kind) ((image)->is_64 ? sizeof(Elf64_##kind) : sizeof(Elf32_##kind))

static uint64_t read_field(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return le64toh(value);
}

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)read_field(at, sizeof(uint32_t));
}

const uint8_t *elf_image_find_bytes(const struct elf_image *image, uint64_t file_offset,
				    uint64_t size)
{
	if (file_offset > image->length || size > image->length - file_offset)
		return NULL;
	return image->bytes + file_offset;
}

/* How many entries of a table that starts at `file_offset` are inside the file, at most `count`. */
static uint32_t limit_count(const struct elf_image *image, uint64_t file_offset,
			    uint64_t entry_bytes, uint64_t count)
{
	uint64_t room =
		file_offset < image->length ? (image->length - file_offset) / entry_bytes : 0;

	if (count > room)
		count = room;
	return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX - 1;
}

static void read_section(const struct elf_image *image, uint32_t index,
			 struct elf_section *ret_section)
{
	const uint8_t *at =
		image->bytes + image->sections_file_offset + index * STRUCT_BYTES(image, Shdr);

	*ret_section = (struct elf_section){
		.name = "",
		.index = index,
		.type = (uint32_t)FIELD(image, at, Shdr, sh_type),
		.link = (uint32_t)FIELD(image, at, Shdr, sh_link),
		.info = (uint32_t)FIELD(image, at, Shdr, sh_info),
		.flags = FIELD(image, at, Shdr, sh_flags),
		.svma = FIELD(image, at, Shdr, sh_addr),
		.file_offset = FIELD(image, at, Shdr, sh_offset),
		.size = FIELD(image, at, Shdr, sh_size),
		.entry_bytes = FIELD(image, at, Shdr, sh_entsize),
	};
}

/*
 * The contents of a string table, cut after its last NUL: every offset below *ret_size is then the
 * start of a string that ends inside, without looking at each again.
 */
static const char *find_strings(const struct elf_image *image, uint32_t index, uint64_t *ret_size)
{
	struct elf_section section;
	const uint8_t *start, *last;

	if (index >= image->section_count)
		return NULL;
	read_section(image, index, &section);
	start = elf_image_find_bytes(image, section.file_offset, section.size);
	if (start == NULL || section.type != SHT_STRTAB)
		return NULL;
	last = memrchr(start, '\0', section.size);
	if (last == NULL)
		return NULL;
	*ret_size = (uint64_t)(last - start) + 1;
	return (const char *)start;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Where segments, sections and their names are. Counts that do not fit the ELF header's 16 bits are
 * in the first section header (gABI, "Section Header": sh_size, sh_link and sh_info of index 0).
 */
static void parse_tables(struct elf_image *image, const uint8_t *header)
{
	uint64_t sections = FIELD(image, header, Ehdr, e_shnum);
	uint64_t segments = FIELD(image, header, Ehdr, e_phnum);
	uint64_t names = FIELD(image, header, Ehdr, e_shstrndx);
	struct elf_section first = {0};

	image->segments_file_offset = FIELD(image, header, Ehdr, e_phoff);
	image->sections_file_offset = FIELD(image, header, Ehdr, e_shoff);
	if (image->sections_file_offset != 0 &&
	    limit_count(image, image->sections_file_offset, STRUCT_BYTES(image, Shdr), 1) == 1)
		read_section(image, 0, &first);
	if (sections == 0)
		sections = first.size;
	if (segments == PN_XNUM)
		segments = first.info;
	if (names == SHN_XINDEX)
		names = first.link;
	image->section_count =
		limit_count(image, image->sections_file_offset, STRUCT_BYTES(image, Shdr),
			    min_u64(sections, ELF_MAX_SECTIONS));
	image->segment_count =
		limit_count(image, image->segments_file_offset, STRUCT_BYTES(image, Phdr),
			    min_u64(segments, ELF_MAX_SEGMENTS));
	image->names_section = names < image->section_count ? (uint32_t)names : 0;
	if (image->names_section != 0)
		image->names = find_strings(image, image->names_section, &image->names_bytes);
}

int elf_image_parse(struct elf_image *ret_image, const void *bytes, size_t length, struct err *err)
{
	struct elf_image image = {.bytes = bytes, .length = length};
	const uint8_t *header = bytes;

	if (length < EI_NIDENT || memcmp(header, ELFMAG, SELFMAG) != 0)
		return err_set(err, -EBADMSG,
			       "not an ELF file: it does not start with \"\\177ELF\"");
	if (header[EI_DATA] == ELFDATA2MSB)
		return err_set(err, -EBADMSG, "big-endian ELF files are not supported (offset %d)",
			       EI_DATA);
	if (header[EI_DATA] != ELFDATA2LSB)
		return err_set(err, -EBADMSG, "unknown ELF byte order %d at offset %d, expected 1",
			       header[EI_DATA], EI_DATA);
	if (header[EI_CLASS] != ELFCLASS32 && header[EI_CLASS] != ELFCLASS64)
		return err_set(err, -EBADMSG, "unknown ELF class %d at offset %d, expected 1 or 2",
			       header[EI_CLASS], EI_CLASS);
	image.is_64 = header[EI_CLASS] == ELFCLASS64;
	if (length < STRUCT_BYTES(&image, Ehdr))
		return err_set(err, -EBADMSG, "the ELF header is cut: %zu bytes of %zu", length,
			       STRUCT_BYTES(&image, Ehdr));
	if (FIELD(&image, header, Ehdr, e_version) != EV_CURRENT)
		return err_set(err, -EBADMSG, "unknown ELF version, expected 1");
	image.type = (uint16_t)FIELD(&image, header, Ehdr, e_type);
	image.machine = (uint16_t)FIELD(&image, header, Ehdr, e_machine);
	image.entry_svma = FIELD(&image, header, Ehdr, e_entry);
	if (FIELD(&image, header, Ehdr, e_phnum) > 0 &&
	    FIELD(&image, header, Ehdr, e_phentsize) != STRUCT_BYTES(&image, Phdr))
		return err_set(err, -EBADMSG,
			       "the ELF header states program headers of %d bytes, expected %zu",
			       (int)FIELD(&image, header, Ehdr, e_phentsize),
			       STRUCT_BYTES(&image, Phdr));
	if (FIELD(&image, header, Ehdr, e_shnum) > 0 &&
	    FIELD(&image, header, Ehdr, e_shentsize) != STRUCT_BYTES(&image, Shdr))
		return err_set(err, -EBADMSG,
			       "the ELF header states section headers of %d bytes, expected %zu",
			       (int)FIELD(&image, header, Ehdr, e_shentsize),
			       STRUCT_BYTES(&image, Shdr));
	parse_tables(&image, header);
	*ret_image = image;
	return 0;
}

void elf_image_get_segment(const struct elf_image *image, uint32_t index,
			   struct elf_segment *ret_segment)
{
	const uint8_t *at =
		image->bytes + image->segments_file_offset + index * STRUCT_BYTES(image, Phdr);

	*ret_segment = (struct elf_segment){
		.type = (uint32_t)FIELD(image, at, Phdr, p_type),
		.flags = (uint32_t)FIELD(image, at, Phdr, p_flags),
		.file_offset = FIELD(image, at, Phdr, p_offset),
		.file_bytes = FIELD(image, at, Phdr, p_filesz),
		.svma = FIELD(image, at, Phdr, p_vaddr),
		.memory_bytes = FIELD(image, at, Phdr, p_memsz),
		.alignment = FIELD(image, at, Phdr, p_align),
	};
}

void elf_image_get_section(const struct elf_image *image, uint32_t index,
			   struct elf_section *ret_section)
{
	const uint8_t *at =
		image->bytes + image->sections_file_offset + index * STRUCT_BYTES(image, Shdr);
	uint64_t name_offset = FIELD(image, at, Shdr, sh_name);

	read_section(image, index, ret_section);
	if (image->names != NULL && name_offset < image->names_bytes)
		ret_section->name = image->names + name_offset;
}

bool elf_image_find_section(const struct elf_image *image, const char *name,
			    struct elf_section *ret_section)
{
	struct elf_section section;

	for (uint32_t i = 1; i < image->section_count; i++) {
		elf_image_get_section(image, i, &section);
		if (strcmp(section.name, name) == 0) {
			*ret_section = section;
			return true;
		}
	}
	return false;
}

bool elf_image_find_section_type(const struct elf_image *image, uint32_t type,
				 struct elf_section *ret_section)
{
	struct elf_section section;

	for (uint32_t i = 1; i < image->section_count; i++) {
		elf_image_get_section(image, i, &section);
		if (section.type == type) {
			*ret_section = section;
			return true;
		}
	}
	return false;
}

/*
 * Looks for a GNU build id in the notes [file_offset, +size); each has three words, a name and a
 * description.
 */
static bool find_build_id_note(const struct elf_image *image, uint64_t file_offset, uint64_t size,
			       uint64_t alignment, uint8_t *ret_id, uint8_t *ret_length)
{
	const uint8_t *notes = elf_image_find_bytes(image, file_offset, size);
	uint64_t step = alignment == 8 ? 8 : 4;
	uint64_t at = 0;

	size = min_u64(size, ELF_MAX_NOTE_BYTES);
	while (notes != NULL && at < size && size - at >= sizeof(Elf64_Nhdr)) {
		uint64_t name_bytes = read_u32(notes + at);
		uint64_t id_bytes = read_u32(notes + at + 4);
		uint32_t type = read_u32(notes + at + 8);
		uint64_t name_at = at + sizeof(Elf64_Nhdr);
		uint64_t id_at = (name_at + name_bytes + step - 1) / step * step;

		if (id_at > size || id_bytes > size - id_at)
			return false;
		if (type == NT_GNU_BUILD_ID && name_bytes == sizeof(ELF_NOTE_GNU) && id_bytes > 0 &&
		    memcmp(notes + name_at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0) {
			*ret_length = (uint8_t)(id_bytes < ELF_BUILD_ID_BYTES ? id_bytes
									      : ELF_BUILD_ID_BYTES);
			memcpy(ret_id, notes + id_at, *ret_length);
			return true;
		}
		at = (id_at + id_bytes + step - 1) / step * step;
	}
	return false;
}

bool elf_image_find_build_id(const struct elf_image *image, uint8_t ret_id[ELF_BUILD_ID_BYTES],
			     uint8_t *ret_length)
{
	uint32_t tried = 0;

	for (uint32_t i = 0; i < image->segment_count && tried < ELF_MAX_NOTES; i++) {
		struct elf_segment segment;

		elf_image_get_segment(image, i, &segment);
		tried += segment.type == PT_NOTE;
		if (segment.type == PT_NOTE &&
		    find_build_id_note(image, segment.file_offset, segment.file_bytes,
				       segment.alignment, ret_id, ret_length))
			return true;
	}
	for (uint32_t i = 1; i < image->section_count && tried < ELF_MAX_NOTES; i++) {
		struct elf_section section;

		read_section(image, i, &section);
		tried += section.type == SHT_NOTE;
		/*
		 * Names are not needed, and sh_addralign is 4 for this note wherever it is written.
		 */
		if (section.type == SHT_NOTE &&
		    find_build_id_note(image, section.file_offset, section.size, 4, ret_id,
				       ret_length))
			return true;
	}
	return false;
}

bool elf_image_file_offset_to_svma(const struct elf_image *image, uint64_t file_offset,
				   uint64_t *ret_svma)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		struct elf_segment segment;

		elf_image_get_segment(image, i, &segment);
		if (segment.type != PT_LOAD || (segment.flags & PF_X) == 0)
			continue;
		if (file_offset >= segment.file_offset &&
		    file_offset - segment.file_offset < segment.file_bytes) {
			*ret_svma = segment.svma + (file_offset - segment.file_offset);
			return true;
		}
	}
	return false;
}

bool elf_image_find_segment_at(const struct elf_image *image, uint64_t svma,
			       struct elf_segment *ret_segment)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		struct elf_segment segment;

		elf_image_get_segment(image, i, &segment);
		if (segment.type == PT_LOAD && svma >= segment.svma &&
		    svma - segment.svma < segment.memory_bytes) {
			*ret_segment = segment;
			return true;
		}
	}
	return false;
}

bool elf_image_svma_to_file_offset(const struct elf_image *image, uint64_t svma,
				   uint64_t *ret_file_offset)
{
	struct elf_segment segment;
	uint64_t file_offset;

	if (!elf_image_find_segment_at(image, svma, &segment) ||
	    svma - segment.svma >= segment.file_bytes)
		return false;
	if (__builtin_add_overflow(segment.file_offset, svma - segment.svma, &file_offset) ||
	    file_offset >= image->length)
		return false;
	*ret_file_offset = file_offset;
	return true;
}

bool elf_image_find_section_at(const struct elf_image *image, uint64_t svma,
			       struct elf_section *ret_section)
{
	struct elf_section section;

	for (uint32_t i = 1; i < image->section_count; i++) {
		read_section(image, i, &section);
		/* .tbss takes no room where it says it is: that belongs to the next section. */
		if ((section.flags & SHF_ALLOC) == 0 || svma < section.svma ||
		    svma - section.svma >= section.size ||
		    ((section.flags & SHF_TLS) != 0 && section.type == SHT_NOBITS))
			continue;
		elf_image_get_section(image, i, ret_section);
		return true;
	}
	return false;
}

bool elf_image_find_debuglink(const struct elf_image *image, const char **ret_name,
			      uint32_t *ret_crc)
{
	struct elf_section section;
	const uint8_t *start;
	uint64_t name_bytes, crc_at;

	if (!elf_image_find_section(image, ".gnu_debuglink", &section) ||
	    section.type == SHT_NOBITS)
		return false;
	start = elf_image_find_bytes(image, section.file_offset, section.size);
	if (start == NULL)
		return false;
	name_bytes = strnlen((const char *)start, section.size);
	crc_at = (name_bytes + 1 + 3) / 4 * 4;
	if (name_bytes == 0 || section.size < sizeof(uint32_t) ||
	    crc_at > section.size - sizeof(uint32_t))
		return false;
	*ret_name = (const char *)start;
	*ret_crc = read_u32(start + crc_at);
	return true;
}

bool elf_image_find_symbol_table(const struct elf_image *image, uint32_t section_type,
				 struct elf_symbol_table *ret_table)
{
	struct elf_symbol_table table = {.image = image};
	struct elf_section section;

	if (!elf_image_find_section_type(image, section_type, &section))
		return false;
	table.names = find_strings(image, section.link, &table.names_bytes);
	if (table.names == NULL)
		return false;
	table.file_offset = section.file_offset;
	table.count = limit_count(image, section.file_offset, STRUCT_BYTES(image, Sym),
				  section.size / STRUCT_BYTES(image, Sym));
	*ret_table = table;
	return true;
}

bool elf_image_find_symbol(const struct elf_symbol_table *table, uint32_t index,
			   struct elf_symbol *ret_symbol)
{
	const struct elf_image *image = table->image;
	const uint8_t *at = image->bytes + table->file_offset + index * STRUCT_BYTES(image, Sym);
	uint64_t name_offset = FIELD(image, at, Sym, st_name);
	uint8_t info = (uint8_t)FIELD(image, at, Sym, st_info);

	if (name_offset >= table->names_bytes)
		return false;
	*ret_symbol = (struct elf_symbol){
		.name = table->names + name_offset,
		.svma = FIELD(image, at, Sym, st_value),
		.size = FIELD(image, at, Sym, st_size),
		.type = ELF64_ST_TYPE(info), /* the same in ELF32 */
		.binding = ELF64_ST_BIND(info),
		.section = (uint16_t)FIELD(image, at, Sym, st_shndx),
	};
	return true;
}

static bool has_sanitizer_symbol(const struct elf_image *image, uint32_t section_type)
{
	static const char *const starts[] = {"asan_init", "hwasan_init", "msan_init", "tsan_init",
					     "ubsan_handle_"};
	struct elf_symbol_table table;
	struct elf_symbol symbol;

	if (!elf_image_find_symbol_table(image, section_type, &table))
		return false;
	for (uint32_t i = 0; i < table.count; i++) {
		if (!elf_image_find_symbol(&table, i, &symbol) || symbol.name[0] != '_' ||
		    symbol.name[1] != '_')
			continue;
		for (size_t j = 0; j < sizeof(starts) / sizeof(*starts); j++)
			if (strncmp(symbol.name + 2, starts[j], strlen(starts[j])) == 0)
				return true;
	}
	return false;
}

bool elf_image_is_sanitized(const struct elf_image *image)
{
	/* The runtime is linked dynamically, or its symbols are only among all of them. */
	return has_sanitizer_symbol(image, SHT_DYNSYM) || has_sanitizer_symbol(image, SHT_SYMTAB);
}
