#include "import/import_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "perf_file.h"
#include "tap.h"
#include "util/alloc.h"

/* The same bytes as a file, or through a pipe. */
static void open_bytes(struct import_input *input, const char *bytes, size_t size, bool is_pipe)
{
	int ends[2];

	if (!is_pipe) {
		if (perf_file_open_bytes(input, bytes, size) < 0)
			exit(1);
		return;
	}
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) < 0 ||
	    write(ends[1], bytes, size) != (ssize_t)size)
		exit(1);
	close(ends[1]);
	if (import_input_open_fd(input, ends[0], "pipe", NULL) < 0)
		exit(1);
	close(ends[0]);
}

static void test_lines(bool is_pipe)
{
	static const char text[] = "one\r\n\ntwo\nlast";
	const char *const lines[] = {"one", "", "two", "last"};
	struct import_input input;
	size_t length;
	char *line;

	open_bytes(&input, text, sizeof(text) - 1, is_pipe);
	is_int(input.can_seek, !is_pipe, "whether it can be read anywhere");
	for (size_t i = 0; i < 4; i++) {
		ok(import_input_next_line(&input, &line, &length), "a line");
		is_str(line, lines[i], "without its end");
		is_int(length, strlen(lines[i]), "its length");
	}
	ok(!import_input_next_line(&input, &line, &length), "the end");
	import_input_release(&input);
}

static void test_long_lines(bool is_pipe)
{
	const size_t sizes[] = {IMPORT_LINE_MAX - 1, IMPORT_LINE_MAX, IMPORT_LINE_MAX + 1,
				3 * IMPORT_LINE_MAX};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i] + strlen("\nnext\n");
		scoped_free char *text = alloc_array(size, 1);
		struct import_input input;
		size_t length;
		char *line;

		memset(text, 'x', sizes[i]);
		memcpy(text + sizes[i], "\nnext\n", strlen("\nnext\n"));
		open_bytes(&input, text, size, is_pipe);
		ok(import_input_next_line(&input, &line, &length), "a long line");
		is_int(length, IMPORT_LINE_MAX - 1, "cut");
		ok(strlen(line) == length, "ends with a NUL");
		ok(import_input_next_line(&input, &line, &length) && strcmp(line, "next") == 0,
		   "the line behind it");
		import_input_release(&input);
	}
}

static void test_places(bool is_pipe)
{
	scoped_free char *bytes = alloc_array(200000, 1);
	struct import_input input;
	const unsigned char *at;
	size_t have;
	char two[2];

	for (int i = 0; i < 200000; i++)
		bytes[i] = (char)(i / 1000);
	open_bytes(&input, bytes, 200000, is_pipe);
	at = import_input_peek(&input, 150000, &have);
	ok(have == 150000 && at[0] == 0 && at[149999] == (unsigned char)149, "far ahead");
	is_int(import_input_skip(&input, 1500), 1500, "skip");
	at = import_input_peek(&input, 1, &have);
	is_int(at[0], 1, "what stands there");
	is_int(import_input_skip(&input, 190000), 190000, "skip beyond what is buffered");
	is_int(input.position, 191500, "where it stands");
	at = import_input_peek(&input, 100000, &have);
	ok(have == 8500 && at[0] == (unsigned char)191, "fewer only at the end");
	is_int(import_input_skip(&input, 10000), 8500, "not beyond the end");
	import_input_peek(&input, 1, &have);
	is_int(have, 0, "nothing there");
	if (!is_pipe) {
		ok(import_input_read_at(&input, 5999, two, 2) && two[0] == 5 && two[1] == 6,
		   "any place");
		ok(!import_input_read_at(&input, 199999, two, 2), "not beyond the end");
		import_input_seek(&input, 7000);
		at = import_input_peek(&input, 1, &have);
		is_int(at[0], 7, "from another place on");
	}
	import_input_release(&input);
}

static void test_spool(void)
{
	struct import_input input;
	const unsigned char *at;
	size_t have;
	char last;

	open_bytes(&input, "abcdef", 6, true);
	import_input_peek(&input, 3, &have);
	is_int(import_input_spool(&input, NULL), 0, "a pipe becomes a file");
	ok(input.can_seek && input.size == 6, "all of it");
	at = import_input_peek(&input, 6, &have);
	ok(have == 6 && memcmp(at, "abcdef", 6) == 0, "from its begin");
	ok(import_input_read_at(&input, 5, &last, 1) && last == 'f', "at any place");
	import_input_release(&input);
}

static void test_errors(void)
{
	struct import_input input;
	struct err err = {0};

	is_int(import_input_open(&input, "/nonexistent/perf.data", &err), -ENOENT, "not there");
	ok(strstr(err.text, "/nonexistent/perf.data") != NULL, "named");
	import_input_release(&input);
	is_int(import_input_open(&input, "/", &err), -EISDIR, "a folder");
	import_input_release(&input);
}

int main(void)
{
	for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
		test_lines(is_pipe);
		test_long_lines(is_pipe);
		test_places(is_pipe);
	}
	test_spool();
	test_errors();
	return tap_done();
}
