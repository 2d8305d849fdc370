/*
 * The answers that one module has given: what is at an address. Kept for the symbolizer's life, and
 * as bytes on disk for the next one (symbolizer.h, cache_dir). Texts are stored once.
 *
 * One thread at a time.
 */
#ifndef SYMBOL_SYMBOL_ANSWERS_H
#define SYMBOL_SYMBOL_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "symbol/symbolizer.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/hashmap.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum {
	/* more is neither written nor read: a profile has thousands of hot addresses */
	SYMBOL_ANSWERS_MAX = 1 << 20,
	SYMBOL_ANSWERS_MAX_BYTES = 64 << 20,
};

struct symbol_answer {
	uint64_t lookup_addr, time_ns;
	struct symbol_place place;
};

struct symbol_answers {
	VEC(struct symbol_answer) items;
	struct hashmap index; /* by address and time */
	VEC(const char *) texts;
	struct hashmap text_index;
	struct arena arena; /* frames and texts */
};

void symbol_answers_init(struct symbol_answers *answers);
void symbol_answers_release(struct symbol_answers *answers);

/* The same text for the same characters, for the answers' life. */
const char *symbol_answers_intern(struct symbol_answers *answers, const char *text);

/* NULL when nothing was asked about the address yet. Valid until the next _add. */
const struct symbol_place *symbol_answers_find(const struct symbol_answers *answers,
					       uint64_t lookup_addr, uint64_t time_ns);

/*
 * Copies the frames; their texts must be interned. One that is there already stays as it is.
 */
void symbol_answers_add(struct symbol_answers *answers, uint64_t lookup_addr, uint64_t time_ns,
			const struct symbol_place *place);

/*
 * Appends the answers without a time, and the module's flags (enum module_flag). `fingerprint` says
 * what they were made from.
 */
void symbol_answers_encode(const struct symbol_answers *answers, uint8_t flags,
			   uint64_t fingerprint, struct strbuf *bytes);

/*
 * Adds what encode() wrote. -ESTALE when it was made from something else, -EBADMSG for damage (with
 * the offset); then nothing was added.
 */
int symbol_answers_decode(struct symbol_answers *answers, const void *bytes, size_t length,
			  uint64_t fingerprint, uint8_t *ret_flags, struct err *err);

#endif
