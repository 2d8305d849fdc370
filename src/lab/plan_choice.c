#include "lab/plan_choice.h"

#include <errno.h>
#include <string.h>

#include "lab/plan_build.h"
#include "lab/plan_node.h"
#include "util/parse.h"

/* The load section with these keys in the place of its own; a key without a value goes. */
static void merge(struct plan *plan, const struct plan_node *keys)
{
	struct plan_node *load = plan_node_find(plan->root, "load");

	for (uint32_t i = 0; i < keys->count; i++) {
		const struct plan_entry *entry = &keys->entries[i];
		bool goes = plan_node_is_null(entry->node);
		struct plan_entry *set;

		plan_node_set(&plan->arena, load, entry->key, goes ? NULL : entry->node);
		set = plan_node_find_entry(load, entry->key);
		if (set != NULL) {
			set->line = entry->line;
			set->column = entry->column;
		}
	}
}

static void prune_variables(struct plan *plan, struct plan_node *vars)
{
	for (uint32_t i = vars->count; i-- > 0;)
		if (!plan_node_uses_variable(plan->root, vars->entries[i].key))
			plan_node_set(&plan->arena, vars, vars->entries[i].key, NULL);
}

/*
 * A variable of an arm that only another load uses would be refused as one that nothing uses. One
 * of the matrix would make the same arm several times; and what is not there, `only` cannot choose
 * by.
 */
static void prune(struct plan *plan)
{
	struct plan_node *arms = plan_node_find(plan->root, "arms"),
			 *matrix = plan_node_find(plan->root, "matrix"),
			 *only = plan_node_find(plan->root, "only");

	for (uint32_t i = 0; arms != NULL && i < arms->count; i++)
		prune_variables(plan, arms->entries[i].node);
	for (uint32_t i = 0; only != NULL && matrix != NULL && i < only->count; i++) {
		struct plan_node *choice = only->entries[i].node;

		for (uint32_t j = choice->count; j-- > 0;)
			if (plan_node_find(matrix, choice->entries[j].key) != NULL &&
			    !plan_node_uses_variable(plan->root, choice->entries[j].key))
				plan_node_set(&plan->arena, choice, choice->entries[j].key, NULL);
	}
	if (matrix != NULL)
		prune_variables(plan, matrix);
	if (matrix != NULL && matrix->count == 0 && (arms == NULL || arms->count == 0))
		plan_node_set(&plan->arena, plan->root, "only", NULL);
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* The tree only; `entry` is of the plan's loads. */
static void choose(const struct plan *plan, const char *name, struct plan *ret_plan)
{
	struct plan_node *loads;

	*ret_plan = (struct plan){0};
	arena_init(&ret_plan->arena);
	ret_plan->path = copy_text(&ret_plan->arena, plan->path);
	ret_plan->directory = copy_text(&ret_plan->arena, plan->directory);
	ret_plan->load_name = arena_strdup(&ret_plan->arena, name);
	ret_plan->root = plan_node_copy(&ret_plan->arena, plan->root);
	loads = plan_node_find(ret_plan->root, "loads");
	merge(ret_plan, plan_node_find(loads, name));
	plan_node_set(&ret_plan->arena, ret_plan->root, "loads", NULL);
	prune(ret_plan);
}

static int read_choice(const struct plan *plan, const char *name, struct plan *ret_plan,
		       struct err *err)
{
	struct err why = {0};
	int r;

	choose(plan, name, ret_plan);
	r = plan_update(ret_plan, &why);
	return r < 0 ? err_set(err, r, "%s (in load '%s')", err_text(&why), name) : 0;
}

int plan_choice_check(const struct plan *plan, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->load_count; i++) {
		struct plan chosen;

		r = read_choice(plan, plan->load_names[i], &chosen, err);
		plan_release(&chosen);
	}
	return r;
}

int plan_choose_load(const struct plan *plan, const char *name, struct plan *ret_plan,
		     struct err *err)
{
	const char **names, *nearest;

	for (uint32_t i = 0; i < plan->load_count; i++)
		if (strcmp(plan->load_names[i], name) == 0)
			return read_choice(plan, name, ret_plan, err);
	plan_init(ret_plan, plan->directory);
	if (plan->load_count == 0)
		return err_set(err, -EINVAL, "%s has no 'loads', so there is no load '%s'",
			       plan_build_get_label(plan), name);
	names = arena_alloc(&ret_plan->arena, plan->load_count + 1, sizeof(*names));
	memcpy(names, plan->load_names, plan->load_count * sizeof(*names));
	nearest = parse_find_nearest(name, names);
	return err_set(err, -EINVAL, "%s has no load '%s'; %s '%s'%s", plan_build_get_label(plan),
		       name, nearest != NULL ? "did you mean" : "its first is",
		       nearest != NULL ? nearest : names[0], nearest != NULL ? "?" : "");
}
