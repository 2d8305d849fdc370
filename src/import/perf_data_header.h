/*
 * What a perf.data says of itself: which events there are and how their records look, on which
 * machine, by which command. A file has it at its front (attributes) and its back (the feature
 * sections); a pipe sends the same as records.
 *
 * Format: tools/perf/Documentation/perf.data-file-format.txt of Linux. Pure.
 */
#ifndef IMPORT_PERF_DATA_HEADER_H
#define IMPORT_PERF_DATA_HEADER_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum {
	PERF_FILE_HEADER_BYTES = 104,
	PERF_PIPE_HEADER_BYTES = 16,
	PERF_EVENTS_MAX = 4096,
	PERF_IDS_MAX = 1 << 22, /* an event has one for each CPU or thread */
	PERF_SECTION_BYTES_MAX = 64 << 20,
	PERF_BUILD_ID_BYTES = 20,
};

enum perf_feature {
	PERF_FEATURE_BUILD_ID = 2,
	PERF_FEATURE_HOSTNAME = 3,
	PERF_FEATURE_OSRELEASE = 4,
	PERF_FEATURE_VERSION = 5,
	PERF_FEATURE_ARCH = 6,
	PERF_FEATURE_NRCPUS = 7,
	PERF_FEATURE_CPUDESC = 8,
	PERF_FEATURE_TOTAL_MEM = 10,
	PERF_FEATURE_CMDLINE = 11,
	PERF_FEATURE_EVENT_DESC = 12,
	PERF_FEATURE_AUXTRACE = 18,
	PERF_FEATURE_SAMPLE_TIME = 21,
	PERF_FEATURE_CLOCKID = 23,
	PERF_FEATURE_DIR_FORMAT = 24,
	PERF_FEATURE_COMPRESSED = 27,
	PERF_FEATURE_CLOCK_DATA = 29,
	PERF_FEATURE_BITS = 256,
};

struct perf_section {
	uint64_t offset, size;
};

struct perf_file_header {
	uint64_t header_bytes, attr_bytes;
	struct perf_section attrs, data;
	uint64_t features[PERF_FEATURE_BITS / 64];
};

struct perf_data_event {
	struct perf_event_attr attr;
	struct perf_layout layout;
	const char *name;
};

struct perf_data_id {
	uint64_t id;
	uint32_t event;
};

struct perf_data_build_id {
	const char *path;
	uint8_t bytes[PERF_BUILD_ID_BYTES];
	uint8_t length;
	bool is_kernel; /* of the kernel itself or one of its modules */
};

struct perf_data_info {
	struct arena arena;
	VEC(struct perf_data_event) events;
	VEC(struct perf_data_id) ids;
	struct hashmap index; /* of ids */
	VEC(struct perf_data_build_id) build_ids;
	/* NULL = not stated */
	const char *host, *kernel, *perf_version, *arch, *cpu_model, *command_line;
	uint32_t cpu_count;    /* online; 0 = not stated */
	uint64_t memory_bytes; /* 0 = not stated */
	/* times of the first and the last sample, on the file's clock; 0 = not stated */
	uint64_t first_ns, last_ns;
	/* a pair of times, on the wall's clock and on the file's; 0 = not stated */
	uint64_t clock_wall_ns, clock_ns;
	bool has_clock_id; /* record -k: the file's clock is clock_id, else the kernel's own */
	int32_t clock_id;
	uint32_t unpacked_bytes_max; /* of one compressed record; 0 = not stated */
	bool has_auxtrace;
};

void perf_data_info_init(struct perf_data_info *info);
void perf_data_info_release(struct perf_data_info *info);

/*
 * The first 104 bytes of a file. -EBADMSG in a sentence for what is no perf.data, -ENOTSUP for one
 * that was written the other way round or is too old.
 */
int perf_file_header_decode(struct perf_file_header *ret_header, const void *bytes, size_t length,
			    struct err *err);
bool perf_file_header_has(const struct perf_file_header *header, unsigned feature);

/*
 * Adds an event: `attr` of `size` bytes of any version of the ABI, with its ids. -EBADMSG, or
 * -ENOTSUP for one whose records have fields that sonde does not know.
 */
int perf_data_info_add_event(struct perf_data_info *info, const void *attr, size_t size,
			     const void *ids, size_t id_count, struct err *err);

/* The event of that id, UINT32_MAX when there is none. */
uint32_t perf_data_info_find_event(const struct perf_data_info *info, uint64_t id);

/* A later record gives the event with that id another name. */
void perf_data_info_rename(struct perf_data_info *info, uint64_t id, const char *name,
			   size_t length);

/*
 * A feature section's content. Ones that are not listed above are left out. False when it
 * contradicts itself; what was understood until there is kept.
 */
bool perf_data_info_add_feature(struct perf_data_info *info, unsigned feature, const void *bytes,
				size_t length);

/* One build-id record, with its header. */
bool perf_data_info_add_build_id(struct perf_data_info *info, const void *bytes, size_t length);

#endif
