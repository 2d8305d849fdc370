/* Kept answers from damaged bytes: all of them or none, and what is read is written the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol_answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct symbol_answers *answers)
{
	for (size_t i = 0; i < answers->items.count; i++) {
		const struct symbol_place *place = &answers->items.items[i].place;

		for (uint32_t k = 0; k < place->frame_count; k++)
			if (strlen(place->frames[k].function) == SIZE_MAX ||
			    strlen(place->frames[k].file) == SIZE_MAX)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbol_answers answers, again;
	struct strbuf bytes;
	uint64_t fingerprint = 0;
	uint8_t flags = 0;

	if (size >= 16)
		memcpy(&fingerprint, data + 8, sizeof(fingerprint));
	symbol_answers_init(&answers);
	symbol_answers_init(&again);
	strbuf_init(&bytes, SYMBOL_ANSWERS_MAX_BYTES);
	if (symbol_answers_decode(&answers, data, size, fingerprint, &flags, NULL) < 0) {
		if (answers.items.count > 0)
			abort();
	} else {
		check(&answers);
		symbol_answers_encode(&answers, flags, 1, &bytes);
		if (symbol_answers_decode(&again, bytes.data, bytes.length, 1, &flags, NULL) < 0 ||
		    again.items.count != answers.items.count)
			abort();
	}
	strbuf_release(&bytes);
	symbol_answers_release(&again);
	symbol_answers_release(&answers);
	return 0;
}
