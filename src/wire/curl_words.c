#include "wire/curl_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "util/strbuf.h"
#include "util/vec.h"

struct reader {
	const char *text, *at;
	struct strbuf word;
	struct err *err;
};

static int refuse(const struct reader *reader, const char *at, const char *what)
{
	unsigned line = 1;
	const char *begin = reader->text;

	for (const char *c = reader->text; c < at; c++) {
		if (*c == '\n') {
			line++;
			begin = c + 1;
		}
	}
	return err_set(reader->err, -EINVAL, "line %u, column %zu: %s", line,
		       (size_t)(at - begin) + 1, what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Length of the line end at `at`, CR LF included; 0 when there is none. */
static size_t get_line_end(const char *at)
{
	if (*at == '\n')
		return 1;
	return at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

/* What a shell would put something else in the place of. */
static int check_expansion(const struct reader *reader)
{
	const char *at = reader->at;

	if (*at == '`' || (*at == '$' && at[1] == '('))
		return refuse(reader, at,
			      "no shell runs a command here; put what it prints in its place");
	if (*at == '$' && (isalnum((unsigned char)at[1]) || at[1] == '_'))
		return refuse(reader, at,
			      "no shell replaces this variable here; put its value in its place, "
			      "or quote it with '…'");
	return 0;
}

static int read_single(struct reader *reader)
{
	const char *end = strchr(reader->at + 1, '\'');

	if (end == NULL)
		return refuse(reader, reader->at, "this ' is never closed");
	strbuf_add(&reader->word, reader->at + 1, (size_t)(end - reader->at - 1));
	reader->at = end + 1;
	return 0;
}

static int read_double(struct reader *reader)
{
	const char *open = reader->at++;

	while (*reader->at != '"') {
		size_t line_end = *reader->at == '\\' ? get_line_end(reader->at + 1) : 0;
		int r = check_expansion(reader);

		if (r < 0)
			return r;
		if (*reader->at == '\0')
			return refuse(reader, open, "this \" is never closed");
		if (line_end > 0) {
			reader->at += 1 + line_end;
			continue;
		}
		if (*reader->at == '\\' && reader->at[1] != '\0' &&
		    strchr("\"\\$`", reader->at[1]) != NULL)
			reader->at++;
		strbuf_add_char(&reader->word, *reader->at++);
	}
	reader->at++;
	return 0;
}

/* The number in up to `most` digits of the base at *at, which moves behind them. */
static uint32_t read_digits(const char **at, unsigned base, unsigned most, unsigned *ret_count)
{
	uint32_t value = 0;
	unsigned count;

	for (count = 0; count < most; count++, (*at)++) {
		char c = **at, lower = (char)(c | 0x20);
		unsigned digit = c >= '0' && c <= '9'		? (unsigned)(c - '0')
				 : lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10
								: 16;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	*ret_count = count;
	return value;
}

static void add_utf8(struct strbuf *out, uint32_t c)
{
	if (c < 0x80) {
		strbuf_add_char(out, (char)c);
		return;
	}
	if (c < 0x800) {
		strbuf_add_char(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			strbuf_add_char(out, (char)(0xe0 | c >> 12));
		} else {
			strbuf_add_char(out, (char)(0xf0 | c >> 18));
			strbuf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		strbuf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	strbuf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* \uXXXX; browsers write what is above U+FFFF as two of them (surrogates). */
static int read_unicode(struct reader *reader, const char *escape, unsigned most)
{
	unsigned count;
	uint32_t c = read_digits(&reader->at, 16, most, &count);

	if (count > 0 && c >= 0xd800 && c < 0xdc00 && reader->at[0] == '\\' &&
	    reader->at[1] == 'u') {
		const char *at = reader->at + 2;
		uint32_t low = read_digits(&at, 16, 4, &count);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			reader->at = at;
		}
	}
	if (count == 0 || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return refuse(reader, escape, "this escape is no character");
	add_utf8(&reader->word, c);
	return 0;
}

static int read_byte(struct reader *reader, const char *escape, unsigned base, unsigned most)
{
	unsigned count;
	uint32_t byte = read_digits(&reader->at, base, most, &count);

	if (count == 0 || (byte & 0xff) == 0)
		return refuse(reader, escape, "this escape is no byte that a word can hold");
	strbuf_add_char(&reader->word, (char)(byte & 0xff));
	return 0;
}

/* One escape inside $'…'; unknown ones mean themselves, as in bash. */
static int read_escape(struct reader *reader)
{
	static const char names[] = "abeEfnrtv\\'\"?", values[] = "\a\b\033\033\f\n\r\t\v\\'\"?";
	const char *escape = reader->at, *name;
	char c = escape[1];

	if (c == '\0')
		return refuse(reader, escape, "nothing follows this \\");
	reader->at += 2;
	if (c == 'x')
		return read_byte(reader, escape, 16, 2);
	if (c == 'u' || c == 'U')
		return read_unicode(reader, escape, c == 'u' ? 4 : 8);
	if (c >= '0' && c <= '7') {
		reader->at--;
		return read_byte(reader, escape, 8, 3);
	}
	name = strchr(names, c);
	if (name != NULL) {
		strbuf_add_char(&reader->word, values[name - names]);
		return 0;
	}
	strbuf_add(&reader->word, escape, 2);
	return 0;
}

static int read_ansi(struct reader *reader)
{
	const char *open = reader->at;

	reader->at += 2;
	while (*reader->at != '\'') {
		if (*reader->at == '\0')
			return refuse(reader, open, "this $' is never closed");
		if (*reader->at == '\\') {
			int r = read_escape(reader);

			if (r < 0)
				return r;
			continue;
		}
		strbuf_add_char(&reader->word, *reader->at++);
	}
	reader->at++;
	return 0;
}

static int read_escaped(struct reader *reader)
{
	size_t line_end = get_line_end(reader->at + 1);

	if (line_end > 0) {
		reader->at += 1 + line_end;
		return 0;
	}
	if (reader->at[1] == '\0')
		return refuse(reader, reader->at, "nothing follows this \\");
	strbuf_add_char(&reader->word, reader->at[1]);
	reader->at += 2;
	return 0;
}

static int read_plain(struct reader *reader)
{
	const char *at = reader->at;
	int r = check_expansion(reader);

	if (r < 0)
		return r;
	if (strchr("|&;<>", *at) != NULL)
		return refuse(reader, at,
			      "a shell would end the command here (| & ; < >); quote it when it is "
			      "part of a word, leave it out when not");
	if (*at == '^' && (at[1] == '"' || get_line_end(at + 1) > 0))
		return refuse(reader, at,
			      "this is written for Windows' cmd; take \"Copy as cURL (bash)\"");
	strbuf_add_char(&reader->word, *reader->at++);
	return 0;
}

static int read_word(struct reader *reader)
{
	int r = 0;

	while (r == 0 && *reader->at != '\0' && *reader->at != '\n' && !is_blank(*reader->at)) {
		if (*reader->at == '\'')
			r = read_single(reader);
		else if (*reader->at == '"')
			r = read_double(reader);
		else if (reader->at[0] == '$' && reader->at[1] == '\'')
			r = read_ansi(reader);
		else if (*reader->at == '\\')
			r = read_escaped(reader);
		else
			r = read_plain(reader);
	}
	return r;
}

/* Blanks, continued lines and comments. True: a line has ended. */
static bool skip_blanks(struct reader *reader)
{
	bool has_ended = false;

	for (;;) {
		size_t continued = *reader->at == '\\' ? get_line_end(reader->at + 1) : 0;

		if (continued > 0) {
			reader->at += 1 + continued;
		} else if (*reader->at == '#') {
			reader->at += strcspn(reader->at, "\n");
		} else if (*reader->at == '\n' || is_blank(*reader->at)) {
			has_ended = has_ended || *reader->at == '\n';
			reader->at++;
		} else {
			return has_ended;
		}
	}
}

int curl_words_split(const char *text, struct arena *arena, const char *const **ret_words,
		     struct err *err)
{
	struct reader reader = {.text = text, .at = text, .err = err};
	VEC(const char *) words = {0};
	const char **copy;
	int r = 0;

	strbuf_init(&reader.word, STRBUF_MAX_DEFAULT);
	while (r == 0) {
		bool has_ended = skip_blanks(&reader);

		if (*reader.at == '\0')
			break;
		if (has_ended && words.count > 0) {
			r = refuse(&reader, reader.at,
				   "the command has ended with the line before; to go on, write \\ "
				   "at that line's end");
			break;
		}
		strbuf_clear(&reader.word);
		r = read_word(&reader);
		vec_push(&words, arena_strdup(arena, strbuf_text(&reader.word)));
	}
	if (r == 0) {
		copy = arena_alloc(arena, words.count + 1, sizeof(*copy));
		for (size_t i = 0; i < words.count; i++)
			copy[i] = words.items[i];
		*ret_words = copy;
	}
	vec_release(&words);
	strbuf_release(&reader.word);
	return r;
}
