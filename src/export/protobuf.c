#include "export/protobuf.h"

enum wire_type { WIRE_VARINT = 0, WIRE_LENGTH = 2 };

static void add_varint(struct strbuf *message, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		strbuf_add_char(message, (char)((value & 0x7f) | 0x80));
	strbuf_add_char(message, (char)value);
}

static size_t measure_varint(uint64_t value)
{
	size_t length = 1;

	for (; value >= 0x80; value >>= 7)
		length++;
	return length;
}

static void add_tag(struct strbuf *message, uint32_t field, enum wire_type type)
{
	add_varint(message, (uint64_t)field << 3 | type);
}

void protobuf_add_number(struct strbuf *message, uint32_t field, uint64_t value)
{
	if (value == 0)
		return;
	add_tag(message, field, WIRE_VARINT);
	add_varint(message, value);
}

void protobuf_add_bool(struct strbuf *message, uint32_t field, bool value)
{
	protobuf_add_number(message, field, value ? 1 : 0);
}

void protobuf_add_bytes(struct strbuf *message, uint32_t field, const void *bytes, size_t length)
{
	add_tag(message, field, WIRE_LENGTH);
	add_varint(message, length);
	strbuf_add(message, bytes, length);
}

void protobuf_add_packed(struct strbuf *message, uint32_t field, const uint64_t *values,
			 size_t count)
{
	size_t length = 0;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		length += measure_varint(values[i]);
	add_tag(message, field, WIRE_LENGTH);
	add_varint(message, length);
	for (size_t i = 0; i < count; i++)
		add_varint(message, values[i]);
}

void protobuf_add_message(struct strbuf *message, uint32_t field, struct strbuf *part)
{
	protobuf_add_bytes(message, field, strbuf_text(part), part->length);
	strbuf_clear(part);
}
