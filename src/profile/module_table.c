#include "profile/module_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_file.h"
#include "util/fd.h"
#include "util/scoped.h"

enum { PATH_BYTES = 4096 + 64 };

static uint32_t add_symbols(struct module_table *table, const struct module_entry *entry, int fd)
{
	struct symbol_source source = {
		.kind = entry->kind,
		.path = string_table_get(&table->data->strings, entry->path),
		.fd = fd,
		.pid = (pid_t)entry->pid,
	};

	if (entry->file != NULL &&
	    !elf_image_find_build_id(elf_file_get_image(entry->file), source.build_id,
				     &source.build_id_length))
		source.build_id_length = 0;
	return symbolizer_add_module(table->symbolizer, &source);
}

static void add_fixed(struct module_table *table, enum module_kind kind, const char *path)
{
	struct module_entry entry = {
		.kind = kind,
		.path = string_table_intern(&table->data->strings, path),
		.data_module = MODULE_NOT_HIT,
	};

	entry.symbol_id = add_symbols(table, &entry, -1);
	vec_push(&table->entries, entry);
}

void module_table_init(struct module_table *table, struct profile_data *data)
{
	*table = (struct module_table){.data = data, .symbolizer = symbolizer_new()};
	hashmap_init(&table->index);
	add_fixed(table, MODULE_UNKNOWN, "[unknown]");
	add_fixed(table, MODULE_KERNEL, "[kernel]");
}

void module_table_release(struct module_table *table)
{
	for (size_t i = 0; i < table->entries.count; i++)
		elf_file_close(table->entries.items[i].file);
	vec_release(&table->entries);
	hashmap_release(&table->index);
	symbolizer_free(table->symbolizer);
	table->symbolizer = NULL;
}

static enum module_kind get_kind(const struct module_mapping *mapping)
{
	if (strcmp(mapping->path, "[vdso]") == 0)
		return MODULE_VDSO;
	return mapping->path[0] == '/' && mapping->inode != 0 ? MODULE_FILE : MODULE_ANON;
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

/*
 * Opens the file. One that is no ELF file is memory by a name, as JIT compilers map it (memfd, a
 * file in /tmp).
 */
static int open_entry(struct module_table *table, struct module_entry *entry,
		      const struct module_mapping *mapping)
{
	int fd = -1, result;

	if (table->open_count < MODULE_TABLE_OPEN_MAX)
		fd = open_mapped_file(mapping);
	if (fd < 0)
		return fd;
	result = elf_file_open_fd(&entry->file, fd, mapping->path, NULL);
	if (result == 0) {
		table->open_count++;
	} else if (result == -EBADMSG) {
		entry->kind = MODULE_ANON;
		entry->pid = mapping->pid;
	}
	return fd;
}

/* Anonymous memory is its process's; a file is the same for all. */
static bool is_same(const struct module_table *table, const struct module_entry *entry,
		    const char *path, const struct module_mapping *mapping)
{
	if (strcmp(string_table_get(&table->data->strings, entry->path), path) != 0)
		return false;
	if (mapping->inode == 0)
		return entry->inode == 0 &&
		       (entry->kind != MODULE_ANON || entry->pid == mapping->pid);
	return entry->inode == mapping->inode && entry->device_major == mapping->device_major &&
	       entry->device_minor == mapping->device_minor;
}

uint32_t module_table_intern(struct module_table *table, const struct module_mapping *mapping)
{
	struct module_entry entry = {.kind = get_kind(mapping), .data_module = MODULE_NOT_HIT};
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
	if (entry.kind == MODULE_FILE)
		fd = open_entry(table, &entry, mapping);
	entry.symbol_id = add_symbols(table, &entry, entry.file != NULL ? fd : -1);
	id = (uint32_t)table->entries.count;
	vec_push(&table->entries, entry);
	hashmap_insert(&table->index, hash, id);
	return id;
}

uint64_t module_table_get_svma(const struct module_table *table, const struct mapping *mapping,
			       uint64_t avma)
{
	const struct module_entry *entry = &table->entries.items[mapping->module];
	uint64_t file_offset = avma - mapping->start + mapping->file_offset, svma;

	switch (entry->kind) {
	case MODULE_FILE:
		if (entry->file != NULL &&
		    elf_image_file_offset_to_svma(elf_file_get_image(entry->file), file_offset,
						  &svma))
			return svma;
		return file_offset;
	case MODULE_VDSO:
		return avma -
		       /* linked at 0; the record's offset is a page number of the live address */
		       mapping->start;
	case MODULE_KERNEL:
	case MODULE_ANON:
	case MODULE_UNKNOWN:
		break;
	}
	return avma;
}

uint32_t module_table_hit(struct module_table *table, uint32_t id)
{
	struct module_entry *entry = &table->entries.items[id];
	struct module module = {.path = entry->path, .kind = entry->kind};

	if (entry->data_module != MODULE_NOT_HIT)
		return entry->data_module;
	if (entry->file != NULL &&
	    !elf_image_find_build_id(elf_file_get_image(entry->file), module.build_id,
				     &module.build_id_length))
		module.build_id_length = 0;
	entry->data_module = (uint32_t)table->data->modules.count;
	vec_push(&table->data->modules, module);
	return entry->data_module;
}

bool module_table_find_name(struct module_table *table, uint32_t id, uint64_t lookup_addr,
			    const char **ret_name)
{
	struct symbol_name name;

	if (!symbolizer_find(table->symbolizer, table->entries.items[id].symbol_id, lookup_addr,
			     &name))
		return false;
	*ret_name = name.name;
	return true;
}
