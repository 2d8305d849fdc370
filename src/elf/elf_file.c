#include "elf/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_compressed.h"
#include "elf/elf_pages.h"
#include "util/alloc.h"
#include "util/vec.h"

struct uncompressed {
	uint32_t section;
	uint8_t *bytes;
	uint64_t size;
};

struct elf_file {
	struct elf_image image;
	struct elf_pages pages;
	char *name;
	pthread_mutex_t sections_lock; /* of what follows, while one is uncompressed too */
	VEC(struct uncompressed) uncompressed;
};

int elf_file_load(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err)
{
	return elf_pages_load(&file->pages, file_offset, size, err);
}

/* Loads what of the range is inside the file: cut files are read as far as they go. */
static int load_inside(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err)
{
	if (file_offset >= file->pages.length)
		return 0;
	if (size > file->pages.length - file_offset)
		size = file->pages.length - file_offset;
	return elf_file_load(file, file_offset, size, err);
}

static int load_section(struct elf_file *file, const struct elf_section *section, struct err *err)
{
	return section->type == SHT_NOBITS
		       ? 0
		       : load_inside(file, section->file_offset, section->size, err);
}

static int parse(struct elf_file *file, struct err *err)
{
	int r = elf_image_parse(&file->image, file->pages.bytes, file->pages.length, err);

	return r < 0 ? err_prefix(err, r, "%s: ", file->name) : 0;
}

/*
 * The header says where the section headers are, the first of these may hold the counts, and one of
 * them says where the names are: parsed again after each step.
 */
static int load_headers(struct elf_file *file, struct err *err)
{
	struct elf_section names;
	int r;

	r = load_inside(file, 0, sizeof(Elf64_Ehdr), err);
	if (r == 0)
		r = parse(file, err);
	if (r == 0)
		r = load_inside(file, file->image.sections_file_offset, sizeof(Elf64_Shdr), err);
	if (r == 0)
		r = parse(file, err);
	if (r == 0)
		r = load_inside(file, file->image.segments_file_offset,
				file->image.segment_count * sizeof(Elf64_Phdr), err);
	if (r == 0)
		r = load_inside(file, file->image.sections_file_offset,
				file->image.section_count * sizeof(Elf64_Shdr), err);
	if (r == 0 && file->image.names_section != 0) {
		elf_image_get_section(&file->image, file->image.names_section, &names);
		r = load_section(file, &names, err);
	}
	return r == 0 ? parse(file, err) : r;
}

static int load_note(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err)
{
	return load_inside(file, file_offset, size < ELF_MAX_NOTE_BYTES ? size : ELF_MAX_NOTE_BYTES,
			   err);
}

/* Loads notes, for the build id, and the debug link. */
static int load_identity(struct elf_file *file, struct err *err)
{
	const struct elf_image *image = &file->image;
	struct elf_segment segment;
	struct elf_section section;
	uint32_t notes = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < image->segment_count && notes < ELF_MAX_NOTES; i++) {
		elf_image_get_segment(image, i, &segment);
		if (segment.type != PT_NOTE)
			continue;
		notes++;
		r = load_note(file, segment.file_offset, segment.file_bytes, err);
	}
	for (uint32_t i = 1; r == 0 && i < image->section_count && notes < ELF_MAX_NOTES; i++) {
		elf_image_get_section(image, i, &section);
		if (section.type != SHT_NOTE)
			continue;
		notes++;
		r = load_note(file, section.file_offset, section.size, err);
	}
	if (r == 0 && elf_image_find_section(image, ".gnu_debuglink", &section) &&
	    section.type != SHT_NOBITS)
		r = load_note(file, section.file_offset, section.size, err);
	return r;
}

static struct elf_file *file_new(const char *name)
{
	struct elf_file *file = alloc_new(struct elf_file);

	file->name = alloc_strdup(name);
	pthread_mutex_init(&file->sections_lock, NULL);
	return file;
}

/* Takes the descriptor. */
static int open_take_fd(struct elf_file **ret_file, int fd, const char *name, struct err *err)
{
	scoped(elf_file_cleanup) struct elf_file *file = file_new(name);
	int r;

	r = elf_pages_open(&file->pages, fd, file->name, err);
	if (r == 0)
		r = load_headers(file, err);
	if (r == 0)
		r = load_identity(file, err);
	if (r < 0)
		return r;
	*ret_file = file;
	file = NULL;
	return 0;
}

int elf_file_open_take(struct elf_file **ret_file, uint8_t *bytes, size_t length, const char *name,
		       struct err *err)
{
	scoped(elf_file_cleanup) struct elf_file *file = file_new(name);
	int r;

	elf_pages_open_take(&file->pages, bytes, length, file->name);
	r = parse(file, err);
	if (r < 0)
		return r;
	*ret_file = file;
	file = NULL;
	return 0;
}

int elf_file_open(struct elf_file **ret_file, int dir_fd, const char *path, struct err *err)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, -errno, "cannot open %s: %s", path, strerror(errno));
	return open_take_fd(ret_file, fd, path, err);
}

int elf_file_open_fd(struct elf_file **ret_file, int fd, const char *name, struct err *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return err_set(err, -errno, "cannot duplicate the descriptor of %s: %s", name,
			       strerror(errno));
	return open_take_fd(ret_file, copy, name, err);
}

void elf_file_close(struct elf_file *file)
{
	if (file == NULL)
		return;
	for (size_t i = 0; i < file->uncompressed.count; i++)
		elf_pages_unmap(&file->pages, file->uncompressed.items[i].bytes,
				file->uncompressed.items[i].size);
	vec_release(&file->uncompressed);
	pthread_mutex_destroy(&file->sections_lock);
	elf_pages_close(&file->pages);
	free(file->name);
	free(file);
}

const struct elf_image *elf_file_get_image(const struct elf_file *file)
{
	return &file->image;
}

const char *elf_file_get_name(const struct elf_file *file)
{
	return file->name;
}

int elf_file_read(const struct elf_file *file, uint64_t file_offset, void *ret_bytes, size_t size)
{
	return elf_pages_read(&file->pages, file_offset, ret_bytes, size);
}

uint64_t elf_file_get_memory_bytes(const struct elf_file *file)
{
	return file->pages.memory_bytes;
}

static bool has_symbol_data(const struct elf_section *section)
{
	return section->type == SHT_SYMTAB || section->type == SHT_DYNSYM ||
	       (section->type == SHT_RELA && (section->flags & SHF_ALLOC) != 0) ||
	       strncmp(section->name, ".plt", strlen(".plt")) == 0;
}

int elf_file_load_symbols(struct elf_file *file, struct err *err)
{
	const struct elf_image *image = &file->image;
	int r = 0;

	for (uint32_t i = 1; r == 0 && i < image->section_count; i++) {
		struct elf_section section, names;

		elf_image_get_section(image, i, &section);
		if (!has_symbol_data(&section))
			continue;
		r = load_section(file, &section, err);
		if (r < 0 || section.type == SHT_RELA || section.link == 0 ||
		    section.link >= image->section_count)
			continue;
		elf_image_get_section(image, section.link, &names);
		r = load_section(file, &names, err);
	}
	return r == 0 ? elf_pages_check_unchanged(&file->pages, err) : r;
}

/* By its name, or, of ".debug_…", by what GNU named it when it was compressed. */
static bool find_section(const struct elf_image *image, const char *name,
			 struct elf_section *ret_section, bool *ret_is_zdebug)
{
	*ret_is_zdebug = false;
	if (elf_image_find_section(image, name, ret_section))
		return true;
	if (strncmp(name, ".debug_", strlen(".debug_")) != 0)
		return false;
	scoped_free char *other = alloc_printf(".z%s", name + 1);
	*ret_is_zdebug = true;
	return elf_image_find_section(image, other, ret_section);
}

/* Whether a linker would still have to put numbers into it. */
static bool needs_relocation(const struct elf_image *image, uint32_t index)
{
	struct elf_section section;

	if (image->type != ET_REL)
		return false;
	for (uint32_t i = 1; i < image->section_count; i++) {
		elf_image_get_section(image, i, &section);
		if ((section.type == SHT_RELA || section.type == SHT_REL) &&
		    section.info == index && section.size > 0)
			return true;
	}
	return false;
}

/* Where the stream of a compressed section is. */
struct stream {
	const struct elf_file *file;
	uint64_t file_offset;
};

static int read_stream(void *arg, uint64_t offset, void *ret_bytes, size_t size)
{
	const struct stream *stream = arg;

	return elf_file_read(stream->file, stream->file_offset + offset, ret_bytes, size);
}

static int uncompress(struct elf_file *file, const struct elf_section *section, bool is_zdebug,
		      struct uncompressed *ret_copy, struct err *err)
{
	struct uncompressed copy = {.section = section->index};
	struct elf_compressed compressed;
	uint8_t header[ELF_COMPRESSED_HEADER_BYTES] = {0};
	struct stream stream = {.file = file, .file_offset = section->file_offset};
	int r = elf_file_read(file, section->file_offset, header, sizeof(header));

	if (r < 0)
		return err_set(err, r, "cannot read it: %s", strerror(-r));
	r = elf_compressed_decode_header(&compressed, is_zdebug, file->image.is_64, header,
					 section->size, err);
	if (r < 0)
		return r;
	stream.file_offset += compressed.header_bytes;
	copy.size = compressed.size;
	r = elf_pages_map(&file->pages, copy.size, &copy.bytes, err);
	if (r < 0)
		return r;
	r = elf_compressed_decode(&compressed, read_stream, &stream, copy.bytes, err);
	if (r == 0)
		r = elf_pages_check_unchanged(&file->pages, err);
	if (r < 0) {
		elf_pages_unmap(&file->pages, copy.bytes, copy.size);
		return r;
	}
	*ret_copy = copy;
	return 0;
}

/* The lock is held. */
static int find_uncompressed(struct elf_file *file, const struct elf_section *section,
			     bool is_zdebug, struct uncompressed *ret_copy, struct err *err)
{
	int r;

	for (size_t i = 0; i < file->uncompressed.count; i++) {
		if (file->uncompressed.items[i].section == section->index) {
			*ret_copy = file->uncompressed.items[i];
			return 0;
		}
	}
	r = uncompress(file, section, is_zdebug, ret_copy, err);
	if (r < 0)
		return err_prefix(err, r, "%s: %s: ", file->name, section->name);
	vec_push(&file->uncompressed, *ret_copy);
	return 0;
}

int elf_file_reserve_section(struct elf_file *file, const char *name, struct elf_bytes *ret_section,
			     struct err *err)
{
	struct uncompressed copy;
	struct elf_section section;
	bool is_zdebug;
	int r;

	if (!find_section(&file->image, name, &section, &is_zdebug) || section.type == SHT_NOBITS)
		return err_set(err, -ENOENT, "%s has no section %s", file->name, name);
	if (needs_relocation(&file->image, section.index))
		return err_set(err, -ENOTSUP, "%s: %s is not linked: it needs relocations",
			       file->name, name);
	if (elf_image_find_bytes(&file->image, section.file_offset, section.size) == NULL)
		return err_set(err, -EBADMSG,
			       "%s: %s has %llu bytes at %llu, beyond the file's end at %zu",
			       file->name, name, (unsigned long long)section.size,
			       (unsigned long long)section.file_offset, file->pages.length);
	if (!is_zdebug && (section.flags & SHF_COMPRESSED) == 0) {
		*ret_section = (struct elf_bytes){
			.bytes = file->pages.bytes + section.file_offset,
			.size = section.size,
			.svma = section.svma,
			.file_offset = section.file_offset,
		};
		return 0;
	}
	pthread_mutex_lock(&file->sections_lock);
	r = find_uncompressed(file, &section, is_zdebug, &copy, err);
	pthread_mutex_unlock(&file->sections_lock);
	if (r == 0)
		*ret_section = (struct elf_bytes){.bytes = copy.bytes,
						  .size = copy.size,
						  .svma = section.svma,
						  .is_loaded = true};
	return r;
}

int elf_file_load_section(struct elf_file *file, const struct elf_bytes *section, uint64_t offset,
			  uint64_t size, struct err *err)
{
	if (offset > section->size || size > section->size - offset)
		return err_set(err, -EBADMSG,
			       "%s: %llu bytes at %llu of a section are beyond its end at %llu",
			       file->name, (unsigned long long)size, (unsigned long long)offset,
			       (unsigned long long)section->size);
	if (section->is_loaded)
		return 0;
	return elf_file_load(file, section->file_offset + offset, size, err);
}

int elf_file_get_section(struct elf_file *file, const char *name, struct elf_bytes *ret_section,
			 struct err *err)
{
	struct elf_bytes section = {0};
	int r = elf_file_reserve_section(file, name, &section, err);

	if (r == 0)
		r = elf_file_load_section(file, &section, 0, section.size, err);
	if (r < 0)
		return r;
	section.is_loaded = true;
	*ret_section = section;
	return 0;
}
