#include "profile/module_table.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/scoped.h"

enum { PATH_BYTES = 4096 + 64 };

static uint32_t add_symbols(struct module_table *table, const struct module_entry *entry, int fd,
			    uint32_t namespace_pid)
{
	struct symbol_source source = {
		.kind = entry->kind,
		.path = string_table_get(&table->data->strings, entry->path),
		.fd = fd,
		.pid = (pid_t)entry->pid,
		.namespace_pid = (pid_t)namespace_pid,
		.build_id_length = entry->build_id_length,
	};
	scoped_free char *path = NULL;

	memcpy(source.build_id, entry->build_id, sizeof(source.build_id));
	if (table->root != NULL && entry->kind == MODULE_FILE)
		source.path = path = alloc_printf("%s%s", table->root, source.path);
	return symbolizer_add_module(table->symbolizer, &source);
}

static void add_fixed(struct module_table *table, enum module_kind kind, const char *path)
{
	struct module_entry entry = {
		.kind = kind,
		.path = string_table_intern(&table->data->strings, path),
		.data_module = MODULE_NOT_HIT,
	};

	entry.symbol_id = add_symbols(table, &entry, -1, 0);
	vec_push(&table->entries, entry);
}

static uint32_t get_open_max(void)
{
	struct rlimit limit;
	rlim_t part;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return MODULE_TABLE_OPEN_LEAST;
	part = limit.rlim_cur / MODULE_TABLE_OPEN_PART;
	if (part > MODULE_TABLE_MAX)
		return MODULE_TABLE_MAX;
	return part > MODULE_TABLE_OPEN_LEAST ? (uint32_t)part : MODULE_TABLE_OPEN_LEAST;
}

void module_table_init(struct module_table *table, struct profile_data *data,
		       const struct module_table_config *config)
{
	*table = (struct module_table){
		.data = data,
		.symbolizer = symbolizer_new(&config->symbols),
		.open_max = get_open_max(),
		.is_live = config->is_live,
		.cache_dir = config->cache_dir != NULL ? alloc_strdup(config->cache_dir) : NULL,
		.root = config->root != NULL ? alloc_strdup(config->root) : NULL,
	};
	hashmap_init(&table->index);
	add_fixed(table, MODULE_UNKNOWN, "[unknown]");
	add_fixed(table, MODULE_KERNEL, "[kernel]");
}

void module_table_release(struct module_table *table)
{
	for (size_t i = 0; i < table->entries.count; i++) {
		module_cfi_free(table->entries.items[i].cfi);
		elf_file_close(table->entries.items[i].file);
	}
	vec_release(&table->entries);
	hashmap_release(&table->index);
	symbolizer_free(table->symbolizer);
	table->symbolizer = NULL;
	free(table->cache_dir);
	free(table->root);
}

static bool is_anonymous(const char *path)
{
	return path[0] == '\0' || strncmp(path, "//anon", 6) == 0 || path[0] == '[' ||
	       strncmp(path, "/dev/zero", 9) == 0 || strncmp(path, "/memfd:", 7) == 0 ||
	       strncmp(path, "/SYSV", 5) == 0 || strncmp(path, "/anon_hugepage", 14) == 0;
}

static enum module_kind get_kind(const struct module_table *table,
				 const struct module_mapping *mapping)
{
	if (strcmp(mapping->path, "[vdso]") == 0)
		return MODULE_VDSO;
	if (!table->is_live) /* an old record of a perf.data has neither inode nor build id */
		return is_anonymous(mapping->path) ? MODULE_ANON : MODULE_FILE;
	/* A record that was made with build ids has no inode. */
	return mapping->path[0] == '/' && (mapping->inode != 0 || mapping->build_id_length > 0)
		       ? MODULE_FILE
		       : MODULE_ANON;
}

/*
 * A regular file that has the mapping's inode, so that a new file at the old path is not taken for
 * it. Devices are not compared: some file systems (btrfs) show one number in maps and another in
 * stat.
 */
static int open_inode(const char *path, uint64_t inode)
{
	struct stat status;
	int fd;

	if (stat(path, &status) < 0 || !S_ISREG(status.st_mode) || status.st_ino != inode)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &status) < 0 || status.st_ino != inode)) {
		fd_close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * map_files reaches deleted files too, but takes CAP_CHECKPOINT_RESTORE; root leads into the
 * process's container.
 */
static int open_mapped_file(const struct module_mapping *mapping)
{
	char path[PATH_BYTES];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64,
		 mapping->pid, mapping->start, mapping->end);
	fd = open_inode(path, mapping->inode);
	if (fd < 0) {
		snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root%s", mapping->pid,
			 mapping->path);
		fd = open_inode(path, mapping->inode);
	}
	if (fd < 0) {
		snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", mapping->pid);
		fd = open_inode(path, mapping->inode);
	}
	return fd >= 0 ? fd : open_inode(mapping->path, mapping->inode);
}

static int open_regular(const char *path)
{
	struct stat status;
	int fd;

	if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))) {
		fd_close(fd);
		fd = -1;
	}
	return fd;
}

/* Of a file of an imported profile: whether it is the one that ran is the build id's to say. */
static int open_by_path(const struct module_table *table, const struct module_mapping *mapping)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s%s", table->root != NULL ? table->root : "", mapping->path);
	return open_regular(path);
}

/*
 * perf keeps a copy of each file that its samples hit, so that it may be replaced or come from
 * another machine (`perf archive`); its layout is of tools/perf/util/build-id.c.
 */
static int open_perf_copy(const struct module_entry *entry)
{
	const char *home = getenv("HOME");
	char hex[2 * BUILD_ID_BYTES + 1], path[PATH_BYTES];

	if (home == NULL || entry->build_id_length == 0)
		return -1;
	for (uint8_t i = 0; i < entry->build_id_length; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", entry->build_id[i]);
	snprintf(path, sizeof(path), "%s/.debug/.build-id/%.2s/%s/elf", home, hex, hex + 2);
	return open_regular(path);
}

/* The file's own build id becomes the entry's; false when another one is known to have run. */
static bool take_build_id(struct module_entry *entry)
{
	uint8_t id[ELF_BUILD_ID_BYTES], length;

	if (!elf_image_find_build_id(elf_file_get_image(entry->file), id, &length))
		return entry->build_id_length == 0;
	if (entry->build_id_length > 0)
		return length == entry->build_id_length && memcmp(id, entry->build_id, length) == 0;
	memcpy(entry->build_id, id, sizeof(id));
	entry->build_id_length = length;
	return true;
}

/*
 * Takes the file if it is the one that was mapped. One that is no ELF file is memory by a name, as
 * JIT compilers map it (memfd, a file in /tmp).
 */
static void take_file(struct module_table *table, struct module_entry *entry, int fd,
		      const struct module_mapping *mapping)
{
	int result = elf_file_open_fd(&entry->file, fd, mapping->path, NULL);

	if (result == 0 && !take_build_id(entry)) {
		elf_file_close(entry->file);
		entry->file = NULL;
	} else if (result == 0) {
		table->open_count++;
	} else if (result == -EBADMSG && entry->build_id_length == 0) {
		entry->kind = MODULE_ANON;
		entry->pid = mapping->pid;
	}
}

/* The file that was opened, if any; the entry says whether it is the right one. */
static int open_entry(struct module_table *table, struct module_entry *entry,
		      const struct module_mapping *mapping)
{
	int fd;

	if (table->open_count >= table->open_max)
		return -1;
	fd = table->is_live ? open_mapped_file(mapping) : open_by_path(table, mapping);
	if (fd >= 0)
		take_file(table, entry, fd, mapping);
	if (entry->file != NULL || entry->kind != MODULE_FILE || table->is_live)
		return fd;
	fd_close(fd);
	fd = open_perf_copy(entry);
	if (fd >= 0)
		take_file(table, entry, fd, mapping);
	return fd;
}

/* Anonymous memory is its process's; a file is the same for all. */
static bool is_same(const struct module_table *table, const struct module_entry *entry,
		    const char *path, const struct module_mapping *mapping)
{
	if (strcmp(string_table_get(&table->data->strings, entry->path), path) != 0)
		return false;
	if (mapping->inode == 0 && mapping->build_id_length == 0)
		return entry->inode == 0 &&
		       (entry->kind != MODULE_ANON || entry->pid == mapping->pid);
	return entry->inode == mapping->inode &&
	       (mapping->build_id_length == 0 ||
		(entry->build_id_length == mapping->build_id_length &&
		 memcmp(entry->build_id, mapping->build_id, mapping->build_id_length) == 0)) &&
	       entry->device_major == mapping->device_major &&
	       entry->device_minor == mapping->device_minor;
}

uint32_t module_table_intern(struct module_table *table, const struct module_mapping *mapping)
{
	struct module_entry entry = {.kind = get_kind(table, mapping),
				     .data_module = MODULE_NOT_HIT};
	const char *path = entry.kind == MODULE_ANON ? "[anon]" : mapping->path;
	uint64_t hash =
		hashmap_hash_u64(hashmap_hash_bytes(path, strlen(path)) ^ mapping->inode ^
				 (entry.kind == MODULE_ANON ? (uint64_t)mapping->pid << 32 : 0));
	scoped(fd_cleanup) int fd = -1;
	uint32_t slot, id;

	for (id = hashmap_first(&table->index, hash, &slot); id != HASHMAP_NONE;
	     id = hashmap_next(&table->index, hash, &slot))
		if (is_same(table, &table->entries.items[id], path, mapping))
			return id;
	if (table->entries.count >= MODULE_TABLE_MAX)
		return MODULE_ID_UNKNOWN;
	entry.path = string_table_intern(&table->data->strings, path);
	entry.device_major = mapping->device_major;
	entry.device_minor = mapping->device_minor;
	entry.inode = mapping->inode;
	entry.pid = entry.kind == MODULE_ANON ? mapping->pid : 0;
	entry.build_id_length = mapping->build_id_length;
	memcpy(entry.build_id, mapping->build_id, sizeof(entry.build_id));
	if (entry.kind == MODULE_FILE)
		fd = open_entry(table, &entry, mapping);
	entry.symbol_id =
		add_symbols(table, &entry, entry.file != NULL ? fd : -1, mapping->namespace_pid);
	id = (uint32_t)table->entries.count;
	vec_push(&table->entries, entry);
	hashmap_insert(&table->index, hash, id);
	return id;
}

/*
 * By the executable segment that the mapping shows; it begins at its page, which may lie before the
 * segment does.
 */
static uint64_t get_file_bias(const struct module_entry *entry, uint64_t start, uint64_t end,
			      uint64_t file_offset)
{
	const struct elf_image *image =
		entry->file != NULL ? elf_file_get_image(entry->file) : NULL;
	struct elf_segment segment;

	for (uint32_t i = 0; image != NULL && i < image->segment_count; i++) {
		elf_image_get_segment(image, i, &segment);
		if (segment.type == PT_LOAD && (segment.flags & PF_X) &&
		    segment.file_offset < file_offset + (end - start) &&
		    segment.file_offset + segment.file_bytes > file_offset)
			return start - (segment.svma - segment.file_offset + file_offset);
	}
	return start - file_offset;
}

uint64_t module_table_get_bias(const struct module_table *table, uint32_t id, uint64_t start,
			       uint64_t end, uint64_t file_offset)
{
	const struct module_entry *entry = &table->entries.items[id];

	switch (entry->kind) {
	case MODULE_FILE:
		return get_file_bias(entry, start, end, file_offset);
	case MODULE_VDSO:
		/* linked at 0; the record's offset is a page number of the live address */
		return start;
	case MODULE_KERNEL:
	case MODULE_ANON:
	case MODULE_UNKNOWN:
		break;
	}
	return 0;
}

uint32_t module_table_hit(struct module_table *table, uint32_t id)
{
	struct module_entry *entry = &table->entries.items[id];
	struct module module = {.path = entry->path,
				.kind = entry->kind,
				.build_id_length = entry->build_id_length};

	if (entry->data_module != MODULE_NOT_HIT)
		return entry->data_module;
	memcpy(module.build_id, entry->build_id, sizeof(module.build_id));
	entry->data_module = (uint32_t)table->data->modules.count;
	vec_push(&table->data->modules, module);
	return entry->data_module;
}

const struct cfi_table *module_table_get_cfi(struct module_table *table, uint32_t id)
{
	struct module_entry *entry = &table->entries.items[id];

	if (!entry->is_cfi_loaded) {
		entry->is_cfi_loaded = true;
		if (entry->kind == MODULE_VDSO)
			entry->cfi = module_cfi_new_vdso();
		else if (entry->file != NULL)
			entry->cfi = module_cfi_new(entry->file, table->cache_dir);
	}
	return entry->cfi != NULL ? module_cfi_get_table(entry->cfi) : NULL;
}
