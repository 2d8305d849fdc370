#include "import/perf_data_header.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "import/perf_event_name.h"
#include "util/strbuf.h"

/* What is left of a section. A read past the end sets is_short and gives zeros. */
struct cursor {
	const unsigned char *at, *end;
	bool is_short;
};

static const unsigned char *next_bytes(struct cursor *cursor, uint64_t size)
{
	const unsigned char *bytes = cursor->at;

	if (cursor->is_short || size > (uint64_t)(cursor->end - cursor->at)) {
		cursor->is_short = true;
		return NULL;
	}
	cursor->at += size;
	return bytes;
}

static uint64_t next_u64(struct cursor *cursor)
{
	const unsigned char *bytes = next_bytes(cursor, sizeof(uint64_t));
	uint64_t value = 0;

	if (bytes != NULL)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t next_u32(struct cursor *cursor)
{
	const unsigned char *bytes = next_bytes(cursor, sizeof(uint32_t));
	uint32_t value = 0;

	if (bytes != NULL)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

/* perf's header strings: a length of 4 bytes, then the text, padded with NULs. NULL when short. */
static const char *next_text(struct cursor *cursor, struct arena *arena)
{
	uint32_t length = next_u32(cursor);
	const unsigned char *bytes = next_bytes(cursor, length);

	return bytes != NULL ? arena_strndup(arena, (const char *)bytes,
					     strnlen((const char *)bytes, length))
			     : NULL;
}

void perf_data_info_init(struct perf_data_info *info)
{
	*info = (struct perf_data_info){0};
	arena_init(&info->arena);
	hashmap_init(&info->index);
}

void perf_data_info_release(struct perf_data_info *info)
{
	vec_release(&info->events);
	vec_release(&info->ids);
	vec_release(&info->build_ids);
	hashmap_release(&info->index);
	arena_release(&info->arena);
}

int perf_file_header_decode(struct perf_file_header *ret_header, const void *bytes, size_t length,
			    struct err *err)
{
	const unsigned char *start = bytes;
	struct cursor cursor = {start, start + length, false};
	struct perf_file_header header = {0};

	if (length >= 8 && memcmp(start, "2ELIFREP", 8) == 0)
		return err_set(
			err, -ENOTSUP,
			"is a perf.data of a big-endian machine; sonde reads those of x86_64 "
			"and aarch64");
	if (length >= 8 && memcmp(start, "PERFFILE", 8) == 0)
		return err_set(err, -ENOTSUP,
			       "is a perf.data of a perf before Linux 3.2; record it anew, or give "
			       "sonde what that perf's `perf script` prints");
	if (length < 8 || memcmp(start, "PERFILE2", 8) != 0)
		return err_set(err, -EBADMSG, "is no perf.data: it does not begin with PERFILE2");
	next_u64(&cursor);
	header.header_bytes = next_u64(&cursor);
	if (cursor.is_short)
		return err_set(err, -EBADMSG, "is a perf.data that ends after %zu bytes", length);
	if (header.header_bytes != PERF_PIPE_HEADER_BYTES) {
		header.attr_bytes = next_u64(&cursor);
		header.attrs.offset = next_u64(&cursor);
		header.attrs.size = next_u64(&cursor);
		header.data.offset = next_u64(&cursor);
		header.data.size = next_u64(&cursor);
		next_bytes(&cursor, sizeof(struct perf_section)); /* event types: unused */
		for (size_t i = 0; i < PERF_FEATURE_BITS / 64; i++)
			header.features[i] = next_u64(&cursor);
		if (header.header_bytes < PERF_FILE_HEADER_BYTES)
			return err_set(err, -EBADMSG,
				       "is a damaged perf.data: its header of %" PRIu64
				       " bytes should have %d",
				       header.header_bytes, PERF_FILE_HEADER_BYTES);
		if (cursor.is_short)
			return err_set(err, -EBADMSG, "is a perf.data that ends after %zu bytes",
				       length);
	}
	*ret_header = header;
	return 0;
}

bool perf_file_header_has(const struct perf_file_header *header, unsigned feature)
{
	return header->features[feature / 64] >> feature % 64 & 1;
}

static void add_id(struct perf_data_info *info, uint64_t id, uint32_t event)
{
	if (perf_data_info_find_event(info, id) != UINT32_MAX || info->ids.count >= PERF_IDS_MAX)
		return;
	hashmap_insert(&info->index, hashmap_hash_u64(id), (uint32_t)info->ids.count);
	vec_push(&info->ids, (struct perf_data_id){id, event});
}

uint32_t perf_data_info_find_event(const struct perf_data_info *info, uint64_t id)
{
	uint32_t slot, at = hashmap_first(&info->index, hashmap_hash_u64(id), &slot);

	for (; at != HASHMAP_NONE; at = hashmap_next(&info->index, hashmap_hash_u64(id), &slot))
		if (info->ids.items[at].id == id)
			return info->ids.items[at].event;
	return UINT32_MAX;
}

int perf_data_info_add_event(struct perf_data_info *info, const void *attr, size_t size,
			     const void *ids, size_t id_count, struct err *err)
{
	struct perf_data_event event = {0};
	uint32_t number = (uint32_t)info->events.count;

	if (number >= PERF_EVENTS_MAX)
		return err_set(err, -EBADMSG, "has more than %d events", PERF_EVENTS_MAX);
	if (size < PERF_ATTR_SIZE_VER0)
		return err_set(err, -EBADMSG,
			       "describes event %" PRIu32 " in %zu bytes; the least are %d",
			       number + 1, size, PERF_ATTR_SIZE_VER0);
	memcpy(&event.attr, attr, size < sizeof(event.attr) ? size : sizeof(event.attr));
	event.layout = (struct perf_layout){
		.sample_type = event.attr.sample_type,
		.read_format = event.attr.read_format,
		.branch_sample_type = event.attr.branch_sample_type,
		.user_registers = event.attr.sample_regs_user,
		.interrupt_registers = event.attr.sample_regs_intr,
		.has_sample_id = event.attr.sample_id_all,
	};
	if (event.attr.sample_type & ~PERF_RECORD_SAMPLE_BITS)
		return err_set(err, -ENOTSUP,
			       "has samples with fields (0x%" PRIx64
			       ") that are newer than this sonde",
			       (uint64_t)event.attr.sample_type & ~PERF_RECORD_SAMPLE_BITS);
	event.name = perf_event_name_format(&event.attr, &info->arena);
	vec_push(&info->events, event);
	for (size_t i = 0; i < id_count; i++) {
		uint64_t id;

		memcpy(&id, (const unsigned char *)ids + i * sizeof(id), sizeof(id));
		add_id(info, id, number);
	}
	return 0;
}

void perf_data_info_rename(struct perf_data_info *info, uint64_t id, const char *name,
			   size_t length)
{
	uint32_t event = perf_data_info_find_event(info, id);

	if (event != UINT32_MAX && length > 0)
		info->events.items[event].name = arena_strndup(&info->arena, name, length);
}

/* The same events again, in the same order, this time with their names. */
static void add_event_names(struct perf_data_info *info, struct cursor *cursor)
{
	uint32_t count = next_u32(cursor), attr_bytes = next_u32(cursor);

	for (uint32_t i = 0; i < count && !cursor->is_short; i++) {
		uint32_t id_count;
		const char *name;

		next_bytes(cursor, attr_bytes);
		id_count = next_u32(cursor);
		name = next_text(cursor, &info->arena);
		next_bytes(cursor, (uint64_t)id_count * sizeof(uint64_t));
		if (!cursor->is_short && i < info->events.count && name[0] != '\0')
			info->events.items[i].name = name;
	}
}

/* As a shell would need them. */
static const char *next_command_line(struct perf_data_info *info, struct cursor *cursor)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "%+,-./:=@_^";
	uint32_t count = next_u32(cursor);
	struct strbuf text;
	const char *line = NULL;

	strbuf_init(&text, 1 << 20);
	for (uint32_t i = 0; i < count && !cursor->is_short; i++) {
		const char *word = next_text(cursor, &info->arena);

		if (word == NULL)
			break;
		strbuf_add_text(&text, i > 0 ? " " : "");
		if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
			strbuf_add_text(&text, word);
			continue;
		}
		strbuf_add_char(&text, '\'');
		for (; *word != '\0'; word++) {
			if (*word == '\'')
				strbuf_add_text(&text, "'\\''");
			else
				strbuf_add_char(&text, *word);
		}
		strbuf_add_char(&text, '\'');
	}
	if (!cursor->is_short)
		line = arena_strdup(&info->arena, strbuf_text(&text));
	strbuf_release(&text);
	return line;
}

/*
 * perf says how long an id is since Linux 5.10; before, all had room for 20 bytes, and one of 16
 * (MD5) ends with zeros.
 */
static uint8_t get_id_length(const unsigned char *bytes, bool has_size)
{
	static const unsigned char zeros[4];

	if (has_size && bytes[PERF_BUILD_ID_BYTES] <= PERF_BUILD_ID_BYTES)
		return bytes[PERF_BUILD_ID_BYTES];
	return memcmp(bytes + 16, zeros, sizeof(zeros)) == 0 ? 16 : PERF_BUILD_ID_BYTES;
}

bool perf_data_info_add_build_id(struct perf_data_info *info, const void *bytes, size_t length)
{
	const uint16_t has_size = 1 << 15; /* PERF_RECORD_MISC_BUILD_ID_SIZE */
	const unsigned char *start = bytes, *id;
	struct perf_data_build_id build_id = {0};
	struct perf_event_header header;
	struct cursor cursor;
	uint16_t mode;
	size_t left;

	if (length < sizeof(header))
		return false;
	memcpy(&header, start, sizeof(header));
	cursor = (struct cursor){start + sizeof(header), start + length, false};
	next_u32(&cursor); /* pid: of a host or guest kernel */
	id = next_bytes(&cursor, 24);
	if (id == NULL)
		return false;
	left = (size_t)(cursor.end - cursor.at);
	mode = header.misc & PERF_RECORD_MISC_CPUMODE_MASK;
	build_id.length = get_id_length(id, (header.misc & has_size) != 0);
	build_id.is_kernel = mode == PERF_RECORD_MISC_KERNEL;
	memcpy(build_id.bytes, id, build_id.length);
	build_id.path = arena_strndup(&info->arena, (const char *)cursor.at,
				      strnlen((const char *)cursor.at, left));
	vec_push(&info->build_ids, build_id);
	return true;
}

static bool add_build_ids(struct perf_data_info *info, struct cursor *cursor)
{
	while (cursor->at < cursor->end) {
		struct perf_event_header header;
		size_t left = (size_t)(cursor->end - cursor->at);

		if (left < sizeof(header))
			return false;
		memcpy(&header, cursor->at, sizeof(header));
		if (header.size < sizeof(header) || header.size > left ||
		    !perf_data_info_add_build_id(info, cursor->at, header.size))
			return false;
		cursor->at += header.size;
	}
	return true;
}

/* Figures; texts are in the caller. */
static void add_numbers(struct perf_data_info *info, unsigned feature, struct cursor *cursor)
{
	uint64_t kilobytes;

	switch (feature) {
	case PERF_FEATURE_NRCPUS:
		next_u32(cursor); /* that could be there; then those that were */
		info->cpu_count = next_u32(cursor);
		break;
	case PERF_FEATURE_TOTAL_MEM:
		kilobytes = next_u64(cursor);
		info->memory_bytes = kilobytes < UINT64_MAX / 1024 ? kilobytes * 1024 : 0;
		break;
	case PERF_FEATURE_SAMPLE_TIME:
		info->first_ns = next_u64(cursor);
		info->last_ns = next_u64(cursor);
		break;
	case PERF_FEATURE_COMPRESSED:
		next_bytes(cursor, 4 * sizeof(uint32_t)); /* version, type, level, ratio */
		info->unpacked_bytes_max = next_u32(cursor);
		break;
	case PERF_FEATURE_CLOCK_DATA:
		next_u32(cursor); /* version */
		info->clock_id = (int32_t)next_u32(cursor);
		info->clock_wall_ns = next_u64(cursor);
		info->clock_ns = next_u64(cursor);
		info->has_clock_id = !cursor->is_short;
		break;
	default:
		break;
	}
}

bool perf_data_info_add_feature(struct perf_data_info *info, unsigned feature, const void *bytes,
				size_t length)
{
	const unsigned char *start = bytes;
	struct cursor cursor = {start, start + length, false};

	switch (feature) {
	case PERF_FEATURE_BUILD_ID:
		return add_build_ids(info, &cursor);
	case PERF_FEATURE_HOSTNAME:
		info->host = next_text(&cursor, &info->arena);
		break;
	case PERF_FEATURE_OSRELEASE:
		info->kernel = next_text(&cursor, &info->arena);
		break;
	case PERF_FEATURE_VERSION:
		info->perf_version = next_text(&cursor, &info->arena);
		break;
	case PERF_FEATURE_ARCH:
		info->arch = next_text(&cursor, &info->arena);
		break;
	case PERF_FEATURE_CPUDESC:
		info->cpu_model = next_text(&cursor, &info->arena);
		break;
	case PERF_FEATURE_CMDLINE:
		info->command_line = next_command_line(info, &cursor);
		break;
	case PERF_FEATURE_EVENT_DESC:
		add_event_names(info, &cursor);
		break;
	case PERF_FEATURE_AUXTRACE:
		info->has_auxtrace = true;
		break;
	default:
		add_numbers(info, feature, &cursor);
		break;
	}
	return !cursor.is_short;
}
