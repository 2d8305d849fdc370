#include "symbol/symbol_answers.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

/*
 * On disk, all little endian:
 *	u32 magic, u32 version, u64 fingerprint,
 *	u32 text count, u32 answer count, u32 flags,
 *	texts: u32 length, bytes,
 *	answers: u64 address, u64 function_svma, u64 function_size, u32 frame count,
 *		frames: u32 function, u32 file (numbers of texts), u32 line.
 */
enum { MAGIC = 0x4d595353, VERSION = 1, MAX_FRAMES = 4096, MAX_TEXT_BYTES = 1 << 20 };

void symbol_answers_init(struct symbol_answers *answers)
{
	*answers = (struct symbol_answers){0};
	hashmap_init(&answers->index);
	hashmap_init(&answers->text_index);
	arena_init(&answers->arena);
	symbol_answers_intern(answers, ""); /* number 0 */
}

void symbol_answers_release(struct symbol_answers *answers)
{
	vec_release(&answers->items);
	vec_release(&answers->texts);
	hashmap_release(&answers->index);
	hashmap_release(&answers->text_index);
	arena_release(&answers->arena);
}

static uint32_t find_text(const struct symbol_answers *answers, const char *text, size_t length,
			  uint64_t hash)
{
	uint32_t slot, i;

	for (i = hashmap_first(&answers->text_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&answers->text_index, hash, &slot))
		if (strncmp(answers->texts.items[i], text, length) == 0 &&
		    answers->texts.items[i][length] == '\0')
			return i;
	return HASHMAP_NONE;
}

static const char *intern_bytes(struct symbol_answers *answers, const char *text, size_t length)
{
	uint64_t hash = hashmap_hash_bytes(text, length);
	uint32_t known = find_text(answers, text, length, hash);

	if (known != HASHMAP_NONE)
		return answers->texts.items[known];
	hashmap_insert(&answers->text_index, hash, (uint32_t)answers->texts.count);
	vec_push(&answers->texts, arena_strndup(&answers->arena, text, length));
	return answers->texts.items[answers->texts.count - 1];
}

const char *symbol_answers_intern(struct symbol_answers *answers, const char *text)
{
	return intern_bytes(answers, text, strlen(text));
}

static uint64_t hash_key(uint64_t lookup_addr, uint64_t time_ns)
{
	return hashmap_hash_u64(lookup_addr ^ hashmap_hash_u64(time_ns));
}

const struct symbol_place *symbol_answers_find(const struct symbol_answers *answers,
					       uint64_t lookup_addr, uint64_t time_ns)
{
	uint64_t hash = hash_key(lookup_addr, time_ns);
	uint32_t slot, i;

	for (i = hashmap_first(&answers->index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&answers->index, hash, &slot)) {
		const struct symbol_answer *answer = &answers->items.items[i];

		if (answer->lookup_addr == lookup_addr && answer->time_ns == time_ns)
			return &answer->place;
	}
	return NULL;
}

void symbol_answers_add(struct symbol_answers *answers, uint64_t lookup_addr, uint64_t time_ns,
			const struct symbol_place *place)
{
	struct symbol_answer answer = {lookup_addr, time_ns, *place};
	struct symbol_frame *frames;

	if (answers->items.count >= HASHMAP_NONE - 1 ||
	    symbol_answers_find(answers, lookup_addr, time_ns) != NULL)
		return;
	if (place->frame_count > 0) {
		frames = arena_alloc(&answers->arena, place->frame_count, sizeof(*frames));
		memcpy(frames, place->frames, place->frame_count * sizeof(*frames));
		answer.place.frames = frames;
	}
	hashmap_insert(&answers->index, hash_key(lookup_addr, time_ns),
		       (uint32_t)answers->items.count);
	vec_push(&answers->items, answer);
}

static void add_u32(struct strbuf *bytes, uint32_t value)
{
	value = htole32(value);
	strbuf_add(bytes, &value, sizeof(value));
}

static void add_u64(struct strbuf *bytes, uint64_t value)
{
	value = htole64(value);
	strbuf_add(bytes, &value, sizeof(value));
}

/* Of an interned text; of another one that of "". */
static uint32_t get_text_number(const struct symbol_answers *answers, const char *text)
{
	size_t length = strlen(text);
	uint32_t number = find_text(answers, text, length, hashmap_hash_bytes(text, length));

	return number != HASHMAP_NONE ? number : 0;
}

static bool is_kept(const struct symbol_answer *answer)
{
	return answer->time_ns == 0 && answer->place.frame_count <= MAX_FRAMES;
}

void symbol_answers_encode(const struct symbol_answers *answers, uint8_t flags,
			   uint64_t fingerprint, struct strbuf *bytes)
{
	uint32_t count = 0;

	for (size_t i = 0; i < answers->items.count && count < SYMBOL_ANSWERS_MAX; i++)
		count += is_kept(&answers->items.items[i]);
	add_u32(bytes, MAGIC);
	add_u32(bytes, VERSION);
	add_u64(bytes, fingerprint);
	add_u32(bytes, (uint32_t)answers->texts.count);
	add_u32(bytes, count);
	add_u32(bytes, flags);
	for (size_t i = 0; i < answers->texts.count; i++) {
		uint32_t length = (uint32_t)strnlen(answers->texts.items[i], MAX_TEXT_BYTES);

		add_u32(bytes, length);
		strbuf_add(bytes, answers->texts.items[i], length);
	}
	for (size_t i = 0; i < answers->items.count && count > 0; i++) {
		const struct symbol_answer *answer = &answers->items.items[i];

		if (!is_kept(answer))
			continue;
		count--;
		add_u64(bytes, answer->lookup_addr);
		add_u64(bytes, answer->place.function_svma);
		add_u64(bytes, answer->place.function_size);
		add_u32(bytes, answer->place.frame_count);
		for (uint32_t k = 0; k < answer->place.frame_count; k++) {
			const struct symbol_frame *frame = &answer->place.frames[k];

			add_u32(bytes, get_text_number(answers, frame->function));
			add_u32(bytes, get_text_number(answers, frame->file));
			add_u32(bytes, frame->line);
		}
	}
}

/* Reads past the end give 0 and set is_damaged. */
struct reader {
	const uint8_t *bytes;
	size_t length, at;
	bool is_damaged;
};

static uint32_t take_u32(struct reader *reader)
{
	uint32_t value = 0;

	if (reader->length - reader->at < sizeof(value)) {
		reader->is_damaged = true;
		return 0;
	}
	memcpy(&value, reader->bytes + reader->at, sizeof(value));
	reader->at += sizeof(value);
	return le32toh(value);
}

static uint64_t take_u64(struct reader *reader)
{
	uint64_t low = take_u32(reader);

	return low | (uint64_t)take_u32(reader) << 32;
}

/* First without adding anything (`texts` NULL), to see that all of it is whole. */
static void read_texts(struct reader *reader, uint32_t count, struct symbol_answers *answers,
		       const char **texts)
{
	for (uint32_t i = 0; i < count && !reader->is_damaged; i++) {
		uint32_t length = take_u32(reader);
		const char *text = (const char *)reader->bytes + reader->at;

		if (length > reader->length - reader->at || memchr(text, '\0', length) != NULL) {
			reader->is_damaged = true;
			return;
		}
		if (texts != NULL)
			texts[i] = intern_bytes(answers, text, length);
		reader->at += length;
	}
}

static void read_answers(struct reader *reader, uint32_t count, uint32_t text_count,
			 struct symbol_answers *answers, const char *const *texts)
{
	struct symbol_frame *frames = alloc_array(MAX_FRAMES, sizeof(*frames));

	for (uint32_t i = 0; i < count && !reader->is_damaged; i++) {
		uint64_t lookup_addr = take_u64(reader);
		struct symbol_place place = {.frames = frames};

		place.function_svma = take_u64(reader);
		place.function_size = take_u64(reader);
		place.frame_count = take_u32(reader);
		if (place.frame_count > MAX_FRAMES) {
			reader->is_damaged = true;
			break;
		}
		for (uint32_t k = 0; k < place.frame_count && !reader->is_damaged; k++) {
			uint32_t function = take_u32(reader), file = take_u32(reader);

			frames[k].line = take_u32(reader);
			if (function >= text_count || file >= text_count)
				reader->is_damaged = true;
			else if (texts != NULL) {
				frames[k].function = texts[function];
				frames[k].file = texts[file];
			}
		}
		if (texts != NULL && !reader->is_damaged)
			symbol_answers_add(answers, lookup_addr, 0, &place);
	}
	free(frames);
}

int symbol_answers_decode(struct symbol_answers *answers, const void *bytes, size_t length,
			  uint64_t fingerprint, uint8_t *ret_flags, struct err *err)
{
	struct reader reader = {.bytes = bytes, .length = length};
	uint32_t magic = take_u32(&reader), version = take_u32(&reader);
	uint64_t made_from = take_u64(&reader);
	uint32_t text_count = take_u32(&reader), answer_count = take_u32(&reader);
	uint32_t flags = take_u32(&reader);
	size_t start = reader.at;

	if (reader.is_damaged || magic != MAGIC)
		return err_set(err, -EBADMSG, "these are no kept symbols");
	if (version != VERSION || made_from != fingerprint)
		return err_set(err, -ESTALE, "the kept symbols were made from something else");
	/* each takes at least 4 and 28 bytes, so that the counts are bounded by the length */
	if (text_count > length / 4 || answer_count > length / 28 ||
	    answer_count > SYMBOL_ANSWERS_MAX || flags > UINT8_MAX)
		return err_set(err, -EBADMSG, "kept symbols: counts at offset 16 are impossible");
	read_texts(&reader, text_count, answers, NULL);
	read_answers(&reader, answer_count, text_count, answers, NULL);
	if (reader.is_damaged || reader.at != length)
		return err_set(err, -EBADMSG, "kept symbols: damaged at offset %zu", reader.at);

	scoped_free const char **texts = alloc_array(text_count, sizeof(*texts));

	reader.at = start;
	read_texts(&reader, text_count, answers, texts);
	read_answers(&reader, answer_count, text_count, answers, texts);
	*ret_flags = (uint8_t)flags;
	return 0;
}
