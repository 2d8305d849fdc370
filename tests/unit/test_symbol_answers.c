/* symbol_answers: what is added is found, also after a way through bytes. */
#include "symbol/symbol_answers.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

static void add(struct symbol_answers *answers, uint64_t address, uint64_t time_ns,
		uint32_t frame_count, const char *function)
{
	struct symbol_frame frames[3];
	struct symbol_place place = {frames, frame_count, address & ~0xfffull, 0x1000};

	for (uint32_t i = 0; i < frame_count; i++)
		frames[i] = (struct symbol_frame){
			symbol_answers_intern(answers, i == 0 ? function : "outer"),
			symbol_answers_intern(answers, i == 0 ? "/src/a.c" : ""), 10 + i};
	symbol_answers_add(answers, address, time_ns, &place);
}

static void fill(struct symbol_answers *answers)
{
	symbol_answers_init(answers);
	add(answers, 0x1234, 0, 3, "inner");
	add(answers, 0x5678, 0, 1, "alone");
	add(answers, 0x9abc, 0, 0, "");
	add(answers, 0x5678, 100, 1, "at another time");
}

static bool is_there(const struct symbol_answers *answers, uint64_t address, uint64_t time_ns,
		     uint32_t frame_count, const char *function)
{
	const struct symbol_place *place = symbol_answers_find(answers, address, time_ns);

	return place != NULL && place->frame_count == frame_count &&
	       place->function_svma == (address & ~0xfffull) && place->function_size == 0x1000 &&
	       (frame_count == 0 || strcmp(place->frames[0].function, function) == 0);
}

static void test_table(void)
{
	struct symbol_answers answers;

	fill(&answers);
	ok(is_there(&answers, 0x1234, 0, 3, "inner"), "an answer of three functions");
	ok(is_there(&answers, 0x9abc, 0, 0, ""), "that nothing is known is an answer");
	ok(is_there(&answers, 0x5678, 100, 1, "at another time"), "by time");
	ok(is_there(&answers, 0x5678, 0, 1, "alone"), "or without");
	ok(symbol_answers_find(&answers, 0x1235, 0) == NULL, "nobody asked");
	ok(symbol_answers_intern(&answers, "inner") == symbol_answers_intern(&answers, "inner"),
	   "texts are there once");
	add(&answers, 0x5678, 0, 1, "second");
	ok(is_there(&answers, 0x5678, 0, 1, "alone"), "the first answer stays");
	symbol_answers_release(&answers);
}

static void test_bytes(void)
{
	struct symbol_answers answers, again;
	struct strbuf bytes, twice;
	struct err err = {0};
	uint8_t flags = 0;

	fill(&answers);
	strbuf_init(&bytes, 1 << 20);
	strbuf_init(&twice, 1 << 20);
	symbol_answers_encode(&answers, 5, 77, &bytes);
	symbol_answers_init(&again);
	is_int(symbol_answers_decode(&again, bytes.data, bytes.length, 77, &flags, &err), 0,
	       "bytes are read back");
	is_int(flags, 5, "flags too");
	ok(is_there(&again, 0x1234, 0, 3, "inner") && is_there(&again, 0x5678, 0, 1, "alone") &&
		   is_there(&again, 0x9abc, 0, 0, ""),
	   "all answers are there");
	is_int(symbol_answers_find(&again, 0x1234, 0)->frames[2].line, 12, "lines");
	is_str(symbol_answers_find(&again, 0x1234, 0)->frames[0].file, "/src/a.c", "files");
	ok(symbol_answers_find(&again, 0x5678, 100) == NULL, "but not those of one moment");
	symbol_answers_encode(&again, 5, 77, &twice);
	is_int(symbol_answers_decode(&answers, twice.data, twice.length, 77, &flags, &err), 0,
	       "and once more, into a table that has them");
	is_int(answers.items.count, 4, "which stays as it is");
	is_int(symbol_answers_decode(&again, bytes.data, bytes.length, 78, &flags, &err), -ESTALE,
	       "made from something else");
	bytes.data[0] ^= 1;
	is_int(symbol_answers_decode(&again, bytes.data, bytes.length, 77, &flags, &err), -EBADMSG,
	       "something else");
	bytes.data[0] ^= 1;
	symbol_answers_release(&again);
	symbol_answers_init(&again);
	for (size_t cut = 0; cut < bytes.length; cut++)
		if (symbol_answers_decode(&again, bytes.data, cut, 77, &flags, &err) == 0)
			ok(false, "cut bytes are not read");
	is_int(again.items.count, 0, "of damaged bytes nothing is added");
	symbol_answers_release(&again);
	symbol_answers_release(&answers);
	strbuf_release(&bytes);
	strbuf_release(&twice);
}

int main(void)
{
	test_table();
	test_bytes();
	return tap_done();
}
