#include "elf/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"

#define MAX_FILE_BYTES (16ull << 30)
#define MAX_LOADED_BYTES (512ull << 20)

struct elf_file {
	struct elf_image image;
	int fd;
	char *name;
	uint8_t *bytes; /* as long as the file, zero where nothing was loaded */
	size_t length;
	uint64_t loaded_bytes;
	struct timespec changed; /* st_mtim when it was opened */
	bool has_symbols;
};

int elf_file_load(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err)
{
	uint64_t done = 0;

	if (elf_image_find_bytes(&file->image, file_offset, size) == NULL)
		return err_set(err, -EBADMSG, "%s: bytes %llu to %llu are beyond its end at %zu",
			       file->name, (unsigned long long)file_offset,
			       (unsigned long long)(file_offset + size), file->length);
	if (size > MAX_LOADED_BYTES - file->loaded_bytes)
		return err_set(err, -EFBIG, "%s: symbols and headers need more than %llu MiB",
			       file->name, MAX_LOADED_BYTES >> 20);
	while (done < size) {
		ssize_t got = pread(file->fd, file->bytes + file_offset + done, size - done,
				    (off_t)(file_offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, -errno, "cannot read %s: %s", file->name,
				       strerror(errno));
		if (got == 0)
			return err_set(err, -EBADMSG,
				       "%s became shorter while it was read; was it replaced?",
				       file->name);
		done += (uint64_t)got;
	}
	file->loaded_bytes += size;
	return 0;
}

/* Loads what of the range is inside the file: cut files are read as far as they go. */
static int load_inside(struct elf_file *file, uint64_t file_offset, uint64_t size, struct err *err)
{
	if (file_offset >= file->length)
		return 0;
	if (size > file->length - file_offset)
		size = file->length - file_offset;
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
	int r = elf_image_parse(&file->image, file->bytes, file->length, err);

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

	file->image = (struct elf_image){.bytes = file->bytes, .length = file->length};
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

static int map_zeros(struct elf_file *file, struct err *err)
{
	void *bytes;

	if (file->length == 0)
		return err_set(err, -EBADMSG, "%s: the file is empty", file->name);
	if (file->length > MAX_FILE_BYTES)
		return err_set(err, -EFBIG, "%s: files of more than %llu GiB are not read",
			       file->name, MAX_FILE_BYTES >> 30);
	bytes = mmap(NULL, file->length, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return err_set(err, -errno, "%s: no address space for %zu bytes: %s", file->name,
			       file->length, strerror(errno));
	/* A huge page for each small header would make the holes cost memory after all. */
	madvise(bytes, file->length, MADV_NOHUGEPAGE);
	file->bytes = bytes;
	return 0;
}

/* Takes the descriptor. */
static int open_take_fd(struct elf_file **ret_file, int fd, const char *name, struct err *err)
{
	scoped(elf_file_cleanup) struct elf_file *file = alloc_new(struct elf_file);
	struct stat status;
	int r;

	file->fd = fd;
	file->name = alloc_strdup(name);
	if (fstat(fd, &status) < 0)
		return err_set(err, -errno, "cannot stat %s: %s", name, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, -EINVAL, "%s is not a regular file", name);
	file->length = (size_t)status.st_size;
	file->changed = status.st_mtim;
	r = map_zeros(file, err);
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
	if (file->bytes != NULL)
		munmap(file->bytes, file->length);
	fd_close(file->fd);
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
	ssize_t got;

	do
		got = pread(file->fd, ret_bytes, size, (off_t)file_offset);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (int)got;
}

static bool has_symbol_data(const struct elf_section *section)
{
	return section->type == SHT_SYMTAB || section->type == SHT_DYNSYM ||
	       (section->type == SHT_RELA && (section->flags & SHF_ALLOC) != 0) ||
	       strncmp(section->name, ".plt", strlen(".plt")) == 0;
}

/* Headers of one file and symbols of another would make wrong names. */
static int check_unchanged(const struct elf_file *file, struct err *err)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0)
		return err_set(err, -errno, "cannot stat %s: %s", file->name, strerror(errno));
	if ((size_t)status.st_size != file->length ||
	    status.st_mtim.tv_sec != file->changed.tv_sec ||
	    status.st_mtim.tv_nsec != file->changed.tv_nsec)
		return err_set(err, -ESTALE, "%s was overwritten while it was read", file->name);
	return 0;
}

int elf_file_load_symbols(struct elf_file *file, struct err *err)
{
	const struct elf_image *image = &file->image;
	int r = 0;

	if (file->has_symbols)
		return 0;
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
	if (r == 0)
		r = check_unchanged(file, err);
	file->has_symbols = r == 0;
	return r;
}
