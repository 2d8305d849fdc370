#include "lab/plan_node.h"

#include <string.h>

struct plan_node *plan_node_new(struct arena *arena, enum plan_node_kind kind,
				const struct plan_node *like)
{
	struct plan_node *node = arena_new(arena, struct plan_node);

	node->kind = kind;
	if (like != NULL) {
		node->style = like->style;
		node->line = like->line;
		node->column = like->column;
	}
	return node;
}

struct plan_node *plan_node_new_text(struct arena *arena, const char *text)
{
	struct plan_node *node = plan_node_new(arena, PLAN_NODE_TEXT, NULL);

	node->text = arena_strdup(arena, text);
	if (plan_node_is_null(node))
		node->style = PLAN_STYLE_QUOTED;
	return node;
}

struct plan_entry *plan_node_add(struct arena *arena, struct plan_node *parent, const char *key,
				 struct plan_node *child)
{
	struct plan_entry *entry;

	if (parent->count == parent->capacity) {
		uint32_t capacity = parent->capacity > 0 ? parent->capacity * 2 : 4;
		struct plan_entry *entries = arena_alloc(arena, capacity, sizeof(*entries));

		if (parent->count > 0)
			memcpy(entries, parent->entries, parent->count * sizeof(*entries));
		parent->entries = entries;
		parent->capacity = capacity;
	}
	entry = &parent->entries[parent->count++];
	*entry = (struct plan_entry){
		.key = key, .line = child->line, .column = child->column, .node = child};
	return entry;
}

struct plan_entry *plan_node_find_entry(const struct plan_node *map, const char *key)
{
	if (map->kind != PLAN_NODE_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].key, key) == 0)
			return &map->entries[i];
	return NULL;
}

struct plan_node *plan_node_find(const struct plan_node *map, const char *key)
{
	struct plan_entry *entry = plan_node_find_entry(map, key);

	return entry != NULL ? entry->node : NULL;
}

void plan_node_set(struct arena *arena, struct plan_node *map, const char *key,
		   struct plan_node *child)
{
	struct plan_entry *entry = plan_node_find_entry(map, key);

	if (entry == NULL && child != NULL) {
		plan_node_add(arena, map, arena_strdup(arena, key), child);
	} else if (entry != NULL && child != NULL) {
		entry->node = child;
	} else if (entry != NULL) {
		uint32_t after = map->count - 1 - (uint32_t)(entry - map->entries);

		memmove(entry, entry + 1, after * sizeof(*entry));
		map->count--;
	}
}

struct plan_node *plan_node_copy(struct arena *arena, const struct plan_node *node)
{
	struct plan_node *copy = plan_node_new(arena, node->kind, node);

	if (node->text != NULL)
		copy->text = arena_strdup(arena, node->text);
	if (node->raw != NULL)
		copy->raw = arena_strdup(arena, node->raw);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct plan_entry *entry = &node->entries[i];
		struct plan_entry *added = plan_node_add(
			arena, copy, entry->key != NULL ? arena_strdup(arena, entry->key) : NULL,
			plan_node_copy(arena, entry->node));

		added->line = entry->line;
		added->column = entry->column;
	}
	return copy;
}

bool plan_node_is_null(const struct plan_node *node)
{
	return node->kind == PLAN_NODE_TEXT && node->style == PLAN_STYLE_PLAIN &&
	       (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
		strcmp(node->text, "null") == 0);
}

static bool text_uses_variable(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at, '$')) {
		if (at[1] == '$') { /* a literal one */
			at += 2;
			continue;
		}
		if (at[1] == '{' && strncmp(at + 2, name, length) == 0 && at[2 + length] == '}')
			return true;
		at++;
	}
	return false;
}

bool plan_node_uses_variable(const struct plan_node *node, const char *name)
{
	if (node->kind == PLAN_NODE_TEXT)
		return text_uses_variable(node->text, name);
	for (uint32_t i = 0; i < node->count; i++)
		if (plan_node_uses_variable(node->entries[i].node, name))
			return true;
	return false;
}
