#include "report/tree_picture.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/vec.h"
#include "view/call_paths.h"

struct visible_line {
	uint32_t node, depth;
};

struct tree_picture {
	struct arena arena; /* of `own` and the heading */
	struct call_tree own;
	const struct call_tree *tree; /* a borrowed one, or `own` */
	const char *heading;
	bool is_inverted;
	bool *is_open;	    /* by node */
	uint32_t *children; /* all nodes but the root, by parent, in the order of the sort */
	uint32_t *first; /* by node: where its children begin in `children`; one more at the end */
	VEC(struct visible_line) lines;
	uint32_t selected, top; /* lines */
};

struct ordering {
	const struct call_node *nodes;
	enum tree_sort sort;
};

static int compare_sizes(double left, double right)
{
	return left > right ? -1 : left < right ? 1 : 0;
}

static int compare_children(const void *a, const void *b, void *context)
{
	const struct ordering *ordering = context;
	uint32_t left_id = *(const uint32_t *)a, right_id = *(const uint32_t *)b;
	const struct call_node *left = &ordering->nodes[left_id];
	const struct call_node *right = &ordering->nodes[right_id];
	int result = 0;

	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	if (ordering->sort == TREE_SORT_SELF)
		result = compare_sizes(left->self, right->self);
	if (result == 0 && ordering->sort != TREE_SORT_NAME)
		result = compare_sizes(left->total, right->total);
	if (result == 0)
		result = strcmp(left->name, right->name);
	return result != 0 ? result : left_id < right_id ? -1 : 1;
}

static void order_children(struct tree_picture *picture, enum tree_sort sort)
{
	struct ordering ordering = {picture->tree->nodes, sort};
	uint32_t count = picture->tree->count, at = 0;

	for (uint32_t i = 1; i < count; i++)
		picture->children[i - 1] = i;
	qsort_r(picture->children, count - 1, sizeof(*picture->children), compare_children,
		&ordering);
	for (uint32_t i = 0; i < count; i++) {
		picture->first[i] = at;
		while (at < count - 1 && picture->tree->nodes[picture->children[at]].parent == i)
			at++;
	}
	picture->first[count] = at;
}

static bool has_children(const struct tree_picture *picture, uint32_t node)
{
	return picture->first[node] < picture->first[node + 1];
}

/* All nodes below the root in order, callers first; only what is open unless `is_all`. */
static void list_lines(const struct tree_picture *picture, bool is_all,
		       struct visible_line **ret_lines, size_t *ret_count)
{
	VEC(struct visible_line) lines = {0}, waiting = {0};

	vec_push(&waiting, (struct visible_line){0, 0});
	while (waiting.count > 0) {
		struct visible_line line = waiting.items[--waiting.count];

		if (line.node != 0)
			vec_push(&lines, (struct visible_line){line.node, line.depth - 1});
		if (line.node != 0 && !is_all && !picture->is_open[line.node])
			continue;
		for (uint32_t i = picture->first[line.node + 1]; i-- > picture->first[line.node];)
			vec_push(&waiting,
				 (struct visible_line){picture->children[i], line.depth + 1});
	}
	vec_release(&waiting);
	*ret_lines = lines.items;
	*ret_count = lines.count;
}

/* The line of a node, or of the nearest caller that can be seen. */
static uint32_t find_line(const struct tree_picture *picture, uint32_t node)
{
	for (; node != 0 && node != CALL_TREE_NONE; node = picture->tree->nodes[node].parent)
		for (uint32_t i = 0; i < picture->lines.count; i++)
			if (picture->lines.items[i].node == node)
				return i;
	return 0;
}

static uint32_t get_node(const struct tree_picture *picture)
{
	return picture->lines.count > 0 ? picture->lines.items[picture->selected].node : 0;
}

static void update_lines(struct tree_picture *picture, uint32_t selected_node)
{
	vec_release(&picture->lines);
	list_lines(picture, false, &picture->lines.items, &picture->lines.count);
	picture->lines.capacity = picture->lines.count;
	picture->selected = find_line(picture, selected_node);
}

static void open_chain(struct tree_picture *picture, uint32_t node)
{
	while (has_children(picture, node)) {
		picture->is_open[node] = true;
		if (picture->first[node + 1] - picture->first[node] > 1)
			break;
		node = picture->children[picture->first[node]];
	}
}

static struct tree_picture *new_picture(void)
{
	struct tree_picture *picture = alloc_new(struct tree_picture);

	arena_init(&picture->arena);
	picture->tree = &picture->own;
	return picture;
}

/* The heaviest way is open from the beginning. */
static struct tree_picture *begin(struct tree_picture *picture)
{
	uint32_t count = picture->tree->count;

	picture->is_open = alloc_array(count, sizeof(*picture->is_open));
	picture->children = alloc_array(count, sizeof(*picture->children));
	picture->first = alloc_array(count + 1, sizeof(*picture->first));
	order_children(picture, TREE_SORT_TOTAL);
	if (has_children(picture, 0))
		open_chain(picture, picture->children[0]);
	update_lines(picture, 0);
	return picture;
}

struct tree_picture *tree_picture_new_whole(const struct call_tree *tree)
{
	struct tree_picture *picture = new_picture();

	picture->tree = tree;
	picture->heading = "call tree";
	return begin(picture);
}

struct tree_picture *tree_picture_new_inverted(const struct call_tree *tree)
{
	struct tree_picture *picture = new_picture();

	call_paths_invert(&picture->own, &picture->arena, tree);
	picture->heading = "turned over: what ran, below it who called it";
	picture->is_inverted = true;
	picture = begin(picture);
	for (uint32_t i = 0; i < picture->tree->count; i++)
		picture->is_open[i] = false;
	update_lines(picture, 0);
	return picture;
}

struct tree_picture *tree_picture_new_turned(const struct call_tree *tree,
					     enum call_direction direction, const char *name,
					     const char *module)
{
	struct tree_picture *picture = new_picture();

	call_paths_turn(&picture->own, &picture->arena, tree, direction, name, module);
	picture->heading = arena_printf(&picture->arena, "%s of %s",
					direction == CALL_CALLERS ? "callers" : "callees", name);
	return begin(picture);
}

void tree_picture_free(struct tree_picture *picture)
{
	if (picture == NULL)
		return;
	free(picture->is_open);
	free(picture->children);
	free(picture->first);
	vec_release(&picture->lines);
	arena_release(&picture->arena);
	free(picture);
}

const char *tree_picture_get_heading(const struct tree_picture *picture)
{
	return picture->heading;
}

bool tree_picture_is_inverted(const struct tree_picture *picture)
{
	return picture->is_inverted;
}

void tree_picture_sort(struct tree_picture *picture, enum tree_sort sort)
{
	order_children(picture, sort);
	update_lines(picture, get_node(picture));
}

const struct call_node *tree_picture_get_selected(const struct tree_picture *picture)
{
	return picture->lines.count > 0 ? &picture->tree->nodes[get_node(picture)] : NULL;
}

void tree_picture_move(struct tree_picture *picture, int32_t lines)
{
	int64_t to = (int64_t)picture->selected + lines;
	int64_t last = (int64_t)picture->lines.count - 1;

	to = to > last ? last : to;
	picture->selected = to < 0 ? 0 : (uint32_t)to;
}

void tree_picture_open(struct tree_picture *picture)
{
	open_chain(picture, get_node(picture));
	update_lines(picture, get_node(picture));
}

void tree_picture_close(struct tree_picture *picture)
{
	uint32_t node = get_node(picture);

	if (node == 0)
		return;
	if (!picture->is_open[node]) {
		if (picture->tree->nodes[node].parent != 0)
			picture->selected = find_line(picture, picture->tree->nodes[node].parent);
		return;
	}
	picture->is_open[node] = false;
	update_lines(picture, node);
}

void tree_picture_toggle(struct tree_picture *picture)
{
	uint32_t node = get_node(picture);

	if (picture->is_open[node])
		tree_picture_close(picture);
	else
		tree_picture_open(picture);
}

/* A child's id need not be above its parent's: each way up is walked. */
static bool is_below(const struct call_tree *tree, uint32_t node, uint32_t top)
{
	while (node != top && node != 0)
		node = tree->nodes[node].parent;
	return node == top;
}

void tree_picture_open_all(struct tree_picture *picture)
{
	uint32_t top = get_node(picture);

	for (uint32_t i = 1; i < picture->tree->count; i++)
		if (has_children(picture, i) && is_below(picture->tree, i, top))
			picture->is_open[i] = true;
	update_lines(picture, top);
}

static void show_node(struct tree_picture *picture, uint32_t node)
{
	for (uint32_t at = picture->tree->nodes[node].parent; at != 0;
	     at = picture->tree->nodes[at].parent)
		picture->is_open[at] = true;
	update_lines(picture, node);
}

bool tree_picture_search(struct tree_picture *picture, const char *text, bool is_forward)
{
	struct visible_line *all;
	size_t count, at = 0;
	bool is_found = false;

	list_lines(picture, true, &all, &count);
	while (at < count && all[at].node != get_node(picture))
		at++;
	for (size_t step = 1; step <= count && !is_found; step++) {
		size_t i = is_forward ? (at + step) % count : (at + count - step % count) % count;

		is_found = strcasestr(picture->tree->nodes[all[i].node].name, text) != NULL;
		if (is_found)
			show_node(picture, all[i].node);
	}
	free(all);
	return is_found;
}

uint32_t tree_picture_scroll(struct tree_picture *picture, uint32_t rows)
{
	uint32_t count = (uint32_t)picture->lines.count;

	if (picture->selected < picture->top)
		picture->top = picture->selected;
	if (picture->selected >= picture->top + rows)
		picture->top = picture->selected - rows + 1;
	if (picture->top + rows > count) /* the last lines fill the window */
		picture->top = count > rows ? count - rows : 0;
	return picture->top;
}

bool tree_picture_get_row(const struct tree_picture *picture, uint32_t line,
			  struct tree_row *ret_row)
{
	const struct call_node *nodes = picture->tree->nodes;
	double all = nodes[0].total;
	uint32_t node;

	if (line >= picture->lines.count)
		return false;
	node = picture->lines.items[line].node;
	*ret_row = (struct tree_row){
		.node = &nodes[node],
		.depth = picture->lines.items[line].depth,
		.total_ratio = all > 0 ? nodes[node].total / all : 0,
		.self_ratio = all > 0 ? nodes[node].self / all : 0,
		.is_open = picture->is_open[node],
		.has_children = has_children(picture, node),
		.is_selected = line == picture->selected,
	};
	return true;
}
