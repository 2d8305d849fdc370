/*
 * Protocol Buffers' wire format, the writing half
 * (https://protobuf.dev/programming-guides/encoding): varints, texts, packed numbers and nested
 * messages. A nested message is written into a buffer of its own and then added whole.
 */
#ifndef EXPORT_PROTOBUF_H
#define EXPORT_PROTOBUF_H

#include <stdint.h>

#include "util/strbuf.h"

/* A number; 0, the default, is not written. */
void protobuf_add_number(struct strbuf *message, uint32_t field, uint64_t value);
void protobuf_add_bool(struct strbuf *message, uint32_t field, bool value);
void protobuf_add_bytes(struct strbuf *message, uint32_t field, const void *bytes, size_t length);

/* `count` numbers, zeros too, in one packed field; nothing of none. */
void protobuf_add_packed(struct strbuf *message, uint32_t field, const uint64_t *values,
			 size_t count);

/* Adds `part` as a field and clears it for the next. */
void protobuf_add_message(struct strbuf *message, uint32_t field, struct strbuf *part);

#endif
