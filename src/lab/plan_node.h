/*
 * The plan file as a tree: texts, lists and mappings with their places in the file, before anything
 * is known about their meaning. All numbers and words are texts here; what a text means is for the
 * section that reads it.
 *
 *	plan_yaml.c   text → tree          plan_expand.c  tree → tree without ${variables}
 *	plan_write.c  tree → text          plan_build.c   tree → struct plan
 */
#ifndef LAB_PLAN_NODE_H
#define LAB_PLAN_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"

/*
 * The size of a plan, as a file and with its aliases written out; the depth and width of its tree.
 */
enum { PLAN_BYTES = 1 << 20, PLAN_DEPTH = 32, PLAN_WIDTH = 1000 };

enum plan_node_kind { PLAN_NODE_TEXT, PLAN_NODE_LIST, PLAN_NODE_MAP };

enum plan_node_style { PLAN_STYLE_PLAIN, PLAN_STYLE_QUOTED, PLAN_STYLE_FLOW };

struct plan_node {
	enum plan_node_kind kind;
	enum plan_node_style style; /* how it was written, and is written again */
	uint32_t line, column;	    /* from 1; 0 = not from a file */
	/* PLAN_NODE_TEXT: UTF-8; "" with a plain style is YAML's null */
	const char *text;
	/* the text before its variables were replaced; NULL = had none */
	const char *raw;
	struct plan_entry *entries; /* lists and mappings, in the file's order */
	uint32_t count, capacity;
};

struct plan_entry {
	const char *key; /* NULL in lists */
	uint32_t line, column;
	struct plan_node *node;
};

/* A new node at the place of `like` (NULL = nowhere). */
struct plan_node *plan_node_new(struct arena *arena, enum plan_node_kind kind,
				const struct plan_node *like);

/* The tree with its places, texts included, in `arena`. */
struct plan_node *plan_node_copy(struct arena *arena, const struct plan_node *node);

/* A text that is quoted when it needs to be. */
struct plan_node *plan_node_new_text(struct arena *arena, const char *text);

/* Appends to a list (key NULL) or a mapping; the caller has checked that the key is new. */
struct plan_entry *plan_node_add(struct arena *arena, struct plan_node *parent, const char *key,
				 struct plan_node *child);

/* The entry or value of a key; NULL when the mapping has none, or `map` is no mapping. */
struct plan_entry *plan_node_find_entry(const struct plan_node *map, const char *key);
struct plan_node *plan_node_find(const struct plan_node *map, const char *key);

/* Sets a key of a mapping, or removes it with `child` NULL. */
void plan_node_set(struct arena *arena, struct plan_node *map, const char *key,
		   struct plan_node *child);

/* Nothing was written: `key:` or `key: ~`. */
bool plan_node_is_null(const struct plan_node *node);

/* Whether a text in the tree holds ${name}. */
bool plan_node_uses_variable(const struct plan_node *node, const char *name);

#endif
