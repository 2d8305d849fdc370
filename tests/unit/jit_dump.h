/* Writes jitdump records, little endian, as a runtime does. */
#ifndef JIT_DUMP_H
#define JIT_DUMP_H

#include <stdint.h>
#include <string.h>

#include "util/strbuf.h"

struct jit_row {
	uint64_t address;
	uint32_t line;
	const char *file;
};

static inline void jit_put(struct strbuf *bytes, uint64_t value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		strbuf_add_char(bytes, (char)(value >> 8 * i));
}

static inline void jit_put_header(struct strbuf *bytes, uint64_t flags)
{
	static const uint32_t words[] = {0x4a695444, 1, 40, 62, 0, 4711};

	for (int i = 0; i < 6; i++)
		jit_put(bytes, words[i], 4);
	jit_put(bytes, 1, 8);
	jit_put(bytes, flags, 8);
}

static inline void jit_put_record(struct strbuf *bytes, uint32_t id, uint64_t time_ns,
				  size_t body_bytes)
{
	jit_put(bytes, id, 4);
	jit_put(bytes, 16 + body_bytes, 4);
	jit_put(bytes, time_ns, 8);
}

static inline void jit_put_load(struct strbuf *bytes, uint64_t time_ns, uint64_t start,
				uint64_t size, const char *name)
{
	const uint64_t numbers[] = {start, start, size, 1};

	jit_put_record(bytes, 0, time_ns, 40 + strlen(name) + 1 + size);
	jit_put(bytes, 4711, 4);
	jit_put(bytes, 4712, 4);
	for (int i = 0; i < 4; i++)
		jit_put(bytes, numbers[i], 8);
	strbuf_add(bytes, name, strlen(name) + 1);
	for (uint64_t i = 0; i < size; i++)
		jit_put(bytes, i, 1);
}

static inline void jit_put_move(struct strbuf *bytes, uint64_t time_ns, uint64_t from, uint64_t to,
				uint64_t size)
{
	const uint64_t numbers[] = {to, from, to, size, 1};

	jit_put_record(bytes, 1, time_ns, 48);
	jit_put(bytes, 4711, 4);
	jit_put(bytes, 4712, 4);
	for (int i = 0; i < 5; i++)
		jit_put(bytes, numbers[i], 8);
}

static inline void jit_put_lines(struct strbuf *bytes, uint64_t time_ns, uint64_t start,
				 const struct jit_row *rows, uint32_t count)
{
	size_t size = 16;

	for (uint32_t i = 0; i < count; i++)
		size += 17 + strlen(rows[i].file);
	jit_put_record(bytes, 2, time_ns, size);
	jit_put(bytes, start, 8);
	jit_put(bytes, count, 8);
	for (uint32_t i = 0; i < count; i++) {
		jit_put(bytes, rows[i].address, 8);
		jit_put(bytes, rows[i].line, 4);
		jit_put(bytes, 0, 4);
		strbuf_add(bytes, rows[i].file, strlen(rows[i].file) + 1);
	}
}

#endif
