#include "lab/command_line.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "util/alloc.h"
#include "util/vec.h"

/* What a shell acts on outside of quotes; a $ is looked at more closely. */
static const char SHELL_SYNTAX[] = "|&;<>()`*?\n";

/* What needs no quotes when words are joined. */
static const char PLAIN[] = "%+,-./:=@_";

struct reader {
	const char *text;
	const char *at;
	struct strbuf word;
	struct err *err;
};

static int refuse(const struct reader *reader, const char *what)
{
	return err_set(reader->err, -EINVAL,
		       "%s at column %zu is shell syntax, and no shell runs this: quote it, or use "
		       "sh -c '…'",
		       what, (size_t)(reader->at - reader->text) + 1);
}

static int refuse_char(const struct reader *reader)
{
	char quoted[] = {'\'', *reader->at, '\'', '\0'};

	return refuse(reader, *reader->at == '\n' ? "a line break" : quoted);
}

static bool is_expansion(const char *at)
{
	return *at == '`' ||
	       (*at == '$' && at[1] != '\0' &&
		(isalnum((unsigned char)at[1]) || strchr("_({*@#?!$-", at[1]) != NULL));
}

/* '…': everything as it is. */
static int read_single(struct reader *reader)
{
	const char *end = strchr(reader->at + 1, '\'');

	if (end == NULL)
		return err_set(reader->err, -EINVAL, "the quote ' at column %zu is never closed",
			       (size_t)(reader->at - reader->text) + 1);
	strbuf_add(&reader->word, reader->at + 1, (size_t)(end - reader->at - 1));
	reader->at = end + 1;
	return 0;
}

/* "…": a shell still expands in it. */
static int read_double(struct reader *reader)
{
	const char *open = reader->at++;

	for (; *reader->at != '\0' && *reader->at != '"'; reader->at++) {
		if (is_expansion(reader->at))
			return refuse_char(reader);
		if (*reader->at == '\\' && reader->at[1] != '\0' &&
		    strchr("\"\\$`", reader->at[1]) != NULL)
			reader->at++;
		strbuf_add_char(&reader->word, *reader->at);
	}
	if (*reader->at == '\0')
		return err_set(reader->err, -EINVAL, "the quote \" at column %zu is never closed",
			       (size_t)(open - reader->text) + 1);
	reader->at++;
	return 0;
}

static int read_escaped(struct reader *reader)
{
	if (reader->at[1] == '\0')
		return err_set(reader->err, -EINVAL, "nothing follows the \\ at column %zu",
			       (size_t)(reader->at - reader->text) + 1);
	if (reader->at[1] != '\n') /* a line goes on behind one */
		strbuf_add_char(&reader->word, reader->at[1]);
	reader->at += 2;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word, which begins at the reader's place. */
static int read_word(struct reader *reader)
{
	int r = 0;

	if (*reader->at == '~')
		return refuse_char(reader);
	while (r == 0 && *reader->at != '\0' && !is_blank(*reader->at)) {
		if (*reader->at == '\'')
			r = read_single(reader);
		else if (*reader->at == '"')
			r = read_double(reader);
		else if (*reader->at == '\\')
			r = read_escaped(reader);
		else if (is_expansion(reader->at) || strchr(SHELL_SYNTAX, *reader->at) != NULL)
			r = refuse_char(reader);
		else
			strbuf_add_char(&reader->word, *reader->at++);
	}
	return r;
}

/* "K=V cmd" sets a variable in a shell; here it would be a program of that name. */
static int check_first_word(const struct reader *reader, const char *begin)
{
	const char *c = begin;

	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (c == begin || *c != '=' || isdigit((unsigned char)*begin))
		return 0;
	return err_set(
		reader->err, -EINVAL,
		"'%.*s' at column %zu sets a variable as in a shell, and no shell runs this: "
		"begin the command with env",
		(int)(c - begin + 1), begin, (size_t)(begin - reader->text) + 1);
}

/* All words, from the arena. */
static int read_words(struct reader *reader, struct arena *arena, char ***ret_argv)
{
	VEC(char *) words = {0};
	int r = 0;

	while (r == 0) {
		while (is_blank(*reader->at) || (reader->at[0] == '\\' && reader->at[1] == '\n'))
			reader->at += *reader->at == '\\' ? 2 : 1;
		if (*reader->at == '\0')
			break;
		strbuf_clear(&reader->word);
		if (words.count == 0)
			r = check_first_word(reader, reader->at);
		if (r == 0)
			r = read_word(reader);
		if (r == 0)
			vec_push(&words, arena_strdup(arena, strbuf_text(&reader->word)));
	}
	if (r == 0 && words.count == 0)
		r = err_set(reader->err, -EINVAL, "the command is empty");
	if (r == 0) {
		*ret_argv = arena_alloc(arena, words.count + 1, sizeof(char *));
		memcpy(*ret_argv, words.items, words.count * sizeof(char *));
	}
	vec_release(&words);
	return r;
}

int command_line_split(const char *text, struct arena *arena, char ***ret_argv, struct err *err)
{
	size_t length = strlen(text);
	struct reader reader = {.err = err};
	int r;

	/* A block of text in a plan ends with a line break that nobody means. */
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	reader.text = reader.at = arena_strndup(arena, text, length);
	strbuf_init(&reader.word, STRBUF_MAX_DEFAULT);
	r = read_words(&reader, arena, ret_argv);
	strbuf_release(&reader.word);
	return r;
}

static bool is_plain(const char *word)
{
	for (const char *c = word; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 &&
		    strchr(PLAIN, *c) == NULL)
			return false;
	}
	return *word != '\0';
}

void command_line_join(const char *const *argv, struct strbuf *text)
{
	for (size_t i = 0; argv[i] != NULL; i++) {
		/* A first word like A=1 would set a variable. */
		bool is_quoted = !is_plain(argv[i]) || (i == 0 && strchr(argv[i], '=') != NULL);

		if (i > 0)
			strbuf_add_char(text, ' ');
		if (!is_quoted) {
			strbuf_add_text(text, argv[i]);
			continue;
		}
		strbuf_add_char(text, '\'');
		for (const char *c = argv[i]; *c != '\0'; c++) {
			if (*c == '\'')
				strbuf_add_text(text, "'\\''");
			else
				strbuf_add_char(text, *c);
		}
		strbuf_add_char(text, '\'');
	}
}
