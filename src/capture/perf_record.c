#include "capture/perf_record.h"

#include <errno.h>
#include <string.h>

/*
 * What is left of a record. A read past the end sets is_short and gives zeros, so that one check at
 * the end is enough.
 */
struct cursor {
	const unsigned char *at, *end;
	bool is_short;
};

static bool has_room(struct cursor *cursor, uint64_t size)
{
	if (size <= (uint64_t)(cursor->end - cursor->at) && !cursor->is_short)
		return true;
	cursor->is_short = true;
	return false;
}

static uint64_t next_u64(struct cursor *cursor)
{
	uint64_t value = 0;

	if (has_room(cursor, sizeof(value))) {
		memcpy(&value, cursor->at, sizeof(value));
		cursor->at += sizeof(value);
	}
	return value;
}

static uint32_t next_u32(struct cursor *cursor)
{
	uint32_t value = 0;

	if (has_room(cursor, sizeof(value))) {
		memcpy(&value, cursor->at, sizeof(value));
		cursor->at += sizeof(value);
	}
	return value;
}

/* A text padded with NULs to the end of the cursor. */
static const char *next_text(struct cursor *cursor)
{
	const unsigned char *text = cursor->at;

	if (cursor->is_short || cursor->at == cursor->end ||
	    memchr(text, '\0', (size_t)(cursor->end - cursor->at)) == NULL) {
		cursor->is_short = true;
		return "";
	}
	cursor->at = cursor->end;
	return (const char *)text;
}

/*
 * Order of the fields: perf_event_open(2), struct sample_id. The text before it is of unknown
 * length: read from the end.
 */
static void decode_sample_id(struct perf_record *record, struct cursor *cursor,
			     const struct perf_layout *layout)
{
	const uint64_t bits = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
			      PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER;
	uint64_t type = layout->sample_type & bits;
	uint64_t size = 8 * (uint64_t)__builtin_popcountll(type);
	struct cursor trailer;

	if (!layout->has_sample_id || !has_room(cursor, size))
		return;
	trailer = (struct cursor){.at = cursor->end - size, .end = cursor->end};
	cursor->end -= size;
	if (type & PERF_SAMPLE_TID) {
		record->pid = next_u32(&trailer);
		record->tid = next_u32(&trailer);
	}
	if (type & PERF_SAMPLE_TIME)
		record->time_ns = next_u64(&trailer);
	if (type & PERF_SAMPLE_ID)
		record->id = next_u64(&trailer);
	if (type & PERF_SAMPLE_STREAM_ID)
		next_u64(&trailer);
	if (type & PERF_SAMPLE_CPU)
		next_u64(&trailer);
	if (type & PERF_SAMPLE_IDENTIFIER)
		record->id = next_u64(&trailer);
}

static void decode_sample(struct perf_record *record, struct cursor *cursor, uint64_t type)
{
	struct perf_record_sample *sample = &record->sample;

	if (type & PERF_SAMPLE_IDENTIFIER)
		record->id = next_u64(cursor);
	if (type & PERF_SAMPLE_IP)
		sample->ip = next_u64(cursor);
	if (type & PERF_SAMPLE_TID) {
		record->pid = next_u32(cursor);
		record->tid = next_u32(cursor);
	}
	if (type & PERF_SAMPLE_TIME)
		record->time_ns = next_u64(cursor);
	if (type & PERF_SAMPLE_ADDR)
		next_u64(cursor);
	if (type & PERF_SAMPLE_ID)
		record->id = next_u64(cursor);
	if (type & PERF_SAMPLE_STREAM_ID)
		next_u64(cursor);
	if (type & PERF_SAMPLE_CPU)
		next_u64(cursor);
	if (type & PERF_SAMPLE_PERIOD)
		sample->period = next_u64(cursor);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		uint64_t count = next_u64(cursor);

		if (count <= UINT16_MAX / 8 && has_room(cursor, count * 8)) {
			sample->chain_count = (uint32_t)count;
			sample->chain = cursor->at;
		} else {
			cursor->is_short = true;
		}
	}
}

static void decode_mmap(struct perf_record *record, struct cursor *cursor)
{
	struct perf_record_mmap *mmap = &record->mmap;
	bool is_mmap2 = record->type == PERF_RECORD_MMAP2;

	record->pid = next_u32(cursor);
	record->tid = next_u32(cursor);
	mmap->start = next_u64(cursor);
	mmap->length = next_u64(cursor);
	mmap->file_offset = next_u64(cursor);
	if (is_mmap2 && (record->misc & PERF_RECORD_MISC_MMAP_BUILD_ID)) {
		for (int i = 0; i < 3; i++) /* a build id stands in place of device and inode */
			next_u64(cursor);
	} else if (is_mmap2) {
		mmap->device_major = next_u32(cursor);
		mmap->device_minor = next_u32(cursor);
		mmap->inode = next_u64(cursor);
		next_u64(cursor); /* inode generation */
	}
	if (is_mmap2) {
		mmap->protection = next_u32(cursor);
		next_u32(cursor); /* flags */
	}
	mmap->path = next_text(cursor);
	record->type = PERF_RECORD_MMAP;
}

static void decode_task(struct perf_record *record, struct cursor *cursor)
{
	uint64_t time_ns;

	record->pid = next_u32(cursor);
	record->task.parent_pid = next_u32(cursor);
	record->tid = next_u32(cursor);
	record->task.parent_tid = next_u32(cursor);
	time_ns = next_u64(cursor);
	if (record->time_ns == 0)
		record->time_ns = time_ns;
}

static int decode_body(struct perf_record *record, struct cursor *cursor,
		       const struct perf_layout *layout)
{
	if (record->type == PERF_RECORD_SAMPLE) {
		decode_sample(record, cursor, layout->sample_type);
		return 0;
	}
	decode_sample_id(record, cursor, layout);
	switch (record->type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		decode_mmap(record, cursor);
		return 0;
	case PERF_RECORD_COMM:
		record->pid = next_u32(cursor);
		record->tid = next_u32(cursor);
		record->comm = next_text(cursor);
		return 0;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		decode_task(record, cursor);
		return 0;
	case PERF_RECORD_LOST:
		next_u64(cursor); /* id: sample_id has it */
		record->lost_count = next_u64(cursor);
		return 0;
	case PERF_RECORD_LOST_SAMPLES:
		record->lost_count = next_u64(cursor);
		return 0;
	case PERF_RECORD_THROTTLE:
	case PERF_RECORD_UNTHROTTLE:
		return 0;
	default:
		return -ENOTSUP;
	}
}

int perf_record_decode(struct perf_record *ret_record, const void *bytes, size_t length,
		       const struct perf_layout *layout, struct err *err)
{
	const unsigned char *start = bytes;
	struct perf_event_header header;
	struct perf_record record = {0};
	struct cursor cursor;
	int result;

	if (length < sizeof(header))
		return err_set(err, -EBADMSG, "perf record: %zu bytes where a header has %zu",
			       length, sizeof(header));
	memcpy(&header, start, sizeof(header));
	if (header.size < sizeof(header) || header.size > length)
		return err_set(err, -EBADMSG, "perf record of type %u: states %u bytes of %zu",
			       header.type, header.size, length);
	record.type = header.type;
	record.misc = header.misc;
	cursor = (struct cursor){.at = start + sizeof(header), .end = start + header.size};
	result = decode_body(&record, &cursor, layout);
	if (result < 0)
		return err_set(err, result, "perf record of type %u is not one that sonde reads",
			       header.type);
	if (cursor.is_short)
		return err_set(err, -EBADMSG,
			       "perf record of type %u: its %u bytes end before its fields do",
			       header.type, header.size);
	*ret_record = record;
	return 0;
}

uint64_t perf_record_get_chain(const struct perf_record_sample *sample, uint32_t index)
{
	uint64_t avma;

	memcpy(&avma, sample->chain + (size_t)index * sizeof(avma), sizeof(avma));
	return avma;
}
