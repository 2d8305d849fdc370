#include "load/target_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "load/target_format.h"
#include "wire/url.h"

enum { TARGET_FILE_MAX_BYTES = 1 << 30 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct target_span trim(struct target_span span)
{
	while (span.length > 0 && is_blank(span.text[0])) {
		span.text++;
		span.length--;
	}
	while (span.length > 0 && is_blank(span.text[span.length - 1]))
		span.length--;
	return span;
}

bool target_next_line(struct target_parser *parser, struct target_span *ret_line)
{
	const char *begin = parser->at, *stop;

	parser->begin = begin;
	if (begin == parser->end)
		return false;
	stop = memchr(begin, '\n', (size_t)(parser->end - begin));
	parser->at = stop != NULL ? stop + 1 : parser->end;
	parser->line++;
	*ret_line = trim(
		(struct target_span){begin, (size_t)((stop != NULL ? stop : parser->end) - begin)});
	return true;
}

size_t target_measure_method(struct target_span span)
{
	size_t length = 0;

	while (length < span.length && ((span.text[length] >= 'A' && span.text[length] <= 'Z') ||
					(span.text[length] == '-' && length > 0)))
		length++;
	return length;
}

char *target_keep(struct target_parser *parser, struct target_span span)
{
	return arena_strndup(parser->arena, span.text, span.length);
}

int target_add_entry(struct target_parser *parser, const char *method, struct target_span url,
		     struct err *err)
{
	struct target_entry entry = {.method = method, .line = parser->line};
	int r = url_check_path(url.text, url.length, err);

	if (r < 0)
		return err_prefix(err, r, "%s:%u: ", parser->name, parser->line);
	if (url.length == 0)
		return err_set(err, -EINVAL, "%s:%u: the URL is empty", parser->name, parser->line);
	if (parser->entries.count == TARGET_FILE_TARGETS_MAX)
		return err_set(err, -EINVAL, "%s:%u: more than %d requests", parser->name,
			       parser->line, TARGET_FILE_TARGETS_MAX);
	entry.url = target_keep(parser, url);
	vec_push(&parser->entries, entry);
	return 0;
}

static bool has_control(struct target_span span)
{
	for (size_t i = 0; i < span.length; i++) {
		if (((unsigned char)span.text[i] < 0x20 && span.text[i] != '\t') ||
		    span.text[i] == 0x7f)
			return true;
	}
	return false;
}

int target_add_header(struct target_parser *parser, struct target_span name,
		      struct target_span value, struct err *err)
{
	bool has_blank = memchr(name.text, ' ', name.length) != NULL ||
			 memchr(name.text, '\t', name.length) != NULL;

	if (name.length == 0 || has_blank || has_control(name))
		return err_set(err, -EINVAL, "%s:%u: '%.*s' cannot be a header's name",
			       parser->name, parser->line,
			       (int)(name.length < 60 ? name.length : 60), name.text);
	if (has_control(value))
		return err_set(err, -EINVAL,
			       "%s:%u: the header %.*s has a control character in its value",
			       parser->name, parser->line, (int)name.length, name.text);
	if (parser->headers.count == TARGET_FILE_HEADERS_MAX)
		return err_set(err, -EINVAL, "%s:%u: more than %d headers for one request",
			       parser->name, parser->line, TARGET_FILE_HEADERS_MAX);
	vec_push(&parser->headers, (struct load_header){.name = target_keep(parser, name),
							.value = target_keep(parser, value)});
	return 0;
}

void target_close_entry(struct target_parser *parser)
{
	size_t count = parser->headers.count;
	struct target_entry *entry;

	parser->is_open = false;
	if (count == 0)
		return;
	entry = &parser->entries.items[parser->entries.count - 1];
	entry->headers = memcpy(arena_alloc(parser->arena, count, sizeof(struct load_header)),
				parser->headers.items, count * sizeof(struct load_header));
	entry->header_count = (uint32_t)count;
	vec_clear(&parser->headers);
}

/* "Name: value" or "@file", behind a request line. */
static int take_detail(struct target_parser *parser, struct target_span line, struct err *err)
{
	struct target_entry *entry = &parser->entries.items[parser->entries.count - 1];
	const char *colon = memchr(line.text, ':', line.length);
	size_t name;

	if (line.text[0] == '@') {
		struct target_span file =
			trim((struct target_span){line.text + 1, line.length - 1});

		if (file.length == 0 || memchr(file.text, '\0', file.length) != NULL)
			return err_set(err, -EINVAL, "%s:%u: '@' without the name of a file",
				       parser->name, parser->line);
		entry->body_file = target_keep(parser, file);
		target_close_entry(parser);
		return 0;
	}
	if (colon == NULL)
		return err_set(err, -EINVAL,
			       "%s:%u: expected a header (Name: value), a body (@file) or an empty "
			       "line, not '%.*s'",
			       parser->name, parser->line,
			       (int)(line.length < 60 ? line.length : 60), line.text);
	name = (size_t)(colon - line.text);
	return target_add_header(parser, trim((struct target_span){line.text, name}),
				 trim((struct target_span){colon + 1, line.length - name - 1}),
				 err);
}

/* A line by itself: a URL or path. */
static int take_url(struct target_parser *parser, struct target_span line, struct err *err)
{
	bool is_url = line.text[0] != '@';

	for (size_t i = 0; i < line.length && is_url; i++)
		is_url = !is_blank(line.text[i]);
	if (!is_url)
		return err_set(err, -EINVAL,
			       "%s:%u: expected a method in capitals and a URL, or a URL alone, "
			       "not '%.*s'",
			       parser->name, parser->line,
			       (int)(line.length < 60 ? line.length : 60), line.text);
	return target_add_entry(parser, "GET", line, err);
}

static int parse_lines(struct target_parser *parser, struct err *err)
{
	struct target_span line = {0};
	int r = 0;

	while (r == 0 && target_next_line(parser, &line)) {
		size_t method = target_measure_method(line);

		if (line.length == 0) {
			target_close_entry(parser);
		} else if (line.text[0] == '#') {
			continue;
		} else if (method > 0 && method < line.length && is_blank(line.text[method])) {
			struct target_span rest = {line.text + method, line.length - method};

			target_close_entry(parser);
			r = target_add_entry(
				parser,
				target_keep(parser, (struct target_span){line.text, method}),
				trim(rest), err);
			parser->is_open = true;
		} else if (parser->is_open) {
			r = take_detail(parser, line, err);
		} else {
			r = take_url(parser, line, err);
		}
	}
	target_close_entry(parser);
	return r;
}

static bool begins_with_brace(const struct target_parser *parser)
{
	const char *at = parser->at;

	while (at < parser->end && (is_blank(*at) || *at == '\n'))
		at++;
	return at < parser->end && *at == '{';
}

static int give_list(const struct target_parser *parser, struct target_list *ret_list,
		     struct err *err)
{
	size_t count = parser->entries.count;
	struct target_entry *entries;

	if (count == 0)
		return err_set(err, -EINVAL, "%s: no request in it; a line is METHOD URL, or a URL",
			       parser->name);
	entries = arena_alloc(parser->arena, count, sizeof(*entries));
	memcpy(entries, parser->entries.items, count * sizeof(*entries));
	*ret_list = (struct target_list){.entries = entries, .count = (uint32_t)count};
	return 0;
}

int target_file_parse(struct target_list *ret_list, struct arena *arena, const char *name,
		      const char *text, size_t length, struct err *err)
{
	struct target_parser parser = {
		.name = name, .at = text, .end = text + length, .arena = arena};
	int r;

	if (length > TARGET_FILE_MAX_BYTES)
		return err_set(err, -EFBIG,
			       "%s: %zu bytes are more than a file of requests may have (1 GiB)",
			       name, length);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		parser.at += 3;
	r = begins_with_brace(&parser) ? target_json_parse(&parser, err)
				       : parse_lines(&parser, err);
	if (r == 0)
		r = give_list(&parser, ret_list, err);
	vec_release(&parser.entries);
	vec_release(&parser.headers);
	return r;
}
