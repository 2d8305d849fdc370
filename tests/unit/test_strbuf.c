#include "util/strbuf.h"

#include <stdlib.h>

#include "tap.h"

static void test_adding(void)
{
	struct strbuf buffer;
	char *taken;

	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	is_str(strbuf_text(&buffer), "", "empty at first");
	strbuf_add_text(&buffer, "one");
	strbuf_add_char(&buffer, ' ');
	strbuf_addf(&buffer, "%d-%s", 2, "two");
	strbuf_add(&buffer, "\0x", 2);
	is_str(strbuf_text(&buffer), "one 2-two", "text");
	is_int(buffer.length, 11, "bytes after a NUL count");
	strbuf_clear(&buffer);
	is_str(strbuf_text(&buffer), "", "cleared");
	for (int i = 0; i < 10000; i++)
		strbuf_addf(&buffer, "%04d", i);
	ok(buffer.length == 40000 && memcmp(buffer.data + 39996, "9999", 5) == 0,
	   "grows, and ends in NUL");
	taken = strbuf_take(&buffer);
	ok(strncmp(taken, "00000001", 8) == 0 && buffer.data == NULL && buffer.length == 0,
	   "taken");
	free(taken);
	taken = strbuf_take(&buffer);
	is_str(taken, "", "nothing taken is an empty text");
	free(taken);
	strbuf_release(&buffer);
}

static void test_maximum(void)
{
	struct strbuf buffer;

	strbuf_init(&buffer, 8);
	strbuf_add_text(&buffer, "12345678");
	ok(!buffer.is_full && buffer.length == 8, "up to the maximum");
	strbuf_add_char(&buffer, '9');
	ok(buffer.is_full && buffer.length == 8, "not beyond");
	is_str(strbuf_text(&buffer), "12345678", "what was there stays");
	strbuf_clear(&buffer);
	strbuf_addf(&buffer, "%s", "123456789");
	ok(buffer.is_full && buffer.length == 0, "all or nothing");
	strbuf_clear(&buffer);
	ok(!buffer.is_full, "clearing forgets that");
	strbuf_add(&buffer, "x", SIZE_MAX);
	ok(buffer.is_full && buffer.length == 0, "no length overflows the check");
	strbuf_release(&buffer);
}

int main(void)
{
	test_adding();
	test_maximum();
	return tap_done();
}
