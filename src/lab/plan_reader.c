#include "lab/plan_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab/plan.h"
#include "util/fmt.h"
#include "util/parse.h"

enum { QUOTED_BYTES = 72, SENTENCE_BYTES = 768 };

/* A text of the plan must not reach the terminal as a command to it. */
static void blank_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

static int fail_with(const struct plan_reader *reader, const struct plan_node *node, char *sentence)
{
	blank_controls(sentence);
	if (node->line == 0)
		return err_set(reader->err, -EINVAL, "%s: %s", reader->name, sentence);
	return err_set(reader->err, -EINVAL, "%s:%u:%u: %s", reader->name, node->line, node->column,
		       sentence);
}

int plan_reader_fail(const struct plan_reader *reader, const struct plan_node *node,
		     const char *format, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return fail_with(reader, node, sentence);
}

const char *plan_reader_quote(const struct plan_reader *reader, const char *text)
{
	size_t length = strlen(text), cut = length;
	char *copy;

	if (length > QUOTED_BYTES) {
		cut = QUOTED_BYTES;
		/* not inside of a character */
		while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
	}
	copy = arena_strndup(reader->arena, text, cut);
	blank_controls(copy);
	return arena_printf(reader->arena, "'%s%s'", copy, cut < length ? "…" : "");
}

/* What stands there, for the end of a sentence. */
static const char *describe(const struct plan_reader *reader, const struct plan_node *node)
{
	if (node->kind == PLAN_NODE_LIST)
		return "a list";
	if (node->kind == PLAN_NODE_MAP)
		return "a mapping";
	if (plan_node_is_null(node))
		return "nothing";
	if (node->raw == NULL)
		return plan_reader_quote(reader, node->text);
	return arena_printf(
		reader->arena, "%s (from %s%s%s)", plan_reader_quote(reader, node->text),
		plan_reader_quote(reader, node->raw), reader->arm[0] != '\0' ? " in arm " : "",
		reader->arm[0] != '\0' ? plan_reader_quote(reader, reader->arm) : "");
}

int plan_reader_refuse(const struct plan_reader *reader, const struct plan_node *node,
		       const char *key, const char *what, ...)
{
	char expected[256];
	va_list args;

	va_start(args, what);
	vsnprintf(expected, sizeof(expected), what, args);
	va_end(args);
	return plan_reader_fail(reader, node, "'%.60s' must be %s, not %s", key, expected,
				describe(reader, node));
}

const char *plan_reader_suggest(const struct plan_reader *reader, const char *word,
				const char *const *names)
{
	const char *nearest = parse_find_nearest(word, names);

	return nearest != NULL ? arena_printf(reader->arena, "; did you mean '%s'?", nearest) : "";
}

bool plan_reader_is_deferred(const struct plan_reader *reader, const char *text)
{
	return reader->arm == NULL && strchr(text, '$') != NULL;
}

int plan_reader_read_text(const struct plan_reader *reader, const struct plan_node *node,
			  const char *key, const char **ret_text)
{
	if (node->kind != PLAN_NODE_TEXT)
		return plan_reader_refuse(reader, node, key, "a text");
	if (plan_node_is_null(node))
		return plan_reader_fail(reader, node,
					"'%.60s' has no value; write \"\" for an empty text", key);
	*ret_text = arena_strdup(reader->arena, node->text);
	return 0;
}

static int read_line(const struct plan_reader *reader, const struct plan_node *node,
		     const char *key, const char **ret_text)
{
	const char *text;
	int r = plan_reader_read_text(reader, node, key, &text);

	if (r < 0)
		return r;
	if (text[0] == '\0' || strpbrk(text, "\n\r") != NULL)
		return plan_reader_refuse(reader, node, key, "a text on one line");
	*ret_text = text;
	return 0;
}

static int read_integer(const struct plan_reader *reader, const struct plan_node *node,
			const struct plan_field *field, uint32_t *ret_value)
{
	uint64_t value;
	int r = parse_u64(node->text, &value);

	if (r < 0 || (double)value < field->min || (double)value > field->max)
		return plan_reader_refuse(reader, node, field->key,
					  "a whole number from %.0f to %.0f", field->min,
					  field->max);
	*ret_value = (uint32_t)value;
	return 0;
}

static int read_duration(const struct plan_reader *reader, const struct plan_node *node,
			 const struct plan_field *field, uint64_t *ret_ns)
{
	char low[FMT_BYTES], high[FMT_BYTES];
	uint64_t ns;
	int r = parse_duration_ns(node->text, &ns);

	if (r == -EINVAL)
		return plan_reader_refuse(reader, node, field->key, "a duration like 500ms or 2s");
	if (r < 0 || (double)ns < field->min || (double)ns > field->max)
		return plan_reader_refuse(reader, node, field->key, "a duration from %s to %s",
					  fmt_duration(low, field->min),
					  fmt_duration(high, field->max));
	*ret_ns = ns;
	return 0;
}

static int read_number(const struct plan_reader *reader, const struct plan_node *node,
		       const struct plan_field *field, double *ret_value)
{
	double value;

	if (field->kind == PLAN_RATE) {
		if (parse_rate_hz(node->text, &value) < 0)
			return plan_reader_refuse(reader, node, field->key, "a rate like 5000/s");
	} else if (parse_double(node->text, &value) < 0 || value < field->min ||
		   value > field->max) {
		return plan_reader_refuse(reader, node, field->key, "a number from %.10g to %.10g",
					  field->min, field->max);
	}
	*ret_value = value;
	return 0;
}

/* A text of one line whose form is checked; nothing is stored while it holds variables. */
static int read_value(const struct plan_reader *reader, const struct plan_node *node,
		      const struct plan_field *field, void *slot)
{
	uint32_t integer = 0;
	int r = 0;

	if (plan_reader_is_deferred(reader, node->text))
		return 0;
	if (field->kind == PLAN_U16 || field->kind == PLAN_U32 || field->kind == PLAN_COUNT) {
		r = read_integer(reader, node, field, &integer);
		if (r == 0 && field->kind == PLAN_U16)
			*(uint16_t *)slot = (uint16_t)integer;
		else if (r == 0)
			*(uint32_t *)slot = integer;
	} else if (field->kind == PLAN_DURATION) {
		r = read_duration(reader, node, field, slot);
	} else if (field->kind == PLAN_BOOL) {
		if (parse_bool(node->text, slot) < 0)
			r = plan_reader_refuse(reader, node, field->key, "true or false");
	} else {
		r = read_number(reader, node, field, slot);
	}
	return r;
}

int plan_reader_read_field(const struct plan_reader *reader, const struct plan_node *node,
			   const struct plan_field *field, void *base)
{
	void *slot = (char *)base + field->offset;
	const char *text = NULL;
	int r;

	if (field->kind == PLAN_OTHER)
		return 0;
	if (field->kind == PLAN_BLOCK)
		return plan_reader_read_text(reader, node, field->key, slot);
	r = read_line(reader, node, field->key, &text);
	if (r < 0)
		return r;
	if ((field->kind == PLAN_FIXED || field->kind == PLAN_COUNT) &&
	    plan_reader_is_deferred(reader, text))
		return plan_reader_fail(
			reader, node,
			"'%s' is the same for all arms: it cannot hold a variable or a '$'",
			field->key);
	if (field->kind != PLAN_TEXT && field->kind != PLAN_FIXED)
		return read_value(reader, node, field, slot);
	*(const char **)slot = text;
	return 0;
}

static int fail_unknown_key(const struct plan_reader *reader, const struct plan_entry *entry,
			    const char *where, const struct plan_field *fields)
{
	struct plan_node place = {.line = entry->line, .column = entry->column};
	const char *names[64], *known = "", *suggestion;
	size_t count = 0;

	for (; fields->key != NULL && count < sizeof(names) / sizeof(names[0]) - 1; fields++) {
		if (fields->kind == PLAN_REFUSED)
			continue;
		known = arena_printf(reader->arena, "%s%s%s", known, count > 0 ? ", " : "",
				     fields->key);
		names[count++] = fields->key;
	}
	names[count] = NULL;
	suggestion = plan_reader_suggest(reader, entry->key, names);
	if (suggestion[0] == '\0')
		suggestion = arena_printf(reader->arena, "; known are %s", known);
	return plan_reader_fail(reader, &place, "unknown key %s in %s%s",
				plan_reader_quote(reader, entry->key), where, suggestion);
}

/* The field of an entry; NULL after an error, when there is none or it cannot be had. */
static const struct plan_field *find_field(const struct plan_reader *reader,
					   const struct plan_entry *entry, const char *where,
					   const struct plan_field *fields)
{
	const struct plan_node place = {.line = entry->line, .column = entry->column};
	const struct plan_field *field = fields;

	while (field->key != NULL && strcmp(field->key, entry->key) != 0)
		field++;
	if (field->key == NULL) {
		fail_unknown_key(reader, entry, where, fields);
		return NULL;
	}
	if (field->kind == PLAN_REFUSED) {
		plan_reader_fail(reader, &place, "'%s' in %s is not supported yet%s%s", field->key,
				 where, field->hint != NULL ? "; " : "",
				 field->hint != NULL ? field->hint : "");
		return NULL;
	}
	return field;
}

int plan_reader_check_keys(const struct plan_reader *reader, const struct plan_node *node,
			   const char *where, const struct plan_field *fields)
{
	for (uint32_t i = 0; i < node->count; i++)
		if (find_field(reader, &node->entries[i], where, fields) == NULL)
			return -EINVAL;
	return 0;
}

int plan_reader_read_map(const struct plan_reader *reader, const struct plan_node *node,
			 const char *where, const struct plan_field *fields, void *base)
{
	if (node->kind != PLAN_NODE_MAP)
		return plan_reader_fail(reader, node, "%s must be a mapping (key: value), not %s",
					where, describe(reader, node));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct plan_entry *entry = &node->entries[i];
		const struct plan_field *field = find_field(reader, entry, where, fields);
		int r = field != NULL ? plan_reader_read_field(reader, entry->node, field, base)
				      : -EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}

int plan_reader_read_fields(const struct plan_reader *reader, const struct plan_node *node,
			    const struct plan_field *fields, void *base)
{
	int r = 0;

	for (; r == 0 && fields->key != NULL; fields++) {
		const struct plan_node *value = plan_node_find(node, fields->key);

		if (value != NULL)
			r = plan_reader_read_field(reader, value, fields, base);
	}
	return r;
}

int plan_reader_read_texts(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, uint32_t max, const char ***ret_texts,
			   uint32_t *ret_count)
{
	int r = plan_reader_check_list(reader, node, key, max);
	const char **texts;

	if (r < 0)
		return r;
	texts = arena_alloc(reader->arena, node->count, sizeof(*texts));
	for (uint32_t i = 0; r == 0 && i < node->count; i++)
		r = read_line(reader, node->entries[i].node, key, &texts[i]);
	if (r < 0)
		return r;
	*ret_texts = texts;
	*ret_count = node->count;
	return 0;
}

int plan_reader_read_word(const struct plan_reader *reader, const struct plan_node *map,
			  const char *key, const char *const *words, uint32_t *ret_word)
{
	const struct plan_node *node = plan_node_find(map, key);
	const char *text, *known = "";
	int r = node != NULL ? read_line(reader, node, key, &text) : 0;

	if (r < 0 || node == NULL || plan_reader_is_deferred(reader, text))
		return r;
	for (uint32_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret_word = i;
			return 0;
		}
		known = arena_printf(reader->arena, "%s%s%s", known,
				     i == 0		    ? ""
				     : words[i + 1] != NULL ? ", "
							    : " or ",
				     words[i]);
	}
	return plan_reader_refuse(reader, node, key, "%s", known);
}

int plan_reader_read_pairs(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, const struct plan_pair **ret_pairs, uint32_t *ret_count)
{
	struct plan_pair *pairs;

	if (node->kind != PLAN_NODE_MAP)
		return plan_reader_refuse(reader, node, key, "a mapping (name: value)");
	pairs = arena_alloc(reader->arena, node->count, sizeof(*pairs));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct plan_entry *entry = &node->entries[i];
		int r = plan_reader_read_text(reader, entry->node, entry->key, &pairs[i].value);

		if (r < 0)
			return r;
		pairs[i].name = arena_strdup(reader->arena, entry->key);
	}
	*ret_pairs = pairs;
	*ret_count = node->count;
	return 0;
}
