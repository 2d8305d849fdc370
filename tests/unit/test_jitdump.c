/* jitdump on records made as the specification has them. */
#include "symbol/jitdump.h"

#include <errno.h>
#include <stdlib.h>

#include "jit_dump.h"
#include "tap.h"
#include "util/strbuf.h"

static const char *name_at(const struct jitdump *dump, uint64_t address, uint64_t time_ns)
{
	struct jitdump_function function;

	return jitdump_find(dump, address, time_ns, &function) ? function.name : "none";
}

static void test_times(void)
{
	scoped(jitdump_cleanup) struct jitdump *dump = NULL;
	struct jitdump_function function;
	struct strbuf bytes;

	strbuf_init(&bytes, 1 << 20);
	jit_put_header(&bytes, 0);
	jit_put_load(&bytes, 100, 0x1000, 0x40, "first");
	jit_put_load(&bytes, 200, 0x2000, 0x40, "second");
	jit_put_load(&bytes, 300, 0x1020, 0x40, "third");
	jit_put_move(&bytes, 400, 0x2000, 0x3000, 0x40);
	jit_put_load(&bytes, 500, 0x2000, 0x10, "fourth");
	is_int(jitdump_parse(&dump, bytes.data, bytes.length, NULL), 0, "a dump parses");
	is_int(jitdump_get_pid(dump), 4711, "whose it is");
	is_str(name_at(dump, 0x1030, 0), "third", "at the end: the last there");
	is_str(name_at(dump, 0x1030, 250), "first", "before that: what was there before");
	is_str(name_at(dump, 0x1030, 300), "third", "from its time on");
	is_str(name_at(dump, 0x1010, 350), "first", "what the third leaves of the first");
	is_str(name_at(dump, 0x1030, 50), "first", "before all: the first that comes");
	is_str(name_at(dump, 0x2008, 450), "second", "a function that moved away was there");
	is_str(name_at(dump, 0x2008, 500), "fourth", "until another one came");
	is_str(name_at(dump, 0x3008, 450), "second", "and is where it moved to");
	is_str(name_at(dump, 0x1060, 0), "none", "behind a function");
	is_str(name_at(dump, 0xfff, 0), "none", "before it");
	ok(jitdump_find(dump, 0x1000, 0, &function) && function.start == 0x1000 &&
		   function.size == 0x40 && function.code != NULL && function.code[5] == 5,
	   "its code");
	strbuf_release(&bytes);
}

static void test_lines(void)
{
	static const struct jit_row rows[] = {
		{0x1000, 10, "/a.js"}, {0x1010, 11, "\xff"}, {0x1020, 5, "/b.js"}};
	scoped(jitdump_cleanup) struct jitdump *dump = NULL;
	struct jitdump_function function;
	const struct jitdump_line *line;
	struct strbuf bytes;

	strbuf_init(&bytes, 1 << 20);
	jit_put_header(&bytes, 0);
	jit_put_lines(&bytes, 90, 0x1000, rows, 3);
	jit_put_load(&bytes, 100, 0x1000, 0x40, "with");
	jit_put_load(&bytes, 110, 0x5000, 0x40, "without");
	jit_put_move(&bytes, 200, 0x1000, 0x8000, 0x40);
	is_int(jitdump_parse(&dump, bytes.data, bytes.length, NULL), 0, "a dump with lines");
	ok(jitdump_find(dump, 0x1018, 150, &function) && function.line_count == 3, "has them");
	line = jitdump_find_line(&function, 0x1018);
	ok(line != NULL && line->line == 11 && strcmp(line->file, "/a.js") == 0,
	   "the same file as the row before");
	line = jitdump_find_line(&function, 0x103f);
	ok(line != NULL && line->line == 5 && strcmp(line->file, "/b.js") == 0, "the last row");
	ok(jitdump_find(dump, 0x5000, 0, &function) && jitdump_find_line(&function, 0x5000) == NULL,
	   "another function has none");
	ok(jitdump_find(dump, 0x8011, 0, &function) &&
		   (line = jitdump_find_line(&function, 0x8011)) != NULL && line->line == 11,
	   "lines move with their function");
	strbuf_release(&bytes);
}

static void test_bad(void)
{
	scoped(jitdump_cleanup) struct jitdump *dump = NULL;
	scoped(jitdump_cleanup) struct jitdump *ticks = NULL;
	struct strbuf bytes;
	struct err err = {0};

	strbuf_init(&bytes, 1 << 20);
	jit_put_header(&bytes, 1);
	jit_put_load(&bytes, 900, 0x1000, 0x40, "first");
	jit_put_load(&bytes, 100, 0x1000, 0x40, "second");
	is_int(jitdump_parse(&ticks, bytes.data, bytes.length, NULL), 0,
	       "times in ticks of the CPU");
	is_str(name_at(ticks, 0x1000, 950), "second", "say nothing: the last of the file");
	is_int(jitdump_parse(&dump, bytes.data, bytes.length - 1, NULL), 0,
	       "a record that is being written");
	is_str(name_at(dump, 0x1000, 0), "first", "is not there yet");
	jitdump_free(dump);
	dump = NULL;
	is_int(jitdump_parse(&dump, bytes.data, 39, &err), -EBADMSG, "a cut header");
	bytes.data[0] = 'J';
	is_int(jitdump_parse(&dump, bytes.data, bytes.length, &err), -EBADMSG, "another file");
	ok(err_text(&err)[0] != '\0' && dump == NULL, "with a sentence");
	strbuf_release(&bytes);
}

int main(void)
{
	test_times();
	test_lines();
	test_bad();
	return tap_done();
}
