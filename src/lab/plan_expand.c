#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lab/plan.h"
#include "lab/plan_build.h"
#include "lab/plan_reader.h"
#include "util/strbuf.h"

/* Of one arm: so that variables of variables cannot make a small plan a large or an endless one. */
enum { EXPANDED_BYTES = 4 << 20, REPLACEMENTS_MAX = 100000 };

struct expansion {
	const struct plan *plan;
	const struct plan_arm *arm;
	struct plan_reader reader;
	const struct plan_node *requests; /* the list; NULL = none */
	const struct plan_node *node;	  /* the text that is being expanded, for sentences */
	/* ${name} that is no variable is a column of the request's data */
	bool keeps_columns;
	size_t bytes_left;
	uint32_t replacements;
	/* variables that are being replaced by their values, outermost first */
	const char *open[PLAN_DEPTH];
	uint32_t depth;
};

static const struct plan_pair *find_pair(const struct plan_pair *pairs, uint32_t count,
					 const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return &pairs[i];
	return NULL;
}

static const struct plan_pair *find_variable(const struct expansion *expansion, const char *name)
{
	const struct plan_pair *own =
		find_pair(expansion->arm->vars, expansion->arm->var_count, name);

	return own != NULL ? own
			   : find_pair(expansion->plan->vars, expansion->plan->var_count, name);
}

static int fail_unknown(const struct expansion *expansion, const char *name)
{
	const struct plan *plan = expansion->plan;
	const struct plan_arm *arm = expansion->arm;
	const struct plan_reader *reader = &expansion->reader;
	const char **names =
		arena_alloc(reader->arena, plan->var_count + arm->var_count + 1, sizeof(*names));
	const char *suggestion;
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->var_count; i++)
		names[count++] = plan->vars[i].name;
	for (uint32_t i = 0; i < arm->var_count; i++)
		names[count++] = arm->vars[i].name;
	suggestion = plan_reader_suggest(reader, name, names);
	if (suggestion[0] == '\0')
		suggestion = "; set it in 'vars', or write $$ for a dollar sign";
	return plan_reader_fail(
		reader, expansion->node, "unknown variable %s%s%s%s",
		plan_reader_quote(reader, name), plan->arm_count > 1 ? " in arm " : "",
		plan->arm_count > 1 ? plan_reader_quote(reader, arm->name) : "", suggestion);
}

static int fail_loop(const struct expansion *expansion, const char *name)
{
	const char *loop = "";
	bool is_inside = false;

	for (uint32_t i = 0; i < expansion->depth; i++) {
		is_inside = is_inside || strcmp(expansion->open[i], name) == 0;
		if (is_inside)
			loop = arena_printf(expansion->reader.arena, "%s${%s} → ", loop,
					    expansion->open[i]);
	}
	return plan_reader_fail(&expansion->reader, expansion->node,
				"variables go in a circle: %s${%s}", loop, name);
}

static int expand_text(struct expansion *expansion, const char *text, struct strbuf *out);

static int expand_variable(struct expansion *expansion, const char *name, struct strbuf *out)
{
	const struct plan_pair *variable = find_variable(expansion, name);
	int r;

	if (variable == NULL && expansion->keeps_columns) {
		strbuf_addf(out, "${%s}", name);
		return 0;
	}
	if (variable == NULL)
		return fail_unknown(expansion, name);
	for (uint32_t i = 0; i < expansion->depth; i++)
		if (strcmp(expansion->open[i], name) == 0)
			return fail_loop(expansion, name);
	if (expansion->depth == PLAN_DEPTH || ++expansion->replacements > REPLACEMENTS_MAX)
		return plan_reader_fail(
			&expansion->reader, expansion->node,
			"variables refer to variables more than %d deep or %d times", PLAN_DEPTH,
			REPLACEMENTS_MAX);
	expansion->open[expansion->depth++] = name;
	r = expand_text(expansion, variable->value, out);
	expansion->depth--;
	return r;
}

static int expand_text(struct expansion *expansion, const char *text, struct strbuf *out)
{
	for (;;) {
		size_t plain = strcspn(text, "$");
		const char *end;
		int r;

		strbuf_add(out, text, plain);
		text += plain;
		if (out->is_full)
			return plan_reader_fail(&expansion->reader, expansion->node,
						"variables make the plan larger than %d MB",
						EXPANDED_BYTES >> 20);
		if (text[0] == '\0')
			return 0;
		/* "$$" is a dollar sign, and so is "$" before anything else */
		if (text[1] != '{') {
			strbuf_add_char(out, '$');
			text += text[1] == '$' ? 2 : 1;
			continue;
		}
		end = strchr(text, '}');
		if (end == NULL || end == text + 2)
			return plan_reader_fail(
				&expansion->reader, expansion->node,
				"'${' without a name and '}'; write $$ for a dollar sign");
		r = expand_variable(
			expansion,
			arena_strndup(expansion->reader.arena, text + 2, (size_t)(end - text) - 2),
			out);
		if (r < 0)
			return r;
		text = end + 1;
	}
}

static int expand_leaf(struct expansion *expansion, const struct plan_node *from,
		       struct plan_node *to)
{
	scoped(strbuf_release) struct strbuf out;
	int r;

	strbuf_init(&out, expansion->bytes_left);
	to->text = from->text;
	if (strchr(from->text, '$') == NULL)
		return 0;
	expansion->node = from;
	r = expand_text(expansion, from->text, &out);
	if (r < 0)
		return r;
	expansion->bytes_left -= out.length;
	to->text = arena_strndup(expansion->reader.arena, strbuf_text(&out), out.length);
	to->raw = from->text;
	to->style = PLAN_STYLE_QUOTED; /* an empty value is an empty text, not nothing */
	return 0;
}

/* What of a request with data is filled from its columns. */
static bool is_template(const struct plan_node *request, const char *key)
{
	return key != NULL && plan_node_find(request, "data") != NULL &&
	       (strcmp(key, "path") == 0 || strcmp(key, "headers") == 0 ||
		strcmp(key, "body") == 0);
}

static int expand_node(struct expansion *expansion, const struct plan_node *from, bool is_request,
		       struct plan_node **ret_node)
{
	struct plan_node *to = plan_node_new(expansion->reader.arena, from->kind, from);
	int r = 0;

	if (from->kind == PLAN_NODE_TEXT)
		r = expand_leaf(expansion, from, to);
	for (uint32_t i = 0; r == 0 && i < from->count; i++) {
		const struct plan_entry *entry = &from->entries[i];
		struct plan_node *child;

		if (is_request)
			expansion->keeps_columns = is_template(from, entry->key);
		r = expand_node(expansion, entry->node, from == expansion->requests, &child);
		if (r == 0)
			plan_node_add(expansion->reader.arena, to, entry->key, child);
		if (is_request)
			expansion->keeps_columns = false;
	}
	*ret_node = to;
	return r;
}

/*
 * The file's tree without variables. `vars` and `arms` stay as they are: they are what the others
 * are made of; `loads` too, which are alternatives that were not chosen. `matrix` and `only` are
 * gone: this is one of their combinations.
 */
static int expand_root(struct expansion *expansion, struct plan_node **ret_root)
{
	const struct plan_node *from = expansion->plan->root;
	struct plan_node *to = plan_node_new(expansion->reader.arena, PLAN_NODE_MAP, from);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < from->count; i++) {
		struct plan_node *child = from->entries[i].node;
		const char *key = from->entries[i].key;

		if (strcmp(key, "matrix") == 0 || strcmp(key, "only") == 0)
			continue;
		if (strcmp(key, "vars") != 0 && strcmp(key, "arms") != 0 &&
		    strcmp(key, "loads") != 0)
			r = expand_node(expansion, from->entries[i].node, false, &child);
		if (r == 0)
			plan_node_add(expansion->reader.arena, to, key, child);
	}
	*ret_root = to;
	return r;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

int plan_expand(const struct plan *plan, uint32_t arm, struct plan *ret_expanded, struct err *err)
{
	struct arena scratch;
	struct expansion expansion = {.plan = plan, .bytes_left = EXPANDED_BYTES};
	const char *arm_name = plan->arm_count > 1 ? plan->arms[arm].name : "";
	const struct plan_node *load;
	struct plan_node *root;
	int r;

	assert(plan->root != NULL && arm < plan->arm_count);
	load = plan_node_find(plan->root, "load");
	expansion.requests = load != NULL ? plan_node_find(load, "requests") : NULL;
	*ret_expanded = (struct plan){0};
	arena_init(&ret_expanded->arena);
	ret_expanded->path = copy_text(&ret_expanded->arena, plan->path);
	ret_expanded->directory = copy_text(&ret_expanded->arena, plan->directory);
	ret_expanded->source = copy_text(&ret_expanded->arena, plan->source);
	ret_expanded->load_name = copy_text(&ret_expanded->arena, plan->load_name);
	arena_init(&scratch);
	expansion.arm = &plan->arms[arm];
	expansion.reader =
		(struct plan_reader){&scratch, plan_build_get_label(plan), arm_name, err};
	r = expand_root(&expansion, &root);
	if (r == 0)
		r = plan_build(ret_expanded, root, arm_name, err);
	arena_release(&scratch);
	return r;
}
