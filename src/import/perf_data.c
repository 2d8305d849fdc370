#include "import/perf_data.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "import/perf_data_file.h"
#include "import/perf_data_order.h"
#include "import/perf_data_peek.h"
#include "import/perf_data_unpack.h"
#include "util/alloc.h"

/* enum perf_user_event_type of tools/lib/perf/include/perf/event.h: what perf itself adds. */
enum {
	RECORD_HEADER_ATTR = 64,
	RECORD_TRACING_DATA = 66,
	RECORD_BUILD_ID = 67,
	RECORD_FINISHED_ROUND = 68,
	RECORD_AUXTRACE = 71,
	RECORD_EVENT_UPDATE = 78,
	RECORD_FEATURE = 80,
	RECORD_COMPRESSED = 81,
	RECORD_COMPRESSED2 = 83,
	RECORD_USER_KNOWN_END = 85, /* of those that are known by Linux 6.16 */
	RECORD_KERNEL_KNOWN_END = 22,
	RECORD_USER_BEGIN = 64,

	UPDATE_NAME = 2, /* enum perf_event_update_type */

	RECORD_BYTES_MAX = UINT16_MAX,
	FOLDER_FILES_MAX = 4096,
	FILE_READ_BYTES = 4096,
};

struct perf_data {
	struct import_input *input;
	struct import_input *sources[FOLDER_FILES_MAX]; /* [0] is input; the others are owned */
	uint32_t source_count;
	const char *folder;
	struct perf_file_header header;
	struct perf_data_info info;
	struct perf_data_counts counts;
	struct perf_data_order order;
	struct perf_data_unpack unpack;
	perf_data_fn fn;
	void *arg;
	unsigned char record[RECORD_BYTES_MAX + 1]; /* the one that is decoded */
};

/*
 * `perf record --threads` leaves a folder: the header's file "data", and one with records a thread.
 */
static void open_folder(struct perf_data *data)
{
	if (data->folder == NULL || !perf_file_header_has(&data->header, PERF_FEATURE_DIR_FORMAT))
		return;
	while (data->source_count < FOLDER_FILES_MAX) {
		scoped_free char *path =
			alloc_printf("%s/data.%u", data->folder, data->source_count - 1);
		struct import_input *input = alloc_new(struct import_input);

		if (import_input_open(input, path, NULL) < 0 || !input->can_seek) {
			import_input_release(input);
			free(input);
			return;
		}
		data->sources[data->source_count++] = input;
	}
}

static int read_file_header(struct perf_data *data, struct err *err)
{
	struct perf_file_header *header = &data->header;
	int r;

	if (!data->input->can_seek) { /* `cat perf.data | sonde …`: its back is needed first */
		r = import_input_spool(data->input, err);
		if (r < 0)
			return r;
	}
	r = perf_data_file_read_events(&data->info, data->input, header, err);
	if (r < 0)
		return r;
	data->counts.is_unfinished = header->data.size == 0;
	if (header->data.offset > data->input->size)
		return err_set(err, -EBADMSG, "is a perf.data that ends before its first record");
	if (header->data.size > UINT64_MAX - header->data.offset)
		return err_set(err, -EBADMSG,
			       "is a damaged perf.data: %" PRIu64 " bytes of records",
			       header->data.size);
	if (!data->counts.is_unfinished)
		data->counts.is_unfinished =
			!perf_data_file_read_features(&data->info, data->input, header);
	open_folder(data);
	return 0;
}

int perf_data_open(struct perf_data **ret_data, struct import_input *input, const char *folder,
		   struct err *err)
{
	scoped(perf_data_cleanup) struct perf_data *data = alloc_new(struct perf_data);
	const unsigned char *bytes;
	size_t have;
	int r;

	data->input = data->sources[0] = input;
	data->source_count = 1;
	data->folder = folder;
	perf_data_info_init(&data->info);
	bytes = import_input_peek(input, PERF_FILE_HEADER_BYTES, &have);
	r = perf_file_header_decode(&data->header, bytes, have, err);
	if (r == 0 && data->header.header_bytes == PERF_PIPE_HEADER_BYTES)
		import_input_skip(input, PERF_PIPE_HEADER_BYTES);
	else if (r == 0)
		r = read_file_header(data, err);
	if (r < 0)
		return r;
	*ret_data = data;
	data = NULL;
	return 0;
}

void perf_data_close(struct perf_data *data)
{
	if (data == NULL)
		return;
	for (uint32_t i = 1; i < data->source_count; i++) {
		import_input_release(data->sources[i]);
		free(data->sources[i]);
	}
	perf_data_order_release(&data->order);
	perf_data_unpack_release(&data->unpack);
	perf_data_info_release(&data->info);
	free(data);
}

const struct perf_data_info *perf_data_get_info(const struct perf_data *data)
{
	return &data->info;
}

static uint64_t get_u64(const unsigned char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t get_u32(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/*
 * Which event wrote a record. All events of a file have the id at the same place, or there is one
 * event. UINT32_MAX: a sample of none that is known.
 */
static uint32_t find_event(const struct perf_data *data, const unsigned char *bytes, size_t have,
			   const struct perf_event_header *header)
{
	const struct perf_layout *layout = &data->info.events.items[0].layout;
	uint64_t id = 0;
	uint32_t event;

	if (data->info.events.count == 1)
		return 0;
	if (!perf_data_peek(layout, bytes, have, PERF_SAMPLE_IDENTIFIER, &id))
		perf_data_peek(layout, bytes, have, PERF_SAMPLE_ID, &id);
	event = id != 0 ? perf_data_info_find_event(&data->info, id) : 0;
	return event == UINT32_MAX && header->type != PERF_RECORD_SAMPLE ? 0 : event;
}

static void count_record(struct perf_data *data, const struct perf_record *record)
{
	struct perf_data_counts *counts = &data->counts;

	counts->records++;
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		if (counts->samples == 0 || record->time_ns < counts->begin_ns)
			counts->begin_ns = record->time_ns;
		if (record->time_ns > counts->end_ns)
			counts->end_ns = record->time_ns;
		counts->samples++;
		break;
	case PERF_RECORD_LOST:
		counts->lost_records += record->lost_count;
		break;
	case PERF_RECORD_LOST_SAMPLES:
		counts->lost_samples += record->lost_count;
		break;
	default:
		break;
	}
}

static void hand_out(struct perf_data *data, const unsigned char *bytes, size_t size)
{
	struct perf_event_header header;
	struct perf_record record;
	uint32_t event;

	memcpy(&header, bytes, sizeof(header));
	event = find_event(data, bytes, size, &header);
	if (event == UINT32_MAX) {
		data->counts.unknown_records++;
		return;
	}
	if (perf_record_decode(&record, bytes, size, &data->info.events.items[event].layout, NULL) <
	    0) {
		data->counts.damaged_records++;
		return;
	}
	count_record(data, &record);
	data->fn(data->arg, &record, event);
}

static void hand_out_ordered(void *arg, const struct ordered_record *record)
{
	struct perf_data *data = arg;

	if (record->bytes != NULL)
		hand_out(data, record->bytes, record->size);
	else if (import_input_read_at(data->sources[record->source], record->offset, data->record,
				      record->size))
		hand_out(data, data->record, record->size);
	else
		data->counts.damaged_records++;
}

/* A record while it is looked at: all of it, or of a sample in a file only its front. */
struct raw_record {
	struct perf_event_header header;
	const unsigned char *bytes;
	size_t have;
	uint64_t offset; /* in the file, if it is not all here */
	uint32_t source;
};

/* One that the kernel wrote. */
static void add_kernel_record(struct perf_data *data, const struct raw_record *raw)
{
	bool is_whole = raw->have == raw->header.size;
	uint64_t time_ns = 0;
	uint32_t event;

	if (data->info.events.count == 0) {
		data->counts.damaged_records++;
		return;
	}
	event = find_event(data, raw->bytes, raw->have, &raw->header);
	if (event != UINT32_MAX)
		perf_data_peek(&data->info.events.items[event].layout, raw->bytes, raw->have,
			       PERF_SAMPLE_TIME, &time_ns);
	if (time_ns != 0 && time_ns != UINT64_MAX) {
		perf_data_order_add(&data->order, time_ns, is_whole ? raw->bytes : NULL,
				    raw->offset, raw->header.size, raw->source);
	} else if (is_whole) { /* what perf made up of the time before it began has no time */
		hand_out(data, raw->bytes, raw->have);
	} else {
		hand_out_ordered(data, &(struct ordered_record){.offset = raw->offset,
								.size = raw->header.size,
								.source = raw->source});
	}
}

static void add_attribute_record(struct perf_data *data, const struct raw_record *raw)
{
	size_t body = raw->have - sizeof(raw->header), attr_bytes;
	const unsigned char *attr = raw->bytes + sizeof(raw->header);

	if (body < PERF_ATTR_SIZE_VER0) {
		data->counts.damaged_records++;
		return;
	}
	attr_bytes = get_u32(attr + offsetof(struct perf_event_attr, size));
	if (attr_bytes == 0)
		attr_bytes = PERF_ATTR_SIZE_VER0;
	if (attr_bytes > body ||
	    perf_data_info_add_event(&data->info, attr, attr_bytes, attr + attr_bytes,
				     (body - attr_bytes) / sizeof(uint64_t), NULL) < 0)
		data->counts.damaged_records++;
}

static void add_update_record(struct perf_data *data, const struct raw_record *raw)
{
	const unsigned char *body = raw->bytes + sizeof(raw->header);
	size_t size = raw->have - sizeof(raw->header);

	if (size > 16 && get_u64(body) == UPDATE_NAME)
		perf_data_info_rename(&data->info, get_u64(body + 8), (const char *)body + 16,
				      strnlen((const char *)body + 16, size - 16));
}

/* One that perf wrote; raw is whole. */
static void add_user_record(struct perf_data *data, const struct raw_record *raw)
{
	const unsigned char *body = raw->bytes + sizeof(raw->header);
	size_t size = raw->have - sizeof(raw->header);

	switch (raw->header.type) {
	case RECORD_HEADER_ATTR:
		add_attribute_record(data, raw);
		break;
	case RECORD_BUILD_ID:
		perf_data_info_add_build_id(&data->info, raw->bytes, raw->have);
		break;
	case RECORD_EVENT_UPDATE:
		add_update_record(data, raw);
		break;
	case RECORD_FEATURE:
		if (size >= sizeof(uint64_t) && get_u64(body) < PERF_FEATURE_BITS)
			perf_data_info_add_feature(&data->info, (unsigned)get_u64(body),
						   body + sizeof(uint64_t),
						   size - sizeof(uint64_t));
		break;
	case RECORD_FINISHED_ROUND:
		if (data->source_count == 1) /* a folder's files have rounds of their own */
			perf_data_order_end_round(&data->order);
		break;
	default:
		if (raw->header.type >= RECORD_USER_KNOWN_END)
			data->counts.unknown_records++;
		break;
	}
}

static bool is_read(uint32_t type)
{
	return type == PERF_RECORD_SAMPLE || type == PERF_RECORD_MMAP ||
	       type == PERF_RECORD_MMAP2 || type == PERF_RECORD_COMM || type == PERF_RECORD_FORK ||
	       type == PERF_RECORD_EXIT || type == PERF_RECORD_LOST ||
	       type == PERF_RECORD_LOST_SAMPLES || type == PERF_RECORD_THROTTLE ||
	       type == PERF_RECORD_UNTHROTTLE;
}

static void add_record(struct perf_data *data, const struct raw_record *raw)
{
	data->counts.bytes += raw->header.size;
	if (raw->header.type >= RECORD_USER_BEGIN)
		add_user_record(data, raw);
	else if (is_read(raw->header.type))
		add_kernel_record(data, raw);
	else if (raw->header.type >= RECORD_KERNEL_KNOWN_END)
		data->counts.unknown_records++;
}

/* The whole records at the front of what has been unpacked. -EBADMSG when one makes no sense. */
static int add_unpacked(struct perf_data *data)
{
	struct perf_data_unpack *unpack = &data->unpack;
	size_t at = 0;

	while (unpack->count - at >= sizeof(struct perf_event_header)) {
		struct raw_record raw = {.bytes = unpack->bytes + at};

		memcpy(&raw.header, raw.bytes, sizeof(raw.header));
		if (raw.header.size < sizeof(raw.header))
			return -EBADMSG;
		if (raw.header.size > unpack->count - at)
			break;
		raw.have = raw.header.size;
		if (raw.header.type == RECORD_COMPRESSED || raw.header.type == RECORD_COMPRESSED2)
			return -EBADMSG;
		add_record(data, &raw);
		at += raw.header.size;
	}
	perf_data_unpack_consume(unpack, at);
	return 0;
}

static int add_compressed(struct perf_data *data, const struct raw_record *raw)
{
	const unsigned char *body = raw->bytes + sizeof(raw->header);
	size_t size = raw->have - sizeof(raw->header);
	int r;

	if (raw->header.type == RECORD_COMPRESSED2) {
		if (size < sizeof(uint64_t) || get_u64(body) > size - sizeof(uint64_t))
			return -EBADMSG;
		size = (size_t)get_u64(body);
		body += sizeof(uint64_t);
	}
	perf_data_unpack_begin(&data->unpack, body, size, data->info.unpacked_bytes_max);
	do {
		r = perf_data_unpack_next(&data->unpack);
		if (r > 0 && add_unpacked(data) < 0)
			r = -EBADMSG;
	} while (r > 0);
	return r;
}

/* Bytes that follow a record without being part of it. */
static uint64_t get_trailer(struct perf_data *data, const struct raw_record *raw)
{
	uint64_t bytes;

	if (raw->header.type == RECORD_AUXTRACE && raw->have >= 16) {
		bytes = get_u64(raw->bytes + 8);
		data->counts.auxtrace_bytes += bytes;
		return bytes;
	}
	if (raw->header.type == RECORD_TRACING_DATA && raw->have >= 12)
		return ((uint64_t)get_u32(raw->bytes + 8) + 7) & ~UINT64_C(7);
	return 0;
}

/* The next record of a source: 1; 0 at its end; -EBADMSG where it makes no sense. */
static int read_record(struct perf_data *data, struct import_input *input, uint32_t source,
		       uint64_t end)
{
	struct raw_record raw = {.offset = input->position, .source = source};
	uint64_t trailer;
	size_t wanted;

	if (input->position >= end)
		return 0;
	raw.bytes = import_input_peek(input, sizeof(raw.header), &raw.have);
	if (raw.have == 0 && end == UINT64_MAX)
		return 0;
	if (raw.have < sizeof(raw.header))
		return -EBADMSG;
	memcpy(&raw.header, raw.bytes, sizeof(raw.header));
	wanted = raw.header.size;
	if (wanted < sizeof(raw.header) || wanted > end - input->position)
		return -EBADMSG;
	if (input->can_seek && raw.header.type == PERF_RECORD_SAMPLE &&
	    wanted > PERF_DATA_PEEK_BYTES)
		wanted = PERF_DATA_PEEK_BYTES;
	raw.bytes = import_input_peek(input, wanted, &raw.have);
	if (raw.have < wanted || (input->can_seek && raw.header.size > input->size - raw.offset))
		return -EBADMSG;
	if (raw.header.type == RECORD_COMPRESSED || raw.header.type == RECORD_COMPRESSED2) {
		if (add_compressed(data, &raw) < 0)
			return -EBADMSG;
	} else {
		add_record(data, &raw);
	}
	trailer = get_trailer(data, &raw);
	import_input_skip(input, raw.header.size);
	if (import_input_skip(input, trailer) < trailer)
		return -EBADMSG;
	return 1;
}

static int read_source(struct perf_data *data, uint32_t source, uint64_t begin, uint64_t end,
		       struct err *err)
{
	struct import_input *input = data->sources[source];
	uint32_t read_bytes = input->read_bytes;
	int r;

	if (input->can_seek) {
		input->read_bytes = FILE_READ_BYTES; /* what is skipped is not to be read */
		import_input_seek(input, begin);
	}
	do {
		r = read_record(data, input, source, end);
	} while (r > 0);
	input->read_bytes = read_bytes;
	if (data->unpack.count > 0)
		r = -EBADMSG;			 /* half a record */
	perf_data_unpack_release(&data->unpack); /* each file is a stream of its own */
	if (input->error < 0)
		return err_set(err, input->error, "cannot be read: %s", strerror(-input->error));
	if (r < 0 && !data->counts.is_cut) {
		data->counts.is_cut = true;
		data->counts.cut_offset = input->position;
	}
	return 0;
}

int perf_data_read(struct perf_data *data, perf_data_fn fn, void *arg,
		   struct perf_data_counts *ret_counts, struct err *err)
{
	const struct perf_file_header *header = &data->header;
	bool is_pipe = header->header_bytes == PERF_PIPE_HEADER_BYTES;
	uint64_t begin = is_pipe ? PERF_PIPE_HEADER_BYTES : header->data.offset;
	uint64_t end =
		is_pipe || data->counts.is_unfinished ? UINT64_MAX : begin + header->data.size;
	int r;

	data->fn = fn;
	data->arg = arg;
	perf_data_order_init(&data->order, hand_out_ordered, data);
	r = read_source(data, 0, begin, end, err);
	for (uint32_t i = 1; i < data->source_count && r == 0; i++)
		r = read_source(data, i, 0, UINT64_MAX, err);
	perf_data_order_flush(&data->order);
	data->counts.late_records = data->order.late_count;
	if (r < 0)
		return r;
	if (data->counts.is_cut && data->counts.records == 0)
		return err_set(err, -EBADMSG,
			       "is a damaged perf.data: it makes no sense from byte %" PRIu64 " on",
			       data->counts.cut_offset);
	*ret_counts = data->counts;
	return 0;
}
