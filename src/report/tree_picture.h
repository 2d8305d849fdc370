/*
 * One picture of a call tree: which nodes are open, in which order, which line is selected, and
 * where the window over the lines stands. tree_terminal.h is made of these.
 */
#ifndef REPORT_TREE_PICTURE_H
#define REPORT_TREE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "view/call_tree.h"

enum tree_sort { TREE_SORT_TOTAL, TREE_SORT_SELF, TREE_SORT_NAME, TREE_SORT_COUNT };

struct tree_picture;

/* The tree itself (borrowed); or what is made of it: turned over, callers or callees. */
struct tree_picture *tree_picture_new_whole(const struct call_tree *tree);
struct tree_picture *tree_picture_new_inverted(const struct call_tree *tree);
struct tree_picture *tree_picture_new_turned(const struct call_tree *tree,
					     enum call_direction direction, const char *name,
					     const char *module);
void tree_picture_free(struct tree_picture *picture);

/* "call tree", "callers of parse", … */
const char *tree_picture_get_heading(const struct tree_picture *picture);
bool tree_picture_is_inverted(const struct tree_picture *picture);

/* Children of each node, the largest first (names ascending). */
void tree_picture_sort(struct tree_picture *picture, enum tree_sort sort);

/* NULL in an empty tree. */
const struct call_node *tree_picture_get_selected(const struct tree_picture *picture);

/* Down by so many lines, up by a negative number, as far as there are. */
void tree_picture_move(struct tree_picture *picture, int32_t lines);

/* Opens the selected node, and below it as long as there is but one child. */
void tree_picture_open(struct tree_picture *picture);

/* Closes it; selects its parent when it is closed already. */
void tree_picture_close(struct tree_picture *picture);
void tree_picture_toggle(struct tree_picture *picture);

/* Opens it and all below it. */
void tree_picture_open_all(struct tree_picture *picture);

/*
 * Selects the next node, or the one before, whose name contains `text` (upper and lower case alike)
 * and opens the way to it; begins again at the other end. False when there is none.
 */
bool tree_picture_search(struct tree_picture *picture, const char *text, bool is_forward);

/* Moves the window of `rows` lines so that it has the selected one. Returns its first line. */
uint32_t tree_picture_scroll(struct tree_picture *picture, uint32_t rows);

struct tree_row {
	const struct call_node *node;
	uint32_t depth; /* from 0 */
	double total_ratio, self_ratio;
	bool is_open, has_children, is_selected;
};

/* Line `line` of those that can be seen, from 0; false beyond the last. */
bool tree_picture_get_row(const struct tree_picture *picture, uint32_t line,
			  struct tree_row *ret_row);

#endif
