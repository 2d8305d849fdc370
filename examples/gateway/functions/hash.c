/*
 * hash: a slow hash of the body, some tens of microseconds of arithmetic in one function,
 * hash_stretch(). It is what a profile of the gateway should show when this route has load.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "../function.h"

#define ROUNDS 16384

int handler(const char *body, size_t size, struct function_output *output);

/* FNV-1a */
static uint64_t hash_bytes(const char *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return hash;
}

/*
 * Each round needs the one before it, so the time is that of the multiplications, on any machine.
 */
static __attribute__((noinline)) uint64_t hash_stretch(uint64_t hash)
{
	for (int i = 0; i < ROUNDS; i++)
		hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
	return hash;
}

int handler(const char *body, size_t size, struct function_output *output)
{
	int length = snprintf(output->data, output->capacity, "%016" PRIx64 "\n",
			      hash_stretch(hash_bytes(body, size)));

	output->size = (size_t)length;
	return 0;
}
