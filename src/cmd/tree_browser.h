/* A call tree on the terminal, with keys (report/tree_terminal.h), until the user has enough. */
#ifndef CMD_TREE_BROWSER_H
#define CMD_TREE_BROWSER_H

#include "cmd/terminal.h"
#include "view/call_tree.h"
#include "view/hot_functions.h"

/*
 * `report -i`: opens the terminal, shows the tree, and puts the terminal back. Returns an exit
 * status. Only where terminal_is_there().
 */
int tree_browser_run(const struct call_tree *tree, const struct profile_summary *summary);

/*
 * The callers of a function, on a terminal that is open already. Calls `idle` (may be NULL) several
 * times a second; ends with the user, an interrupt or the terminal, or when `idle` returns false.
 */
void tree_browser_show_callers(struct terminal *terminal, const struct call_tree *tree,
			       const char *title, const char *name, const char *module,
			       bool (*idle)(void *context), void *context);

#endif
