/*
 * Writes a perf.data into a memory file, piece by piece, for the tests of its reader: header, one
 * attribute each event, records, features.
 */
#ifndef PERF_FILE_H
#define PERF_FILE_H

#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "import/import_input.h"
#include "util/strbuf.h"

struct perf_file {
	struct strbuf bytes;
};

static inline void perf_file_put(struct perf_file *file, const void *bytes, size_t size)
{
	strbuf_add(&file->bytes, bytes, size);
}

static inline void perf_file_put_u64(struct perf_file *file, uint64_t value)
{
	perf_file_put(file, &value, sizeof(value));
}

static inline void perf_file_put_u32(struct perf_file *file, uint32_t value)
{
	perf_file_put(file, &value, sizeof(value));
}

/* A record of type and misc with that body. */
static inline void perf_file_put_record(struct perf_file *file, uint32_t type, uint16_t misc,
					const void *body, size_t size)
{
	struct perf_event_header header = {
		.type = type, .misc = misc, .size = (uint16_t)(sizeof(header) + size)};

	perf_file_put(file, &header, sizeof(header));
	perf_file_put(file, body, size);
}

/* Of an event with IDENTIFIER, IP, TID, TIME. */
static inline void perf_file_put_sample(struct perf_file *file, uint64_t id, uint64_t ip,
					uint32_t tid, uint64_t time_ns)
{
	const uint64_t body[] = {id, ip, (uint64_t)tid << 32 | tid, time_ns};

	perf_file_put_record(file, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, body, sizeof(body));
}

/* With the trailer of such an event: tid, time, id. */
static inline void perf_file_put_comm(struct perf_file *file, uint64_t id, uint32_t tid,
				      const char *comm, uint64_t time_ns)
{
	uint64_t body[6] = {(uint64_t)tid << 32 | tid, 0,	0,
			    (uint64_t)tid << 32 | tid, time_ns, id};

	strncpy((char *)&body[1], comm, 15);
	perf_file_put_record(file, PERF_RECORD_COMM, 0, body, sizeof(body));
}

static inline struct perf_event_attr perf_file_attr(uint64_t config)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = config,
		.sample_period = 1000,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			       PERF_SAMPLE_TIME,
		.sample_id_all = 1,
	};
}

/*
 * Header, then `count` events with attributes of `attr_bytes` and the ids 100, 200, …; what follows
 * is the data section, until perf_file_end().
 */
static inline void perf_file_begin(struct perf_file *file, const struct perf_event_attr *attrs,
				   uint32_t count, uint32_t attr_bytes)
{
	uint64_t entry = attr_bytes + 16, ids = 104, attrs_at = ids + 8 * count;
	uint64_t data = attrs_at + entry * count;

	strbuf_init(&file->bytes, 64 << 20);
	perf_file_put(file, "PERFILE2", 8);
	perf_file_put_u64(file, 104);
	perf_file_put_u64(file, entry);
	perf_file_put_u64(file, attrs_at);
	perf_file_put_u64(file, entry * count);
	perf_file_put_u64(file, data);
	for (int i = 0; i < 7; i++) /* size of the data, event types, features */
		perf_file_put_u64(file, 0);
	for (uint32_t i = 0; i < count; i++)
		perf_file_put_u64(file, 100 * (i + 1));
	for (uint32_t i = 0; i < count; i++) {
		struct perf_event_attr attr = attrs[i];

		attr.size = attr_bytes;
		perf_file_put(file, &attr, attr_bytes);
		perf_file_put_u64(file, ids + 8 * i);
		perf_file_put_u64(file, 8);
	}
}

/* The data section ends here; `features` is the first word of the header's bits. */
static inline void perf_file_end(struct perf_file *file, uint64_t features)
{
	uint64_t offset, size;

	memcpy(&offset, file->bytes.data + 40, sizeof(offset));
	size = file->bytes.length - offset;
	memcpy(file->bytes.data + 48, &size, sizeof(size));
	memcpy(file->bytes.data + 72, &features, sizeof(features));
}

static inline void perf_file_release(struct perf_file *file)
{
	strbuf_release(&file->bytes);
}

/* Some bytes as an input: 0 or negative errno. Its size is that of the bytes. */
static inline int perf_file_open_bytes(struct import_input *input, const void *bytes, size_t size)
{
	int fd = memfd_create("import", MFD_CLOEXEC), r = -1;

	if (fd >= 0 && (size == 0 || pwrite(fd, bytes, size, 0) == (ssize_t)size))
		r = import_input_open_fd(input, fd, "bytes", NULL);
	if (fd >= 0)
		close(fd);
	return r;
}

#endif
