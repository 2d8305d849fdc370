/*
 * The files (and other sources) of code that followed processes map. A file is opened when it is
 * first seen, while it can still be reached through /proc/PID, and stays open: it may be deleted,
 * replaced, or in another mount namespace by the time its functions are named. Modules enter the
 * profile's data when a sample hits them.
 */
#ifndef PROFILE_MODULE_TABLE_H
#define PROFILE_MODULE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "profile/mapping_list.h"
#include "symbol/symbolizer.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct elf_file;

enum {
	MODULE_TABLE_MAX = 8192,     /* modules; what is beyond counts as unknown */
	MODULE_TABLE_OPEN_MAX = 512, /* files kept open; two descriptors each */
};

/* Ids that exist in every table. */
enum { MODULE_ID_UNKNOWN = 0, MODULE_ID_KERNEL = 1 };

#define MODULE_NOT_HIT UINT32_MAX

struct module_entry {
	enum module_kind kind;
	uint32_t path; /* string id in the profile's data */
	uint32_t device_major, device_minor;
	uint64_t inode;
	uint32_t
		/*
		 * MODULE_ANON: whose memory it is; of a file that is no ELF file: who mapped it
		 * first
		 */
		pid;
	struct elf_file *file; /* NULL = could not be opened, or is no ELF file */
	uint32_t symbol_id;    /* in the symbolizer */
	uint32_t data_module;  /* index into data->modules, or MODULE_NOT_HIT */
};

struct module_table {
	struct profile_data *data;
	struct symbolizer *symbolizer;
	VEC(struct module_entry) entries;
	struct hashmap index;
	uint32_t open_count;
};

/* A mapping as /proc/PID/maps or PERF_RECORD_MMAP2 tell of it. */
struct module_mapping {
	uint32_t pid;
	uint64_t start, end; /* avma */
	const char *path;    /* "" and "//anon" are anonymous memory; without " (deleted)" */
	uint32_t device_major, device_minor;
	uint64_t inode;
};

/* `data` must outlive the table and holds its strings and modules. */
void module_table_init(struct module_table *table, struct profile_data *data);
void module_table_release(struct module_table *table);

/* The id of what is mapped; opens a new file. */
uint32_t module_table_intern(struct module_table *table, const struct module_mapping *mapping);

/*
 * The address in the module's own terms (see enum module_kind): of a file whose segments are not
 * known, the file offset.
 */
uint64_t module_table_get_svma(const struct module_table *table, const struct mapping *mapping,
			       uint64_t avma);

/* The module's index in data->modules; it is added there if this is the first time. */
uint32_t module_table_hit(struct module_table *table, uint32_t id);

/* The name of the function around the address; false when it has none. Valid until release. */
bool module_table_find_name(struct module_table *table, uint32_t id, uint64_t lookup_addr,
			    const char **ret_name);

#endif
