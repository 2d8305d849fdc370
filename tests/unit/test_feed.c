#include "load/feed.h"

#include <errno.h>

#include "tap.h"
#include "util/alloc.h"

static struct feed *read_feed(const char *text, char separator, struct err *err)
{
	struct feed *feed = NULL;

	*err = (struct err){0};
	if (feed_new(&feed, "f.csv", text, strlen(text), separator, err) < 0)
		return NULL;
	return feed;
}

static void is_cell(const struct feed *feed, uint32_t row, uint32_t column, const char *want,
		    const char *what)
{
	size_t length;
	const char *cell = feed_get_cell(feed, row, column, &length);

	if (!ok(length == strlen(want) && memcmp(cell, want, length) == 0, what))
		printf("#  got '%.*s'\n# want '%s'\n", (int)length, cell, want);
}

static void test_plain(void)
{
	struct err err;
	scoped(feed_cleanup) struct feed *feed =
		read_feed("ip,n\n10.0.0.1,1\r\n10.0.0.2,\n", 0, &err);

	ok(feed != NULL, "a file is read");
	if (feed == NULL)
		return;
	is_int(feed_get_row_count(feed), 2, "rows");
	is_int(feed_get_column_count(feed), 2, "columns");
	is_str(feed_get_column_name(feed, 1), "n", "a column's name");
	is_str(feed_get_name(feed), "f.csv", "the file's name");
	is_cell(feed, 0, 0, "10.0.0.1", "first cell");
	is_cell(feed, 0, 1, "1", "CR LF is not in the cell before it");
	is_cell(feed, 1, 1, "", "an empty cell");
	is_int(feed_find_column(feed, "n", 1), 1, "a column is found");
	ok(feed_find_column(feed, "nn", 2) == FEED_NO_COLUMN, "another is not");
}

static void test_quotes(void)
{
	struct err err;
	scoped(feed_cleanup) struct feed *feed =
		read_feed("\xef\xbb\xbf\"a b\";c\n\"x;y\";\"say \"\"hi\"\"\"\n\"two\nlines\";5\" "
			  "disk\n\"\";\"\"\"\"",
			  0, &err);

	ok(feed != NULL, "RFC 4180 quotes are read");
	if (feed == NULL)
		return;
	is_str(feed_get_column_name(feed, 0), "a b", "a quoted name, behind a byte order mark");
	is_int(feed_get_row_count(feed), 3, "rows");
	is_cell(feed, 0, 0, "x;y", "a separator in quotes");
	is_cell(feed, 0, 1, "say \"hi\"", "doubled quotes");
	is_cell(feed, 1, 0, "two\nlines", "a line end in quotes");
	is_cell(feed, 1, 1, "5\" disk", "a quote inside of a cell is a character");
	is_cell(feed, 2, 0, "", "quotes around nothing");
	is_cell(feed, 2, 1, "\"", "a quote alone");
}

static void test_separators(void)
{
	struct err err;
	scoped(feed_cleanup) struct feed *tab = read_feed("a,x\tb\tc\n1,5\t2\t3\n", 0, &err);
	scoped(feed_cleanup) struct feed *quoted = read_feed("\"a;b;c\",d\n1,2\n", 0, &err);
	scoped(feed_cleanup) struct feed *pipe = read_feed("a|b,c\n1|2\n", '|', &err);
	scoped(feed_cleanup) struct feed *one = read_feed("a\n\n1\n\r\n2", 0, &err);

	is_int(tab != NULL ? feed_get_column_count(tab) : 0, 3,
	       "the most frequent separator is guessed");
	is_int(quoted != NULL ? feed_get_column_count(quoted) : 0, 2, "not one in quotes");
	is_int(pipe != NULL ? feed_get_column_count(pipe) : 0, 2, "a given separator");
	is_int(one != NULL ? feed_get_row_count(one) : 0, 2, "one column; empty lines are skipped");
}

static void test_bad(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "f.csv: the file is empty"},
		{"\r\n\n", "the file is empty"},
		{"a,b\n", "f.csv:2: no line of data"},
		{"a,b\n1,2\n1\n", "f.csv:3: 1 columns where the first line names 2"},
		{"a,b\n\n\"x\ny\",2\n1,2,3\n", "f.csv:5: 3 columns"},
		{"a,b\n1,\"2\n3,4\n", "f.csv:2: the quote that opens here is never closed"},
		{"a,b\n1,\"", "f.csv:2: the quote"},
		{"a,b\n1,\"\"\"", "f.csv:2: the quote"},
		{"a,b\n\"1\"x,2\n", "f.csv:2: text after a closing quote"},
		{"a,,c\n1,2,3\n", "f.csv:1: column 2 has no name"},
		{"a,b,a\n1,2,3\n", "f.csv:1: two columns are called 'a'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err;
		scoped(feed_cleanup) struct feed *feed = read_feed(cases[i].text, 0, &err);

		ok(feed == NULL && err.code == -EINVAL, cases[i].says);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, "  says so"))
			printf("# %s\n", err_text(&err));
	}
}

static void test_check(void)
{
	struct err err;
	scoped(feed_cleanup) struct feed *feed = read_feed("ip,my name\n1,2\n", 0, &err);

	if (!ok(feed != NULL, "feed"))
		return;
	is_int(feed_check_template(feed, "/x?ip=${ip}", &err), 1, "a column is seen");
	is_int(feed_check_template(feed, "${my name}", &err), 1, "one with a blank");
	is_int(feed_check_template(feed, "/x $ip {ip} $", &err), 0, "what is none");
	is_int(feed_check_template(feed, "", &err), 0, "nothing");
	is_int(feed_check_template(feed, "${ip", &err), -EINVAL, "no }");
	is_int(feed_check_template(feed, "${ip}${IP}", &err), -EINVAL, "an unknown column");
	is_str(err_text(&err), "f.csv has no column 'IP'; it has ip, my name",
	       "  the sentence names those there are");
}

/* A slow obvious writer and the reader agree: random cells, everything quoted. */
static void test_round_trip(void)
{
	static const char alphabet[] = "a,;\"\n\r\t ";
	uint64_t state = 7;
	bool same = true;

	for (int round = 0; round < 200; round++) {
		char cells[4][3][8], text[1024] = "x,y,z\n";
		size_t at = strlen(text);
		struct err err;

		for (int i = 0; i < 12; i++) {
			char *cell = cells[i / 3][i % 3];
			size_t length =
				(state = state * 6364136223846793005u + 1442695040888963407u) >> 61;

			text[at++] = '"';
			for (size_t j = 0; j < length; j++) {
				state = state * 6364136223846793005u + 1442695040888963407u;
				cell[j] = alphabet[state >> 61];
				if (cell[j] == '"')
					text[at++] = '"';
				text[at++] = cell[j];
			}
			cell[length] = '\0';
			text[at++] = '"';
			text[at++] = i % 3 == 2 ? '\n' : ',';
		}
		text[at] = '\0';
		scoped(feed_cleanup) struct feed *feed = read_feed(text, 0, &err);

		for (int i = 0; i < 12 && feed != NULL; i++) {
			size_t length;
			const char *cell =
				feed_get_cell(feed, (uint32_t)i / 3, (uint32_t)i % 3, &length);
			const char *want = cells[i / 3][i % 3];

			same = same && length == strlen(want) && memcmp(cell, want, length) == 0;
		}
		same = same && feed != NULL && feed_get_row_count(feed) == 4;
	}
	ok(same, "200 random files come back as they were written");
}

int main(void)
{
	test_plain();
	test_quotes();
	test_separators();
	test_bad();
	test_check();
	test_round_trip();
	return tap_done();
}
