#include "capture/perf_record.h"

#include <errno.h>
#include <string.h>

/* Younger than some of the headers that this builds with: Linux 6.0 and 6.8. */
#define READ_FORMAT_LOST (UINT64_C(1) << 4)
#define BRANCH_COUNTERS (UINT64_C(1) << 19)

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

/* `count` items of `size` bytes, unread; NULL when there are none, or not so many. */
static const unsigned char *next_items(struct cursor *cursor, uint64_t count, uint64_t size)
{
	const unsigned char *items = cursor->at;

	if (count == 0)
		return NULL;
	if (count > UINT16_MAX || !has_room(cursor, count * size)) {
		cursor->is_short = true;
		return NULL;
	}
	cursor->at += count * size;
	return items;
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

/* Counter values (perf_event_open(2), "Reading results"), stepped over. */
static void skip_read(struct cursor *cursor, uint64_t format)
{
	const uint64_t times = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	const uint64_t extras = PERF_FORMAT_ID | READ_FORMAT_LOST; /* beside each value */
	uint64_t count = format & PERF_FORMAT_GROUP ? next_u64(cursor) : 1;

	next_items(cursor, (uint64_t)__builtin_popcountll(format & times), 8);
	next_items(cursor, count, 8 + 8 * (uint64_t)__builtin_popcountll(format & extras));
}

static void skip_branches(struct cursor *cursor, uint64_t type)
{
	uint64_t count = next_u64(cursor);

	if (type & PERF_SAMPLE_BRANCH_HW_INDEX)
		next_u64(cursor);
	next_items(cursor, count, 24); /* struct perf_branch_entry */
	if (type & BRANCH_COUNTERS)
		next_items(cursor, count, 8);
}

/* The ABI of the registers, and those of the mask if there is one. */
static const unsigned char *next_registers(struct cursor *cursor, uint64_t mask, uint64_t *ret_abi)
{
	*ret_abi = next_u64(cursor);
	if (*ret_abi == PERF_SAMPLE_REGS_ABI_NONE)
		return NULL;
	return next_items(cursor, (uint64_t)__builtin_popcountll(mask), 8);
}

/* Reserved room first, then how much of it was filled: nothing follows when there is no room. */
static void decode_stack(struct perf_record_sample *sample, struct cursor *cursor)
{
	uint64_t reserved = next_u64(cursor), copied;
	const unsigned char *stack = next_items(cursor, reserved, 1);

	if (stack == NULL)
		return;
	copied = next_u64(cursor);
	if (copied > reserved) {
		cursor->is_short = true;
		return;
	}
	sample->stack_reserved_bytes = (uint32_t)reserved;
	sample->stack_bytes = (uint32_t)copied;
	sample->stack = copied > 0 ? stack : NULL;
}

/* What stands before the chain. */
static void decode_sample_head(struct perf_record *record, struct cursor *cursor, uint64_t type)
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
	sample->cpu = UINT32_MAX;
	if (type & PERF_SAMPLE_CPU) {
		sample->cpu = next_u32(cursor);
		next_u32(cursor);
	}
	if (type & PERF_SAMPLE_PERIOD)
		sample->period = next_u64(cursor);
}

/*
 * Order of the fields: the kernel's perf_output_sample(). (The comment in linux/perf_event.h puts
 * AUX before the page sizes; it is written last.)
 */
static void decode_sample(struct perf_record *record, struct cursor *cursor,
			  const struct perf_layout *layout)
{
	const uint64_t words = PERF_SAMPLE_PHYS_ADDR | PERF_SAMPLE_CGROUP |
			       PERF_SAMPLE_DATA_PAGE_SIZE | PERF_SAMPLE_CODE_PAGE_SIZE;
	struct perf_record_sample *sample = &record->sample;
	uint64_t type = layout->sample_type, abi;

	decode_sample_head(record, cursor, type);
	if (type & PERF_SAMPLE_READ)
		skip_read(cursor, layout->read_format);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		uint64_t count = next_u64(cursor);

		sample->chain = next_items(cursor, count, 8);
		sample->chain_count = sample->chain != NULL ? (uint32_t)count : 0;
	}
	if (type & PERF_SAMPLE_RAW)
		next_items(cursor, next_u32(cursor), 1);
	if (type & PERF_SAMPLE_BRANCH_STACK)
		skip_branches(cursor, layout->branch_sample_type);
	if (type & PERF_SAMPLE_REGS_USER) {
		sample->registers = next_registers(cursor, layout->user_registers, &abi);
		sample->is_32_bit = abi == PERF_SAMPLE_REGS_ABI_32;
	}
	if (type & PERF_SAMPLE_STACK_USER)
		decode_stack(sample, cursor);
	if (type & (PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT))
		next_u64(cursor);
	if (type & PERF_SAMPLE_DATA_SRC)
		next_u64(cursor);
	if (type & PERF_SAMPLE_TRANSACTION)
		next_u64(cursor);
	if (type & PERF_SAMPLE_REGS_INTR)
		next_registers(cursor, layout->interrupt_registers, &abi);
	next_items(cursor, (uint64_t)__builtin_popcountll(type & words), 8);
	if (type & PERF_SAMPLE_AUX)
		next_items(cursor, next_u64(cursor), 1);
}

/* Length, 3 bytes of padding, 20 bytes of which `length` count. */
static void decode_build_id(struct perf_record_mmap *mmap, struct cursor *cursor)
{
	const unsigned char *bytes = next_items(cursor, 24, 1);

	if (bytes == NULL)
		return;
	if (bytes[0] > sizeof(mmap->build_id)) {
		cursor->is_short = true;
		return;
	}
	mmap->build_id_length = bytes[0];
	memcpy(mmap->build_id, bytes + 4, mmap->build_id_length);
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
		decode_build_id(mmap, cursor);
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
		decode_sample(record, cursor, layout);
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
		return err_set(
			err, -EBADMSG,
			"perf record of type %u: its %u bytes do not hold the fields that it "
			"should have",
			header.type, header.size);
	*ret_record = record;
	return 0;
}

bool perf_record_get_register(const struct perf_record_sample *sample,
			      const struct perf_layout *layout, unsigned number,
			      uint64_t *ret_value)
{
	uint64_t bit = number < 64 ? UINT64_C(1) << number : 0;
	size_t index = (size_t)__builtin_popcountll(layout->user_registers & (bit - 1));

	if (sample->registers == NULL || (layout->user_registers & bit) == 0)
		return false;
	memcpy(ret_value, sample->registers + index * sizeof(*ret_value), sizeof(*ret_value));
	return true;
}

uint64_t perf_record_get_chain(const struct perf_record_sample *sample, uint32_t index)
{
	uint64_t avma;

	memcpy(&avma, sample->chain + (size_t)index * sizeof(avma), sizeof(avma));
	return avma;
}
