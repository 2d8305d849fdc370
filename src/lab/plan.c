#include "lab/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/plan_build.h"
#include "lab/plan_choice.h"
#include "lab/plan_node.h"
#include "lab/plan_yaml.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"

void plan_init(struct plan *plan, const char *directory)
{
	*plan = (struct plan){0};
	arena_init(&plan->arena);
	plan->directory = arena_strdup(&plan->arena, directory);
	plan->root = plan_node_new(&plan->arena, PLAN_NODE_MAP, NULL);
}

void plan_release(struct plan *plan)
{
	arena_release(&plan->arena);
	*plan = (struct plan){0};
}

/* So that an arm's mistake is found before the first arm has run for an hour. */
static int check_arms(const struct plan *plan, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->arm_count; i++) {
		struct plan expanded;

		r = plan_expand(plan, i, &expanded, err);
		plan_release(&expanded);
	}
	return r;
}

static int read_tree(struct plan *plan, struct err *err)
{
	int r = plan_build(plan, plan->root, NULL, err);

	return r < 0 ? r : check_arms(plan, err);
}

int plan_update(struct plan *plan, struct err *err)
{
	scoped_free char *text = plan_write(plan);

	plan->source = arena_strdup(&plan->arena, text);
	return read_tree(plan, err);
}

const char *plan_escape(struct plan *plan, const char *text)
{
	scoped(strbuf_release) struct strbuf escaped;

	strbuf_init(&escaped, STRBUF_MAX_DEFAULT);
	for (; *text != '\0'; text++) {
		if (*text == '$')
			strbuf_add_char(&escaped, '$');
		strbuf_add_char(&escaped, *text);
	}
	return arena_strdup(&plan->arena, strbuf_text(&escaped));
}

/*
 * The child of `parent` that the next part of a key names; made (as a mapping or a list) when it is
 * not there.
 */
static struct plan_node *walk(struct plan *plan, struct plan_node *parent, const char *part,
			      bool is_list_next)
{
	enum plan_node_kind kind = is_list_next ? PLAN_NODE_LIST : PLAN_NODE_MAP;
	struct plan_node *child = NULL;
	uint64_t position;

	if (parent->kind == PLAN_NODE_MAP) {
		child = plan_node_find(parent, part);
		if (child == NULL || plan_node_is_null(child)) {
			child = plan_node_new(&plan->arena, kind, NULL);
			plan_node_set(&plan->arena, parent, part, child);
		}
	} else if (parent->kind == PLAN_NODE_LIST && parse_u64(part, &position) == 0 &&
		   position <= parent->count) {
		if (position == parent->count)
			plan_node_add(&plan->arena, parent, NULL,
				      plan_node_new(&plan->arena, kind, NULL));
		child = parent->entries[position].node;
	}
	return child;
}

static bool is_position(const char *part)
{
	uint64_t position;

	return parse_u64(part, &position) == 0;
}

/* Sets or removes the last part of a key; false when the parent cannot have it. */
static bool set_last(struct plan *plan, struct plan_node *parent, const char *part,
		     const char *value)
{
	struct plan_node *child = value != NULL ? plan_node_new_text(&plan->arena, value) : NULL;
	uint64_t position;

	if (parent->kind == PLAN_NODE_MAP) {
		plan_node_set(&plan->arena, parent, part, child);
		return true;
	}
	if (parent->kind != PLAN_NODE_LIST || parse_u64(part, &position) < 0 ||
	    position > parent->count || child == NULL)
		return false;
	if (position == parent->count)
		plan_node_add(&plan->arena, parent, NULL, child);
	else
		parent->entries[position].node = child;
	return true;
}

int plan_set(struct plan *plan, const char *key, const char *value, struct err *err)
{
	struct plan_node *node = plan->root;
	const char *at = key, *slash;

	if (value != NULL && plan_yaml_find_bad_byte(value, strlen(value)) != NULL)
		return err_set(err, -EINVAL, "the text for '%s' is not valid UTF-8", key);
	while (node != NULL && (slash = strchr(at, '/')) != NULL) {
		const char *part = arena_strndup(&plan->arena, at, (size_t)(slash - at));

		if (value == NULL && node->kind == PLAN_NODE_MAP &&
		    plan_node_find(node, part) == NULL)
			return 0; /* nothing there to be removed */
		at = slash + 1;
		node = walk(plan, node, part,
			    is_position(arena_strndup(&plan->arena, at, strcspn(at, "/"))));
	}
	if (node == NULL || !set_last(plan, node, at, value))
		return err_set(err, -EINVAL, "the plan has no place for '%s'", key);
	return 0;
}

static bool has_variable(const struct plan_node *root, const char *name)
{
	const struct plan_node *vars = plan_node_find(root, "vars"),
			       *arms = plan_node_find(root, "arms"),
			       *matrix = plan_node_find(root, "matrix");

	if (plan_node_uses_variable(root, name) ||
	    (vars != NULL && plan_node_find(vars, name) != NULL) ||
	    (matrix != NULL && plan_node_find(matrix, name) != NULL))
		return true;
	for (uint32_t i = 0; arms != NULL && i < arms->count; i++)
		if (plan_node_find(arms->entries[i].node, name) != NULL)
			return true;
	return false;
}

static int fail_override(struct plan *plan, const char *name, struct err *err)
{
	const struct plan_node *vars = plan_node_find(plan->root, "vars");
	uint32_t count = vars != NULL && vars->kind == PLAN_NODE_MAP ? vars->count : 0;
	const char **names = arena_alloc(&plan->arena, count + 1, sizeof(*names)), *nearest;

	for (uint32_t i = 0; i < count; i++)
		names[i] = vars->entries[i].key;
	nearest = parse_find_nearest(name, names);
	return err_set(err, -EINVAL, "%s has no variable '%s'%s%s%s", plan_build_get_label(plan),
		       name, nearest != NULL ? "; did you mean '" : "",
		       nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/*
 * Into `vars` and out of every arm and the matrix: from here on nothing knows that they came from
 * elsewhere.
 */
static int apply_overrides(struct plan *plan, const struct plan_pair *overrides, uint32_t count,
			   struct err *err)
{
	struct plan_node *arms = plan_node_find(plan->root, "arms"),
			 *matrix = plan_node_find(plan->root, "matrix");

	for (uint32_t i = 0; i < count; i++) {
		const char *name = overrides[i].name;
		int r = 0;

		if (!has_variable(plan->root, name))
			return fail_override(plan, name, err);
		for (uint32_t j = 0; arms != NULL && j < arms->count; j++)
			if (arms->entries[j].node->kind == PLAN_NODE_MAP)
				plan_node_set(&plan->arena, arms->entries[j].node, name, NULL);
		if (matrix != NULL && matrix->kind == PLAN_NODE_MAP)
			plan_node_set(&plan->arena, matrix, name, NULL);
		r = plan_set(plan, arena_printf(&plan->arena, "vars/%s", name), overrides[i].value,
			     err);
		if (r < 0)
			return r;
	}
	return 0;
}

int plan_parse(struct plan *plan, const char *name, const char *text, size_t length,
	       const char *directory, const struct plan_pair *overrides, uint32_t override_count,
	       struct err *err)
{
	int r;

	plan_init(plan, directory);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		text += 3;
		length -= 3;
	}
	plan->path = arena_strdup(&plan->arena, name);
	plan->source = arena_strndup(&plan->arena, text, length);
	r = plan_yaml_parse(&plan->root, &plan->arena, name, text, length, err);
	if (r == 0)
		r = apply_overrides(plan, overrides, override_count, err);
	if (r < 0)
		return r;
	r = override_count > 0 ? plan_update(plan, err) : read_tree(plan, err);
	return r < 0 ? r : plan_choice_check(plan, err);
}

static int fail_missing(const char *path, int code, struct err *err)
{
	if (code != -ENOENT)
		return err_set(err, code, "cannot read the plan %s: %s", path, strerror(-code));
	return err_set(err, code, "no plan at %s; 'sonde run --url URL -- CMD' runs without one",
		       path);
}

int plan_read(struct plan *plan, const char *path, const struct plan_pair *overrides,
	      uint32_t override_count, struct err *err)
{
	scoped(strbuf_release) struct strbuf text;
	scoped_free char *file = NULL, *directory = NULL;
	const char *slash;
	struct stat status;
	int r;

	*plan = (struct plan){0};
	strbuf_init(&text, PLAN_BYTES);
	if (stat(path, &status) < 0)
		return fail_missing(path, -errno, err);
	file = S_ISDIR(status.st_mode) ? alloc_printf("%s%ssonde.yaml", path,
						      path[strlen(path) - 1] == '/' ? "" : "/")
				       : alloc_strdup(path);
	slash = strrchr(file, '/');
	directory = slash == NULL   ? alloc_strdup(".")
		    : slash == file ? alloc_strdup("/")
				    : alloc_strndup(file, (size_t)(slash - file));
	r = fd_read_file(AT_FDCWD, file, &text);
	if (r == -EFBIG)
		return err_set(err, -EINVAL, "%s: larger than %d MB; a plan is a small text", file,
			       PLAN_BYTES >> 20);
	if (r < 0)
		return fail_missing(file, r, err);
	return plan_parse(plan, file, strbuf_text(&text), text.length, directory, overrides,
			  override_count, err);
}
