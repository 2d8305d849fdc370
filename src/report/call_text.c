#include "report/call_text.h"

#include "util/fmt.h"

#define MIN_SHARE 0.005

enum { TREE_INDENT_MAX = 40, TREE_NARROW = 48 };

static double get_ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* Deep nodes are indented no further than the line has room for a name. */
static uint32_t get_indent(uint32_t depth, const struct text_layout *layout)
{
	uint32_t most = TREE_INDENT_MAX;

	if (layout->columns > 0 && layout->columns < 2 * TREE_INDENT_MAX)
		most = layout->columns / 4;
	return 2 * depth < most ? 2 * depth : most;
}

/* Then the share of the function itself has no room. */
static bool is_narrow(const struct text_layout *layout)
{
	return layout->columns > 0 && layout->columns < TREE_NARROW;
}

static void add_node(struct strbuf *buffer, const struct call_tree *tree, uint32_t node,
		     uint32_t depth, const struct text_layout *layout)
{
	const struct call_node *call = &tree->nodes[node];
	double all = tree->nodes[0].total;
	char total[FMT_BYTES], self[FMT_BYTES];
	uint32_t indent = get_indent(depth, layout), used;
	struct strbuf head;

	strbuf_init(&head, STRBUF_MAX_DEFAULT);
	strbuf_addf(&head, "%7s ", fmt_percent(total, get_ratio(call->total, all)));
	if (!is_narrow(layout))
		strbuf_addf(&head, "%7s  ",
			    call->self > 0 ? fmt_percent(self, get_ratio(call->self, all)) : "");
	strbuf_addf(&head, "%*s", (int)indent, "");
	used = text_width(strbuf_text(&head));
	strbuf_add_text(buffer, strbuf_text(&head));
	strbuf_clear(&head);
	strbuf_addf(&head, "%s%s", call->name, call->is_inlined ? " (inlined)" : "");
	if (layout->columns == 0)
		strbuf_add_text(buffer, strbuf_text(&head));
	else
		text_add_cut(buffer, strbuf_text(&head),
			     layout->columns > used + 4 ? layout->columns - used : 4);
	strbuf_add_char(buffer, '\n');
	strbuf_release(&head);
}

/*
 * The heaviest child that comes after `after` (CALL_TREE_NONE: the heaviest of all) and is worth a
 * line.
 */
static uint32_t find_next_child(const struct call_tree *tree, uint32_t parent, uint32_t after,
				double least)
{
	const struct call_node *nodes = tree->nodes;
	uint32_t best = CALL_TREE_NONE;

	for (uint32_t i = nodes[parent].first_child; i != CALL_TREE_NONE;
	     i = nodes[i].next_sibling) {
		if (nodes[i].total < least || nodes[i].total <= 0 || i == after)
			continue;
		if (after != CALL_TREE_NONE &&
		    (nodes[i].total > nodes[after].total ||
		     (nodes[i].total >= nodes[after].total && i < after)))
			continue;
		if (best == CALL_TREE_NONE || nodes[i].total > nodes[best].total ||
		    (nodes[i].total >= nodes[best].total && i < best))
			best = i;
	}
	return best;
}

void call_text_format(struct strbuf *buffer, const struct call_tree *tree,
		      const struct call_text_options *options)
{
	double share = options->min_share > 0 ? options->min_share : MIN_SHARE;
	uint32_t node = 0, depth = 0, next;
	double least;

	if (tree->count == 0)
		return;
	least = share * tree->nodes[0].total;
	strbuf_add_text(buffer, is_narrow(&options->layout) ? "  total function\n"
							    : "  total    self  function\n");
	/* In depth first, without recursion: stacks may be as deep as the program made them. */
	next = find_next_child(tree, 0, CALL_TREE_NONE, least);
	for (;;) {
		if (next != CALL_TREE_NONE) {
			node = next;
			add_node(buffer, tree, node, depth++, &options->layout);
			next = find_next_child(tree, node, CALL_TREE_NONE, least);
			continue;
		}
		if (node == 0)
			return;
		next = find_next_child(tree, tree->nodes[node].parent, node, least);
		node = tree->nodes[node].parent;
		depth--;
	}
}
