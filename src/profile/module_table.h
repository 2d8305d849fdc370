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
#include "profile/module_cfi.h"
#include "symbol/symbolizer.h"
#include "util/hashmap.h"
#include "util/vec.h"

struct elf_file;

enum {
	MODULE_TABLE_MAX = 8192, /* modules; what is beyond counts as unknown */
	/*
	 * Files kept open, two descriptors each, where the limit of descriptors is low; where it is
	 * not, they are one in so many of them: builds run thousands of programs, each once.
	 */
	MODULE_TABLE_OPEN_LEAST = 256,
	MODULE_TABLE_OPEN_PART = 8,
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
	struct elf_file *file;	/* NULL = could not be opened, or is no ELF file */
	struct module_cfi *cfi; /* NULL = not loaded, or there is none */
	bool is_cfi_loaded;	/* it was tried */
	uint8_t build_id[BUILD_ID_BYTES], build_id_length; /* 0 = not known */
	uint32_t symbol_id;				   /* in the symbolizer */
	uint32_t data_module; /* index into data->modules, or MODULE_NOT_HIT */
};

/* Where files and tables are looked for. */
struct module_table_config {
	struct symbolizer_config symbols;
	const char *cache_dir; /* of tables of rules; NULL = nothing is kept; copied */
	bool is_live;	       /* mappings are of living processes: their files by /proc */
	const char *root;      /* else: files are below here; NULL = "/"; copied */
};

struct module_table {
	struct profile_data *data;
	struct symbolizer *symbolizer;
	VEC(struct module_entry) entries;
	struct hashmap index;
	uint32_t open_count, open_max;
	bool is_live;
	char *cache_dir, *root;
};

/* A mapping as /proc/PID/maps or PERF_RECORD_MMAP2 tell of it. */
struct module_mapping {
	uint32_t pid;
	uint64_t start, end; /* avma */
	const char *path;    /* "" and "//anon" are anonymous memory; without " (deleted)" */
	uint32_t device_major, device_minor;
	uint64_t inode;
	/* what is known without the file: of a perf.data; length 0 = nothing */
	uint8_t build_id[BUILD_ID_BYTES], build_id_length;
	uint32_t namespace_pid; /* the process's own number of itself; 0 = as pid */
};

/* `data` must outlive the table and holds its strings and modules. */
void module_table_init(struct module_table *table, struct profile_data *data,
		       const struct module_table_config *config);
void module_table_release(struct module_table *table);

/* The id of what is mapped; opens a new file. */
uint32_t module_table_intern(struct module_table *table, const struct module_mapping *mapping);

/*
 * What to subtract from an avma of the mapping for the address in the module's own terms (see enum
 * module_kind): of a file whose segments are not known, the file offset.
 */
uint64_t module_table_get_bias(const struct module_table *table, uint32_t id, uint64_t start,
			       uint64_t end, uint64_t file_offset);

/* The module's index in data->modules; it is added there if this is the first time. */
uint32_t module_table_hit(struct module_table *table, uint32_t id);

/* The rules to unwind the module's code; NULL when it has none. Compiled at the first question. */
const struct cfi_table *module_table_get_cfi(struct module_table *table, uint32_t id);

#endif
