#include "export/speedscope.h"

#include <string.h>

#include "export/json_text.h"
#include "util/hashmap.h"
#include "util/vec.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

/* Frames are written once and named by number; nodes of the same function and module share one. */
struct speedscope_frames {
	const struct call_tree *tree;
	struct hashmap index;
	VEC(uint32_t) nodes; /* by frame, the node that it was first seen at */
	json_t *list;
};

static uint32_t find_frame(struct speedscope_frames *frames, uint32_t node_id)
{
	const struct call_node *nodes = frames->tree->nodes, *node = &nodes[node_id];
	uint64_t hash = hashmap_hash_bytes(node->name, strlen(node->name)) ^
			hashmap_hash_u64(hashmap_hash_bytes(node->module, strlen(node->module)));
	uint32_t slot, id = hashmap_first(&frames->index, hash, &slot);
	json_t *frame;

	for (; id != HASHMAP_NONE; id = hashmap_next(&frames->index, hash, &slot)) {
		const struct call_node *other = &nodes[frames->nodes.items[id]];

		if (strcmp(other->name, node->name) == 0 &&
		    strcmp(other->module, node->module) == 0)
			return id;
	}
	id = (uint32_t)frames->nodes.count;
	vec_push(&frames->nodes, node_id);
	hashmap_insert(&frames->index, hash, id);
	frame = json_object();
	json_object_set_new(frame, "name", json_text_make(node->name));
	if (node->module[0] != '\0')
		json_object_set_new(frame, "file", json_text_make(node->module));
	json_array_append_new(frames->list, frame);
	return id;
}

/* The stack that ends at `leaf`, callers first, without the thread. */
static json_t *make_stack(struct speedscope_frames *frames, uint32_t leaf)
{
	const struct call_node *nodes = frames->tree->nodes;
	VEC(uint32_t) path = {0};
	json_t *stack = json_array();

	for (uint32_t at = leaf; at != 0 && nodes[at].kind != CALL_THREAD; at = nodes[at].parent)
		vec_push(&path, at);
	for (size_t i = path.count; i-- > 0;)
		json_array_append_new(stack, json_integer(find_frame(frames, path.items[i])));
	vec_release(&path);
	return stack;
}

/*
 * The node after `at` of the tree below `top`, callers before callees; CALL_TREE_NONE after the
 * last.
 */
static uint32_t next_node(const struct call_tree *tree, uint32_t top, uint32_t at)
{
	if (tree->nodes[at].first_child != CALL_TREE_NONE)
		return tree->nodes[at].first_child;
	while (at != top && tree->nodes[at].next_sibling == CALL_TREE_NONE)
		at = tree->nodes[at].parent;
	return at == top ? CALL_TREE_NONE : tree->nodes[at].next_sibling;
}

static json_t *make_profile(struct speedscope_frames *frames, uint32_t thread,
			    const struct profile_summary *summary)
{
	bool is_time = summary->weight_ns > 0;
	double unit = (double)(is_time ? summary->weight_ns : summary->event_period);
	const struct call_tree *tree = frames->tree;
	json_t *profile = json_object(), *samples = json_array(), *weights = json_array();
	json_int_t end = 0;

	for (uint32_t at = thread; at != CALL_TREE_NONE; at = next_node(tree, thread, at)) {
		json_int_t weight = (json_int_t)(tree->nodes[at].self * unit + 0.5);

		if (weight == 0)
			continue;
		json_array_append_new(samples, make_stack(frames, at));
		json_array_append_new(weights, json_integer(weight));
		end += weight;
	}
	json_object_set_new(profile, "type", json_string("sampled"));
	json_object_set_new(profile, "name", json_text_make(tree->nodes[thread].name));
	json_object_set_new(profile, "unit", json_string(is_time ? "nanoseconds" : "none"));
	json_object_set_new(profile, "startValue", json_integer(0));
	json_object_set_new(profile, "endValue", json_integer(end));
	json_object_set_new(profile, "samples", samples);
	json_object_set_new(profile, "weights", weights);
	return profile;
}

void speedscope_write(struct strbuf *json, const struct call_tree *tree,
		      const struct profile_summary *summary, const char *name)
{
	struct speedscope_frames frames = {.tree = tree, .list = json_array()};
	json_t *document = json_object(), *shared = json_object(), *profiles = json_array();

	hashmap_init(&frames.index);
	for (uint32_t thread = tree->nodes[0].first_child; thread != CALL_TREE_NONE;
	     thread = tree->nodes[thread].next_sibling)
		json_array_append_new(profiles, make_profile(&frames, thread, summary));
	json_object_set_new(shared, "frames", frames.list);
	json_object_set_new(document, "$schema", json_string(SCHEMA));
	json_object_set_new(document, "name", json_text_make(name));
	json_object_set_new(document, "exporter", json_string("sonde@" SONDE_VERSION));
	json_object_set_new(document, "activeProfileIndex", json_integer(0));
	json_object_set_new(document, "shared", shared);
	json_object_set_new(document, "profiles", profiles);
	hashmap_release(&frames.index);
	vec_release(&frames.nodes);
	json_text_write(json, document, false);
}
