#include "lab/plan_yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "util/vec.h"

struct anchor {
	const char *name;
	struct plan_node *node;
};

struct reader {
	struct arena *arena;
	const char *name; /* of the file */
	const char *text;
	size_t length;
	struct err *err;
	size_t bytes; /* of texts and nodes so far, copies included */
	/* the lists and mappings that are being filled, outermost first */
	struct plan_node *open[PLAN_DEPTH];
	/* of the mapping of the same depth: the key that waits for its value */
	struct plan_entry key[PLAN_DEPTH];
	unsigned depth;
	VEC(struct anchor) anchors;
	struct plan_node *root;
};

static int fail_at(struct reader *reader, int code, uint32_t line, uint32_t column,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

static int fail_at(struct reader *reader, int code, uint32_t line, uint32_t column,
		   const char *format, ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return err_set(reader->err, code, "%s:%u:%u: %s", reader->name, line, column, sentence);
}

#define fail(reader, place, ...)                                                                   \
	fail_at((reader), -EINVAL, (place)->line, (place)->column, __VA_ARGS__)

/* libyaml counts from 0, and a plan has less than 2^32 lines. */
static void set_place(struct plan_node *node, const yaml_mark_t *mark)
{
	node->line = (uint32_t)mark->line + 1;
	node->column = (uint32_t)mark->column + 1;
}

static int count_bytes(struct reader *reader, const struct plan_node *node)
{
	reader->bytes += 1 + (node->kind == PLAN_NODE_TEXT ? strlen(node->text) : 0);
	if (reader->bytes <= PLAN_BYTES)
		return 0;
	return fail_at(reader, -EINVAL, node->line, node->column,
		       "with its aliases written out the plan is larger than %d MB",
		       PLAN_BYTES >> 20);
}

/* Bytes of the character at `at`; 0 when it is none: cut, too long for its value, a surrogate. */
static size_t measure_character(const unsigned char *at, size_t room)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = *at < 0x80 ? 0 : *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
	uint32_t c;

	if (more >= room || *at >= 0xf8 || (*at >= 0x80 && *at < 0xc0))
		return 0;
	c = more == 0 ? *at : *at & (0x3fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3fu);
	}
	return c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : more + 1;
}

const char *plan_yaml_find_bad_byte(const char *text, size_t length)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = measure_character((const unsigned char *)text + at, length - at);
		if (step == 0)
			return text + at;
	}
	return NULL;
}

static int fail_at_byte(struct reader *reader, const char *bad, const char *sentence)
{
	uint32_t line = 1, column = 1;

	for (const char *at = reader->text; at < bad; at++) {
		if (*at == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*at & 0xc0) != 0x80) { /* not the rest of a character */
			column++;
		}
	}
	return fail_at(reader, -EINVAL, line, column, "%s", sentence);
}

/* The line of the text, counted from 0, without its end. */
static const char *find_line(const struct reader *reader, size_t line, size_t *ret_length)
{
	const char *at = reader->text, *end = at + reader->length, *stop;

	for (; line > 0; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at != NULL ? at + 1 : end;
	}
	stop = memchr(at, '\n', (size_t)(end - at));
	*ret_length = (size_t)((stop != NULL ? stop : end) - at);
	return at;
}

/* What people do wrong most often, in words; "" when it is something else. */
static const char *make_hint(const struct reader *reader, const yaml_parser_t *parser)
{
	bool is_flow = parser->context != NULL && strstr(parser->context, "flow") != NULL;
	size_t length, blanks = 0;
	const char *line = find_line(reader, parser->problem_mark.line, &length);

	while (blanks < length && line[blanks] == ' ')
		blanks++;
	if (blanks < length && line[blanks] == '\t')
		return "; indent with spaces, not with a tab";
	if (is_flow && memmem(line, length, "${", 2) != NULL)
		return "; inside {…} or […] a text with ${…} needs quotes";
	return "";
}

static int fail_syntax(struct reader *reader, const yaml_parser_t *parser)
{
	const char *context = parser->context != NULL ? parser->context : "";
	uint32_t line = (uint32_t)parser->problem_mark.line + 1,
		 column = (uint32_t)parser->problem_mark.column + 1;

	if (parser->error == YAML_READER_ERROR && parser->problem_offset < reader->length)
		return fail_at_byte(reader, reader->text + parser->problem_offset,
				    "a control character; a plan is plain text");
	if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
		return err_set(reader->err, -ENOMEM, "%s: no memory to read it", reader->name);
	return fail_at(reader, -EINVAL, line, column, "not valid YAML: %s%s%s%s", parser->problem,
		       context[0] != '\0' ? " " : "", context, make_hint(reader, parser));
}

static int check_key(struct reader *reader, const struct plan_node *map,
		     const struct plan_node *key)
{
	const struct plan_entry *twin;

	if (key->kind != PLAN_NODE_TEXT)
		return fail(reader, key, "a key must be a text, not a list or a mapping");
	if (strcmp(key->text, "<<") == 0)
		return fail(reader, key, "merge keys (<<) are not supported; write the keys out");
	twin = plan_node_find_entry(map, key->text);
	if (twin != NULL)
		return fail(reader, key, "key '%.60s' stands twice; the first is on line %u",
			    key->text, twin->line);
	return 0;
}

/* Puts a new node where it belongs: the root, the next item, the next key or that key's value. */
static int place_node(struct reader *reader, struct plan_node *node)
{
	struct plan_node *parent;
	struct plan_entry *key, *entry;
	int r = count_bytes(reader, node);

	if (r < 0)
		return r;
	if (reader->depth == 0) {
		reader->root = node;
		return 0;
	}
	parent = reader->open[reader->depth - 1];
	key = &reader->key[reader->depth - 1];
	if (parent->kind == PLAN_NODE_MAP && key->key == NULL) {
		r = check_key(reader, parent, node);
		*key = (struct plan_entry){
			.key = node->text, .line = node->line, .column = node->column};
		return r;
	}
	if (parent->count == PLAN_WIDTH)
		return fail(reader, node, "more than %d entries in one list or mapping",
			    PLAN_WIDTH);
	entry = plan_node_add(reader->arena, parent, key->key, node);
	if (key->key != NULL) {
		entry->line = key->line;
		entry->column = key->column;
	}
	key->key = NULL;
	return 0;
}

static int open_node(struct reader *reader, struct plan_node *node)
{
	int r = place_node(reader, node);

	if (r < 0)
		return r;
	if (reader->depth == PLAN_DEPTH)
		return fail(reader, node, "nested deeper than %d levels", PLAN_DEPTH);
	reader->open[reader->depth] = node;
	reader->key[reader->depth].key = NULL;
	reader->depth++;
	return 0;
}

static int add_anchor(struct reader *reader, const yaml_char_t *name, struct plan_node *node)
{
	if (name == NULL)
		return 0;
	if (reader->anchors.count == PLAN_WIDTH)
		return fail(reader, node, "more than %d anchors", PLAN_WIDTH);
	vec_push(&reader->anchors,
		 (struct anchor){arena_strdup(reader->arena, (const char *)name), node});
	return 0;
}

static int copy_node(struct reader *reader, const struct plan_node *from, unsigned depth,
		     struct plan_node **ret_copy)
{
	struct plan_node *copy = plan_node_new(reader->arena, from->kind, from);

	if (depth > PLAN_DEPTH)
		return fail(reader, from,
			    "with its aliases written out it is nested deeper than %d levels",
			    PLAN_DEPTH);
	copy->text = from->text;
	for (uint32_t i = 0; i < from->count; i++) {
		struct plan_node *child;
		struct plan_entry *entry;
		int r = copy_node(reader, from->entries[i].node, depth + 1, &child);

		if (r == 0)
			r = count_bytes(reader, child);
		if (r < 0)
			return r;
		entry = plan_node_add(reader->arena, copy, from->entries[i].key, child);
		entry->line = from->entries[i].line;
		entry->column = from->entries[i].column;
	}
	*ret_copy = copy;
	return 0;
}

static int read_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct plan_node *named = NULL;
	struct plan_node place = {0}, *copy;
	int r;

	set_place(&place, &event->start_mark);
	/* the latest of that name holds */
	for (size_t i = reader->anchors.count; i > 0 && named == NULL; i--)
		if (strcmp(reader->anchors.items[i - 1].name, name) == 0)
			named = reader->anchors.items[i - 1].node;
	if (named == NULL)
		return fail(reader, &place, "alias *%.60s has no anchor &%.60s before it", name,
			    name);
	for (unsigned i = 0; i < reader->depth; i++)
		if (reader->open[i] == named)
			return fail(reader, &place, "alias *%.60s stands inside of what it names",
				    name);
	r = copy_node(reader, named, reader->depth, &copy);
	return r < 0 ? r : place_node(reader, copy);
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct plan_node *node = plan_node_new(reader->arena, PLAN_NODE_TEXT, NULL);
	const char *value = (const char *)event->data.scalar.value;
	int r;

	set_place(node, &event->start_mark);
	node->style = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? PLAN_STYLE_PLAIN
									  : PLAN_STYLE_QUOTED;
	if (memchr(value, '\0', event->data.scalar.length) != NULL)
		return fail(reader, node, "a text cannot hold a NUL character");
	if (event->data.scalar.tag != NULL)
		return fail(reader, node, "tags (%.60s) are not supported",
			    (const char *)event->data.scalar.tag);
	node->text = arena_strndup(reader->arena, value, event->data.scalar.length);
	r = add_anchor(reader, event->data.scalar.anchor, node);
	return r < 0 ? r : place_node(reader, node);
}

static int read_collection(struct reader *reader, const yaml_event_t *event,
			   enum plan_node_kind kind)
{
	bool is_map = kind == PLAN_NODE_MAP;
	struct plan_node *node = plan_node_new(reader->arena, kind, NULL);
	const yaml_char_t *tag =
		is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	bool is_flow = is_map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			      : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	int r;

	set_place(node, &event->start_mark);
	node->style = is_flow ? PLAN_STYLE_FLOW : PLAN_STYLE_PLAIN;
	if (tag != NULL)
		return fail(reader, node, "tags (%.60s) are not supported", (const char *)tag);
	r = add_anchor(reader,
		       is_map ? event->data.mapping_start.anchor
			      : event->data.sequence_start.anchor,
		       node);
	return r < 0 ? r : open_node(reader, node);
}

static int read_event(struct reader *reader, const yaml_event_t *event)
{
	struct plan_node place = {0};

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return read_alias(reader, event);
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_collection(reader, event, PLAN_NODE_LIST);
	case YAML_MAPPING_START_EVENT:
		return read_collection(reader, event, PLAN_NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (reader->root == NULL)
			break;
		set_place(&place, &event->start_mark);
		return fail(reader, &place, "a second document ('---'); a plan is one document");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int read_events(struct reader *reader, yaml_parser_t *parser)
{
	yaml_event_type_t type;
	int r;

	do {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return fail_syntax(reader, parser);
		type = event.type;
		r = read_event(reader, &event);
		yaml_event_delete(&event);
	} while (r == 0 && type != YAML_STREAM_END_EVENT);
	return r;
}

int plan_yaml_parse(struct plan_node **ret_root, struct arena *arena, const char *name,
		    const char *text, size_t length, struct err *err)
{
	struct reader reader = {
		.arena = arena, .name = name, .text = text, .length = length, .err = err};
	const char *bad;
	yaml_parser_t parser;
	int r;

	if (length > PLAN_BYTES)
		return err_set(err, -EINVAL, "%s: larger than %d MB; a plan is a small text", name,
			       PLAN_BYTES >> 20);
	bad = plan_yaml_find_bad_byte(text, length);
	if (bad != NULL)
		return fail_at_byte(&reader, bad, "the text is not valid UTF-8");
	if (!yaml_parser_initialize(&parser))
		return err_set(err, -ENOMEM, "%s: no memory to read it", name);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	r = read_events(&reader, &parser);
	yaml_parser_delete(&parser);
	vec_release(&reader.anchors);
	if (r < 0)
		return r;
	if (reader.root == NULL || plan_node_is_null(reader.root))
		return err_set(err, -EINVAL,
			       "%s: the plan is empty; it needs 'services', 'load' or both", name);
	if (reader.root->kind != PLAN_NODE_MAP)
		return fail(&reader, reader.root,
			    "a plan is a mapping of keys (name: …, load: …), not a %s",
			    reader.root->kind == PLAN_NODE_LIST ? "list" : "text");
	*ret_root = reader.root;
	return 0;
}
