#include "symbol/jitdump.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/range_index.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum {
	MAGIC = 0x4a695444, /* "DTiJ" in the bytes of a little-endian file */
	HEADER_BYTES = 40,
	RECORD_BYTES = 16,
	RECORD_LOAD = 0,
	RECORD_MOVE = 1,
	RECORD_DEBUG_INFO = 2,
	FLAG_CPU_COUNTER = 1, /* times are not CLOCK_MONOTONIC */
};

/* A function from one moment on; its lines are [first_line, +line_count) of the dump's. */
struct jit_load {
	struct jitdump_function function; /* lines NULL */
	uint32_t first_line;
};

/* The last function loaded at an address. */
struct jit_start {
	uint64_t start;
	uint32_t load;
};

struct jitdump {
	VEC(struct jit_load) loads; /* in the order of the file */
	VEC(struct jit_start) starts;
	struct hashmap start_index;
	VEC(struct jitdump_line) lines;
	struct range_index index; /* values are numbers in `loads` */
	uint32_t pid;
	bool has_times;
};

/* What is being read. */
struct jit_reader {
	struct jitdump *dump;
	const uint8_t *bytes; /* of the record's body */
	uint64_t size;
	uint64_t time_ns;
	/* lines come before the function that they are of */
	uint64_t lines_start;
	uint32_t first_line, line_count;
};

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static struct jit_start *find_start(const struct jitdump *dump, uint64_t start)
{
	uint64_t hash = hashmap_hash_u64(start);
	uint32_t slot, i;

	for (i = hashmap_first(&dump->start_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&dump->start_index, hash, &slot))
		if (dump->starts.items[i].start == start)
			return &dump->starts.items[i];
	return NULL;
}

static void add_load(struct jitdump *dump, const struct jitdump_function *function,
		     uint32_t first_line)
{
	uint32_t number = (uint32_t)dump->loads.count;
	struct jit_start *known = find_start(dump, function->start);

	if (dump->loads.count >= UINT32_MAX - 1)
		return;
	range_index_add(&dump->index, function->start, function->size, number);
	vec_push(&dump->loads, (struct jit_load){*function, first_line});
	if (known != NULL) {
		known->load = number;
		return;
	}
	hashmap_insert(&dump->start_index, hashmap_hash_u64(function->start),
		       (uint32_t)dump->starts.count);
	vec_push(&dump->starts, (struct jit_start){function->start, number});
}

/* pid, tid (u32), vma, address, size, index (u64), name, code */
static void read_load(struct jit_reader *reader)
{
	enum { NAME_AT = 40 };
	struct jitdump_function function = {.time_ns = reader->time_ns};
	const uint8_t *name_end;
	uint64_t behind;

	if (reader->size <= NAME_AT)
		return;
	name_end = memchr(reader->bytes + NAME_AT, '\0', reader->size - NAME_AT);
	if (name_end == NULL)
		return;
	function.name = (const char *)reader->bytes + NAME_AT;
	function.start = get_u64(reader->bytes + 16);
	function.size = get_u64(reader->bytes + 24);
	behind = reader->size - (uint64_t)(name_end + 1 - reader->bytes);
	if (function.size <= behind && function.size > 0)
		function.code = name_end + 1;
	if (reader->line_count > 0 && reader->lines_start == function.start)
		function.line_count = reader->line_count;
	reader->line_count = 0;
	add_load(reader->dump, &function, reader->first_line);
}

/* pid, tid (u32), vma, old address, new address, size, index (u64) */
static void read_move(struct jit_reader *reader)
{
	struct jitdump *dump = reader->dump;
	const struct jit_start *old;
	struct jit_load moved;

	if (reader->size < 48)
		return;
	old = find_start(dump, get_u64(reader->bytes + 16));
	if (old == NULL)
		return;
	moved = dump->loads.items[old->load];
	moved.function.start = get_u64(reader->bytes + 24);
	moved.function.time_ns = reader->time_ns;
	add_load(dump, &moved.function, moved.first_line);
}

static int compare_lines(const void *a, const void *b)
{
	const struct jitdump_line *left = a, *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

/* address, count (u64), then count times: address (u64), line, column (u32), file */
static void read_debug_info(struct jit_reader *reader)
{
	struct jitdump *dump = reader->dump;
	const char *file = "";
	uint64_t at = 16, count;
	size_t first = dump->lines.count;

	if (reader->size < at || first > UINT32_MAX / 2)
		return;
	reader->lines_start = get_u64(reader->bytes);
	count = get_u64(reader->bytes + 8);
	for (uint64_t i = 0; i < count && reader->size - at > 16; i++) {
		const uint8_t *row = reader->bytes + at, *end;
		uint64_t address = get_u64(row);

		end = memchr(row + 16, '\0', reader->size - at - 16);
		if (end == NULL)
			break;
		/* one byte 0xff: the same file as before */
		if (end - row != 17 || row[16] != 0xff)
			file = (const char *)row + 16;
		if (address >= reader->lines_start)
			vec_push(&dump->lines, (struct jitdump_line){address - reader->lines_start,
								     file, get_u32(row + 8)});
		at = (uint64_t)(end + 1 - reader->bytes);
	}
	reader->first_line = (uint32_t)first;
	reader->line_count = (uint32_t)(dump->lines.count - first);
	if (reader->line_count > 1)
		qsort(dump->lines.items + first, reader->line_count, sizeof(struct jitdump_line),
		      compare_lines);
}

static void read_records(struct jitdump *dump, const uint8_t *bytes, uint64_t length, uint64_t at)
{
	struct jit_reader reader = {.dump = dump};

	while (at < length && length - at >= RECORD_BYTES) {
		uint32_t size = get_u32(bytes + at + 4);

		if (size < RECORD_BYTES || size > length - at)
			return;
		reader.bytes = bytes + at + RECORD_BYTES;
		reader.size = size - RECORD_BYTES;
		reader.time_ns = get_u64(bytes + at + 8);
		switch (get_u32(bytes + at)) {
		case RECORD_LOAD:
			read_load(&reader);
			break;
		case RECORD_MOVE:
			read_move(&reader);
			break;
		case RECORD_DEBUG_INFO:
			read_debug_info(&reader);
			break;
		default: /* the end, unwinding rules, and what is newer than this reader */
			break;
		}
		at += size;
	}
}

int jitdump_parse(struct jitdump **ret_dump, const void *bytes, size_t length, struct err *err)
{
	const uint8_t *header = bytes;
	struct jitdump *dump;

	if (length < HEADER_BYTES || get_u32(header) != MAGIC)
		return err_set(err, -EBADMSG, "it is no jitdump of this machine's byte order");
	if (get_u32(header + 4) != 1)
		return err_set(err, -EBADMSG, "jitdump version %u is not known, only 1",
			       get_u32(header + 4));
	if (get_u32(header + 8) < HEADER_BYTES)
		return err_set(err, -EBADMSG, "the jitdump's header has %u bytes instead of 40",
			       get_u32(header + 8));
	dump = alloc_new(struct jitdump);
	range_index_init(&dump->index);
	hashmap_init(&dump->start_index);
	dump->pid = get_u32(header + 20);
	dump->has_times = (get_u64(header + 32) & FLAG_CPU_COUNTER) == 0;
	read_records(dump, header, length, get_u32(header + 8));
	range_index_build(&dump->index);
	for (size_t i = 0; i < dump->loads.count; i++)
		dump->loads.items[i].function.lines =
			dump->lines.items != NULL
				? dump->lines.items + dump->loads.items[i].first_line
				: NULL;
	*ret_dump = dump;
	return 0;
}

void jitdump_free(struct jitdump *dump)
{
	if (dump == NULL)
		return;
	vec_release(&dump->loads);
	vec_release(&dump->lines);
	vec_release(&dump->starts);
	hashmap_release(&dump->start_index);
	range_index_release(&dump->index);
	free(dump);
}

uint32_t jitdump_get_pid(const struct jitdump *dump)
{
	return dump->pid;
}

/* Whether a is a better answer than b for that time; the later one of the file for equal times. */
static bool is_better(const struct jitdump *dump, uint32_t a, uint32_t b, uint64_t time_ns)
{
	uint64_t a_ns = dump->loads.items[a].function.time_ns;
	uint64_t b_ns = dump->loads.items[b].function.time_ns;

	if (!dump->has_times)
		return a > b;
	if (time_ns != 0 && (a_ns <= time_ns) != (b_ns <= time_ns))
		return a_ns <= time_ns;
	if (a_ns == b_ns)
		return a > b;
	/* both until then: the last; both later: the first */
	return time_ns == 0 || a_ns <= time_ns ? a_ns > b_ns : a_ns < b_ns;
}

bool jitdump_find(const struct jitdump *dump, uint64_t lookup_addr, uint64_t time_ns,
		  struct jitdump_function *ret_function)
{
	const struct address_range *range = range_index_find(&dump->index, lookup_addr);
	uint32_t best;

	if (range == NULL)
		return false;
	best = range->value;
	while ((range = range_index_find_outer(&dump->index, range, lookup_addr)) != NULL)
		if (is_better(dump, range->value, best, time_ns))
			best = range->value;
	*ret_function = dump->loads.items[best].function;
	return true;
}

const struct jitdump_line *jitdump_find_line(const struct jitdump_function *function,
					     uint64_t lookup_addr)
{
	uint64_t offset = lookup_addr - function->start;
	uint32_t low = 0, high = function->line_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (function->lines[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &function->lines[low - 1] : NULL;
}
