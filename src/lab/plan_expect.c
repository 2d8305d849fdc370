#include "lab/plan_expect.h"

#include <errno.h>
#include <regex.h>
#include <stddef.h>
#include <string.h>

#include "load/expectation.h"
#include "util/parse.h"
#include "util/strbuf.h"
#include "wire/http1.h"

enum { REGEX_BYTES = 1000, REGEX_DEPTH = 50, REGEX_NODES = 20000 };

static const struct plan_field expect_fields[] = {
	{"status", PLAN_U16, offsetof(struct plan_expect, status), 100, 599},
	{"headers", PLAN_OTHER},
	{"body", PLAN_BLOCK, offsetof(struct plan_expect, body)},
	{"matches", PLAN_TEXT, offsetof(struct plan_expect, matches)},
	{"size", PLAN_OTHER},
	{NULL},
};

/* What the answer's headers contain; one without a value has only to be there. */
static int read_expected_headers(const struct plan_reader *reader, const struct plan_node *node,
				 struct plan_expect *expect)
{
	struct plan_pair *pairs;
	int r = 0;

	if (node->kind != PLAN_NODE_MAP || node->count > EXPECTATION_HEADERS_MAX)
		return plan_reader_refuse(reader, node, "headers",
					  "a mapping (name: text) of at most %d",
					  EXPECTATION_HEADERS_MAX);
	pairs = arena_alloc(reader->arena, node->count, sizeof(*pairs));
	for (uint32_t i = 0; r == 0 && i < node->count; i++) {
		const struct plan_entry *entry = &node->entries[i];
		scoped(strbuf_release) struct strbuf scratch;
		struct err why = {0};

		strbuf_init(&scratch, STRBUF_MAX_DEFAULT);
		pairs[i].name = arena_strdup(reader->arena, entry->key);
		if (http1_add_header(&scratch, entry->key, "", &why) < 0)
			r = plan_reader_fail(reader, entry->node, "'headers': %s", err_text(&why));
		else if (!plan_node_is_null(entry->node))
			r = plan_reader_read_text(reader, entry->node, entry->key, &pairs[i].value);
	}
	expect->headers = pairs;
	expect->header_count = node->count;
	return r;
}

static int read_size(const struct plan_reader *reader, const struct plan_node *node,
		     uint64_t *ret_bytes)
{
	const char *text = NULL;
	int r = plan_reader_read_text(reader, node, "size", &text);

	if (r < 0 || plan_reader_is_deferred(reader, text) ||
	    parse_size_bytes(text, ret_bytes) == 0)
		return r;
	return plan_reader_refuse(reader, node, "size",
				  "a number of bytes like 512 or 4k, or [least, most]");
}

/* `size: 512`, or `size: [1, 4k]`. */
static int read_sizes(const struct plan_reader *reader, const struct plan_node *node,
		      struct plan_expect *expect)
{
	const struct plan_node *least = node, *most = node;
	int r;

	if (node->kind == PLAN_NODE_LIST && node->count == 2) {
		least = node->entries[0].node;
		most = node->entries[1].node;
	} else if (node->kind != PLAN_NODE_TEXT) {
		return plan_reader_refuse(reader, node, "size",
					  "a number of bytes like 512 or 4k, or [least, most]");
	}
	r = read_size(reader, least, &expect->size_min);
	if (r == 0)
		r = read_size(reader, most, &expect->size_max);
	if (r == 0 && reader->arm != NULL && expect->size_min > expect->size_max)
		r = plan_reader_fail(reader, node,
				     "'size' is the least number of bytes, then the most");
	expect->has_size = true;
	return r;
}

/* The length of the bracket expression at `text`, which begins with '['. */
static size_t skip_bracket(const char *text)
{
	const char *at = text + 1;

	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	for (; *at != '\0' && *at != ']'; at++) {
		const char *end = NULL;

		if (*at == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '='))
			end = strchr(at + 2, ']');
		at = end != NULL ? end : at;
	}
	return (size_t)(at - text) + (*at == ']');
}

/* How often a repetition {m,n} makes the library copy what stands before it; sets its length. */
static uint64_t read_bound(const char *text, size_t *ret_length)
{
	uint64_t number = 0, greatest = 0;
	const char *at = text + 1;

	for (; *at != '\0' && *at != '}'; at++) {
		number = *at >= '0' && *at <= '9' && number < REGEX_NODES
				 ? number * 10 + (uint64_t)(*at - '0')
				 : 0;
		greatest = number > greatest ? number : greatest;
	}
	*ret_length = (size_t)(at - text) + (*at == '}');
	return greatest + 1;
}

/*
 * Whether the C library can be given it. It recurses into groups, and copies what is repeated with
 * '+' and {n}, so that repetitions of repetitions grow like powers: counted here are the nodes that
 * come of it.
 */
static bool is_bounded_regex(const char *text)
{
	struct {
		uint64_t nodes, last; /* of the group so far, and of what a repetition would copy */
	} groups[REGEX_DEPTH] = {0}, *group = groups;

	while (*text != '\0') {
		size_t length = 1;
		uint64_t copies = 0, nodes = 1;

		if (*text == '(') {
			if (++group == groups + REGEX_DEPTH)
				return false;
			group->nodes = group->last = 0;
			text++;
			continue;
		}
		if (*text == ')' && group > groups) {
			nodes += group->nodes;
			group--;
		} else if (*text == '[') {
			length = skip_bracket(text);
		} else if (*text == '\\' && text[1] != '\0') {
			length = 2;
		} else if (*text == '+') {
			copies = 1;
		} else if (*text == '{') {
			copies = read_bound(text, &length);
		}
		if (copies > 0)
			nodes = group->last * copies;
		group->last = copies > 0 ? group->last + nodes : nodes;
		group->nodes += nodes;
		if (group->nodes > REGEX_NODES)
			return false;
		text += length;
	}
	return true;
}

static int check_regex(const struct plan_reader *reader, const struct plan_node *node,
		       const char *text)
{
	regex_t regex;
	char why[128];
	int code;

	if (text == NULL || plan_reader_is_deferred(reader, text))
		return 0;
	if (strlen(text) > REGEX_BYTES || !is_bounded_regex(text))
		return plan_reader_fail(
			reader, node,
			"'matches': too large: at most %d bytes, groups %d deep, and "
			"few repetitions of repetitions",
			REGEX_BYTES, REGEX_DEPTH - 1);
	code = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);
	if (code == 0) {
		regfree(&regex);
		return 0;
	}
	regerror(code, &regex, why, sizeof(why));
	return plan_reader_fail(reader, node, "'matches': %s is no regular expression: %s",
				plan_reader_quote(reader, text), why);
}

int plan_expect_read(const struct plan_reader *reader, const struct plan_node *node,
		     struct plan_expect *expect)
{
	const struct plan_node *headers = plan_node_find(node, "headers"),
			       *size = plan_node_find(node, "size");
	int r = plan_reader_read_map(reader, node, "'expect'", expect_fields, expect);

	if (r == 0 && headers != NULL)
		r = read_expected_headers(reader, headers, expect);
	if (r == 0 && size != NULL)
		r = read_sizes(reader, size, expect);
	return r < 0 ? r : check_regex(reader, plan_node_find(node, "matches"), expect->matches);
}
