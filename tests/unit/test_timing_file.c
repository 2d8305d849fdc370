#include "load/timing_file.h"

#include <errno.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"

static int parse(struct timing_list *list, struct arena *arena, const char *text, struct err *err)
{
	*list = (struct timing_list){0};
	*err = (struct err){0};
	return timing_file_parse(list, arena, "t.tsv", text, strlen(text), err);
}

static void test_good(void)
{
	struct timing_list list;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (!ok(parse(&list, &arena,
		      "\xef\xbb\xbf"
		      "0.0\t/a\r\n\n12.345\thttp://host:1/b?x=1 \n12.345\t/a\n1e5\t/c",
		      &err) == 0,
		"a file is read"))
		printf("# %s\n", err_text(&err));
	is_int(list.count, 4, "lines; an empty one is skipped");
	is_int(list.uri_count, 3, "each URL once");
	is_str(list.uris[0], "/a", "the first");
	is_str(list.uris[1], "http://host:1/b?x=1", "the second, without what is behind it");
	is_str(list.uris[2], "/c", "the last, without a line end");
	is_int(list.items[0].offset_ns, 0, "the begin");
	is_int(list.items[1].offset_ns, 12345000, "microseconds");
	is_int(list.items[2].offset_ns, 12345000, "two at once");
	is_int(list.items[2].request, 0, "the first URL again");
	is_int(list.items[3].offset_ns, 100 * (int64_t)NS_PER_S, "100 s");
	is_int(list.items[3].request, 2, "the last URL");
	is_int(parse(&list, &arena, "31622400000\t/", &err), 0, "366 days");
	is_int(list.items[0].offset_ns, 366 * 86400 * (int64_t)NS_PER_S, "  exactly");
	is_int(parse(&list, &arena, "0.0005\t/\n0.0006\t/", &err), 0, "below a microsecond");
	is_int(list.items[1].offset_ns, 600, "  exactly");
	arena_release(&arena);
}

static void test_bad(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "t.tsv: no line in it; one is milliseconds, a tab and a URL"},
		{"\n\r\n  \n", "t.tsv: no line in it"},
		{"0\t/\n5 /\n",
		 "t.tsv:2: expected milliseconds from the start, a tab and a URL, not '5 /'"},
		{"0\t\n", "t.tsv:1: expected milliseconds"},
		{"\t/\n", "t.tsv:1: expected milliseconds"},
		{"1s\t/\n",
		 "t.tsv:1: expected milliseconds from the start, a tab and a URL, not '1s'"},
		{"nan\t/\n", "t.tsv:1: expected milliseconds"},
		{"/a\n", "t.tsv:1: expected milliseconds"},
		{"5\t/\n\n4.999\t/\n", "t.tsv:3: 4.999 ms is earlier than the line before"},
		{"-1\t/\n", "t.tsv:1: -1 ms is not from 0 to 366 days"},
		{"31622400001\t/\n", "ms is not from 0 to 366 days"},
		{"0\t/a b\n", "t.tsv:1: URL: the space at offset 2 must be written as %20"},
		{"0\t/a\tb\n", "t.tsv:1: URL: the byte 0x09"},
		{"0\t/a\nGET /\n", "t.tsv:2: expected milliseconds"},
		{"0000000000000000000000000000000000000000000000000000000000000000\t/",
		 "t.tsv:1: exp"},
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timing_list list;
		struct err err;

		is_int(parse(&list, &arena, cases[i].text, &err), -EINVAL, cases[i].says);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, "  says so"))
			printf("# %s\n", err_text(&err));
		is_int(list.count, 0, "  and leaves the result alone");
	}
	arena_release(&arena);
}

/* Many lines over few URLs: each line's URL is the one it has. */
static void test_many(void)
{
	enum { LINES = 5000, URIS = 700 };
	scoped_free char *text = alloc_array(LINES, 24);
	struct timing_list list;
	struct arena arena;
	struct err err;
	size_t at = 0;
	bool same = true;

	for (int i = 0; i < LINES; i++)
		at += (size_t)snprintf(text + at, 24, "%d.%d\t/%d\n", i / 10, i % 10,
				       i * 31 % URIS);
	arena_init(&arena);
	is_int(parse(&list, &arena, text, &err), 0, "5000 lines");
	is_int(list.count, LINES, "  all of them");
	is_int(list.uri_count, URIS, "  of 700 URLs");
	for (int i = 0; i < LINES && list.count == LINES; i++) {
		char want[16];

		snprintf(want, sizeof(want), "/%d", i * 31 % URIS);
		same = same && strcmp(list.uris[list.items[i].request], want) == 0 &&
		       list.items[i].offset_ns == (uint64_t)i * 100000;
	}
	ok(same, "each with its time and URL");
	arena_release(&arena);
}

int main(void)
{
	test_good();
	test_bad();
	test_many();
	return tap_done();
}
