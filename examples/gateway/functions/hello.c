/*
 * hello: a greeting in JSON, for the name in the body ("world" without one), with a checksum over
 * the body. A believable small function: a little parsing, a little formatting, a walk over the
 * input.
 */
#include <stdint.h>
#include <stdio.h>

#include "../function.h"

#define NAME_MAX_BYTES 64

int handler(const char *body, size_t size, struct function_output *output);

/* CRC-32 (IEEE 802.3), four bits at a time. */
static uint32_t checksum(const char *bytes, size_t size)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = ~0U;

	for (size_t i = 0; i < size; i++) {
		crc ^= (unsigned char)bytes[i];
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return ~crc;
}

/* The body's first printable characters that need no escape in JSON. */
static void choose_name(const char *body, size_t size, char name[NAME_MAX_BYTES + 1])
{
	size_t length = 0;

	while (length < size && length < NAME_MAX_BYTES && body[length] >= ' ' &&
	       body[length] < 0x7f && body[length] != '"' && body[length] != '\\') {
		name[length] = body[length];
		length++;
	}
	name[length] = '\0';
	if (length == 0)
		(void)snprintf(name, NAME_MAX_BYTES + 1, "world");
}

int handler(const char *body, size_t size, struct function_output *output)
{
	char name[NAME_MAX_BYTES + 1];
	int length;

	choose_name(body, size, name);
	length = snprintf(output->data, output->capacity,
			  "{\"greeting\": \"hello, %s\", \"bytes\": %zu, \"crc32\": \"%08x\"}\n",
			  name, size, (unsigned int)checksum(body, size));
	output->size = (size_t)length;
	output->type = "application/json";
	return 0;
}
