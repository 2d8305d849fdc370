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

static const char json_text[] = "\xef\xbb\xbf"
				"{\"ip\": \"10.0.0.1\", \"n\": 1.50, \"my name\": true}\r\n"
				"\n"
				"  {\"my name\":null,\"n\":-2e3, \"ip\":\"a\\nb\\u00e9\"}\n"
				"{\"ip\":\"\",\"n\":{ \"x\" : [1, \"y z\"] },\"my name\":[ ]}";

static void test_json(void)
{
	struct err err;
	scoped(feed_cleanup) struct feed *feed = read_feed(json_text, 0, &err);

	if (!ok(feed != NULL, "lines of objects are read"))
		printf("# %s\n", err_text(&err));
	if (feed == NULL)
		return;
	is_int(feed_get_column_count(feed), 3, "the first line's keys are the columns");
	is_str(feed_get_column_name(feed, 2), "my name", "  by name");
	is_int(feed_get_row_count(feed), 3, "and it is a row, too");
	is_cell(feed, 0, 0, "10.0.0.1", "a string");
	is_cell(feed, 0, 1, "1.50", "a number as it is written");
	is_cell(feed, 0, 2, "true", "a word");
	is_cell(feed, 1, 0, "a\nb\xc3\xa9", "escapes; keys in another order");
	is_cell(feed, 1, 1, "-2e3", "another number");
	is_cell(feed, 1, 2, "", "null is nothing");
	is_cell(feed, 2, 0, "", "an empty string, too");
	is_cell(feed, 2, 1, "{\"x\":[1,\"y z\"]}", "an object as compact JSON");
	is_cell(feed, 2, 2, "[]", "an array");
}

static uint32_t count_columns(const char *name, const char *text, char separator)
{
	struct feed *feed = NULL;
	uint32_t count = 0;

	if (feed_new(&feed, name, text, strlen(text), separator, NULL) == 0)
		count = feed_get_column_count(feed);
	feed_free(feed);
	return count;
}

static void test_format(void)
{
	static const char json[] = "{\"a\":1,\"b\":2,\"c\":3}\n{\"a\":1,\"b\":2,\"c\":3}\n";
	static const char csv[] = "a,b\n1,2\n";

	is_int(count_columns("x.csv", json, 0), 3, "a brace at the begin is JSON");
	is_int(count_columns("x.csv", "{a};b\n1;2\n", ';'), 2, "unless a separator is given");
	is_int(count_columns("x.csv", csv, 0), 2, "else it is CSV");
	is_int(count_columns("x.json", csv, 0), 0, "but not in a .json file");
	is_int(count_columns("dir/x.JSONL", csv, 0), 0, "nor in a .jsonl file");
	is_int(count_columns("x.ndjson", csv, 0), 0, "nor in a .ndjson file");
	is_int(count_columns("x.json", json, 0), 3, "which is JSON");
	is_int(count_columns("json", csv, 0), 2, "a name that is no suffix says nothing");
}

static void test_bad_json(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"{\"a\":1,\"b\":2}\n{\"a\":1}\n",
		 "f.csv:2: the key 'b' of the first line is missing"},
		{"{\"a\":1}\n\n{\"a\":1,\"c\":2}",
		 "f.csv:3: the key 'c' is not one of the first line"},
		{"{\"a\":1}\n{\"a\":1,\"a\":2}", "f.csv:2: the key 'a' is there twice"},
		{"{\"a\":1,\"a\":2}", "f.csv:1: two columns are called 'a'"},
		{"{\"\":1}", "f.csv:1: column 1 has no name"},
		{"{\"a\\u0000\":1}", "f.csv:1: column 1 has no name"},
		{"{}\n{\"a\":1}",
		 "f.csv:1: the keys of the first line name the columns, and it has none"},
		{"{\n  \"a\":1\n}\n", "f.csv:1: the line ends inside of its object"},
		{"{\"a\":1}\n{\"a\": tru}\n", "f.csv:2:7: expected true, false or null"},
		{"{\"a\":1}\n[1]\n", "f.csv:2:1: expected an object"},
		{"{\"a\":1} {\"a\":2}\n", "f.csv:1:9: text behind the end"},
	};
	struct feed *array = NULL;
	struct err err = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scoped(feed_cleanup) struct feed *feed = read_feed(cases[i].text, 0, &err);

		ok(feed == NULL && err.code == -EINVAL, cases[i].says);
		if (!ok(strstr(err_text(&err), cases[i].says) != NULL, "  says so"))
			printf("# %s\n", err_text(&err));
	}
	is_int(feed_new(&array, "f.json", "\n[{\"a\":1}]\n", 11, 0, &err), -EINVAL, "an array");
	ok(strstr(err_text(&err), "f.json:2: an array; a data file has one object a line") != NULL,
	   "  says what would be right");
	is_int(feed_new(&array, "f.json", "\n \n", 3, 0, &err), -EINVAL, "an empty .json file");
	ok(strstr(err_text(&err), "f.json: the file is empty") != NULL, "  says so");
}

static void test_most_columns(void)
{
	enum { MOST = 4096 };
	scoped_free char *text = alloc_array(MOST + 1, 16);
	size_t at = 0;

	for (int count = MOST; count <= MOST + 1; count++) {
		at = 0;
		for (int i = 0; i < count; i++)
			at += (size_t)snprintf(text + at, 8, "%s%d", i > 0 ? "," : "", i);
		text[at++] = '\n';
		memset(text + at, ',', (size_t)count - 1);
		text[at + (size_t)count - 1] = '\0';
		is_int(count_columns("f", text, ','), count == MOST ? MOST : 0,
		       "4096 columns are the most there can be");
	}
}

static void test_bad(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "f.csv: the file is empty"},
		{"\r\n\n", "the file is empty"},
		{"a,b\n", "f.csv:2: no line of data"},
		{"a,b\n1,2\n1\n", "f.csv:3: 1 column where the first line names 2"},
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
	test_json();
	test_format();
	test_bad();
	test_bad_json();
	test_most_columns();
	test_check();
	test_round_trip();
	return tap_done();
}
