#include "export/pprof.h"

#include <stdlib.h>
#include <zlib.h>

#include "fake_samples.h"
#include "tap.h"

/*
 * A decoder of its own for what the encoder writes: fields in order, as the specification of the
 * wire format has them. Anything that it does not know fails the test.
 */
struct field {
	uint32_t number;
	uint64_t value;	      /* of a varint */
	const uint8_t *bytes; /* NULL = a varint */
	size_t length;
};

struct cursor {
	const uint8_t *at, *end;
};

static uint64_t read_varint(struct cursor *cursor)
{
	uint64_t value = 0;

	for (uint32_t shift = 0; cursor->at < cursor->end && shift < 64; shift += 7) {
		uint8_t byte = *cursor->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return value;
}

static bool next_field(struct cursor *cursor, struct field *field)
{
	uint64_t tag;

	if (cursor->at >= cursor->end)
		return false;
	tag = read_varint(cursor);
	*field = (struct field){.number = (uint32_t)(tag >> 3), .value = read_varint(cursor)};
	if ((tag & 7) == 0)
		return true;
	if ((tag & 7) != 2 || field->value > (size_t)(cursor->end - cursor->at)) {
		ok(false, "a field of another type, or one that is too long");
		return false;
	}
	field->bytes = cursor->at;
	field->length = field->value;
	cursor->at += field->length;
	return true;
}

/* The n-th field of this number, from 0; a field of zeros when there is none. */
static struct field find_field(struct cursor message, uint32_t number, uint32_t n)
{
	struct field field;

	while (next_field(&message, &field))
		if (field.number == number && n-- == 0)
			return field;
	return (struct field){0};
}

static uint32_t count_fields(struct cursor message, uint32_t number)
{
	uint32_t count = 0;
	struct field field;

	while (next_field(&message, &field))
		count += field.number == number;
	return count;
}

static struct cursor find_message(struct cursor message, uint32_t number, uint32_t n)
{
	struct field field = find_field(message, number, n);

	return (struct cursor){field.bytes, field.bytes + field.length};
}

static uint64_t get_number(struct cursor message, uint32_t number)
{
	return find_field(message, number, 0).value;
}

/* The text that a field's number stands for, or that a number is. */
static const char *get_text(struct cursor profile, uint64_t id)
{
	static char texts[8][128];
	static int next;
	struct field field = find_field(profile, 6, (uint32_t)id);
	char *text = texts[next++ % 8];

	snprintf(text, sizeof(texts[0]), "%.*s", (int)field.length, (const char *)field.bytes);
	return text;
}

static uint8_t *unpack(const struct strbuf *packed, struct cursor *ret_profile)
{
	enum { ROOM = 1 << 20 };
	uint8_t *bytes = alloc_array(ROOM, 1);
	z_stream stream = {.next_in = (uint8_t *)packed->data,
			   .avail_in = (uInt)packed->length,
			   .next_out = bytes,
			   .avail_out = ROOM};

	inflateInit2(&stream, 15 + 16);
	is_int(inflate(&stream, Z_FINISH), Z_STREAM_END, "it is a whole gzip file");
	*ret_profile = (struct cursor){bytes, bytes + stream.total_out};
	inflateEnd(&stream);
	return bytes;
}

static void check_type(struct cursor profile, struct cursor type, const char *name,
		       const char *unit)
{
	is_str(get_text(profile, get_number(type, 1)), name, "type of a value");
	is_str(get_text(profile, get_number(type, 2)), unit, "its unit");
}

static void check_head(struct cursor profile)
{
	struct cursor comment = find_message(profile, 13, 0);

	is_int(count_fields(profile, 1), 4, "two values an event");
	check_type(profile, find_message(profile, 1, 0), "samples", "count");
	check_type(profile, find_message(profile, 1, 1), "cpu", "nanoseconds");
	check_type(profile, find_message(profile, 1, 2), "page-faults_samples", "count");
	check_type(profile, find_message(profile, 1, 3), "page-faults", "count");
	check_type(profile, find_message(profile, 11, 0), "cpu", "nanoseconds");
	is_int(get_number(profile, 12), FAKE_PERIOD_NS, "the period");
	is_str(get_text(profile, get_number(profile, 14)), "cpu", "CPU time is shown first");
	is_int(get_number(profile, 9), FAKE_WALL_S * 1000000000ll, "when, on the wall clock");
	is_int(get_number(profile, 10), 2000000000, "for how long");
	is_str(get_text(profile, read_varint(&comment)), "5 samples", "the comment");
	is_str(get_text(profile, 0), "", "the first text is empty");
}

static void check_mappings(struct cursor profile)
{
	struct cursor app = find_message(profile, 3, 0), libc = find_message(profile, 3, 1);

	is_int(count_fields(profile, 3), 3, "a mapping a module");
	is_int(get_number(app, 1), 1, "ids are from 1");
	is_int(get_number(app, 2), 0, "addresses are those of the file: it begins at 0");
	is_int(get_number(app, 3), 0x1211, "and ends behind the last that was hit");
	is_str(get_text(profile, get_number(app, 5)), "/opt/app", "path");
	is_str(get_text(profile, get_number(app, 6)), "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3",
	       "build id");
	for (uint32_t field = 7; field <= 10; field++)
		is_int(get_number(app, field), 1, "functions, files, lines, inlined frames");
	is_int(get_number(libc, 7), 0, "none of a module without symbols");
	is_str(get_text(profile, get_number(libc, 6)), "", "nor a build id");
}

/* Function and line of the n-th line of a location. */
static void check_line(struct cursor profile, struct cursor location, uint32_t n, const char *name,
		       uint64_t number)
{
	struct cursor line = find_message(location, 4, n);
	struct cursor function = find_message(profile, 5, (uint32_t)get_number(line, 1) - 1);

	is_int(get_number(function, 1), get_number(line, 1), "function: its id is its place");
	is_str(get_text(profile, get_number(function, 2)), name, "function: name");
	is_str(get_text(profile, get_number(function, 4)), number > 0 ? "src/app.c" : "",
	       "function: file");
	is_int(get_number(line, 2), number, "line");
}

static struct cursor get_location(struct cursor profile, uint64_t id)
{
	struct cursor location = find_message(profile, 4, (uint32_t)id - 1);

	is_int(get_number(location, 1), id, "location: its id is its place");
	return location;
}

static void check_values(struct cursor sample, const uint64_t want[4])
{
	struct cursor values = find_message(sample, 2, 0);

	for (int i = 0; i < 4; i++)
		is_int(read_varint(&values), want[i], "value of a sample");
	ok(values.at == values.end, "as many values as types");
}

static void check_labels(struct cursor profile, struct cursor sample, const char *thread,
			 uint64_t tid)
{
	uint32_t last = count_fields(sample, 3) - 1;
	struct cursor comm = find_message(sample, 3, 0), id = find_message(sample, 3, last);

	is_str(get_text(profile, get_number(comm, 1)), "thread", "label: the thread");
	is_str(get_text(profile, get_number(comm, 2)), thread, "label: its name");
	is_str(get_text(profile, get_number(id, 1)), "tid", "label: and id");
	is_int(get_number(id, 3), tid, "label: the number");
}

static void check_samples(struct cursor profile)
{
	struct cursor parse = find_message(profile, 2, 0), empty = find_message(profile, 2, 1);
	struct cursor fault = find_message(profile, 2, 2), path, location;

	is_int(count_fields(profile, 2), 3, "a sample a thread and stack");
	check_values(parse, (uint64_t[]){2, 2 * FAKE_PERIOD_NS, 0, 0});
	check_labels(profile, parse, "app", 41);
	path = find_message(parse, 1, 0);
	location = get_location(profile, read_varint(&path));
	is_int(get_number(location, 2), 1, "location: its mapping");
	is_int(get_number(location, 3), 0x1200, "location: address");
	is_int(count_fields(location, 4), 2, "inlined functions are lines of one location");
	check_line(profile, location, 0, "parse", 30);
	check_line(profile, location, 1, "serve(int)", 20);
	check_line(profile, get_location(profile, read_varint(&path)), 0, "main", 10);
	ok(path.at == path.end, "leaf first, root last");
	check_values(empty, (uint64_t[]){1, FAKE_PERIOD_NS, 0, 0});
	is_int(count_fields(empty, 1), 0, "an empty stack has no locations");
	check_values(fault, (uint64_t[]){1, FAKE_PERIOD_NS, 1, 3});
	check_labels(profile, fault, "io \xef\xbf\xbd", 42);
	path = find_message(fault, 1, 0);
	location = get_location(profile, read_varint(&path));
	ok(get_number(location, 3) == 0xffffffff81000010, "kernel: the live address");
	check_line(profile, location, 0, "do_fault", 0);
	location = get_location(profile, read_varint(&path));
	is_int(get_number(location, 2), 2, "without a symbol: its mapping");
	is_int(count_fields(location, 4), 0, "and no line");
	check_line(profile, get_location(profile, read_varint(&path)), 0, "serve(int)", 21);
	is_int(count_fields(profile, 5), 4, "each function once");
}

static void test_round_trip(void)
{
	struct sample_list list;
	struct cursor profile;
	struct strbuf packed, again;
	uint8_t *bytes;

	fake_samples_init(&list);
	strbuf_init(&packed, STRBUF_MAX_DEFAULT);
	strbuf_init(&again, STRBUF_MAX_DEFAULT);
	pprof_write(&packed, &list, "5 samples");
	pprof_write(&again, &list, "5 samples");
	ok(packed.length == again.length && memcmp(packed.data, again.data, again.length) == 0,
	   "the same bytes again");
	bytes = unpack(&packed, &profile);
	check_head(profile);
	check_mappings(profile);
	check_samples(profile);
	free(bytes);
	strbuf_release(&packed);
	strbuf_release(&again);
	sample_list_release(&list);
}

static void test_empty(void)
{
	struct sample_list list = {0};
	struct cursor profile;
	struct strbuf packed;
	uint8_t *bytes;

	profile_data_init(&list.data);
	strbuf_init(&packed, STRBUF_MAX_DEFAULT);
	pprof_write(&packed, &list, NULL);
	bytes = unpack(&packed, &profile);
	is_int(count_fields(profile, 2), 0, "without samples there is a profile without samples");
	is_str(get_text(profile, 0), "", "with its empty text");
	free(bytes);
	strbuf_release(&packed);
	sample_list_release(&list);
}

int main(void)
{
	test_round_trip();
	test_empty();
	return tap_done();
}
