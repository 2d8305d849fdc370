#include "load/timing_file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "util/clock.h"
#include "util/hashmap.h"
#include "util/parse.h"
#include "util/vec.h"
#include "wire/url.h"

enum { TIMING_FILE_MAX_BYTES = 1 << 30, TIME_TEXT_BYTES = 64, DAYS_MAX = 366 };

struct parser {
	const char *name;
	uint32_t line; /* from 1 */
	struct arena *arena;
	VEC(struct load_replay_item) items;
	VEC(const char *) uris;
	struct hashmap index; /* of uris */
};

static int refuse_line(const struct parser *parser, const char *text, size_t length,
		       struct err *err)
{
	return err_set(err, -EINVAL,
		       "%s:%u: expected milliseconds from the start, a tab and a URL, not '%.*s'",
		       parser->name, parser->line, (int)(length < 60 ? length : 60), text);
}

/* "12.345": milliseconds */
static int read_time(const struct parser *parser, const char *text, size_t length, uint64_t *ret_ns,
		     struct err *err)
{
	char buffer[TIME_TEXT_BYTES] = "";
	double ms = 0;

	if (length >= sizeof(buffer))
		return refuse_line(parser, text, length, err);
	memcpy(buffer, text, length);
	if (strlen(buffer) != length || parse_double(buffer, &ms) < 0)
		return refuse_line(parser, text, length, err);
	if (!(ms >= 0) || ms > DAYS_MAX * 86400e3)
		return err_set(err, -EINVAL, "%s:%u: %s ms is not from 0 to %d days", parser->name,
			       parser->line, buffer, DAYS_MAX);
	*ret_ns = (uint64_t)llround(ms * (double)NS_PER_MS);
	return 0;
}

static int find_uri(struct parser *parser, const char *text, size_t length, uint32_t *ret_index,
		    struct err *err)
{
	uint64_t hash = hashmap_hash_bytes(text, length);
	uint32_t slot, at;
	int r;

	for (at = hashmap_first(&parser->index, hash, &slot); at != HASHMAP_NONE;
	     at = hashmap_next(&parser->index, hash, &slot)) {
		if (strlen(parser->uris.items[at]) == length &&
		    memcmp(parser->uris.items[at], text, length) == 0) {
			*ret_index = at;
			return 0;
		}
	}
	r = url_check_path(text, length, err);
	if (r < 0)
		return err_prefix(err, r, "%s:%u: URL: ", parser->name, parser->line);
	if (parser->uris.count == TIMING_FILE_URIS_MAX)
		return err_set(err, -EINVAL, "%s:%u: more than %d different URLs", parser->name,
			       parser->line, TIMING_FILE_URIS_MAX);
	*ret_index = (uint32_t)parser->uris.count;
	hashmap_insert(&parser->index, hash, *ret_index);
	vec_push(&parser->uris, arena_strndup(parser->arena, text, length));
	return 0;
}

/* `length` without the line end and the white space before it. */
static int read_line(struct parser *parser, const char *text, size_t length, struct err *err)
{
	const char *tab = memchr(text, '\t', length);
	struct load_replay_item item = {0};
	size_t time = tab != NULL ? (size_t)(tab - text) : 0;
	int r;

	if (tab == NULL)
		return refuse_line(parser, text, length, err);
	if (parser->items.count == TIMING_FILE_LINES_MAX)
		return err_set(err, -EINVAL, "%s:%u: more than %d lines", parser->name,
			       parser->line, TIMING_FILE_LINES_MAX);
	r = read_time(parser, text, time, &item.offset_ns, err);
	if (r == 0 && parser->items.count > 0 &&
	    item.offset_ns < parser->items.items[parser->items.count - 1].offset_ns)
		r = err_set(err, -EINVAL,
			    "%s:%u: %.*s ms is earlier than the line before; times ascend: sort -n",
			    parser->name, parser->line, (int)time, text);
	if (r == 0)
		r = find_uri(parser, tab + 1, length - time - 1, &item.request, err);
	if (r == 0)
		vec_push(&parser->items, item);
	return r;
}

static int read_lines(struct parser *parser, const char *text, const char *end, struct err *err)
{
	const char *next;
	int r = 0;

	for (; r == 0 && text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		next = stop != NULL ? stop + 1 : end;
		stop = stop != NULL ? stop : end;
		parser->line++;
		while (stop > text && strchr(" \t\r", stop[-1]) != NULL && stop[-1] != '\0')
			stop--;
		if (stop > text)
			r = read_line(parser, text, (size_t)(stop - text), err);
	}
	return r;
}

int timing_file_parse(struct timing_list *ret_list, struct arena *arena, const char *name,
		      const char *text, size_t length, struct err *err)
{
	struct parser parser = {.name = name, .arena = arena};
	bool has_mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	int r;

	if (length > TIMING_FILE_MAX_BYTES)
		return err_set(err, -EFBIG,
			       "%s: %zu bytes are more than a timing file may have (1 GiB)", name,
			       length);
	hashmap_init(&parser.index);
	r = read_lines(&parser, text + (has_mark ? 3 : 0), text + length, err);
	if (r == 0 && parser.items.count == 0)
		r = err_set(err, -EINVAL, "%s: no line in it; one is milliseconds, a tab and a URL",
			    name);
	if (r == 0) {
		size_t items = parser.items.count * sizeof(parser.items.items[0]);
		size_t uris = parser.uris.count * sizeof(parser.uris.items[0]);

		*ret_list = (struct timing_list){
			.items = memcpy(arena_alloc(arena, items, 1), parser.items.items, items),
			.count = parser.items.count,
			.uris = memcpy(arena_alloc(arena, uris, 1), parser.uris.items, uris),
			.uri_count = (uint32_t)parser.uris.count,
		};
	}
	vec_release(&parser.items);
	vec_release(&parser.uris);
	hashmap_release(&parser.index);
	return r;
}
