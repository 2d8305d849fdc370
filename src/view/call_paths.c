#include "view/call_paths.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void call_paths_begin(struct call_paths *paths, struct arena *arena)
{
	*paths = (struct call_paths){.arena = arena};
	hashmap_init(&paths->index);
	vec_push(&paths->nodes, (struct call_node){.name = "all",
						   .module = "",
						   .kind = CALL_THREAD,
						   .parent = CALL_TREE_NONE,
						   .first_child = CALL_TREE_NONE,
						   .next_sibling = CALL_TREE_NONE});
}

static uint32_t find_child(struct call_paths *paths, uint32_t parent, const char *name,
			   const char *module, uint64_t hash)
{
	uint32_t slot, id = hashmap_first(&paths->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&paths->index, hash, &slot)) {
		const struct call_node *node = &paths->nodes.items[id];

		if (node->parent == parent && strcmp(node->name, name) == 0 &&
		    strcmp(node->module, module) == 0)
			break;
	}
	return id;
}

uint32_t call_paths_add(struct call_paths *paths, uint32_t parent, const char *name,
			const char *module, enum call_kind kind, double samples)
{
	uint64_t hash = hashmap_hash_u64(hashmap_hash_bytes(name, strlen(name)) + parent) ^
			hashmap_hash_bytes(module, strlen(module));
	uint32_t id = find_child(paths, parent, name, module, hash);

	if (id == HASHMAP_NONE) {
		id = (uint32_t)paths->nodes.count;
		vec_push(&paths->nodes,
			 (struct call_node){.name = arena_strdup(paths->arena, name),
					    .module = arena_strdup(paths->arena, module),
					    .kind = kind,
					    .parent = parent,
					    .first_child = CALL_TREE_NONE,
					    .next_sibling = CALL_TREE_NONE});
		hashmap_insert(&paths->index, hash, id);
	}
	paths->nodes.items[id].total += samples;
	return id;
}

void call_paths_add_total(struct call_paths *paths, double samples)
{
	paths->nodes.items[0].total += samples;
}

void call_paths_add_self(struct call_paths *paths, uint32_t node, double samples)
{
	paths->nodes.items[node].self += samples;
}

/* By parent, then the heaviest first, then by name: the same tree is always in the same order. */
static int compare_children(const void *a, const void *b, void *context)
{
	const struct call_node *nodes = context;
	const struct call_node *left = &nodes[*(const uint32_t *)a];
	const struct call_node *right = &nodes[*(const uint32_t *)b];
	int by_name;

	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	by_name = strcmp(left->name, right->name);
	return by_name != 0 ? by_name : strcmp(left->module, right->module);
}

static void link_children(struct call_tree *tree)
{
	uint32_t *ids = alloc_array(tree->count, sizeof(*ids));

	for (uint32_t i = 1; i < tree->count; i++)
		ids[i - 1] = i;
	qsort_r(ids, tree->count - 1, sizeof(*ids), compare_children, tree->nodes);
	for (uint32_t i = tree->count - 1; i-- > 0;) {
		struct call_node *node = &tree->nodes[ids[i]], *parent = &tree->nodes[node->parent];

		node->next_sibling = parent->first_child;
		parent->first_child = ids[i];
	}
	free(ids);
}

void call_paths_end(struct call_paths *paths, struct call_tree *ret_tree)
{
	*ret_tree = (struct call_tree){.count = (uint32_t)paths->nodes.count};
	ret_tree->nodes = arena_alloc(paths->arena, ret_tree->count, sizeof(*ret_tree->nodes));
	memcpy(ret_tree->nodes, paths->nodes.items, ret_tree->count * sizeof(*ret_tree->nodes));
	link_children(ret_tree);
	vec_release(&paths->nodes);
	hashmap_release(&paths->index);
}

static uint32_t add_node(struct call_paths *paths, uint32_t parent, const struct call_node *node,
			 double samples)
{
	return call_paths_add(paths, parent, node->name, node->module, node->kind, samples);
}

/* `from` and its callers, up to the thread, one below the other. */
static void add_callers(struct call_paths *paths, const struct call_tree *tree, uint32_t from,
			double samples)
{
	uint32_t to = 0;

	for (uint32_t at = from; at != 0; at = tree->nodes[at].parent)
		to = add_node(paths, to, &tree->nodes[at], samples);
	call_paths_add_self(paths, to, samples);
}

void call_paths_invert(struct call_tree *ret_tree, struct arena *arena,
		       const struct call_tree *tree)
{
	struct call_paths paths;

	call_paths_begin(&paths, arena);
	call_paths_add_total(&paths, tree->nodes[0].total);
	for (uint32_t i = 1; i < tree->count; i++)
		if (tree->nodes[i].self > 0)
			add_callers(&paths, tree, i, tree->nodes[i].self);
	call_paths_end(&paths, ret_tree);
	ret_tree->work = tree->work;
}

static bool is_function(const struct call_node *node, const char *name, const char *module)
{
	return strcmp(node->name, name) == 0 && strcmp(node->module, module) == 0;
}

/* The node of the function that is nearest to `from` on its way up, or farthest; 0 = none. */
static uint32_t find_call(const struct call_tree *tree, uint32_t from, bool is_outermost,
			  const char *name, const char *module)
{
	uint32_t found = 0;

	for (uint32_t at = from; at != 0; at = tree->nodes[at].parent) {
		if (!is_function(&tree->nodes[at], name, module))
			continue;
		found = at;
		if (!is_outermost)
			break;
	}
	return found;
}

/* The path from `from` down to `leaf`. */
static void add_callees(struct call_paths *paths, const struct call_tree *tree, uint32_t from,
			uint32_t leaf)
{
	double samples = tree->nodes[leaf].self;
	VEC(uint32_t) path = {0};
	uint32_t to = 0;

	for (uint32_t at = leaf; at != from; at = tree->nodes[at].parent)
		vec_push(&path, at);
	vec_push(&path, from);
	for (size_t i = path.count; i-- > 0;)
		to = add_node(paths, to, &tree->nodes[path.items[i]], samples);
	call_paths_add_self(paths, to, samples);
	vec_release(&path);
}

void call_paths_turn(struct call_tree *ret_tree, struct arena *arena, const struct call_tree *tree,
		     enum call_direction direction, const char *name, const char *module)
{
	struct call_paths paths;

	call_paths_begin(&paths, arena);
	call_paths_add_total(&paths, tree->nodes[0].total);
	for (uint32_t i = 1; i < tree->count; i++) {
		uint32_t from;

		if (tree->nodes[i].self <= 0)
			continue;
		from = find_call(tree, i, direction == CALL_CALLEES, name, module);
		if (from == 0)
			continue;
		if (direction == CALL_CALLERS)
			add_callers(&paths, tree, from, tree->nodes[i].self);
		else
			add_callees(&paths, tree, from, i);
	}
	call_paths_end(&paths, ret_tree);
	ret_tree->work = tree->work;
}
