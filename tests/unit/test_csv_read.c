#include "import/csv_read.h"

#include "perf_file.h"
#include "tap.h"

/* Fields within [], records on lines of their own. */
static void is_read(const char *bytes, size_t size, const char *want, const char *what)
{
	struct import_input input;
	struct csv_reader reader;
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	if (perf_file_open_bytes(&input, bytes, size) < 0)
		printf("Bail out! no memory file\n");
	csv_reader_init(&reader, &input);
	while (csv_reader_next(&reader)) {
		for (size_t i = 0; i < reader.fields.count; i++)
			strbuf_addf(&text, "[%s]", csv_reader_get(&reader, i));
		strbuf_addf(&text, "%s\n", reader.is_open ? " open" : "");
	}
	is_str(strbuf_text(&text), want, what);
	csv_reader_release(&reader);
	import_input_release(&input);
	strbuf_release(&text);
}

static void test_records(void)
{
#define IS_READ(bytes, want, what) is_read(bytes, sizeof(bytes) - 1, want, what)
	IS_READ("a,b,c\n1,,3\n", "[a][b][c]\n[1][][3]\n", "fields, one empty");
	IS_READ("a,b\r\n1,2\r\n", "[a][b]\n[1][2]\n", "CRLF");
	IS_READ("a,b\n1,2", "[a][b]\n[1][2]\n", "no line end at the end");
	IS_READ("a,b\n\n\n1,\n", "[a][b]\n[1][]\n", "empty lines, an empty last field");
	IS_READ("a,\"b,\"\"c\"\"\"\n", "[a][b,\"c\"]\n", "quotes");
	IS_READ("a,\"b\nc\",d\ne,f\n", "[a][b\nc][d]\n[e][f]\n", "a line end within quotes");
	IS_READ("a;b,c\n1,5;2\n", "[a][b,c]\n[1,5][2]\n", "semicolons");
	IS_READ("a\tb\n1\t2\n", "[a][b]\n[1][2]\n", "tabs");
	IS_READ("\xef\xbb\xbf\"a,x\";b\n", "[a,x][b]\n", "a byte order mark, quotes first");
	IS_READ("a,b\0c\n", "[a][b c]\n", "a NUL");
	IS_READ("a,b\n\"c,d\ne\n", "[a][b]\n[c,d\ne\n] open\n", "cut off within quotes");
	IS_READ("", "", "nothing");
}

int main(void)
{
	test_records();
	return tap_done();
}
